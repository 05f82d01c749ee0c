/* pictures.c - any bytes as a PNG file, and as the header, palette and rows of one whose checksums
 * and compression are right. What is read is written, and reads the same again. */
#include "fuzz.h"

#include <zlib.h>

enum { LARGE = 1 << 14 }; /* to compress it takes long */

/* Grey and colours can be written. */
static void write_again(const ae_tensor *image) {
  const char *path = fuzz_path("again");
  ae_tensor again = ae_tensor_local(AE_BYTE);
  if ((image->size[0] != 1 && image->size[0] != 3) || ae_nelement(image) > LARGE) return;
  fuzz_limit(fuzz_plain((size_t)ae_nelement(image)));
  FUZZ_OK(ae_png_write(path, image));
  FUZZ_OK(ae_png_read(&again, path));
  FUZZ_CHECK(fuzz_same(image, &again));
  ae_tensor_clear(&again);
}

static bool read_picture(const uint8_t *data, size_t size) {
  ae_tensor image = ae_tensor_local(AE_BYTE);
  const char *path = fuzz_file(data, size);
  fuzz_limit(fuzz_packed(size) * 4); /* a bit becomes three bytes of colour, twice */
  const bool right = fuzz_read(ae_png_read(&image, path), path);
  FUZZ_CHECK(!right || (image.ndim == 3 && image.type == AE_BYTE));
  if (right) write_again(&image);
  ae_tensor_clear(&image);
  return right;
}

static uint64_t get_u32(const uint8_t *p) {
  return (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3];
}

/* Not those of so many pixels that each takes milliseconds; of more than MANY, which no input is
 * long enough for, the header is refused. */
FUZZ(png) {
  enum { SOME = 1 << 16, MANY = 1 << 26 };
  const uint64_t pixels = size >= 24 ? get_u32(data + 16) * get_u32(data + 20) : 0;
  if (pixels <= SOME || pixels > MANY) read_picture(data, size);
}

/* ---- files that are right ---- */

static void put_chunk(fuzz_buffer *to, const char *type, const uint8_t *data, size_t n) {
  const size_t begin = to->used;
  fuzz_put_high(to, n, 4);
  fuzz_put(to, type, 4);
  fuzz_put(to, data, n);
  if (to->used - begin == n + 8)
    fuzz_put_high(to, crc32(crc32(0, NULL, 0), to->data + begin + 4, (uInt)n + 4), 4);
}

static void put_header(fuzz_buffer *to, fuzz_bytes *in) {
  static const uint8_t depths[8] = {8, 1, 2, 4, 16, 8, 8, 3}, colours[8] = {0, 2, 3, 4, 6, 0, 3, 1};
  const unsigned how = fuzz_byte(in);
  fuzz_buffer header = {.used = 0};
  fuzz_put_high(&header, fuzz_byte(in), 4);
  fuzz_put_high(&header, fuzz_byte(in), 4);
  fuzz_put_high(&header, depths[how & 7], 1);
  fuzz_put_high(&header, colours[how >> 3 & 7], 1);
  fuzz_put_high(&header, 0, 2);
  fuzz_put_high(&header, how >> 6 == 3, 1);
  put_chunk(to, "IHDR", header.data, header.used);
}

/* The rows, compressed, in chunks of `step` bytes. */
static void put_rows(fuzz_buffer *to, const fuzz_bytes *in, size_t step) {
  static fuzz_buffer packed;
  packed.used = 0;
  fuzz_deflate(&packed, in->at, in->left, step & 1, 15);
  for (size_t at = 0, n; at < packed.used; at += n) {
    n = packed.used - at < step ? packed.used - at : step;
    put_chunk(to, "IDAT", packed.data + at, n);
  }
}

FUZZ(rows) {
  static fuzz_buffer file;
  fuzz_bytes in = {data, size};
  file.used = 0;
  fuzz_put(&file, "\x89PNG\r\n\x1a\n", 8);
  put_header(&file, &in);
  size_t colours = fuzz_byte(&in);
  const uint8_t *palette = fuzz_take(&in, &colours);
  if (colours > 0) put_chunk(&file, "PLTE", palette, colours);
  put_rows(&file, &in, fuzz_byte(&in) + 1);
  put_chunk(&file, "IEND", palette, 0);
  read_picture(file.data, file.used);
}
