/* clothes.c - T-shirts, pullovers, coats and shirts; trousers; dresses.
 *
 * The upper-body classes share their cut, as the real ones do; sleeves, collar, opening and hem
 * tell them apart, not always clearly. */
#include "data/garment.h"

static double between(aei_drawing *d, double a, double b) { return aei_between(d, a, b); }
static bool chance(aei_drawing *d, double p) { return aei_chance(d, p); }
static double at_most(double v, double limit) { return v < limit ? v : limit; }

/* ---- the upper body ---- */

typedef struct top {
  double shoulder, waist, hem; /* half widths */
  double upper, bottom;        /* y of the shoulders and of the hem */
  double wrist, reach;         /* y of the sleeve's end, and how far it stands off the shoulder */
  double cuff, neck, tone;     /* width of the sleeve's end, half the neckline's, of the cloth */
} top;

static void random_top(top *t, aei_drawing *d) {
  t->shoulder = between(d, 5.6, 7.6);
  t->upper = between(d, 3, 5);
  t->bottom = between(d, 22.5, 25.5);
  t->neck = between(d, 2, 3.4);
  t->tone = between(d, 0.3, 0.95);
  t->waist = t->shoulder - between(d, 0.2, 1.4);
  t->hem = t->waist + between(d, -0.3, 1);
}

static void short_sleeves(aei_drawing *d, top *t) {
  t->wrist = t->upper + between(d, 4.5, 8.5);
  t->reach = between(d, 2.4, 4.6);
  t->cuff = between(d, 2.6, 3.8);
}

static void long_sleeves(aei_drawing *d, top *t) {
  t->wrist = t->bottom - between(d, 0, 5);
  t->reach = between(d, 2.2, 4.6);
  t->cuff = between(d, 1.8, 2.8);
}

static void draw_sleeves(aei_drawing *d, const top *t) {
  double s = 14 - t->shoulder, out = s - t->reach, armpit = t->upper + 6;
  AEI_FILL(aei_fill_both, d, t->tone * 0.93, {s + 1.5, t->upper},
           {s - t->reach * 0.45, t->upper + 2.2}, {out, t->wrist}, {out + t->cuff, t->wrist + 0.7},
           {14 - t->waist + 0.8, armpit});
}

static void draw_body(aei_drawing *d, const top *t, double grow, double tone) {
  double waist = t->waist + grow, hem = t->hem + grow, armpit = t->upper + 6;
  AEI_FILL(aei_fill, d, tone, {14 - t->neck, t->upper - 1}, {14 - t->shoulder, t->upper + 0.7},
           {14 - waist, armpit}, {14 - hem, t->bottom}, {14 + hem, t->bottom}, {14 + waist, armpit},
           {14 + t->shoulder, t->upper + 0.7}, {14 + t->neck, t->upper - 1});
}

/* Sleeves, their shadow beside the body, the body and the dark of the neckline. */
static void draw_top(aei_drawing *d, const top *t) {
  draw_sleeves(d, t);
  if (t->wrist > t->upper + 9) draw_body(d, t, 0.55, t->tone * 0.25);
  draw_body(d, t, 0, t->tone);
  double depth = between(d, 0.5, 2), inside = t->tone * between(d, 0, 0.5);
  AEI_FILL(aei_fill, d, inside, {14 - t->neck, t->upper - 1.2},
           {14 - t->neck * 0.6, t->upper + depth}, {14 + t->neck * 0.6, t->upper + depth},
           {14 + t->neck, t->upper - 1.2});
}

/* A strip down the middle, lighter or darker than the cloth, with buttons or without. */
static void draw_placket(aei_drawing *d, const top *t, double bottom) {
  bool dark = t->tone > 0.6, buttons = chance(d, 0.6);
  double contrast = between(d, 0, 0.5), width = between(d, 0.4, 0.9);
  double strip = dark ? t->tone * (1 - contrast) : at_most(t->tone * (1 + 1.4 * contrast), 1);
  aei_fill_box(d, 14 - width, t->upper + 1.5, 14 + width, bottom, strip);
  /* NOLINTNEXTLINE(cert-flp30-c): a place on the cloth, not a count; the same on every machine */
  for (double y = t->upper + 4; buttons && y < bottom - 1; y += 3)
    aei_fill_box(d, 13.6, y, 14.4, y + 0.8, dark ? 1 : t->tone * 0.3);
}

void aei_draw_tshirt(aei_drawing *d) {
  top t;
  random_top(&t, d);
  short_sleeves(d, &t);
  draw_top(d, &t);
  if (chance(d, 0.1)) draw_placket(d, &t, t.upper + 7); /* a polo shirt */
  if (chance(d, 0.35)) {                                /* a print on the chest */
    double left = between(d, 1.5, 3.8), right = between(d, 1.5, 3.8), upper = between(d, 8.5, 11);
    double bottom = between(d, 12.5, 17);
    aei_fill_box(d, 14 - left, upper, 14 + right, bottom, between(d, 0.1, 1));
  }
}

void aei_draw_pullover(aei_drawing *d) {
  top t;
  random_top(&t, d);
  long_sleeves(d, &t);
  draw_top(d, &t);
  if (chance(d, 0.12)) draw_placket(d, &t, t.upper + between(d, 5, 20)); /* a zip, a cardigan */
  if (chance(d, 0.5))                                                    /* ribbing at the hem */
    aei_fill_box(d, 14 - t.hem, t.bottom - 1.6, 14 + t.hem, t.bottom, t.tone * 0.8);
  if (chance(d, 0.3)) /* a high collar */
    aei_fill_box(d, 14 - t.neck, t.upper - 2, 14 + t.neck, t.upper + 0.4, t.tone * 0.85);
}

static void draw_opening(aei_drawing *d, const top *t) {
  double lapel = between(d, 2, 6.5), dark = t->tone * between(d, 0.05, 0.8);
  double middle = 14 + between(d, -0.6, 0.6), width = between(d, 0.2, 0.8);
  AEI_FILL(aei_fill, d, dark, {middle, t->upper + lapel + 2}, {14 - t->neck, t->upper - 1},
           {14 + t->neck, t->upper - 1});
  aei_fill_box(d, middle - width, t->upper + lapel, middle + width, t->bottom, dark);
}

void aei_draw_coat(aei_drawing *d) {
  top t;
  random_top(&t, d);
  t.bottom = between(d, 23.5, 27);
  t.hem += between(d, 0, 1.2);
  long_sleeves(d, &t);
  draw_top(d, &t);
  if (chance(d, 0.9))
    draw_opening(d, &t);
  else
    draw_placket(d, &t, t.bottom);
  if (chance(d, 0.4)) /* pockets */
    AEI_FILL(aei_fill_both, d, t.tone * 0.5, {9.5, 17.5}, {12, 17}, {12, 18}, {9.5, 18.5});
  if (chance(d, 0.3)) /* a hood or a collar of fur */
    AEI_FILL(aei_fill_both, d, t.tone * between(d, 0.6, 1), {14 - t.neck - 1, t.upper},
             {14 - t.neck, t.upper - 2}, {14 - 1, t.upper + 2}, {14 - 2, t.upper + 4});
}

void aei_draw_shirt(aei_drawing *d) {
  top t;
  random_top(&t, d);
  if (chance(d, 0.35))
    short_sleeves(d, &t);
  else
    long_sleeves(d, &t);
  draw_top(d, &t);
  draw_placket(d, &t, t.bottom);
  double collar = at_most(t.tone * between(d, 0.9, 1.5), 1);
  AEI_FILL(aei_fill_both, d, collar, {14, t.upper + 1.5}, {14 - t.neck - 0.8, t.upper - 1.2},
           {14 - t.neck, t.upper + 1.8}, {14 - 1, t.upper + 3});
  if (chance(d, 0.5)) /* tails: the hem is cut away at the sides */
    AEI_FILL(aei_fill_both, d, 0, {14 - t.hem - 1, t.bottom - 2.5},
             {14 - t.hem * 0.45, t.bottom + 0.5}, {14 - t.hem - 1, t.bottom + 0.5});
}

/* ---- trousers and dresses ---- */

void aei_draw_trouser(aei_drawing *d) {
  double waist = between(d, 3.4, 5.4), upper = between(d, 1.5, 3.5), bottom = between(d, 23.5, 27);
  double foot = between(d, 1.5, 3), out = waist + between(d, -0.6, 2.2);
  double crotch = upper + between(d, 6, 10), tone = between(d, 0.25, 0.95);
  AEI_FILL(aei_fill_both, d, tone, {14, upper}, {14 - waist, upper}, {14 - waist - 0.7, crotch},
           {14 - out, bottom}, {14 - out + foot, bottom}, {14, crotch});
  aei_fill_box(d, 13.7, upper, 14.3, crotch, tone * 0.7);
  aei_fill_box(d, 14 - waist, upper, 14 + waist, upper + 1, tone * between(d, 0.5, 1));
  if (chance(d, 0.3)) /* worn knees */
    AEI_FILL(aei_fill_both, d, at_most(tone * 1.3, 1), {10, 14}, {12, 14}, {12, 18}, {10, 18});
}

/* Straps, short or long sleeves, or none. */
static void draw_dress_arms(aei_drawing *d, double shoulder, double waist, double upper,
                            double tone) {
  double kind = between(d, 0, 1);
  double end = kind < 0.25 ? upper + between(d, 4, 7) : upper + between(d, 11, 17);
  if (kind < 0.4)
    AEI_FILL(aei_fill_both, d, tone * 0.9, {14 - shoulder, upper}, {14 - shoulder - 2.4, end},
             {14 - shoulder - 0.4, end + 0.5}, {14 - waist, upper + 6});
  else if (kind < 0.7)
    AEI_FILL(aei_fill_both, d, tone, {14 - shoulder, upper + 1}, {14 - shoulder + 1, upper + 1},
             {14 - shoulder + 1.6, upper - 1.5}, {14 - shoulder + 0.8, upper - 1.5});
}

void aei_draw_dress(aei_drawing *d) {
  double shoulder = between(d, 2.6, 4.8), waist = between(d, 2.3, 4), hem = between(d, 3.6, 8.5);
  double upper = between(d, 2, 4), waist_y = between(d, 9, 13.5), bottom = between(d, 23, 27);
  double tone = between(d, 0.3, 0.95), neck = between(d, 0.3, 2.5);
  draw_dress_arms(d, shoulder, waist, upper, tone);
  AEI_FILL(aei_fill, d, tone, {14, upper + neck}, {14 - shoulder, upper}, {14 - waist, waist_y},
           {14 - (waist + 2 * hem) / 3, (waist_y + bottom) / 2}, {14 - hem, bottom},
           {14 + hem, bottom}, {14 + (waist + 2 * hem) / 3, (waist_y + bottom) / 2},
           {14 + waist, waist_y}, {14 + shoulder, upper});
  if (chance(d, 0.3)) /* a belt */
    aei_fill_box(d, 14 - waist, waist_y - 0.5, 14 + waist, waist_y + 0.8, tone * 0.5);
  if (chance(d, 0.3)) /* pleats */
    AEI_FILL(aei_fill_both, d, tone * 0.7, {14 - waist / 3, waist_y}, {14 - hem / 2, bottom},
             {14 - hem / 2 + 0.9, bottom});
}
