/* safetensors_write.c - writing tensors by name, so that what safetensors.c (and Python) refuses is
 * never written. The data stand in the order of their element size, so that each tensor is aligned
 * for its type; the header lists them in the caller's order. */
#include "io/io.h"

#include <stdlib.h>
#include <string.h>

static const char *const dtype_name[AE_NTYPES] = {
    [AE_FLOAT] = "F32", [AE_DOUBLE] = "F64", [AE_LONG] = "I64", [AE_BYTE] = "U8",
    [AE_CHAR] = "I8",   [AE_SHORT] = "I16",  [AE_INT32] = "I32"};

/* ---- names ---- */

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names are unique, and none is that of the metadata. */
static ae_status check_names(int n, const ae_named_tensor *entries) {
  const char **name = aei_alloc((size_t)n * sizeof *name);
  if (!name) return AE_EMEM;
  for (int i = 0; i < n; i++) name[i] = entries[i].name;
  qsort(name, (size_t)n, sizeof *name, by_text);
  ae_status status = AE_OK;
  for (int i = 0; i < n && status == AE_OK; i++) {
    if (i > 0 && strcmp(name[i - 1], name[i]) == 0)
      status = aei_fail(AE_EARG, "two tensors are named \"%.100s\"", name[i]);
    if (strcmp(name[i], "__metadata__") == 0)
      status = aei_fail(AE_EARG, "a tensor cannot be named \"__metadata__\"");
  }
  aei_free(name);
  return status;
}

/* ---- places ---- */

static int64_t bytes_of(const ae_tensor *t) {
  return ae_nelement(t) * (int64_t)ae_type_size(t->type);
}

/* order [out]: the entries' numbers as their data follow each other. begin [out]: where the data
 * of entry i begin. */
static ae_status lay_out(int n, const ae_named_tensor *entries, int *order, int64_t *begin) {
  int64_t at = 0;
  int placed = 0;
  for (size_t size = 8; size > 0; size /= 2)
    for (int i = 0; i < n; i++) {
      if (ae_type_size(entries[i].tensor->type) != size) continue;
      order[placed++] = i;
      begin[i] = at;
      if (__builtin_add_overflow(at, bytes_of(entries[i].tensor), &at))
        return aei_fail(AE_ESHAPE, "the tensors take more than 2^63 bytes");
    }
  return AE_OK;
}

/* ---- the header ---- */

typedef struct pair {
  const char *key, *text; /* the key first: pairs sort by_text */
} pair;

static ae_status append_sorted(aei_text *t, int n, const pair *sorted) {
  AEI_TRY(aei_text_format(t, "\"__metadata__\":{"));
  for (int i = 0; i < n; i++) {
    if (i > 0 && strcmp(sorted[i - 1].key, sorted[i].key) == 0)
      return aei_fail(AE_EARG, "two texts have the key \"%.100s\"", sorted[i].key);
    if (i > 0) AEI_TRY(aei_text_bytes(t, ",", 1));
    AEI_TRY(aei_text_string(t, sorted[i].key));
    AEI_TRY(aei_text_bytes(t, ":", 1));
    AEI_TRY(aei_text_string(t, sorted[i].text));
  }
  return aei_text_bytes(t, "}", 1);
}

/* Sorted by key, so that the bytes do not depend on the order in which a table is walked. */
static ae_status append_metadata(aei_text *t, int n, const char *const *pairs) {
  pair *sorted = aei_alloc((size_t)n * sizeof *sorted);
  if (!sorted) return AE_EMEM;
  for (int i = 0; i < n; i++, pairs += 2) sorted[i] = (pair){pairs[0], pairs[1]};
  qsort(sorted, (size_t)n, sizeof *sorted, by_text);
  ae_status status = append_sorted(t, n, sorted);
  aei_free(sorted);
  return status;
}

static ae_status append_entry(aei_text *t, const ae_named_tensor *e, int64_t begin) {
  const ae_tensor *x = e->tensor;
  AEI_TRY(aei_text_string(t, e->name));
  AEI_TRY(aei_text_format(t, ":{\"dtype\":\"%s\",\"shape\":[", dtype_name[x->type]));
  if (x->ndim == 0) AEI_TRY(aei_text_bytes(t, "0", 1)); /* no elements, as in Torch */
  for (int d = 0; d < x->ndim; d++)
    AEI_TRY(aei_text_format(t, d > 0 ? ",%lld" : "%lld", (long long)x->size[d]));
  return aei_text_format(t, "],\"data_offsets\":[%lld,%lld]}", (long long)begin,
                         (long long)(begin + bytes_of(x)));
}

static ae_status build_header(aei_text *t, int n, const ae_named_tensor *entries,
                              const int64_t *begin, int npairs, const char *const *pairs) {
  AEI_TRY(aei_text_bytes(t, "{", 1));
  if (npairs > 0) AEI_TRY(append_metadata(t, npairs, pairs));
  for (int i = 0; i < n; i++) {
    if (i > 0 || npairs > 0) AEI_TRY(aei_text_bytes(t, ",", 1));
    AEI_TRY(append_entry(t, &entries[i], begin[i]));
  }
  AEI_TRY(aei_text_bytes(t, "}", 1));
  while (t->used % 8 != 0) AEI_TRY(aei_text_bytes(t, " ", 1)); /* the data begin aligned */
  if (t->used > AEI_HEADER_LIMIT)
    return aei_fail(AE_EARG, "names and metadata take %zu bytes, at most %d can be read again",
                    t->used, AEI_HEADER_LIMIT);
  return AE_OK;
}

/* ---- the file ---- */

static ae_status write_elements(aei_output *o, const ae_tensor *t) {
  ae_tensor copy = ae_tensor_local(t->type);
  const ae_tensor *c = &copy;
  ae_status status = AEI_IS_LITTLE_ENDIAN ? aei_contiguous(&c, t, &copy) : ae_convert(&copy, t);
  if (status == AE_OK && c == &copy)
    aei_little_endian(ae_data(c), ae_nelement(c), ae_type_size(c->type));
  if (status == AE_OK) status = aei_output_write(o, ae_data(c), (size_t)bytes_of(c));
  ae_tensor_clear(&copy);
  return status;
}

static ae_status write_file(const char *path, const aei_text *header, int n, const int *order,
                            const ae_named_tensor *entries) {
  aei_output o;
  uint64_t length = header->used;
  aei_little_endian(&length, 1, sizeof length);
  AEI_TRY(aei_output_begin(&o, path));
  ae_status status = aei_output_write(&o, &length, sizeof length);
  if (status == AE_OK) status = aei_output_write(&o, header->data, header->used);
  for (int k = 0; k < n && status == AE_OK; k++)
    status = write_elements(&o, entries[order[k]].tensor);
  return aei_output_end(&o, status);
}

ae_status ae_safetensors_write(const char *path, int n, const ae_named_tensor *entries, int npairs,
                               const char *const *pairs) {
  aei_text header = {0};
  int *order = aei_alloc((size_t)n * sizeof *order);
  int64_t *begin = aei_alloc((size_t)n * sizeof *begin);
  ae_status status = order && begin ? check_names(n, entries) : AE_EMEM;
  if (status == AE_OK) status = lay_out(n, entries, order, begin);
  if (status == AE_OK) status = build_header(&header, n, entries, begin, npairs, pairs);
  if (status != AE_OK) aei_prefix(status, "%s", path);
  if (status == AE_OK) status = write_file(path, &header, n, order, entries);
  aei_free(header.data);
  aei_free(order);
  aei_free(begin);
  return status;
}
