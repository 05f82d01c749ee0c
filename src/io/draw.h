/* draw.h - pictures as tensors, and the canvas that lines, shapes and text are drawn on. */
#ifndef AEI_DRAW_H
#define AEI_DRAW_H

#include "core/core.h"

/* ---- pictures (picture.c): (H,W) and (1,H,W) grey, (3,H,W) colour ---- */

/* Fails unless t is a picture with at least one pixel: its shape, and Byte or a real type. */
ae_status aei_picture_check(const char *operation, const ae_tensor *t);
/* Element number `at` of a contiguous picture as a byte: of real types 0 is black and 1 white, what
 * is beyond is clipped, NaN is black. */
uint8_t aei_picture_level(const ae_tensor *t, int64_t at);

/* ---- the canvas (draw.c) ---- */

typedef struct aei_canvas {
  uint8_t *pixel; /* (3, height, width) */
  int64_t height, width;
} aei_canvas;

/* From a contiguous Byte tensor (3,H,W); fails for another one. */
ae_status aei_canvas_open(aei_canvas *c, ae_tensor *t);
/* Fails when one of n coordinates is infinite or no number. */
ae_status aei_draw_check(const double *v, int n);

typedef struct aei_segment {
  double x0, y0, x1, y1;
} aei_segment;

/* The union of n >= 1 segments with round ends, in one coat: where they meet, nothing is painted
 * twice. */
void aei_draw_segments(aei_canvas *c, const aei_segment *s, int n, double width, uint32_t colour);

#endif
