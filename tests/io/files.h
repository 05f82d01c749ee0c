/* files.h - reading and writing files in tests, a folder of their own, and a disk that is full. */
#ifndef TEST_FILES_H
#define TEST_FILES_H

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static inline void put_file(const char *path, const void *data, size_t n) {
  FILE *f = fopen(path, "wb");
  CHECK(f && fwrite(data, 1, n, f) == n);
  if (f) fclose(f);
}

/* The file's first bytes; how many they are, 0 when there is no file. */
static inline size_t get_file(const char *path, void *data, size_t capacity) {
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(data, 1, capacity, f) : 0;
  if (f) fclose(f);
  return n;
}

static inline bool file_is(const char *path, const void *want, size_t n) {
  char got[4096];
  return get_file(path, got, sizeof got) == n && memcmp(got, want, n) == 0;
}
static inline bool file_holds(const char *path, const char *want) {
  return file_is(path, want, strlen(want));
}

static inline int files_in(const char *folder) {
  int n = 0;
  DIR *d = opendir(folder);
  CHECK(d);
  while (d && readdir(d)) n++;
  if (d) closedir(d);
  return n - 2; /* . and .. */
}

/* From now on no file may grow beyond `bytes`, as on a full disk; a negative number ends this. */
static inline void limit_files(int64_t bytes) {
  static struct rlimit before;
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
  if (bytes >= 0) before = limit;
  signal(SIGXFSZ, bytes >= 0 ? SIG_IGN : SIG_DFL);
  limit.rlim_cur = bytes >= 0 ? (rlim_t)bytes : before.rlim_cur;
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

#endif
