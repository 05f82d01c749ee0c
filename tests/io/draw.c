/* Drawing: how much of each pixel is covered, and that nothing is drawn outside the canvas. */
#include "engine.h"

enum { SIDE = 32 };

/* A white canvas with guard bytes around its elements, and a check that they are untouched. */
static ae_tensor *white(int64_t h, int64_t w) {
  ae_tensor *store = NULL, *t = NULL;
  CHECK_OK(ae_tensor_new_sized(&store, AE_BYTE, 3, (int64_t[]){5, h, w}));
  CHECK_OK(ae_fill(store, ae_from_int(255)));
  CHECK_OK(ae_tensor_new(&t, AE_BYTE));
  CHECK_OK(ae_narrow(t, store, 0, 1, 3));
  ae_tensor_release(store);
  return t;
}

static void done(ae_tensor *t) {
  int64_t plane = t->size[1] * t->size[2], wrong = 0;
  const uint8_t *all = t->storage->data;
  for (int64_t i = 0; i < plane; i++) wrong += all[i] != 255 || all[4 * plane + i] != 255;
  CHECK(wrong == 0);
  ae_tensor_release(t);
}

static int at(const ae_tensor *t, int channel, int64_t x, int64_t y) {
  return ((const uint8_t *)ae_data(t))[(channel * t->size[1] + y) * t->size[2] + x];
}

/* Pixels' worth of black on a white canvas. */
static double ink(const ae_tensor *t) {
  double sum = 0;
  int64_t n = ae_nelement(t) / 3;
  for (int64_t i = 0; i < n; i++) sum += 255 - ((const uint8_t *)ae_data(t))[i];
  return sum / 255;
}

TEST(rectangle_covers_its_part_of_each_pixel) {
  ae_tensor *t = white(SIDE, SIDE);
  CHECK_OK(ae_draw_rectangle(t, 2.5, 3, 4, 2.25, 0x000000));
  CHECK(at(t, 0, 3, 3) == 0 && at(t, 0, 5, 4) == 0);
  CHECK(at(t, 0, 2, 3) == 128 && at(t, 0, 6, 4) == 128);
  CHECK(at(t, 0, 3, 5) == 191 && at(t, 0, 2, 5) == 223);
  CHECK(at(t, 0, 1, 3) == 255 && at(t, 0, 3, 2) == 255 && at(t, 0, 7, 3) == 255);
  CHECK_NEAR(ink(t), 4 * 2.25, 0.05);
  done(t);
}

TEST(colour_is_red_green_blue) {
  ae_tensor *t = white(4, 4);
  CHECK_OK(ae_draw_rectangle(t, 0, 0, 4, 4, 0x10a0ff));
  CHECK(at(t, 0, 1, 1) == 0x10 && at(t, 1, 1, 1) == 0xa0 && at(t, 2, 1, 1) == 0xff);
  done(t);
}

TEST(line_has_its_width) {
  ae_tensor *t = white(SIDE, SIDE);
  CHECK_OK(ae_draw_line(t, 4, 10.5, 20, 10.5, 1, 0));
  CHECK(at(t, 0, 10, 10) == 0 && at(t, 0, 10, 9) == 255 && at(t, 0, 10, 11) == 255);
  CHECK_OK(ae_draw_line(t, 10, 20, 25, 20, 2, 0));
  CHECK(at(t, 0, 15, 19) == 0 && at(t, 0, 15, 20) == 0);
  CHECK(at(t, 0, 15, 18) == 255 && at(t, 0, 15, 21) == 255);
  done(t);
}

TEST(thin_line_is_pale) {
  ae_tensor *t = white(SIDE, SIDE);
  CHECK_OK(ae_draw_line(t, 4, 10.5, 20, 10.5, 0.25, 0));
  CHECK(at(t, 0, 10, 10) == 191 && at(t, 0, 10, 11) == 255);
  done(t);
}

TEST(slanted_line_has_the_area_of_its_length) {
  ae_tensor *t = white(200, 200);
  CHECK_OK(ae_draw_line(t, 30, 40, 170, 145, 3, 0)); /* 175 long, with round ends */
  CHECK_NEAR(ink(t), 175 * 3 + 3.1416 * 1.5 * 1.5, 3);
  done(t);
}

TEST(disc_is_round) {
  ae_tensor *t = white(SIDE, SIDE);
  CHECK_OK(ae_draw_disc(t, 16, 16, 10, 0));
  CHECK_NEAR(ink(t), 3.14159 * 100, 1);
  int64_t asymmetric = 0;
  for (int64_t y = 0; y < SIDE; y++)
    for (int64_t x = 0; x < SIDE; x++)
      asymmetric += at(t, 0, x, y) != at(t, 0, y, x) || at(t, 0, x, y) != at(t, 0, SIDE - 1 - x, y);
  CHECK(asymmetric == 0);
  done(t);
}

/* Far outside, half outside, around all of it; coordinates beyond every integer. */
TEST(drawing_is_clipped) {
  static const double far[] = {-1e300, -1e10, -40, -3, 16, 35, 80, 1e10, 1e300};
  enum { N = sizeof far / sizeof *far };
  ae_tensor *t = white(SIDE, SIDE), *image = NULL;
  CHECK_OK(ae_tensor_new_sized(&image, AE_BYTE, 2, (int64_t[]){8, 8}));
  CHECK_OK(ae_fill(image, ae_from_int(7)));
  for (int i = 0; i < N * N; i++) {
    double x = far[i % N], y = far[i / N];
    CHECK_OK(ae_draw_line(t, x, y, 16, y, 3, 0));
    CHECK_OK(ae_draw_disc(t, x, y, 12, 0));
    CHECK_OK(ae_draw_rectangle(t, x, y, 50, 60, 0));
    CHECK_OK(ae_draw_text(t, x, y, 12, i % 2, "Ag@", 0));
  }
  static const int64_t places[] = {INT64_MIN, -1000, -9, -3, 28, 40, INT64_MAX};
  for (int i = 0; i < 49; i++)
    CHECK_OK(ae_draw_image(t, places[i % 7], places[i / 7], image, 1 + i % 3));
  ae_tensor_release(image);
  done(t);
}

/* ---- text ---- */

TEST(every_glyph_is_drawn_within_its_box) {
  for (char c = '!'; c <= '~'; c++) {
    char text[2] = {c, 0};
    double width = ae_text_width(text, 14);
    ae_tensor *t = white(40, 40);
    CHECK(width >= 0 && width <= 15);
    CHECK_OK(ae_draw_text(t, 10, 25, 14, false, text, 0));
    CHECK(ink(t) > 1);
    for (int64_t y = 0; y < 40; y++)
      for (int64_t x = 0; x < 40; x++)
        if ((double)x < 10 - 2 || (double)x > 10 + width + 2 || y < 25 - 17 || y > 25 + 6)
          CHECK(at(t, 0, x, y) == 255);
    done(t);
  }
}

/* No two glyphs look alike; bytes that are no ASCII look like a question mark. */
TEST(glyphs_differ) {
  ae_tensor *seen[95];
  for (int i = 0; i < 95; i++) {
    char text[2] = {(char)(' ' + i), 0};
    seen[i] = white(40, 40);
    CHECK_OK(ae_draw_text(seen[i], 10, 25, 14, false, text, 0));
    for (int j = 0; j < i; j++) CHECK(!ae_equal(seen[i], seen[j]));
  }
  ae_tensor *other = white(40, 40);
  CHECK_OK(ae_draw_text(other, 10, 25, 14, false, "\xc3", 0));
  CHECK(ae_equal(other, seen['?' - ' ']));
  done(other);
  for (int i = 0; i < 95; i++) done(seen[i]);
}

TEST(turned_text_runs_upwards) {
  ae_tensor *flat = white(60, 60), *turned = white(60, 60);
  CHECK_OK(ae_draw_text(flat, 10, 40, 12, false, "kg 7", 0));
  CHECK_OK(ae_draw_text(turned, 40, 50, 12, true, "kg 7", 0));
  int64_t wrong = 0;
  for (int64_t y = 0; y < 60; y++)
    for (int64_t x = 0; x < 60; x++) {
      int a = at(flat, 0, x, y), b = at(turned, 0, y, 59 - x);
      wrong += a - b > 1 || b - a > 1;
    }
  CHECK(wrong == 0);
  done(flat);
  done(turned);
}

TEST(text_width_grows_with_text_and_height) {
  CHECK(ae_text_width("", 12) == 0);
  CHECK(ae_text_width("ab", 12) > ae_text_width("a", 12));
  CHECK(ae_text_width("a b", 12) > ae_text_width("ab", 12));
  CHECK_NEAR(ae_text_width("loss 0.25", 24), 2 * ae_text_width("loss 0.25", 12), 1e-9);
}

/* ---- pictures ---- */

TEST(picture_in_colour_and_enlarged) {
  ae_tensor *t = white(8, 8), *grey = MATRIX(AE_FLOAT, 2, 2, 0, 1, 0.5, -1), *colour = NULL;
  CHECK_OK(ae_draw_image(t, 1, 2, grey, 3));
  CHECK(at(t, 0, 1, 2) == 0 && at(t, 1, 3, 4) == 0 && at(t, 2, 4, 2) == 255);
  CHECK(at(t, 0, 1, 5) == 128 && at(t, 2, 3, 7) == 128 && at(t, 1, 6, 7) == 0);
  CHECK(at(t, 0, 0, 2) == 255 && at(t, 0, 7, 7) == 255 && at(t, 0, 1, 1) == 255);
  CHECK_OK(ae_tensor_new_sized(&colour, AE_BYTE, 3, (int64_t[]){3, 1, 1}));
  memcpy(ae_data(colour), "\1\2\3", 3);
  CHECK_OK(ae_draw_image(t, 7, 0, colour, 1));
  CHECK(at(t, 0, 7, 0) == 1 && at(t, 1, 7, 0) == 2 && at(t, 2, 7, 0) == 3);
  ae_tensor_release(colour);
  ae_tensor_release(grey);
  done(t);
}

TEST(drawing_errors) {
  ae_tensor *t = white(8, 8), *grey = MATRIX(AE_FLOAT, 2, 2, 0, 1, 1, 0);
  ae_tensor *labels = MATRIX(AE_LONG, 1, 1, 3);
  CHECK_FAILS(ae_draw_line(grey, 0, 0, 1, 1, 1, 0), AE_ESHAPE, "FloatTensor 2x2");
  CHECK_FAILS(ae_draw_line(t, 0, 0.0 / 0.0, 1, 1, 1, 0), AE_EARG, "a coordinate is");
  CHECK_FAILS(ae_draw_rectangle(t, 0, 0, 1 / 0.0, 1, 0), AE_EARG, "a coordinate is inf");
  CHECK_FAILS(ae_draw_text(t, 0, 0, 1 / 0.0, false, "x", 0), AE_EARG, "a coordinate is inf");
  CHECK_FAILS(ae_draw_image(t, 0, 0, labels, 1), AE_ETYPE, "LongTensor");
  CHECK_FAILS(ae_draw_image(t, 0, 0, grey, 0), AE_EARG, "0 times as large");
  CHECK(ink(t) == 0);
  ae_tensor_release(labels);
  ae_tensor_release(grey);
  done(t);
}
