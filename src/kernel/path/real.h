/* real.h - the real type a file is compiled for. The file defines REAL_BITS as 32 or 64 and
 * includes this. */
#include "kernel/path/path.h"

#if REAL_BITS == 32

typedef float REAL;
typedef uint32_t WORD;
#define MANTISSA             23
#define BIAS                 127
#define LARGEST              0x1.fffffep127f
#define SMALLEST             0x1p-126f /* normal */
#define real_fma(a, b, c)    float_fma(a, b, c)
#define real_bits(x)         float_bits(x)
#define real_of_bits(w)      float_of_bits(w)
#define real_copysign(x, s)  __builtin_copysignf(x, s)
#define real_abs(x)          __builtin_fabsf(x)
#define real_sqrt(x)         __builtin_sqrtf(x)
#define real_floor(x)        __builtin_floorf(x)
#define real_ceil(x)         __builtin_ceilf(x)
#define real_trunc(x)        __builtin_truncf(x)
#define real_nextafter(x, y) nextafterf(x, y)

#else

typedef double REAL;
typedef uint64_t WORD;
#define MANTISSA             52
#define BIAS                 1023
#define LARGEST              0x1.fffffffffffffp1023
#define SMALLEST             0x1p-1022
#define real_fma(a, b, c)    double_fma(a, b, c)
#define real_bits(x)         double_bits(x)
#define real_of_bits(w)      double_of_bits(w)
#define real_copysign(x, s)  __builtin_copysign(x, s)
#define real_abs(x)          __builtin_fabs(x)
#define real_sqrt(x)         __builtin_sqrt(x)
#define real_floor(x)        __builtin_floor(x)
#define real_ceil(x)         __builtin_ceil(x)
#define real_trunc(x)        __builtin_trunc(x)
#define real_nextafter(x, y) nextafter(x, y)

#endif

/* In front of a constant, so that no expression leaves the type. */
#define K(constant) ((REAL)(constant))
