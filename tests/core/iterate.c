/* Iteration over strided tensors: each element once, at its row-major number, written back through
 * the view. */
#include "core/core.h"

#include "test.h"

static void number(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)context;
  double *y = ptr[0];
  const double *x = ptr[1];
  for (int64_t i = 0; i < count; i++) y[i] = 2 * x[i] + (double)(first + i);
}

TEST(strided_operands_are_gathered_and_scattered) {
  enum { ROWS = 123, COLUMNS = 457 };
  ae_tensor *x = NULL, *y = NULL;
  ae_tensor turned = ae_tensor_local(AE_DOUBLE);
  CHECK_OK(ae_tensor_new_sized(&x, AE_DOUBLE, 2, (int64_t[]){ROWS, COLUMNS}));
  CHECK_OK(ae_tensor_new_sized(&y, AE_DOUBLE, 2, (int64_t[]){COLUMNS, ROWS}));
  CHECK_OK(ae_transpose(&turned, y, 0, 1));
  double *xs = ae_data(x), *ys = ae_data(y);
  for (int i = 0; i < ROWS * COLUMNS; i++) xs[i] = i * 0.25;
  aei_iterate(1, 2, (const ae_tensor *[]){&turned, x}, number, NULL);
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) {
      int n = i * COLUMNS + j;
      CHECK(ys[j * ROWS + i] == n * 0.5 + n);
    }
  ae_tensor_clear(&turned);
  ae_tensor_release(x);
  ae_tensor_release(y);
}

TEST(lines_start_where_the_other_dimensions_say) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new_sized(&t, AE_FLOAT, 3, (int64_t[]){2, 3, 4}));
  aei_lines lines = aei_lines_of(t, 1);
  CHECK(lines.count == 8 && lines.length == 3 && lines.stride == 4);
  for (int64_t i = 0; i < 2; i++)
    for (int64_t k = 0; k < 4; k++) CHECK(aei_line_start(&lines, i * 4 + k) == i * 12 + k);
  ae_tensor_release(t);
}
