/* convolve.c - convolution and cross-correlation of images, or volumes, with kernels.
 *
 * With n = 2 spatial dimensions (or 3: one more in front everywhere):
 *
 *     x (H,W)      k (h,w)        y (H',W')      one by one
 *     x (P,H,W)    k (P,h,w)      y (P,H',W')    slice by slice
 *     x (P,H,W)    k (Q,P,h,w)    y (Q,H',W')    y_q = sum over p of x_p and k_qp
 *
 * valid: H' = H - h + 1, full: H' = H + h - 1. Cross-correlation, full taking x as zero outside:
 *
 *     valid  y[i,j] = sum over u,v of k[u,v] x[i + u, j + v]
 *     full   y[i,j] = sum over u,v of k[u,v] x[i + u - (h-1), j + v - (w-1)]
 *
 * Convolution is that with the kernel turned round in every dimension. Sums are accumulated in
 * double, p outermost, then u, v. */
#include "math/math.h"

enum { SPACE = 3 }; /* images have one layer */

typedef struct job {
  ae_type type;
  bool flip;
  int64_t inputs, outputs; /* slices: P that are summed, and of y */
  int64_t step;            /* slices of x from one of y to the next: 0 or 1 */
  int64_t x[SPACE], k[SPACE], y[SPACE], before[SPACE]; /* sizes; zeros in front */
  const void *input, *kernel;
  void *output;
} job;

static int64_t volume(const int64_t *size) { return size[0] * size[1] * size[2]; }

/* The part of 0..k that meets x when the window begins at `at`. */
typedef struct span {
  int64_t first, last;
} span;

static span meeting(int64_t at, int64_t k, int64_t x) {
  return (span){at < 0 ? -at : 0, at + k > x ? x - at : k};
}

/* Sum over one slice's window that begins at `at`; x and k are the slices. */
#define DEFINE_WINDOW(name, ctype)                                                             \
  static double window_##name(const job *j, const int64_t *at, const ctype *x, const ctype *k, \
                              double sum) {                                                    \
    const span a = meeting(at[0], j->k[0], j->x[0]), b = meeting(at[1], j->k[1], j->x[1]);     \
    const span c = meeting(at[2], j->k[2], j->x[2]);                                           \
    const int64_t last = volume(j->k) - 1;                                                     \
    for (int64_t s = a.first; s < a.last; s++)                                                 \
      for (int64_t u = b.first; u < b.last; u++) {                                             \
        const int64_t row = ((at[0] + s) * j->x[1] + at[1] + u) * j->x[2] + at[2];             \
        const int64_t line = (s * j->k[1] + u) * j->k[2];                                      \
        for (int64_t v = c.first; v < c.last; v++)                                             \
          sum += (double)k[j->flip ? last - line - v : line + v] * (double)x[row + v];         \
      }                                                                                        \
    return sum;                                                                                \
  }                                                                                            \
  static void rows_##name(const job *j, int64_t slice, int64_t row, ctype *y) {                \
    const ctype *x = (const ctype *)j->input + slice * j->step * volume(j->x);                 \
    const ctype *k = (const ctype *)j->kernel + slice * j->inputs * volume(j->k);              \
    int64_t at[SPACE] = {row / j->y[1] - j->before[0], row % j->y[1] - j->before[1], 0};       \
    for (int64_t i = 0; i < j->y[2]; i++) {                                                    \
      double sum = 0;                                                                          \
      at[2] = i - j->before[2];                                                                \
      for (int64_t p = 0; p < j->inputs; p++)                                                  \
        sum = window_##name(j, at, x + p * volume(j->x), k + p * volume(j->k), sum);           \
      y[i] = (ctype)sum;                                                                       \
    }                                                                                          \
  }
DEFINE_WINDOW(float, float)
DEFINE_WINDOW(double, double)
#undef DEFINE_WINDOW

static void convolve_rows(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t rows = j->y[0] * j->y[1];
  for (int64_t i = begin; i < end; i++) {
    if (j->type == AE_FLOAT)
      rows_float(j, i / rows, i % rows, (float *)j->output + i * j->y[2]);
    else
      rows_double(j, i / rows, i % rows, (double *)j->output + i * j->y[2]);
  }
}

/* ---- shapes ---- */

/* Reads the shapes of x and k into j and writes those of y. Returns y's rank, 0 when they do not
 * fit. `space`: spatial dimensions. */
static int read_shapes(job *j, int64_t *size, const ae_tensor *x, const ae_tensor *k, int space,
                       bool full) {
  const int slices = x->ndim - space; /* dimensions in front: 0 or 1 */
  const bool summed = slices == 1 && k->ndim == space + 2;
  if (slices < 0 || slices > 1 || !(summed || k->ndim == x->ndim)) return 0;
  if (slices == 1 && x->size[0] != k->size[summed ? 1 : 0]) return 0;
  j->inputs = summed ? x->size[0] : 1;
  j->outputs = slices == 0 ? 1 : k->size[0];
  j->step = summed ? 0 : 1;
  for (int d = 0; d < SPACE; d++) {
    const int xd = d - SPACE + x->ndim, kd = d - SPACE + k->ndim;
    const bool there = d >= SPACE - space;
    j->x[d] = there ? x->size[xd] : 1;
    j->k[d] = there ? k->size[kd] : 1;
    j->before[d] = full ? j->k[d] - 1 : 0;
    j->y[d] = full ? j->x[d] + j->k[d] - 1 : j->x[d] - j->k[d] + 1;
    if (j->x[d] < 1 || j->k[d] < 1 || j->y[d] < 1) return 0;
    if (there) size[d - SPACE + space + slices] = j->y[d];
  }
  if (slices == 1) size[0] = j->outputs;
  return space + slices;
}

static ae_status run(job *j, ae_tensor *y, const ae_tensor *x, const ae_tensor *k, int rank,
                     const int64_t *size) {
  ae_tensor input = ae_tensor_local(x->type), kernel = input, result = input;
  const ae_tensor *cx = x, *ck = k;
  ae_status status = aei_contiguous(&cx, x, &input);
  if (status == AE_OK) status = aei_contiguous(&ck, k, &kernel);
  bool direct = ae_is_contiguous(y) && !aei_overlap(y, x) && !aei_overlap(y, k);
  ae_tensor *target = direct ? y : &result;
  if (status == AE_OK) status = ae_resize(target, rank, size);
  if (status == AE_OK) {
    j->input = ae_data(cx);
    j->kernel = ae_data(ck);
    j->output = ae_data(target);
    const int64_t work = j->y[2] * j->inputs * volume(j->k), grain = AEI_GRAIN / work;
    aei_parallel(j->outputs * j->y[0] * j->y[1], grain > 0 ? grain : 1, convolve_rows, j);
    if (!direct) status = ae_convert(y, &result);
  }
  ae_tensor_clear(&input);
  ae_tensor_clear(&kernel);
  ae_tensor_clear(&result);
  return status;
}

ae_status ae_convolve(ae_tensor *y, const ae_tensor *x, const ae_tensor *k, int space, bool flip,
                      bool full) {
  char name[8] = {0};
  int64_t size[AE_MAXDIM];
  const char *kind = flip ? "conv" : "xcorr";
  for (int i = 0; kind[i]; i++) name[i] = kind[i], name[i + 1] = (char)('0' + space);
  AEI_TRY(aei_check_types(name, x, k));
  AEI_TRY(aei_check_types(name, y, x));
  if (!ae_type_is_real(x->type))
    return aei_fail(AE_ETYPE, "%s: not defined for a %sTensor", name, ae_type_name(x->type));
  job j = {.type = x->type, .flip = flip};
  int rank = read_shapes(&j, size, x, k, space, full);
  if (rank == 0)
    return aei_fail(AE_ESHAPE, "%s: %s %s with a kernel %s", name, full ? "full" : "valid",
                    AEI_SHAPE(x), AEI_SHAPE(k));
  return run(&j, y, x, k, rank, size);
}
