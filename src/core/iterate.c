/* iterate.c - element-wise work on tensors of any strides, as runs of contiguous memory.
 *
 * Kernels see contiguous blocks only. A contiguous tensor lends its memory; any other is gathered
 * into a block on the stack, and scattered back when it is an output. */
#include "core/core.h"

#include <string.h>

/* ---- walking a strided tensor ---- */

typedef struct cursor {
  const ae_tensor *t;
  int64_t at; /* storage position of the current element */
  int64_t index[AE_MAXDIM];
} cursor;

static cursor cursor_at(const ae_tensor *t, int64_t element) {
  cursor c = {.t = t, .at = t->offset};
  for (int d = t->ndim - 1; d >= 0; d--) {
    c.index[d] = element % t->size[d];
    c.at += c.index[d] * t->stride[d];
    element /= t->size[d];
  }
  return c;
}

/* Elements left in the current run along the last dimension. */
static int64_t run_length(const cursor *c) {
  int last = c->t->ndim - 1;
  return c->t->size[last] - c->index[last];
}

static void advance(cursor *c, int64_t count) {
  const ae_tensor *t = c->t;
  int d = t->ndim - 1;
  c->index[d] += count;
  c->at += count * t->stride[d];
  while (d > 0 && c->index[d] == t->size[d]) {
    c->at += t->stride[d - 1] - c->index[d] * t->stride[d];
    c->index[d] = 0;
    c->index[--d]++;
  }
}

/* n elements of `size` bytes from stride to stride (in elements); one of the strides is 1. */
static void copy_strided(void *dst, int64_t dst_stride, const void *src, int64_t src_stride,
                         int64_t n, size_t size) {
  if (dst_stride == 1 && src_stride == 1) {
    memcpy(dst, src, (size_t)n * size);
    return;
  }
#define COPY_LOOP(type)           \
  for (int64_t i = 0; i < n; i++) \
    ((type *)dst)[i * dst_stride] = ((const type *)src)[i * src_stride];
  /* Back from a buffer goes only what the body has put there: the outputs are among the tensors. */
  /* NOLINTBEGIN(clang-analyzer-core.uninitialized.Assign) */
  switch (size) {
    case 1:
      COPY_LOOP(uint8_t) break;
    case 2:
      COPY_LOOP(uint16_t) break;
    case 4:
      COPY_LOOP(uint32_t) break;
    default:
      COPY_LOOP(uint64_t) break;
  }
    /* NOLINTEND(clang-analyzer-core.uninitialized.Assign) */
#undef COPY_LOOP
}

/* Between elements first.. of t and a contiguous block. */
static void transfer(const ae_tensor *t, int64_t first, int64_t count, char *block, bool scatter) {
  size_t size = ae_type_size(t->type);
  int64_t stride = t->stride[t->ndim - 1];
  cursor c = cursor_at(t, first);
  while (count > 0) {
    int64_t n = run_length(&c) < count ? run_length(&c) : count;
    char *element = (char *)t->storage->data + (size_t)c.at * size;
    if (scatter)
      copy_strided(element, stride, block, 1, n, size);
    else
      copy_strided(block, 1, element, stride, n, size);
    advance(&c, n);
    block += (size_t)n * size;
    count -= n;
  }
}

/* ---- blocks ---- */

/* Elements: a multiple of AEI_BLOCK, small for the threads' shares to have the same boundaries in
 * every operation on a tensor, the matrix product among them. */
enum { PIECE = 4 * AEI_BLOCK };

typedef struct job {
  int noutputs, ntensors;
  const ae_tensor *const *tensor;
  bool contiguous[AEI_MAXOPERANDS], all_contiguous;
  aei_block *body;
  void *context;
} job;

static void *element_address(const ae_tensor *t, int64_t element) {
  return (char *)ae_data(t) + (size_t)element * ae_type_size(t->type);
}

static void gathered_block(const job *j, int64_t first, int64_t count) {
  _Alignas(AEI_ALIGN) char buffer[AEI_MAXOPERANDS][AEI_BLOCK * sizeof(int64_t)];
  void *ptr[AEI_MAXOPERANDS];
  for (int i = 0; i < j->ntensors; i++) {
    ptr[i] = j->contiguous[i] ? element_address(j->tensor[i], first) : buffer[i];
    if (!j->contiguous[i]) transfer(j->tensor[i], first, count, buffer[i], false);
  }
  j->body(j->context, first, count, ptr);
  for (int i = 0; i < j->noutputs; i++)
    if (!j->contiguous[i]) transfer(j->tensor[i], first, count, buffer[i], true);
}

static void run_piece(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  if (j->all_contiguous) {
    void *ptr[AEI_MAXOPERANDS];
    for (int i = 0; i < j->ntensors; i++) ptr[i] = element_address(j->tensor[i], begin);
    j->body(j->context, begin, end - begin, ptr);
    return;
  }
  for (; begin < end; begin += AEI_BLOCK)
    gathered_block(j, begin, end - begin < AEI_BLOCK ? end - begin : AEI_BLOCK);
}

void aei_iterate(int noutputs, int ntensors, const ae_tensor *const *tensor, aei_block *body,
                 void *context) {
  job j = {.noutputs = noutputs,
           .ntensors = ntensors,
           .tensor = tensor,
           .all_contiguous = true,
           .body = body,
           .context = context};
  for (int i = 0; i < ntensors; i++) {
    j.contiguous[i] = ae_is_contiguous(tensor[i]);
    j.all_contiguous = j.all_contiguous && j.contiguous[i];
  }
  const int64_t n = ae_nelement(tensor[0]);
  aei_parallel(n, n > AEI_GRAIN ? PIECE : AEI_GRAIN, run_piece, &j);
}

/* ---- lines along a dimension ---- */

aei_lines aei_lines_of(const ae_tensor *t, int dim) {
  aei_lines l = {.count = t->size[dim] > 0 ? ae_nelement(t) / t->size[dim] : 0,
                 .length = t->size[dim],
                 .stride = t->stride[dim],
                 .offset = t->offset};
  for (int d = 0; d < t->ndim; d++) {
    if (d == dim) continue;
    l.size[l.ndim] = t->size[d];
    l.step[l.ndim++] = t->stride[d];
  }
  return l;
}

int64_t aei_line_start(const aei_lines *lines, int64_t line) {
  int64_t at = lines->offset;
  for (int d = lines->ndim - 1; d >= 0; d--) {
    at += line % lines->size[d] * lines->step[d];
    line /= lines->size[d];
  }
  return at;
}
