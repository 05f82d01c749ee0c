/* spatial.h - what the layers on images share: inputs (B,C,H,W), or (C,H,W) as a batch of one. */
#ifndef AEI_SPATIAL_H
#define AEI_SPATIAL_H

#include "layer/layer.h"

/* ---- images (spatial.c) ---- */

typedef struct aei_images {
  int64_t batch, planes, height, width;
} aei_images;

/* Fails unless x has m's type, three or four dimensions and, when planes > 0, that many planes. */
ae_status aei_images_of(aei_images *out, const ae_module *m, const ae_tensor *x, int64_t planes);
/* y [out] of rank 4, or 3 as x has: (B, planes, height, width) without or with its B. Fails where
 * height or width is below 1: the input is too small. */
ae_status aei_images_resize(ae_tensor *y, const ae_module *m, const ae_tensor *x, aei_images size);
/* In backward: fails unless forward made an output of these sizes, so that x is its input. */
ae_status aei_images_again(const ae_module *m, const ae_tensor *x, aei_images output);

/* A scratch buffer as n contiguous elements; grows and never shrinks. */
ae_status aei_scratch(ae_tensor *t, int64_t n);
/* And as contiguous elements of the given sizes. */
ae_status aei_scratch_sized(ae_tensor *t, int ndim, const int64_t *size);
/* t's elements as contiguous memory: its own, or the copy's. */
ae_status aei_read(const void **data, const ae_tensor *t, ae_tensor *copy);
/* Where to write t's elements as contiguous memory, and afterwards: copies them if it was the
 * copy's. */
ae_status aei_write_begin(void **data, ae_tensor *t, ae_tensor *copy);
ae_status aei_write_end(ae_tensor *t, const ae_tensor *copy);

/* A window of k elements that moves by d over size elements with pad zeros at both ends fits this
 * often; ceil_mode: also where it begins inside and ends beyond. 0 or less: it does not fit. */
int64_t aei_window_count(int64_t size, int64_t k, int64_t d, int64_t pad, bool ceil_mode);

/* gradient (planes) += scale * sum over batch and area of g (B, planes, H, W), contiguous. */
void aei_plane_sums(ae_tensor *gradient, const void *g, aei_images size, double scale);

/* Of n places, d apart, of a window: those at which its element k lies inside the image, and not
 * in the padding. */
typedef struct aei_span {
  int64_t first, last; /* last exclusive; equal where there is none */
} aei_span;
aei_span aei_inside(int64_t size, int64_t n, int64_t k, int64_t d, int64_t pad);

/* ---- convolution by matrix products (convolve.c) ----
 *
 *      image (planes, height, width)              map (maps, rows, columns)
 *      +-----------------+                        +-----------+
 *      |  +--+           |     weight             |           |
 *      |  |  | kh        |   (maps, planes*kh*kw) |   .       |  one element for each place
 *      |  +--+           |   <----------------->  |           |  of the window
 *      |   kw            |                        +-----------+
 *      +-----------------+
 *
 * Unfolded, an image is a matrix (planes*kh*kw, rows*columns) of what the window sees at each
 * place. It is made one strip of rows at a time, in scratch whose size depends on shapes only. */
typedef struct aei_convolution {
  ae_type type;
  int64_t batch, planes, height, width, maps, rows, columns;
  int64_t kw, kh, dw, dh, padw, padh;
  ae_tensor *scratch; /* for unfolded strips */
} aei_convolution;

/* Rows first..last of the places, of so many planes: columns (planes*kh*kw, (last - first) *
 * c->columns) = what the window sees, 0 beside the image; and back, image += columns, where each
 * was seen (unfold.c). image: the first of the planes, contiguous. */
void aei_unfold(const aei_convolution *c, int64_t planes, int64_t first, int64_t last,
                void *columns, const void *image);
void aei_fold(const aei_convolution *c, int64_t planes, int64_t first, int64_t last,
              const void *columns, void *image);

/* map = bias + weight unfold(image). All contiguous; bias (maps) or NULL. */
ae_status aei_convolve(const aei_convolution *c, void *map, const void *image, const void *weight,
                       const ae_tensor *bias);
/* image = bias + fold(weight' map): the transposed operation. bias (planes) or NULL. */
ae_status aei_convolve_back(const aei_convolution *c, void *image, const void *map,
                            const void *weight, const ae_tensor *bias);
/* gradient += scale * sum over the batch of map unfold(image)'. gradient: maps*planes*kh*kw
 * elements of any shape; partial: scratch. */
ae_status aei_convolve_weights(const aei_convolution *c, ae_tensor *gradient, const void *map,
                               const void *image, double scale, ae_tensor *partial);

/* ---- SpatialConvolution and SpatialConvolutionMM are one layer (convolution.c) ---- */

extern const ae_option aei_convolution_options[];
extern const ae_buffer aei_convolution_buffers[];
ae_status aei_convolution_check(const ae_module *m);
/* (maps, planes, kh, kw), and the same as a matrix; (maps) */
int aei_convolution_weight(const ae_module *m, int64_t *size);
int aei_convolution_matrix(const ae_module *m, int64_t *size);
int aei_convolution_bias(const ae_module *m, int64_t *size);
void aei_convolution_reset(ae_module *m, double stdv, ae_generator *g);
ae_status aei_convolution_forward(ae_module *m, ae_tensor *x);
ae_status aei_convolution_backward(ae_module *m, ae_tensor *x, ae_tensor *gy);
ae_status aei_convolution_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);
void aei_convolution_describe(const ae_module *m, char *buffer, size_t capacity);

/* ---- SpatialMaxPooling and SpatialAveragePooling (pooling.c) ---- */

/* Where their options begin. */
enum { AEI_KW, AEI_KH, AEI_DW, AEI_DH, AEI_PADW, AEI_PADH, AEI_CEIL, AEI_POOLING_OPTIONS };

typedef struct aei_pooling {
  aei_images in, out;
  int64_t kw, kh, dw, dh, padw, padh;
} aei_pooling;
ae_status aei_pooling_of(aei_pooling *out, const ae_module *m, const ae_tensor *x);
ae_status aei_pooling_check(const ae_module *m);
void aei_pooling_describe(const ae_module *m, char *buffer, size_t capacity);
/* Of a SpatialMaxPooling: the places its last forward found, and the height and width of its input.
 */
extern const ae_layer ae_layer_SpatialMaxPooling;
ae_status aei_max_places(const ae_tensor **indices, int64_t *height, int64_t *width,
                         const ae_module *pool);
/* A grain, in planes of an image, for work in proportion to their elements. */
int64_t aei_plane_grain(aei_images images);

#endif
