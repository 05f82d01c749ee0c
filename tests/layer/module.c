/* The module protocol: steps, slots, checks, copies and types, mostly shown on Linear. */
#include "engine.h"

/* y = x W' + b with W = (1 2 3; 4 5 6), b = (10, 20) */
static ae_module *known_linear(ae_type type) {
  ae_module *m = LAYER("Linear", type, 3, 2);
  ae_tensor *w = MATRIX(type, 2, 3, 1, 2, 3, 4, 5, 6), *b = VECTOR(type, 2, 10, 20);
  CHECK_OK(ae_module_set_tensor(m, "weight", w));
  CHECK_OK(ae_module_set_tensor(m, "bias", b));
  ae_tensor_release(w);
  ae_tensor_release(b);
  return m;
}

TEST(linear_batch_and_single_sample) {
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    ae_module *m = known_linear(type);
    ae_tensor *x = MATRIX(type, 2, 3, 1, 0, -1, 2, 1, 0), *one = VECTOR(type, 3, 2, 1, 0);
    CHECK_OK(ae_module_forward(m, x));
    CHECK_TENSOR(m->output, 0, 8, 18, 14, 33);
    CHECK_OK(ae_module_forward(m, one));
    CHECK(m->output->ndim == 1);
    CHECK_TENSOR(m->output, 0, 14, 33);
    ae_tensor_release(x);
    ae_tensor_release(one);
    ae_module_release(m);
  }
}

TEST(linear_gradients_add_up_and_scale) {
  ae_module *m = known_linear(AE_DOUBLE);
  ae_tensor *x = MATRIX(AE_DOUBLE, 2, 3, 1, 0, -1, 2, 1, 0);
  ae_tensor *gy = MATRIX(AE_DOUBLE, 2, 2, 1, 2, 3, -1);
  CHECK_OK(ae_module_forward(m, x));
  CHECK_OK(ae_module_backward(m, x, gy, 1));
  CHECK_TENSOR(m->grad_input, 0, 9, 12, 15, -1, 1, 3);
  CHECK_TENSOR(m->grad[0], 0, 7, 3, -1, 0, -1, -2);
  CHECK_TENSOR(m->grad[1], 0, 4, 1);
  CHECK_OK(ae_module_accumulate(m, x, gy, 0.5));
  CHECK_TENSOR(m->grad[0], 0, 10.5, 4.5, -1.5, 0, -1.5, -3);
  CHECK_TENSOR(m->grad[1], 0, 6, 1.5);
  CHECK_OK(ae_module_zero_grad(m));
  CHECK_TENSOR(m->grad[1], 0, 0, 0);
  ae_tensor_release(x);
  ae_tensor_release(gy);
  ae_module_release(m);
}

TEST(linear_without_bias) {
  ae_module *m = LAYER("Linear", AE_DOUBLE, 3, 2, 0);
  ae_tensor *w = MATRIX(AE_DOUBLE, 2, 3, 1, 2, 3, 4, 5, 6), *x = VECTOR(AE_DOUBLE, 3, 1, 1, 1);
  ae_tensor *b = VECTOR(AE_DOUBLE, 2, 0, 0);
  bool known;
  CHECK_OK(ae_module_set_tensor(m, "weight", w));
  CHECK_OK(ae_module_forward(m, x));
  CHECK_TENSOR(m->output, 0, 6, 15);
  CHECK(ae_module_tensor(m, "bias", &known) == NULL && known);
  CHECK(ae_module_tensor(m, "weigth", &known) == NULL && !known);
  CHECK_FAILS(ae_module_set_tensor(m, "bias", b), AE_EARG, "has no bias");
  ae_tensor_release(w);
  ae_tensor_release(x);
  ae_tensor_release(b);
  ae_module_release(m);
}

/* Strides change nothing: the same bits from a transposed x and an expanded gy as from copies. */
TEST(linear_takes_any_strides) {
  ae_module *a = LAYER("Linear", AE_FLOAT, 19, 33), *b = NULL;
  CHECK_OK(ae_module_clone(&b, a));
  ae_tensor *columns = random_matrix(AE_FLOAT, 19, 40, 5),
            *gy_row = random_matrix(AE_FLOAT, 1, 33, 6);
  ae_tensor *x, *gy, *x_copy, *gy_copy;
  CHECK_OK(ae_tensor_new(&x, AE_FLOAT));
  CHECK_OK(ae_tensor_new(&gy, AE_FLOAT));
  CHECK_OK(ae_transpose(x, columns, 0, 1));
  CHECK_OK(ae_expand(gy, gy_row, 2, (int64_t[]){40, 33}));
  CHECK_OK(ae_clone(&x_copy, x));
  CHECK_OK(ae_clone(&gy_copy, gy));
  CHECK_OK(ae_module_forward(a, x));
  CHECK_OK(ae_module_backward(a, x, gy, 0.5));
  CHECK_OK(ae_module_forward(b, x_copy));
  CHECK_OK(ae_module_backward(b, x_copy, gy_copy, 0.5));
  CHECK(ae_equal(a->output, b->output));
  CHECK(ae_equal(a->grad_input, b->grad_input));
  CHECK(ae_equal(a->grad[0], b->grad[0]));
  CHECK(ae_equal(a->grad[1], b->grad[1]));
  /* gy with its columns apart: the other way of summing the bias's gradient */
  ae_tensor *wide = random_matrix(AE_FLOAT, 40, 66, 7);
  CHECK_OK(ae_view(wide, wide, 3, (int64_t[]){40, 33, 2}));
  CHECK_OK(ae_select(gy, wide, 2, 1));
  CHECK_OK(ae_copy(gy_copy, gy));
  CHECK_OK(ae_module_accumulate(a, x, gy, 0.25));
  CHECK_OK(ae_module_accumulate(b, x_copy, gy_copy, 0.25));
  CHECK(ae_equal(a->grad[0], b->grad[0]));
  CHECK(ae_equal(a->grad[1], b->grad[1]));
  ae_tensor *all[] = {columns, gy_row, x, gy, x_copy, gy_copy, wide};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) ae_tensor_release(all[i]);
  ae_module_release(a);
  ae_module_release(b);
}

TEST(linear_reset_is_torchs) {
  ae_generator g = {.seed = 3}, same = {.seed = 3};
  ae_module *m = LAYER("Linear", AE_FLOAT, 16, 8);
  ae_tensor *w = NULL, *b = NULL;
  CHECK_OK(ae_clone(&w, m->param[0]));
  CHECK_OK(ae_clone(&b, m->param[1]));
  ae_module_reset(m, 0, &g);
  CHECK_OK(ae_uniform(w, &same, -0.25, 0.25)); /* 1 / sqrt(16) */
  CHECK_OK(ae_uniform(b, &same, -0.25, 0.25));
  CHECK(ae_equal(m->param[0], w) && ae_equal(m->param[1], b));
  ae_seed(&g, 4);
  ae_module_reset(m, 2, &g);
  double largest = 0;
  for (int i = 0; i < 128; i++) {
    double v = element(m->param[0], i);
    largest = v > largest ? v : largest;
  }
  CHECK_NEAR(largest, 2 * 1.7320508, 0.2); /* uniform with standard deviation 2 */
  ae_tensor_release(w);
  ae_tensor_release(b);
  ae_module_release(m);
}

TEST(options_are_checked) {
  const ae_layer *linear = ae_layer_find("Linear");
  ae_value option[AE_MAXOPTIONS];
  ae_generator g = {.seed = 1};
  ae_module *m = NULL;
  ae_option_defaults(linear->options, option);
  option[0].number = 5;
  CHECK_FAILS(ae_module_new(&m, linear, option, AE_FLOAT, &g), AE_EARG,
              "nn.Linear: outputSize is missing");
  option[1].number = 0;
  CHECK_FAILS(ae_module_new(&m, linear, option, AE_FLOAT, &g), AE_EARG,
              "nn.Linear: outputSize is 0, should be at least 1");
  option[1].number = 2.5;
  CHECK_FAILS(ae_module_new(&m, linear, option, AE_FLOAT, &g), AE_EARG,
              "nn.Linear: outputSize is 2.5, should be a whole number");
  option[1].number = 2;
  option[2].number = 7;
  CHECK_FAILS(ae_module_new(&m, linear, option, AE_FLOAT, &g), AE_EARG, "bias is 7");
  option[2].number = 1;
  CHECK_FAILS(ae_module_new(&m, linear, option, AE_LONG, &g), AE_ETYPE, "Float or Double");
  const ae_layer *dropout = ae_layer_find("Dropout");
  ae_option_defaults(dropout->options, option);
  option[0].number = 1.5;
  CHECK_FAILS(ae_module_new(&m, dropout, option, AE_FLOAT, &g), AE_EARG,
              "nn.Dropout: p is 1.5, should be in 0..1");
  option[0].number = 1;
  CHECK_FAILS(ae_module_new(&m, dropout, option, AE_FLOAT, &g), AE_EARG, "p is 1");
  option[0].number = 0.0 / 0.0;
  CHECK_FAILS(ae_module_new(&m, dropout, option, AE_FLOAT, &g), AE_EARG, "p is");
  CHECK(m == NULL);
}

static ae_status set_option(ae_module *m, const char *name, double number) {
  ae_value value = {.number = number};
  return ae_module_set_option(m, ae_option_find(m->layer->options, name), &value);
}

TEST(options_can_change) {
  ae_module *relu = LAYER("ReLU", AE_FLOAT, 1), *linear = LAYER("Linear", AE_FLOAT, 3, 2);
  ae_tensor *first = VECTOR(AE_FLOAT, 2, -1, 2), *second = VECTOR(AE_FLOAT, 2, 5, -6);
  CHECK_OK(ae_module_forward(relu, first));
  CHECK_OK(ae_module_backward(relu, first, first, 1));
  CHECK_OK(set_option(relu, "inplace", 0));
  CHECK_OK(ae_module_forward(relu, second));
  CHECK_OK(ae_module_backward(relu, second, second, 1));
  CHECK_TENSOR(first, 0, 0, 2); /* no longer the layer's output */
  CHECK_TENSOR(second, 0, 5, -6);
  CHECK_TENSOR(relu->output, 0, 5, 0);
  CHECK_FAILS(set_option(relu, "inplace", 3), AE_EARG, "nn.ReLU: inplace is 3");
  CHECK_FAILS(set_option(linear, "inputSize", 4), AE_EARG,
              "nn.Linear: inputSize cannot be changed, its tensors have their sizes from it");
  CHECK_FAILS(set_option(linear, "bias", 0), AE_EARG, "bias cannot be changed");
  CHECK_NEAR(linear->option[0].number, 3, 0);
  CHECK_NEAR(linear->option[2].number, 1, 0);
  ae_tensor_release(first);
  ae_tensor_release(second);
  ae_module_release(relu);
  ae_module_release(linear);
}

TEST(nearest_word) {
  const char *words[] = {"learningRate", "momentum", "weightDecay", "nesterov", NULL};
  CHECK(strcmp(ae_nearest_word("learningrate", words), "learningRate") == 0);
  CHECK(strcmp(ae_nearest_word("leanringRate", words), "learningRate") == 0);
  CHECK(strcmp(ae_nearest_word("weight_decay", words), "weightDecay") == 0);
  CHECK(strcmp(ae_nearest_word("momentun", words), "momentum") == 0);
  CHECK(ae_nearest_word("batch", words) == NULL);
  CHECK(ae_nearest_word("", words) == NULL);
  const char *equally[] = {"mean", "lean", "bean", NULL};
  const char *turned[] = {"bean", "lean", "mean", NULL};
  CHECK(strcmp(ae_nearest_word("wean", equally), "bean") == 0);
  CHECK(strcmp(ae_nearest_word("wean", turned), "bean") == 0);
}

TEST(misuse_says_what_and_where) {
  ae_module *m = LAYER("Linear", AE_FLOAT, 784, 100);
  ae_tensor *narrow = random_matrix(AE_FLOAT, 1000, 28, 1), *x = random_matrix(AE_FLOAT, 4, 784, 1);
  ae_tensor *gy = random_matrix(AE_FLOAT, 4, 99, 1), *twice = random_matrix(AE_DOUBLE, 4, 784, 1);
  ae_tensor *good = random_matrix(AE_FLOAT, 4, 100, 1), *empty;
  CHECK_OK(ae_tensor_new(&empty, AE_FLOAT));
  CHECK_FAILS(ae_module_forward(m, narrow), AE_ESHAPE,
              "nn.Linear(784 -> 100): input has 28 features, want 784 (input 1000x28)");
  CHECK_FAILS(ae_module_forward(m, twice), AE_ETYPE, "input is a DoubleTensor");
  CHECK_FAILS(ae_module_forward(m, empty), AE_ESHAPE, "input is empty");
  CHECK_FAILS(ae_module_backward(m, x, good, 1), AE_EARG, "backward was called before forward");
  CHECK_OK(ae_module_forward(m, x));
  CHECK_FAILS(ae_module_backward(m, x, gy, 1), AE_ESHAPE,
              "gradOutput is 4x99, the output was 4x100");
  CHECK_FAILS(ae_module_backward(m, x, twice, 1), AE_ETYPE, "gradOutput is a DoubleTensor");
  CHECK_FAILS(ae_module_accumulate(m, narrow, good, 1), AE_ESHAPE, "28 features");
  CHECK_OK(ae_resize(m->param[0], 2, (int64_t[]){100, 10}));
  CHECK_FAILS(ae_module_forward(m, x), AE_ESHAPE, "weight is 100x10, should be 100x784");
  ae_tensor *all[] = {narrow, x, gy, twice, good, empty};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) ae_tensor_release(all[i]);
  ae_module_release(m);
}

TEST(set_tensor_keeps_shape_and_type) {
  ae_module *m = LAYER("Linear", AE_FLOAT, 3, 2);
  ae_tensor *wide = random_matrix(AE_FLOAT, 2, 4, 1), *twice = random_matrix(AE_DOUBLE, 2, 3, 1);
  CHECK_FAILS(ae_module_set_tensor(m, "weight", wide), AE_ESHAPE, "2x4, it should be 2x3");
  CHECK_FAILS(ae_module_set_tensor(m, "weight", twice), AE_ETYPE, "DoubleTensor");
  CHECK_FAILS(ae_module_set_tensor(m, "weight", NULL), AE_EARG, "must be a tensor");
  CHECK_FAILS(ae_module_set_tensor(m, "wieght", wide), AE_EARG, "\"wieght\"");
  CHECK_OK(ae_module_set_tensor(m, "gradInput", NULL));
  CHECK(m->grad_input == NULL);
  CHECK_OK(ae_module_set_tensor(m, "output", wide));
  CHECK(m->output == wide);
  ae_tensor_release(wide);
  ae_tensor_release(twice);
  ae_module_release(m);
}

/* gradInput nil: nobody wants it, and its product is not computed; parameters are not affected. */
TEST(unwanted_grad_input_is_skipped) {
  ae_module *inner =
      add(plain_layer("Sequential", AE_DOUBLE), LAYER("Linear", AE_DOUBLE, 3, 4), NULL);
  ae_module *net = add(plain_layer("Sequential", AE_DOUBLE), inner, NULL);
  add(net, LAYER("Linear", AE_DOUBLE, 4, 2), NULL);
  ae_module *first = net->child[0].module->child[0].module, *same = NULL;
  CHECK_OK(ae_module_clone(&same, net));
  ae_tensor *x = random_matrix(AE_DOUBLE, 5, 3, 1), *gy = random_matrix(AE_DOUBLE, 5, 2, 2);
  CHECK_OK(ae_module_forward(same, x));
  CHECK_OK(ae_module_backward(same, x, gy, 1));
  CHECK(same->grad_input && same->grad_input->ndim == 2);
  CHECK_OK(ae_module_set_tensor(net, "gradInput", NULL));
  CHECK_OK(ae_module_forward(net, x));
  CHECK_OK(ae_module_backward(net, x, gy, 1));
  CHECK(first->grad_input && first->grad_input->ndim == 0);
  CHECK(net->grad_input == NULL && net->child[0].module->grad_input != NULL);
  CHECK(ae_equal(first->grad[0], same->child[0].module->child[0].module->grad[0]));
  CHECK(ae_equal(first->grad[1], same->child[0].module->child[0].module->grad[1]));
  CHECK_OK(ae_module_set_tensor(net->child[1].module, "gradInput", NULL));
  CHECK_FAILS(ae_module_backward(net, x, gy, 1), AE_EARG, "gradInput of child 2 is nil");
  ae_tensor_release(x);
  ae_tensor_release(gy);
  ae_module_release(net);
  ae_module_release(same);
}

TEST(identity_lends_and_clear_state_gives_back) {
  ae_module *m = plain_layer("Identity", AE_FLOAT);
  ae_tensor *x = VECTOR(AE_FLOAT, 2, 1, 2), *gy = VECTOR(AE_FLOAT, 2, 3, 4);
  CHECK_OK(ae_module_forward(m, x));
  CHECK_OK(ae_module_backward(m, x, gy, 1));
  CHECK(m->output == x && m->grad_input == gy);
  ae_module_clear_state(m);
  CHECK(m->output->ndim == 0 && m->grad_input->ndim == 0);
  CHECK_TENSOR(x, 0, 1, 2);
  CHECK_TENSOR(gy, 0, 3, 4);
  ae_tensor_release(x);
  ae_tensor_release(gy);
  ae_module_release(m);
}

/* ---- copies and types ---- */

/* decoder.weight is the encoder's, transposed; the two ReLUs are one module. */
static ae_module *tied_net(void) {
  ae_module *net = plain_layer("Sequential", AE_FLOAT), *relu = plain_layer("ReLU", AE_FLOAT);
  add(net, LAYER("Linear", AE_FLOAT, 6, 4), "encoder");
  add(net, ae_module_retain(relu), NULL);
  add(net, LAYER("Linear", AE_FLOAT, 4, 6), "decoder");
  add(net, relu, NULL);
  const char *slot[] = {"weight", "gradWeight"};
  for (int i = 0; i < 2; i++) {
    ae_tensor *tied;
    CHECK_OK(ae_tensor_new(&tied, AE_FLOAT));
    CHECK_OK(ae_transpose(tied, ae_module_tensor(net->child[0].module, slot[i], NULL), 0, 1));
    CHECK_OK(ae_module_set_tensor(net->child[2].module, slot[i], tied));
    ae_tensor_release(tied);
  }
  return net;
}

static void check_tied(const ae_module *net) {
  const ae_tensor *a = net->child[0].module->param[0], *b = net->child[2].module->param[0];
  CHECK(a->storage == b->storage && a->offset == b->offset);
  CHECK(b->stride[0] == a->stride[1] && b->stride[1] == a->stride[0]);
  CHECK(net->child[1].module == net->child[3].module);
}

TEST(clone_is_deep_and_keeps_sharing) {
  ae_module *net = tied_net(), *copy = NULL;
  CHECK_OK(ae_module_clone(&copy, net));
  check_tied(copy);
  ae_tensor *w = net->child[0].module->param[0], *w2 = copy->child[0].module->param[0];
  CHECK(ae_equal(w, w2));
  CHECK(w->storage != w2->storage);
  CHECK(strcmp(copy->child[2].name, "decoder") == 0);
  CHECK_OK(ae_fill(w2, ae_from_int(0)));
  CHECK(!ae_equal(w, w2));
  ae_module_release(net);
  ae_module_release(copy);
}

TEST(set_type_keeps_values_and_sharing) {
  ae_module *net = tied_net(), *before = NULL;
  ae_tensor *back;
  CHECK_OK(ae_module_clone(&before, net));
  CHECK_OK(ae_module_set_type(net, AE_DOUBLE, NULL, NULL));
  check_tied(net);
  CHECK(net->type == AE_DOUBLE && net->child[2].module->type == AE_DOUBLE);
  CHECK(net->child[0].module->param[0]->type == AE_DOUBLE);
  CHECK(net->child[1].module->output->type == AE_DOUBLE);
  CHECK_OK(ae_tensor_new(&back, AE_FLOAT));
  CHECK_OK(ae_convert(back, net->child[0].module->param[0]));
  CHECK(ae_equal(back, before->child[0].module->param[0]));
  CHECK_FAILS(ae_module_set_type(net, AE_BYTE, NULL, NULL), AE_ETYPE, "Float or Double");
  ae_tensor_release(back);
  ae_module_release(net);
  ae_module_release(before);
}

/* Whatever allocation fails, the call says so, changes nothing and leaks nothing. */
TEST(every_failed_allocation_is_survived) {
  size_t before = ae_memory_in_use();
  for (int fail_at = 1, ok = 0; !ok; fail_at++) {
    ae_module *net = tied_net(), *encoder = net->child[0].module, *copy = NULL;
    ae_tensor *flat = NULL, *flat_grad = NULL;
    counter c = {.fail_at = fail_at};
    ae_set_allocator(count_allocations, &c);
    ae_status cloned = ae_module_clone(&copy, net);
    c.requests = 0;
    ae_status flattened = ae_module_flatten(net, &flat, &flat_grad);
    c.requests = 0;
    ae_status converted = ae_module_set_type(net, AE_DOUBLE, NULL, NULL);
    c.requests = 0;
    ae_status inserted = ae_module_insert(net, net->child[1].module, "more", 0);
    ae_set_allocator(NULL, NULL);
    CHECK((cloned == AE_OK) == (copy != NULL));
    CHECK((flattened == AE_OK) == (flat != NULL) && (flat != NULL) == (flat_grad != NULL));
    CHECK((converted == AE_OK) == (encoder->param[0]->type == AE_DOUBLE));
    CHECK(net->nchildren == (inserted == AE_OK ? 5 : 4));
    ok = cloned == AE_OK && flattened == AE_OK && converted == AE_OK && inserted == AE_OK;
    ae_tensor_release(flat);
    ae_tensor_release(flat_grad);
    ae_module_release(net);
    ae_module_release(copy);
    CHECK(ae_memory_in_use() == before);
    CHECK(fail_at < 1000);
    if (fail_at >= 1000) break;
  }
}

TEST(what_is_not_there_or_no_parameter) {
  ae_module *m = known_linear(AE_FLOAT);
  ae_tensor *table = NULL;
  CHECK(ae_layer_find("Nonsense") == NULL);
  CHECK_OK(ae_tensor_new(&table, AE_FLOAT));
  CHECK_OK(ae_table_resize(table, 2));
  CHECK_FAILS(ae_module_set_tensor(m, "weight", table), AE_EARG,
              "weight cannot be a table of 2 tensors");
  ae_tensor_release(table);
  ae_module_release(m);
}

TEST(words_longer_than_any_option_are_near_none) {
  static const char *const words[] = {
      "epochs", "a-word-of-more-than-fifty-letters-which-no-option-ever-had", NULL};
  CHECK(strcmp(ae_nearest_word("epoch", words), "epochs") == 0);
  CHECK(ae_nearest_word(words[1], words) == NULL);
}

TEST(sizes_by_the_number) {
  const ae_option *sizes = &ae_layer_find("Reshape")->options[0];
  ae_value value = {.count = AE_MAXDIM + 1};
  const ae_option tensor = {"weights", AE_TENSOR, AE_REQUIRED, 0, 0, "one for each class"};
  CHECK_FAILS(ae_option_check("nn.Reshape", sizes, &value), AE_EARG,
              "nn.Reshape: sizes are 9 numbers, at most 8 are allowed");
  CHECK_FAILS(ae_option_check("nn.None", &tensor, &value), AE_EARG,
              "nn.None: weights is missing (one for each class)");
}
