/* Layers run by slices of the batch give the bits they give one after another, and leave every
 * output and gradient where it belongs. */
#include <string.h>

#include "engine.h"
#include "test.h"

static ae_module *linear(int in, int out) {
  return layer_of("Linear", AE_FLOAT, 2, (double[]){in, out});
}

static ae_module *network(void) {
  ae_module *net = plain_layer("Sequential", AE_FLOAT);
  add(net, linear(20, 53), NULL);
  add(net, plain_layer("ReLU", AE_FLOAT), NULL);
  add(net, linear(53, 17), NULL);
  add(net, plain_layer("Tanh", AE_FLOAT), NULL);
  add(net, linear(17, 30), NULL);
  add(net, plain_layer("LogSoftMax", AE_FLOAT), NULL);
  return net;
}

static bool same(const ae_tensor *a, const ae_tensor *b) {
  return ae_same_size(a, b) && memcmp(ae_data(a), ae_data(b), (size_t)ae_nelement(a) * 4) == 0;
}

/* Child by child, no container in between. */
static void run_alone(ae_module *net, ae_tensor *x, ae_tensor *gy) {
  ae_tensor *input = x;
  for (int i = 0; i < net->nchildren; i++) {
    CHECK_OK(ae_module_forward(net->child[i].module, input));
    input = net->child[i].module->output;
  }
  for (int i = net->nchildren - 1; i >= 0; i--) {
    ae_module *m = net->child[i].module;
    CHECK_OK(ae_module_update_grad_input(m, i > 0 ? net->child[i - 1].module->output : x, gy));
    gy = m->grad_input;
  }
}

static void check_batch(int64_t batch) {
  ae_seed(ae_default_generator(), 3);
  ae_module *net = network(), *alone = NULL;
  CHECK_OK(ae_module_clone(&alone, net));
  ae_tensor *x = random_matrix(AE_FLOAT, batch, 20, 1), *gy = random_matrix(AE_FLOAT, batch, 30, 2);
  run_alone(alone, x, gy);
  CHECK_OK(ae_module_forward(net, x));
  CHECK_OK(ae_module_update_grad_input(net, x, gy));
  for (int i = 0; i < net->nchildren; i++) {
    CHECK(same(net->child[i].module->output, alone->child[i].module->output));
    CHECK(same(net->child[i].module->grad_input, alone->child[i].module->grad_input));
  }
  ae_tensor_release(x);
  ae_tensor_release(gy);
  ae_module_release(net);
  ae_module_release(alone);
}

TEST(slices_of_a_batch_change_no_bit) {
  static const int64_t batches[] = {1, 15, 16, 33, 100, 259};
  for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) check_batch(batches[i]);
}

/* One ReLU in two places has one output, of two widths in turn. */
TEST(a_module_used_twice_runs_twice) {
  ae_module *net = plain_layer("Sequential", AE_FLOAT), *relu = plain_layer("ReLU", AE_FLOAT);
  ae_module *first = linear(20, 53), *second = linear(53, 10);
  ae_tensor *x = random_matrix(AE_FLOAT, 64, 20, 1);
  CHECK_OK(ae_module_insert(net, first, NULL, 0));
  CHECK_OK(ae_module_insert(net, relu, NULL, 1));
  CHECK_OK(ae_module_insert(net, second, NULL, 2));
  CHECK_OK(ae_module_insert(net, relu, NULL, 3));
  CHECK_OK(ae_module_forward(net, x));
  ae_tensor *want = NULL;
  CHECK_OK(ae_module_forward(first, x));
  CHECK_OK(ae_module_forward(relu, first->output));
  CHECK_OK(ae_module_forward(second, relu->output));
  CHECK_OK(ae_tensor_new(&want, AE_FLOAT));
  CHECK_OK(ae_map1(AE_THRESHOLD, want, second->output, 0, 0));
  CHECK_OK(ae_module_forward(net, x));
  CHECK(same(net->output, want));
  ae_tensor_release(want);
  ae_tensor_release(x);
  ae_module_release(first);
  ae_module_release(second);
  ae_module_release(relu);
  ae_module_release(net);
}

/* Two layers told to write into one memory: slices would meet there. */
TEST(outputs_that_share_memory_are_not_sliced) {
  ae_module *net = plain_layer("Sequential", AE_FLOAT);
  ae_module *wide = linear(20, 40), *narrow = linear(40, 10);
  ae_tensor *x = random_matrix(AE_FLOAT, 64, 20, 1), *all = NULL, *view[2] = {NULL};
  add(net, wide, NULL);
  add(net, plain_layer("Tanh", AE_FLOAT), NULL);
  add(net, narrow, NULL);
  CHECK_OK(ae_module_forward(net, x));
  ae_tensor *want = ae_tensor_retain(narrow->output);
  CHECK_OK(ae_tensor_new_sized(&all, AE_FLOAT, 1, (int64_t[]){64 * 40}));
  for (int i = 0; i < 2; i++) {
    const int64_t columns = i ? 10 : 40;
    CHECK_OK(ae_tensor_new(&view[i], AE_FLOAT));
    CHECK_OK(ae_narrow(view[i], all, 0, 0, 64 * columns));
    CHECK_OK(ae_view(view[i], view[i], 2, (int64_t[]){64, columns}));
    CHECK_OK(ae_module_set_tensor(i ? narrow : wide, "output", view[i]));
    ae_tensor_release(view[i]);
  }
  CHECK_OK(ae_module_forward(net, x));
  CHECK(same(narrow->output, want));
  ae_tensor_release(want);
  ae_tensor_release(all);
  ae_tensor_release(x);
  ae_module_release(net);
}
