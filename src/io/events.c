/* events.c - TensorBoard's event files: scalars that a dashboard can draw.
 *
 *   record: u64 length | u32 masked CRC-32C of the length | data | u32 masked CRC-32C of the data
 *   data: protobuf Event{1 double wall_time, 2 int64 step, 3 string file_version, 5 Summary}
 */
#include "io/io.h"

#include <errno.h>
#include <string.h>

struct ae_events {
  FILE *file;
  char *path;
};

static uint32_t crc32c(const uint8_t *data, size_t n) {
  uint32_t crc = 0xFFFFFFFF;
  for (size_t i = 0; i < n; i++) {
    crc ^= data[i];
    for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (0x82F63B78 & (0u - (crc & 1)));
  }
  return ~crc;
}

static void put_little(uint8_t *out, uint64_t v, int bytes) {
  for (int k = 0; k < bytes; k++) out[k] = (uint8_t)(v >> 8 * k);
}

static void put_masked_crc(uint8_t *out, const uint8_t *data, size_t n) {
  uint32_t crc = crc32c(data, n);
  put_little(out, (crc >> 15 | crc << 17) + 0xA282EAD8u, 4);
}

/* ---- protobuf ---- */

enum { CAPACITY = 1024 };

typedef struct message {
  uint8_t data[CAPACITY];
  size_t used;
} message;

static void put_varint(message *m, uint64_t v) {
  for (; v >= 0x80; v >>= 7) m->data[m->used++] = (uint8_t)(v | 0x80);
  m->data[m->used++] = (uint8_t)v;
}

static void put_bytes(message *m, int field, const void *data, size_t n) {
  put_varint(m, (uint64_t)field << 3 | 2);
  put_varint(m, n);
  memcpy(m->data + m->used, data, n);
  m->used += n;
}

static void put_double(message *m, int field, double v) {
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  put_varint(m, (uint64_t)field << 3 | 1);
  put_little(m->data + m->used, bits, 8);
  m->used += 8;
}

static void put_float(message *m, int field, float v) {
  uint32_t bits;
  memcpy(&bits, &v, sizeof bits);
  put_varint(m, (uint64_t)field << 3 | 5);
  put_little(m->data + m->used, bits, 4);
  m->used += 4;
}

static ae_status write_record(ae_events *e, const message *m) {
  uint8_t head[12], tail[4];
  put_little(head, m->used, 8);
  put_masked_crc(head + 8, head, 8);
  put_masked_crc(tail, m->data, m->used);
  if (fwrite(head, 1, 12, e->file) == 12 && fwrite(m->data, 1, m->used, e->file) == m->used &&
      fwrite(tail, 1, 4, e->file) == 4)
    return AE_OK;
  return aei_fail(AE_EIO, "%s: %s", e->path, strerror(errno));
}

/* ---- the interface ---- */

ae_status ae_events_open(ae_events **out, const char *path, double wall_time) {
  ae_events *e = aei_calloc(sizeof *e);
  if (!e) return AE_EMEM;
  e->path = aei_strdup(path);
  ae_status status = e->path ? AE_OK : AE_EMEM;
  if (status == AE_OK && !(e->file = fopen(path, "wb")))
    status = aei_fail(AE_EIO, "%s: %s", path, strerror(errno));
  if (status == AE_OK) {
    message m = {.used = 0};
    put_double(&m, 1, wall_time);
    put_bytes(&m, 3, "brain.Event:2", 13);
    status = write_record(e, &m);
  }
  if (status != AE_OK) return ae_events_close(e), status;
  *out = e;
  return AE_OK;
}

ae_status ae_events_scalar(ae_events *e, const char *tag, int64_t step, double value,
                           double wall_time) {
  if (strlen(tag) > CAPACITY / 2)
    return aei_fail(AE_EARG, "%s: a tag of %zu characters", e->path, strlen(tag));
  message v = {.used = 0}, summary = {.used = 0}, event = {.used = 0};
  put_bytes(&v, 1, tag, strlen(tag));
  put_float(&v, 2, (float)value);
  put_bytes(&summary, 1, v.data, v.used);
  put_double(&event, 1, wall_time);
  put_varint(&event, 2 << 3);
  put_varint(&event, (uint64_t)step);
  put_bytes(&event, 5, summary.data, summary.used);
  return write_record(e, &event);
}

ae_status ae_events_flush(ae_events *e) {
  return fflush(e->file) == 0 ? AE_OK : aei_fail(AE_EIO, "%s: %s", e->path, strerror(errno));
}

void ae_events_close(ae_events *e) {
  if (!e) return;
  if (e->file) fclose(e->file);
  aei_free(e->path);
  aei_free(e);
}
