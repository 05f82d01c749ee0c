/* garment.h - what the built-in garments are drawn with: random numbers and filled polygons.
 *
 * Coordinates are pixels of the image before it is moved and scaled: 0..28, y down, the middle at
 * x = 14. Tones are 0 (black, the background) to 1. */
#ifndef AEI_GARMENT_H
#define AEI_GARMENT_H

#include "core/core.h"

enum { AEI_SIDE = 28, AEI_PIXELS = AEI_SIDE * AEI_SIDE, AEI_CORNERS = 16 };

typedef struct aei_drawing {
  float tone[AEI_PIXELS];
  ae_generator g;            /* the image's own */
  double dx, dy, wide, high; /* where the garment is, and how large */
  double shear;              /* how far its top leans to the left */
} aei_drawing;

typedef struct aei_point {
  double x, y;
} aei_point;

/* ---- chance (polygon.c). C leaves the order of arguments and initialisers open: at most one draw
 * in an expression, or the same seed gives other garments with another compiler. ---- */

double aei_between(aei_drawing *d, double a, double b);
bool aei_chance(aei_drawing *d, double p);

/* ---- polygons of up to AEI_CORNERS corners, even-odd, painted over what is there (polygon.c) ----
 */

void aei_fill(aei_drawing *d, const aei_point *corner, int n, double tone);
void aei_fill_soft(aei_drawing *d, const aei_point *corner, int n, double tone); /* corners cut */
/* Twice: as given, and mirrored at the middle. */
void aei_fill_both(aei_drawing *d, const aei_point *corner, int n, double tone);
void aei_fill_box(aei_drawing *d, double x0, double y0, double x1, double y1, double tone);

/* Corners as a literal: AEI_FILL(aei_fill, d, tone, {0, 0}, {1, 0}, {1, 1}). */
#define AEI_FILL(fill, d, tone, ...)            \
  (fill)((d), (const aei_point[]){__VA_ARGS__}, \
         (int)(sizeof((const aei_point[]){__VA_ARGS__}) / sizeof(aei_point)), (tone))

/* ---- the ten classes (clothes.c, leather.c) ---- */

typedef void aei_garment(aei_drawing *d);
aei_garment aei_draw_tshirt, aei_draw_trouser, aei_draw_pullover, aei_draw_dress, aei_draw_coat,
    aei_draw_shirt;
aei_garment aei_draw_sandal, aei_draw_sneaker, aei_draw_bag, aei_draw_boot;

#endif
