/* gemm_double.c - the matrix product's tiles for type double. */
#define REAL_BITS 64
#include "kernel/path/real.h"
#include "kernel/path/install.h"
#include "kernel/path/vector.h"
#include "kernel/path/pack.h"
#include "kernel/path/tile.h"

const aei_gemm_tile ON_PATH(aei_tile_double) = GEMM_TILE;
