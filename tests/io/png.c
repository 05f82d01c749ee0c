/* PNG files, taken apart and unfiltered here to the pixels they were made from. */
#include "engine.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* ---- a reader for what the engine writes ---- */

typedef struct decoded {
  uint32_t width, height;
  int channels;
  bool filter_used[5];
  uint8_t pixel[1 << 18]; /* (height, width, channels) */
} decoded;

static uint32_t big_endian(const uint8_t *b) {
  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The data of the chunk at *at, whose CRC must be right; moves *at behind it. */
static const uint8_t *chunk(const uint8_t *file, size_t size, size_t *at, const char *type,
                            uint32_t *n) {
  *n = *at + 12 <= size ? big_endian(file + *at) : 0;
  bool whole = *at + 12 + *n <= size && memcmp(file + *at + 4, type, 4) == 0;
  CHECK(whole);
  if (!whole) return NULL;
  const uint8_t *data = file + *at + 8;
  CHECK(crc32(0, data - 4, *n + 4) == big_endian(data + *n));
  *at += 12 + *n;
  return data;
}

/* Filters 0 to 2 undone, in place: rows of a filter's number and n bytes. */
static void unfilter(decoded *d, uint8_t *raw) {
  size_t step = (size_t)d->channels, n = d->width * step;
  for (size_t y = 0; y < d->height; y++) {
    uint8_t *row = raw + y * (n + 1) + 1, filter = row[-1];
    CHECK(filter <= 2);
    d->filter_used[filter % 5] = true;
    for (size_t i = 0; i < n; i++) {
      if (filter == 1 && i >= step) row[i] = (uint8_t)(row[i] + row[i - step]);
      if (filter == 2 && y > 0) row[i] = (uint8_t)(row[i] + row[i - n - 1]);
    }
    memcpy(d->pixel + y * n, row, n);
  }
}

static void decode(decoded *d, const uint8_t *file, size_t size) {
  static uint8_t raw[sizeof d->pixel + 4096];
  size_t at = 8;
  uint32_t n, packed_size;
  memset(d, 0, sizeof *d);
  CHECK(size > 8 && memcmp(file, "\x89PNG\r\n\x1a\n", 8) == 0);
  const uint8_t *header = chunk(file, size, &at, "IHDR", &n);
  const uint8_t *packed = chunk(file, size, &at, "IDAT", &packed_size);
  chunk(file, size, &at, "IEND", &n);
  CHECK(at == size && header && packed);
  if (!header || !packed) return;
  d->width = big_endian(header);
  d->height = big_endian(header + 4);
  CHECK(header[8] == 8 && (header[9] == 0 || header[9] == 2) && !header[10] && !header[11] &&
        !header[12]);
  d->channels = header[9] == 2 ? 3 : 1;
  uLongf length = sizeof raw;
  CHECK(uncompress(raw, &length, packed, packed_size) == Z_OK);
  CHECK(length == d->height * (d->width * (uLongf)d->channels + 1));
  unfilter(d, raw);
}

/* ---- writing and reading back ---- */

static char folder[64], path[96];

static void begin(void) {
  strcpy(folder, "/tmp/aelua-png-XXXXXX");
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/picture.png", folder);
}

/* The folder must hold nothing but the picture, when there is one. */
static void end(void) {
  unlink(path);
  CHECK(rmdir(folder) == 0);
}

static decoded result;

static const decoded *written(const ae_tensor *image) {
  static uint8_t file[1 << 20];
  begin();
  CHECK_OK(ae_png_write(path, image));
  FILE *f = fopen(path, "rb");
  CHECK(f != NULL);
  if (f) {
    decode(&result, file, fread(file, 1, sizeof file, f));
    fclose(f);
  }
  end();
  return &result;
}

/* Byte (channels, h, w), smooth in places and rough in others. */
static ae_tensor *sample(int64_t channels, int64_t h, int64_t w) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new_sized(&t, AE_BYTE, 3, (int64_t[]){channels, h, w}));
  uint8_t *p = ae_data(t);
  for (int64_t k = 0; k < channels; k++)
    for (int64_t y = 0; y < h; y++)
      for (int64_t x = 0; x < w; x++, p++)
        *p = (uint8_t)(y < h / 3       ? 40 * k + 3 * x
                       : y < 2 * h / 3 ? x * x * 31
                                       : (x * x + k) * y * 7);
  return t;
}

static void check_pixels(const decoded *d, const ae_tensor *t) {
  int64_t h = t->size[1], w = t->size[2], wrong = 0;
  CHECK(d->channels == t->size[0] && d->height == h && d->width == w);
  for (int64_t i = 0; i < ae_nelement(t); i++)
    wrong += d->pixel[i % (h * w) * t->size[0] + i / (h * w)] != ((const uint8_t *)ae_data(t))[i];
  CHECK(wrong == 0);
}

TEST(png_colour_and_grey) {
  static const int64_t sizes[][3] = {{3, 60, 45}, {1, 33, 70}, {3, 1, 1}, {1, 1, 300}, {3, 300, 1}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    ae_tensor *t = sample(sizes[i][0], sizes[i][1], sizes[i][2]);
    check_pixels(written(t), t);
    ae_tensor_release(t);
  }
}

TEST(png_picks_filters) {
  ae_tensor *t = sample(3, 60, 45);
  const decoded *d = written(t);
  CHECK(d->filter_used[1] && d->filter_used[2]);
  ae_tensor_release(t);
}

TEST(png_of_real_numbers) {
  ae_tensor *t =
      MATRIX(AE_DOUBLE, 2, 5, 0, 1, 0.5, 128.0 / 255, 1e300, -3, 0.0 / 0.0, 1e-9, 2, 0.999);
  static const uint8_t want[10] = {0, 255, 128, 128, 255, 0, 0, 0, 255, 255};
  const decoded *d = written(t);
  CHECK(d->width == 5 && d->height == 2 && d->channels == 1 && memcmp(d->pixel, want, 10) == 0);
  ae_tensor f = ae_tensor_local(AE_FLOAT);
  CHECK_OK(ae_convert(&f, t));
  CHECK(memcmp(written(&f)->pixel, want, 10) == 0);
  ae_tensor_clear(&f);
  ae_tensor_release(t);
}

TEST(png_of_a_view) {
  ae_tensor *t = sample(1, 20, 30), view = ae_tensor_local(AE_BYTE);
  CHECK_OK(ae_select(&view, t, 0, 0));
  CHECK_OK(ae_transpose(&view, &view, 0, 1));
  const decoded *d = written(&view);
  CHECK(d->width == 20 && d->height == 30);
  int64_t wrong = 0;
  for (int64_t y = 0; y < 30; y++)
    for (int64_t x = 0; x < 20; x++)
      wrong += d->pixel[y * 20 + x] != ((const uint8_t *)ae_data(t))[x * 30 + y];
  CHECK(wrong == 0);
  ae_tensor_clear(&view);
  ae_tensor_release(t);
}

/* ---- failures ---- */

TEST(png_refuses_what_is_no_picture) {
  ae_tensor *line = VECTOR(AE_FLOAT, 3, 1, 2, 3), *labels = MATRIX(AE_LONG, 1, 2, 1, 2),
            *two = NULL;
  ae_tensor empty = ae_tensor_local(AE_BYTE), huge = ae_tensor_local(AE_FLOAT);
  begin();
  CHECK_OK(ae_tensor_new_sized(&two, AE_BYTE, 3, (int64_t[]){2, 4, 4}));
  CHECK_FAILS(ae_png_write(path, line), AE_ESHAPE, "3 is no picture");
  CHECK_FAILS(ae_png_write(path, two), AE_ESHAPE, "2x4x4 is no picture");
  CHECK_FAILS(ae_png_write(path, &empty), AE_ESHAPE, "(empty) is no picture");
  CHECK_FAILS(ae_png_write(path, labels), AE_ETYPE, "LongTensor");
  CHECK_OK(ae_narrow(&huge, line, 0, 0, 1));
  CHECK_OK(ae_expand(&huge, &huge, 2, (int64_t[]){1 << 20, 1 << 20}));
  CHECK_FAILS(ae_png_write(path, &huge), AE_EARG, "1048576x1048576 pixels is too large");
  end();
  ae_tensor_clear(&huge);
  ae_tensor_release(two);
  ae_tensor_release(labels);
  ae_tensor_release(line);
}

/* What was there stays, and no temporary file does. */
TEST(png_that_cannot_be_written) {
  ae_tensor *t = sample(1, 4, 4);
  CHECK_FAILS(ae_png_write("/nowhere/picture.png", t), AE_EIO,
              "/nowhere/picture.png: No such file");
  begin();
  CHECK(mkdir(path, 0700) == 0);
  CHECK_FAILS(ae_png_write(path, t), AE_EIO, "picture.png: ");
  rmdir(path);
  end();
  ae_tensor_release(t);
}

/* Small enough for the buffer, so that flushing fails, and larger, so that writing does. */
TEST(png_on_a_full_disk) {
  if (access("/dev/full", W_OK) != 0) return;
  ae_generator g = {.seed = 1};
  ae_tensor *small = sample(1, 4, 4), *large = NULL;
  CHECK_OK(ae_tensor_new_sized(&large, AE_FLOAT, 2, (int64_t[]){300, 300}));
  CHECK_OK(ae_uniform(large, &g, 0, 1));
  CHECK_FAILS(ae_png_write("/dev/full", small), AE_EIO, "/dev/full: No space left on device");
  CHECK_FAILS(ae_png_write("/dev/full", large), AE_EIO, "/dev/full: No space left on device");
  ae_tensor_release(small);
  ae_tensor_release(large);
}

TEST(png_without_memory) {
  ae_status status = AE_EMEM;
  begin();
  for (int at = 1; at < 50 && status == AE_EMEM; at++) {
    counter c = {0};
    ae_set_allocator(count_allocations, &c);
    ae_tensor *t = sample(1, 4, 4), turned = ae_tensor_local(AE_BYTE);
    CHECK_OK(ae_transpose(&turned, t, 1, 2));
    c = (counter){.fail_at = at};
    status = ae_png_write(path, &turned);
    CHECK(status == AE_OK || (status == AE_EMEM && access(path, F_OK) != 0));
    ae_tensor_clear(&turned);
    ae_tensor_release(t);
    CHECK(ae_memory_in_use() == 0);
    ae_set_allocator(NULL, NULL);
  }
  CHECK(status == AE_OK);
  end();
}
