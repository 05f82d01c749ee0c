/* gemm.c - the matrix product: which way round, in which blocks, packed how, on which thread.
 *
 *   for each block of k, of columns and of rows:
 *     pack what of A and B is not in the order the tiles read it      (parallel)
 *     for each panel of columns, for each group of rows:              (parallel)
 *       tiles
 *
 * None of this changes a bit of the result: an element is one chain over k ascending, its value
 * passing through C between blocks of k.
 */
#include "kernel/gemm.h"

#include <pthread.h>

#include "core/core.h"
#include "kernel/kernel.h"

enum {
  K_BLOCK = 1024,       /* a panel of B, 48 floats by this, stays in L2 beside a tile's rows of A */
  ROW_BLOCK = 4096,     /* bounds the packed A, */
  BYTES_B = 8 << 20,    /* and this the packed B */
  PIECES = 64,          /* of a large product, so that threads finish at about the same time */
  PIECE_WORK = 1 << 18, /* multiply-adds worth a hand-over to another thread */
  PACK_WORK = 1 << 14   /* elements likewise */
};

typedef struct product {
  aei_gemm g;
  size_t size; /* of an element */
  const aei_gemm_tile *tile;
  double alpha_a, alpha_b; /* one of them is alpha, the other 1 */
  bool pack_a, pack_b;     /* pack_b false: only an incomplete last panel is packed */
  char *packed_a, *packed_b;
  /* the current block: columns j0.., rows i0.., inner indices p0.. */
  int64_t i0, rows, j0, columns, p0, k;
  int64_t panel;                            /* columns of a full panel */
  int64_t panels, row_tiles, groups, group; /* row groups of `group` row tiles */
} product;

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static char *at(const void *base, int64_t elements, size_t size) {
  return (char *)(uintptr_t)base + elements * (int64_t)size;
}

/* ---- which way round ---- */

/* C' = B' A': the same chains. */
static aei_gemm transposed(const aei_gemm *g) {
  aei_gemm t = *g;
  t.m = g->n, t.n = g->m;
  t.a = g->b, t.a_row = g->b_col, t.a_col = g->b_row;
  t.b = g->a, t.b_row = g->a_col, t.b_col = g->a_row;
  t.c_row = g->c_col, t.c_col = g->c_row;
  return t;
}

/* Rows of A that lie a multiple of a page apart fall on the same cache lines. */
static bool wants_packed_a(const aei_gemm *g, double alpha, size_t size) {
  return g->a_col != 1 || alpha != 1 || (g->a_row * (int64_t)size) % 4096 == 0;
}

/* Reading B in place pays when it is read about once. */
static bool wants_packed_b(const aei_gemm *g, double alpha, const aei_gemm_tile *tile) {
  return g->b_col != 1 || alpha != 1 || g->m > 2 * tile->rows;
}

/* About the cycles: vectors multiplied, elements packed, elements of C stored out of order. */
static double cost(const aei_gemm *g, const aei_gemm_tile *tile, size_t size) {
  const double m = (double)g->m, n = (double)g->n, k = (double)g->k;
  double cycles = m * (double)ceil_div(g->n, tile->width) * k;
  if (wants_packed_a(g, 1, size)) cycles += m * k * (g->a_row == 1 ? 0.2 : 0.4);
  if (wants_packed_b(g, 1, tile)) cycles += n * k * (g->b_col == 1 ? 0.1 : 0.4);
  if (g->c_col != 1) cycles += m * n;
  return cycles;
}

static product orient(ae_type type, const aei_gemm *g) {
  product p = {.size = ae_type_size(type), .tile = aei_kernels_now()->tile[type]};
  const aei_gemm t = transposed(g);
  const bool swap = cost(&t, p.tile, p.size) < cost(g, p.tile, p.size);
  p.g = swap ? t : *g;
  p.alpha_a = swap ? 1 : g->alpha;
  p.alpha_b = swap ? g->alpha : 1;
  p.pack_a = wants_packed_a(&p.g, p.alpha_a, p.size);
  p.pack_b = wants_packed_b(&p.g, p.alpha_b, p.tile);
  p.panel = (int64_t)p.tile->vectors * p.tile->width;
  return p;
}

/* ---- packing ---- */

static int64_t panel_columns(const product *p, int64_t panel) {
  return least(p->panel, p->columns - panel * p->panel);
}

static bool panel_is_packed(const product *p, int64_t panel) {
  return p->pack_b || panel_columns(p, panel) < p->panel;
}

static char *packed_panel(const product *p, int64_t panel) {
  return at(p->packed_b, (p->pack_b ? panel : 0) * p->panel * p->k, p->size);
}

static const char *source_panel(const product *p, int64_t panel) {
  return at(p->g.b, (p->j0 + panel * p->panel) * p->g.b_col + p->p0 * p->g.b_row, p->size);
}

static int64_t tile_rows(const product *p, int64_t tile) {
  return least(p->tile->rows, p->rows - tile * p->tile->rows);
}

static char *packed_rows(const product *p, int64_t tile) {
  return at(p->packed_a, tile * p->tile->rows * p->k, p->size);
}

static const char *source_rows(const product *p, int64_t tile) {
  return at(p->g.a, (p->i0 + tile * p->tile->rows) * p->g.a_row + p->p0 * p->g.a_col, p->size);
}

static void pack_panels(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  for (int64_t j = begin; j < end; j++) {
    if (!panel_is_packed(p, j)) continue;
    p->tile->pack(p->k, (int)panel_columns(p, j), (int)p->panel, packed_panel(p, j),
                  source_panel(p, j), p->g.b_col, p->g.b_row, p->alpha_b);
  }
}

static void pack_rows(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  for (int64_t i = begin; i < end; i++) {
    p->tile->pack(p->k, (int)tile_rows(p, i), p->tile->rows, packed_rows(p, i), source_rows(p, i),
                  p->g.a_row, p->g.a_col, p->alpha_a);
  }
}

/* Items of `work` each, a piece being worth at least `worth`. */
static int64_t grain(int64_t work, int64_t worth) {
  return work >= worth ? 1 : worth / (work + 1) + 1;
}

/* Space for packing stays between products; a product at a time uses it. */
static pthread_mutex_t space_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  void *memory;
  size_t size;
} space;

void aei_gemm_release(void) {
  pthread_mutex_lock(&space_lock);
  aei_free(space.memory);
  space.memory = NULL;
  space.size = 0;
  pthread_mutex_unlock(&space_lock);
}

static ae_status reserve(size_t size) {
  if (size <= space.size) return AE_OK;
  void *memory = aei_alloc(size);
  if (!memory) return AE_EMEM;
  aei_free(space.memory);
  space.memory = memory;
  space.size = size;
  return AE_OK;
}

/* ---- multiplying ---- */

/* One tile: in C itself, or where C's rows are not contiguous or end inside a vector, in a copy. */
static void run_tile(const product *p, int64_t panel, int64_t tile, double beta) {
  const int64_t columns = panel_columns(p, panel), width = p->tile->width;
  const int rows = (int)tile_rows(p, tile), vectors = (int)ceil_div(columns, width);
  aei_tile_run *run = p->tile->run[(rows - 1) * p->tile->vectors + vectors - 1];
  const bool packed = panel_is_packed(p, panel);
  const char *b = packed ? packed_panel(p, panel) : source_panel(p, panel);
  const int64_t b_k = packed ? p->panel : p->g.b_row;
  const char *a = p->pack_a ? packed_rows(p, tile) : source_rows(p, tile);
  const int64_t a_row = p->pack_a ? 1 : p->g.a_row, a_k = p->pack_a ? p->tile->rows : p->g.a_col;
  const int64_t i = p->i0 + tile * p->tile->rows, j = p->j0 + panel * p->panel;
  char *c = at(p->g.c, i * p->g.c_row + j * p->g.c_col, p->size);
  if (p->g.c_col == 1 && columns == vectors * width) {
    run(p->k, a, a_row, a_k, b, b_k, c, p->g.c_row, beta);
    return;
  }
  _Alignas(AEI_ALIGN) char copy[AEI_TILE_BYTES] = {0};
  const int64_t copy_row = vectors * width;
  if (beta != 0) {
    p->tile->move(rows, (int)columns, copy, copy_row, 1, c, p->g.c_row, p->g.c_col);
  }
  run(p->k, a, a_row, a_k, b, b_k, copy, copy_row, beta);
  p->tile->move(rows, (int)columns, c, p->g.c_row, p->g.c_col, copy, copy_row, 1);
}

/* Piece q is row group q mod groups of panel q / groups: neighbours share the panel. */
static void run_pieces(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  const double beta = p->p0 == 0 ? p->g.beta : 1;
  for (int64_t q = begin; q < end; q++) {
    const int64_t first = q % p->groups * p->group;
    const int64_t last = least(first + p->group, p->row_tiles);
    for (int64_t tile = first; tile < last; tile++) run_tile(p, q / p->groups, tile, beta);
  }
}

static void run_rows(product *p) {
  p->row_tiles = ceil_div(p->rows, p->tile->rows);
  p->group = ceil_div(p->row_tiles, ceil_div(PIECES, p->panels));
  p->groups = ceil_div(p->row_tiles, p->group);
  if (p->pack_a) {
    aei_parallel(p->row_tiles, grain(p->tile->rows * p->k, PACK_WORK), pack_rows, p);
  }
  const int64_t work = p->group * p->tile->rows * p->panel * p->k;
  aei_parallel(p->panels * p->groups, grain(work, PIECE_WORK), run_pieces, p);
}

static void run_block(product *p) {
  p->panels = ceil_div(p->columns, p->panel);
  const int64_t at_once = p->pack_b ? grain(p->panel * p->k, PACK_WORK) : p->panels;
  aei_parallel(p->panels, at_once, pack_panels, p);
  for (p->i0 = 0; p->i0 < p->g.m; p->i0 += ROW_BLOCK) {
    p->rows = least(ROW_BLOCK, p->g.m - p->i0);
    run_rows(p);
  }
}

static ae_status run_product(product *p) {
  /* k in equal blocks, one of them even when there is nothing to add */
  const int64_t k_blocks = p->g.k > K_BLOCK ? ceil_div(p->g.k, K_BLOCK) : 1;
  const int64_t k_block = ceil_div(p->g.k, k_blocks);
  const int64_t row_bytes = (int64_t)p->size * (k_block + 1);
  const int64_t most_panels = BYTES_B / (row_bytes * p->panel) + 1;
  const int64_t column_block = least(ceil_div(p->g.n, p->panel), most_panels) * p->panel;
  const int64_t bytes_b = (p->pack_b ? column_block : p->panel) * row_bytes;
  const int64_t a_rows = ceil_div(least(p->g.m, ROW_BLOCK), p->tile->rows) * p->tile->rows;
  const int64_t bytes_a = p->pack_a ? a_rows * row_bytes : 0;
  AEI_TRY(reserve((size_t)(bytes_a + bytes_b) + AEI_ALIGN));
  p->packed_b = space.memory;
  p->packed_a = (char *)space.memory + ceil_div(bytes_b, AEI_ALIGN) * AEI_ALIGN;
  for (p->j0 = 0; p->j0 < p->g.n; p->j0 += column_block) {
    p->columns = least(column_block, p->g.n - p->j0);
    for (int64_t block = 0; block < k_blocks; block++) {
      p->p0 = block * k_block;
      p->k = least(k_block, p->g.k - p->p0);
      run_block(p);
    }
  }
  return AE_OK;
}

ae_status aei_gemm_run(ae_type type, const aei_gemm *g) {
  if (g->m == 0 || g->n == 0) return AE_OK;
  product p = orient(type, g);
  pthread_mutex_lock(&space_lock);
  const ae_status status = run_product(&p);
  pthread_mutex_unlock(&space_lock);
  return status;
}
