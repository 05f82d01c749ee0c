/* vector.h - the vectors the register tiles are made of, and how large a tile is: the only source
 * that differs between the paths. VEC(loadu), VEC(storeu), VEC(set1), VEC(mul) and VEC(fmadd) work
 * on WIDTH elements. FIRST(MASK, n) stands for the first n of a vector in LOAD_PART, which gives 0
 * for the others, and STORE_PART, which leaves them alone; neither touches their memory. Where a
 * path has narrower vectors, they are HALF and QUARTER, with HALF_OP and QUARTER_OP for VEC, and
 * HALF_MASK and QUARTER_MASK. Included after real.h.
 */

#if defined(AEI_PATH_avx512)

#include <immintrin.h>
#define ROWS    8
#define VECTORS 3
#define WIDTH   (512 / REAL_BITS)
#if REAL_BITS == 32
typedef __m512 VECTOR;
typedef __m256 HALF;
typedef __m128 QUARTER;
typedef __mmask16 MASK;
#define VEC(operation)        _mm512_##operation##_ps
#define HALF_OP(operation)    _mm256_##operation##_ps
#define QUARTER_OP(operation) _mm_##operation##_ps
#else
typedef __m512d VECTOR;
typedef __m256d HALF;
typedef __m128d QUARTER;
typedef __mmask8 MASK;
#define VEC(operation)        _mm512_##operation##_pd
#define HALF_OP(operation)    _mm256_##operation##_pd
#define QUARTER_OP(operation) _mm_##operation##_pd
#endif
typedef __mmask8 HALF_MASK, QUARTER_MASK;
#define FIRST(type, n)              ((type)((1u << (n)) - 1))
#define LOAD_PART(OP, there, x)     OP(maskz_loadu)(there, x)
#define STORE_PART(OP, x, there, v) OP(mask_storeu)(x, there, v)

#elif defined(AEI_PATH_avx2)

#include <immintrin.h>
#define ROWS    6
#define VECTORS 2
#define WIDTH   (256 / REAL_BITS)
#if REAL_BITS == 32
typedef __m256 VECTOR;
typedef __m128 HALF;
#define VEC(operation)     _mm256_##operation##_ps
#define HALF_OP(operation) _mm_##operation##_ps
#else
typedef __m256d VECTOR;
typedef __m128d HALF;
#define VEC(operation)     _mm256_##operation##_pd
#define HALF_OP(operation) _mm_##operation##_pd
#endif
typedef __m256i MASK;
typedef __m128i HALF_MASK;
static inline const WORD *first_words(int n) {
  static const WORD words[2 * WIDTH] = {
    (WORD)-1,
    (WORD)-1,
    (WORD)-1,
    (WORD)-1,
#if REAL_BITS == 32
    (WORD)-1,
    (WORD)-1,
    (WORD)-1,
    (WORD)-1
#endif
  };
  return words + WIDTH - n;
}
static inline MASK first_MASK(int n) { return _mm256_loadu_si256((const void *)first_words(n)); }
static inline HALF_MASK first_HALF_MASK(int n) {
  return _mm_loadu_si128((const void *)first_words(n));
}
#define FIRST(type, n)              first_##type(n)
#define LOAD_PART(OP, there, x)     OP(maskload)(x, there)
#define STORE_PART(OP, x, there, v) OP(maskstore)(x, there, v)

#else

#define ROWS           4
#define VECTORS        1
#define WIDTH          4
#define VEC(operation) portable_##operation

#if REAL_BITS == 32 && defined(__SSE2__)

/* Four floats, held in double as long as they stay in registers. A fused multiply-add is then a
 * product, which is exact, a sum, and a rounding to float. The sum was rounded already, to double;
 * rounding it again goes wrong only where it lies halfway between two floats, its last 29 bits
 * being 1 and 28 zeros. There, which is rare, the lanes are done one by one. */
#include <emmintrin.h>
typedef struct portable_vector {
  __m128d low, high;
} VECTOR;

static inline VECTOR portable_widen(__m128 x) {
  return (VECTOR){_mm_cvtps_pd(x), _mm_cvtps_pd(_mm_movehl_ps(x, x))};
}

static inline __m128 portable_round(VECTOR v) {
  return _mm_movelh_ps(_mm_cvtpd_ps(v.low), _mm_cvtpd_ps(v.high));
}

static inline VECTOR portable_loadu(const float *x) { return portable_widen(_mm_loadu_ps(x)); }
static inline void portable_storeu(float *x, VECTOR v) { _mm_storeu_ps(x, portable_round(v)); }

static inline VECTOR portable_set1(float x) {
  const __m128d both = _mm_set1_pd((double)x);
  return (VECTOR){both, both};
}

static inline VECTOR portable_mul(VECTOR a, VECTOR b) {
  const VECTOR product = {_mm_mul_pd(a.low, b.low), _mm_mul_pd(a.high, b.high)};
  return portable_widen(portable_round(product));
}

__attribute__((noinline, cold)) static void fmadd_lanes(float *sum, const float *a,
                                                        const float *b) {
  for (int l = 0; l < 4; l++) sum[l] = float_fma(a[l], b[l], sum[l]);
}

static inline VECTOR portable_fmadd(VECTOR a, VECTOR b, VECTOR c) {
  const __m128i last_bits = _mm_set_epi32(0, 0x1fffffff, 0, 0x1fffffff);
  const __m128i halfway = _mm_set_epi32(-1, 0x10000000, -1, 0x10000000);
  const VECTOR sum = {_mm_add_pd(_mm_mul_pd(a.low, b.low), c.low),
                      _mm_add_pd(_mm_mul_pd(a.high, b.high), c.high)};
  const __m128i low = _mm_and_si128(_mm_castpd_si128(sum.low), last_bits);
  const __m128i high = _mm_and_si128(_mm_castpd_si128(sum.high), last_bits);
  const __m128i doubtful =
      _mm_or_si128(_mm_cmpeq_epi32(low, halfway), _mm_cmpeq_epi32(high, halfway));
  if (__builtin_expect(_mm_movemask_epi8(doubtful), 0)) {
    float lanes[3][4];
    portable_storeu(lanes[0], c);
    portable_storeu(lanes[1], a);
    portable_storeu(lanes[2], b);
    fmadd_lanes(lanes[0], lanes[1], lanes[2]);
    return portable_loadu(lanes[0]);
  }
  return portable_widen(portable_round(sum));
}

#else

typedef struct portable_vector {
  REAL lane[WIDTH];
} VECTOR;

static inline VECTOR portable_loadu(const REAL *x) {
  VECTOR v;
  memcpy(&v, x, sizeof v);
  return v;
}

static inline void portable_storeu(REAL *x, VECTOR v) { memcpy(x, &v, sizeof v); }

static inline VECTOR portable_set1(REAL x) { return (VECTOR){{x, x, x, x}}; }

static inline VECTOR portable_mul(VECTOR a, VECTOR b) {
  for (int l = 0; l < WIDTH; l++) a.lane[l] *= b.lane[l];
  return a;
}

static inline VECTOR portable_fmadd(VECTOR a, VECTOR b, VECTOR c) {
  for (int l = 0; l < WIDTH; l++) c.lane[l] = real_fma(a.lane[l], b.lane[l], c.lane[l]);
  return c;
}

#endif

typedef int MASK;
static inline VECTOR portable_load_part(int n, const REAL *x) {
  REAL part[WIDTH] = {0};
  for (int l = 0; l < n; l++) part[l] = x[l];
  return portable_loadu(part);
}
static inline void portable_store_part(REAL *x, int n, VECTOR v) {
  REAL part[WIDTH];
  portable_storeu(part, v);
  for (int l = 0; l < n; l++) x[l] = part[l];
}
#define FIRST(type, n)              (n)
#define LOAD_PART(OP, there, x)     OP(load_part)(there, x)
#define STORE_PART(OP, x, there, v) OP(store_part)(x, there, v)

#endif
