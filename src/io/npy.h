/* npy.h - NumPy's arrays, for files of one (npy.c) and of many (npz.c). */
#ifndef AEI_NPY_H
#define AEI_NPY_H

#include "io/io.h"

/* Bytes to read from: a part of a file, or memory when file is NULL. */
typedef struct aei_bytes {
  const char *name; /* for messages */
  const aei_input *file;
  const char *memory;
  int64_t begin, size;
} aei_bytes;
/* n bytes from place `at` on, 0 <= at <= size; fails when there are fewer. */
ae_status aei_bytes_read(const aei_bytes *b, void *data, size_t n, int64_t at);

/* t [out] becomes a new tensor with the array's elements. */
ae_status aei_npy_read(ae_tensor *t, const aei_bytes *b);
/* Appends everything in front of the elements. */
ae_status aei_npy_header(aei_text *out, const ae_tensor *t);
ae_status aei_npy_write(aei_output *o, const aei_text *header, const ae_tensor *t);

#endif
