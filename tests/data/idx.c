/* IDX files as they are and compressed, and every way they can be damaged. */
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "engine.h"

/* ---- files ---- */

/* One file, written anew by each test. */
static const char *path(void) {
  static char name[64];
  snprintf(name, sizeof name, "/tmp/aelua-idx-%ld", (long)getpid());
  return name;
}

static void write_plain(const void *data, size_t n) {
  FILE *f = fopen(path(), "wb");
  CHECK(f && fwrite(data, 1, n, f) == n);
  if (f) fclose(f);
}

/* Compresses to gzip in memory; returns the size. */
static size_t pack(uint8_t *out, size_t capacity, const void *data, size_t n) {
  z_stream z = {.next_in = (Bytef *)(uintptr_t)data,
                .avail_in = (uInt)n,
                .next_out = out,
                .avail_out = (uInt)capacity};
  CHECK(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
  size_t size = z.total_out;
  deflateEnd(&z);
  return size;
}

static void write_packed(const void *data, size_t n) {
  uint8_t out[4096];
  write_plain(out, pack(out, sizeof out, data, n));
}

/* The file must be refused with text in the message, which names the file; t stays as it was. */
static void check_refused(const char *text) {
  ae_tensor *t = VECTOR(AE_FLOAT, 2, 1, 2);
  CHECK_FAILS(ae_idx_read(t, path(), 0), AE_EFORMAT, text);
  CHECK(strstr(ae_error(), path()) != NULL);
  CHECK(t->type == AE_FLOAT);
  CHECK_TENSOR(t, 0, 1, 2);
  ae_tensor_release(t);
  unlink(path());
}

/* ---- what is right ---- */

/* Reads the file as it is and compressed; both must give the values, in (2, n/2) of the type. */
static void check_read(const uint8_t *file, size_t size, ae_type type, const double *want,
                       int64_t n) {
  for (int packed = 0; packed < 2; packed++) {
    ae_tensor *t = NULL;
    CHECK_OK(ae_tensor_new(&t, AE_LONG));
    if (packed)
      write_packed(file, size);
    else
      write_plain(file, size);
    CHECK_OK(ae_idx_read(t, path(), 0));
    CHECK(t->type == type && t->ndim == 2 && t->size[0] == 2 && t->size[1] == n / 2);
    for (int64_t i = 0; i < n && i < ae_nelement(t); i++) CHECK_NEAR(element(t, i), want[i], 0);
    ae_tensor_release(t);
  }
  unlink(path());
}

#define HEADER(code, rows, columns) 0, 0, code, 2, 0, 0, 0, rows, 0, 0, 0, columns
#define CHECK_READ(type, n, values, ...)                 \
  do {                                                   \
    const uint8_t file_[] = {__VA_ARGS__};               \
    const double want_[] = values;                       \
    check_read(file_, sizeof file_, (type), want_, (n)); \
  } while (0)
#define LIST(...) \
  { __VA_ARGS__ }

TEST(every_type_is_read_big_endian) {
  CHECK_READ(AE_BYTE, 4, LIST(0, 1, 128, 255), HEADER(8, 2, 2), 0, 1, 128, 255);
  CHECK_READ(AE_CHAR, 4, LIST(0, 1, -128, -1), HEADER(9, 2, 2), 0, 1, 128, 255);
  CHECK_READ(AE_SHORT, 2, LIST(258, -2), HEADER(11, 2, 1), 1, 2, 255, 254);
  CHECK_READ(AE_INT32, 2, LIST(16909060, -2), HEADER(12, 2, 1), 1, 2, 3, 4, 255, 255, 255, 254);
  CHECK_READ(AE_FLOAT, 2, LIST(1, -0.5), HEADER(13, 2, 1), 0x3f, 0x80, 0, 0, 0xbf, 0, 0, 0);
  CHECK_READ(AE_DOUBLE, 2, LIST(1, -2), HEADER(14, 2, 1), 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0,
             0, 0, 0, 0, 0);
}

/* More than the reader takes at once, so that the tensor grows on the way. */
TEST(a_file_larger_than_the_buffers) {
  enum { N = 3000001 };
  static uint8_t file[8 + 2 * N];
  const uint8_t header[8] = {0, 0, 11, 1, 0, N >> 16, N >> 8 & 255, N & 255};
  memcpy(file, header, 8);
  for (size_t i = 0; i < N; i++) {
    file[8 + 2 * i] = (uint8_t)(i >> 8 & 127);
    file[9 + 2 * i] = (uint8_t)i;
  }
  write_plain(file, sizeof file);
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new(&t, AE_BYTE));
  CHECK_OK(ae_idx_read(t, path(), 0));
  CHECK(t->type == AE_SHORT && ae_nelement(t) == N);
  bool same = ae_nelement(t) == N;
  for (int64_t i = 0; same && i < N; i++) same = ((int16_t *)ae_data(t))[i] == (i & 0x7fff);
  CHECK(same);
  ae_tensor_release(t);
  unlink(path());
}

/* More than 2^31 bytes, almost all of them a hole in the file: mapped, they take no memory. */
TEST(large_files_are_mapped) {
  enum { N = 3000000, AREA = 32 * 32 };
  const uint8_t header[] = {HEADER(8, 0, 32), 0, 0, 0, 32};
  uint8_t first[sizeof header];
  memcpy(first, header, sizeof header);
  first[3] = 3;
  for (int i = 0; i < 4; i++) first[4 + i] = (uint8_t)(N >> (24 - 8 * i));
  const uint8_t last[2] = {51, 255};
  write_plain(first, sizeof first);
  CHECK(truncate(path(), sizeof first + (off_t)N * AREA) == 0);
  FILE *f = fopen(path(), "r+b");
  CHECK(f && fseeko(f, -2, SEEK_END) == 0 && fwrite(last, 1, 2, f) == 2);
  if (f) fclose(f);
  const size_t before = ae_memory_in_use();
  ae_tensor *t = NULL, *x = NULL;
  CHECK_OK(ae_tensor_new(&t, AE_BYTE));
  CHECK_OK(ae_tensor_new(&x, AE_FLOAT));
  CHECK_OK(ae_idx_read(t, path(), 0));
  CHECK(t->ndim == 3 && t->size[0] == N && t->size[1] == 32 && t->size[2] == 32);
  CHECK(ae_memory_in_use() - before < 4096);
  CHECK_OK(ae_batch_images(x, t, NULL, N - 2, 2, 255));
  CHECK(element(x, 2 * AREA - 1) == 1 && element(x, 2 * AREA - 2) == (double)(51 / 255.0F));
  ((uint8_t *)ae_data(t))[0] = 7; /* in memory only */
  f = fopen(path(), "rb");
  CHECK(f && fseek(f, sizeof first, SEEK_SET) == 0 && fgetc(f) == 0);
  if (f) fclose(f);
  CHECK(truncate(path(), sizeof first + (off_t)N * AREA - 1) == 0);
  ae_tensor_release(t);
  CHECK_OK(ae_tensor_new(&t, AE_BYTE));
  CHECK_FAILS(ae_idx_read(t, path(), 0), AE_EFORMAT, "truncated");
  CHECK(truncate(path(), sizeof first + (off_t)N * AREA + 1) == 0);
  CHECK_FAILS(ae_idx_read(t, path(), 0), AE_EFORMAT, "1 bytes follow");
  ae_tensor_release(t);
  ae_tensor_release(x);
  unlink(path());
}

TEST(no_elements_are_a_tensor_too) {
  static const uint8_t file[] = {HEADER(8, 0, 3)};
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new(&t, AE_BYTE));
  write_plain(file, sizeof file);
  CHECK_OK(ae_idx_read(t, path(), 0));
  CHECK(t->ndim == 2 && t->size[0] == 0 && t->size[1] == 3);
  ae_tensor_release(t);
  unlink(path());
}

static const uint8_t small[] = {HEADER(8, 2, 3), 1, 2, 3, 4, 5, 6};

TEST(two_gzip_members_are_one_file) {
  uint8_t out[4096];
  size_t n = pack(out, sizeof out, small, 14);
  n += pack(out + n, sizeof out - n, small + 14, sizeof small - 14);
  write_plain(out, n);
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new(&t, AE_BYTE));
  CHECK_OK(ae_idx_read(t, path(), 0));
  CHECK_TENSOR(t, 0, 1, 2, 3, 4, 5, 6);
  ae_tensor_release(t);
  unlink(path());
}

TEST(max_bytes_is_a_limit_on_the_elements) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new(&t, AE_BYTE));
  write_plain(small, sizeof small);
  CHECK_OK(ae_idx_read(t, path(), 6));
  CHECK_FAILS(ae_idx_read(t, path(), 5), AE_EFORMAT,
              "announces 2x3 elements, 6 bytes, more than the 5 allowed");
  CHECK_TENSOR(t, 0, 1, 2, 3, 4, 5, 6);
  ae_tensor_release(t);
  unlink(path());
}

/* ---- what is wrong ---- */

TEST(a_missing_file_is_the_systems_word) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new(&t, AE_BYTE));
  CHECK_FAILS(ae_idx_read(t, "/nonexistent/x", 0), AE_EIO,
              "/nonexistent/x: No such file or directory");
  CHECK_FAILS(ae_idx_read(t, "/tmp", 0), AE_EIO, "/tmp: ");
  ae_tensor_release(t);
}

TEST(another_beginning_is_no_idx_file) {
  static const uint8_t wrong[][4] = {{1, 0, 8, 1},  {0, 1, 8, 1}, {0, 0, 7, 1}, {0, 0, 10, 1},
                                     {0, 0, 15, 1}, {0, 0, 8, 0}, {0, 0, 8, 9}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    uint8_t file[64] = {0};
    memcpy(file, wrong[i], 4);
    write_plain(file, sizeof file);
    check_refused("no IDX file: it begins with");
  }
}

TEST(cut_anywhere_it_is_refused) {
  for (size_t n = 0; n < sizeof small; n++) {
    write_plain(small, n);
    check_refused("truncated");
    write_packed(small, n);
    check_refused("truncated");
  }
}

TEST(gzip_cut_anywhere_is_refused) {
  uint8_t out[4096];
  size_t n = pack(out, sizeof out, small, sizeof small);
  for (size_t i = 2; i < n; i++) {
    write_plain(out, i);
    check_refused("truncated");
  }
}

/* A flipped byte of the data or of the checksum; the header's time and system do not matter. */
TEST(gzip_damaged_anywhere_is_refused) {
  uint8_t out[4096];
  size_t n = pack(out, sizeof out, small, sizeof small);
  for (size_t i = 10; i < n; i++) {
    out[i] ^= 0x55;
    write_plain(out, n);
    check_refused("");
    out[i] ^= 0x55;
  }
}

TEST(bytes_left_over_are_refused) {
  uint8_t longer[sizeof small + 1] = {0}, out[4096];
  memcpy(longer, small, sizeof small);
  write_plain(longer, sizeof longer);
  check_refused("more bytes follow after byte 18");
  write_packed(longer, sizeof longer);
  check_refused("more bytes follow after byte 18");

  size_t n = pack(out, sizeof out, small, sizeof small);
  out[n] = 'x';
  write_plain(out, n + 1);
  check_refused("bytes follow after the gzip data");
}

/* Terabytes, and more than there are bytes in 2^63. */
TEST(a_header_of_lies_costs_no_memory) {
  static const uint8_t vast[] = {0, 0, 8, 2, 0, 0x40, 0, 0, 0, 0x40, 0, 0, 1, 2, 3};
  static const uint8_t endless[] = {0,   0,   14,  3,   255, 255, 255, 255,
                                    255, 255, 255, 255, 255, 255, 255, 255};
  size_t before = ae_memory_peak();
  write_plain(vast, sizeof vast);
  check_refused(
      "announces 4194304x4194304 elements, 17592186044416 bytes from byte 12 on; the file "
      "holds 15 in all");
  write_packed(vast, sizeof vast);
  check_refused("truncated: announces 4194304x4194304 elements");
  write_plain(endless, sizeof endless);
  check_refused("4294967295x4294967295x4294967295 is larger than the address space");
  CHECK(ae_memory_peak() <= before + (4 << 20));
}

/* A kilobyte of zeros may well be a megabyte; believed only as far as it arrives. */
TEST(a_lie_within_what_gzip_could_hold_costs_what_arrives) {
  enum { N = 1 << 20 };
  static uint8_t file[N], out[8192];
  static const uint8_t header[] = {0, 0, 8, 1, 0, 16, 0, 1};
  memcpy(file, header, sizeof header);
  size_t n = pack(out, sizeof out, file, sizeof file);
  write_plain(out, n);
  check_refused("truncated: the data end at byte 1048576");
}

TEST(out_of_memory_anywhere_leaves_nothing_behind) {
  counter c = {0};
  write_packed(small, sizeof small);
  ae_set_allocator(count_allocations, &c);
  ae_status status = AE_EMEM;
  int tries = 0;
  while (status != AE_OK && ++tries < 100) {
    c = (counter){.fail_at = tries};
    ae_tensor t = ae_tensor_local(AE_BYTE);
    status = ae_idx_read(&t, path(), 0);
    CHECK(status == AE_OK || status == AE_EMEM);
    CHECK(status == AE_OK || ae_nelement(&t) == 0);
    ae_tensor_clear(&t);
    CHECK(ae_memory_in_use() == 0);
  }
  CHECK(tries > 3 && tries < 100);
  ae_set_allocator(NULL, NULL);
  unlink(path());
}
