/* TensorBoard's event file, against the published vector and an independent decoding. */
#include "files.h"
#include "io/io.h"

static const unsigned char first[] = {0x18, 0,    0,    0,   0,   0,   0,    0,    0xa3, 0x7f,
                                      0x4b, 0x22, 0x09, 0,   0,   0,   0,    0,    0,    0xf0,
                                      0x3f, 0x1a, 0x0d, 'b', 'r', 'a', 'i',  'n',  '.',  'E',
                                      'v',  'e',  'n',  't', ':', '2', 0x86, 0xbf, 0x57, 0x7a};

static ae_events *open_new(const char *path) {
  ae_events *e = NULL;
  remove(path);
  CHECK_OK(ae_events_open(&e, path, 1.0));
  return e;
}

TEST(the_checksum_is_castagnolis) {
  CHECK(aei_crc32c(0, "123456789", 9) == 0xE3069283);
  CHECK(aei_crc32c(aei_crc32c(0, "1234", 4), "56789", 5) == 0xE3069283);
  CHECK(aei_crc32c(0, NULL, 0) == 0);
}

TEST(the_first_event_and_a_scalar_byte_for_byte) {
  static const unsigned char event[] = {0x09, 0,    0,    0,    0,    0,    0,    0,    0x40,
                                        0x10, 0x03, 0x2a, 0x0d, 0x0a, 0x0b, 0x0a, 0x04, 'l',
                                        'o',  's',  's',  0x15, 0,    0,    0x00, 0x3f};
  const char *path = test_path("a.tfevents");
  unsigned char got[256];
  ae_events *e = open_new(path);
  if (!e) return;
  CHECK(file_is(path, first, sizeof first)); /* nothing is held back */
  CHECK_OK(ae_events_scalar(e, "loss", 3, 0.5, 2.0));
  CHECK_OK(ae_events_flush(e));
  ae_events_close(e);
  CHECK(get_file(path, got, sizeof got) == sizeof first + 12 + sizeof event + 4);
  CHECK(memcmp(got, first, sizeof first) == 0);
  CHECK(got[sizeof first] == sizeof event);
  CHECK(memcmp(got + sizeof first + 12, event, sizeof event) == 0);
  remove(path);
}

/* Reads `n` little-endian bytes. */
static uint64_t little(const unsigned char *p, int n) {
  uint64_t v = 0;
  while (n-- > 0) v = v << 8 | p[n];
  return v;
}

static uint32_t masked(const unsigned char *p, size_t n) {
  uint32_t crc = aei_crc32c(0, p, n);
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

TEST(an_image_stands_behind_its_head) {
  static const unsigned char want[] = {0x09, 0,    0,    0,    0,    0,    0,    0,
                                       0x40, /* wall_time 2.0 */
                                       0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, /* step -1 */
                                       0xFF, 0xFF, 0x01,                               /* */
                                       0x2a, 0xD8, 0x01,              /* summary of 216 bytes */
                                       0x0a, 0xD5, 0x01,              /* value of 213 bytes */
                                       0x0a, 0x01, 'w',               /* tag */
                                       0x22, 0xCF, 0x01,              /* image of 207 bytes */
                                       0x08, 0x1c, 0x10, 0x90, 0x03,  /* 28 high, 400 wide */
                                       0x18, 0x03, 0x22, 0xC5, 0x01}; /* RGB, 197 bytes of PNG */
  unsigned char png[197] = "\x89PNG\r\n\x1A\n", got[512];
  const char *path = test_path("b.tfevents");
  memset(png + 8, 'x', sizeof png - 8);
  ae_events *e = open_new(path);
  if (!e) return;
  CHECK_OK(ae_events_image(e, "w", -1, 28, 400, 3, png, sizeof png, 2.0));
  ae_events_close(e);
  size_t length = sizeof want + sizeof png;
  CHECK(get_file(path, got, sizeof got) == sizeof first + 12 + length + 4);
  const unsigned char *record = got + sizeof first;
  CHECK(little(record, 8) == length && little(record + 8, 4) == masked(record, 8));
  CHECK(memcmp(record + 12, want, sizeof want) == 0);
  CHECK(memcmp(record + 12 + sizeof want, png, sizeof png) == 0);
  CHECK(little(record + 12 + length, 4) == masked(record + 12, length));
  remove(path);
}

TEST(what_is_no_image_or_tag_is_refused) {
  static const char png[] = "\x89PNG\r\n\x1A\n";
  const char *path = test_path("c.tfevents");
  char tag[502];
  memset(tag, 'x', 501);
  tag[501] = '\0';
  ae_events *e = open_new(path);
  if (!e) return;
  CHECK_FAILS(ae_events_image(e, "w", 1, 0, 4, 1, png, 8, 2), AE_EARG, "0x4 pixels with 1 chan");
  CHECK_FAILS(ae_events_image(e, "w", 1, 4, 4, 2, png, 8, 2), AE_EARG, "4x4 pixels with 2 chan");
  CHECK_FAILS(ae_events_image(e, "w", 1, 4, 4, 1, png, 7, 2), AE_EARG, "7 bytes are no PNG");
  CHECK_FAILS(ae_events_image(e, "w", 1, 4, 4, 1, "GIF89a..", 8, 2), AE_EARG, "are no PNG");
  CHECK_FAILS(ae_events_image(e, "w", 1, 4, 4, 1, png, ((size_t)1 << 30) + 1, 2), AE_EARG,
              "an image of 1073741825 bytes, at most 2^30 are allowed");
  CHECK_FAILS(ae_events_scalar(e, tag, 1, 1, 2), AE_EARG, "a tag of 501 bytes, at most 500");
  CHECK_FAILS(ae_events_scalar(e, "\xFF", 1, 1, 2), AE_EARG, "is no UTF-8");
  CHECK(file_is(path, first, sizeof first));
  tag[500] = '\0';
  CHECK_OK(ae_events_image(e, tag, INT64_MIN, INT64_MAX, INT64_MAX, 4, png, 8, 2));
  ae_events_close(e);
  remove(path);
}

TEST(earlier_events_are_left_alone) {
  char path[128], second[136];
  snprintf(path, sizeof path, "%s", test_path("d.tfevents"));
  snprintf(second, sizeof second, "%s.1", path);
  put_file(path, "old", 3);
  ae_events *e = NULL;
  CHECK_OK(ae_events_open(&e, path, 1.0));
  ae_events_close(e);
  CHECK(file_holds(path, "old") && file_is(second, first, sizeof first));
  remove(path);
  remove(second);
  CHECK_FAILS(ae_events_open(&e, "/no-such-folder/x", 1.0), AE_EIO,
              "/no-such-folder/x: No such file");
}

TEST(a_record_that_does_not_fit_is_taken_back) {
  const char *path = test_path("e.tfevents");
  ae_events *e = open_new(path);
  if (!e) return;
  limit_files(sizeof first + 10);
  CHECK_FAILS(ae_events_scalar(e, "loss", 1, 1, 2), AE_EIO, "tfevents: No space left");
  limit_files(-1);
  CHECK(file_is(path, first, sizeof first));
  CHECK_OK(ae_events_scalar(e, "loss", 1, 1, 2));
  ae_events_close(e);
  CHECK(get_file(path, (char[200]){0}, 200) == sizeof first + 12 + 26 + 4);
  remove(path);
}
