/* Tensors as text, against what Torch7 prints. */
#include "core/core.h"

#include "test.h"

static void check_format(ae_type type, int ndim, const int64_t *size, const double *values,
                         const char *want) {
  ae_tensor *t = NULL;
  char *text = NULL;
  CHECK_OK(ae_tensor_new_sized(&t, type, ndim, size));
  ae_tensor flat = ae_tensor_local(type);
  int64_t n = ae_nelement(t);
  CHECK_OK(ae_view(&flat, t, 1, &n));
  for (int64_t i = 0; i < n; i++) CHECK_OK(ae_put(&flat, &i, ae_from_double(values[i])));
  CHECK_OK(ae_tensor_format(&text, t));
  if (text && strcmp(text, want) != 0)
    test_failed(__FILE__, __LINE__, "got\n%swant\n%s", text, want);
  ae_string_free(text);
  ae_tensor_clear(&flat);
  ae_tensor_release(t);
}

TEST(integers_stay_integers) {
  check_format(AE_FLOAT, 1, (int64_t[]){3}, (double[]){1, -2, 10},
               "  1\n -2\n 10\n[torch.FloatTensor of size 3]\n");
  check_format(AE_BYTE, 2, (int64_t[]){2, 2}, (double[]){1, 2, 3, 4},
               " 1  2\n 3  4\n[torch.ByteTensor of size 2x2]\n");
  check_format(AE_CHAR, 1, (int64_t[]){2}, (double[]){-128, 127},
               "-128\n 127\n[torch.CharTensor of size 2]\n");
  check_format(AE_INT32, 1, (int64_t[]){2}, (double[]){-2147483648, 3},
               "-2147483648\n          3\n[torch.IntTensor of size 2]\n");
}

TEST(fractions_have_four_digits) {
  check_format(AE_DOUBLE, 2, (int64_t[]){1, 2}, (double[]){0.5, 1.25},
               " 0.5000  1.2500\n[torch.DoubleTensor of size 1x2]\n");
}

TEST(small_numbers_share_a_scale_and_wide_ranges_use_exponents) {
  check_format(AE_DOUBLE, 1, (int64_t[]){2}, (double[]){0.00025, 0.00055},
               "0.0001 *\n 2.5000\n 5.5000\n[torch.DoubleTensor of size 2]\n");
  check_format(AE_DOUBLE, 1, (int64_t[]){2}, (double[]){1e-7, 12.5},
               " 1.0000e-07\n 1.2500e+01\n[torch.DoubleTensor of size 2]\n");
}

TEST(wide_matrices_are_cut_and_cubes_sliced) {
  double values[60] = {0};
  check_format(AE_LONG, 2, (int64_t[]){1, 30}, values,
               "Columns 1 to 26\n"
               " 0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0\n"
               "\nColumns 27 to 30\n 0  0  0  0\n[torch.LongTensor of size 1x30]\n");
  check_format(AE_LONG, 3, (int64_t[]){2, 1, 2}, (double[]){1, 2, 3, 4},
               "(1,.,.) = \n  1  2\n\n(2,.,.) = \n  3  4\n[torch.LongTensor of size 2x1x2]\n");
}

TEST(an_empty_tensor_says_so) {
  check_format(AE_FLOAT, 0, NULL, NULL, "[torch.FloatTensor with no dimension]\n");
}

TEST(numbers_that_are_none_do_not_spoil_the_others) {
  check_format(AE_FLOAT, 1, (int64_t[]){3}, (double[]){1, __builtin_nan(""), __builtin_inf()},
               " 1.0000\n    nan\n    inf\n[torch.FloatTensor of size 3]\n");
}

TEST(the_widest_exponents_and_integers_of_64_bits) {
  check_format(AE_DOUBLE, 1, (int64_t[]){2}, (double[]){1e200, 1.5e-200},
               " 1.0000e+200\n 1.5000e-200\n[torch.DoubleTensor of size 2]\n");
  check_format(AE_LONG, 1, (int64_t[]){2}, (double[]){4611686018427387904.0, 1},
               "4611686018427387904\n          1\n[torch.LongTensor of size 2]\n");
}

TEST(numbers_that_are_none_alone) {
  check_format(AE_FLOAT, 1, (int64_t[]){1}, (double[]){__builtin_inf()},
               "    inf\n[torch.FloatTensor of size 1]\n");
}

TEST(matrices_share_a_scale_too) {
  check_format(AE_DOUBLE, 2, (int64_t[]){1, 2}, (double[]){123456.5, 234567.25},
               "100000 *\n  1.2346  2.3457\n[torch.DoubleTensor of size 1x2]\n");
}

TEST(matrices_without_rows_have_no_columns) {
  check_format(AE_FLOAT, 2, (int64_t[]){0, 1000000000}, NULL,
               "[torch.FloatTensor of size 0x1000000000]\n");
}

TEST(cubes_without_rows) {
  check_format(AE_FLOAT, 3, (int64_t[]){2, 0, 3}, NULL, "[torch.FloatTensor of size 2x0x3]\n");
}
