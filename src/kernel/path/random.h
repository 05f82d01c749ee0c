/* random.h - uniform numbers of a real type. Included after real.h and fill.h. ../../core/random.c
 * documents which bits make which element.
 */

#if REAL_BITS == 32
enum { UNIFORMS_PER_BLOCK = 4 };
static inline REAL unit(const uint32_t *words, int i) {
  return (REAL)(int32_t)(words[i] >> 8) * 0x1p-24f;
}
#else
enum { UNIFORMS_PER_BLOCK = 2 };
static inline REAL unit(const uint32_t *words, int i) {
  const REAL high = (REAL)(int32_t)(words[2 * i] >> 5),
             low = (REAL)(int32_t)(words[2 * i + 1] >> 6);
  return (high * 0x1p26 + low) * 0x1p-53;
}
#endif

static void uniform(int64_t n, void *to, uint64_t key, uint64_t position, int64_t first, double a_,
                    double b_) {
  const REAL a = (REAL)a_, b = (REAL)b_, width = (REAL)(b_ - a_);
  const REAL last = real_nextafter(b, a); /* b itself is outside, however the sum is rounded */
  REAL *restrict y = to;
  PHILOX_FILL(n, first, key, position, UNIFORMS_PER_BLOCK, {
    for (int i = 0; i < count; i++) {
      const REAL u = real_fma(unit(words, skip + i), width, a);
      y[done + i] = u < b ? u : last;
    }
  });
}
