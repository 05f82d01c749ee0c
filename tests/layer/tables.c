/* Layers and losses with tables of tensors: the same bits on every kernel path and at any number of
 * threads, and no allocation once they run. */
#include "engine.h"

enum { ROWS = 300, COLUMNS = 77 };

/* What the input is: n matrices, {gates, {n matrices}}, two square matrices, a matrix and a vector,
 * tables inside each other, or no table at all. */
typedef enum shape { ALIKE, MIXTURE, SQUARES, VECTOR, NESTED, PLAIN } shape;

typedef struct layer_case {
  const char *name;
  shape shape;
  int n; /* tensors, or children */
  int noptions;
  double option[2];
} layer_case;

static const layer_case cases[] = {
    {"CAddTable", ALIKE, 3, 0, {0}},        {"CSubTable", ALIKE, 2, 0, {0}},
    {"CMulTable", ALIKE, 3, 0, {0}},        {"CDivTable", ALIKE, 2, 0, {0}},
    {"CMaxTable", ALIKE, 3, 0, {0}},        {"CMinTable", ALIKE, 3, 0, {0}},
    {"JoinTable", ALIKE, 3, 1, {2}},        {"SelectTable", ALIKE, 3, 1, {-1}},
    {"NarrowTable", ALIKE, 3, 2, {2, 2}},   {"FlattenTable", NESTED, 3, 0, {0}},
    {"SplitTable", PLAIN, 0, 1, {2}},       {"MixtureTable", MIXTURE, 3, 0, {0}},
    {"DotProduct", ALIKE, 2, 0, {0}},       {"CosineDistance", ALIKE, 2, 0, {0}},
    {"PairwiseDistance", ALIKE, 2, 0, {0}}, {"PairwiseDistance", ALIKE, 2, 1, {1.5}},
    {"MM", SQUARES, 2, 2, {1, 0}},          {"MV", VECTOR, 2, 0, {0}},
    {"ConcatTable", PLAIN, 3, 0, {0}},      {"ParallelTable", ALIKE, 3, 0, {0}},
    {"MapTable", ALIKE, 3, 0, {0}},         {"Concat", PLAIN, 3, 1, {2}},
    {"DepthConcat", PLAIN, 3, 1, {2}},      {"Identity", NESTED, 3, 0, {0}},
};
enum { NCASES = sizeof cases / sizeof *cases };

static const char *const losses[] = {"CosineEmbeddingCriterion", "MarginRankingCriterion"};

/* ---- inputs ---- */

static void add_part(ae_tensor *table, int i, ae_tensor *part) {
  CHECK_OK(ae_table_resize(table, i + 1));
  CHECK_OK(ae_table_set(table, i, part));
  ae_tensor_release(part);
}

static ae_tensor *table_of(ae_type type, int n, int64_t rows, int64_t columns) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new(&t, type));
  for (int i = 0; i < n; i++) add_part(t, i, random_matrix(type, rows, columns, (uint64_t)i + 3));
  return t;
}

static ae_tensor *vector(ae_type type, int64_t n) {
  ae_tensor *v = random_matrix(type, 1, n, 9);
  CHECK_OK(ae_select(v, v, 0, 0));
  return v;
}

static ae_tensor *input_of(const layer_case *c, ae_type type) {
  ae_tensor *x = NULL;
  if (c->shape == ALIKE) return table_of(type, c->n, ROWS, COLUMNS);
  if (c->shape == SQUARES) return table_of(type, 2, COLUMNS, COLUMNS);
  if (c->shape == PLAIN) return random_matrix(type, ROWS, COLUMNS, 3);
  CHECK_OK(ae_tensor_new(&x, type));
  add_part(x, 0, random_matrix(type, ROWS, c->shape == MIXTURE ? c->n : COLUMNS, 2));
  add_part(x, 1, c->shape == VECTOR ? vector(type, COLUMNS) : table_of(type, c->n, ROWS, COLUMNS));
  return x;
}

/* Numbers like those of t, in its structure. */
static ae_tensor *gradient_of(const ae_tensor *t) {
  ae_tensor *g = NULL;
  ae_generator random = {.seed = 4};
  CHECK_OK(ae_tensor_new(&g, t->type));
  if (t->nparts == 0) {
    CHECK_OK(ae_resize_as(g, t));
    CHECK_OK(ae_normal(g, &random, 0, 1));
  }
  for (int i = 0; i < t->nparts; i++) add_part(g, i, gradient_of(t->part[i]));
  return g;
}

/* ---- steps ---- */

typedef struct step {
  ae_module *m;
  ae_tensor *x, *gy;
} step;

static ae_module *layer(const char *name, ae_type type, int n, const double *number) {
  const ae_layer *l = ae_layer_find(name);
  ae_value option[AE_MAXOPTIONS];
  ae_generator g = {.seed = 1};
  ae_module *m = NULL;
  ae_option_defaults(l->options, option);
  for (int i = 0; i < n; i++) option[i].number = number[i];
  CHECK_OK(ae_module_new(&m, l, option, type, &g));
  return m;
}

/* Children: Identity, and Linears. */
static void add_children(ae_module *m, const layer_case *c) {
  const bool one = strcmp(c->name, "MapTable") == 0;
  const double sizes[] = {COLUMNS, COLUMNS};
  for (int i = 0; i < c->n && m->layer->container && !(one && i > 0); i++) {
    bool plain = i == 0 && !one;
    ae_module *child = layer(plain ? "Identity" : "Linear", m->type, plain ? 0 : 2, sizes);
    CHECK_OK(ae_module_insert(m, child, NULL, i));
    ae_module_release(child);
  }
}

static void run(step *s) {
  CHECK_OK(ae_module_zero_grad(s->m));
  CHECK_OK(ae_module_forward(s->m, s->x));
  if (!s->gy) s->gy = gradient_of(s->m->output);
  CHECK_OK(ae_module_backward(s->m, s->x, s->gy, 1));
}

static step begin(const layer_case *c, ae_type type) {
  step s = {.m = layer(c->name, type, c->noptions, c->option), .x = input_of(c, type)};
  add_children(s.m, c);
  run(&s);
  return s;
}

static void end(step *s) {
  ae_module_release(s->m);
  ae_tensor_release(s->x);
  ae_tensor_release(s->gy);
}

static bool same(const ae_tensor *a, const ae_tensor *b) {
  if (a->nparts != b->nparts) return false;
  if (a->nparts == 0) return ae_equal(a, b);
  for (int i = 0; i < a->nparts; i++)
    if (!same(a->part[i], b->part[i])) return false;
  return true;
}

static void as_before(void) {
  CHECK_OK(ae_set_kernels(NULL));
  CHECK_OK(ae_set_threads(0));
}

/* Everywhere against the portable path on one thread. */
static void check_bits(const layer_case *c, ae_type type) {
  CHECK_OK(ae_set_kernels(ae_kernels_available(0)));
  CHECK_OK(ae_set_threads(1));
  step first = begin(c, type);
  CHECK_OK(ae_set_threads(3));
  for (int k = 0; ae_kernels_available(k); k++) {
    CHECK_OK(ae_set_kernels(ae_kernels_available(k)));
    step now = begin(c, type);
    if (!same(first.m->output, now.m->output) || !same(first.m->grad_input, now.m->grad_input))
      test_failed(__FILE__, __LINE__, "%s, %s: %s with 3 threads differs", c->name,
                  ae_type_name(type), ae_kernels());
    end(&now);
  }
  end(&first);
}

TEST(tables_have_the_same_bits_everywhere) {
  for (int i = 0; i < NCASES; i++) {
    check_bits(&cases[i], AE_FLOAT);
    check_bits(&cases[i], AE_DOUBLE);
  }
  as_before();
}

TEST(steps_with_tables_allocate_nothing) {
  for (int i = 0; i < NCASES; i++) {
    size_t empty = ae_memory_in_use();
    step s = begin(&cases[i], AE_FLOAT);
    run(&s);
    counter c = {0};
    ae_set_allocator(count_allocations, &c);
    run(&s);
    ae_set_allocator(NULL, NULL);
    if (c.requests > 0)
      test_failed(__FILE__, __LINE__, "%s asks for memory %d times", cases[i].name, c.requests);
    end(&s);
    if (ae_memory_in_use() != empty)
      test_failed(__FILE__, __LINE__, "%s keeps memory", cases[i].name);
  }
}

/* Forward, backward and a copy with the allocation of this number failing; whether all went well.
 */
static bool survives(const layer_case *c, int fail_at) {
  const size_t empty = ae_memory_in_use();
  counter count = {.fail_at = fail_at};
  step s = {.m = layer(c->name, AE_FLOAT, c->noptions, c->option), .x = input_of(c, AE_FLOAT)};
  ae_module *copy = NULL;
  add_children(s.m, c);
  ae_set_allocator(count_allocations, &count);
  ae_status status = ae_module_forward(s.m, s.x);
  if (status == AE_OK) status = ae_clone(&s.gy, s.m->output);
  if (status == AE_OK) status = ae_module_backward(s.m, s.x, s.gy, 1);
  if (status == AE_OK) status = ae_module_clone(&copy, s.m);
  ae_set_allocator(NULL, NULL);
  CHECK(status == AE_OK || status == AE_EMEM);
  CHECK((status == AE_EMEM) == (count.requests >= fail_at));
  ae_module_release(copy);
  end(&s);
  CHECK(ae_memory_in_use() == empty);
  return status == AE_OK;
}

TEST(tables_survive_every_failed_allocation) {
  for (int i = 0; i < NCASES; i++) {
    int fail_at = 1;
    while (fail_at < 400 && !survives(&cases[i], fail_at)) fail_at++;
    CHECK(fail_at < 400);
  }
}

/* Copies, types and clearing while tables are in the slots. */
TEST(tables_in_slots_are_copied_converted_and_cleared) {
  for (int i = 0; i < NCASES; i++) {
    size_t empty = ae_memory_in_use();
    step s = begin(&cases[i], AE_FLOAT);
    ae_module *copy = NULL;
    CHECK_OK(ae_module_clone(&copy, s.m));
    CHECK(copy->output->nparts == 0 && copy->output->ndim == 0);
    CHECK_OK(ae_module_forward(copy, s.x));
    CHECK(same(copy->output, s.m->output));
    ae_module_clear_state(copy);
    CHECK(copy->output->nparts == 0 && copy->grad_input->nparts == 0);
    CHECK_OK(ae_module_set_type(s.m, AE_DOUBLE, NULL, NULL));
    CHECK(s.m->output->nparts == 0 && s.m->output->type == AE_DOUBLE);
    ae_module_release(copy);
    end(&s);
    CHECK(ae_memory_in_use() == empty);
  }
}

/* ---- losses ---- */

typedef struct loss_run {
  double loss;
  ae_tensor *gx; /* a copy */
} loss_run;

static loss_run run_loss(const char *name, ae_type type) {
  const ae_loss *const *l = ae_losses;
  while (strcmp((*l)->name, name) != 0) l++;
  ae_value option[AE_MAXOPTIONS];
  ae_criterion *c = NULL;
  loss_run result = {0};
  ae_option_defaults((*l)->options, option);
  CHECK_OK(ae_criterion_new(&c, *l, option, type));
  ae_tensor *x = table_of(type, 2, ROWS, COLUMNS), *t = random_matrix(type, ROWS, COLUMNS, 7);
  if (strcmp(name, "CosineEmbeddingCriterion") == 0) CHECK_OK(ae_select(t, t, 1, 0));
  CHECK_OK(ae_map1(AE_SIGN, t, t, 0, 0));
  for (int i = 0; i < 2; i++) {
    CHECK_OK(ae_criterion_forward(c, x, t, &result.loss));
    CHECK_OK(ae_criterion_backward(c, x, t));
  }
  CHECK_OK(ae_clone(&result.gx, c->grad_input));
  ae_criterion_release(c);
  ae_tensor_release(x);
  ae_tensor_release(t);
  return result;
}

TEST(losses_of_tables_have_the_same_bits_everywhere) {
  for (size_t i = 0; i < 2 * sizeof losses / sizeof *losses; i++) {
    const ae_type type = i % 2 ? AE_FLOAT : AE_DOUBLE;
    CHECK_OK(ae_set_kernels(ae_kernels_available(0)));
    CHECK_OK(ae_set_threads(1));
    loss_run first = run_loss(losses[i / 2], type);
    CHECK_OK(ae_set_threads(3));
    for (int k = 0; ae_kernels_available(k); k++) {
      CHECK_OK(ae_set_kernels(ae_kernels_available(k)));
      loss_run now = run_loss(losses[i / 2], type);
      CHECK(now.loss == first.loss && same(now.gx, first.gx));
      ae_tensor_release(now.gx);
    }
    ae_tensor_release(first.gx);
  }
  as_before();
}
