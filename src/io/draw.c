/* draw.c - lines, discs, rectangles, text and pictures on a canvas, anti-aliased.
 *
 * Everything is drawn by how much of a pixel it covers: for lines and discs the distance of the
 * pixel's centre from the edge, for rectangles the overlap. */
#include "core/core.h"
#include "io/font.h"

#include <math.h>
#include <string.h>

typedef struct canvas {
  uint8_t *pixel; /* (3, height, width) */
  int64_t height, width;
} canvas;

static ae_status open_canvas(canvas *c, ae_tensor *t) {
  if (t->type != AE_BYTE || t->ndim != 3 || t->size[0] != 3 || !ae_is_contiguous(t))
    return aei_fail(AE_ESHAPE,
                    "draw: the canvas must be a contiguous 3xHxW ByteTensor, not a "
                    "%sTensor %s",
                    ae_type_name(t->type), AEI_SHAPE(t));
  *c = (canvas){ae_data(t), t->size[1], t->size[2]};
  return AE_OK;
}

static void blend(canvas *c, int64_t x, int64_t y, double cover, uint32_t colour) {
  if (!(cover > 0)) return;
  if (cover > 1) cover = 1;
  for (int k = 0; k < 3; k++) {
    uint8_t *p = &c->pixel[(k * c->height + y) * c->width + x];
    double target = (double)(colour >> (16 - 8 * k) & 255);
    *p = (uint8_t)(*p + (target - *p) * cover + 0.5);
  }
}

static double clamp(double v, double low, double high) {
  return v < low ? low : v > high ? high : v;
}

/* The pixels whose centres lie within `margin` of the box, clipped to the canvas. */
typedef struct area {
  int64_t x0, x1, y0, y1;
} area;

static area pixels_near(const canvas *c, double x0, double y0, double x1, double y1,
                        double margin) {
  double w = (double)c->width, h = (double)c->height;
  return (area){(int64_t)clamp(floor(fmin(x0, x1) - margin), 0, w),
                (int64_t)clamp(ceil(fmax(x0, x1) + margin), 0, w),
                (int64_t)clamp(floor(fmin(y0, y1) - margin), 0, h),
                (int64_t)clamp(ceil(fmax(y0, y1) + margin), 0, h)};
}

/* ---- shapes ---- */

static void line(canvas *c, double x0, double y0, double x1, double y1, double width,
                 uint32_t colour) {
  double dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy;
  area a = pixels_near(c, x0, y0, x1, y1, width / 2 + 1);
  for (int64_t y = a.y0; y < a.y1; y++)
    for (int64_t x = a.x0; x < a.x1; x++) {
      double px = (double)x + 0.5 - x0, py = (double)y + 0.5 - y0;
      double t = square > 0 ? clamp((px * dx + py * dy) / square, 0, 1) : 0;
      double distance = hypot(px - t * dx, py - t * dy);
      blend(c, x, y, width / 2 + 0.5 - distance, colour);
    }
}

static ae_status check_finite(const double *v, int n) {
  for (int i = 0; i < n; i++)
    if (!isfinite(v[i])) return aei_fail(AE_EARG, "draw: a coordinate is %g", v[i]);
  return AE_OK;
}

ae_status ae_draw_line(ae_tensor *t, double x0, double y0, double x1, double y1, double width,
                       uint32_t colour) {
  canvas c;
  AEI_TRY(open_canvas(&c, t));
  AEI_TRY(check_finite((double[]){x0, y0, x1, y1, width}, 5));
  line(&c, x0, y0, x1, y1, width, colour);
  return AE_OK;
}

ae_status ae_draw_disc(ae_tensor *t, double x, double y, double radius, uint32_t colour) {
  return ae_draw_line(t, x, y, x, y, 2 * radius, colour);
}

/* Length of the part of [a, b] in the unit from v on. */
static double overlap(double a, double b, double v) { return fmin(b, v + 1) - fmax(a, v); }

ae_status ae_draw_rectangle(ae_tensor *t, double x, double y, double w, double h, uint32_t colour) {
  canvas c;
  AEI_TRY(open_canvas(&c, t));
  AEI_TRY(check_finite((double[]){x, y, w, h}, 4));
  area a = pixels_near(&c, x, y, x + w, y + h, 0);
  for (int64_t py = a.y0; py < a.y1; py++)
    for (int64_t px = a.x0; px < a.x1; px++)
      blend(&c, px, py,
            fmax(overlap(x, x + w, (double)px), 0) * fmax(overlap(y, y + h, (double)py), 0),
            colour);
  return AE_OK;
}

/* ---- text ---- */

enum { CAPITAL = 6, BASELINE = 2 };           /* units of the font */
static const double space = 1.6, blank = 2.4; /* between glyphs, of a space */

static const char *glyph(char c) { return font[c >= 32 && c < 127 ? c - 32 : '?' - 32]; }

static double glyph_width(char c) {
  int width = 0;
  if (c == ' ') return blank;
  for (const char *p = glyph(c); *p; p += p[1] ? 2 : 1) {
    if (*p == ' ') p++;
    if (*p - '0' > width) width = *p - '0';
  }
  return width;
}

double ae_text_width(const char *text, double height) {
  double width = 0;
  for (const char *p = text; *p; p++) width += glyph_width(*p) + (p[1] ? space : 0);
  return width * height / CAPITAL;
}

typedef struct pen {
  canvas *c;
  double x, y, unit, width; /* the glyph's corner on the baseline */
  bool turned;
  uint32_t colour;
} pen;

static void stroke(const pen *p, const char *from, const char *to) {
  double ax = (from[0] - '0') * p->unit, ay = (from[1] - '0' - BASELINE) * p->unit;
  double bx = (to[0] - '0') * p->unit, by = (to[1] - '0' - BASELINE) * p->unit;
  if (p->turned)
    line(p->c, p->x - ay, p->y - ax, p->x - by, p->y - bx, p->width, p->colour);
  else
    line(p->c, p->x + ax, p->y - ay, p->x + bx, p->y - by, p->width, p->colour);
}

static void draw_glyph(const pen *p, const char *points) {
  for (const char *at = points; *at;) {
    if (*at == ' ') {
      at++;
      continue;
    }
    bool more = at[2] && at[2] != ' ';
    if (more) stroke(p, at, at + 2);
    at += 2;
  }
}

ae_status ae_draw_text(ae_tensor *t, double x, double y, double height, bool turned,
                       const char *text, uint32_t colour) {
  canvas c;
  AEI_TRY(open_canvas(&c, t));
  AEI_TRY(check_finite((double[]){x, y, height}, 3));
  pen p = {&c, x, y, height / CAPITAL, fmax(height * 0.12, 1), turned, colour};
  for (; *text; text++) {
    draw_glyph(&p, glyph(*text));
    double step = (glyph_width(*text) + space) * p.unit;
    if (turned)
      p.y -= step;
    else
      p.x += step;
  }
  return AE_OK;
}

/* ---- pictures ---- */

static uint32_t level(const ae_tensor *image, int64_t at) {
  double v = 0;
  if (image->type == AE_BYTE) return ((const uint8_t *)ae_data(image))[at];
  if (image->type == AE_FLOAT) v = (double)((const float *)ae_data(image))[at];
  if (image->type == AE_DOUBLE) v = ((const double *)ae_data(image))[at];
  v = v * 255 + 0.5;
  return v >= 255 ? 255 : v >= 0 ? (uint32_t)v : 0;
}

ae_status ae_draw_image(ae_tensor *t, int64_t x, int64_t y, const ae_tensor *image, int zoom) {
  canvas c;
  AEI_TRY(open_canvas(&c, t));
  bool colour = image->ndim == 3 && image->size[0] == 3;
  if (!(image->ndim == 2 || colour || (image->ndim == 3 && image->size[0] == 1)) || zoom < 1 ||
      image->type == AE_LONG)
    return aei_fail(AE_ESHAPE, "draw: a %sTensor %s, %d times larger, is no picture",
                    ae_type_name(image->type), AEI_SHAPE(image), zoom);
  int64_t h = image->size[image->ndim - 2], w = image->size[image->ndim - 1];
  ae_tensor copy = ae_tensor_local(image->type);
  const ae_tensor *in;
  AEI_TRY(aei_contiguous(&in, image, &copy));
  for (int64_t i = 0; i < h * zoom; i++)
    for (int64_t j = 0; j < w * zoom; j++) {
      if (y + i < 0 || y + i >= c.height || x + j < 0 || x + j >= c.width) continue;
      int64_t at = i / zoom * w + j / zoom;
      for (int k = 0; k < 3; k++)
        c.pixel[(k * c.height + y + i) * c.width + x + j] =
            (uint8_t)level(in, at + (colour ? k * h * w : 0));
    }
  ae_tensor_clear(&copy);
  return AE_OK;
}
