/* reduce.c - sums and their relatives, over everything and along a dimension.
 *
 * A run of elements is reduced by a kernel; runs have AEI_RUN elements and their results are added
 * in order, so the bits depend on the shape alone. Real types are accumulated in double, integers
 * in int64. */
#include "math/math.h"

#include <math.h>

static const char *const names[AE_NREDUCE] = {"sum", "prod", "mean", "var",
                                              "std", "norm", "min",  "max"};

typedef struct reduction {
  ae_reduce_op op;
  ae_type type;
  double parameter;
} reduction;

/* ---- one run without a kernel of its own ---- */

#define EACH_TYPE(type_value, BODY) \
  switch (type_value) { AE_TYPES(BODY) }

static ae_number product_run(ae_type type, int64_t n, const void *data) {
  double d = 1;
  uint64_t u = 1;
#define PRODUCT_CASE(id, ctype, name, real) \
  case id: {                                \
    const ctype *x = data;                  \
    for (int64_t i = 0; i < n; i++) {       \
      if (real)                             \
        d *= (double)x[i];                  \
      else                                  \
        u *= (uint64_t)x[i];                \
    }                                       \
    break;                                  \
  }
  EACH_TYPE(type, PRODUCT_CASE)
#undef PRODUCT_CASE
  return ae_type_is_real(type) ? ae_from_double(d) : ae_from_int((int64_t)u);
}

/* Smallest or largest; a NaN wins. */
static ae_number extreme_run(ae_type type, bool largest, int64_t n, const void *data) {
  ae_number result;
#define EXTREME_CASE(id, ctype, name, real)                                    \
  case id: {                                                                   \
    const ctype *x = data;                                                     \
    ctype best = x[0];                                                         \
    for (int64_t i = 1; i < n; i++)                                            \
      if ((largest ? x[i] > best : x[i] < best) || x[i] != x[i])               \
        best = x[i];                                                           \
      else if (best != best)                                                   \
        break;                                                                 \
    result = real ? ae_from_double((double)best) : ae_from_int((int64_t)best); \
    break;                                                                     \
  }
  EACH_TYPE(type, EXTREME_CASE)
#undef EXTREME_CASE
  return result;
}

/* Sum of |x|^p. */
static double power_run(ae_type type, double p, int64_t n, const void *data) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) {
    double x = type == AE_FLOAT ? (double)((const float *)data)[i] : ((const double *)data)[i];
    if (p == 0)
      sum += x != 0;
    else
      sum += pow(fabs(x), p);
  }
  return sum;
}

/* ---- combining runs ---- */

/* What one run contributes. `about`: the mean for the squares of VAR, else 0. */
static ae_number reduce_run(const reduction *r, double about, int64_t n, const void *x) {
  const aei_type_kernels *k = aei_kernels_of(r->type);
  switch (r->op) {
    case AE_PROD:
      return product_run(r->type, n, x);
    case AE_MIN:
      return extreme_run(r->type, false, n, x);
    case AE_MAX:
      return extreme_run(r->type, true, n, x);
    case AE_VAR:
    case AE_STD:
      return k->sum_squares(n, x, about);
    case AE_NORM:
      if (r->parameter == 2) return k->sum_squares(n, x, 0);
      if (r->parameter == 1) return k->sum_abs(n, x, 0);
      return ae_from_double(power_run(r->type, r->parameter, n, x));
    default:
      return k->sum(n, x, 0);
  }
}

static ae_number combine(const reduction *r, ae_number a, ae_number b) {
  bool integral = a.integral;
  switch (r->op) {
    case AE_PROD:
      return integral ? ae_from_int((int64_t)((uint64_t)a.as.i * (uint64_t)b.as.i))
                      : ae_from_double(a.as.d * b.as.d);
    case AE_MIN:
    case AE_MAX: {
      bool larger = integral ? b.as.i > a.as.i : b.as.d > a.as.d;
      bool smaller = integral ? b.as.i < a.as.i : b.as.d < a.as.d;
      bool nan = !integral && isnan(b.as.d) && !isnan(a.as.d);
      return nan || ((integral || !isnan(a.as.d)) && (r->op == AE_MAX ? larger : smaller)) ? b : a;
    }
    default:
      return integral ? ae_from_int((int64_t)((uint64_t)a.as.i + (uint64_t)b.as.i))
                      : ae_from_double(a.as.d + b.as.d);
  }
}

/* From the combined runs to the value: division, roots. */
static double finish(const reduction *r, double sum, int64_t n) {
  switch (r->op) {
    case AE_MEAN:
      return sum / (double)n;
    case AE_VAR:
      return sum / (double)(r->parameter != 0 ? n : n - 1);
    case AE_STD:
      return sqrt(sum / (double)(r->parameter != 0 ? n : n - 1));
    case AE_NORM:
      if (r->parameter == 2) return sqrt(sum);
      return r->parameter == 1 || r->parameter == 0 ? sum : pow(sum, 1 / r->parameter);
    default:
      return sum;
  }
}

enum { GROUP = 256 }; /* runs whose results are kept at a time */

typedef struct runs {
  const reduction *r;
  double about;
  int64_t n;
  const char *x;
  ae_number result[GROUP];
} runs;

static void reduce_runs(void *context, int64_t begin, int64_t end) {
  runs *job = context;
  size_t size = ae_type_size(job->r->type);
  for (int64_t k = begin; k < end; k++) {
    int64_t first = k * AEI_RUN, left = job->n - first;
    job->result[k] = reduce_run(job->r, job->about, left < AEI_RUN ? left : AEI_RUN,
                                job->x + (size_t)first * size);
  }
}

/* All runs of n >= 1 contiguous elements, combined in order. */
static ae_number reduce_all(const reduction *r, double about, int64_t n, const void *x) {
  runs job = {.r = r, .about = about, .x = x};
  ae_number total = ae_from_int(0);
  bool first = true;
  size_t size = ae_type_size(r->type);
  for (int64_t done = 0; done < n; done += (int64_t)GROUP * AEI_RUN) {
    job.n = n - done < (int64_t)GROUP * AEI_RUN ? n - done : (int64_t)GROUP * AEI_RUN;
    job.x = (const char *)x + (size_t)done * size;
    int64_t count = (job.n + AEI_RUN - 1) / AEI_RUN;
    aei_parallel(count, 4, reduce_runs, &job);
    for (int64_t k = 0; k < count; k++) {
      total = first ? job.result[0] : combine(r, total, job.result[k]);
      first = false;
    }
  }
  return total;
}

static ae_number reduce_line(const reduction *r, int64_t n, const void *x) {
  if (r->op == AE_NORM && isinf(r->parameter)) {
    reduction low = {AE_MIN, r->type, 0}, high = {AE_MAX, r->type, 0};
    double a = fabs(ae_to_double(reduce_all(&low, 0, n, x)));
    double b = fabs(ae_to_double(reduce_all(&high, 0, n, x)));
    return ae_from_double(a > b || isnan(a) ? a : b);
  }
  double about = 0;
  if (r->op == AE_VAR || r->op == AE_STD) {
    reduction sum = {AE_SUM, r->type, 0};
    about = ae_to_double(reduce_all(&sum, 0, n, x)) / (double)n;
  }
  ae_number total = reduce_all(r, about, n, x);
  return total.integral ? total : ae_from_double(finish(r, total.as.d, n));
}

/* ---- the interface ---- */

static ae_status check(const reduction *r) {
  bool real_only = r->op == AE_MEAN || r->op == AE_VAR || r->op == AE_STD || r->op == AE_NORM;
  if (real_only && !ae_type_is_real(r->type))
    return aei_fail(AE_ETYPE, "%s: not defined for a %sTensor; convert it first", names[r->op],
                    ae_type_name(r->type));
  return AE_OK;
}

ae_status ae_reduce(ae_number *out, ae_reduce_op op, const ae_tensor *x, double parameter) {
  reduction r = {op, x->type, parameter};
  AEI_TRY(check(&r));
  int64_t n = ae_nelement(x);
  if (n == 0 && op != AE_SUM && op != AE_PROD)
    return aei_fail(AE_EARG, "%s: the tensor is empty", names[op]);
  if (n == 0) {
    ae_number v = ae_from_int(op == AE_PROD);
    *out = ae_type_is_real(x->type) ? ae_from_double(ae_to_double(v)) : v;
    return AE_OK;
  }
  ae_tensor copy = ae_tensor_local(x->type);
  const ae_tensor *c;
  AEI_TRY(aei_contiguous(&c, x, &copy));
  *out = reduce_line(&r, n, ae_data(c));
  ae_tensor_clear(&copy);
  return AE_OK;
}

typedef struct line_job {
  const reduction *r;
  const aei_lanes *lanes;
  aei_lines out;
  ae_tensor flat; /* the result's storage as one line, to put elements by position */
} line_job;

static void reduce_lines(void *context, int64_t begin, int64_t end) {
  line_job *j = context;
  size_t bytes = (size_t)j->lanes->length * ae_type_size(j->r->type);
  for (int64_t i = begin; i < end; i++) {
    const char *line = (const char *)ae_data(&j->lanes->x) + (size_t)i * bytes;
    int64_t at = aei_line_start(&j->out, i);
    ae_put(&j->flat, &at, reduce_line(j->r, j->lanes->length, line));
  }
}

ae_status ae_reduce_dim(ae_reduce_op op, ae_tensor *y, const ae_tensor *x, int dim,
                        double parameter) {
  reduction r = {op, x->type, parameter};
  AEI_TRY(check(&r));
  aei_lanes lanes;
  AEI_TRY(aei_check_types(names[op], y, x));
  AEI_TRY(aei_lanes_begin(&lanes, names[op], x, dim, aei_overlap(x, y)));
  line_job job = {.r = &r, .lanes = &lanes, .flat = ae_tensor_local(y->type)};
  ae_status status = AE_OK;
  if (lanes.length == 0)
    status = aei_fail(AE_EARG, "%s: dimension %d has no elements", names[op], dim + 1);
  if (status == AE_OK) status = aei_lanes_result(&job.out, &lanes, y, x->type, 1);
  if (status == AE_OK && lanes.count > 0)
    status = ae_set_storage(&job.flat, y->storage, 0, 1, &y->storage->size, NULL);
  if (status == AE_OK) aei_parallel(lanes.count, aei_lanes_grain(&lanes), reduce_lines, &job);
  ae_tensor_clear(&job.flat);
  aei_lanes_end(&lanes);
  return status;
}

typedef struct product {
  ae_type type;
  int64_t n;
  const char *a, *b;
  ae_number result[GROUP];
} product;

static void multiply_runs(void *context, int64_t begin, int64_t end) {
  product *p = context;
  const size_t size = ae_type_size(p->type);
  for (int64_t k = begin; k < end; k++) {
    const int64_t first = k * AEI_RUN, left = p->n - first;
    const size_t offset = (size_t)first * size;
    p->result[k] =
        aei_kernels_of(p->type)->dot(left < AEI_RUN ? left : AEI_RUN, p->a + offset, p->b + offset);
  }
}

/* Of contiguous elements; runs are added in order, as in reduce_all. */
static ae_number multiply_all(ae_type type, int64_t n, const char *a, const char *b) {
  const reduction sum = {AE_SUM, type, 0};
  const size_t size = ae_type_size(type);
  ae_number total = ae_type_is_real(type) ? ae_from_double(0) : ae_from_int(0);
  for (int64_t done = 0; done < n; done += (int64_t)GROUP * AEI_RUN) {
    product p = {.type = type, .a = a + (size_t)done * size, .b = b + (size_t)done * size};
    p.n = n - done < (int64_t)GROUP * AEI_RUN ? n - done : (int64_t)GROUP * AEI_RUN;
    const int64_t count = (p.n + AEI_RUN - 1) / AEI_RUN;
    aei_parallel(count, 4, multiply_runs, &p);
    for (int64_t k = 0; k < count; k++)
      total = done + k == 0 ? p.result[0] : combine(&sum, total, p.result[k]);
  }
  return total;
}

ae_status ae_dot(ae_number *out, const ae_tensor *a, const ae_tensor *b) {
  AEI_TRY(aei_check_types("dot", a, b));
  AEI_TRY(aei_check_counts("dot", a, b));
  ae_tensor copy_a = ae_tensor_local(a->type), copy_b = ae_tensor_local(b->type);
  const ae_tensor *ca = a, *cb = b;
  ae_status status = aei_contiguous(&ca, a, &copy_a);
  if (status == AE_OK) status = aei_contiguous(&cb, b, &copy_b);
  if (status == AE_OK) *out = multiply_all(a->type, ae_nelement(a), ae_data(ca), ae_data(cb));
  ae_tensor_clear(&copy_a);
  ae_tensor_clear(&copy_b);
  return status;
}
