/* fuzz.h - a fuzz target in C: `FUZZ(png) { ... }` in tests/fuzz gets any bytes and returns.
 *
 * host.c runs one under libFuzzer; seeds.c, among the C tests, gives each the files of
 * tests/fuzz/seeds/NAME. A target may take memory of the engine in proportion to its input, and
 * nothing of it stays in use. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ae.h"

/* ---- targets ---- */

typedef struct fuzz_target {
  const char *name;
  void (*run)(const uint8_t *data, size_t size);
} fuzz_target;

void fuzz_register(fuzz_target target);
const fuzz_target *fuzz_find(const char *name); /* NULL: none */
const fuzz_target *fuzz_at(int i);              /* NULL past the last */
/* Gives the bytes to the target; checks what it leaves behind. */
void fuzz_run(const fuzz_target *target, const uint8_t *data, size_t size);

#define FUZZ(name)                                                      \
  static void fuzz_##name(const uint8_t *data, size_t size);            \
  __attribute__((constructor)) static void register_fuzz_##name(void) { \
    fuzz_register((fuzz_target){#name, fuzz_##name});                   \
  }                                                                     \
  static void fuzz_##name(const uint8_t *data, size_t size)

/* ---- what does not hold is a finding ---- */

/* Defined by the program that runs the targets: a finding. */
void fuzz_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Defined by it too: a path in a scratch folder. */
const char *fuzz_path(const char *name);

#define FUZZ_CHECK(condition)                                          \
  do {                                                                 \
    if (!(condition)) fuzz_fail(__FILE__, __LINE__, "%s", #condition); \
  } while (0)
#define FUZZ_OK(call)                                                                \
  do {                                                                               \
    if ((call) != AE_OK) fuzz_fail(__FILE__, __LINE__, "%s: %s", #call, ae_error()); \
  } while (0)

/* ---- files ---- */

/* From here on the engine may take so many bytes more than now. */
void fuzz_limit(size_t bytes);
/* The most bytes that the engine may use for an input of `size` bytes: of a format that is not
 * compressed, and of one that is (deflate gives 1032 bytes of one). */
size_t fuzz_plain(size_t size);
size_t fuzz_packed(size_t size);
/* A file with these bytes; overwritten by the next one. */
const char *fuzz_file(const void *data, size_t n);
/* Whether the status is AE_OK; a failure must have told one line that names the file, and must not
 * be one of memory. */
bool fuzz_read(ae_status status, const char *path);
/* Types, sizes and elements (by their bits) are the same. */
bool fuzz_same(const ae_tensor *a, const ae_tensor *b);

/* ---- bytes to take from, when an input is not a file but tells how to make one ---- */

typedef struct fuzz_bytes {
  const uint8_t *at;
  size_t left;
} fuzz_bytes;
unsigned fuzz_byte(fuzz_bytes *b); /* 0 at the end */
unsigned fuzz_word(fuzz_bytes *b); /* two of them, little-endian */
/* n bytes, or those that are left: *n. */
const uint8_t *fuzz_take(fuzz_bytes *b, size_t *n);

/* Bytes that are put together; what does not fit is left out. */
typedef struct fuzz_buffer {
  uint8_t data[1 << 17];
  size_t used;
} fuzz_buffer;
void fuzz_put(fuzz_buffer *to, const void *data, size_t n);
/* The `size` low bytes of v, the lowest first or last. */
void fuzz_put_low(fuzz_buffer *to, uint64_t v, int size);
void fuzz_put_high(fuzz_buffer *to, uint64_t v, int size);
/* n bytes compressed at the level. bits: as deflateInit2 takes them, which tells the wrapping. */
void fuzz_deflate(fuzz_buffer *to, const void *data, size_t n, int level, int bits);

#endif
