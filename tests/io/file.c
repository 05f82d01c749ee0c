/* Files written whole, lines appended whole, checksums. */
#include "core/core.h"

#include <stdio.h>
#include <unistd.h>
#include "test.h"

#define path test_path("a.txt")

static bool holds(const char *want) {
  char text[256] = {0};
  FILE *f = fopen(path, "rb");
  if (!f) return false;
  size_t n = fread(text, 1, sizeof text - 1, f);
  fclose(f);
  return n == strlen(want) && strcmp(text, want) == 0;
}

TEST(a_file_is_replaced_whole) {
  CHECK_OK(ae_write_file(path, "one", 3));
  CHECK(holds("one"));
  CHECK_OK(ae_write_file(path, "second", 6));
  CHECK(holds("second"));
  CHECK_FAILS(ae_write_file("/tmp/no-such-folder/x", "a", 1), AE_EIO, "No such file");
  CHECK(holds("second"));
  remove(path);
}

TEST(a_torn_last_line_goes_when_the_next_is_appended) {
  remove(path);
  CHECK_OK(ae_append_line(path, "first"));
  CHECK_OK(ae_append_line(path, "second"));
  CHECK(holds("first\nsecond\n"));
  FILE *f = fopen(path, "ab");
  CHECK(f && fputs("thi", f) >= 0);
  if (f) fclose(f);
  CHECK_OK(ae_append_line(path, "third"));
  CHECK(holds("first\nsecond\nthird\n"));
  CHECK_FAILS(ae_append_line("/tmp/no-such-folder/x", "a"), AE_EIO, "No such file");
  if (access("/dev/full", W_OK) == 0)
    CHECK_FAILS(ae_append_line("/dev/full", "a"), AE_EIO, "/dev/full");
  remove(path);
}

TEST(the_checksum_is_zlibs) {
  ae_tensor *t = NULL;
  uint32_t sum;
  CHECK_OK(ae_tensor_new_sized(&t, AE_BYTE, 1, (int64_t[]){9}));
  memcpy(ae_data(t), "123456789", 9);
  CHECK_OK(ae_checksum(&sum, t));
  CHECK(sum == 0xCBF43926);
  ae_tensor_release(t);
}
