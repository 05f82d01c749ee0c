/* arrays.c - any bytes as files of tensors: safetensors, .npy, .npz, and archives whose members'
 * checksums and compression are right. What is read is written, and reads the same again. */
#include "fuzz.h"

#include <stdlib.h>
#include <zlib.h>

/* ---- safetensors ---- */

typedef struct list {
  ae_tensor **tensors;
  ae_named_tensor *entries;
  const char **pairs;
  int count, npairs;
} list;

static void make_list(list *l, int count, int npairs) {
  *l = (list){.count = count, .npairs = npairs};
  l->tensors = calloc((size_t)count + 1, sizeof *l->tensors);
  l->entries = calloc((size_t)count + 1, sizeof *l->entries);
  l->pairs = calloc((size_t)npairs * 2 + 1, sizeof *l->pairs);
  for (int i = 0; i < count; i++) FUZZ_OK(ae_tensor_new(&l->tensors[i], AE_FLOAT));
}

static void end_list(list *l) {
  for (int i = 0; i < l->count; i++) ae_tensor_release(l->tensors[i]);
  free(l->tensors);
  free(l->entries);
  free(l->pairs);
}

static int count_pairs(const ae_safetensors *s) {
  const char *text;
  int n = 0;
  while (ae_safetensors_metadata(s, n, &text)) n++;
  return n;
}

static void read_all(const ae_safetensors *s, list *l) {
  make_list(l, ae_safetensors_count(s), count_pairs(s));
  for (int i = 0; i < l->count; i++) {
    FUZZ_OK(ae_safetensors_read(s, i, l->tensors[i]));
    l->entries[i] = (ae_named_tensor){ae_safetensors_name(s, i), l->tensors[i]};
    FUZZ_CHECK(ae_safetensors_find(s, l->entries[i].name) == i);
  }
  for (int i = 0; i < l->npairs; i++)
    l->pairs[2 * i] = ae_safetensors_metadata(s, i, &l->pairs[2 * i + 1]);
}

static void check_same(const list *a, const list *b) {
  FUZZ_CHECK(a->count == b->count && a->npairs == b->npairs);
  for (int i = 0; i < a->count && i < b->count; i++)
    FUZZ_CHECK(strcmp(a->entries[i].name, b->entries[i].name) == 0 &&
               fuzz_same(a->tensors[i], b->tensors[i]));
  for (int i = 0; i < 2 * a->npairs && i < 2 * b->npairs; i++)
    FUZZ_CHECK(strcmp(a->pairs[i], b->pairs[i]) == 0);
}

FUZZ(safetensors) {
  ae_safetensors *s = NULL, *again = NULL;
  const char *path = fuzz_file(data, size), *second = fuzz_path("again");
  list first, then;
  if (!fuzz_read(ae_safetensors_open(&s, path), path)) return;
  read_all(s, &first);
  FUZZ_OK(ae_safetensors_write(second, first.count, first.entries, first.npairs, first.pairs));
  FUZZ_OK(ae_safetensors_open(&again, second));
  if (again) {
    read_all(again, &then);
    check_same(&first, &then);
    end_list(&then);
  }
  end_list(&first);
  ae_safetensors_close(s);
  ae_safetensors_close(again);
}

/* ---- .npy ---- */

static void write_npy_again(const ae_tensor *t) {
  const char *path = fuzz_path("again");
  ae_tensor again = ae_tensor_local(AE_FLOAT);
  FUZZ_OK(ae_npy_write(path, t));
  FUZZ_OK(ae_npy_read(&again, path));
  FUZZ_CHECK(fuzz_same(t, &again));
  ae_tensor_clear(&again);
}

FUZZ(npy) {
  const char *path = fuzz_file(data, size);
  ae_tensor t = ae_tensor_local(AE_FLOAT);
  if (fuzz_read(ae_npy_read(&t, path), path)) write_npy_again(&t);
  ae_tensor_clear(&t);
}

/* ---- .npz ---- */

/* Whether every array of an archive can be read. */
static bool read_arrays(const ae_npz *z, list *l, const char *path) {
  bool right = true;
  make_list(l, ae_npz_count(z), 0);
  for (int i = 0; i < l->count && right; i++) {
    right = fuzz_read(ae_npz_read(z, i, l->tensors[i]), path);
    l->entries[i] = (ae_named_tensor){ae_npz_name(z, i), l->tensors[i]};
  }
  return right;
}

static void write_npz_again(const list *first) {
  const char *path = fuzz_path("again");
  ae_npz *z = NULL;
  list then;
  const ae_status status = ae_npz_write(path, first->count, first->entries);
  if (status == AE_EARG) return; /* a name that is empty or no UTF-8 */
  FUZZ_OK(status);
  FUZZ_OK(ae_npz_open(&z, path));
  if (!z) return;
  FUZZ_CHECK(read_arrays(z, &then, path));
  check_same(first, &then);
  end_list(&then);
  ae_npz_close(z);
}

/* Returns how many arrays were right: all of them, or -1. */
static int read_npz(const char *path) {
  ae_npz *z = NULL;
  list l;
  if (!fuzz_read(ae_npz_open(&z, path), path)) return -1;
  const bool right = read_arrays(z, &l, path);
  const int count = l.count;
  if (right) write_npz_again(&l);
  end_list(&l);
  ae_npz_close(z);
  return right ? count : -1;
}

FUZZ(npz) {
  fuzz_limit(fuzz_packed(size));
  read_npz(fuzz_file(data, size));
}

/* ---- archives that are right ---- */

typedef struct member {
  char name[16];
  const uint8_t *content;
  size_t size, packed, begin;
  bool deflated;
  uint32_t crc;
} member;

/* bit 0: compressed; bit 1: the name is taken from the input */
static void take_member(fuzz_bytes *in, member *m, int number) {
  const unsigned how = fuzz_byte(in);
  snprintf(m->name, sizeof m->name, "%d.npy", number);
  for (int i = 0; how & 2 && i < 3; i++) m->name[i] = (char)fuzz_byte(in);
  m->deflated = how & 1;
  m->size = fuzz_word(in);
  m->content = fuzz_take(in, &m->size);
  m->crc = (uint32_t)crc32_z(crc32_z(0, NULL, 0), m->content, m->size);
}

static void put_common(fuzz_buffer *to, const member *m) {
  fuzz_put_low(to, 20, 2);
  fuzz_put_low(to, 0, 2);
  fuzz_put_low(to, m->deflated ? 8 : 0, 2);
  fuzz_put_low(to, 0, 4);
  fuzz_put_low(to, m->crc, 4);
  fuzz_put_low(to, m->packed, 4);
  fuzz_put_low(to, m->size, 4);
  fuzz_put_low(to, strlen(m->name), 2);
  fuzz_put_low(to, 0, 2);
}

static void put_member(fuzz_buffer *to, member *m) {
  static fuzz_buffer packed;
  packed.used = 0;
  if (m->deflated)
    fuzz_deflate(&packed, m->content, m->size, 1, -15);
  else
    fuzz_put(&packed, m->content, m->size);
  m->packed = packed.used;
  m->begin = to->used;
  fuzz_put(to, "PK\3\4", 4);
  put_common(to, m);
  fuzz_put(to, m->name, strlen(m->name));
  fuzz_put(to, packed.data, packed.used);
}

static void put_directory(fuzz_buffer *to, int n, const member *m) {
  const size_t begin = to->used;
  for (int i = 0; i < n; i++) {
    fuzz_put(to, "PK\1\2\24\0", 6);
    put_common(to, &m[i]);
    fuzz_put_low(to, 0, 10);
    fuzz_put_low(to, m[i].begin, 4);
    fuzz_put(to, m[i].name, strlen(m[i].name));
  }
  const size_t size = to->used - begin;
  fuzz_put(to, "PK\5\6\0\0\0\0", 8);
  fuzz_put_low(to, (uint64_t)n, 2);
  fuzz_put_low(to, (uint64_t)n, 2);
  fuzz_put_low(to, size, 4);
  fuzz_put_low(to, begin, 4);
  fuzz_put_low(to, 0, 2);
}

/* Whether the member's content is right as a file of its own. */
static bool is_array(const member *m) {
  ae_tensor t = ae_tensor_local(AE_FLOAT);
  const char *path = fuzz_file(m->content, m->size);
  const bool right = fuzz_read(ae_npy_read(&t, path), path);
  ae_tensor_clear(&t);
  return right;
}

static bool is_named(const member *m) {
  const size_t n = strlen(m->name);
  return n >= 4 && strcmp(m->name + n - 4, ".npy") == 0;
}

static bool has_twice(int n, const member *m) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k < i; k++)
      if (is_named(&m[i]) && strcmp(m[i].name, m[k].name) == 0) return true;
  return false;
}

/* An archive is read exactly when each of its members could be read alone. */
FUZZ(members) {
  static fuzz_buffer archive;
  enum { MOST = 8 };
  member m[MOST];
  fuzz_bytes in = {data, size};
  int n = 0, wanted = 0;
  archive.used = 0;
  while (n < MOST && in.left > 0) take_member(&in, &m[n], n), n++;
  for (int i = 0; i < n; i++) put_member(&archive, &m[i]);
  put_directory(&archive, n, m);
  bool right = !has_twice(n, m);
  for (int i = 0; i < n; i++) {
    wanted += is_named(&m[i]);
    if (is_named(&m[i]) && !is_array(&m[i])) right = false;
  }
  fuzz_limit(fuzz_packed(archive.used));
  const int count = read_npz(fuzz_file(archive.data, archive.used));
  FUZZ_CHECK(count == (right ? wanted : -1));
}
