/* seeds.c - gives every fuzz target in C the files of tests/fuzz/seeds/NAME: inputs that once were
 * findings, and valid ones. Those in Lua: replay.lua. */
#include "fuzz.h"
#include "test.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- what a target's program gives ---- */

static const char *seed; /* the file, for messages; NULL: findings are counted only */
static int findings;

void fuzz_fail(const char *file, int line, const char *format, ...) {
  char text[2048];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  findings++;
  if (seed) test_failed(file, line, "%s: %s", seed, text);
}

const char *fuzz_path(const char *name) {
  static char paths[2][256];
  char *path = paths[strcmp(name, "input") == 0];
  snprintf(path, sizeof paths[0], "%s", test_path(name));
  return path;
}

/* ---- the seeds ---- */

/* Bytes of a file, each run in memory of exactly its size. */
static void replay_file(const fuzz_target *target, const char *path) {
  FILE *f = fopen(path, "rb");
  CHECK(f != NULL);
  if (!f) return;
  static uint8_t bytes[1 << 20];
  const size_t n = fread(bytes, 1, sizeof bytes, f);
  fclose(f);
  uint8_t *exact = malloc(n > 0 ? n : 1);
  memcpy(exact, bytes, n);
  seed = path;
  fuzz_run(target, exact, n);
  seed = NULL;
  free(exact);
}

static int replay_folder(const fuzz_target *target) {
  char path[4096];
  int files = 0;
  const char *slash = strrchr(__FILE__, '/');
  const int n = slash ? (int)(slash - __FILE__) : 0;
  snprintf(path, sizeof path, "%.*s/seeds/%s", n, __FILE__, target->name);
  DIR *folder = opendir(path);
  for (struct dirent *e = folder ? readdir(folder) : NULL; e; e = readdir(folder)) {
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%.*s/seeds/%s/%s", n, __FILE__, target->name, e->d_name);
    replay_file(target, path);
    files++;
  }
  if (folder) closedir(folder);
  return files;
}

TEST(seeds) {
  for (int i = 0; fuzz_at(i); i++)
    if (replay_folder(fuzz_at(i)) == 0)
      test_failed(__FILE__, __LINE__, "%s has no seeds", fuzz_at(i)->name);
  unlink(fuzz_path("input"));
  unlink(fuzz_path("again"));
}

/* ---- that a finding is one ---- */

static ae_tensor *kept;

static void keeps_memory(const uint8_t *data, size_t size) {
  (void)data;
  FUZZ_OK(ae_tensor_new_sized(&kept, AE_BYTE, 1, &(int64_t){(int64_t)size}));
}

static void takes_much(const uint8_t *data, size_t size) {
  ae_tensor t = ae_tensor_local(AE_BYTE);
  (void)data, (void)size;
  fuzz_read(ae_resize(&t, 1, &(int64_t){1 << 25}), "");
  ae_tensor_clear(&t);
}

TEST(findings) {
  const fuzz_target leak = {"leak", keeps_memory}, much = {"much", takes_much};
  findings = 0;
  fuzz_run(&leak, (const uint8_t *)"1234", 4);
  CHECK(findings == 1);
  ae_tensor_release(kept);
  fuzz_run(&much, (const uint8_t *)"1234", 4);
  CHECK(findings == 2);
  fuzz_read(ae_write_file("/nowhere/file", "", 0), "/nowhere/file");
  CHECK(findings == 2);
  fuzz_read(ae_write_file("/nowhere/file", "", 0), "/nowhere/other");
  CHECK(findings == 3);
}
