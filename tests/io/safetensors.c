/* Reading safetensors: every form of a header, every defect refused with its reason. */
#include "engine.h"
#include "files.h"

#define path test_path("a.safetensors")

/* ---- making files ---- */

/* A file of n bytes of header, padded with spaces to a multiple of 8, and of data. */
static void put_parts(const char *header, size_t n, const void *data, size_t size) {
  size_t padded = (n + 7) / 8 * 8;
  char *file = malloc(8 + padded + size);
  for (int k = 0; k < 8; k++) file[k] = (char)(padded >> 8 * k);
  memset(file + 8, ' ', padded);
  memcpy(file + 8, header, n);
  memcpy(file + 8 + padded, data, size);
  put_file(path, file, 8 + padded + size);
  free(file);
}

static void check_refused_bytes(const char *header, size_t n, size_t bytes, const char *reason) {
  static const char zeros[64];
  size_t before = ae_memory_in_use();
  ae_safetensors *s = NULL;
  put_parts(header, n, zeros, bytes);
  CHECK_FAILS(ae_safetensors_open(&s, path), AE_EFORMAT, reason);
  CHECK(strstr(ae_error(), "a.safetensors: "));
  CHECK(s == NULL);
  CHECK(ae_memory_in_use() == before);
}
/* The header, with `bytes` zero bytes of data, is refused with a message that has the reason. */
static void check_refused(const char *header, size_t bytes, const char *reason) {
  check_refused_bytes(header, strlen(header), bytes, reason);
}

#define FIELDS(dtype, shape, offsets) \
  "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define ENTRY(name, shape, offsets) "\"" name "\":" FIELDS("F32", shape, offsets)

TEST(tensors_without_elements_and_single_numbers) {
  ae_tensor *none = NULL, *back = NULL, empty = ae_tensor_local(AE_LONG);
  CHECK_OK(ae_tensor_new_sized(&none, AE_DOUBLE, 3, (int64_t[]){2, 0, 3}));
  CHECK_OK(ae_tensor_new(&back, AE_FLOAT));
  const ae_named_tensor entries[] = {{"none", none}, {"empty", &empty}};
  ae_safetensors *s = NULL;
  CHECK_OK(ae_safetensors_write(path, 2, entries, 0, NULL));
  CHECK_OK(ae_safetensors_open(&s, path));
  if (!s) return;
  CHECK_OK(ae_safetensors_read(s, 0, back));
  CHECK(back->type == AE_DOUBLE && ae_same_size(back, none));
  CHECK_OK(ae_safetensors_read(s, 1, back));
  CHECK(back->type == AE_LONG && back->ndim == 1 && back->size[0] == 0);
  ae_safetensors_close(s);

  static const char scalar[] = "{\"x\":" FIELDS("I64", "[]", "[0,8]") "}";
  const int64_t *size, value = -3;
  put_parts(scalar, strlen(scalar), &value, 8);
  CHECK_OK(ae_safetensors_open(&s, path));
  CHECK(ae_safetensors_shape(s, 0, &size) == 0);
  CHECK_OK(ae_safetensors_read(s, 0, back));
  CHECK(back->type == AE_LONG);
  CHECK_TENSOR(back, 0, -3);
  ae_safetensors_close(s);
  ae_tensor_release(none);
  ae_tensor_release(back);
  remove(path);
}

TEST(half_and_bfloat16_are_read_as_float) {
  static const char header[] =
      "{\"h\":" FIELDS("F16", "[8]", "[0,16]") ",\"b\":" FIELDS("BF16", "[2]", "[16,20]") "}";
  static const unsigned char data[] = {0x00, 0x3C, 0x01, 0x00, 0x00, 0xFC, 0x55, 0xB5, 0x00, 0x80,
                                       0xFF, 0x83, 0xFF, 0x7B, 0x00, 0x04, 0x80, 0x3F, 0x20, 0xC1};
  ae_safetensors *s = NULL;
  ae_tensor *t = NULL;
  put_parts(header, strlen(header), data, sizeof data);
  CHECK_OK(ae_tensor_new(&t, AE_BYTE));
  CHECK_OK(ae_safetensors_open(&s, path));
  if (!s) return;
  CHECK_OK(ae_safetensors_read(s, 0, t));
  CHECK(t->type == AE_FLOAT);
  const float want[] = {1,           0x1p-24f, -__builtin_inff(), -0.333251953125f, -0.0f,
                        -0x3FFp-24f, 65504,    0x1p-14f};
  CHECK(ae_nelement(t) == 8 && memcmp(ae_data(t), want, sizeof want) == 0);
  CHECK_OK(ae_safetensors_read(s, 1, t));
  CHECK_TENSOR(t, 0, 1, -10);
  ae_safetensors_close(s);
  ae_tensor_release(t);
  remove(path);
}

TEST(halves_are_read_piece_by_piece) {
  static const char header[] = "{\"h\":" FIELDS("F16", "[100,100]", "[0,20000]") "}";
  static uint16_t half[10000];
  for (int i = 0; i < 10000; i++) half[i] = (uint16_t)(0x3C00 + i % 1024); /* 1 + i / 1024 */
  ae_safetensors *s = NULL;
  ae_tensor *t = NULL;
  put_parts(header, strlen(header), half, sizeof half);
  CHECK_OK(ae_tensor_new(&t, AE_FLOAT));
  CHECK_OK(ae_safetensors_open(&s, path));
  if (!s) return;
  CHECK_OK(ae_safetensors_read(s, 0, t));
  for (int i = 0; i < 10000; i++) CHECK_NEAR(element(t, i), 1 + i % 1024 / 1024.0, 0);
  ae_safetensors_close(s);
  ae_tensor_release(t);
  remove(path);
}

TEST(white_space_and_escapes_are_read) {
  static const char header[] =
      "{ \"\\u0077\\u00e9\\u20ac\\ud83d\\ude00\\n\\/\" :\t{\"shape\":[ 1 , 1 ],\r\n"
      "\"data_offsets\":[0,4] , "
      "\"dtype\" : \"F32\"}, \"__metadata__\" : { } }";
  ae_safetensors *s = NULL;
  put_parts(header, strlen(header), "\0\0\0", 4);
  CHECK_OK(ae_safetensors_open(&s, path));
  if (s) CHECK(strcmp(ae_safetensors_name(s, 0), "w\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\n/") == 0);
  ae_safetensors_close(s);
  remove(path);
}

TEST(text_that_is_no_json_is_refused) {
  check_refused("", 0, "byte 0 of the header: '{' expected");
  check_refused("[]", 0, "byte 0 of the header: '{' expected");
  check_refused(" {}", 0, "byte 0 of the header: '{' expected");
  check_refused("{", 0, "byte 8 of the header: '\"' expected, the header ends");
  check_refused("{} x", 0, "byte 3 of the header: more text after the header's end");
  check_refused("{}\n", 0, "byte 2 of the header: more text");
  check_refused("{" ENTRY("w", "[1]", "[0,4]") ",}", 4, "'\"' expected, found '}'");
  check_refused("{\"w\" {}}", 0, "byte 5 of the header: ':' expected, found '{'");
  check_refused("{\"w\":[]}", 0, "byte 5 of the header: '{' expected, found '['");
  check_refused("{\"w\":{\"shape\":[[[[", 0, "byte 15 of the header: a whole number expected");
  check_refused("{\"w\":{\"shape\":[1 2]}}", 0, "',' expected, found '2'");
  check_refused("{\xFF", 0, "byte 1 of the header: '\"' expected, found byte 0xFF");
  check_refused_bytes("{\"a\":\0}", 7, 0, "byte 5 of the header: '{' expected, found byte 0x00");
}

TEST(strings_that_are_none_are_refused) {
  static const char *const utf8[] = {"\x80",         "\xC1\xBF",         "\xC3",
                                     "\xE0\x9F\xBF", "\xED\xA0\x80",     "\xF0\x8F\xBF\xBF",
                                     "\xFF",         "\xF4\x90\x80\x80", "\xE2\x82"};
  for (size_t i = 0; i < sizeof utf8 / sizeof *utf8; i++) {
    char header[32];
    snprintf(header, sizeof header, "{\"a%s\":1}", utf8[i]);
    check_refused(header, 0, "byte 3 of the header: bytes that are no UTF-8");
  }
  check_refused("{\"abc", 0, "a string without end");
  check_refused("{\"abcde\\", 0, "a string without end"); /* the header ends here */
  check_refused("{\"\\ud800\":1}", 0, "half a surrogate pair");
  check_refused("{\"\\ud800\\u0041\":1}", 0, "half a surrogate pair");
  check_refused("{\"\\udc00\":1}", 0, "half a surrogate pair");
  check_refused("{\"\\u00g0\":1}", 0, "four hexadecimal digits");
  check_refused("{\"\\u00", 0, "four hexadecimal digits");
  check_refused("{\"ab\\u00", 0, "four hexadecimal digits"); /* the header ends here */
  check_refused("{\"\\u0000\":1}", 0, "a NUL in a string");
  check_refused("{\"\\x\":1}", 0, "an unknown escape");
  check_refused("{\"a\nb\":1}", 0, "a control character in a string");
  check_refused_bytes("{\"a\0b\":1}", 9, 0, "a control character in a string");
}

TEST(ranges_that_do_not_fit_are_refused) {
  check_refused("{" ENTRY("w", "[2]", "[0,8]") "}", 7, "take 8 bytes and the file has 7");
  check_refused("{" ENTRY("w", "[2]", "[0,8]") "}", 9, "take 8 bytes and the file has 9");
  check_refused("{}", 1, "take 0 bytes and the file has 1");
  check_refused("{" ENTRY("w", "[2]", "[0,4]") "}", 4,
                "[0,4] do not fit its shape: 2 elements of F32 take 8 bytes");
  check_refused("{" ENTRY("w", "[2]", "[8,0]") "}", 8, "[8,0] do not fit its shape");
  check_refused("{" ENTRY("w", "[2]", "[4,12]") "}", 12,
                "\"w\": its data begin at 4 and the ones "
                "before end at 0: a hole");
  check_refused("{" ENTRY("a", "[2]", "[0,8]") "," ENTRY("b", "[2]", "[4,12]") "}", 12,
                "\"b\": its data begin at 4 and the ones before end at 8: an overlap");
  check_refused("{" ENTRY("a", "[2]", "[0,8]") "," ENTRY("b", "[2]", "[0,8]") "}", 8, "overlap");
  check_refused("{" ENTRY("a", "[0]", "[4,4]") "}", 0, "a hole");
  check_refused("{" ENTRY("a", "[1]", "[0,4]") "," ENTRY("b", "[2]", "[0,8]") "}", 8,
                "\"b\": its data begin at 0 and the ones before end at 4: an overlap");
  check_refused("{" ENTRY("a", "[2]", "[0,8]") "," ENTRY("b", "[1]", "[0,4]") "}", 8,
                "\"a\": its data begin at 0 and the ones before end at 4: an overlap");
  check_refused("{" ENTRY("w", "[4294967296,4294967296]", "[0,0]") "}", 0, "overflows");
  check_refused("{" ENTRY("w", "[4611686018427387904]", "[0,0]") "}", 0, "overflows");
  check_refused("{" ENTRY("w", "[1]", "[9223372036854775804,9223372036854775807]") "}", 0,
                "do not fit its shape");
}

TEST(fields_that_are_none_are_refused) {
  check_refused("{" ENTRY("w", "[99999999999999999999]", "[0,0]") "}", 0, "too large");
  check_refused("{" ENTRY("w", "[-1]", "[0,4]") "}", 4, "a whole number expected");
  check_refused("{" ENTRY("w", "[1.5]", "[0,4]") "}", 4, "a whole number expected");
  check_refused("{" ENTRY("w", "[1e2]", "[0,4]") "}", 4, "a whole number expected");
  check_refused("{" ENTRY("w", "[01]", "[0,4]") "}", 4, "a leading zero");
  check_refused("{" ENTRY("w", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "more than 8 numbers");
  check_refused("{" ENTRY("w", "[1]", "[0]") "}", 4, "data_offsets are not two numbers");
  check_refused("{" ENTRY("w", "[1]", "[0,2,4]") "}", 4, "more than 2 numbers");
  check_refused("{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "is missing");
  check_refused("{\"w\":{}}", 0, "dtype, shape or data_offsets is missing");
  check_refused("{\"w\":" FIELDS("C64", "[1]", "[0,8]") "}", 8, "dtype \"C64\" is not read");
  check_refused("{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0, "\"dtype\" is repeated");
  check_refused("{\"w\":{\"dtypo\":\"F32\"}}", 0, "field \"dtypo\" is unknown");
}

TEST(names_that_occur_twice_are_refused) {
  check_refused("{" ENTRY("a", "[2]", "[0,8]") "," ENTRY("\\u0061", "[2]", "[8,16]") "}", 16,
                "tensor \"a\": occurs twice");
  check_refused("{\"__metadata__\":{\"a\":1}}", 0, "'\"' expected, found '1'");
  check_refused("{\"__metadata__\":{\"a\":\"1\",\"b\":\"\",\"a\":\"2\"}}", 0,
                "metadata \"a\" twice");
  check_refused("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ twice");
  remove(path);
}

TEST(a_file_cut_anywhere_is_refused) {
  unsigned char file[200];
  ae_tensor *w = VECTOR(AE_DOUBLE, 3, 1, 2, 3);
  ae_safetensors *s = NULL;
  CHECK_OK(ae_safetensors_write(path, 1, &(ae_named_tensor){"w", w}, 1,
                                (const char *[]){"key", "text"}));
  size_t size = get_file(path, file, sizeof file);
  for (size_t n = 0; n < size; n++) {
    put_file(path, file, n);
    CHECK_FAILS(ae_safetensors_open(&s, path), AE_EFORMAT,
                n < 8           ? "no safetensors file: it has"
                : n < size - 24 ? "no safetensors file: a header of"
                                : "the tensors take 24 bytes");
  }
  file[7] = 0xFF;
  put_file(path, file, size);
  CHECK_FAILS(ae_safetensors_open(&s, path), AE_EFORMAT, "a header of 18374686479671");
  memcpy(file, "\1\341\365\5\0\0\0\0", 8); /* 100,000,001 */
  put_file(path, file, size);
  CHECK(truncate(path, 200000000) == 0);
  CHECK_FAILS(ae_safetensors_open(&s, path), AE_EFORMAT, "100000001 bytes in a file of 200000000");
  CHECK(s == NULL);
  ae_tensor_release(w);
  remove(path);
}

TEST(a_file_cut_while_it_is_open_is_noticed) {
  ae_tensor *w = VECTOR(AE_DOUBLE, 3, 1, 2, 3), *t = VECTOR(AE_LONG, 1, 5);
  ae_safetensors *s = NULL;
  CHECK_OK(ae_safetensors_write(path, 1, &(ae_named_tensor){"w", w}, 0, NULL));
  CHECK_OK(ae_safetensors_open(&s, path));
  if (!s) return;
  CHECK(truncate(path, 8 + 56 + 10) == 0);
  CHECK_FAILS(ae_safetensors_read(s, 0, t), AE_EFORMAT, "tensor \"w\": ");
  CHECK_FAILS(ae_safetensors_read(s, 0, t), AE_EFORMAT, "ends at byte 74, where 14 more were");
  CHECK(t->type == AE_LONG);
  CHECK_TENSOR(t, 0, 5);
  ae_safetensors_close(s);
  ae_tensor_release(w);
  ae_tensor_release(t);
  remove(path);
}

TEST(what_is_no_file_is_refused_without_waiting) {
  ae_safetensors *s = NULL;
  remove(path);
  CHECK_FAILS(ae_safetensors_open(&s, path), AE_EIO, "a.safetensors: No such file");
  CHECK_FAILS(ae_safetensors_open(&s, "/tmp"), AE_EIO, "/tmp: Is a directory");
  CHECK(mkfifo(path, 0666) == 0);
  CHECK_FAILS(ae_safetensors_open(&s, path), AE_EIO, "a.safetensors: not a regular file");
  remove(path);
}

/* ---- memory ---- */

typedef struct ceiling {
  size_t used, most;
} ceiling;

static void *count_bytes(void *user, void *ptr, size_t old_size, size_t new_size) {
  ceiling *c = user;
  c->used = c->used + new_size - old_size;
  if (c->used > c->most) c->most = c->used;
  if (new_size == 0) return free(ptr), NULL;
  return realloc(ptr, new_size);
}

/* A header of one repeated piece takes time and memory in proportion to its size. */
static void check_bounded(const char *begin, const char *piece, const char *end,
                          const char *reason) {
  enum { SIZE = 4 << 20 };
  char *header = malloc(SIZE);
  size_t n = strlen(begin), length = strlen(piece);
  memcpy(header, begin, n);
  for (; n + length + strlen(end) < SIZE; n += length) memcpy(header + n, piece, length);
  memcpy(header + n, end, strlen(end));
  n += strlen(end);
  ceiling c = {0, 0};
  ae_safetensors *s = NULL;
  put_parts(header, n, "", 0);
  free(header);
  ae_set_allocator(count_bytes, &c);
  CHECK_FAILS(ae_safetensors_open(&s, path), AE_EFORMAT, reason);
  ae_set_allocator(NULL, NULL);
  CHECK(c.most > 0 && c.most < 15 * (size_t)SIZE);
  CHECK(c.used == 0);
  remove(path);
}

TEST(hostile_headers_cost_little) {
  check_bounded("{\"__metadata__\":{\"\":\"\"", ",\"\":\"\"", "}}", "metadata \"\" twice");
  check_bounded("{" ENTRY("a", "[0]", "[0,0]"), "," ENTRY("", "[0]", "[0,0]"), "}", "occurs twice");
  check_bounded("{\"w\":{\"shape\":", "[", "", "a whole number expected");
  check_bounded("{\"", "\\u0041", "", "a string without end");
}
