/* eigen.c - eigenvalues and eigenvectors of a symmetric matrix, in double (Golub, Van Loan: Matrix
 * computations, 8.3):
 *
 *   1. Householder reflections H_k = I - v v'/h make A tridiagonal: A = Q T Q', Q = H_0 H_1 ...
 *   2. Q is multiplied out, from the last reflection to the first.
 *   3. Implicit QR steps with Wilkinson's shift make T diagonal by plane rotations, which are
 *      applied to the rows of Q'.
 *
 * Each loop over a matrix is split over threads by rows or columns that do not depend on each
 * other, so the bits do not depend on the number of threads. */
#include "math/dense.h"

#include <math.h>
#include <string.h>

typedef struct eigen {
  int64_t n;
  double *a;         /* (n,n) both triangles; row k later keeps v of H_k from column k+1 on */
  double *q;         /* (n,n) or NULL when nobody wants vectors */
  double *d, *e, *h; /* (n) each: diagonal, the one below it; h_k, 0 for no reflection */
  double *p, *c, *s; /* (n) each: scratch; the rotations of a step */
} eigen;

static double *row(const eigen *g, int64_t i) { return g->a + i * g->n; }

/* Of a matrix with so many rows: whole vectors, long enough to be fetched ahead. */
static int64_t column_grain(int64_t rows) { return (aei_dense_grain(rows) / 32 + 1) * 32; }

/* ---- 1. to tridiagonal form ---- */

/* A reflection of the trailing block of `m` rows and columns. */
typedef struct reflection {
  const eigen *g;
  int64_t m;
  const double *v;
  double h;
  double *block; /* the first element of the block, of the matrix that is worked on */
} reflection;

/* p = block v for some columns: the block is symmetric. */
static void multiply_columns(void *context, int64_t begin, int64_t end) {
  const reflection *r = context;
  double *restrict p = r->g->p;
  for (int64_t c = begin; c < end; c++) p[c] = 0;
  for (int64_t j = 0; j < r->m; j++) {
    const double *restrict x = r->block + j * r->g->n;
    const double f = r->v[j];
    for (int64_t c = begin; c < end; c++) p[c] += f * x[c];
  }
}

/* block -= v q' + q v' for some rows; q is in p. */
static void update_rows(void *context, int64_t begin, int64_t end) {
  const reflection *r = context;
  const double *restrict v = r->v, *restrict q = r->g->p;
  for (int64_t j = begin; j < end; j++) {
    double *restrict x = r->block + j * r->g->n;
    const double vj = v[j], qj = q[j];
    for (int64_t c = 0; c < r->m; c++) x[c] -= vj * q[c] + qj * v[c];
  }
}

/* q = block v / h - v (v' block v) / (2 h^2), in place of p = block v. */
static void finish_q(const reflection *r) {
  double *p = r->g->p, sum = 0;
  for (int64_t c = 0; c < r->m; c++) {
    p[c] /= r->h;
    sum += p[c] * r->v[c];
  }
  aei_dense_subtract(r->m, p, sum / (2 * r->h), r->v);
}

/* Makes v of x = row k from column k+1 on, so that the reflection leaves only its first element,
 * which becomes e_k. What squares cannot tell from 0 is taken for 0. */
static bool make_reflection(const eigen *g, int64_t k) {
  double *x = row(g, k) + k + 1, squares = 0;
  const int64_t m = g->n - k - 1;
  for (int64_t i = 0; i < m; i++) squares += x[i] * x[i];
  g->h[k] = 0;
  g->e[k] = m == 1 ? x[0] : 0;
  if (m == 1 || squares < 1e-250) return false;
  const double norm = copysign(sqrt(squares), x[0]);
  g->h[k] = squares + norm * x[0];
  g->e[k] = -norm;
  x[0] += norm;
  return true;
}

static void make_tridiagonal(const eigen *g) {
  for (int64_t k = 0; k < g->n; k++) {
    const int64_t m = g->n - k - 1;
    g->d[k] = row(g, k)[k];
    if (m == 0 || !make_reflection(g, k)) continue;
    reflection r = {g, m, row(g, k) + k + 1, g->h[k], row(g, k + 1) + k + 1};
    aei_parallel(m, column_grain(m), multiply_columns, &r);
    finish_q(&r);
    aei_parallel(m, aei_dense_grain(m), update_rows, &r);
  }
}

/* ---- 2. the product of the reflections ---- */

/* block -= v (v' block) / h for some columns. */
static void reflect_columns(void *context, int64_t begin, int64_t end) {
  const reflection *r = context;
  double *restrict p = r->g->p;
  multiply_columns(context, begin, end);
  for (int64_t c = begin; c < end; c++) p[c] /= r->h;
  for (int64_t j = 0; j < r->m; j++)
    aei_dense_subtract(end - begin, r->block + j * r->g->n + begin, r->v[j], p + begin);
}

static void multiply_out(const eigen *g) {
  const int64_t n = g->n;
  memset(g->q, 0, (size_t)(n * n) * sizeof *g->q);
  for (int64_t i = 0; i < n; i++) g->q[i * n + i] = 1;
  for (int64_t k = n - 3; k >= 0; k--) {
    const int64_t m = n - k - 1;
    if (g->h[k] == 0) continue;
    double *block = g->q + (k + 1) * n + k + 1;
    reflection r = {g, m, row(g, k) + k + 1, g->h[k], block};
    aei_parallel(m, column_grain(m), reflect_columns, &r);
  }
  for (int64_t i = 0; i < n; i++) { /* Q' */
    for (int64_t j = 0; j < i; j++) {
      const double keep = g->q[i * n + j];
      g->q[i * n + j] = g->q[j * n + i];
      g->q[j * n + i] = keep;
    }
  }
}

/* ---- 3. to diagonal form ---- */

/* The rotations of a step between low and high, on some columns of Q'. */
typedef struct step {
  const eigen *g;
  int64_t low, high;
} step;

static void rotate_columns(void *context, int64_t begin, int64_t end) {
  const step *t = context;
  const int64_t n = t->g->n;
  for (int64_t k = t->low; k < t->high; k++) {
    double *restrict x = t->g->q + k * n, *restrict y = x + n;
    const double c = t->g->c[k], s = t->g->s[k];
    for (int64_t i = begin; i < end; i++) {
      const double xi = x[i];
      x[i] = c * xi + s * y[i];
      y[i] = c * y[i] - s * xi;
    }
  }
}

/* c and s with -s x + c z = 0; returns c x + s z. */
static double rotation(double x, double z, double *c, double *s) {
  const double largest = fmax(fabs(x), fabs(z));
  *c = 1, *s = 0;
  if (largest == 0) return 0;
  const double u = x / largest, w = z / largest, norm = sqrt(u * u + w * w);
  *c = u / norm, *s = w / norm;
  return largest * norm;
}

/* The eigenvalue of the last two rows' block that is nearer to its last element. */
static double wilkinson(const eigen *g, int64_t high) {
  const double e = g->e[high - 1], half = (g->d[high - 1] - g->d[high]) / 2;
  const double root = copysign(sqrt(half * half + e * e), half);
  return g->d[high] - e / (half + root) * e; /* not 0 below: e is not negligible */
}

/* One QR step of rows low..high: a rotation in the first two rows, and those that chase what it
 * leaves outside of the three diagonals down and out. */
static void qr_step(const eigen *g, int64_t low, int64_t high) {
  double *d = g->d, *e = g->e;
  double x = d[low] - wilkinson(g, high), z = e[low];
  for (int64_t k = low; k < high; k++) {
    double c, s;
    const double r = rotation(x, z, &c, &s);
    if (k > low) e[k - 1] = r;
    const double difference = d[k + 1] - d[k], moved = s * (s * difference + 2 * c * e[k]);
    e[k] = c * s * difference + (c * c - s * s) * e[k];
    d[k] += moved;
    d[k + 1] -= moved;
    x = e[k];
    if (k + 1 < high) {
      z = s * e[k + 1];
      e[k + 1] *= c;
    }
    g->c[k] = c, g->s[k] = s;
  }
}

/* Whether e_k is nothing beside its neighbours, or beside the whole matrix, which is scaled. */
static bool negligible(const eigen *g, int64_t k) {
  const double e = fabs(g->e[k]);
  return e <= 0x1p-53 * (fabs(g->d[k]) + fabs(g->d[k + 1])) || e < 1e-150;
}

static bool make_diagonal(const eigen *g) {
  int64_t high = g->n - 1, left = 60 * g->n; /* two steps a value are usual */
  while (high > 0) {
    int64_t low = high;
    while (low > 0 && !negligible(g, low - 1)) low--;
    if (low == high) {
      high--;
      continue;
    }
    if (left-- == 0) return false;
    qr_step(g, low, high);
    step t = {g, low, high};
    if (g->q) aei_parallel(g->n, column_grain(high - low + 1), rotate_columns, &t);
  }
  return true;
}

/* ---- the whole ---- */

/* The triangle that is read, to the other side too. */
static void mirror(double *a, int64_t n, bool upper) {
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = i + 1; j < n; j++) {
      if (upper)
        a[j * n + i] = a[i * n + j];
      else
        a[i * n + j] = a[j * n + i];
    }
  }
}

static ae_status set_values(ae_tensor *values, const eigen *g, const int64_t *order, double scale) {
  AEI_TRY(ae_resize(values, 1, &g->n));
  double *to = ae_data(values);
  for (int64_t i = 0; i < g->n; i++) to[i] = g->d[order[i]] * scale;
  return AE_OK;
}

/* values, vectors: doubles; a: a copy that may be changed; q [optional]: (n,n), work: 6 n numbers,
 * order: n. */
static ae_status decompose(ae_tensor *values, ae_tensor *vectors, ae_tensor *a, ae_tensor *q,
                           double *work, int64_t *order, bool upper) {
  const int64_t n = a->size[0];
  const double scale = aei_dense_scale(a);
  const eigen g = {.n = n,
                   .a = ae_data(a),
                   .q = q ? ae_data(q) : NULL,
                   .d = work,
                   .e = work + n,
                   .h = work + 2 * n,
                   .p = work + 3 * n,
                   .c = work + 4 * n,
                   .s = work + 5 * n};
  mirror(g.a, n, upper);
  make_tridiagonal(&g);
  if (g.q) multiply_out(&g);
  if (!make_diagonal(&g))
    return aei_fail(AE_EARG, "symeig: no convergence (x is %s)", AEI_SHAPE(a));
  aei_dense_order(order, n, g.d, false);
  if (q) AEI_TRY(aei_dense_result(vectors, q, order, true));
  return set_values(values, &g, order, scale);
}

ae_status ae_symeig(ae_tensor *values, ae_tensor *vectors, const ae_tensor *x, bool upper) {
  AEI_TRY(aei_dense_square("symeig", x));
  ae_tensor a = ae_tensor_local(AE_DOUBLE), q = a, work = a, order = ae_tensor_local(AE_LONG);
  ae_tensor d = a, v = a;
  const int64_t n = x->size[0], six = 6 * n;
  ae_status status = aei_dense_copy(&a, "symeig", x);
  if (status == AE_OK && vectors) status = ae_resize(&q, 2, x->size);
  if (status == AE_OK) status = ae_resize(&work, 1, &six);
  if (status == AE_OK) status = ae_resize(&order, 1, &n);
  if (status == AE_OK)
    status = decompose(&d, &v, &a, vectors ? &q : NULL, ae_data(&work), ae_data(&order), upper);
  if (status == AE_OK)
    status = aei_convert_all(vectors ? 2 : 1, (ae_tensor *[]){values, vectors},
                             (const ae_tensor *[]){&d, &v});
  ae_tensor_clear(&d);
  ae_tensor_clear(&v);
  ae_tensor_clear(&a);
  ae_tensor_clear(&q);
  ae_tensor_clear(&work);
  ae_tensor_clear(&order);
  return status;
}
