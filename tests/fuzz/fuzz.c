/* fuzz.c - what fuzz targets in C share. */
#include "fuzz.h"

#include <zlib.h>

/* ---- targets ---- */

static fuzz_target targets[32];
static int ntargets;

void fuzz_register(fuzz_target target) {
  if (ntargets < (int)(sizeof targets / sizeof *targets)) targets[ntargets++] = target;
}

const fuzz_target *fuzz_at(int i) { return i < ntargets ? &targets[i] : NULL; }

const fuzz_target *fuzz_find(const char *name) {
  for (int i = 0; i < ntargets; i++)
    if (strcmp(targets[i].name, name) == 0) return &targets[i];
  return NULL;
}

void fuzz_run(const fuzz_target *target, const uint8_t *data, size_t size) {
  const size_t before = ae_memory_in_use();
  fuzz_limit(fuzz_plain(size));
  target->run(data, size);
  ae_set_memory_limit(SIZE_MAX);
  FUZZ_CHECK(ae_memory_in_use() == before);
}

/* ---- files ---- */

void fuzz_limit(size_t bytes) { ae_set_memory_limit(ae_memory_in_use() + bytes); }
size_t fuzz_plain(size_t size) { return (2 << 20) + 128 * size; }
size_t fuzz_packed(size_t size) { return (2 << 20) + 2500 * size; }

const char *fuzz_file(const void *data, size_t n) {
  const char *path = fuzz_path("input");
  FILE *f = fopen(path, "wb");
  if (!f || fwrite(data, 1, n, f) != n) fuzz_fail(__FILE__, __LINE__, "%s: not written", path);
  if (f) fclose(f);
  return path;
}

bool fuzz_read(ae_status status, const char *path) {
  if (status == AE_OK) return true;
  const char *message = ae_error();
  if (status == AE_EMEM || !strstr(message, path) || strpbrk(message, "\n\r"))
    fuzz_fail(__FILE__, __LINE__, "refused with status %d: \"%s\"", (int)status, message);
  return false;
}

bool fuzz_same(const ae_tensor *a, const ae_tensor *b) {
  const size_t bytes = (size_t)ae_nelement(a) * ae_type_size(a->type);
  if (a->type != b->type || a->ndim != b->ndim) return false;
  for (int d = 0; d < a->ndim; d++)
    if (a->size[d] != b->size[d]) return false;
  if (!ae_is_contiguous(a) || !ae_is_contiguous(b)) return false;
  return bytes == 0 || memcmp(ae_data(a), ae_data(b), bytes) == 0;
}

/* ---- bytes ---- */

unsigned fuzz_byte(fuzz_bytes *b) {
  if (b->left == 0) return 0;
  b->left--;
  return *b->at++;
}

unsigned fuzz_word(fuzz_bytes *b) {
  const unsigned low = fuzz_byte(b);
  return low | fuzz_byte(b) << 8;
}

const uint8_t *fuzz_take(fuzz_bytes *b, size_t *n) {
  const uint8_t *taken = b->at;
  if (*n > b->left) *n = b->left;
  b->at += *n;
  b->left -= *n;
  return taken;
}

void fuzz_put(fuzz_buffer *to, const void *data, size_t n) {
  if (n > sizeof to->data - to->used) n = sizeof to->data - to->used;
  if (n > 0) memcpy(to->data + to->used, data, n);
  to->used += n;
}

void fuzz_put_low(fuzz_buffer *to, uint64_t v, int size) {
  for (; size > 0; size--, v >>= 8) fuzz_put(to, &(uint8_t){(uint8_t)v}, 1);
}

void fuzz_put_high(fuzz_buffer *to, uint64_t v, int size) {
  while (size-- > 0) fuzz_put(to, &(uint8_t){(uint8_t)(v >> 8 * size)}, 1);
}

/* A stream of this level and wrapping, made once: to make one takes longer than to use it. */
static z_stream *deflate_stream(int level, int bits) {
  static struct {
    int level, bits;
    z_stream z;
  } made[16];
  static int n;
  int i = 0;
  while (i < n && (made[i].level != level || made[i].bits != bits)) i++;
  if (i < n) return deflateReset(&made[i].z), &made[i].z;
  if (n == (int)(sizeof made / sizeof *made)) return NULL;
  made[n].level = level;
  made[n].bits = bits;
  const int code = deflateInit2(&made[n].z, level, Z_DEFLATED, bits, 1, Z_DEFAULT_STRATEGY);
  return code == Z_OK ? &made[n++].z : NULL;
}

void fuzz_deflate(fuzz_buffer *to, const void *data, size_t n, int level, int bits) {
  z_stream *z = deflate_stream(level, bits);
  FUZZ_CHECK(z != NULL);
  if (!z) return;
  z->next_in = (Bytef *)(uintptr_t)data;
  z->avail_in = (uInt)n;
  z->next_out = to->data + to->used;
  z->avail_out = (uInt)(sizeof to->data - to->used);
  FUZZ_CHECK(deflate(z, Z_FINISH) == Z_STREAM_END);
  to->used += z->total_out;
}
