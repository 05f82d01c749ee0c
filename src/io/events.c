/* events.c - TensorBoard's event files: scalars and images that a dashboard shows.
 *
 *   record: u64 length | u32 masked CRC-32C of the length | data | u32 masked CRC-32C of the data
 *
 * The data are protobuf messages, numbers before the colons being field numbers:
 *
 *   Event   {1: double wall_time, 2: int64 step, 3: string file_version, 5: Summary}
 *   Summary {1: Value}
 *   Value   {1: string tag, 2: float simple_value, 4: Image}
 *   Image   {1: height, 2: width, 3: colorspace, 4: bytes of a PNG file}
 *
 * What is largest stands last at every level, so a record is a small head and, behind it, bytes
 * that are the caller's. */
#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct ae_events {
  int fd;
  char *path;
  int64_t size; /* bytes of whole records */
};

/* ---- protobuf ---- */

/* Besides a tag, the deepest message holds less than 128 bytes of keys, lengths and numbers. */
enum { TAG_LIMIT = 500, CAPACITY = TAG_LIMIT + 128 };

typedef struct message {
  uint8_t data[CAPACITY];
  size_t used;
} message;

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 }; /* wire types */

static void put_little(uint8_t *out, uint64_t v, int bytes) {
  for (int k = 0; k < bytes; k++) out[k] = (uint8_t)(v >> 8 * k);
}

static void put_varint(message *m, uint64_t v) {
  for (; v >= 0x80; v >>= 7) m->data[m->used++] = (uint8_t)(v | 0x80);
  m->data[m->used++] = (uint8_t)v;
}

static void put_key(message *m, int field, int wire_type) {
  put_varint(m, (uint64_t)field << 3 | (uint64_t)wire_type);
}

static void put_integer(message *m, int field, int64_t v) {
  put_key(m, field, VARINT);
  put_varint(m, (uint64_t)v);
}

/* The last `outside` bytes of the n are not here: they follow the whole message. */
static void put_bytes(message *m, int field, const void *data, size_t n, size_t outside) {
  put_key(m, field, BYTES);
  put_varint(m, n);
  memcpy(m->data + m->used, data, n - outside);
  m->used += n - outside;
}

static void put_message(message *m, int field, const message *inner, size_t outside) {
  put_bytes(m, field, inner->data, inner->used + outside, outside);
}

static void put_double(message *m, int field, double v) {
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  put_key(m, field, FIXED64);
  put_little(m->data + m->used, bits, 8);
  m->used += 8;
}

static void put_float(message *m, int field, float v) {
  uint32_t bits;
  memcpy(&bits, &v, sizeof bits);
  put_key(m, field, FIXED32);
  put_little(m->data + m->used, bits, 4);
  m->used += 4;
}

/* ---- records ---- */

static void put_masked(uint8_t *out, uint32_t crc) {
  put_little(out, (crc >> 15 | crc << 17) + 0xA282EAD8u, 4);
}

/* One write; what a full disk took of it is taken back, so that the records before stay readable
 * and others can follow. */
static ae_status write_record(ae_events *e, const message *m, const void *outside, size_t n) {
  uint8_t head[12], tail[4];
  put_little(head, m->used + n, 8);
  put_masked(head + 8, aei_crc32c(0, head, 8));
  put_masked(tail, aei_crc32c(aei_crc32c(0, m->data, m->used), outside, n));
  struct iovec piece[] = {
      {head, sizeof head}, {(void *)m->data, m->used}, {(void *)outside, n}, {tail, sizeof tail}};
  ssize_t size = (ssize_t)(sizeof head + m->used + n + sizeof tail);
  ssize_t written = aei_file_write(e->fd, piece, 4);
  if (written == size) return e->size += size, AE_OK;
  if (written >= 0) errno = ENOSPC;
  ae_status status = aei_refused(e->path);
  if (written > 0 && ftruncate(e->fd, e->size) != 0)
    return aei_prefix(status, "half a record is left in the file");
  return status;
}

static ae_status write_event(ae_events *e, int64_t step, double wall_time, const message *value,
                             const void *outside, size_t n) {
  message summary = {.used = 0}, event = {.used = 0};
  put_message(&summary, 1, value, n);
  put_double(&event, 1, wall_time);
  put_integer(&event, 2, step);
  put_message(&event, 5, &summary, n);
  return write_record(e, &event, outside, n);
}

static ae_status put_tag(const ae_events *e, message *value, const char *tag) {
  size_t n = strlen(tag);
  if (n > TAG_LIMIT)
    return aei_fail(AE_EARG, "%s: a tag of %zu bytes, at most %d are allowed", e->path, n,
                    TAG_LIMIT);
  if (!aei_is_utf8(tag)) return aei_fail(AE_EARG, "%s: tag \"%s\" is no UTF-8", e->path, tag);
  put_bytes(value, 1, tag, n, 0);
  return AE_OK;
}

/* ---- the interface ---- */

/* path, or path.1, path.2, ...: the first that does not exist. */
static ae_status create(ae_events *e, const char *path) {
  size_t size = strlen(path) + 16;
  e->path = aei_alloc(size);
  if (!e->path) return AE_EMEM;
  snprintf(e->path, size, "%s", path);
  for (int i = 1; i < 10000; i++) {
    AEI_TRY(ae_fence_check(e->path, AE_FILE_WRITE));
    e->fd = aei_file_open(e->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
    if (e->fd >= 0) return AE_OK;
    if (errno != EEXIST) break;
    snprintf(e->path, size, "%s.%d", path, i);
  }
  return aei_refused(path);
}

ae_status ae_events_open(ae_events **out, const char *path, double wall_time) {
  ae_events *e = aei_calloc(sizeof *e);
  if (!e) return AE_EMEM;
  e->fd = -1;
  ae_status status = create(e, path);
  if (status == AE_OK) {
    message event = {.used = 0};
    put_double(&event, 1, wall_time);
    put_bytes(&event, 3, "brain.Event:2", 13, 0);
    status = write_record(e, &event, NULL, 0);
  }
  if (status != AE_OK) return ae_events_close(e), status;
  *out = e;
  return AE_OK;
}

ae_status ae_events_scalar(ae_events *e, const char *tag, int64_t step, double value,
                           double wall_time) {
  message v = {.used = 0};
  AEI_TRY(put_tag(e, &v, tag));
  put_float(&v, 2, (float)value);
  return write_event(e, step, wall_time, &v, NULL, 0);
}

static ae_status check_image(const ae_events *e, int64_t height, int64_t width, int channels,
                             const void *png, size_t n) {
  if (height < 1 || width < 1 || (channels != 1 && channels != 3 && channels != 4))
    return aei_fail(AE_EARG, "%s: an image of %lldx%lld pixels with %d channels", e->path,
                    (long long)height, (long long)width, channels);
  if (n < 8 || memcmp(png, "\x89PNG\r\n\x1A\n", 8) != 0)
    return aei_fail(AE_EARG, "%s: the image's %zu bytes are no PNG", e->path, n);
  if (n > 1 << 30)
    return aei_fail(AE_EARG, "%s: an image of %zu bytes, at most 2^30 are allowed", e->path, n);
  return AE_OK;
}

ae_status ae_events_image(ae_events *e, const char *tag, int64_t step, int64_t height,
                          int64_t width, int channels, const void *png, size_t n,
                          double wall_time) {
  message image = {.used = 0}, v = {.used = 0};
  AEI_TRY(check_image(e, height, width, channels, png, n));
  AEI_TRY(put_tag(e, &v, tag));
  put_integer(&image, 1, height);
  put_integer(&image, 2, width);
  put_integer(&image, 3, channels);
  put_bytes(&image, 4, png, n, n);
  put_message(&v, 4, &image, n);
  return write_event(e, step, wall_time, &v, png, n);
}

ae_status ae_events_flush(ae_events *e) { return aei_file_sync(e->fd, e->path); }

void ae_events_close(ae_events *e) {
  if (!e) return;
  if (e->fd >= 0) close(e->fd);
  aei_free(e->path);
  aei_free(e);
}
