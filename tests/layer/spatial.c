/* Networks on images: no allocation once they run, the same bits on every kernel path and at any
 * number of threads, and failures of the allocator reported. */
#include "engine.h"

enum { BATCH = 70 };

/* (2,13,11) -> (3,14,14), through every layer there is. */
static ae_module *image_net(ae_type type) {
  ae_module *net = plain_layer("Sequential", type);
  ae_module *pool = LAYER("SpatialMaxPooling", type, 2, 2);
  ae_module *unpool = add(plain_layer("SpatialMaxUnpooling", type), ae_module_retain(pool), NULL);
  add(net, LAYER("SpatialConvolution", type, 2, 5, 3, 3, 1, 1, 1), NULL);
  add(net, LAYER("SpatialBatchNormalization", type, 5), NULL);
  add(net, plain_layer("ReLU", type), NULL);
  add(net, pool, NULL); /* (5,6,5) */
  add(net, LAYER("SpatialConvolutionMM", type, 5, 5, 1, 1), NULL);
  add(net, LAYER("SpatialDropout", type, 0.3), NULL);
  add(net, unpool, NULL);                                                 /* (5,13,11) */
  add(net, LAYER("SpatialAveragePooling", type, 3, 2, 2, 2, 1, 1), NULL); /* (5,7,6) */
  add(net, LAYER("SpatialFullConvolution", type, 5, 3, 4, 3, 2, 2, 1, 1, 0, 1), NULL);
  add(net, LAYER("SpatialZeroPadding", type, 1, -6, -3, -4), NULL); /* (3,7,7) */
  return add(net, LAYER("SpatialUpSamplingNearest", type, 2), NULL);
}

typedef struct run {
  ae_module *net;
  ae_tensor *x, *gy;
} run;

static run begin(ae_type type) {
  run r = {.net = image_net(type)};
  ae_generator g = {.seed = 3};
  ae_seed(ae_default_generator(), 12);
  CHECK_OK(ae_tensor_new_sized(&r.x, type, 4, (int64_t[]){BATCH, 2, 13, 11}));
  CHECK_OK(ae_tensor_new_sized(&r.gy, type, 4, (int64_t[]){BATCH, 3, 14, 14}));
  CHECK_OK(ae_normal(r.x, &g, 0, 1));
  CHECK_OK(ae_normal(r.gy, &g, 0, 1));
  return r;
}

static void end(run *r) {
  ae_module_release(r->net);
  ae_tensor_release(r->x);
  ae_tensor_release(r->gy);
}

static ae_status step(run *r) {
  ae_status status = ae_module_zero_grad(r->net);
  if (status == AE_OK) status = ae_module_forward(r->net, r->x);
  if (status == AE_OK) status = ae_module_backward(r->net, r->x, r->gy, 1);
  if (status == AE_OK) status = ae_module_update(r->net, 1e-3);
  return status;
}

TEST(a_step_on_images_allocates_nothing_after_the_second) {
  run r = begin(AE_FLOAT);
  CHECK_OK(step(&r));
  CHECK_OK(step(&r));
  counter c = {0};
  ae_set_allocator(count_allocations, &c);
  CHECK_OK(step(&r));
  ae_set_allocator(NULL, NULL);
  CHECK(c.requests == 0);
  end(&r);
}

typedef struct result {
  ae_tensor *output, *grad_input, *weights;
} result;

static result train(ae_type type) {
  result out = {NULL, NULL, NULL};
  ae_tensor *gradients = NULL;
  run r = begin(type);
  for (int i = 0; i < 3; i++) CHECK_OK(step(&r));
  CHECK_OK(ae_clone(&out.output, r.net->output));
  CHECK_OK(ae_clone(&out.grad_input, r.net->grad_input));
  CHECK_OK(ae_module_flatten(r.net, &out.weights, &gradients));
  ae_tensor_release(gradients);
  end(&r);
  return out;
}

static void drop(result *r) {
  ae_tensor_release(r->output);
  ae_tensor_release(r->grad_input);
  ae_tensor_release(r->weights);
}

static void check_same(ae_type type, const result *want) {
  result got = train(type);
  bool same = ae_equal(got.output, want->output) && ae_equal(got.grad_input, want->grad_input) &&
              ae_equal(got.weights, want->weights);
  if (!same)
    test_failed(__FILE__, __LINE__, "%s: %s with %d threads differs", ae_type_name(type),
                ae_kernels(), ae_threads());
  drop(&got);
}

TEST(images_give_the_same_bits_everywhere) {
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    CHECK_OK(ae_set_kernels(ae_kernels_available(0)));
    CHECK_OK(ae_set_threads(1));
    result first = train(type);
    for (int threads = 2; threads <= 5; threads += 3) {
      CHECK_OK(ae_set_threads(threads));
      for (int k = 0; ae_kernels_available(k); k++) {
        CHECK_OK(ae_set_kernels(ae_kernels_available(k)));
        check_same(type, &first);
      }
    }
    drop(&first);
  }
  CHECK_OK(ae_set_kernels(NULL));
  CHECK_OK(ae_set_threads(0));
}

/* The first step needs memory at many places: each of them refused once. */
TEST(images_without_memory) {
  int fail_at = 0;
  ae_status status = AE_EMEM;
  while (status != AE_OK && fail_at < 1000) {
    run r = begin(AE_FLOAT);
    counter c = {.fail_at = ++fail_at};
    ae_set_allocator(count_allocations, &c);
    status = step(&r);
    ae_set_allocator(NULL, NULL);
    CHECK(status == AE_OK || status == AE_EMEM);
    CHECK_OK(step(&r));
    end(&r);
  }
  CHECK(fail_at > 20 && fail_at < 1000);
}
