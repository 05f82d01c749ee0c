/* Optimizers: updates by hand, and networks that changed behind their back. */
#include "engine.h"

#include <math.h>

static const ae_optim *optim_of(const char *name) {
  for (int i = 0; ae_optims[i]; i++)
    if (strcmp(ae_optims[i]->name, name) == 0) return ae_optims[i];
  return NULL;
}

static void set(const ae_optim *optim, ae_value *option, const char *name, double value) {
  option[ae_option_find(optim->options, name)].number = value;
}

static ae_optimizer *optimizer_of(const char *name, ae_module *net, double rate) {
  ae_value option[AE_MAXOPTIONS];
  ae_optimizer *o = NULL;
  ae_option_defaults(optim_of(name)->options, option);
  set(optim_of(name), option, "learningRate", rate);
  CHECK_OK(ae_optimizer_new(&o, optim_of(name), net, option));
  return o;
}

/* Three steps from x = 1 with gradients 1, 2, -1; the expected x after each. */
static void check_steps(const ae_optim *optim, const ae_value *option, const double *want) {
  const double gradient[] = {1, 2, -1};
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    ae_tensor *x = VECTOR(type, 1, 1), *g = VECTOR(type, 1, 0), *state[AE_MAXSTATE] = {NULL};
    for (int i = 0; optim->state[i]; i++) CHECK_OK(ae_tensor_new(&state[i], type));
    for (int t = 0; t < 3; t++) {
      CHECK_OK(ae_fill(g, ae_from_double(gradient[t])));
      CHECK_OK(optim->update(option, t, x, g, state));
      CHECK_NEAR(element(x, 0), want[t], type == AE_FLOAT ? 1e-6 : 1e-14);
      CHECK_NEAR(element(g, 0), gradient[t], 0);
    }
    ae_tensor_release(x);
    ae_tensor_release(g);
    for (int i = 0; i < AE_MAXSTATE; i++) ae_tensor_release(state[i]);
  }
}

TEST(sgd_by_hand) {
  const ae_optim *sgd = optim_of("SGD");
  ae_value option[AE_MAXOPTIONS];
  ae_option_defaults(sgd->options, option);
  set(sgd, option, "learningRate", 0.5);
  check_steps(sgd, option, (double[]){0.5, -0.5, 0});
  set(sgd, option, "learningRateDecay", 1); /* rates 1/2, 1/4, 1/6 */
  check_steps(sgd, option, (double[]){0.5, 0, 1 / 6.0});
  set(sgd, option, "learningRateDecay", 0);
  set(sgd, option, "momentum", 0.5); /* v: 1, 2.5, 0.25 */
  check_steps(sgd, option, (double[]){0.5, -0.75, -0.875});
  set(sgd, option, "dampening", 0.5); /* v: 1 (the first is not damped), 1.5, 0.25 */
  check_steps(sgd, option, (double[]){0.5, -0.25, -0.375});
  set(sgd, option, "dampening", 0);
  set(sgd, option, "nesterov", 1); /* g + v/2: 1.5, 3.25, -0.875 */
  check_steps(sgd, option, (double[]){0.25, -1.375, -0.9375});
  set(sgd, option, "nesterov", 0);
  set(sgd, option, "momentum", 0);
  set(sgd, option, "weightDecay", 0.5); /* g + x/2: 1.5, 2.125, -1.40625 */
  check_steps(sgd, option, (double[]){0.25, -0.8125, -0.109375});
}

TEST(adam_by_hand) {
  const ae_optim *adam = optim_of("Adam");
  ae_value option[AE_MAXOPTIONS];
  double want[3], x = 1, m = 0, v = 0, gradient[] = {1, 2, -1};
  ae_option_defaults(adam->options, option);
  set(adam, option, "learningRate", 0.1);
  set(adam, option, "learningRateDecay", 0.5);
  set(adam, option, "weightDecay", 0.25);
  for (int t = 0; t < 3; t++) {
    double g = gradient[t] + 0.25 * x;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    double rate = 0.1 / (1 + 0.5 * t);
    x -= rate * sqrt(1 - pow(0.999, t + 1)) / (1 - pow(0.9, t + 1)) * m / (sqrt(v) + 1e-8);
    want[t] = x;
  }
  check_steps(adam, option, want);
}

TEST(torch_defaults_of_sgd) {
  const ae_optim *sgd = optim_of("SGD");
  ae_value option[AE_MAXOPTIONS];
  bool given[AE_MAXOPTIONS] = {false};
  ae_option_defaults(sgd->options, option);
  set(sgd, option, "momentum", 0.9);
  sgd->torch_defaults(option, given);
  CHECK_NEAR(option[ae_option_find(sgd->options, "dampening")].number, 0.9, 0);
  set(sgd, option, "dampening", 0.1);
  given[ae_option_find(sgd->options, "dampening")] = true;
  sgd->torch_defaults(option, given);
  CHECK_NEAR(option[ae_option_find(sgd->options, "dampening")].number, 0.1, 0);
}

TEST(options_can_be_changed) {
  ae_module *m = LAYER("Linear", AE_FLOAT, 2, 1);
  ae_optimizer *o = optimizer_of("SGD", m, 0.5);
  CHECK_OK(ae_optimizer_set_option(o, "learningRate", 0.25));
  CHECK_NEAR(o->option[0].number, 0.25, 0);
  CHECK_FAILS(ae_optimizer_set_option(o, "learningrate", 1), AE_EARG,
              "optim.SGD has no option \"learningrate\"; did you mean \"learningRate\"?");
  CHECK_FAILS(ae_optimizer_set_option(o, "xyzzy", 1), AE_EARG, "no option \"xyzzy\"");
  CHECK_FAILS(ae_optimizer_set_option(o, "learningRate", -1), AE_EARG, "should be at least 0");
  CHECK_FAILS(ae_optimizer_set_option(o, "nesterov", 1), AE_EARG, "nesterov needs a momentum");
  CHECK_NEAR(o->option[0].number, 0.25, 0);
  ae_optimizer_release(o);
  ae_module_release(m);
}

/* ---- networks that change ---- */

static ae_module *make_net(void) {
  ae_module *net = add(plain_layer("Sequential", AE_FLOAT), LAYER("Linear", AE_FLOAT, 3, 3), NULL);
  return add(net, LAYER("Linear", AE_FLOAT, 3, 3), "decoder");
}

TEST(added_removed_and_replaced_parameters_are_noticed) {
  ae_module *net = make_net(), *more = LAYER("Linear", AE_FLOAT, 3, 3), *removed = NULL;
  ae_optimizer *o = optimizer_of("SGD", net, 0.5);
  double before = element(net->child[0].module->param[0], 0);
  CHECK_OK(ae_module_insert(net, more, NULL, 0));
  CHECK_FAILS(ae_optimizer_step(o), AE_EARG, "parameter 0.weight was added to the network");
  CHECK_OK(ae_module_remove(net, 0, NULL));
  CHECK_OK(ae_optimizer_step(o));
  CHECK_OK(ae_module_remove(net, 1, &removed));
  CHECK_FAILS(ae_optimizer_step(o), AE_EARG, "parameter decoder.weight was removed");
  CHECK_OK(ae_module_insert(net, removed, "decoder", 0)); /* elsewhere, but all are there */
  CHECK_OK(ae_optimizer_step(o));
  CHECK_OK(ae_module_set_tensor(removed, "bias", more->param[1]));
  CHECK_FAILS(ae_optimizer_step(o), AE_EARG, "parameter decoder.bias was replaced");
  CHECK_OK(ae_module_set_tensor(removed, "bias", o->slot[3].value));
  CHECK_OK(ae_module_set_tensor(removed, "gradBias", more->grad[1]));
  CHECK_FAILS(ae_optimizer_step(o), AE_EARG, "decoder.bias was given another gradient");
  CHECK(o->steps == 2);
  CHECK_NEAR(element(net->child[1].module->param[0], 0), before, 0); /* gradients were 0 */
  ae_module_release(more);
  ae_module_release(removed);
  ae_optimizer_release(o);
  ae_module_release(net);
}

TEST(flattening_is_no_change_and_another_type_is) {
  ae_module *net = make_net();
  ae_optimizer *o = optimizer_of("Adam", net, 0.5);
  ae_tensor *flat = NULL, *flat_grad = NULL;
  CHECK_OK(ae_module_flatten(net, &flat, &flat_grad));
  CHECK_OK(ae_fill(flat_grad, ae_from_int(1)));
  double before = element(flat, 0);
  CHECK_OK(ae_optimizer_step(o));
  CHECK_NEAR(element(flat, 0), before - 0.5, 1e-6);
  CHECK_OK(ae_optimizer_zero_grad(o));
  CHECK_NEAR(element(flat_grad, 23), 0, 0);
  CHECK_OK(ae_module_set_type(net, AE_DOUBLE, NULL, NULL));
  CHECK_FAILS(ae_optimizer_step(o), AE_EARG, "parameter 0.weight was replaced");
  ae_tensor_release(flat);
  ae_tensor_release(flat_grad);
  ae_optimizer_release(o);
  ae_module_release(net);
}

TEST(nothing_to_optimize) {
  ae_module *relu = plain_layer("ReLU", AE_FLOAT);
  ae_value option[AE_MAXOPTIONS];
  ae_optimizer *o = NULL;
  ae_option_defaults(optim_of("SGD")->options, option);
  CHECK_FAILS(ae_optimizer_new(&o, optim_of("SGD"), relu, option), AE_EARG,
              "nn.ReLU has no parameters");
  CHECK(o == NULL);
  ae_module_release(relu);
}

/* Used by Torch's functional form with the user's own tensors: nothing is taken on trust. */
TEST(update_checks_its_tensors) {
  for (int i = 0; ae_optims[i]; i++) {
    const ae_optim *optim = ae_optims[i];
    ae_value option[AE_MAXOPTIONS];
    ae_option_defaults(optim->options, option);
    if (strcmp(optim->name, "SGD") == 0) set(optim, option, "momentum", 0.9);
    ae_tensor *x = VECTOR(AE_FLOAT, 2, 1, 2), *g = VECTOR(AE_FLOAT, 3, 1, 2, 3);
    ae_tensor *twice = VECTOR(AE_DOUBLE, 2, 1, 2), *small = VECTOR(AE_FLOAT, 1, 1);
    ae_tensor *state[] = {small, small};
    CHECK_FAILS(optim->update(option, 0, x, g, state), AE_ESHAPE, "the gradient is 3");
    CHECK_FAILS(optim->update(option, 0, x, twice, state), AE_ETYPE, "DoubleTensor");
    CHECK_FAILS(optim->update(option, 0, x, x, state), AE_ESHAPE, "state kept from earlier");
    CHECK_TENSOR(x, 0, 1, 2);
    ae_tensor *all[] = {x, g, twice, small};
    for (int k = 0; k < 4; k++) ae_tensor_release(all[k]);
  }
}

/* Every method, with its defaults: large tensors give the same bits on one thread and on three, and
 * no step after the first allocates. */
TEST(bits_do_not_depend_on_threads) {
  for (int i = 0; ae_optims[i]; i++) {
    const ae_optim *optim = ae_optims[i];
    ae_value option[AE_MAXOPTIONS];
    ae_option_defaults(optim->options, option);
    ae_tensor *x[2], *g = random_matrix(AE_FLOAT, 300, 200, 7);
    for (int run = 0; run < 2; run++) {
      ae_tensor *state[AE_MAXSTATE] = {NULL};
      CHECK_OK(ae_set_threads(run == 0 ? 1 : 3));
      x[run] = random_matrix(AE_FLOAT, 300, 200, 8);
      for (int k = 0; k < AE_MAXSTATE; k++) CHECK_OK(ae_tensor_new(&state[k], AE_FLOAT));
      CHECK_OK(optim->update(option, 0, x[run], g, state));
      size_t before = ae_memory_in_use();
      for (int t = 1; t < 4; t++) CHECK_OK(optim->update(option, t, x[run], g, state));
      CHECK(ae_memory_in_use() == before);
      for (int k = 0; k < AE_MAXSTATE; k++) ae_tensor_release(state[k]);
    }
    CHECK(ae_equal(x[0], x[1]));
    ae_tensor_release(x[0]);
    ae_tensor_release(x[1]);
    ae_tensor_release(g);
  }
  CHECK_OK(ae_set_threads(0));
}

TEST(an_optimizer_lives_as_long_as_someone_holds_it) {
  ae_module *net = LAYER("Linear", AE_DOUBLE, 1, 1);
  ae_optimizer *o = optimizer_of("SGD", net, 0.5);
  CHECK(ae_optimizer_retain(o) == o && ae_optimizer_retain(NULL) == NULL);
  ae_optimizer_release(o);
  CHECK_OK(ae_module_zero_grad(net));
  CHECK_OK(ae_optimizer_step(o));
  ae_optimizer_release(o);
  ae_module_release(net);
}
