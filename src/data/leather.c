/* leather.c - bags; sandals, sneakers and ankle boots, toes to the left. */
#include "data/garment.h"

static double between(aei_drawing *d, double a, double b) { return aei_between(d, a, b); }
static bool chance(aei_drawing *d, double p) { return aei_chance(d, p); }

/* ---- bags ---- */

/* A loop above the bag: wide or narrow, high or flat. */
static void draw_handle(aei_drawing *d, double top_y, double half, double tone) {
  double rise = between(d, 2.5, top_y - 1), thick = between(d, 0.7, 1.5), lean = half * 0.25;
  AEI_FILL(aei_fill, d, tone, {14 - half, top_y + 1}, {14 - half, top_y - rise * 0.6},
           {14 - half + lean, top_y - rise}, {14 + half - lean, top_y - rise},
           {14 + half, top_y - rise * 0.6}, {14 + half, top_y + 1}, {14 + half - thick, top_y + 1},
           {14 + half - thick, top_y - rise * 0.6}, {14 + half - lean - 0.3, top_y - rise + thick},
           {14 - half + lean + 0.3, top_y - rise + thick}, {14 - half + thick, top_y - rise * 0.6},
           {14 - half + thick, top_y + 1});
}

void aei_draw_bag(aei_drawing *d) {
  double w = between(d, 7, 12.5), upper = between(d, 7.5, 13), bottom = between(d, 20.5, 25.5);
  double slope = between(d, -1, 2.5), tone = between(d, 0.3, 0.95);
  double half = between(d, 2.5, w - 2.5), strap = tone * between(d, 0.6, 1);
  bool soft = chance(d, 0.4);
  if (chance(d, 0.85)) draw_handle(d, upper, half, strap);
  AEI_FILL(soft ? aei_fill_soft : aei_fill, d, tone, {14 - w + slope, upper},
           {14 - w, (upper + bottom) / 2}, {14 - w, bottom}, {14 + w, bottom},
           {14 + w, (upper + bottom) / 2}, {14 + w - slope, upper});
  if (chance(d, 0.5)) { /* a flap */
    double end = between(d, 0.35, 0.7), y = upper + end * (bottom - upper);
    AEI_FILL(aei_fill, d, tone * between(d, 0.65, 0.9), {14 - w + slope, upper}, {14 - w * 0.7, y},
             {14 + w * 0.7, y}, {14 + w - slope, upper});
  }
  if (chance(d, 0.5)) { /* a buckle */
    double y = between(d, upper + 3, bottom - 4), metal = chance(d, 0.5) ? 1 : tone * 0.2;
    aei_fill_box(d, 13, y, 15, y + 1.8, metal);
  }
}

/* ---- shoes ---- */

/* A sole from the toe to the heel, which stands `rise` above the floor on a heel of its own. */
static void draw_high_sole(aei_drawing *d, double floor_y, double rise, double tone) {
  double thick = between(d, 0.9, 1.6), heel = between(d, 1, 3);
  AEI_FILL(aei_fill, d, tone, {2, floor_y - 0.4}, {9, floor_y - thick},
           {15, floor_y - rise * 0.45 - thick}, {20, floor_y - rise - thick},
           {26, floor_y - rise - thick}, {26, floor_y}, {26 - heel, floor_y},
           {25 - heel, floor_y - rise + 0.4}, {19, floor_y - rise * 0.75}, {12, floor_y},
           {2, floor_y + 0.4});
}

/* Openings in the upper, so that straps remain. */
static void cut_straps(aei_drawing *d, double floor_y, double rise, double height) {
  int holes = chance(d, 0.5) ? 2 : 3;
  double step = 18.0 / holes, lean = between(d, -1, 3);
  for (int i = 0; i < holes; i++) {
    double x = 5 + step * i + between(d, 0, 1.5), lift = rise * x / 26;
    double width = step - between(d, 1.2, 3), upper = floor_y - lift - height - 8;
    AEI_FILL(aei_fill, d, 0, {x, floor_y - lift - 1.6}, {x + width, floor_y - lift - 1.8},
             {x + width + lean, upper}, {x + lean + 0.5, upper});
  }
}

void aei_draw_sandal(aei_drawing *d) {
  bool high = chance(d, 0.5);
  double floor_y = between(d, 19.5, 23), rise = high ? between(d, 3, 8) : between(d, 0.3, 2);
  double height = between(d, 3, 6.5), tone = between(d, 0.35, 1),
         sole = tone * between(d, 0.6, 1.1);
  if (sole > 1) sole = 1;
  AEI_FILL(aei_fill_soft, d, tone, {3, floor_y}, {3.5, floor_y - 2.5},
           {10, floor_y - height - rise * 0.2}, {18, floor_y - height - rise * 0.7},
           {25.5, floor_y - height * 0.9 - rise}, {26, floor_y - rise * 0.9});
  cut_straps(d, floor_y, rise, height);
  if (high)
    draw_high_sole(d, floor_y, rise, sole);
  else
    AEI_FILL(aei_fill, d, sole, {1.8, floor_y}, {12, floor_y - 0.4}, {26, floor_y - rise},
             {26.2, floor_y + 1.2}, {2.4, floor_y + 1.2});
}

void aei_draw_sneaker(aei_drawing *d) {
  double floor_y = between(d, 20, 22), toe = floor_y - between(d, 3, 5.2),
         heel = between(d, 10.5, 14);
  double tone = between(d, 0.3, 0.95), sole = between(d, 0.15, 1), thick = between(d, 0.8, 2.2);
  if (chance(d, 0.12)) heel = between(d, 7.5, 10); /* a high one */
  AEI_FILL(aei_fill_soft, d, tone, {1.5, floor_y + 0.5}, {1.8, toe}, {9, toe - 1.5},
           {14, heel + 0.5}, {18.5, heel - 0.5}, {20.5, heel + 2.2}, {23.5, heel + 0.2},
           {26, heel - 0.5}, {26.5, floor_y + 0.5});
  AEI_FILL(aei_fill, d, sole, {1.2, floor_y - thick * 0.6}, {2, floor_y + thick * 0.6},
           {26.3, floor_y + thick * 0.6}, {26.6, floor_y - thick * 0.8});
  if (chance(d, 0.7)) /* laces */
    for (int x = 10; x < 16; x += 2)
      AEI_FILL(aei_fill, d, tone > 0.6 ? tone * 0.4 : 1, {x, toe - 1.5}, {x + 1, toe - 2},
               {x + 1.9, toe}, {x + 0.9, toe + 0.3});
  if (chance(d, 0.4)) { /* the maker's stripe */
    double lean = between(d, 1, 4);
    AEI_FILL(aei_fill, d, between(d, 0, 1), {15, floor_y - 1}, {15 + lean, heel + 2.5},
             {17 + lean, heel + 2.5}, {17, floor_y - 1});
  }
}

void aei_draw_boot(aei_drawing *d) {
  double shaft = chance(d, 0.85) ? between(d, 2.5, 7) : between(d, 7, 10);
  double floor_y = between(d, 22, 24.5), toe = floor_y - between(d, 3, 5.5),
         tone = between(d, 0.3, 0.95);
  double back = between(d, 22.5, 25), front = back - between(d, 8, 11), heel = between(d, 0, 2.5);
  double sole = tone * between(d, 0.3, 0.9), tip = between(d, 1.5, 4);
  AEI_FILL(aei_fill_soft, d, tone, {tip, floor_y + 0.5}, {tip, toe}, {9, toe - 1.5},
           {front, toe - 5}, {front + 0.5, shaft - 0.8}, {back - 0.6, shaft - 0.8}, {back, 15},
           {back + 1.2, floor_y + 0.5}, {14, floor_y + 0.5});
  aei_fill_box(d, tip, floor_y - 0.5, back + 0.8, floor_y + 0.7, sole);
  aei_fill_box(d, back - 5, floor_y, back + 0.8, floor_y + 0.5 + heel, sole);
  if (chance(d, 0.3)) /* an elastic side */
    AEI_FILL(aei_fill, d, tone * 0.5, {front + 3, shaft}, {front + 5.5, shaft},
             {front + 4.7, toe - 4}, {front + 3.8, toe - 4});
  else if (chance(d, 0.4)) /* laces */
    /* NOLINTNEXTLINE(*-flp30-c,*FloatLoopCounter): a place, not a count; the same everywhere */
    for (double y = shaft + 2; y < toe - 3; y += 2)
      aei_fill_box(d, front, y, front + 3, y + 0.8, tone * 0.5);
  if (chance(d, 0.2)) /* a turned-down top */
    aei_fill_box(d, front, shaft - 0.5, back, shaft + 2, tone * 0.75);
}
