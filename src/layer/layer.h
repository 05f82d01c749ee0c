/* layer.h - what the files of layers, losses and optimizers share. A new layer includes this and
 * nothing else. */
#ifndef AEI_LAYER_H
#define AEI_LAYER_H

#include "core/core.h"
#include "kernel/kernel.h"

/* ---- options (option.c) ---- */

/* Each value against its option; `owner` opens the message. */
ae_status aei_check_options(const char *owner, const ae_option *options, const ae_value *value);
/* The option at place i, when it is left at AE_LIKE, gets the value it follows. */
void aei_option_follow(const ae_option *options, ae_value *value, int i);
/* An object's own list of values: tensors in it are retained, and released by drop; options
 * that follow others are given their values. */
void aei_options_take(const ae_option *options, ae_value *to, const ae_value *from);
void aei_options_drop(ae_value *value);

/* ---- layers (protocol.c, module.c) ---- */

/* "nn.Linear(784 -> 100)" for messages, as an expression; lives until the end of the enclosing
 * block. */
#define AEI_NAME(m)       ae_module_describe((m), (char[AEI_NAME_CAPACITY]){0}, AEI_NAME_CAPACITY)
#define AEI_NAME_CAPACITY 192

/* Fails unless x has m's type: "nn.ReLU: input is a DoubleTensor, the module is of type Float; call
 * :double() ...", or when x is empty. */
ae_status aei_check_input(const ae_module *m, const ae_tensor *x);
/* For layers that take tables: fails unless x is one, of n parts when n > 0; and, second, unless
 * each part is a tensor as above: "input[2] is empty". */
ae_status aei_check_table(const ae_module *m, const ae_tensor *x, int n);
ae_status aei_check_tensors(const ae_module *m, const ae_tensor *x, int n);
/* Fails unless gy has exactly the sizes and type of m->output. Called for every layer before its
 * backward and accumulate: they may rely on it. */
ae_status aei_check_grad_output(const ae_module *m, const ae_tensor *gy);
/* m->output becomes t (retained): for containers, and layers whose output is their input. They do
 * so at each step: another's tensor is never resized. */
void aei_set_output(ae_module *m, ae_tensor *t);
void aei_set_grad_input(ae_module *m, ae_tensor *t);
/* "(0.5, 2)" for print: the options that are numbers; "(100)": the first option. */
void aei_describe_numbers(const ae_module *m, char *buffer, size_t capacity);
void aei_describe_first(const ae_module *m, char *buffer, size_t capacity);
/* Uniform in +-bound, on a parameter that may be absent (NULL). */
void aei_reset_uniform(ae_tensor *parameter, ae_generator *g, double bound);
/* The i-th of m's own trained tensors, those inside apart; false: there is none at this i, which
 * runs from 0 to aei_ntrained - 1. And how many children have others: all, or none. What the host
 * keeps is as it last said, when it was asked for it. (parameters.c) */
typedef struct aei_trained_tensor {
  const char *name;
  ae_tensor *value, *grad;
} aei_trained_tensor;
bool aei_trained(aei_trained_tensor *out, const ae_module *m, int i);
int aei_ntrained(const ae_module *m);
int aei_trained_children(const ae_module *m);
ae_status aei_ask_for_parameters(ae_module *m);
void aei_drop_own(ae_module *m);
/* Whether two views have exactly the same elements: dimensions may be in another order. */
bool aei_same_elements(const ae_tensor *a, const ae_tensor *b);

/* Calls act on every tensor of the module itself: `kept` ones are saved with the model (parameters
 * and buffers with a shape), GRADIENT ones belong to parameters, STATE ones come and go with runs.
 */
typedef enum aei_slot_kind { AEI_KEPT, AEI_GRADIENT, AEI_STATE } aei_slot_kind;
typedef ae_status aei_slot_action(void *user, ae_tensor **slot, aei_slot_kind kind);
ae_status aei_each_slot(ae_module *m, aei_slot_action *act, void *user);

/* ---- what classes of the host language override (override.c) ---- */

/* What a pass through containers belongs to: one function of the protocol, both of
 * backward (scale: of the gradients), accUpdateGradParameters (scale: the rate). begin gives the
 * one before, for end. */
typedef enum aei_pass_kind { AEI_SINGLE, AEI_BOTH, AEI_UPDATE } aei_pass_kind;
typedef struct aei_pass {
  aei_pass_kind kind;
  double scale;
} aei_pass;
aei_pass aei_pass_begin(aei_pass_kind kind, double scale);
ae_status aei_pass_end(aei_pass outer, ae_status status);

/* Whether m's forward is the host's; whether the host goes backward through m in one call, that of
 * the first of two passes; whether the step is an update. */
bool aei_host_forwards(const ae_module *m);
bool aei_host_goes_back(const ae_module *m);
bool aei_updates(void);
/* Whether going backward through m may do more than giving a gradInput: m or something inside has
 * parameters, or a class of the host's that may do anything. */
bool aei_learns(const ae_module *m);

ae_status aei_host_forward(ae_module *m, ae_tensor *x);
ae_status aei_host_update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy);
ae_status aei_host_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);
ae_status aei_host_step(ae_module *m, ae_method method, ae_tensor *x, ae_tensor *gy);
ae_status aei_host_call(ae_module *m, ae_method method, double number);

/* accUpdateGradParameters of m, once the step has begun; accumulate: accGradParameters of m. */
typedef ae_status aei_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);
ae_status aei_update_step(ae_module *m, ae_tensor *x, ae_tensor *gy, aei_accumulate *accumulate);

/* ---- containers running their children (children.c) ---- */

/* Child i forward; backward; and accumulate. A failure's message says which child it was, and it is
 * one when the container's children changed meanwhile. When the child's gradInput is not wanted, it
 * is run only as far as something inside needs it. */
ae_status aei_child_forward(ae_module *m, int i, ae_tensor *x);
ae_status aei_child_backward(ae_module *m, int i, ae_tensor *x, ae_tensor *gy, bool wanted);
ae_status aei_child_accumulate(ae_module *m, int i, ae_tensor *x, ae_tensor *gy, double scale);
/* The status of what child i did in another way, n children being there before. */
ae_status aei_child_ran(ae_status status, const ae_module *m, int i, int n);
/* What child i gave backward; fails when that is nil. */
ae_status aei_child_grad(ae_tensor **out, const ae_module *m, int i);
/* Part i of table t, child i's share of the `what` ("input"); fails when there is none. Asked for
 * anew before each child runs: one written in the host language may have changed the table. */
ae_status aei_child_part(ae_tensor **out, const ae_module *m, const char *what, const ae_tensor *t,
                         int i);

/* ---- containers whose children run side by side (branches.c) ---- */

/* output, or gradInput where it is wanted: a table of the children's. */
ae_status aei_gather_outputs(ae_module *m);
ae_status aei_gather_grads(ae_module *m);
/* gradInput, where it is wanted: the sum of the children's. */
ae_status aei_sum_child_grads(ae_module *m);
/* output: the children's joined along a dimension, counted from 1 or down from -1; centred: in the
 * other dimensions they may differ, smaller ones are in the middle, between zeros. */
ae_status aei_join_outputs(ae_module *m, double dimension, bool centred);
/* The gradient of what child i gave to that: a view of gy, a part of m's first buffer, a table. */
ae_status aei_joined_grad(ae_tensor **out, ae_module *m, double dimension, const ae_tensor *gy,
                          int i);
/* Concat and DepthConcat: the dimension is the first option. */
extern const ae_buffer aei_concat_buffers[];
ae_status aei_concat_forward(ae_module *m, ae_tensor *x, bool centred);
ae_status aei_concat_backward(ae_module *m, ae_tensor *x, ae_tensor *gy);
ae_status aei_concat_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);
/* ParallelTable and MapTable. */
ae_status aei_parallel_forward(ae_module *m, ae_tensor *x);
ae_status aei_parallel_backward(ae_module *m, ae_tensor *x, ae_tensor *gy);
ae_status aei_parallel_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);

/* ---- layers with a table of tensors as input (tables.c) ---- */

/* Fails unless x is a table of tensors with the same sizes; of two. */
ae_status aei_check_alike(const ae_module *m, const ae_tensor *x);
ae_status aei_check_pair(const ae_module *m, const ae_tensor *x);
/* Begins a backward of such: output has the same sizes too, gradInput gets x's. */
ae_status aei_begin_alike(ae_module *m, const ae_tensor *x);
/* output = op(...op(op(x1, x2; a), x3; a)...) */
ae_status aei_table_fold(ae_module *m, ae_tensor *x, ae_map2_op op, double a);
/* CMaxTable and CMinTable. */
extern const ae_buffer aei_table_extreme_buffers[];
ae_status aei_table_extreme_forward(ae_module *m, ae_tensor *x, bool largest);
ae_status aei_table_extreme_backward(ae_module *m, ae_tensor *x, ae_tensor *gy);
/* gradInput: `grad` for count parts of x from `first` on, which the output had, and zeros, kept in
 * the layer's only buffer, for the others. */
extern const ae_buffer aei_zeros_buffers[];
ae_status aei_zero_but(ae_module *m, const ae_tensor *x, int first, int count,
                       ae_tensor *const *grad);

/* ---- work by rows of a batch (rows.c) ---- */

/* A layer each of whose output rows depends on the same row of its input alone may offer, beside
 * forward and backward, the same work on rows begin .. end - 1 of matrices, so that a container can
 * take a slice of the batch through several layers. `open` comes first, once: it does what forward
 * or backward does but for the rows, checks and resizes, and tells whether it is able to go on by
 * rows with these tensors; if not, the whole step is called instead. The other two compute. They
 * run on several threads at once, for rows of their own. */
typedef struct aei_rows {
  ae_status (*open_forward)(ae_module *m, ae_tensor *x, bool *able);
  void (*forward)(const ae_module *m, const ae_tensor *x, int64_t begin, int64_t end);
  ae_status (*open_backward)(ae_module *m, ae_tensor *x, ae_tensor *gy, bool *able);
  void (*backward)(const ae_module *m, const ae_tensor *x, const ae_tensor *gy, int64_t begin,
                   int64_t end);
} aei_rows;

/* Runs as many of the container's children as are able to work by rows together, from child `first`
 * with input x on; *count [out] of them were run. A failure is that of the child after them.
 * Backwards from child `last`, not further than `first`, with gradient gy, x being the container's
 * input. */
ae_status aei_forward_rows(int *count, ae_module *container, int first, ae_tensor *x);
ae_status aei_backward_rows(int *count, ae_module *container, int last, int first, ae_tensor *x,
                            ae_tensor *gy);
/* `open` with the checks that are the same for every layer (protocol.c). */
ae_status aei_open_forward_rows(ae_module *m, ae_tensor *x, bool *able);
ae_status aei_open_backward_rows(ae_module *m, ae_tensor *x, ae_tensor *gy, bool *able);

/* ---- layers that are one operation of the engine (activation.c) ---- */

/* y = forward(x, a), gx = backward(gy, y, a); a is the option at place `parameter`, and the result
 * is written over the operand if the one at `inplace` is true; -1: no such option. A layer with
 * this has the functions below for its own. */
typedef struct aei_activation {
  ae_map1_op forward;
  ae_map2_op backward;
  int parameter, inplace;
} aei_activation;

ae_status aei_activation_forward(ae_module *m, ae_tensor *x);
ae_status aei_activation_backward(ae_module *m, ae_tensor *x, ae_tensor *gy);
extern const aei_rows aei_activation_rows;
#define AEI_ACTIVATION(work)                                                             \
  .activation = (work), .rows = &aei_activation_rows, .forward = aei_activation_forward, \
  .backward = aei_activation_backward

/* ---- lines of tensors, computed with as doubles (line.c) ---- */

/* A line of t along a dimension: element k is at storage position at + k * stride. */
typedef struct aei_line {
  const ae_tensor *t;
  int64_t at, stride;
} aei_line;

/* Calls body for corresponding lines of tensors with the same sizes, in parallel; `number` counts
 * the lines in row-major order of the other dimensions, n is their length. */
#define AEI_MAXLINES 3
typedef void aei_line_body(void *context, int64_t number, int64_t n, const aei_line *line);
void aei_each_line(int ntensors, const ae_tensor *const *tensor, int dim, aei_line_body *body,
                   void *context);
/* Elements first .. first + n - 1 of a line. */
void aei_line_load(double *to, const aei_line *line, int64_t first, int64_t n);
void aei_line_store(const aei_line *line, int64_t first, int64_t n, const double *from);
/* sum |x_i|^p over n elements. */
double aei_line_power_sum(const aei_line *x, int64_t n, double p);
/* The same of n <= 256 doubles, which are overwritten. */
double aei_power_sum(double *x, int64_t n, double p);
/* log(sum exp(x_i)) over n elements, without overflow. */
double aei_log_sum_exp(const aei_line *x, int64_t n);
/* SoftMax's and LogSoftMax's dimension: the only one of a vector, the columns of a matrix, planes
 * of (C,H,W) and (B,C,H,W). */
ae_status aei_softmax_dim(int *dim, const ae_module *m, const ae_tensor *x);

/* ---- two tensors, row by row (pairs.c) ---- */

/* x is {(B,D), (B,D)} or {(D), (D)}: of a layer, whose output is (B), or (1), or a loss. */
ae_status aei_check_rows(const ae_module *m, const ae_tensor *x);
int64_t aei_pair_rows(const ae_tensor *x);
/* Calls body for each row with the lines of a [optional], b and c. */
void aei_each_row(const ae_tensor *a, const ae_tensor *b, const ae_tensor *c, aei_line_body *body,
                  void *context);
/* The only line of a tensor with one dimension. */
aei_line aei_vector(const ae_tensor *t);
/* sum of a_i b_i over n elements. */
double aei_line_dot(const aei_line *a, const aei_line *b, int64_t n);
/* cos = a b / sqrt((a a + 1e-12) (b b + 1e-12)); to = scale * dcos/da. */
double aei_cosine(const aei_line *a, const aei_line *b, int64_t n);
void aei_cosine_slope(const aei_line *to, const aei_line *a, const aei_line *b, int64_t n,
                      double scale);
/* y [out] = a b, with factors that are transposed before; (M,N), or (B,M,N) for each of a batch. */
ae_status aei_product(ae_tensor *y, const ae_tensor *a, bool transpose_a, const ae_tensor *b,
                      bool transpose_b);

/* ---- layers that work element by element (pointwise.c) ---- */

/* Of n <= AEI_BLOCK elements: f(x) into result, or f'(x); result may not be x. */
typedef void aei_point(const ae_module *m, int64_t n, double *result, const double *x);
/* output = f(x), grad_input = gy * f'(x); the latter may be in place. */
ae_status aei_point_forward(ae_module *m, ae_tensor *x, aei_point *value);
ae_status aei_point_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, aei_point *slope);
/* y = log(1 + e^(a x)), without overflow; y may not be x. */
void aei_softplus(int64_t n, double *y, const double *x, double a);
/* An option's number, rounded to the module's type as its elements are. */
double aei_rounded_option(const ae_module *m, int i);
/* Fails unless x, the input in backward, has m->output's sizes and type. */
ae_status aei_check_again(const ae_module *m, const ae_tensor *x);
/* The failure of a backward whose input x cannot have given the output. */
ae_status aei_fail_again(const ae_module *m, const ae_tensor *x);

/* ---- tensors that stand for more elements than they have (broadcast.c) ---- */

/* p (n) is spread over x along dimension dim, of size n; or, when dim is -1, as it fits: p has one
 * element, as many as x, as many as each of x's samples (the first dimension is the batch), or x's
 * rank and some sizes of 1. */
enum { AEI_AS_IT_FITS = -1 };
/* y = op(x, p; a), and y += value * x * p. */
ae_status aei_spread_map2(ae_map2_op op, ae_tensor *y, const ae_module *m, const ae_tensor *x,
                          const ae_tensor *p, int dim, double a);
ae_status aei_spread_addcmul(ae_tensor *y, const ae_module *m, double value, const ae_tensor *x,
                             const ae_tensor *p, int dim);
/* to += scale * sum of a * b (of a, when b is NULL): each element of `to` gets the sum over those
 * of a and b it stands for. Fails unless b has a's sizes: it may be what forward left, and a
 * gradOutput. In double, rounded once, in an order that the sizes fix. */
ae_status aei_spread_sum(ae_tensor *to, const ae_module *m, const ae_tensor *a, const ae_tensor *b,
                         int dim, double scale);
/* The same for a view that has a's sizes already, and strides of 0. */
void aei_sum_view(const ae_tensor *to, const ae_tensor *a, const ae_tensor *b, double scale);
/* A parameter's shape rule: the sizes that are the layer's first option. */
int aei_size_of_option(const ae_module *m, int64_t *size);
/* Torch's reset of such a parameter: uniform in +-1/sqrt(its elements), or of that deviation. */
void aei_reset_spread(ae_tensor *parameter, ae_generator *g, double stdv);

/* ---- layers that add a trained tensor, their first parameter, to each sample (bias.c) ---- */

void aei_bias_reset(ae_module *m, double stdv, ae_generator *g);
ae_status aei_bias_forward(ae_module *m, ae_tensor *x);
ae_status aei_bias_backward(ae_module *m, ae_tensor *x, ae_tensor *gy);
ae_status aei_bias_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);

/* ---- layers that give groups of elements mean 0 and variance 1 (standardize.c) ---- */

/* A group is what one element of a statistic is spread over (see above). */
typedef struct aei_standard {
  ae_tensor *normal;           /* [out] x's sizes: (x - mean) / sqrt(variance + eps) */
  ae_tensor *mean, *deviation; /* [out] of each group: the mean; 1 / sqrt(variance + eps) */
  int dim;                     /* of the statistics in x */
} aei_standard;
/* The statistics have their sizes already. Between the two steps `deviation` holds the variance,
 * the mean of the squares, and `normal` is x - mean. */
ae_status aei_standard_center(const aei_standard *s, const ae_module *m, const ae_tensor *x);
ae_status aei_standard_scale(const aei_standard *s, const ae_module *m, double eps);
/* g [in/out]: from the gradient of `normal` to that of x; overwrites `mean`. */
ae_status aei_standard_backward(const aei_standard *s, const ae_module *m, ae_tensor *g);

/* output = normal * w + b, the first two parameters, which may be absent; and the way back. */
ae_status aei_affine_forward(ae_module *m, const ae_tensor *normal, int dim);
ae_status aei_affine_backward(ae_module *m, const ae_tensor *gy, int dim);
ae_status aei_affine_accumulate(ae_module *m, const ae_tensor *normal, const ae_tensor *gy, int dim,
                                double scale);

/* ---- batch normalization (batchnorm.c): of (B,C) and of planes (B,C,...) ---- */

extern const ae_option aei_batchnorm_options[];
extern const ae_parameter aei_batchnorm_parameters[];
extern const ae_buffer aei_batchnorm_buffers[];
void aei_batchnorm_reset(ae_module *m, double stdv, ae_generator *g);
/* ndim: the rank of a batch; in evaluation x may have one less */
ae_status aei_batchnorm_forward(ae_module *m, ae_tensor *x, int ndim);
ae_status aei_batchnorm_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, int ndim);
ae_status aei_batchnorm_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale,
                                   int ndim);

/* ---- layers along a dimension (along.c) ---- */

/* The 0-based dimension that a layer's option names as its user counts: from 1, or from -1 down
 * from the last. When samples have sample_dims > 0 dimensions and x one more, the first is the
 * batch and does not count. ndim: dimensions to choose from, x's or one more. Checks x as
 * aei_check_input. */
ae_status aei_find_dim(int *dim, const ae_module *m, const ae_tensor *x, double dimension,
                       double sample_dims, int ndim);
#define AEI_DIM_OPTION(name, fallback, doc) \
  { name, AE_INT, fallback, -AE_MAXDIM, AE_MAXDIM, doc ", counted from 1, or down from -1" }
#define AEI_SAMPLE_DIMS_OPTION(name)                                              \
  {                                                                               \
    name, AE_INT, -1, -1, AE_MAXDIM,                                              \
        "dimensions of a sample; an input with one more is a batch. -1: not said" \
  }
/* Sum and Mean, Max and Min: their first two options are those. */
ae_status aei_sum_forward(ae_module *m, ae_tensor *x, bool mean, bool squeeze);
ae_status aei_sum_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, bool mean, bool squeeze);
ae_status aei_extreme_forward(ae_module *m, ae_tensor *x, bool largest);
ae_status aei_extreme_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, bool largest);

/* ---- layers whose output is a copy of a view of the input (part.c) ---- */

typedef ae_status aei_part(ae_tensor *view, const ae_module *m, const ae_tensor *x);
ae_status aei_part_forward(ae_module *m, ae_tensor *x, aei_part *part);
ae_status aei_part_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, aei_part *part);

/* Layers whose functions others are made of: they use m's slots, not their own. */
extern const ae_layer ae_layer_HardTanh, ae_layer_SoftMax;

/* ---- layers that only look at their input in another shape (reshape.c) ---- */

/* Their two scratch tensors, for what is not contiguous. */
extern const ae_buffer aei_reshape_buffers[];
ae_status aei_reshape_forward(ae_module *m, ae_tensor *x, int ndim, const int64_t *size);
ae_status aei_reshape_backward(ae_module *m, ae_tensor *x, ae_tensor *gy);
/* "(100x28)" for print. */
void aei_reshape_describe(const ae_module *m, char *buffer, size_t capacity);

/* ---- losses (criterion.c) ---- */

/* x is not empty and of c's type; target has the same number of elements and type. */
ae_status aei_check_target(const ae_criterion *c, const ae_tensor *x, const ae_tensor *target);
/* Sum over all elements: term gives that of n <= AEI_BLOCK consecutive ones, as they lie in memory;
 * weight is NULL when there is none, else it has x's sizes. Added up in a fixed order. */
typedef double aei_loss_term(ae_type type, int64_t n, const void *x, const void *target,
                             const void *weight);
ae_status aei_loss_sum(double *sum, ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                       const ae_tensor *weight, aei_loss_term *term);
/* c->grad_input from such blocks; gx = scale * df/dx. */
typedef void aei_loss_slope(ae_type type, int64_t n, void *gx, const void *x, const void *target,
                            const void *weight, double scale);
ae_status aei_loss_gradient(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                            const ae_tensor *weight, double scale, aei_loss_slope *slope);

/* The option sizeAverage at place i: 1 / number of x's elements, or 1 for a sum. */
double aei_mean_factor(const ae_criterion *c, int i, const ae_tensor *x);
/* weights [optional] of the elements of a sample, or of all, with x's sizes; out NULL when there
 * are none; view is the caller's to clear. */
ae_status aei_loss_weights(const ae_tensor **out, ae_tensor *view, const ae_criterion *c,
                           const ae_tensor *weights, const ae_tensor *x);

/* Losses that are a sum of f(x_i, t_i), each times its weight: f, or df/dx, of n <= AEI_BLOCK
 * elements into result, which may be neither x nor t. average: place of the option sizeAverage. */
typedef void aei_loss_point(const ae_criterion *c, int64_t n, double *result, const double *x,
                            const double *t);
ae_status aei_point_loss_forward(double *loss, ae_criterion *c, const ae_tensor *x,
                                 const ae_tensor *target, const ae_tensor *weights, int average,
                                 aei_loss_point *value);
ae_status aei_point_loss_backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                                  const ae_tensor *weights, int average, aei_loss_point *slope);

/* ---- losses of a table of two tensors, and labels of 1 and -1 (src/loss/pairs.c) ---- */

/* Fails unless both have the same sizes. */
ae_status aei_check_loss_pair(const ae_criterion *c, const ae_tensor *x);
/* Fails unless target is (n), of c's type, each element 1 or -1; and its i-th element. */
ae_status aei_check_pair_labels(const ae_criterion *c, const ae_tensor *target, int64_t n);
double aei_pair_label(const ae_tensor *target, int64_t i);

/* ---- class labels (classes.c) ---- */

/* A batch of scores with labels: x is (B,C) with target (B), or (C) with one label. */
typedef struct aei_classes {
  int64_t batch, classes;
  const ae_tensor *target;
  const ae_tensor *weights; /* (C) or NULL: all 1 */
  int64_t base;             /* the first class's label */
} aei_classes;
/* Checks shapes and every label; weights [optional]. */
ae_status aei_classes_of(aei_classes *out, const ae_criterion *c, const ae_tensor *x,
                         const ae_tensor *target, const ae_tensor *weights);
/* 0-based class of sample i, and the weight of a class. */
int64_t aei_class_of(const aei_classes *k, int64_t i);
double aei_class_weight(const aei_classes *k, int64_t class);
/* What a mean over the batch divides by: the weights of its labels' classes; 1 for a sum, or when
 * they are all zero. */
double aei_class_divisor(const aei_classes *k, bool mean);
/* x of sample i and a class. */
aei_line aei_class_row(const ae_tensor *x, int64_t i);

/* ---- optimizers (optimizer.c) ---- */

/* Before an update: x and g have the same sizes and real type, and each of the n states is empty
 * or like x; then the empty ones become zeros. */
ae_status aei_prepare_state(const char *name, const ae_tensor *x, const ae_tensor *g,
                            ae_tensor **state, int n);

#endif
