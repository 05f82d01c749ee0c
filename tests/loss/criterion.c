/* Losses: values by hand, labels and targets that do not fit, sums that do not depend on strides.
 */
#include <math.h>

#include "core/core.h"
#include "engine.h"

static ae_criterion *criterion_of(const char *name, ae_type type, ae_tensor *weights,
                                  bool average) {
  ae_criterion *c = NULL;
  for (int i = 0; ae_losses[i]; i++) {
    ae_value option[AE_MAXOPTIONS];
    const ae_option *options = ae_losses[i]->options;
    if (strcmp(ae_losses[i]->name, name) != 0) continue;
    ae_option_defaults(options, option);
    option[ae_option_find(options, "sizeAverage")].number = average;
    if (weights) option[ae_option_find(options, "weights")].tensor = weights;
    CHECK_OK(ae_criterion_new(&c, ae_losses[i], option, type));
  }
  return c;
}

static double loss_of(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  double loss = NAN;
  CHECK_OK(ae_criterion_forward(c, x, target, &loss));
  CHECK_OK(ae_criterion_backward(c, x, target));
  CHECK_NEAR(c->output, loss, 0);
  return loss;
}

TEST(squared_and_absolute_error) {
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    ae_tensor *x = MATRIX(type, 2, 2, 1, 2, 3, 4), *t = MATRIX(type, 2, 2, 0, 4, 3, 1);
    ae_criterion *mse = criterion_of("MSECriterion", type, NULL, true);
    ae_criterion *sum = criterion_of("MSECriterion", type, NULL, false);
    ae_criterion *abs = criterion_of("AbsCriterion", type, NULL, true);
    CHECK_NEAR(loss_of(mse, x, t), 14.0 / 4, 0);
    CHECK_TENSOR(mse->grad_input, 0, 0.5, -1, 0, 1.5);
    CHECK_NEAR(loss_of(sum, x, t), 14, 0);
    CHECK_TENSOR(sum->grad_input, 0, 2, -4, 0, 6);
    CHECK_NEAR(loss_of(abs, x, t), 6.0 / 4, 0);
    CHECK_TENSOR(abs->grad_input, 0, 0.25, -0.25, 0, 0.25);
    ae_criterion_release(mse);
    ae_criterion_release(sum);
    ae_criterion_release(abs);
    ae_tensor_release(x);
    ae_tensor_release(t);
  }
}

TEST(binary_cross_entropy) {
  ae_tensor *x = MATRIX(AE_DOUBLE, 2, 2, 0.5, 0.25, 1, 0), *t = MATRIX(AE_DOUBLE, 2, 2, 1, 0, 1, 1);
  ae_tensor *w = VECTOR(AE_FLOAT, 2, 2, 1), *wrong = VECTOR(AE_FLOAT, 4, 1, 1, 1, 1);
  ae_criterion *plain = criterion_of("BCECriterion", AE_DOUBLE, NULL, false);
  ae_criterion *weighted = criterion_of("BCECriterion", AE_DOUBLE, w, true);
  ae_criterion *misfit = criterion_of("BCECriterion", AE_DOUBLE, wrong, true);
  double half = log(2), quarter = -log(0.75), certain = -log(1e-12), loss;
  CHECK_NEAR(loss_of(plain, x, t), half + quarter + certain, 1e-10);
  CHECK_NEAR(loss_of(weighted, x, t), (2 * half + quarter + certain) / 4, 1e-10);
  CHECK_NEAR(element(plain->grad_input, 0), -2, 1e-10);
  CHECK_NEAR(element(plain->grad_input, 1), 1 / 0.75, 1e-10);
  CHECK_NEAR(element(weighted->grad_input, 0), -1, 1e-10);
  CHECK_FAILS(ae_criterion_forward(misfit, x, t, &loss), AE_ESHAPE, "weights are 4");
  ae_criterion_release(plain);
  ae_criterion_release(weighted);
  ae_criterion_release(misfit);
  ae_tensor *all[] = {x, t, w, wrong};
  for (int i = 0; i < 4; i++) ae_tensor_release(all[i]);
}

TEST(class_nll_takes_labels_of_any_type) {
  ae_tensor *x = MATRIX(AE_FLOAT, 2, 3, -1, -2, -3, -4, -5, -6), *w = VECTOR(AE_DOUBLE, 3, 1, 2, 5);
  ae_criterion *mean = criterion_of("ClassNLLCriterion", AE_FLOAT, NULL, true);
  ae_criterion *weighted = criterion_of("ClassNLLCriterion", AE_FLOAT, w, true);
  ae_criterion *sum = criterion_of("ClassNLLCriterion", AE_FLOAT, w, false);
  mean->label_base = weighted->label_base = sum->label_base = 1;
  for (ae_type type = 0; type < AE_NTYPES; type++) {
    ae_tensor *t = VECTOR(type, 2, 2, 3);
    CHECK_NEAR(loss_of(mean, x, t), 4, 0);
    CHECK_TENSOR(mean->grad_input, 0, 0, -0.5, 0, 0, 0, -0.5);
    CHECK_NEAR(loss_of(weighted, x, t), (2 * 2 + 5 * 6) / 7.0, 1e-15);
    CHECK_TENSOR(weighted->grad_input, 1e-7, 0, -2 / 7.0, 0, 0, 0, -5 / 7.0);
    CHECK_NEAR(loss_of(sum, x, t), 34, 0);
    CHECK_TENSOR(sum->grad_input, 0, 0, -2, 0, 0, 0, -5);
    ae_tensor_release(t);
  }
  ae_criterion_release(mean);
  ae_criterion_release(weighted);
  ae_criterion_release(sum);
  ae_tensor_release(x);
  ae_tensor_release(w);
}

TEST(one_sample_and_its_label) {
  ae_tensor *x = VECTOR(AE_DOUBLE, 3, 1, 2, 3), *t = VECTOR(AE_LONG, 1, 2);
  ae_criterion *nll = criterion_of("ClassNLLCriterion", AE_DOUBLE, NULL, true);
  ae_criterion *ce = criterion_of("CrossEntropyCriterion", AE_DOUBLE, NULL, true);
  double lse = log(exp(1) + exp(2) + exp(3));
  CHECK_NEAR(loss_of(nll, x, t), -3, 0);
  CHECK_TENSOR(nll->grad_input, 0, 0, 0, -1);
  CHECK_NEAR(loss_of(ce, x, t), lse - 3, 1e-14);
  CHECK_TENSOR(ce->grad_input, 1e-15, exp(1 - lse), exp(2 - lse), exp(3 - lse) - 1);
  ae_criterion_release(nll);
  ae_criterion_release(ce);
  ae_tensor_release(x);
  ae_tensor_release(t);
}

TEST(cross_entropy_is_stable) {
  ae_tensor *x = MATRIX(AE_FLOAT, 2, 2, 1000, 0, -1000, 1000), *t = VECTOR(AE_BYTE, 2, 0, 0);
  ae_criterion *c = criterion_of("CrossEntropyCriterion", AE_FLOAT, NULL, true);
  CHECK_NEAR(loss_of(c, x, t), 1000, 0);
  CHECK_TENSOR(c->grad_input, 0, 0, 0, -0.5, 0.5);
  ae_criterion_release(c);
  ae_tensor_release(x);
  ae_tensor_release(t);
}

TEST(wrong_labels_are_named) {
  ae_tensor *x = random_matrix(AE_FLOAT, 2, 3, 1);
  ae_tensor *zero = VECTOR(AE_LONG, 2, 1, 0), *four = VECTOR(AE_LONG, 2, 4, 1);
  ae_tensor *half = VECTOR(AE_FLOAT, 2, 1, 2.5), *three = VECTOR(AE_LONG, 3, 1, 1, 1);
  ae_tensor *nan = VECTOR(AE_DOUBLE, 2, NAN, 1);
  const char *name[] = {"ClassNLLCriterion", "CrossEntropyCriterion"};
  double loss = -7;
  for (int i = 0; i < 2; i++) {
    ae_criterion *c = criterion_of(name[i], AE_FLOAT, NULL, true);
    c->label_base = 1;
    CHECK_FAILS(ae_criterion_forward(c, x, zero, &loss), AE_EARG,
                "target[2] is 0, the labels of 3 classes are 1..3 (labels start at 1");
    CHECK_FAILS(ae_criterion_backward(c, x, four), AE_EARG, "target[1] is 4");
    CHECK_FAILS(ae_criterion_forward(c, x, half, &loss), AE_EARG,
                "target[2] is 2.5, which is no whole");
    CHECK_FAILS(ae_criterion_forward(c, x, nan, &loss), AE_EARG,
                "target[1] is nan, which is no whole");
    CHECK_FAILS(ae_criterion_forward(c, x, three, &loss), AE_ESHAPE, "want 2 labels (target is 3)");
    c->label_base = 0;
    CHECK_FAILS(ae_criterion_forward(c, x, four, &loss), AE_EARG, "classes are 0..2");
    CHECK_NEAR(loss, -7, 0);
    CHECK(c->grad_input->ndim == 0);
    ae_criterion_release(c);
  }
  ae_tensor *all[] = {x, zero, four, half, three, nan};
  for (int i = 0; i < 6; i++) ae_tensor_release(all[i]);
}

TEST(targets_and_types_must_fit) {
  ae_tensor *x = random_matrix(AE_FLOAT, 2, 3, 1), *t = random_matrix(AE_FLOAT, 2, 4, 1);
  ae_tensor *twice = random_matrix(AE_DOUBLE, 2, 3, 1), *empty;
  ae_criterion *c = criterion_of("MSECriterion", AE_FLOAT, NULL, true);
  double loss;
  CHECK_OK(ae_tensor_new(&empty, AE_FLOAT));
  CHECK_FAILS(ae_criterion_forward(c, x, t, &loss), AE_ESHAPE,
              "nn.MSECriterion: input is 2x3, target is 2x4");
  CHECK_FAILS(ae_criterion_forward(c, x, twice, &loss), AE_ETYPE, "target is a DoubleTensor");
  CHECK_FAILS(ae_criterion_forward(c, twice, x, &loss), AE_ETYPE, "input is a DoubleTensor");
  CHECK_FAILS(ae_criterion_forward(c, empty, empty, &loss), AE_ESHAPE, "input is empty");
  CHECK_OK(ae_criterion_set_type(c, AE_DOUBLE));
  CHECK_NEAR(loss_of(c, twice, twice), 0, 0);
  CHECK(c->grad_input->type == AE_DOUBLE);
  CHECK_FAILS(ae_criterion_set_type(c, AE_LONG), AE_ETYPE, "Float or Double");
  ae_criterion_release(c);
  ae_tensor *all[] = {x, t, twice, empty};
  for (int i = 0; i < 4; i++) ae_tensor_release(all[i]);
}

/* The order of additions follows the elements, not the memory: a transposed view has the same sum.
 */
TEST(strides_do_not_change_the_sum) {
  const char *name[] = {"MSECriterion", "AbsCriterion", "BCECriterion"};
  ae_tensor *x = random_matrix(AE_FLOAT, 300, 211, 1), *t = random_matrix(AE_FLOAT, 300, 211, 2);
  ae_tensor *x2, *t2;
  CHECK_OK(ae_map1(AE_SIGMOID, x, x, 0, 0));
  CHECK_OK(ae_tensor_new(&x2, AE_FLOAT));
  CHECK_OK(ae_tensor_new(&t2, AE_FLOAT));
  CHECK_OK(ae_transpose(x, x, 0, 1));
  CHECK_OK(ae_transpose(t, t, 0, 1));
  CHECK_OK(ae_convert(x2, x));
  CHECK_OK(ae_convert(t2, t));
  for (int i = 0; i < 3; i++) {
    ae_criterion *a = criterion_of(name[i], AE_FLOAT, NULL, true);
    ae_criterion *b = criterion_of(name[i], AE_FLOAT, NULL, true);
    CHECK_NEAR(loss_of(a, x, t), loss_of(b, x2, t2), 0);
    CHECK(ae_equal(a->grad_input, b->grad_input));
    ae_criterion_release(a);
    ae_criterion_release(b);
  }
  ae_tensor *all[] = {x, t, x2, t2};
  for (int i = 0; i < 4; i++) ae_tensor_release(all[i]);
}

static ae_status margin_is_not_three(const ae_criterion *c) {
  if (c->option[0].number != 3) return AE_OK;
  return aei_fail(AE_EARG, "nn.%s: margin is 3", c->loss->name);
}

TEST(options_that_a_loss_refuses_stay_as_they_were) {
  static const ae_option options[] = {
      {"margin", AE_NUMBER, 1, 0, 9, "any but 3"}, {"weights", AE_TENSOR, 0, 0, 0, ""}, {0}};
  static const ae_loss loss = {.name = "Picky", .options = options, .check = margin_is_not_three};
  ae_tensor *w = VECTOR(AE_FLOAT, 2, 1, 2);
  ae_criterion *c = NULL;
  ae_value option[AE_MAXOPTIONS];
  ae_option_defaults(options, option);
  option[0].number = 3;
  CHECK_FAILS(ae_criterion_new(&c, &loss, option, AE_DOUBLE), AE_EARG, "nn.Picky: margin is 3");
  option[0].number = 2;
  CHECK_OK(ae_criterion_new(&c, &loss, option, AE_DOUBLE));
  CHECK_FAILS(ae_criterion_set_option(c, 0, &(ae_value){.number = 3}), AE_EARG, "margin is 3");
  CHECK(c->option[0].number == 2);
  CHECK_OK(ae_criterion_set_option(c, 1, &(ae_value){.tensor = w}));
  CHECK(c->option[1].tensor->type == AE_DOUBLE && w->refs == 1);
  c->option[0].number = 3; /* behind the check's back: a tensor is not taken either */
  CHECK_FAILS(ae_criterion_set_option(c, 1, &(ae_value){.tensor = w}), AE_EARG, "margin is 3");
  CHECK(c->option[1].tensor != w && w->refs == 1);
  ae_criterion_release(c);
  ae_tensor_release(w);
}

TEST(a_criterion_lives_as_long_as_someone_holds_it) {
  ae_criterion *c = criterion_of("MSECriterion", AE_DOUBLE, NULL, true);
  ae_tensor *x = VECTOR(AE_DOUBLE, 2, 1, 2), *t = VECTOR(AE_DOUBLE, 2, 1, 4);
  CHECK(ae_criterion_retain(c) == c && ae_criterion_retain(NULL) == NULL);
  ae_criterion_release(c);
  CHECK_NEAR(loss_of(c, x, t), 2, 0);
  ae_criterion_release(c);
  ae_tensor_release(x);
  ae_tensor_release(t);
}
