/* math.h - what the tensor functions share. */
#ifndef AEI_MATH_H
#define AEI_MATH_H

#include "core/core.h"
#include "kernel/kernel.h"

/* Fails unless both tensors have the same type; `operation` opens the message. */
ae_status aei_check_types(const char *operation, const ae_tensor *a, const ae_tensor *b);
/* Fails unless both have as many elements. */
ae_status aei_check_counts(const char *operation, const ae_tensor *a, const ae_tensor *b);
/* Fails unless index is a Long tensor. */
ae_status aei_check_index(const char *operation, const ae_tensor *index);

/* Whether two tensors share memory: then one cannot be written while the other is read. */
bool aei_overlap(const ae_tensor *a, const ae_tensor *b);

/* Work along one dimension (line.c): x's lines as contiguous memory, line i at ae_data(&x) + i *
 * length, and where line i belongs in a result that has x's other sizes. */
typedef struct aei_lanes {
  ae_tensor x; /* local: dim moved to the end, contiguous; a copy where needed */
  int dim;
  int64_t count, length;
} aei_lanes;
/* fresh: copy in any case, since the caller changes the lines or writes over x. */
ae_status aei_lanes_begin(aei_lanes *l, const char *operation, const ae_tensor *x, int dim,
                          bool fresh);
void aei_lanes_end(aei_lanes *l);
/* y [out] gets x's sizes with `length` along dim; out describes its lines in the same order as l's.
 */
ae_status aei_lanes_result(aei_lines *out, const aei_lanes *l, ae_tensor *y, ae_type type,
                           int64_t length);
/* The same for two results, the second one Long: both or neither. */
ae_status aei_lanes_results(aei_lines *out, aei_lines *out_index, const aei_lanes *l, ae_tensor *y,
                            ae_tensor *index, int64_t length);
/* A grain, in lines, for work in proportion to their length. */
int64_t aei_lanes_grain(const aei_lanes *l);

#endif
