/* layer.h - what the files of layers, losses and optimizers share. A new layer includes this and
 * nothing else. */
#ifndef AEI_LAYER_H
#define AEI_LAYER_H

#include "core/core.h"
#include "kernel/kernel.h"

/* "nn.Linear(784 -> 100)" for messages, as an expression; lives until the end of the enclosing
 * block. */
#define AEI_NAME(m)       ae_module_describe((m), (char[AEI_NAME_CAPACITY]){0}, AEI_NAME_CAPACITY)
#define AEI_NAME_CAPACITY 192

/* Fails unless x has m's type: "nn.ReLU: input is a DoubleTensor, the module is of type Float; call
 * :double() ...". */
ae_status aei_check_input(const ae_module *m, const ae_tensor *x);
/* Fails unless gy has exactly the sizes of m->output. */
ae_status aei_check_grad_output(const ae_module *m, const ae_tensor *gy);
/* m->output becomes t (retained): for containers, and layers whose output is their input. */
void aei_set_output(ae_module *m, ae_tensor *t);
void aei_set_grad_input(ae_module *m, ae_tensor *t);
/* Uniform in +-bound, on a parameter that may be absent (NULL). */
void aei_reset_uniform(ae_tensor *parameter, ae_generator *g, double bound);

/* Losses: x and target have the same number of elements and type. `name` opens the message. */
ae_status aei_check_target(const ae_criterion *c, const ae_tensor *x, const ae_tensor *target);

#endif
