/* Whole training steps: no allocation once they run, and the same bits on every kernel path and at
 * any number of threads. */
#include "engine.h"

typedef struct run {
  ae_module *net;
  ae_criterion *criterion;
  ae_optimizer *optimizer;
  ae_tensor *x, *target;
} run;

static ae_criterion *criterion_of(const char *name, ae_type type) {
  ae_criterion *c = NULL;
  for (int i = 0; ae_losses[i]; i++) {
    ae_value option[AE_MAXOPTIONS];
    if (strcmp(ae_losses[i]->name, name) != 0) continue;
    ae_option_defaults(ae_losses[i]->options, option);
    CHECK_OK(ae_criterion_new(&c, ae_losses[i], option, type));
  }
  return c;
}

static ae_optimizer *optimizer_of(const char *name, ae_module *net) {
  ae_optimizer *o = NULL;
  for (int i = 0; ae_optims[i]; i++) {
    ae_value option[AE_MAXOPTIONS];
    if (strcmp(ae_optims[i]->name, name) != 0) continue;
    ae_option_defaults(ae_optims[i]->options, option);
    option[0].number = 0.01;
    CHECK_OK(ae_optimizer_new(&o, ae_optims[i], net, option));
  }
  return o;
}

/* Every layer there is, in a row; sizes that fill no vector and no tile. */
static ae_module *long_net(ae_type type) {
  ae_module *encoder = plain_layer("Sequential", type);
  const char *activation[] = {"LeakyReLU", "ELU", "Tanh", "Sigmoid", "Dropout"};
  add(encoder, plain_layer("WhiteNoise", type), NULL);
  add(encoder, LAYER("Linear", type, 77, 45), NULL);
  for (int i = 0; i < 5; i++) add(encoder, plain_layer(activation[i], type), NULL);
  ae_module *net = add(plain_layer("Sequential", type), encoder, "encoder");
  add(net, plain_layer("Identity", type), NULL);
  add(net, LAYER("Linear", type, 45, 33, 0), NULL);
  add(net, LAYER("ReLU", type, 1), NULL);
  add(net, LAYER("Linear", type, 33, 10), NULL);
  return net;
}

static run begin(ae_type type, const char *last, const char *loss, const char *optimizer) {
  run r = {.net = long_net(type), .criterion = criterion_of(loss, type)};
  ae_generator g = {.seed = 9};
  if (last) add(r.net, plain_layer(last, type), NULL);
  r.optimizer = optimizer_of(optimizer, r.net);
  r.x = random_matrix(type, 250, 77, 3);
  if (strcmp(loss, "ClassNLLCriterion") == 0 || strcmp(loss, "CrossEntropyCriterion") == 0) {
    CHECK_OK(ae_tensor_new_sized(&r.target, AE_LONG, 1, (int64_t[]){250}));
    CHECK_OK(ae_randint(r.target, &g, 0, 9));
  } else {
    CHECK_OK(ae_tensor_new_sized(&r.target, type, 2, (int64_t[]){250, 10}));
    CHECK_OK(ae_uniform(r.target, &g, 0, 1));
  }
  return r;
}

static double step(run *r) {
  double loss = 0;
  CHECK_OK(ae_optimizer_zero_grad(r->optimizer));
  CHECK_OK(ae_module_forward(r->net, r->x));
  CHECK_OK(ae_criterion_forward(r->criterion, r->net->output, r->target, &loss));
  CHECK_OK(ae_criterion_backward(r->criterion, r->net->output, r->target));
  CHECK_OK(ae_module_backward(r->net, r->x, r->criterion->grad_input, 1));
  CHECK_OK(ae_optimizer_step(r->optimizer));
  return loss;
}

static void end(run *r) {
  ae_optimizer_release(r->optimizer);
  ae_criterion_release(r->criterion);
  ae_module_release(r->net);
  ae_tensor_release(r->x);
  ae_tensor_release(r->target);
}

static const struct {
  const char *last, *loss, *optimizer;
} setups[] = {
    {NULL, "MSECriterion", "SGD"},           {"LogSoftMax", "ClassNLLCriterion", "SGD"},
    {NULL, "CrossEntropyCriterion", "Adam"}, {"Sigmoid", "BCECriterion", "Adam"},
    {"SoftMax", "AbsCriterion", "SGD"},
};
enum { NSETUPS = sizeof setups / sizeof *setups };

static run begin_setup(int i, ae_type type) {
  ae_seed(ae_default_generator(), 12);
  return begin(type, setups[i].last, setups[i].loss, setups[i].optimizer);
}

TEST(a_step_allocates_nothing_after_the_second) {
  for (int i = 0; i < NSETUPS; i++) {
    run r = begin_setup(i, AE_FLOAT);
    CHECK_OK(ae_optimizer_set_option(r.optimizer, "weightDecay", 0.001));
    if (strcmp(setups[i].optimizer, "SGD") == 0)
      CHECK_OK(ae_optimizer_set_option(r.optimizer, "momentum", 0.9));
    step(&r);
    step(&r);
    counter c = {0};
    ae_set_allocator(count_allocations, &c);
    step(&r);
    ae_set_allocator(NULL, NULL);
    CHECK(c.requests == 0);
    end(&r);
  }
}

typedef struct result {
  double loss[4];
  ae_tensor *weights;
} result;

static result train(int setup, ae_type type) {
  result out = {.weights = NULL};
  ae_tensor *gradients = NULL;
  run r = begin_setup(setup, type);
  for (int i = 0; i < 4; i++) out.loss[i] = step(&r);
  CHECK_OK(ae_module_flatten(r.net, &out.weights, &gradients));
  ae_tensor_release(gradients);
  end(&r);
  return out;
}

static void check_same(int setup, ae_type type, const result *want) {
  result got = train(setup, type);
  bool same =
      memcmp(got.loss, want->loss, sizeof got.loss) == 0 && ae_equal(got.weights, want->weights);
  if (!same)
    test_failed(__FILE__, __LINE__, "%s, %s: %s with %d threads differs", setups[setup].loss,
                ae_type_name(type), ae_kernels(), ae_threads());
  ae_tensor_release(got.weights);
}

TEST(training_gives_the_same_bits_everywhere) {
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    for (int i = 0; i < NSETUPS; i++) {
      CHECK_OK(ae_set_kernels(ae_kernels_available(0)));
      CHECK_OK(ae_set_threads(1));
      result first = train(i, type);
      CHECK(first.loss[3] != first.loss[0] && first.loss[3] < 100);
      CHECK_OK(ae_set_threads(3));
      for (int k = 0; ae_kernels_available(k); k++) {
        CHECK_OK(ae_set_kernels(ae_kernels_available(k)));
        check_same(i, type, &first);
      }
      ae_tensor_release(first.weights);
    }
  }
  CHECK_OK(ae_set_kernels(NULL));
  CHECK_OK(ae_set_threads(0));
}
