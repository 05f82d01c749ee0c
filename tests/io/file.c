/* Files written whole, lines appended whole, checksums. */
#include "files.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A folder for one test, removed with its one file by end. */
static char folder[64], path[80];

static void begin(void) {
  snprintf(folder, sizeof folder, "%s", test_path("folder"));
  snprintf(path, sizeof path, "%s/a.txt", folder);
  CHECK(mkdir(folder, 0777) == 0);
}

static void end(void) {
  remove(path);
  CHECK(rmdir(folder) == 0); /* fails if a temporary is left */
}

TEST(a_file_is_replaced_whole) {
  begin();
  CHECK_OK(ae_write_file(path, "one", 3));
  CHECK(file_holds(path, "one"));
  CHECK_OK(ae_write_file(path, "a\0b", 3));
  CHECK(file_is(path, "a\0b", 3));
  CHECK_OK(ae_write_file(path, NULL, 0));
  CHECK(file_holds(path, "") && access(path, F_OK) == 0);
  CHECK(files_in(folder) == 1);
  end();
}

TEST(the_permissions_are_kept_and_links_followed) {
  char link[96];
  struct stat file;
  begin();
  put_file(path, "old", 3);
  CHECK(chmod(path, 0640) == 0);
  snprintf(link, sizeof link, "%s/link", folder);
  CHECK(symlink("a.txt", link) == 0);
  CHECK_OK(ae_write_file(link, "new", 3));
  CHECK(lstat(link, &file) == 0 && S_ISLNK(file.st_mode));
  CHECK(lstat(path, &file) == 0 && S_ISREG(file.st_mode) && (file.st_mode & 0777) == 0640);
  CHECK(file_holds(path, "new"));
  remove(link);
  end();
}

TEST(a_write_that_fails_leaves_the_old_file_alone) {
  static const char text[1000] = "new";
  begin();
  put_file(path, "old", 3);
  limit_files(100);
  CHECK_FAILS(ae_write_file(path, text, sizeof text), AE_EIO, "a.txt: File too large");
  limit_files(-1);
  CHECK(file_holds(path, "old") && files_in(folder) == 1);
  CHECK_FAILS(ae_write_file(folder, "x", 1), AE_EIO, "folder: Is a directory");
  CHECK_FAILS(ae_write_file("/no-such-folder/x", "x", 1), AE_EIO,
              "/no-such-folder/x: No such file or directory");
  CHECK(file_holds(path, "old") && files_in(folder) == 1);
  end();
}

TEST(what_must_not_be_written_is_not_replaced) {
  if (geteuid() == 0) return; /* who may write everything */
  begin();
  put_file(path, "old", 3);
  CHECK(chmod(path, 0444) == 0);
  CHECK_FAILS(ae_write_file(path, "x", 1), AE_EIO, "a.txt: Permission denied");
  CHECK(chmod(path, 0644) == 0 && chmod(folder, 0555) == 0);
  CHECK_FAILS(ae_write_file(path, "x", 1), AE_EIO, "a.txt: Permission denied");
  CHECK(chmod(folder, 0755) == 0);
  CHECK(file_holds(path, "old") && files_in(folder) == 1);
  end();
}

TEST(a_device_is_written_in_place) {
  struct stat device;
  if (access("/dev/full", W_OK) != 0) return;
  CHECK_OK(ae_write_file("/dev/null", "x", 1));
  CHECK_FAILS(ae_write_file("/dev/full", "x", 1), AE_EIO, "/dev/full: No space left on device");
  CHECK_FAILS(ae_append_line("/dev/full", "x"), AE_EIO, "/dev/full: No space left on device");
  CHECK(stat("/dev/full", &device) == 0 && S_ISCHR(device.st_mode));
}

TEST(a_socket_is_no_place_to_write) {
  begin();
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
  CHECK_FAILS(ae_write_file(address.sun_path, "x", 1), AE_EIO, "/socket: No such device");
  close(fd);
  remove(address.sun_path);
  end();
}

TEST(a_torn_last_line_goes_when_the_next_is_appended) {
  begin();
  CHECK_OK(ae_append_line(path, "first"));
  CHECK_OK(ae_append_line(path, ""));
  CHECK(file_holds(path, "first\n\n"));
  put_file(path, "first\nsecond\nthi", 16);
  CHECK_OK(ae_append_line(path, "third"));
  CHECK(file_holds(path, "first\nsecond\nthird\n"));
  put_file(path, "to", 2);
  CHECK_OK(ae_append_line(path, "whole"));
  CHECK(file_holds(path, "whole\n"));
  end();
}

TEST(a_torn_line_may_be_long) {
  static char text[10000];
  begin();
  for (size_t newline = 0; newline < 9000; newline += 1024 - 1) {
    memset(text, 'x', sizeof text);
    text[newline] = '\n';
    put_file(path, text, sizeof text);
    CHECK_OK(ae_append_line(path, "y"));
    struct stat file;
    CHECK(stat(path, &file) == 0 && file.st_size == (off_t)newline + 3);
  }
  end();
}

TEST(a_line_that_does_not_fit_is_taken_back) {
  begin();
  CHECK_OK(ae_append_line(path, "first"));
  limit_files(10);
  CHECK_FAILS(ae_append_line(path, "second"), AE_EIO, "a.txt: No space left on device");
  CHECK_FAILS(ae_append_line(path, "a\nb"), AE_EARG, "a line break inside the line \"a?b\"");
  CHECK(file_holds(path, "first\n"));
  limit_files(-1);
  CHECK_FAILS(ae_append_line("/no-such-folder/x", "a"), AE_EIO, "/no-such-folder/x: No such file");
  CHECK_FAILS(ae_append_line(folder, "a"), AE_EIO, "folder: Is a directory");
  end();
}

TEST(the_checksum_is_zlibs_over_rows) {
  ae_tensor *t = NULL, turned = ae_tensor_local(AE_BYTE);
  uint32_t sum = 1;
  CHECK_OK(ae_tensor_new_sized(&t, AE_BYTE, 2, (int64_t[]){3, 3}));
  memcpy(ae_data(t), "147258369", 9);
  CHECK_OK(ae_transpose(&turned, t, 0, 1)); /* 123 456 789 */
  CHECK_OK(ae_checksum(&sum, &turned));
  CHECK(sum == 0xCBF43926);
  ae_tensor_clear(&turned);
  CHECK_OK(ae_checksum(&sum, &turned));
  CHECK(sum == 0);
  ae_tensor_release(t);
}
