/* Visiting and flattening a network's parameters. */
#include "engine.h"

/* encoder = (Linear 3-2, ReLU), decoder = Linear 2-3, then a Linear 3-3 without bias */
static ae_module *make_net(void) {
  ae_module *encoder = plain_layer("Sequential", AE_FLOAT);
  add(encoder, LAYER("Linear", AE_FLOAT, 3, 2), NULL);
  add(encoder, plain_layer("ReLU", AE_FLOAT), NULL);
  ae_module *net = add(plain_layer("Sequential", AE_FLOAT), encoder, "encoder");
  add(net, LAYER("Linear", AE_FLOAT, 2, 3), "decoder");
  return add(net, LAYER("Linear", AE_FLOAT, 3, 3, 0), NULL);
}

static ae_status note_path(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  char *text = user;
  CHECK(ae_same_size(value, grad));
  strcat(strcat(text, path), " ");
  return AE_OK;
}

static void check_paths(ae_module *net, const char *want) {
  char text[1000] = "";
  CHECK_OK(ae_module_visit_parameters(net, note_path, text));
  if (strcmp(text, want) != 0) test_failed(__FILE__, __LINE__, "%s, want %s", text, want);
}

TEST(paths_are_names_and_pytorchs_numbers) {
  ae_module *net = make_net();
  check_paths(net, "encoder.0.weight encoder.0.bias decoder.weight decoder.bias 2.weight ");
  check_paths(net->child[1].module, "weight bias ");
  CHECK(ae_module_parameter_count(net) == 6 + 2 + 6 + 3 + 9);
  ae_module_release(net);
}

static ae_status stop_at_decoder(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  (void)value, (void)grad;
  ++*(int *)user;
  return strncmp(path, "decoder", 7) == 0 ? AE_EHOST : AE_OK;
}

TEST(a_visitor_can_stop) {
  ae_module *net = make_net();
  int visits = 0;
  CHECK(ae_module_visit_parameters(net, stop_at_decoder, &visits) == AE_EHOST);
  CHECK(visits == 3);
  ae_module_release(net);
}

/* And a Linear 3-2 that shares everything with the first. */
static ae_module *sharing_net(void) {
  ae_module *net = make_net(), *twin = LAYER("Linear", AE_FLOAT, 3, 2);
  ae_module *first = net->child[0].module->child[0].module;
  const char *slot[] = {"weight", "gradWeight", "bias", "gradBias"};
  for (int i = 0; i < 4; i++)
    CHECK_OK(ae_module_set_tensor(twin, slot[i], ae_module_tensor(first, slot[i], NULL)));
  return add(net, twin, "twin");
}

TEST(shared_parameters_are_visited_once) {
  ae_module *net = sharing_net();
  check_paths(net, "encoder.0.weight encoder.0.bias decoder.weight decoder.bias 2.weight ");
  /* another gradient: two parameters again, so that neither gradient is forgotten */
  ae_tensor *own = random_matrix(AE_FLOAT, 2, 3, 1);
  CHECK_OK(ae_module_set_tensor(net->child[3].module, "gradWeight", own));
  check_paths(net,
              "encoder.0.weight encoder.0.bias decoder.weight decoder.bias 2.weight twin.weight ");
  ae_tensor *flat = NULL, *flat_grad = NULL;
  CHECK_FAILS(ae_module_flatten(net, &flat, &flat_grad), AE_EARG, "share a parameter (2x3)");
  ae_tensor_release(own);
  ae_module_release(net);
}

TEST(flatten_moves_everything_into_one_storage) {
  ae_module *net = make_net(), *before = NULL;
  ae_tensor *flat = NULL, *flat_grad = NULL;
  CHECK_OK(ae_module_clone(&before, net));
  ae_tensor *w = net->child[0].module->child[0].module->param[0];
  CHECK_OK(ae_module_flatten(net, &flat, &flat_grad));
  CHECK(flat->ndim == 1 && flat->size[0] == 26 && flat_grad->size[0] == 26);
  CHECK(net->child[0].module->child[0].module->param[0] == w && w->storage == flat->storage);
  CHECK(ae_equal(w, before->child[0].module->child[0].module->param[0]));
  CHECK(ae_equal(net->child[2].module->param[0], before->child[2].module->param[0]));
  CHECK_NEAR(element(flat, 25), element(net->child[2].module->param[0], 8), 0);
  CHECK_OK(ae_fill(flat, ae_from_double(3)));
  CHECK_NEAR(element(net->child[1].module->param[1], 2), 3, 0);
  CHECK_OK(ae_fill(flat_grad, ae_from_double(2)));
  CHECK_OK(ae_module_update(net, 0.5));
  CHECK_NEAR(element(flat, 0), 2, 0);
  CHECK_NEAR(element(flat, 25), 2, 0);
  ae_tensor_release(flat);
  ae_tensor_release(flat_grad);
  ae_module_release(net);
  ae_module_release(before);
}

TEST(flatten_again_finds_the_same_storage) {
  ae_module *net = make_net();
  ae_tensor *flat = NULL, *grad = NULL, *again = NULL, *grad_again = NULL, *part = NULL,
            *grad_part = NULL;
  CHECK_OK(ae_module_flatten(net, &flat, &grad));
  CHECK_OK(ae_module_flatten(net, &again, &grad_again));
  CHECK(ae_data(flat) == ae_data(again) && ae_data(grad) == ae_data(grad_again));
  CHECK_OK(ae_module_flatten(net->child[1].module, &part, &grad_part));
  CHECK(part->size[0] == 9 && ae_data(part) == (float *)ae_data(flat) + 8);
  ae_tensor *all[] = {flat, grad, again, grad_again, part, grad_part};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) ae_tensor_release(all[i]);
  ae_module_release(net);
}

TEST(flatten_keeps_sharing) {
  ae_module *net = sharing_net();
  ae_module *first = net->child[0].module->child[0].module, *twin = net->child[3].module;
  ae_tensor *flat = NULL, *flat_grad = NULL, *view = NULL;
  CHECK(twin->param[0] == first->param[0]);
  /* a transposed view of the encoder's weight is the decoder's */
  const char *slot[] = {"weight", "gradWeight"};
  for (int i = 0; i < 2; i++) {
    CHECK_OK(ae_tensor_new(&view, AE_FLOAT));
    CHECK_OK(ae_transpose(view, ae_module_tensor(first, slot[i], NULL), 0, 1));
    CHECK_OK(ae_module_set_tensor(net->child[1].module, slot[i], view));
    ae_tensor_release(view);
  }
  ae_tensor *tied = net->child[1].module->param[0];
  double corner = element(first->param[0], 1);
  CHECK_OK(ae_module_flatten(net, &flat, &flat_grad));
  CHECK(flat->size[0] == 6 + 2 + 3 + 9);
  CHECK(tied->storage == flat->storage && tied->offset == first->param[0]->offset);
  CHECK_NEAR(element(first->param[0], 1), corner, 0);
  CHECK_NEAR(element(tied, 2), corner, 0);
  CHECK(ae_module_parameter_count(net) == 20);
  ae_tensor_release(flat);
  ae_tensor_release(flat_grad);
  ae_module_release(net);
}

TEST(nothing_to_flatten) {
  ae_module *relu = plain_layer("ReLU", AE_FLOAT);
  ae_tensor *flat = NULL, *flat_grad = NULL;
  CHECK_OK(ae_module_flatten(relu, &flat, &flat_grad));
  CHECK(flat->ndim == 0 && flat_grad->ndim == 0);
  CHECK(ae_module_parameter_count(relu) == 0);
  ae_tensor_release(flat);
  ae_tensor_release(flat_grad);
  ae_module_release(relu);
}

TEST(other_sizes_or_strides_over_the_same_memory_are_another_parameter) {
  ae_module *net = plain_layer("Sequential", AE_FLOAT);
  add(net, LAYER("Linear", AE_FLOAT, 2, 2), NULL);
  add(net, LAYER("Linear", AE_FLOAT, 1, 2), NULL);
  add(net, LAYER("Linear", AE_FLOAT, 2, 1), NULL);
  const char *slot[] = {"weight", "gradWeight"};
  for (int i = 0; i < 2; i++) { /* (2,1) and (1,2) of the first Linear's (2,2): 2 and 1 apart */
    ae_tensor view = ae_tensor_local(AE_FLOAT), *part;
    ae_tensor *whole = ae_module_tensor(net->child[0].module, slot[i], NULL);
    for (int k = 1; k <= 2; k++) {
      CHECK_OK(ae_narrow(&view, whole, 2 - k, 0, 1));
      CHECK_OK(ae_tensor_new(&part, AE_FLOAT));
      CHECK_OK(ae_set(part, &view));
      CHECK_OK(ae_module_set_tensor(net->child[k].module, slot[i], part));
      ae_tensor_release(part);
    }
    ae_tensor_clear(&view);
  }
  check_paths(net, "0.weight 0.bias 1.weight 1.bias 2.weight 2.bias ");
  ae_module_release(net);
}

TEST(names_that_are_too_long_together_are_told) {
  char name[200];
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  ae_module *net = LAYER("Linear", AE_FLOAT, 1, 1);
  for (int i = 0; i < 3; i++) net = add(plain_layer("Sequential", AE_FLOAT), net, name);
  char text[1000] = "";
  CHECK_FAILS(ae_module_visit_parameters(net, note_path, text), AE_EARG,
              "the names of modules inside each other are longer than 512: nnn");
  ae_module_release(net);
}
