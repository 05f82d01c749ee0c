/* polygon.c - fills polygons of a garment, line by line, with anti-aliased edges. */
#include "data/garment.h"

double aei_between(aei_drawing *d, double a, double b) { return ae_random_uniform(&d->g, a, b); }
bool aei_chance(aei_drawing *d, double p) { return ae_random_uniform(&d->g, 0, 1) < p; }

static double smaller(double a, double b) { return a < b ? a : b; }
static double larger(double a, double b) { return a > b ? a : b; }

enum { SUBLINES = 2, MOST = 2 * AEI_CORNERS };

/* Adds to cover[] the part of each pixel of a row that lies between x0 and x1. */
static void cover_span(float *cover, double x0, double x1) {
  x0 = larger(x0, 0);
  x1 = smaller(x1, AEI_SIDE);
  for (int x = (int)x0; x < AEI_SIDE && x < x1; x++)
    cover[x] += (float)((smaller(x1, x + 1) - larger(x0, x)) / SUBLINES);
}

/* Places where the polygon's edges cross the line at y, ascending. */
static int crossings(double *x, const aei_point *p, int n, double y) {
  int count = 0;
  for (int i = 0, j = n - 1; i < n; j = i++) {
    if ((p[i].y <= y) == (p[j].y <= y)) continue;
    double at = p[i].x + (y - p[i].y) / (p[j].y - p[i].y) * (p[j].x - p[i].x);
    int k = count++;
    for (; k > 0 && x[k - 1] > at; k--) x[k] = x[k - 1];
    x[k] = at;
  }
  return count;
}

static void fill_row(aei_drawing *d, int y, const aei_point *p, int n, double tone) {
  float cover[AEI_SIDE] = {0};
  for (int s = 0; s < SUBLINES; s++) {
    double x[MOST] = {0};
    int count = crossings(x, p, n, y + (s + 0.5) / SUBLINES);
    for (int k = 0; k + 1 < count; k += 2) cover_span(cover, x[k], x[k + 1]);
  }
  for (int i = 0; i < AEI_SIDE; i++) {
    float *pixel = &d->tone[y * AEI_SIDE + i];
    *pixel += cover[i] * ((float)tone - *pixel);
  }
}

/* p is moved, scaled and sheared in place. */
static void fill(aei_drawing *d, aei_point *p, int n, double tone) {
  double low = AEI_SIDE, high = 0;
  for (int i = 0; i < n; i++) {
    p[i].x = 14 + (p[i].x - 14) * d->wide + (p[i].y - 14) * d->shear + d->dx;
    p[i].y = 14 + (p[i].y - 14) * d->high + d->dy;
    low = smaller(low, p[i].y);
    high = larger(high, p[i].y);
  }
  for (int y = (int)larger(low, 0); y < AEI_SIDE && y < high; y++) fill_row(d, y, p, n, tone);
}

void aei_fill(aei_drawing *d, const aei_point *corner, int n, double tone) {
  aei_point p[MOST] = {{0, 0}};
  for (int i = 0; i < n; i++) p[i] = corner[i];
  fill(d, p, n, tone);
}

/* Each corner gives way to the points a quarter along its two edges (Chaikin 1974). */
void aei_fill_soft(aei_drawing *d, const aei_point *corner, int n, double tone) {
  aei_point p[MOST] = {{0, 0}};
  for (int i = 0; i < n; i++) {
    aei_point a = corner[i], b = corner[(i + 1) % n];
    aei_point *at = &p[(ptrdiff_t)2 * i];
    at[0] = (aei_point){a.x + (b.x - a.x) / 4, a.y + (b.y - a.y) / 4};
    at[1] = (aei_point){b.x + (a.x - b.x) / 4, b.y + (a.y - b.y) / 4};
  }
  fill(d, p, 2 * n, tone);
}

void aei_fill_both(aei_drawing *d, const aei_point *corner, int n, double tone) {
  aei_point mirrored[AEI_CORNERS];
  for (int i = 0; i < n; i++) mirrored[i] = (aei_point){28 - corner[i].x, corner[i].y};
  aei_fill(d, corner, n, tone);
  aei_fill(d, mirrored, n, tone);
}

void aei_fill_box(aei_drawing *d, double x0, double y0, double x1, double y1, double tone) {
  AEI_FILL(aei_fill, d, tone, {x0, y0}, {x1, y0}, {x1, y1}, {x0, y1});
}
