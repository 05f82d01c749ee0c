/* The fence: which paths may be read and written once a folder is named. */
#include "engine.h"
#include "files.h"

#include <limits.h>
#include <stdlib.h>

static char folder[64], inside[96], outside[96], path[PATH_MAX + 64];

static void begin(void) {
  snprintf(folder, sizeof folder, "%s", test_path("fence"));
  snprintf(inside, sizeof inside, "%s/in", folder);
  snprintf(outside, sizeof outside, "%s/out", folder);
  CHECK(mkdir(folder, 0777) == 0 && mkdir(inside, 0777) == 0 && mkdir(outside, 0777) == 0);
  CHECK(!ae_fence_up());
  CHECK_OK(ae_fence_allow(inside, AE_FILE_WRITE));
  CHECK(ae_fence_up());
}

static void end(void) {
  ae_fence_down();
  CHECK(!ae_fence_up());
  CHECK_OK(ae_fence_check("/etc/passwd", AE_FILE_WRITE));
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  CHECK(system(command) == 0);
}

static const char *at(const char *base, const char *rest) {
  snprintf(path, sizeof path, "%s/%s", base, rest);
  return path;
}

#define CHECK_REFUSED(name) CHECK_FAILS(ae_fence_check(name, AE_FILE_WRITE), AE_EIO, "sandbox")

TEST(below_the_folder_everything_is_allowed_and_nothing_else) {
  begin();
  CHECK_OK(ae_fence_check(inside, AE_FILE_WRITE));
  CHECK_OK(ae_fence_check(at(inside, ""), AE_FILE_WRITE));
  CHECK_OK(ae_fence_check(at(inside, "new"), AE_FILE_WRITE));
  CHECK_OK(ae_fence_check(at(inside, "a/b//c/"), AE_FILE_WRITE));
  CHECK_OK(ae_fence_check(at(inside, "../in/x"), AE_FILE_READ));
  CHECK_REFUSED(at(inside, ".."));
  CHECK_REFUSED(at(inside, "../x"));
  CHECK_REFUSED(at(inside, "a/../../out/x"));
  CHECK_REFUSED(at(inside, "a/.."));
  CHECK_REFUSED(at(folder, "in2"));
  CHECK_REFUSED(at(folder, "i"));
  CHECK_REFUSED(outside);
  CHECK_REFUSED("");
  CHECK_REFUSED("/");
  CHECK_REFUSED("new");
  CHECK_REFUSED("/proc/self/mem");
  CHECK_FAILS(ae_fence_check("/etc/passwd", AE_FILE_READ), AE_EIO,
              "/etc/passwd: the sandbox does not let this be read; --sandbox-read allows it");
  end();
}

TEST(links_are_followed_before_a_path_is_judged) {
  begin();
  CHECK(symlink("../out", at(inside, "folder")) == 0);
  CHECK_REFUSED(at(inside, "folder"));
  CHECK_REFUSED(at(inside, "folder/x"));
  CHECK(symlink("../out/nothing", at(inside, "dangling")) == 0);
  CHECK_REFUSED(at(inside, "dangling"));
  CHECK_REFUSED(at(inside, "dangling/x"));
  CHECK(symlink("loop", at(inside, "loop")) == 0);
  CHECK_REFUSED(at(inside, "loop"));
  CHECK(symlink("../in", at(outside, "back")) == 0);
  CHECK_OK(ae_fence_check(at(outside, "back/x"), AE_FILE_WRITE));
  end();
}

#define CHECK_UNCHANGEABLE(name) \
  CHECK_FAILS(ae_fence_check(name, AE_FILE_CHANGE), AE_EIO, "sandbox")

/* What is renamed or removed is the link. */
TEST(a_link_outside_is_not_changed_wherever_it_leads) {
  begin();
  CHECK(symlink("../in", at(outside, "back")) == 0);
  CHECK_OK(ae_fence_check(path, AE_FILE_WRITE));
  CHECK_UNCHANGEABLE(path);
  CHECK_UNCHANGEABLE(at(outside, "back/"));
  CHECK_UNCHANGEABLE(at(outside, "back///"));
  CHECK_UNCHANGEABLE(at(inside, "../out/back"));
  CHECK_OK(ae_fence_check(at(outside, "back/x"), AE_FILE_CHANGE));
  CHECK_OK(ae_fence_check(at(outside, "back/."), AE_FILE_CHANGE));
  CHECK_UNCHANGEABLE(at(outside, "back/.."));
  CHECK_UNCHANGEABLE(at(inside, "../out/back/none/.."));
  CHECK_UNCHANGEABLE(at(outside, "new"));
  CHECK_UNCHANGEABLE("new");
  CHECK_UNCHANGEABLE("");
  CHECK_UNCHANGEABLE("/");
  CHECK_UNCHANGEABLE("/none-such");
  CHECK_OK(ae_fence_check(inside, AE_FILE_CHANGE));
  CHECK_OK(ae_fence_check(at(inside, "new"), AE_FILE_CHANGE));
  CHECK_OK(ae_fence_check(at(inside, "a/b//c/"), AE_FILE_CHANGE));
  CHECK(symlink("../out", at(inside, "folder")) == 0);
  CHECK_UNCHANGEABLE(path);
  CHECK_UNCHANGEABLE(at(inside, "folder/x"));
  end();
}

TEST(a_folder_named_by_a_link_is_used_but_its_link_is_not_changed) {
  begin();
  ae_fence_down();
  CHECK(symlink("in", at(folder, "runs")) == 0);
  CHECK_OK(ae_fence_allow(path, AE_FILE_WRITE));
  CHECK_UNCHANGEABLE(path);
  CHECK_OK(ae_fence_check(at(folder, "runs/x"), AE_FILE_CHANGE));
  CHECK_OK(ae_write_file(path, "y", 1));
  end();
}

/* A file of events takes the next free name: beside a link, or beside the folder itself. */
TEST(no_free_name_beside_the_folder_is_taken) {
  ae_events *e = NULL;
  begin();
  CHECK(symlink("../in", at(outside, "back")) == 0);
  CHECK_FAILS(ae_events_open(&e, path, 0), AE_EIO, "lets files be written below");
  CHECK_FAILS(ae_events_open(&e, inside, 0), AE_EIO, "lets files be written below");
  for (int i = 0; i < 2; i++) {
    CHECK_OK(ae_events_open(&e, at(inside, "events"), 0));
    ae_events_close(e);
  }
  CHECK(access(at(inside, "events.1"), F_OK) == 0);
  end();
}

TEST(what_may_be_read_may_not_be_written) {
  begin();
  put_file(at(outside, "data"), "x", 1);
  CHECK_OK(ae_fence_allow(path, AE_FILE_READ));
  CHECK_OK(ae_fence_check(path, AE_FILE_READ));
  CHECK_REFUSED(path);
  CHECK_FAILS(ae_write_file(path, "y", 1), AE_EIO, "lets files be written below");
  CHECK_FAILS(ae_append_line(path, "y"), AE_EIO, "lets files be written below");
  CHECK(file_holds(path, "x"));
  CHECK_OK(ae_write_file(at(inside, "y"), "y", 1));
  end();
}

TEST(a_path_of_any_length_is_judged) {
  begin();
  char *deep = malloc(2 * PATH_MAX);
  snprintf(deep, PATH_MAX, "%s", inside);
  while (strlen(deep) < PATH_MAX - 3) strcat(deep, "/a");
  CHECK_REFUSED(strcat(deep, "/a/a/a"));
  CHECK_REFUSED(memset(deep, 'a', PATH_MAX));
  free(deep);
  end();
}

TEST(a_path_that_links_make_too_long_is_refused) {
  begin();
  char *name = calloc(1, 201), *deep = calloc(1, PATH_MAX + 64);
  memset(name, 'n', 200);
  CHECK(mkdir(at(inside, name), 0777) == 0 && symlink(name, at(inside, "l")) == 0);
  snprintf(deep, PATH_MAX, "%s/l", inside);
  while (strlen(deep) < PATH_MAX - 8) strcat(deep, "/a");
  CHECK_FAILS(ae_fence_check(deep, AE_FILE_WRITE), AE_EIO, "sandbox");
  free(deep);
  free(name);
  end();
}

TEST(the_root_and_what_is_in_it) {
  begin();
  CHECK_REFUSED("/none-such");
  CHECK_FAILS(ae_fence_allow("", AE_FILE_READ), AE_EIO, "No such file or directory");
  ae_fence_down();
  CHECK_OK(ae_fence_allow("/", AE_FILE_READ));
  CHECK_OK(ae_fence_check("/etc/passwd", AE_FILE_READ));
  CHECK_FAILS(ae_fence_check(inside, AE_FILE_WRITE), AE_EIO, "written below no folder only");
  end();
}

TEST(every_failed_allocation_leaves_the_fence_as_it_was) {
  begin();
  const size_t before = ae_memory_in_use();
  ae_status status = AE_EMEM;
  for (int fail_at = 1; status != AE_OK; fail_at++) {
    counter c = {.fail_at = fail_at};
    ae_set_allocator(count_allocations, &c);
    status = ae_fence_allow(outside, AE_FILE_WRITE);
    ae_set_allocator(NULL, NULL);
    CHECK(fail_at < 10 && (status == AE_OK || status == AE_EMEM));
    CHECK((ae_memory_in_use() == before) == (status != AE_OK));
    CHECK((ae_fence_check(outside, AE_FILE_WRITE) == AE_OK) == (status == AE_OK));
  }
  end();
}
