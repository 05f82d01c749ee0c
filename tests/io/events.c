/* TensorBoard's event file, against the published vector. */
#include "core/core.h"

#include <stdio.h>
#include "test.h"

TEST(the_first_event_byte_for_byte_and_a_scalar) {
  const char *path = test_path("a.tfevents");
  static const unsigned char first[] = {0x18, 0,    0,    0,   0,   0,   0,    0,    0xa3, 0x7f,
                                        0x4b, 0x22, 0x09, 0,   0,   0,   0,    0,    0,    0xf0,
                                        0x3f, 0x1a, 0x0d, 'b', 'r', 'a', 'i',  'n',  '.',  'E',
                                        'v',  'e',  'n',  't', ':', '2', 0x86, 0xbf, 0x57, 0x7a};
  static const unsigned char event[] = {0x09, 0,    0,    0,    0,    0,    0,    0,    0x40,
                                        0x10, 0x03, 0x2a, 0x0d, 0x0a, 0x0b, 0x0a, 0x04, 'l',
                                        'o',  's',  's',  0x15, 0,    0,    0x00, 0x3f};
  unsigned char got[256];
  ae_events *e = NULL;
  CHECK_OK(ae_events_open(&e, path, 1.0));
  if (!e) return;
  CHECK_OK(ae_events_scalar(e, "loss", 3, 0.5, 2.0));
  CHECK_OK(ae_events_flush(e));
  ae_events_close(e);
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(got, 1, sizeof got, f) : 0;
  if (f) fclose(f);
  CHECK(n == sizeof first + 12 + sizeof event + 4);
  CHECK(memcmp(got, first, sizeof first) == 0);
  CHECK(memcmp(got + sizeof first + 12, event, sizeof event) == 0);
  CHECK_FAILS(ae_events_open(&e, "/tmp/no-such-folder/x", 1.0), AE_EIO, "No such file");
  remove(path);
}
