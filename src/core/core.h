/* core.h - what the engine's files share and its users do not see: failing, allocating, threads,
 * iteration. */
#ifndef AEI_CORE_H
#define AEI_CORE_H

#include "ae.h"

/* ---- errors (error.c) ---- */

/* Records a message for this thread and returns code: `return aei_fail(AE_ESHAPE, "...", ...);` */
ae_status aei_fail(ae_status code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts "text: " in front of the recorded message; returns code. For a caller that knows the place:
 * file, layer. */
ae_status aei_prefix(ae_status code, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define AEI_TRY(call)                             \
  do {                                            \
    ae_status try_status_ = (call);               \
    if (try_status_ != AE_OK) return try_status_; \
  } while (0)

/* Sizes as text for messages, or "a table of 2 tensors", as an expression: AEI_SHAPE(t) lives until
 * the end of the enclosing block. */
#define AEI_SHAPE(t)       aei_shape((char[AEI_SHAPE_CAPACITY]){0}, AEI_SHAPE_CAPACITY, (t))
#define AEI_SHAPE_CAPACITY 128
const char *aei_shape(char *buffer, size_t capacity, const ae_tensor *t);

/* ---- memory (memory.c) ---- */

/* Through the allocator hook, counted. aei_alloc returns NULL after recording AE_EMEM's message;
 * size 0 is allowed. aei_calloc zeroes. aei_realloc keeps the old block on failure. aei_free
 * ignores NULL. */
void *aei_alloc(size_t size);
void *aei_calloc(size_t size);
void *aei_realloc(void *old, size_t size);
void aei_free(void *data);
char *aei_strdup(const char *s);
/* The same as zlib's z_stream wants them, zalloc and zfree; user is not looked at. */
void *aei_alloc_items(void *user, unsigned count, unsigned size);
void aei_free_items(void *user, void *items);
#define AEI_ALIGN 64 /* of every block: a cache line, an AVX-512 register */

/* ---- shapes (shape.c) ---- */

/* a * b for non-negative factors, false on overflow. */
bool aei_mul(int64_t *out, int64_t a, int64_t b);
/* Number of elements of the sizes; AE_ESHAPE for a negative one, a rank over AE_MAXDIM or an
 * overflow of the byte count at 8 bytes an element. */
ae_status aei_count(int64_t *out, int ndim, const int64_t *size);
void aei_contiguous_strides(int64_t *stride, int ndim, const int64_t *size);
bool aei_same_sizes(int na, const int64_t *a, int nb, const int64_t *b);
/* Whether dim is one of t's; fails "narrow: dimension 3 of a tensor with 2", counted from 1 as the
 * user does. */
ae_status aei_check_dim(const char *operation, const ae_tensor *t, int dim);

/* ---- threads (threads.c) ---- */

/* Calls body for pieces [begin, end) of 0..n: piece k is [k*grain, min(n, (k+1)*grain)), so the
 * boundaries depend on n and grain only. Pieces run on any thread in any order; body must not
 * fail. A call from inside of a body runs there, on its thread. Runs on the calling thread when
 * there is one piece. Denormals are flushed to zero inside, on every thread. grain >= 1. */
typedef void aei_body(void *context, int64_t begin, int64_t end);
void aei_parallel(int64_t n, int64_t grain, aei_body *body, void *context);
/* Whether aei_parallel would run on the calling thread alone: inside of a body, or with one thread.
 */
bool aei_alone(void);
/* A grain for element-wise work: about this many elements a piece, to stay in L2 and be worth a
 * hand-over. */
#define AEI_GRAIN 16384

/* ---- iteration over tensors of any strides (iterate.c) ---- */

/* Calls body on blocks of corresponding elements, in parallel. ptr[i] addresses `count` consecutive
 * elements of tensor i's type: of the tensor itself where it is contiguous, else of a gathered copy
 * (scattered back afterwards when i < noutputs). `first` is the row-major number of the block's
 * first element; blocks are multiples of AEI_BLOCK, bounded by shape only. All tensors have the
 * same number of elements; outputs come first. body must not fail. Allocates nothing.*/
#define AEI_MAXOPERANDS 5
#define AEI_BLOCK       1024
typedef void aei_block(void *context, int64_t first, int64_t count, void *const *ptr);
void aei_iterate(int noutputs, int ntensors, const ae_tensor *const *tensor, aei_block *body,
                 void *context);

/* Calls body for each line of x along dim: `line` counts the other dimensions in row-major order;
 * the line's k-th element is at base + k*stride (in elements). Serial over lines [begin, end)
 * inside aei_parallel when parallel. */
typedef struct aei_lines {
  int64_t count;  /* lines */
  int64_t length; /* elements of a line: size of dim */
  int64_t stride; /* between a line's elements */
  int ndim;       /* the other dimensions */
  int64_t size[AE_MAXDIM], step[AE_MAXDIM];
  int64_t offset;
} aei_lines;
aei_lines aei_lines_of(const ae_tensor *t, int dim);
/* Storage position, in elements, of the first element of a line. */
int64_t aei_line_start(const aei_lines *lines, int64_t line);

/* ---- storages (storage.c) ---- */

/* A storage whose elements are `size` ones of an open file from byte `offset` on, a multiple of the
 * element's size; the file is not changed by writing to them, and may be closed. */
ae_status aei_storage_map(ae_storage **out, ae_type type, const char *path, int file,
                          int64_t offset, int64_t size);

/* ---- tensors (tensor.c) ---- */

/* Resizes y to like's sizes unless it has them; fails unless y's type is `type`. */
ae_status aei_prepare(ae_tensor *y, ae_type type, int ndim, const int64_t *size);
/* Makes room for t to be resized to the sizes, which then does not fail; t's own stay. For what has
 * several results: all of them find room before one is changed. */
ae_status aei_reserve(ae_tensor *t, int ndim, const int64_t *size);
/* y[i] [out] = x[i] of any types for each i < n, or none of them. */
ae_status aei_convert_all(int n, ae_tensor *const *y, const ae_tensor *const *x);
/* A contiguous version of x: x itself, or *copy filled with its elements (copy is a local tensor,
 * cleared by caller). */
ae_status aei_contiguous(const ae_tensor **out, const ae_tensor *x, ae_tensor *copy);

/* ---- tables of tensors (table.c): for plain tensors they do the same as for one part ---- */

/* t is a plain tensor again, an empty one if it was a table. */
void aei_drop_parts(ae_tensor *t);
/* Whether all sizes agree, and what is a table in one is one in the other. */
bool aei_same_parts(const ae_tensor *a, const ae_tensor *b);
/* Releases the slot's tensor and puts a new, empty one there. */
ae_status aei_renew(ae_tensor **slot, ae_type type);
/* Whether t is x, or inside it. */
bool aei_is_in(const ae_tensor *x, const ae_tensor *t);
/* y gets x's structure and sizes; its own parts stay where they fit. */
ae_status aei_resize_parts(ae_tensor *y, const ae_tensor *x);
/* y = x, of the same structure and sizes; y = 0. */
ae_status aei_copy_parts(ae_tensor *y, const ae_tensor *x);
ae_status aei_zero_parts(ae_tensor *y);
/* y [out] = a + b; y may be a. */
ae_status aei_sum_parts(ae_tensor *y, const ae_tensor *a, const ae_tensor *b);

#endif
