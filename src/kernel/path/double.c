/* double.c - the kernels of type double. */
#define REAL_BITS 64
#include "kernel/path/real.h"
#include "kernel/path/functions.h"
#include "kernel/path/maps.h"
#include "kernel/path/reduce.h"
#include "kernel/path/fill.h"
#include "kernel/path/random.h"
#include "kernel/path/install.h"

void ON_PATH(aei_install_double)(aei_type_kernels *k) {
  install_maps(k);
  install_reductions(k);
  k->uniform = uniform;
  k->normal = ON_PATH(aei_normal_double);
}
