/* idx.c - any bytes as an IDX file: plain, or compressed by the target, and then the same. */
#include "fuzz.h"

/* Reads the file; returns whether it is right. Of one that is not nothing is taken. */
static bool read_idx(ae_tensor *t, const char *path) {
  ae_tensor_clear(t);
  const bool right = fuzz_read(ae_idx_read(t, path, 0), path);
  FUZZ_CHECK(ae_nelement(t) >= 0 && (right || ae_nelement(t) == 0));
  return right;
}

FUZZ(idx) {
  ae_tensor t = ae_tensor_local(AE_LONG);
  fuzz_limit(fuzz_packed(size)); /* it may begin with gzip's two bytes */
  read_idx(&t, fuzz_file(data, size));
  ae_tensor_clear(&t);
}

/* Level, where a second member begins, how many bytes are missing; then the content. What is cut is
 * refused; the whole is what the plain file is. */
FUZZ(gzip) {
  static fuzz_buffer packed;
  fuzz_bytes in = {data, size};
  const unsigned how = fuzz_byte(&in), part = fuzz_byte(&in), missing = fuzz_byte(&in);
  const size_t first = how & 4 && part < in.left ? part : in.left;
  ae_tensor plain = ae_tensor_local(AE_LONG), other = ae_tensor_local(AE_LONG);
  packed.used = 0;
  fuzz_deflate(&packed, in.at, first, how & 1 ? 6 : 0, 31);
  if (first < in.left) fuzz_deflate(&packed, in.at + first, in.left - first, how & 2 ? 6 : 0, 31);
  fuzz_limit(fuzz_packed(packed.used));
  const bool right = read_idx(&plain, fuzz_file(in.at, in.left));
  const bool same = read_idx(&other, fuzz_file(packed.data, packed.used));
  FUZZ_CHECK(in.left < 2 || (in.at[0] == 0x1f && in.at[1] == 0x8b) || right == same);
  FUZZ_CHECK(!right || !same || fuzz_same(&plain, &other));
  if (how & 8 && missing > 0 && missing < packed.used)
    FUZZ_CHECK(!read_idx(&other, fuzz_file(packed.data, packed.used - missing)) || first < in.left);
  ae_tensor_clear(&plain);
  ae_tensor_clear(&other);
}
