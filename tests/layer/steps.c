/* Layers and losses one by one: the same bits on every kernel path and at any number of threads,
 * and no allocation once they run. Nets are in training.c. */
#include "engine.h"

enum { ROWS = 300, COLUMNS = 77 }; /* no multiple of a vector, and more than one piece */

typedef struct layer_case {
  const char *name;
  int noptions;
  double option[4]; /* numbers; a size list is {COLUMNS} */
  bool positive;    /* its input must be */
} layer_case;

static const layer_case layers[] = {
    {"Abs", 0, {0}, false},
    {"Add", 1, {COLUMNS}, false},
    {"AddConstant", 1, {0.3}, false},
    {"BatchNormalization", 1, {COLUMNS}, false},
    {"CAdd", 0, {0}, false},
    {"CMul", 0, {0}, false},
    {"Clamp", 2, {-0.3, 0.6}, false},
    {"Contiguous", 0, {0}, false},
    {"ContractivePenalty", 4, {30, COLUMNS, 2, 0.1}, false},
    {"Copy", 0, {0}, false},
    {"Exp", 0, {0}, false},
    {"HardShrink", 0, {0}, false},
    {"HardTanh", 0, {0}, false},
    {"KLSparsity", 1, {0.2}, false},
    {"L1Penalty", 1, {0.2}, false},
    {"LayerNormalization", 1, {COLUMNS}, false},
    {"Log", 0, {0}, true},
    {"LogSigmoid", 0, {0}, false},
    {"LookupTable", 4, {5, 7, 2, 1.5}, false},
    {"Max", 1, {1}, false},
    {"Mean", 1, {2}, false},
    {"Min", 1, {2}, false},
    {"Mul", 0, {0}, false},
    {"MulConstant", 1, {0.3}, false},
    {"Narrow", 3, {2, 5, 40}, false},
    {"Normalize", 1, {2}, false},
    {"Normalize", 1, {3}, false},
    {"PReLU", 0, {0}, false},
    {"PReLU", 1, {COLUMNS}, false},
    {"Padding", 2, {2, -3}, false},
    {"Power", 1, {1.7}, true},
    {"Replicate", 1, {3}, false},
    {"Select", 2, {1, 3}, false},
    {"SoftMin", 0, {0}, false},
    {"SoftPlus", 0, {0}, false},
    {"SoftShrink", 0, {0}, false},
    {"SoftSign", 0, {0}, false},
    {"Sqrt", 0, {0}, true},
    {"Square", 0, {0}, false},
    {"Squeeze", 0, {0}, false},
    {"Sum", 1, {1}, false},
    {"Sum", 1, {2}, false},
    {"TanhShrink", 0, {0}, false},
    {"Threshold", 0, {0}, false},
    {"TiedLinear", 2, {COLUMNS, 90}, false},
    {"Transpose", 0, {0}, false},
    {"Unsqueeze", 1, {2}, false},
};
enum { NLAYERS = sizeof layers / sizeof *layers };

static const char *const losses[] = {
    "DistKLDivCriterion",       "MarginCriterion",   "MultiLabelSoftMarginCriterion",
    "SoftMarginCriterion",      "SmoothL1Criterion", "MultiMarginCriterion",
    "MultiLabelMarginCriterion"};
enum { NLOSSES = sizeof losses / sizeof *losses };

/* ---- one layer ---- */

typedef struct step {
  ae_module *m;
  ae_tensor *x, *gy;
} step;

static ae_module *make(const layer_case *c, ae_type type) {
  const ae_layer *layer = ae_layer_find(c->name);
  ae_value option[AE_MAXOPTIONS];
  ae_generator g = {.seed = 1};
  ae_module *m = NULL;
  ae_option_defaults(layer->options, option);
  for (int i = 0; i < c->noptions; i++) option[i].number = c->option[i];
  if (strcmp(c->name, "CMul") == 0 || strcmp(c->name, "CAdd") == 0)
    option[0] = (ae_value){.count = 1, .size = {COLUMNS}};
  if (strcmp(c->name, "Transpose") == 0) option[0] = (ae_value){.count = 2, .size = {1, 2}};
  CHECK_OK(ae_module_new(&m, layer, option, type, &g));
  return m;
}

static void run(step *s) {
  CHECK_OK(ae_module_zero_grad(s->m));
  CHECK_OK(ae_module_forward(s->m, s->x));
  if (!s->gy) {
    ae_generator g = {.seed = 4};
    CHECK_OK(ae_tensor_new(&s->gy, s->m->type));
    CHECK_OK(ae_resize_as(s->gy, s->m->output));
    CHECK_OK(ae_normal(s->gy, &g, 0, 1));
  }
  CHECK_OK(ae_module_backward(s->m, s->x, s->gy, 1));
}

static ae_tensor *input_of(const layer_case *c, ae_type type, int64_t rows, int64_t columns) {
  ae_tensor *x = random_matrix(type, rows, columns, 3);
  ae_generator g = {.seed = 6};
  if (c->positive) CHECK_OK(ae_map1(AE_ABS, x, x, 0, 0));
  if (strcmp(c->name, "LookupTable") == 0) CHECK_OK(ae_randint(x, &g, 1, 5));
  if (strcmp(c->name, "KLSparsity") == 0) CHECK_OK(ae_uniform(x, &g, 0, 1));
  return x;
}

/* The input is transposed where that is asked for: kernels then see gathered blocks. */
static step begin(const layer_case *c, ae_type type, bool transposed) {
  step s = {.m = make(c, type), .gy = NULL};
  s.x = input_of(c, type, transposed ? COLUMNS : ROWS, transposed ? ROWS : COLUMNS);
  if (transposed) CHECK_OK(ae_transpose(s.x, s.x, 0, 1));
  run(&s);
  return s;
}

static void end(step *s) {
  ae_module_release(s->m);
  ae_tensor_release(s->x);
  ae_tensor_release(s->gy);
}

static bool same(const step *a, const step *b) {
  bool equal = ae_equal(a->m->output, b->m->output) && ae_equal(a->m->grad_input, b->m->grad_input);
  for (int i = 0; i < AE_MAXPARAMETERS; i++)
    if (a->m->grad[i]) equal = equal && ae_equal(a->m->grad[i], b->m->grad[i]);
  return equal;
}

/* Everywhere against the portable path on one thread. */
static void check_bits(const layer_case *c, ae_type type, bool transposed) {
  CHECK_OK(ae_set_kernels(ae_kernels_available(0)));
  CHECK_OK(ae_set_threads(1));
  step first = begin(c, type, transposed);
  CHECK_OK(ae_set_threads(3));
  for (int k = 0; ae_kernels_available(k); k++) {
    CHECK_OK(ae_set_kernels(ae_kernels_available(k)));
    step now = begin(c, type, transposed);
    if (!same(&first, &now))
      test_failed(__FILE__, __LINE__, "%s, %s: %s with 3 threads differs", c->name,
                  ae_type_name(type), ae_kernels());
    end(&now);
  }
  end(&first);
}

static void as_before(void) {
  CHECK_OK(ae_set_kernels(NULL));
  CHECK_OK(ae_set_threads(0));
}

TEST(every_layer_gives_the_same_bits_everywhere) {
  for (int i = 0; i < NLAYERS; i++)
    for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++)
      for (int transposed = 0; transposed < 2; transposed++)
        check_bits(&layers[i], type, transposed);
  as_before();
}

TEST(a_layer_allocates_nothing_after_the_second_step) {
  for (int i = 0; i < NLAYERS; i++) {
    for (int transposed = 0; transposed < 2; transposed++) {
      counter c = {0};
      step s = begin(&layers[i], AE_FLOAT, transposed);
      run(&s);
      ae_set_allocator(count_allocations, &c);
      run(&s);
      ae_set_allocator(NULL, NULL);
      if (c.requests > 0)
        test_failed(__FILE__, __LINE__, "%s asks for memory %d times", layers[i].name, c.requests);
      end(&s);
    }
  }
}

TEST(a_layer_survives_every_failed_allocation) {
  for (int i = 0; i < NLAYERS; i++) {
    for (int fail_at = 1; fail_at < 40; fail_at++) {
      counter c = {.fail_at = fail_at};
      ae_module *m = make(&layers[i], AE_FLOAT);
      ae_tensor *x = input_of(&layers[i], AE_FLOAT, 3, COLUMNS), *gy = NULL;
      ae_set_allocator(count_allocations, &c);
      ae_status status = ae_module_forward(m, x);
      if (status == AE_OK) status = ae_clone(&gy, m->output);
      if (status == AE_OK) status = ae_module_backward(m, x, gy, 1);
      ae_set_allocator(NULL, NULL);
      CHECK(status == AE_OK || status == AE_EMEM);
      CHECK((status == AE_EMEM) == (c.requests >= fail_at));
      ae_module_release(m);
      ae_tensor_release(x);
      ae_tensor_release(gy);
      if (status == AE_OK) break;
    }
  }
}

/* ---- losses ---- */

static ae_criterion *new_loss(const char *name, ae_type type) {
  ae_criterion *c = NULL;
  ae_value option[AE_MAXOPTIONS];
  for (int i = 0; ae_losses[i]; i++) {
    if (strcmp(ae_losses[i]->name, name) != 0) continue;
    ae_option_defaults(ae_losses[i]->options, option);
    CHECK_OK(ae_criterion_new(&c, ae_losses[i], option, type));
  }
  return c;
}

/* Targets that suit the loss: labels, lists of labels ended by -1, or numbers in 0..1. */
static ae_tensor *new_target(const char *name, ae_type type) {
  ae_tensor *t = NULL;
  ae_generator g = {.seed = 5};
  bool labels = strcmp(name, "MultiMarginCriterion") == 0;
  bool lists = strcmp(name, "MultiLabelMarginCriterion") == 0;
  CHECK_OK(ae_tensor_new_sized(&t, labels || lists ? AE_LONG : type, labels ? 1 : 2,
                               (int64_t[]){ROWS, COLUMNS}));
  if (labels || lists)
    CHECK_OK(ae_randint(t, &g, lists ? -1 : 0, COLUMNS - 1));
  else
    CHECK_OK(ae_uniform(t, &g, 0, 1));
  return t;
}

typedef struct loss_run {
  ae_criterion *c;
  ae_tensor *x, *target;
  double loss;
} loss_run;

static void run_loss(loss_run *r) {
  CHECK_OK(ae_criterion_forward(r->c, r->x, r->target, &r->loss));
  CHECK_OK(ae_criterion_backward(r->c, r->x, r->target));
}

static loss_run begin_loss(const char *name, ae_type type) {
  loss_run r = {new_loss(name, type), random_matrix(type, ROWS, COLUMNS, 3), new_target(name, type),
                0};
  run_loss(&r);
  return r;
}

static void end_loss(loss_run *r) {
  ae_criterion_release(r->c);
  ae_tensor_release(r->x);
  ae_tensor_release(r->target);
}

static void check_loss_bits(const char *name, ae_type type) {
  CHECK_OK(ae_set_kernels(ae_kernels_available(0)));
  CHECK_OK(ae_set_threads(1));
  loss_run first = begin_loss(name, type);
  CHECK_OK(ae_set_threads(3));
  for (int k = 0; ae_kernels_available(k); k++) {
    CHECK_OK(ae_set_kernels(ae_kernels_available(k)));
    loss_run now = begin_loss(name, type);
    if (memcmp(&now.loss, &first.loss, sizeof now.loss) != 0 ||
        !ae_equal(now.c->grad_input, first.c->grad_input))
      test_failed(__FILE__, __LINE__, "%s, %s: %s with 3 threads differs", name, ae_type_name(type),
                  ae_kernels());
    end_loss(&now);
  }
  end_loss(&first);
}

TEST(every_loss_gives_the_same_bits_everywhere) {
  for (int i = 0; i < NLOSSES; i++)
    for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) check_loss_bits(losses[i], type);
  as_before();
}

TEST(a_loss_allocates_nothing_after_the_second_step) {
  for (int i = 0; i < NLOSSES; i++) {
    counter c = {0};
    loss_run r = begin_loss(losses[i], AE_FLOAT);
    run_loss(&r);
    ae_set_allocator(count_allocations, &c);
    run_loss(&r);
    ae_set_allocator(NULL, NULL);
    if (c.requests > 0)
      test_failed(__FILE__, __LINE__, "%s asks for memory %d times", losses[i], c.requests);
    end_loss(&r);
  }
}
