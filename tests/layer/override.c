/* A host's versions of methods: which steps reach it inside containers, and with what. */
#include "engine.h"

/* What the host of one module has, and how often it was called. */
typedef struct fake {
  unsigned methods; /* bits of ae_method */
  int calls[AE_NMETHODS];
  double number; /* of the last call */
  ae_own own;    /* its parameter */
  ae_status status;
} fake;

static bool overrides(const ae_module *m, ae_method method) {
  const fake *f = m->host_data;
  return f->methods >> method & 1;
}

static ae_status step(ae_module *m, ae_method method, ae_tensor *x, ae_tensor *gy, double scale) {
  fake *f = m->host_data;
  f->calls[method]++;
  f->number = scale;
  if (f->status != AE_OK) return f->status;
  return method == AE_DO_BACKWARD ? ae_module_own_backward(m, x, gy, scale) : AE_OK;
}

static ae_status call(ae_module *m, ae_method method, double number) {
  fake *f = m->host_data;
  f->calls[method]++;
  f->number = number;
  if (method != AE_DO_SET_TYPE) return f->status;
  ae_status status = ae_module_set_type(m, (ae_type)number, NULL, NULL);
  return status == AE_OK ? f->status : status;
}

static ae_status parameters(ae_module *m) {
  fake *f = m->host_data;
  f->calls[AE_DO_PARAMETERS]++;
  return f->status == AE_OK ? ae_module_set_own(m, 1, &f->own, true) : f->status;
}

static const ae_host host = {
    .overrides = overrides, .step = step, .call = call, .parameters = parameters};

/* Linear(2 -> 2), Sequential { Linear(2 -> 2), the host's, "inner" }, Tanh */
static ae_module *net_with(fake *f) {
  ae_module *net = plain_layer("Sequential", AE_DOUBLE);
  ae_module *inner = LAYER("Linear", AE_DOUBLE, 2, 2);
  inner->host = &host;
  inner->host_data = f;
  add(net, LAYER("Linear", AE_DOUBLE, 2, 2), NULL);
  add(net, add(plain_layer("Sequential", AE_DOUBLE), inner, "inner"), NULL);
  return add(net, plain_layer("Tanh", AE_DOUBLE), NULL);
}

static ae_module *inner_of(const ae_module *net) { return net->child[1].module->child[0].module; }

TEST(a_backward_of_the_hosts_is_called_once_by_both_steps) {
  fake f = {.methods = 1u << AE_DO_BACKWARD}, none = {0};
  ae_module *net = net_with(&f), *plain = net_with(&none);
  ae_tensor *x = random_matrix(AE_DOUBLE, 3, 2, 1), *gy = random_matrix(AE_DOUBLE, 3, 2, 2);
  for (int i = 0; i < 2; i++) {
    CHECK_OK(ae_module_forward(i ? net : plain, x));
    CHECK_OK(ae_module_backward(i ? net : plain, x, gy, 0.5));
  }
  CHECK(f.calls[AE_DO_BACKWARD] == 1 && f.number == 0.5);
  CHECK(ae_equal(net->grad_input, plain->grad_input));
  CHECK(ae_equal(inner_of(net)->grad[0], inner_of(plain)->grad[0]));
  CHECK(ae_equal(net->child[0].module->grad[0], plain->child[0].module->grad[0]));
  CHECK_OK(ae_module_update_grad_input(net, x, gy));
  CHECK_OK(ae_module_accumulate(net, x, gy, 1));
  CHECK(f.calls[AE_DO_BACKWARD] == 1);
  f.status = AE_EHOST;
  CHECK(ae_module_backward(net, x, gy, 1) == AE_EHOST);
  f.status = AE_OK;
  CHECK_OK(ae_module_accumulate(net, x, gy, 1)); /* no step is left over from the failure */
  CHECK(f.calls[AE_DO_BACKWARD] == 2);
  ae_tensor_release(x);
  ae_tensor_release(gy);
  ae_module_release(net);
  ae_module_release(plain);
}

TEST(an_update_reaches_the_host_and_moves_the_others) {
  fake f = {.methods = 1u << AE_DO_ACC_UPDATE};
  ae_module *net = net_with(&f), *before = NULL;
  ae_tensor *x = random_matrix(AE_DOUBLE, 3, 2, 1), *gy = random_matrix(AE_DOUBLE, 3, 2, 2);
  CHECK_OK(ae_module_clone(&before, net));
  CHECK_OK(ae_module_forward(net, x));
  CHECK_OK(ae_module_update_grad_input(net, x, gy));
  CHECK_OK(ae_module_own_accumulate_update(net, x, gy, 0.25));
  CHECK(f.calls[AE_DO_ACC_UPDATE] == 1 && f.number == 0.25);
  CHECK(ae_equal(inner_of(net)->param[0], inner_of(before)->param[0]));
  CHECK(!ae_equal(net->child[0].module->param[0], before->child[0].module->param[0]));
  CHECK(ae_equal(net->child[0].module->grad[0], before->child[0].module->grad[0]));
  ae_tensor_release(x);
  ae_tensor_release(gy);
  ae_module_release(net);
  ae_module_release(before);
}

TEST(calls_take_the_place_of_what_is_done_inside) {
  fake f = {.methods = ~0u << AE_DO_ZERO_GRAD & ~(1u << AE_DO_PARAMETERS)};
  ae_module *net = net_with(&f), *inner = inner_of(net);
  ae_generator g = {.seed = 3};
  CHECK_OK(ae_fill(inner->grad[0], ae_from_int(1)));
  CHECK_OK(ae_module_zero_grad(net));
  CHECK(f.calls[AE_DO_ZERO_GRAD] == 1 && element(inner->grad[0], 0) == 1);
  CHECK_OK(ae_module_update(net, 0.5));
  CHECK(f.calls[AE_DO_UPDATE] == 1 && f.number == 0.5);
  CHECK_OK(ae_module_reset(net, 2, &g));
  CHECK(f.calls[AE_DO_RESET] == 1 && f.number == 2);
  CHECK_OK(ae_module_set_training(net, false));
  CHECK(f.calls[AE_DO_EVALUATE] == 1 && f.calls[AE_DO_TRAINING] == 0 && inner->training);
  CHECK_OK(ae_module_set_training(net, true));
  CHECK_OK(ae_module_clear_state(net));
  CHECK(f.calls[AE_DO_TRAINING] == 1 && f.calls[AE_DO_CLEAR_STATE] == 1);
  f.status = AE_EHOST;
  CHECK(ae_module_zero_grad(net) == AE_EHOST && ae_module_reset(net, 0, &g) == AE_EHOST);
  CHECK(ae_module_set_training(net, true) == AE_EHOST && ae_module_clear_state(net) == AE_EHOST);
  ae_module_release(net);
}

/* The host's module is converted last, and still shares with one that was converted before. */
TEST(a_conversion_of_the_hosts_joins_the_one_under_way) {
  fake f = {.methods = 1u << AE_DO_SET_TYPE};
  ae_module *net = net_with(&f), *inner = inner_of(net), *first = net->child[0].module;
  CHECK_OK(ae_module_set_tensor(first, "weight", inner->param[0]));
  CHECK_OK(ae_module_set_type(net, AE_FLOAT, NULL, NULL));
  CHECK(f.calls[AE_DO_SET_TYPE] == 1);
  CHECK(inner->type == AE_FLOAT && inner->param[0]->type == AE_FLOAT);
  CHECK(first->param[0] == inner->param[0]);
  ae_module_release(net);
}

/* Another output, put there meanwhile. */
static ae_status fail_then(void *user) {
  ae_module *net = user;
  ae_tensor *other;
  CHECK(net->type == AE_FLOAT);
  CHECK_OK(ae_tensor_new(&other, AE_FLOAT));
  CHECK_OK(ae_module_set_tensor(net, "output", other));
  ae_tensor_release(other);
  return AE_EHOST;
}

/* Where the host fails, in its own conversion or in what comes last, all is as it was. */
TEST(a_conversion_that_fails_is_undone) {
  fake f = {.methods = 1u << AE_DO_SET_TYPE, .status = AE_EHOST};
  ae_module *net = net_with(&f), *inner = inner_of(net), *first = net->child[0].module;
  ae_tensor *weight = inner->param[0], *gradient = first->grad[0], *output = net->output;
  CHECK_OK(ae_module_set_tensor(first, "weight", weight));
  add(net, ae_module_retain(first), "again");
  size_t before = ae_memory_in_use();
  for (int i = 0; i < 2; i++) {
    f.status = i == 0 ? AE_EHOST : AE_OK;
    CHECK(ae_module_set_type(net, AE_FLOAT, fail_then, net) == AE_EHOST);
    CHECK(f.calls[AE_DO_SET_TYPE] == i + 1);
    CHECK(net->type == AE_DOUBLE && first->type == AE_DOUBLE && inner->type == AE_DOUBLE);
    CHECK(first->param[0] == weight && inner->param[0] == weight);
    CHECK(first->grad[0] == gradient && net->output == output);
    CHECK(ae_memory_in_use() == before);
  }
  ae_module_release(net);
}

static ae_status collect(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  char *text = user;
  (void)value, (void)grad;
  strcat(strcat(text, path), " ");
  return AE_OK;
}

TEST(parameters_of_the_hosts) {
  fake f = {.methods = 1u << AE_DO_PARAMETERS};
  ae_module *net = net_with(&f);
  char paths[256] = "";
  ae_tensor *flat = NULL, *grad = NULL;
  f.own = (ae_own){"gain", VECTOR(AE_DOUBLE, 2, 1, 2), VECTOR(AE_DOUBLE, 2, 3, 4)};
  CHECK_OK(ae_module_visit_parameters(net, collect, paths));
  CHECK(strcmp(paths, "0.weight 0.bias 1.inner.gain ") == 0);
  CHECK(ae_module_parameter_count(net) == 8);
  CHECK_OK(ae_module_update(net, 1));
  CHECK_TENSOR(f.own.value, 0, -2, -2);
  CHECK_OK(ae_module_zero_grad(net));
  CHECK_TENSOR(f.own.grad, 0, 0, 0);
  CHECK_OK(ae_module_flatten(net, &flat, &grad));
  CHECK(ae_nelement(flat) == 8 && f.own.value->storage == flat->storage);
  paths[0] = 0;
  CHECK_OK(ae_module_visit_own_parameters(inner_of(net), collect, paths));
  CHECK(strcmp(paths, "weight bias ") == 0);
  f.status = AE_EHOST;
  CHECK(ae_module_parameter_count(net) == -1 && ae_module_zero_grad(net) == AE_EHOST);
  ae_tensor_release(flat);
  ae_tensor_release(grad);
  ae_module_release(net);
  ae_tensor_release(f.own.value);
  ae_tensor_release(f.own.grad);
}

TEST(parameters_that_do_not_fit_their_gradients) {
  fake f = {.methods = 1u << AE_DO_PARAMETERS};
  ae_module *net = net_with(&f);
  f.own = (ae_own){"gain", VECTOR(AE_DOUBLE, 2, 1, 2), VECTOR(AE_DOUBLE, 1, 3)};
  CHECK_FAILS(ae_module_zero_grad(net), AE_ESHAPE, "its parameter gain is 2, its gradient 1");
  ae_tensor_release(f.own.grad);
  f.own.grad = VECTOR(AE_FLOAT, 2, 3, 4);
  CHECK_FAILS(ae_module_zero_grad(net), AE_ETYPE, "a DoubleTensor, its gradient a FloatTensor");
  ae_module_release(net);
  ae_tensor_release(f.own.value);
  ae_tensor_release(f.own.grad);
}
