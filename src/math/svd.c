/* svd.c - the singular value decomposition X = U diag(S) V', in double, by one-sided Jacobi
 * rotations (Hestenes 1958; Demmel, Veselic: Jacobi's method is more accurate than QR, 1992): pairs
 * of X's columns are made orthogonal until all are; their lengths are then the singular values.
 * Pairs that have no column in common are worked on at once, in the rounds of a tournament. */
#include "math/dense.h"

#include <math.h>
#include <string.h>

typedef struct jacobi {
  int64_t m, n;    /* m >= n */
  double *w, *v;   /* (n,m) the columns of X, (n,n) those of V: as rows */
  int64_t *player; /* (players): columns in the places of the tournament; n: nobody */
  int64_t players;
  double *moved; /* (players / 2): whether a pair was rotated */
  double tolerance;
} jacobi;

static double dot(int64_t n, const double *x, const double *y) {
  return ae_to_double(aei_kernels_of(AE_DOUBLE)->dot(n, x, y));
}

static void rotate(int64_t n, double *restrict x, double *restrict y, double c, double s) {
  for (int64_t i = 0; i < n; i++) {
    const double xi = x[i];
    x[i] = c * xi - s * y[i];
    y[i] = s * xi + c * y[i];
  }
}

/* Makes columns p and q orthogonal; returns whether they were not. */
static bool make_orthogonal(const jacobi *g, int64_t p, int64_t q) {
  double *x = g->w + p * g->m, *y = g->w + q * g->m;
  const double a = dot(g->m, x, x), b = dot(g->m, y, y), ab = dot(g->m, x, y);
  if (a < 1e-290 || b < 1e-290) return false; /* as good as zero: the matrix is scaled */
  if (fabs(ab) <= g->tolerance * sqrt(a) * sqrt(b)) return false;
  const double zeta = (b - a) / (2 * ab);
  const double t = copysign(1 / (fabs(zeta) + sqrt(1 + zeta * zeta)), zeta);
  const double c = 1 / sqrt(1 + t * t);
  rotate(g->m, x, y, c, c * t);
  rotate(g->n, g->v + p * g->n, g->v + q * g->n, c, c * t);
  return true;
}

static void play(void *context, int64_t begin, int64_t end) {
  const jacobi *g = context;
  for (int64_t i = begin; i < end; i++) {
    const int64_t p = g->player[i], q = g->player[g->players - 1 - i];
    g->moved[i] = p < g->n && q < g->n && make_orthogonal(g, p, q);
  }
}

/* The first player stays, the others go round. */
static void next_round(const jacobi *g) {
  const int64_t last = g->player[g->players - 1];
  memmove(g->player + 2, g->player + 1, (size_t)(g->players - 2) * sizeof *g->player);
  g->player[1] = last;
}

/* Everybody against everybody else; whether there was anything to do. */
static bool sweep(const jacobi *g) {
  bool any = false;
  for (int64_t round = 0; round < g->players - 1; round++) {
    aei_parallel(g->players / 2, aei_dense_grain(g->m + g->n), play, (void *)(uintptr_t)g);
    for (int64_t i = 0; i < g->players / 2; i++) any = any || g->moved[i] != 0;
    next_round(g);
  }
  return any;
}

/* ---- the result ---- */

/* Row `at` of u becomes orthogonal to the rows before it and of length 1; false when nothing of it
 * is left. Twice is enough (Giraud, Langou, Rozloznik, van den Eshof 2005). */
static bool complete_row(double *u, int64_t at, int64_t m) {
  double *x = u + at * m;
  for (int pass = 0; pass < 2; pass++)
    for (int64_t i = 0; i < at; i++) aei_dense_subtract(m, x, dot(m, x, u + i * m), u + i * m);
  const double length = sqrt(dot(m, x, x));
  if (length < 0.5 / sqrt((double)m)) return false;
  for (int64_t i = 0; i < m; i++) x[i] /= length;
  return true;
}

/* Rows first..count-1 of u, which must be orthogonal to the rest, from the axes in turn. */
static void complete(double *u, int64_t first, int64_t count, int64_t m) {
  int64_t axis = 0;
  for (int64_t i = first; i < count; i++) {
    do {
      memset(u + i * m, 0, (size_t)m * sizeof *u);
      u[i * m + axis++] = 1;
    } while (!complete_row(u, i, m) && axis < m);
  }
}

/* u (count,m): the columns, sorted and of length 1, and others to fill up with. */
static void set_left(ae_tensor *u, const jacobi *g, const double *length, const int64_t *order) {
  double *to = ae_data(u);
  int64_t rank = 0;
  for (; rank < g->n && length[order[rank]] > 1e-140; rank++)
    for (int64_t i = 0; i < g->m; i++)
      to[rank * g->m + i] = g->w[order[rank] * g->m + i] / length[order[rank]];
  complete(to, rank, u->size[0], g->m);
}

/* Doubles. */
typedef struct svd_result {
  ae_tensor *u, *s, *v;
  bool all;
} svd_result;

static ae_status set_results(const svd_result *to, const jacobi *g, const ae_tensor *right,
                             double scale) {
  ae_tensor length = ae_tensor_local(AE_DOUBLE), left = length;
  ae_tensor order = ae_tensor_local(AE_LONG);
  ae_status status = ae_resize(&length, 1, &g->n);
  if (status == AE_OK) status = ae_resize(to->s, 1, &g->n);
  if (status == AE_OK) status = ae_resize(&order, 1, &g->n);
  if (status == AE_OK) status = ae_resize(&left, 2, (int64_t[]){to->all ? g->m : g->n, g->m});
  if (status == AE_OK) {
    double *l = ae_data(&length), *s = ae_data(to->s);
    int64_t *o = ae_data(&order);
    for (int64_t i = 0; i < g->n; i++) l[i] = sqrt(dot(g->m, g->w + i * g->m, g->w + i * g->m));
    aei_dense_order(o, g->n, l, true);
    for (int64_t i = 0; i < g->n; i++) s[i] = l[o[i]] * scale;
    set_left(&left, g, l, o);
    status = aei_dense_result(to->v, right, o, true);
  }
  if (status == AE_OK) status = aei_dense_result(to->u, &left, NULL, true);
  ae_tensor_clear(&length);
  ae_tensor_clear(&left);
  ae_tensor_clear(&order);
  return status;
}

/* columns: those of X, as rows, which may be changed; right: (n,n) */
static ae_status decompose(const svd_result *to, ae_tensor *columns, ae_tensor *right,
                           ae_tensor *players, ae_tensor *moved) {
  const double scale = aei_dense_scale(columns);
  const int64_t n = columns->size[0], m = columns->size[1];
  const jacobi g = {m,
                    n,
                    ae_data(columns),
                    ae_data(right),
                    ae_data(players),
                    players->size[0],
                    ae_data(moved),
                    0x1p-52 * sqrt((double)m)};
  for (int64_t i = 0; i < g.players; i++) g.player[i] = i;
  int sweeps = 60; /* ten are usual */
  while (sweep(&g))
    if (--sweeps == 0) return aei_fail(AE_EARG, "svd: no convergence");
  return set_results(to, &g, right, scale);
}

ae_status ae_svd(ae_tensor *u, ae_tensor *s, ae_tensor *v, const ae_tensor *x, bool all) {
  ae_tensor view = ae_tensor_local(x->type), columns = ae_tensor_local(AE_DOUBLE);
  ae_tensor right = columns, moved = columns, players = ae_tensor_local(AE_LONG);
  ae_tensor left = columns, length = columns, turned = columns;
  const bool wide = x->ndim == 2 && x->size[1] > x->size[0]; /* then it is X' = V S U' */
  const svd_result to = {&left, &length, &turned, all};
  ae_status status = AE_OK;
  if (x->ndim == 2 && !wide)
    status = ae_transpose(&view, x, 0, 1);
  else
    status = ae_set(&view, x);
  if (status == AE_OK) status = aei_dense_copy(&columns, "svd", &view);
  if (status == AE_OK) {
    const int64_t n = columns.size[0], half = (n + 1) / 2, even = 2 * half;
    status = ae_eye(&right, n, n);
    if (status == AE_OK) status = ae_resize(&moved, 1, &half);
    if (status == AE_OK) status = ae_resize(&players, 1, &even);
  }
  if (status == AE_OK) status = decompose(&to, &columns, &right, &players, &moved);
  if (status == AE_OK)
    status = aei_convert_all(3, (ae_tensor *[]){wide ? v : u, s, wide ? u : v},
                             (const ae_tensor *[]){&left, &length, &turned});
  ae_tensor_clear(&left);
  ae_tensor_clear(&length);
  ae_tensor_clear(&turned);
  ae_tensor_clear(&view);
  ae_tensor_clear(&columns);
  ae_tensor_clear(&right);
  ae_tensor_clear(&moved);
  ae_tensor_clear(&players);
  return status;
}
