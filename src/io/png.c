/* png.c - writes 8-bit grey and RGB pictures as PNG (ISO/IEC 15948); zlib compresses. */
#include "io/draw.h"
#include "io/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct picture {
  int64_t height, width;
  int channels;   /* 1 or 3 */
  uint8_t *pixel; /* (height, width, channels) */
} picture;

enum { LARGEST = 1 << 30 }; /* bytes of pixels, so that they fit one chunk */

/* ---- pixels as bytes ---- */

static ae_status measure(picture *p, const ae_tensor *t) {
  AEI_TRY(aei_picture_check("png", t));
  p->height = t->size[t->ndim - 2];
  p->width = t->size[t->ndim - 1];
  p->channels = t->ndim == 3 ? (int)t->size[0] : 1;
  if (p->height > LARGEST || p->width > LARGEST ||
      p->height * (p->width * p->channels + 1) > LARGEST)
    return aei_fail(AE_EARG, "png: a picture of %s pixels is too large", AEI_SHAPE(t));
  return AE_OK;
}

/* The planes of a contiguous tensor, interleaved. */
static void interleave(const picture *p, const ae_tensor *t) {
  int64_t plane = p->height * p->width;
  for (int k = 0; k < p->channels; k++)
    for (int64_t i = 0; i < plane; i++)
      p->pixel[i * p->channels + k] = aei_picture_level(t, k * plane + i);
}

/* ---- filters ---- */

enum { FILTERS = 3 }; /* none, left neighbour, upper neighbour */

/* One row behind its filter's number; returns the sum of absolute differences, which predicts the
 * compressed size. */
static int64_t filter_row(uint8_t *out, int filter, const uint8_t *row, const uint8_t *above,
                          int64_t n, int channels) {
  int64_t sum = 0;
  *out++ = (uint8_t)filter;
  for (int64_t i = 0; i < n; i++) {
    uint8_t left = i >= channels ? row[i - channels] : 0, up = above ? above[i] : 0;
    out[i] = (uint8_t)(row[i] - (filter == 1 ? left : filter == 2 ? up : 0));
    sum += abs((int8_t)out[i]);
  }
  return sum;
}

static void filter_rows(const picture *p, uint8_t *out) {
  int64_t n = p->width * p->channels;
  for (int64_t y = 0; y < p->height; y++, out += n + 1) {
    const uint8_t *row = p->pixel + y * n, *above = y > 0 ? row - n : NULL;
    int best = 0;
    int64_t least = INT64_MAX;
    for (int f = 0; f < FILTERS; f++) {
      int64_t sum = filter_row(out, f, row, above, n, p->channels);
      if (sum < least) least = sum, best = f;
    }
    filter_row(out, best, row, above, n, p->channels);
  }
}

/* ---- the file ---- */

static void put_u32(uint8_t *out, uint32_t v) {
  for (int k = 0; k < 4; k++) out[k] = (uint8_t)(v >> (24 - 8 * k));
}

/* A chunk: length, type, data (not NULL), CRC of type and data. */
static bool write_chunk(FILE *f, const char *type, const uint8_t *data, size_t n) {
  uint8_t head[8], tail[4];
  put_u32(head, (uint32_t)n);
  memcpy(head + 4, type, 4);
  put_u32(tail, (uint32_t)crc32(crc32(0, head + 4, 4), data, (uInt)n));
  return fwrite(head, 1, 8, f) == 8 && fwrite(data, 1, n, f) == n && fwrite(tail, 1, 4, f) == 4;
}

static bool write_chunks(FILE *f, const picture *p, const uint8_t *packed, size_t n) {
  static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  uint8_t header[13] = {0};
  put_u32(header, (uint32_t)p->width);
  put_u32(header + 4, (uint32_t)p->height);
  header[8] = 8;
  header[9] = p->channels == 3 ? 2 : 0;
  return fwrite(signature, 1, 8, f) == 8 && write_chunk(f, "IHDR", header, sizeof header) &&
         write_chunk(f, "IDAT", packed, n) && write_chunk(f, "IEND", header, 0);
}

static ae_status write_file(const char *path, const picture *p, const uint8_t *packed, size_t n) {
  aei_output o;
  AEI_TRY(aei_output_begin(&o, path));
  ae_status status = AE_OK;
  if (!write_chunks(o.file, p, packed, n))
    status = aei_fail(AE_EIO, "%s: %s", path, strerror(errno));
  return aei_output_end(&o, status);
}

/* Filters, compresses and writes; filtered and packed have room for it. */
static ae_status encode(const char *path, const picture *p, uint8_t *filtered, size_t raw,
                        uint8_t *packed, uLongf n) {
  filter_rows(p, filtered);
  if (compress2(packed, &n, filtered, (uLong)raw, 6) != Z_OK)
    return aei_fail(AE_EMEM, "%s: zlib cannot compress the picture", path);
  return write_file(path, p, packed, n);
}

ae_status ae_png_write(const char *path, const ae_tensor *image) {
  picture p;
  AEI_TRY(measure(&p, image));
  ae_tensor copy = ae_tensor_local(image->type);
  const ae_tensor *t;
  AEI_TRY(aei_contiguous(&t, image, &copy));
  size_t raw = (size_t)(p.height * (p.width * p.channels + 1));
  uLongf n = compressBound((uLong)raw);
  uint8_t *filtered = aei_alloc(raw), *packed = aei_alloc(n);
  p.pixel = aei_alloc(raw);
  ae_status status = AE_EMEM;
  if (filtered && packed && p.pixel) {
    interleave(&p, t);
    status = encode(path, &p, filtered, raw, packed, n);
  }
  aei_free(p.pixel);
  aei_free(filtered);
  aei_free(packed);
  ae_tensor_clear(&copy);
  return status;
}
