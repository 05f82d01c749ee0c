/* install.h - what the files of one path give each other to make its table. */
#ifndef AEI_PATH_INSTALL_H
#define AEI_PATH_INSTALL_H

#include "kernel/path/path.h"

void ON_PATH(aei_install_float)(aei_type_kernels *k);
void ON_PATH(aei_install_double)(aei_type_kernels *k);
void ON_PATH(aei_install_conversions)(aei_kernels *k);

void ON_PATH(aei_normal_float)(int64_t n, void *to, uint64_t key, uint64_t position, int64_t first,
                               double mean, double std);
void ON_PATH(aei_normal_double)(int64_t n, void *to, uint64_t key, uint64_t position, int64_t first,
                                double mean, double std);

extern const struct aei_gemm_tile ON_PATH(aei_tile_float), ON_PATH(aei_tile_double);

#endif
