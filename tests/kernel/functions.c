/* The engine's functions at the ends: zeros of either sign, infinities, NaN, small numbers. How
 * wrong they are in between is in ulp.c, denormals are in denormals.c.
 */
#include "values.h"

typedef struct special {
  int op;
  double x, want;
} special;

static const special specials[] = {
    {AE_EXP, 0, 1},
    {AE_EXP, INFINITY, INFINITY},
    {AE_EXP, -INFINITY, 0},
    {AE_EXP, NAN, NAN},
    {AE_EXP, 1000, INFINITY},
    {AE_EXP, -1000, 0},
    {AE_LOG, 0, -INFINITY},
    {AE_LOG, -0.0, -INFINITY},
    {AE_LOG, 1, 0},
    {AE_LOG, -1, NAN},
    {AE_LOG, -INFINITY, NAN},
    {AE_LOG, INFINITY, INFINITY},
    {AE_LOG, NAN, NAN},
    {AE_LOG1P, 0, 0},
    {AE_LOG1P, -0.0, -0.0},
    {AE_LOG1P, -1, -INFINITY},
    {AE_LOG1P, -1.5, NAN},
    {AE_LOG1P, INFINITY, INFINITY},
    {AE_LOG1P, NAN, NAN},
    {AE_LOG1P, 1e-30, 1e-30},
    {AE_TANH, 0, 0},
    {AE_TANH, -0.0, -0.0},
    {AE_TANH, INFINITY, 1},
    {AE_TANH, -INFINITY, -1},
    {AE_TANH, NAN, NAN},
    {AE_TANH, 1e-30, 1e-30},
    {AE_SIGMOID, 0, 0.5},
    {AE_SIGMOID, INFINITY, 1},
    {AE_SIGMOID, -INFINITY, 0},
    {AE_SIGMOID, NAN, NAN},
    {AE_ELU, -0.0, -0.0},
    {AE_ELU, -INFINITY, -1},
    {AE_ELU, INFINITY, INFINITY},
    {AE_ELU, NAN, NAN},
    {AE_ELU, -1e-30, -1e-30},
};

TEST(functions_keep_their_limits) {
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
      double x, y, want;
      put_value(type, &x, 0, specials[i].x);
      put_value(type, &want, 0, specials[i].want);
      aei_kernels_of(type)->map1[specials[i].op](1, &y, &x, 1, 0);
      if (first_difference(type, 1, &y, &want) >= 0) {
        test_failed(__FILE__, __LINE__, "function %d of %g gives %g, want %g", specials[i].op,
                    specials[i].x, value_at(type, &y, 0), specials[i].want);
      }
    }
  }
}
