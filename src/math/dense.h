/* dense.h - what the decompositions of matrices share: work in double, whatever the type outside.
 */
#ifndef AEI_DENSE_H
#define AEI_DENSE_H

#include "math/math.h"

/* copy [out], Double, is x with contiguous rows. Fails unless x is a matrix of a real type, not
 * empty, and each element is finite; `operation` opens the message. */
ae_status aei_dense_copy(ae_tensor *copy, const char *operation, const ae_tensor *x);
/* Fails unless x is square. */
ae_status aei_dense_square(const char *operation, const ae_tensor *x);
/* Multiplies a by the power of two that brings its largest magnitude into [0.5, 1), so that squares
 * neither overflow nor vanish; returns what undoes it. */
double aei_dense_scale(ae_tensor *a);
/* y -= factor * x, n elements. */
void aei_dense_subtract(int64_t n, double *y, double factor, const double *x);
/* y [out] of type and sizes of its own choice = x or, turned, its transpose; order [optional]: row
 * i of the result is row order[i] of x, before it is turned. */
ae_status aei_dense_result(ae_tensor *y, const ae_tensor *x, const int64_t *order, bool turned);
/* order [out]: the places of n values, ascending or descending; equal ones keep their order. */
void aei_dense_order(int64_t *order, int64_t n, const double *value, bool descending);
/* Pieces of about this many elements when one step costs `each`: several a matrix, none too small.
 */
static inline int64_t aei_dense_grain(int64_t each) { return 16384 / each + 1; }

#endif
