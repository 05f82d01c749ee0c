/* install.c - the path's table. */
#include "kernel/path/install.h"

void ON_PATH(aei_install)(aei_kernels *k) {
  ON_PATH(aei_install_float)(&k->type[AE_FLOAT]);
  ON_PATH(aei_install_double)(&k->type[AE_DOUBLE]);
  ON_PATH(aei_install_conversions)(k);
#ifdef AEI_PATH_portable
  aei_install_integers(k);
  aei_install_libm(k);
#endif
  k->tile[AE_FLOAT] = &ON_PATH(aei_tile_float);
  k->tile[AE_DOUBLE] = &ON_PATH(aei_tile_double);
}
