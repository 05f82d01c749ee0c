/* png_read.c - reads PNG pictures (ISO/IEC 15948) that are not interlaced, as bytes.
 *
 *     signature  IHDR  [PLTE]  IDAT ... IDAT  IEND        a chunk: length, type, data, CRC
 *
 * The IDAT chunks' data, joined, are a zlib stream of rows; each row is the number of its filter
 * and packed samples. */
#include "io/io.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LARGEST = 1 << 30 }; /* bytes of the file, of the rows, and of the picture */

typedef struct reader {
  const char *path;
  uint8_t *file;  /* whole; the IDAT data are moved to its front */
  int64_t size;   /* of the file */
  int64_t packed; /* bytes of IDAT data */
  int64_t width, height;
  int depth;    /* bits of a sample */
  int samples;  /* of a pixel in the file: 1 to 4 */
  bool indexed; /* the sample is a place in the palette */
  int64_t ncolours;
  uint8_t palette[256][3];
  uint8_t *rows;     /* unpacked, each behind its filter's number */
  int64_t row_bytes; /* without that */
} reader;

static ae_status defect(const reader *r, const char *what) {
  return aei_fail(AE_EFORMAT, "%s: %s", r->path, what);
}

static uint32_t get_u32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* ---- chunks ---- */

static bool depth_fits(int colour, int depth) {
  bool small = depth == 1 || depth == 2 || depth == 4;
  if (colour == 0) return small || depth == 8 || depth == 16;
  if (colour == 3) return small || depth == 8;
  return depth == 8 || depth == 16;
}

static int channels_of(const reader *r) { return r->indexed ? 3 : r->samples; }

static ae_status read_header(reader *r, const uint8_t *data, int64_t n) {
  static const int samples_of[] = {1, 0, 3, 1, 2, 0, 4};
  if (n != 13) return defect(r, "a damaged header");
  uint32_t width = get_u32(data), height = get_u32(data + 4);
  int colour = data[9];
  r->depth = data[8];
  if (width == 0 || height == 0 || width > LARGEST || height > LARGEST)
    return aei_fail(AE_EFORMAT, "%s: announces %u x %u pixels", r->path, width, height);
  if (colour > 6 || samples_of[colour] == 0 || !depth_fits(colour, r->depth))
    return aei_fail(AE_EFORMAT, "%s: colour type %d with %d bits is not of PNG", r->path, colour,
                    r->depth);
  if (data[10] != 0 || data[11] != 0 || data[12] > 1) return defect(r, "an unknown method");
  if (data[12] == 1) return defect(r, "interlaced PNG files cannot be read");
  r->width = width;
  r->height = height;
  r->samples = samples_of[colour];
  r->indexed = colour == 3;
  r->row_bytes = (r->width * r->samples * r->depth + 7) / 8;
  if (r->row_bytes >= LARGEST / r->height || r->width * channels_of(r) > LARGEST / r->height)
    return aei_fail(AE_EFORMAT, "%s: announces %u x %u pixels, too many", r->path, width, height);
  return AE_OK;
}

static ae_status read_palette(reader *r, const uint8_t *data, int64_t n) {
  if (n % 3 != 0 || n == 0 || n > 768) return defect(r, "a damaged palette");
  r->ncolours = n / 3;
  memcpy(r->palette, data, (size_t)n);
  return AE_OK;
}

/* Takes a chunk; *ended [out]: it was the last. */
static ae_status take_chunk(reader *r, const uint8_t *type, const uint8_t *data, int64_t n,
                            bool *ended) {
  bool first = r->width == 0, header = memcmp(type, "IHDR", 4) == 0;
  if (first != header) return defect(r, "no PNG file: its header is not first");
  if (header) return read_header(r, data, n);
  if (memcmp(type, "PLTE", 4) == 0) return read_palette(r, data, n);
  *ended = memcmp(type, "IEND", 4) == 0;
  if (memcmp(type, "IDAT", 4) == 0) {
    memmove(r->file + r->packed, data, (size_t)n); /* may overwrite type */
    r->packed += n;
  } else if (!*ended && !(type[0] & 0x20)) {
    return aei_fail(AE_EFORMAT, "%s: an unknown chunk %.4s that may not be left out", r->path,
                    (const char *)type);
  }
  return AE_OK;
}

static ae_status read_chunks(reader *r) {
  static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  if (r->size < 8 || memcmp(r->file, signature, 8) != 0) return defect(r, "not a PNG file");
  bool ended = false;
  for (int64_t at = 8; !ended;) {
    if (r->size - at < 12) return defect(r, "it is cut short");
    const uint8_t *chunk = r->file + at;
    int64_t n = get_u32(chunk);
    if (n > r->size - at - 12) return defect(r, "it is cut short");
    if (crc32(crc32(0, NULL, 0), chunk + 4, (uInt)(n + 4)) != get_u32(chunk + 8 + n))
      return defect(r, "a wrong checksum");
    AEI_TRY(take_chunk(r, chunk + 4, chunk + 8, n, &ended));
    at += n + 12;
  }
  return r->indexed && r->ncolours == 0 ? defect(r, "it has no palette") : AE_OK;
}

/* ---- rows ---- */

/* All of the packed bytes into r->rows, which has room for n; a zlib code, Z_OK when they fit. */
static int inflate_rows(const reader *r, size_t n) {
  z_stream stream = {.next_in = r->file,
                     .avail_in = (uInt)r->packed,
                     .next_out = r->rows,
                     .avail_out = (uInt)n,
                     .zalloc = aei_alloc_items,
                     .zfree = aei_free_items};
  int code = inflateInit(&stream);
  if (code == Z_OK) code = inflate(&stream, Z_FINISH);
  const bool whole = code == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  return whole ? Z_OK : code == Z_MEM_ERROR ? code : Z_DATA_ERROR;
}

/* zlib makes no more than about 1032 bytes of one: a bound on what a header may announce. */
static ae_status unpack(reader *r) {
  const size_t want = (size_t)(r->height * (r->row_bytes + 1));
  if (want / 1100 > (size_t)r->packed) return defect(r, "its pixels are cut short");
  r->rows = aei_alloc(want);
  if (!r->rows) return AE_EMEM;
  const int code = inflate_rows(r, want);
  if (code == Z_MEM_ERROR) return AE_EMEM;
  if (code != Z_OK) return defect(r, "its pixels are damaged");
  return AE_OK;
}

/* The neighbour nearest to left + up - corner. */
static int paeth(int left, int up, int corner) {
  int dl = abs(up - corner), du = abs(left - corner), dc = abs(left + up - 2 * corner);
  return dl <= du && dl <= dc ? left : du <= dc ? up : corner;
}

/* Undoes the filter of a row; above is NULL for the first; `pixel` bytes lie between neighbours. */
static void unfilter_row(int filter, uint8_t *row, const uint8_t *above, int64_t n, int64_t pixel) {
  for (int64_t i = 0; i < n; i++) {
    int left = i >= pixel ? row[i - pixel] : 0, up = above ? above[i] : 0;
    int corner = above && i >= pixel ? above[i - pixel] : 0;
    int guess = filter == 1   ? left
                : filter == 2 ? up
                : filter == 3 ? (left + up) / 2
                : filter == 4 ? paeth(left, up, corner)
                              : 0;
    row[i] = (uint8_t)(row[i] + guess);
  }
}

static ae_status unfilter(reader *r) {
  int64_t bits = (int64_t)r->samples * r->depth, pixel = bits < 8 ? 1 : bits / 8;
  uint8_t *above = NULL;
  for (int64_t y = 0; y < r->height; y++) {
    uint8_t *row = r->rows + y * (r->row_bytes + 1);
    if (row[0] > 4) return defect(r, "its pixels are damaged");
    unfilter_row(row[0], row + 1, above, r->row_bytes, pixel);
    above = row + 1;
  }
  return AE_OK;
}

/* ---- pixels ---- */

/* Sample i of a row, 0 to 255; places in a palette as they are. */
static uint8_t sample(const reader *r, const uint8_t *row, int64_t i) {
  if (r->depth == 8) return row[i];
  if (r->depth == 16) return row[2 * i];
  int per_byte = 8 / r->depth, largest = (1 << r->depth) - 1;
  int shift = 8 - r->depth * ((int)(i % per_byte) + 1);
  int value = row[i / per_byte] >> shift & largest;
  return (uint8_t)(r->indexed ? value : value * 255 / largest);
}

static ae_status fill_row(const reader *r, const uint8_t *row, int64_t y, uint8_t *out) {
  int64_t plane = r->width * r->height;
  for (int64_t x = 0; x < r->width; x++) {
    uint8_t *at = out + y * r->width + x;
    for (int k = 0; k < r->samples; k++) at[k * plane] = sample(r, row, x * r->samples + k);
    if (!r->indexed) continue;
    int place = at[0];
    if (place >= r->ncolours) return defect(r, "a colour that is not in its palette");
    for (int k = 0; k < 3; k++) at[k * plane] = r->palette[place][k];
  }
  return AE_OK;
}

static ae_status fill(const reader *r, ae_tensor *image) {
  AEI_TRY(aei_prepare(image, AE_BYTE, 3, (int64_t[]){channels_of(r), r->height, r->width}));
  uint8_t *out = (uint8_t *)image->storage->data + image->offset;
  for (int64_t y = 0; y < r->height; y++)
    AEI_TRY(fill_row(r, r->rows + y * (r->row_bytes + 1) + 1, y, out));
  return AE_OK;
}

/* ---- the file ---- */

static ae_status load(reader *r) {
  aei_input in;
  AEI_TRY(aei_input_open(&in, r->path));
  r->size = in.size;
  ae_status status = AE_OK;
  if (in.size > LARGEST) status = defect(r, "too large");
  if (status == AE_OK && !(r->file = aei_alloc((size_t)in.size + 1))) status = AE_EMEM;
  if (status == AE_OK) status = aei_input_read(&in, r->file, (size_t)in.size, 0);
  aei_input_close(&in);
  return status;
}

static ae_status decode(reader *r, ae_tensor *image) {
  AEI_TRY(load(r));
  AEI_TRY(read_chunks(r));
  AEI_TRY(unpack(r));
  AEI_TRY(unfilter(r));
  return fill(r, image);
}

ae_status ae_png_read(ae_tensor *image, const char *path) {
  reader r = {.path = path};
  ae_tensor fresh = ae_tensor_local(AE_BYTE);
  ae_status status = decode(&r, &fresh);
  if (status == AE_OK) status = ae_convert(image, &fresh);
  ae_tensor_clear(&fresh);
  aei_free(r.rows);
  aei_free(r.file);
  return status;
}
