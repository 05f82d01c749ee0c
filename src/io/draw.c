/* draw.c - lines, discs, rectangles and pictures on a canvas, anti-aliased.
 *
 * A pixel is blended with the colour by how much of it is covered: for lines and discs estimated
 * from the distance of its centre to the edge, for rectangles the exact overlap. */
#include "io/draw.h"

#include <math.h>

ae_status aei_canvas_open(aei_canvas *c, ae_tensor *t) {
  if (t->type != AE_BYTE || t->ndim != 3 || t->size[0] != 3 || !ae_is_contiguous(t))
    return aei_fail(AE_ESHAPE,
                    "draw: the canvas must be a contiguous 3xHxW ByteTensor, not a %sTensor %s",
                    ae_type_name(t->type), AEI_SHAPE(t));
  *c = (aei_canvas){ae_data(t), t->size[1], t->size[2]};
  return AE_OK;
}

ae_status aei_draw_check(const double *v, int n) {
  for (int i = 0; i < n; i++)
    if (!isfinite(v[i])) return aei_fail(AE_EARG, "draw: a coordinate is %g", v[i]);
  return AE_OK;
}

/* ---- pixels ---- */

static void blend(aei_canvas *c, int64_t x, int64_t y, double cover, uint32_t colour) {
  if (!(cover > 0)) return;
  for (int k = 0; k < 3; k++) {
    uint8_t *p = &c->pixel[(k * c->height + y) * c->width + x];
    double target = (double)(colour >> (16 - 8 * k) & 255);
    *p = (uint8_t)(*p + (target - *p) * cover + 0.5);
  }
}

static double clamp(double v, double low, double high) {
  return v < low ? low : v > high ? high : v;
}

/* Pixels [x0, x1) x [y0, y1). */
typedef struct area {
  int64_t x0, x1, y0, y1;
} area;

/* Those that the box touches, clipped to the canvas. */
static area pixels_of(const aei_canvas *c, double x0, double y0, double x1, double y1) {
  double w = (double)c->width, h = (double)c->height;
  return (area){(int64_t)clamp(floor(x0), 0, w), (int64_t)clamp(ceil(x1), 0, w),
                (int64_t)clamp(floor(y0), 0, h), (int64_t)clamp(ceil(y1), 0, h)};
}

/* ---- lines and discs ---- */

static double square_distance(const aei_segment *s, double x, double y) {
  double dx = s->x1 - s->x0, dy = s->y1 - s->y0, square = dx * dx + dy * dy;
  double px = x - s->x0, py = y - s->y0;
  double t = square > 0 ? clamp((px * dx + py * dy) / square, 0, 1) : 0;
  px -= t * dx;
  py -= t * dy;
  return px * px + py * py;
}

static area pixels_near(const aei_canvas *c, const aei_segment *s, int n, double margin) {
  double left = HUGE_VAL, right = -HUGE_VAL, top = HUGE_VAL, bottom = -HUGE_VAL;
  for (int i = 0; i < n; i++) {
    left = fmin(left, fmin(s[i].x0, s[i].x1));
    right = fmax(right, fmax(s[i].x0, s[i].x1));
    top = fmin(top, fmin(s[i].y0, s[i].y1));
    bottom = fmax(bottom, fmax(s[i].y0, s[i].y1));
  }
  return pixels_of(c, left - margin, top - margin, right + margin, bottom + margin);
}

void aei_draw_segments(aei_canvas *c, const aei_segment *s, int n, double width, uint32_t colour) {
  area a = pixels_near(c, s, n, width / 2 + 1);
  double most = clamp(width, 0, 1); /* a thinner line covers no pixel whole */
  for (int64_t y = a.y0; y < a.y1; y++)
    for (int64_t x = a.x0; x < a.x1; x++) {
      double nearest = HUGE_VAL;
      for (int i = 0; i < n; i++)
        nearest = fmin(nearest, square_distance(&s[i], (double)x + 0.5, (double)y + 0.5));
      blend(c, x, y, clamp(width / 2 + 0.5 - sqrt(nearest), 0, most), colour);
    }
}

ae_status ae_draw_line(ae_tensor *canvas, double x0, double y0, double x1, double y1, double width,
                       uint32_t colour) {
  aei_canvas c;
  AEI_TRY(aei_canvas_open(&c, canvas));
  AEI_TRY(aei_draw_check((double[]){x0, y0, x1, y1, width}, 5));
  aei_draw_segments(&c, &(aei_segment){x0, y0, x1, y1}, 1, width, colour);
  return AE_OK;
}

ae_status ae_draw_disc(ae_tensor *canvas, double x, double y, double radius, uint32_t colour) {
  return ae_draw_line(canvas, x, y, x, y, 2 * radius, colour);
}

/* ---- rectangles ---- */

/* Length of the part of [a, b] in the pixel from v on. */
static double overlap(double a, double b, int64_t v) {
  return fmax(fmin(b, (double)v + 1) - fmax(a, (double)v), 0);
}

ae_status ae_draw_rectangle(ae_tensor *canvas, double x, double y, double w, double h,
                            uint32_t colour) {
  aei_canvas c;
  AEI_TRY(aei_canvas_open(&c, canvas));
  AEI_TRY(aei_draw_check((double[]){x, y, w, h}, 4));
  area a = pixels_of(&c, x, y, x + w, y + h);
  for (int64_t py = a.y0; py < a.y1; py++)
    for (int64_t px = a.x0; px < a.x1; px++)
      blend(&c, px, py, overlap(x, x + w, px) * overlap(y, y + h, py), colour);
  return AE_OK;
}

/* ---- pictures ---- */

/* Which of `size` source pixels, each zoom wide from `start` on, fill [*begin, *end) of a side. */
static void clip(int64_t start, int64_t size, int zoom, int64_t side, int64_t *begin,
                 int64_t *end) {
  double last = (double)start + (double)size * zoom;
  *begin = start > 0 ? start : 0;
  *end = last > (double)side ? side : last < 0 ? 0 : (int64_t)last;
}

static void copy_pixels(aei_canvas *c, int64_t x, int64_t y, const ae_tensor *image, int zoom) {
  int64_t h = image->size[image->ndim - 2], w = image->size[image->ndim - 1], x0, x1, y0, y1;
  bool colour = image->ndim == 3 && image->size[0] == 3;
  clip(x, w, zoom, c->width, &x0, &x1);
  clip(y, h, zoom, c->height, &y0, &y1);
  for (int64_t k = 0; k < 3; k++)
    for (int64_t i = y0; i < y1; i++)
      for (int64_t j = x0; j < x1; j++)
        c->pixel[(k * c->height + i) * c->width + j] =
            aei_picture_level(image, ((colour ? k * h : 0) + (i - y) / zoom) * w + (j - x) / zoom);
}

ae_status ae_draw_image(ae_tensor *canvas, int64_t x, int64_t y, const ae_tensor *image, int zoom) {
  aei_canvas c;
  AEI_TRY(aei_canvas_open(&c, canvas));
  AEI_TRY(aei_picture_check("draw", image));
  if (zoom < 1) return aei_fail(AE_EARG, "draw: a picture %d times as large", zoom);
  ae_tensor copy = ae_tensor_local(image->type);
  const ae_tensor *in;
  AEI_TRY(aei_contiguous(&in, image, &copy));
  copy_pixels(&c, x, y, in, zoom);
  ae_tensor_clear(&copy);
  return AE_OK;
}
