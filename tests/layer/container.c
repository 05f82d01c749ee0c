/* Containers: children by place and name, and whose fault an error is. */
#include "engine.h"

static ae_module *net_of_three(void) {
  ae_module *net = plain_layer("Sequential", AE_FLOAT);
  add(net, LAYER("Linear", AE_FLOAT, 4, 3), "encoder");
  add(net, plain_layer("ReLU", AE_FLOAT), NULL);
  return add(net, LAYER("Linear", AE_FLOAT, 3, 4), "decoder");
}

TEST(insert_remove_replace) {
  ae_module *net = net_of_three(), *tanh = plain_layer("Tanh", AE_FLOAT), *removed = NULL;
  CHECK_OK(ae_module_insert(net, tanh, NULL, 1));
  CHECK(net->nchildren == 4 && net->child[1].module == tanh);
  CHECK(strcmp(net->child[3].name, "decoder") == 0);
  CHECK(ae_module_find_child(net, "decoder") == 3 && ae_module_find_child(net, "none") == -1);
  CHECK_OK(ae_module_remove(net, 0, &removed));
  CHECK(strcmp(removed->layer->name, "Linear") == 0 && net->child[0].module == tanh);
  CHECK_OK(ae_module_replace(net, 2, removed));
  CHECK(net->child[2].module == removed && strcmp(net->child[2].name, "decoder") == 0);
  CHECK_OK(ae_module_remove(net, 1, NULL));
  CHECK(net->nchildren == 2);
  ae_module_release(removed);
  ae_module_release(tanh);
  ae_module_release(net);
}

TEST(places_and_names_are_checked) {
  ae_module *net = net_of_three(), *child = plain_layer("Tanh", AE_FLOAT);
  CHECK_FAILS(ae_module_insert(net, child, NULL, 4), AE_EARG, "place 5 is not in 1..4");
  CHECK_FAILS(ae_module_insert(net, child, NULL, -1), AE_EARG, "place 0 is not in 1..4");
  CHECK_FAILS(ae_module_remove(net, 3, NULL), AE_EARG, "place 4 is not in 1..3");
  CHECK_FAILS(ae_module_replace(net, 3, child), AE_EARG, "place 4 is not in 1..3");
  CHECK_FAILS(ae_module_insert(net, child, "encoder", 0), AE_EARG,
              "already has a child \"encoder\"");
  CHECK_FAILS(ae_module_insert(net, child, "1", 0), AE_EARG, "\"1\" is no name");
  CHECK_FAILS(ae_module_insert(net, child, "a.b", 0), AE_EARG, "\"a.b\" is no name");
  CHECK_FAILS(ae_module_insert(net, child, "", 0), AE_EARG, "\"\" is no name");
  CHECK_FAILS(ae_module_insert(child, net, NULL, 0), AE_EARG, "nn.Tanh cannot hold other modules");
  CHECK_FAILS(ae_module_remove(child, 0, NULL), AE_EARG, "cannot hold");
  CHECK(net->nchildren == 3 && child->refs == 1);
  ae_module_release(child);
  ae_module_release(net);
}

TEST(no_module_holds_itself) {
  ae_module *a = plain_layer("Sequential", AE_FLOAT), *b = plain_layer("Sequential", AE_FLOAT);
  CHECK_FAILS(ae_module_insert(a, a, NULL, 0), AE_EARG, "cannot hold itself");
  CHECK_OK(ae_module_insert(a, b, NULL, 0));
  CHECK_FAILS(ae_module_insert(b, a, NULL, 0), AE_EARG, "cannot hold itself");
  ae_module *c = add(plain_layer("Sequential", AE_FLOAT), ae_module_retain(a), NULL);
  CHECK_FAILS(ae_module_insert(b, c, NULL, 0), AE_EARG, "cannot hold itself");
  add(b, plain_layer("ReLU", AE_FLOAT), NULL);
  CHECK_FAILS(ae_module_replace(b, 0, a), AE_EARG, "cannot hold itself");
  ae_module_release(c);
  ae_module_release(b);
  ae_module_release(a);
}

/* Half a million ways lead to the innermost, which is looked at once. */
TEST(containers_share_what_is_inside) {
  ae_module *leaf = LAYER("Linear", AE_FLOAT, 2, 2), *net = ae_module_retain(leaf), *level[18];
  ae_module *top = plain_layer("Sequential", AE_FLOAT), *hole = top;
  for (int i = 0; i < 18; i++) {
    level[i] = add(plain_layer("Sequential", AE_FLOAT), ae_module_retain(net), NULL);
    net = add(level[i], net, NULL);
  }
  for (int i = 1; i < 82; i++) {
    add(hole, plain_layer("Sequential", AE_FLOAT), NULL);
    hole = hole->child[0].module;
  }
  CHECK_FAILS(ae_module_insert(level[0], net, NULL, 0), AE_EARG, "cannot hold itself");
  CHECK_FAILS(ae_module_replace(level[8], 1, level[16]), AE_EARG, "cannot hold itself");
  CHECK_FAILS(ae_module_insert(hole, net, NULL, 0), AE_EARG, "would be 101 deep");
  ae_module_retain(level[0]);
  for (int i = 0; i < 2; i++) CHECK_OK(ae_module_replace(level[1], i, leaf));
  CHECK_OK(ae_module_insert(level[0], net, NULL, 0));
  CHECK_OK(ae_module_remove(level[0], 0, NULL));
  CHECK_OK(ae_module_insert(hole, net, NULL, 0));
  for (int i = 0; i < 2; i++) {
    ae_module *twice = add(plain_layer("Sequential", AE_FLOAT), ae_module_retain(net), NULL);
    net = add(twice, net, NULL);
  }
  ae_module *other = plain_layer("Sequential", AE_FLOAT);
  CHECK_FAILS(ae_module_insert(other, net, NULL, 0), AE_EARG, "at most 1000000 may be");
  ae_module_release(other);
  ae_module_release(level[0]);
  ae_module_release(top);
  ae_module_release(net);
  ae_module_release(leaf);
}

TEST(an_error_names_the_child) {
  ae_module *inner = plain_layer("Sequential", AE_FLOAT);
  add(inner, plain_layer("ReLU", AE_FLOAT), NULL);
  add(inner, LAYER("Linear", AE_FLOAT, 5, 3), NULL);
  ae_module *net = add(plain_layer("Sequential", AE_FLOAT), inner, "encoder");
  ae_module *top = add(plain_layer("Sequential", AE_FLOAT), net, NULL);
  ae_tensor *x = random_matrix(AE_FLOAT, 2, 7, 1);
  CHECK_FAILS(ae_module_forward(inner, x), AE_ESHAPE, "");
  CHECK(strcmp(ae_error(), "2: nn.Linear(5 -> 3): input has 7 features, want 5 (input 2x7)") == 0);
  CHECK_FAILS(ae_module_forward(top, x), AE_ESHAPE, "");
  CHECK(strncmp(ae_error(), "1.encoder.2: nn.Linear(5 -> 3): input", 37) == 0);
  CHECK_FAILS(ae_module_backward(top, x, x, 1), AE_EARG, "");
  CHECK(strcmp(ae_error(), "nn.Sequential: backward was called before forward") == 0);
  ae_tensor_release(x);
  ae_module_release(top);
}

TEST(empty_container_is_the_identity) {
  ae_module *net = plain_layer("Sequential", AE_FLOAT);
  ae_tensor *x = random_matrix(AE_FLOAT, 2, 3, 1), *gy = random_matrix(AE_FLOAT, 2, 3, 2);
  CHECK_OK(ae_module_forward(net, x));
  CHECK(net->output == x);
  CHECK_OK(ae_module_backward(net, x, gy, 1));
  CHECK(net->grad_input == gy);
  ae_tensor_release(x);
  ae_tensor_release(gy);
  ae_module_release(net);
}

/* ---- classes of the host language ---- */

static int destroyed;

static ae_status host_forward(ae_module *m, ae_tensor *x) {
  return ae_map1(AE_MUL_SCALAR, m->output, x, 2, 0);
}
static ae_status host_backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)x;
  return ae_map1(AE_MUL_SCALAR, m->grad_input, gy, 2, 0);
}
static void host_destroyed(ae_module *m) { destroyed += m->host_data == &destroyed; }

TEST(host_functions_take_the_layers_place) {
  static const ae_host host = {
      .forward = host_forward, .backward = host_backward, .destroyed = host_destroyed};
  ae_module *twice = plain_layer("Identity", AE_DOUBLE);
  twice->host = &host;
  twice->host_data = &destroyed;
  ae_module *net = add(plain_layer("Sequential", AE_DOUBLE), twice, NULL), *copy = NULL;
  ae_tensor *x = VECTOR(AE_DOUBLE, 2, 1, -3);
  CHECK_OK(ae_module_forward(net, x));
  CHECK_TENSOR(net->output, 0, 2, -6);
  CHECK_OK(ae_module_backward(net, x, x, 1));
  CHECK_TENSOR(net->grad_input, 0, 2, -6);
  CHECK_OK(ae_module_clone(&copy, net));
  CHECK(copy->child[0].module->host == NULL && copy->child[0].module->host_data == NULL);
  ae_module_release(copy);
  CHECK(destroyed == 0);
  ae_module_release(net);
  CHECK(destroyed == 1);
  ae_tensor_release(x);
}

static ae_status remove_neighbours(ae_module *m, ae_tensor *x) {
  ae_module *container = m->host_data;
  while (container->nchildren > 0) CHECK_OK(ae_module_remove(container, 0, NULL));
  return ae_map1(AE_MUL_SCALAR, m->output, x, 2, 0);
}

/* A host function may do anything, removing itself included: an error, not a crash. */
TEST(children_changed_while_running) {
  static const ae_host host = {.forward = remove_neighbours};
  ae_module *net = net_of_three(), *evil = plain_layer("Identity", AE_FLOAT);
  evil->host = &host;
  evil->host_data = net;
  CHECK_OK(ae_module_insert(net, evil, NULL, 1));
  ae_module_release(evil);
  ae_tensor *x = random_matrix(AE_FLOAT, 2, 4, 1);
  CHECK_FAILS(ae_module_forward(net, x), AE_EARG, "its children changed while it ran");
  CHECK(net->nchildren == 0);
  ae_tensor_release(x);
  ae_module_release(net);
}

TEST(nothing_can_be_taken_out_of_an_empty_container) {
  ae_module *net = plain_layer("Sequential", AE_FLOAT);
  CHECK_FAILS(ae_module_remove(net, 0, NULL), AE_EARG, "nn.Sequential has no children");
  ae_module_release(net);
}

TEST(a_map_shares_what_is_inside_its_child) {
  ae_module *net = plain_layer("MapTable", AE_FLOAT);
  add(net, add(plain_layer("Sequential", AE_FLOAT), LAYER("Linear", AE_FLOAT, 3, 2), NULL), NULL);
  ae_tensor *x = NULL;
  CHECK_OK(ae_tensor_new(&x, AE_FLOAT));
  CHECK_OK(ae_table_resize(x, 2));
  for (int i = 0; i < 2; i++) CHECK_OK(ae_resize(x->part[i], 1, (int64_t[]){3}));
  CHECK_OK(ae_module_forward(net, x));
  CHECK(net->nchildren == 2 && ae_module_parameter_count(net) == 8);
  CHECK(net->child[0].module->child[0].module->param[0] ==
        net->child[1].module->child[0].module->param[0]);
  ae_tensor_release(x);
  ae_module_release(net);
}
