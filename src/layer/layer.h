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
/* Fails unless gy has exactly the sizes and type of m->output. Called for every layer before its
 * backward and accumulate: they may rely on it. */
ae_status aei_check_grad_output(const ae_module *m, const ae_tensor *gy);
/* m->output becomes t (retained): for containers, and layers whose output is their input. */
void aei_set_output(ae_module *m, ae_tensor *t);
void aei_set_grad_input(ae_module *m, ae_tensor *t);
/* Uniform in +-bound, on a parameter that may be absent (NULL). */
void aei_reset_uniform(ae_tensor *parameter, ae_generator *g, double bound);
/* Whether two views have exactly the same elements: dimensions may be in another order. */
bool aei_same_elements(const ae_tensor *a, const ae_tensor *b);

/* Calls act on every tensor of the module itself: `kept` ones are saved with the model (parameters
 * and buffers with a shape), GRADIENT ones belong to parameters, STATE ones come and go with runs.
 */
typedef enum aei_slot_kind { AEI_KEPT, AEI_GRADIENT, AEI_STATE } aei_slot_kind;
typedef ae_status aei_slot_action(void *user, ae_tensor **slot, aei_slot_kind kind);
ae_status aei_each_slot(ae_module *m, aei_slot_action *act, void *user);

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
/* log(sum exp(x_i)) over n elements, without overflow. */
double aei_log_sum_exp(const aei_line *x, int64_t n);
/* SoftMax's and LogSoftMax's dimension: the only one of a vector, the columns of a matrix, planes
 * of (C,H,W) and (B,C,H,W). */
ae_status aei_softmax_dim(int *dim, const ae_module *m, const ae_tensor *x);

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
double aei_class_weight(const aei_classes *k, int64_t label);
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
