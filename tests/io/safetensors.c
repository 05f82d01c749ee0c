/* safetensors: the published vector, round trips, and every defect refused with its reason. */
#include "core/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "test.h"

#define path test_path("a.safetensors")

static void write_bytes(const void *data, size_t n) {
  FILE *f = fopen(path, "wb");
  CHECK(f && fwrite(data, 1, n, f) == n);
  if (f) fclose(f);
}

static size_t read_bytes(unsigned char *data, size_t capacity) {
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(data, 1, capacity, f) : 0;
  if (f) fclose(f);
  return n;
}

/* A file of the header text, padded to a multiple of 8, and `bytes` zero bytes of data. */
static void write_header(const char *header, size_t bytes) {
  unsigned char file[4096] = {0};
  size_t n = strlen(header), padded = (n + 7) / 8 * 8;
  for (int k = 0; k < 8; k++) file[k] = (unsigned char)(padded >> 8 * k);
  memset(file + 8, ' ', padded);
  memcpy(file + 8, header, n);
  write_bytes(file, 8 + padded + bytes);
}

static void check_refused(const char *header, size_t bytes, const char *reason) {
  size_t before = ae_memory_in_use();
  ae_safetensors *s = NULL;
  write_header(header, bytes);
  CHECK_FAILS(ae_safetensors_open(&s, path), AE_EFORMAT, reason);
  CHECK(s == NULL);
  CHECK(ae_memory_in_use() == before);
}

TEST(the_published_vector_byte_for_byte) {
  static const char want[] =
      "\x38\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}  "
      "\0\0\x80\x3f\0\0\0\x40";
  unsigned char got[100];
  ae_tensor *w = NULL;
  CHECK_OK(ae_tensor_new_sized(&w, AE_FLOAT, 1, (int64_t[]){2}));
  CHECK_OK(ae_put(w, (int64_t[]){0}, ae_from_double(1)));
  CHECK_OK(ae_put(w, (int64_t[]){1}, ae_from_double(2)));
  CHECK_OK(ae_safetensors_write(path, 1, &(ae_named_tensor){"w", w}, 0, NULL));
  CHECK(read_bytes(got, sizeof got) == 72 && memcmp(got, want, 72) == 0);
  ae_tensor_release(w);
}

TEST(round_trips_of_every_type_and_shape) {
  for (int type = 0; type < AE_NTYPES; type++) {
    ae_tensor *t = NULL, *back = NULL, *empty = NULL;
    ae_tensor turned = ae_tensor_local((ae_type)type);
    CHECK_OK(ae_tensor_new_sized(&t, (ae_type)type, 2, (int64_t[]){3, 5}));
    CHECK_OK(ae_tensor_new(&back, AE_FLOAT));
    CHECK_OK(ae_tensor_new(&empty, (ae_type)type));
    ae_generator g = {7, 0};
    CHECK_OK(ae_randint(t, &g, 0, 100));
    CHECK_OK(ae_transpose(&turned, t, 0, 1));
    const ae_named_tensor entries[] = {{"a.\"b\"\n", &turned}, {"empty", empty}, {"t", t}};
    const char *pairs[] = {"key", "text \\ \"quoted\"\t\xC3\xA9"}, *text = NULL;
    CHECK_OK(ae_safetensors_write(path, 3, entries, 1, pairs));
    ae_safetensors *s = NULL;
    CHECK_OK(ae_safetensors_open(&s, path));
    if (!s) return;
    CHECK(ae_safetensors_count(s) == 3 && strcmp(ae_safetensors_name(s, 0), "a.\"b\"\n") == 0);
    CHECK(strcmp(ae_safetensors_metadata(s, 0, &text), "key") == 0 && strcmp(text, pairs[1]) == 0);
    CHECK(ae_safetensors_metadata(s, 1, &text) == NULL);
    CHECK_OK(ae_safetensors_read(s, 0, back));
    CHECK(ae_equal(back, &turned));
    CHECK_OK(ae_safetensors_read(s, 1, back));
    CHECK(ae_nelement(back) == 0 && back->type == (ae_type)type);
    CHECK_OK(ae_safetensors_read(s, 2, back));
    CHECK(ae_equal(back, t));
    ae_safetensors_close(s);
    ae_tensor_clear(&turned);
    ae_tensor_release(t);
    ae_tensor_release(back);
    ae_tensor_release(empty);
  }
}

TEST(half_and_bfloat16_are_read_as_float) {
  static const char header[] =
      "{\"h\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]},"
      "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[8,12]}}";
  static const unsigned char data[] = {0x00, 0x3C, 0x01, 0x00, 0x00, 0xFC,
                                       0x55, 0xB5, 0x80, 0x3F, 0x20, 0xC1};
  unsigned char file[512] = {0};
  size_t n = strlen(header), padded = (n + 7) / 8 * 8;
  file[0] = (unsigned char)padded;
  memset(file + 8, ' ', padded);
  memcpy(file + 8, header, n);
  memcpy(file + 8 + padded, data, sizeof data);
  write_bytes(file, 8 + padded + sizeof data);
  ae_safetensors *s = NULL;
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new(&t, AE_FLOAT));
  CHECK_OK(ae_safetensors_open(&s, path));
  if (!s) return;
  CHECK_OK(ae_safetensors_read(s, 0, t));
  const float *v = ae_data(t);
  CHECK(v[0] == 1.0f && v[1] == 0x1p-24f && v[2] == -__builtin_inff());
  CHECK(v[3] == -0.333251953125f);
  CHECK_OK(ae_safetensors_read(s, 1, t));
  v = ae_data(t);
  CHECK(v[0] == 1.0f && v[1] == -10.0f);
  ae_safetensors_close(s);
  ae_tensor_release(t);
}

#define ENTRY(name, shape, offsets) \
  "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

TEST(every_defect_of_a_header_is_refused) {
  check_refused("[]", 0, "'{' expected");
  check_refused("{", 0, "expected");
  check_refused("{} x", 0, "more text");
  check_refused("{" ENTRY("w", "[2]", "[0,8]") "}", 7, "the tensors take 8 bytes");
  check_refused("{" ENTRY("w", "[2]", "[0,8]") "}", 9, "the tensors take 8 bytes");
  check_refused("{" ENTRY("w", "[2]", "[0,4]") "}", 4, "do not fit its shape");
  check_refused("{" ENTRY("w", "[2]", "[8,0]") "}", 8, "do not fit its shape");
  check_refused("{" ENTRY("w", "[2]", "[4,12]") "}", 12, "hole or overlap");
  check_refused("{" ENTRY("a", "[2]", "[0,8]") "," ENTRY("b", "[2]", "[4,12]") "}", 12, "overlap");
  check_refused("{" ENTRY("a", "[2]", "[0,8]") "," ENTRY("a", "[2]", "[8,16]") "}", 16, "twice");
  check_refused("{" ENTRY("w", "[4294967296,4294967296]", "[0,0]") "}", 0, "overflows");
  check_refused("{" ENTRY("w", "[99999999999999999999]", "[0,0]") "}", 0, "too large");
  check_refused("{" ENTRY("w", "[-1]", "[0,4]") "}", 4, "whole number");
  check_refused("{" ENTRY("w", "[1.5]", "[0,4]") "}", 4, "whole number");
  check_refused("{" ENTRY("w", "[01]", "[0,4]") "}", 4, "leading zero");
  check_refused("{" ENTRY("w", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "too many");
  check_refused("{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "is missing");
  check_refused("{\"w\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "C64");
  check_refused("{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0, "repeated");
  check_refused("{\"__metadata__\":{\"a\":1}}", 0, "'\"' expected");
  check_refused("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "twice");
  check_refused("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice");
  check_refused("{\"\xFF\":1}", 0, "no UTF-8");
  check_refused("{\"\\ud800\":1}", 0, "surrogate");
  check_refused("{\"\\u0000\":1}", 0, "NUL");
  check_refused("{\"\\x\":1}", 0, "escape");
  check_refused("{\"a\nb\":1}", 0, "control character");
}

TEST(a_file_cut_anywhere_is_refused) {
  unsigned char file[200];
  ae_tensor *w = NULL;
  CHECK_OK(ae_tensor_new_sized(&w, AE_DOUBLE, 1, (int64_t[]){3}));
  CHECK_OK(ae_fill(w, ae_from_double(1)));
  CHECK_OK(ae_safetensors_write(path, 1, &(ae_named_tensor){"w", w}, 0, NULL));
  size_t size = read_bytes(file, sizeof file);
  for (size_t n = 0; n < size; n++) {
    ae_safetensors *s = NULL;
    write_bytes(file, n);
    CHECK(ae_safetensors_open(&s, path) == AE_EFORMAT && s == NULL);
  }
  file[7] = 0xFF;
  write_bytes(file, size);
  ae_safetensors *s = NULL;
  CHECK_FAILS(ae_safetensors_open(&s, path), AE_EFORMAT, "2^63");
  file[7] = 0x7F;
  write_bytes(file, size);
  CHECK_FAILS(ae_safetensors_open(&s, path), AE_EFORMAT, "a header of");
  ae_tensor_release(w);
  remove(path);
}

TEST(a_failed_write_leaves_the_old_file) {
  unsigned char before[100], after[100];
  ae_tensor *w = NULL;
  CHECK_OK(ae_tensor_new_sized(&w, AE_FLOAT, 1, (int64_t[]){2}));
  CHECK_OK(ae_fill(w, ae_from_double(1)));
  const ae_named_tensor entry = {"w", w};
  CHECK_OK(ae_safetensors_write(path, 1, &entry, 0, NULL));
  size_t n = read_bytes(before, sizeof before);
  CHECK_FAILS(ae_safetensors_write("/tmp/no-such-folder/x", 1, &entry, 0, NULL), AE_EIO,
              "/tmp/no-such-folder/x: No such file");
  CHECK_FAILS(ae_safetensors_write("/tmp", 1, &entry, 0, NULL), AE_EIO, "/tmp: ");
  CHECK(read_bytes(after, sizeof after) == n && memcmp(before, after, n) == 0);
  ae_tensor_release(w);
  remove(path);
}
