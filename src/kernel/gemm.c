/* gemm.c - the matrix product: which way round, in which pieces, what is packed.
 *
 *   for each piece of C, a block of rows by a block of columns:       (parallel)
 *     for each block of k:
 *       pack the rows of A that the tiles cannot read as they lie
 *       for each panel of columns:
 *         pack its part of B, if need be
 *         for each tile of rows: run the tile
 *
 * A piece is computed by one thread, which packs for itself into memory of its own: there is
 * nothing to wait for, and nothing that can fail. None of this changes a bit of the result: an
 * element is one chain over k ascending, its value passing through C between blocks of k.
 */
#include "kernel/gemm.h"

#include "core/core.h"
#include "kernel/bf16.h"
#include "kernel/kernel.h"

enum {
  K_BLOCK = 512,        /* a panel of B, 48 floats by this, stays in L2 beside the rows of A */
  COLUMN_BLOCK = 480,   /* of a piece; a multiple of every path's panel */
  PIECES = 32,          /* of a large product, so that threads finish at about the same time */
  PIECE_WORK = 1 << 18, /* multiply-adds worth a hand-over to another thread */
  PACK_WORK = 1 << 13,  /* elements likewise */
  PAGE = 4096
};

static _Thread_local struct { _Alignas(AEI_ALIGN) char a[AEI_PACKED_A], b[AEI_PACKED_B]; } packed;

void *aei_packed_a(void) { return packed.a; }
void *aei_packed_b(void) { return packed.b; }

typedef struct product {
  aei_gemm g;  /* with start set */
  size_t size; /* of an element */
  const aei_gemm_tile *tile;
  double alpha_a, alpha_b; /* one of them is alpha, the other 1 */
  bool pack_a, pack_b;
  int64_t panel;                           /* columns of a full panel */
  int64_t panels, row_parts, column_parts; /* of the whole product; pieces */
} product;

/* A block of C at (i, j), for inner indices p0 .. p0 + k - 1. */
typedef struct block {
  const product *p;
  int64_t i, rows, j, columns, p0, k;
} block;

static char *at(const void *base, int64_t elements, size_t size) {
  return (char *)(uintptr_t)base + elements * (int64_t)size;
}

static int64_t panel_of(const aei_gemm_tile *tile) { return (int64_t)tile->vectors * tile->width; }

/* ---- which way round ---- */

aei_gemm aei_gemm_transposed(const aei_gemm *g) {
  aei_gemm t = *g;
  t.m = g->n, t.n = g->m;
  t.a = g->b, t.a_row = g->b_col, t.a_col = g->b_row;
  t.b = g->a, t.b_row = g->a_col, t.b_col = g->a_row;
  t.c_row = g->c_col, t.c_col = g->c_row;
  t.start_row = g->start_col, t.start_col = g->start_row;
  return t;
}

aei_gemm aei_gemm_started(const aei_gemm *given) {
  aei_gemm g = *given;
  if (!g.start) g.start = g.c, g.start_row = g.c_row, g.start_col = g.c_col;
  if (g.beta == 0) g.start = NULL;
  return g;
}

/* Lines that lie a multiple of a page apart fall on the same cache sets. */
static bool aliased(int64_t stride, size_t size) {
  return stride != 0 && (stride * (int64_t)size) % PAGE == 0;
}

/* A tile reads a few elements of A for each k: from a line per row, or side by side. */
static bool wants_packed_a(const aei_gemm *g, double alpha, size_t size) {
  if (alpha != 1) return true;
  if (g->a_col == 1) return aliased(g->a_row, size);
  return g->a_row != 1 || g->a_col * (int64_t)size > PAGE / 8;
}

static bool wants_packed_b(const aei_gemm *g, double alpha, size_t size) {
  return alpha != 1 || g->b_col != 1 || aliased(g->b_row, size);
}

/* About the cycles: vectors multiplied, elements packed, elements of C stored out of order. */
static double cost(const aei_gemm *g, const aei_gemm_tile *tile, size_t size) {
  const double m = (double)g->m, n = (double)g->n, k = (double)g->k;
  const int64_t last = g->n % tile->width;
  const double part = last == 0 ? 0 : last <= tile->width / 4 ? 0.5 : 1;
  double cycles = m * ((double)(g->n / tile->width) + part) * k;
  if (wants_packed_a(g, 1, size)) cycles += m * k * (g->a_row == 1 ? 0.2 : 0.4);
  if (wants_packed_b(g, 1, size)) cycles += n * k * (g->b_col == 1 ? 0.2 : 0.4);
  if (g->c_col != 1) cycles += m * n;
  return cycles;
}

/* Pieces that fit the space for packing; then smaller ones. The upper and the lower half of C are
 * different pieces, as the threads' shares of C are in other work on it. Each piece reads and packs
 * for itself, so columns are split first, rows where A is packed, and no further than is cheap. */
static void cut(product *p) {
  const int64_t most_rows = AEI_PACKED_A / (K_BLOCK * (int64_t)p->size);
  const int64_t least_rows = p->pack_b ? 6 * p->tile->rows : p->tile->rows;
  const int64_t least_panels = p->pack_a ? 4 : 1;
  p->panels = aei_ceil_div(p->g.n, p->panel);
  p->row_parts = aei_ceil_div(p->g.m, most_rows);
  p->column_parts = aei_ceil_div(p->panels, COLUMN_BLOCK / p->panel);
  if (aei_alone()) return;
  if (p->row_parts == 1 && p->g.m >= 2 * least_rows) p->row_parts = 2;
  while (p->row_parts * p->column_parts < PIECES) {
    const int64_t rows = aei_ceil_div(p->g.m, p->row_parts);
    const int64_t panels = aei_ceil_div(p->panels, p->column_parts);
    const bool by_rows = rows >= 2 * least_rows, by_columns = panels >= 2 * least_panels;
    if (rows * panels * p->panel * p->g.k <= 2 * PIECE_WORK || (!by_rows && !by_columns)) return;
    if (by_columns && (!p->pack_a || p->pack_b || !by_rows)) {
      p->column_parts = aei_least(2 * p->column_parts, p->panels);
    } else {
      p->row_parts *= 2;
    }
  }
}

static product orient(ae_type type, const aei_gemm *given) {
  product p = {.size = ae_type_size(type), .tile = aei_kernels_now()->tile[type]};
  const aei_gemm g = aei_gemm_started(given), t = aei_gemm_transposed(&g);
  const bool swap = !g.packed_b && cost(&t, p.tile, p.size) < cost(&g, p.tile, p.size);
  p.g = swap ? t : g;
  p.alpha_a = swap ? 1 : g.alpha;
  p.alpha_b = swap ? g.alpha : 1;
  p.pack_a = wants_packed_a(&p.g, p.alpha_a, p.size);
  p.pack_b = !g.packed_b && wants_packed_b(&p.g, p.alpha_b, p.size);
  p.panel = panel_of(p.tile);
  cut(&p);
  return p;
}

/* ---- one piece ---- */

/* The rows of a block in tiles of about the same height. */
static int64_t row_tiles(const block *b) { return aei_ceil_div(b->rows, b->p->tile->rows); }

static void pack_rows(const block *b) {
  const product *p = b->p;
  const int64_t tiles = row_tiles(b);
  for (int64_t t = 0; t < tiles; t++) {
    const int64_t first = aei_part_begin(t, b->rows, tiles);
    const int64_t rows = aei_part_begin(t + 1, b->rows, tiles) - first;
    p->tile->pack(b->k, (int)rows, (int)rows, at(packed.a, first * b->k, p->size),
                  at(p->g.a, (b->i + first) * p->g.a_row + b->p0 * p->g.a_col, p->size), p->g.a_row,
                  p->g.a_col, p->alpha_a);
  }
}

/* The tile's function for a number of rows and columns. */
static aei_tile_run *tile_of(const aei_gemm_tile *tile, int64_t rows, int64_t columns) {
  if (columns % tile->width == 0) {
    return tile->run[(rows - 1) * tile->vectors + columns / tile->width - 1];
  }
  const int narrow = columns <= tile->width / 4 ? 2 : columns <= tile->width / 2 ? 1 : 0;
  return tile->part[narrow][rows - 1];
}

/* A tile whose C, or start, has no contiguous rows: in a copy. */
static void run_copied(const product *p, aei_tile t, int rows, aei_tile_run *run) {
  _Alignas(AEI_ALIGN) char copy[AEI_TILE_BYTES];
  const int columns = (int)t.count;
  char *c = t.c;
  if (t.start) {
    const bool own = t.start == t.c;
    p->tile->move(rows, columns, copy, columns, 1, t.start, own ? p->g.c_row : p->g.start_row,
                  own ? p->g.c_col : p->g.start_col);
    t.start = copy, t.start_row = columns;
  }
  t.c = copy, t.c_row = columns;
  run(&t);
  p->tile->move(rows, columns, c, p->g.c_row, p->g.c_col, copy, columns, 1);
}

/* Rows i .. i + rows - 1 of C by one tile; t has its b and count. */
static void run_tile(const block *b, aei_tile t, int64_t i, int64_t j, int rows,
                     aei_tile_run *run) {
  const product *p = b->p;
  const bool first = b->p0 == 0;
  t.a = p->pack_a ? at(packed.a, (i - b->i) * b->k, p->size)
                  : at(p->g.a, i * p->g.a_row + b->p0 * p->g.a_col, p->size);
  t.a_row = p->pack_a ? 1 : p->g.a_row;
  t.a_k = p->pack_a ? rows : p->g.a_col;
  t.c = at(p->g.c, i * p->g.c_row + j * p->g.c_col, p->size);
  t.c_row = p->g.c_row;
  t.start = !first       ? t.c
            : p->g.start ? at(p->g.start, i * p->g.start_row + j * p->g.start_col, p->size)
                         : NULL;
  t.start_row = first ? p->g.start_row : p->g.c_row;
  if (p->g.c_col == 1 && (!t.start || !first || p->g.start_col == 1)) {
    run(&t);
  } else {
    run_copied(p, t, rows, run);
  }
}

/* Columns j .. j + columns - 1, which are whole vectors or a part of one; t has its b. */
static void run_tiles(const block *b, aei_tile t, int64_t j, int64_t columns) {
  const aei_gemm_tile *tile = b->p->tile;
  int64_t done = 0;
  t.count = columns;
  if (tile->corner && columns <= 4 && !b->p->pack_a && b->p->g.a_col == 1) {
    for (int64_t rows; (rows = aei_least(16, (b->rows - done) / 4 * 4)) > 0; done += rows) {
      run_tile(b, t, b->i + done, j, (int)rows, tile->corner[rows / 4 - 1]);
    }
  }
  const int64_t left = b->rows - done, tiles = aei_ceil_div(left, tile->rows);
  for (int64_t q = 0; q < tiles; q++) {
    const int64_t i = done + aei_part_begin(q, left, tiles);
    const int64_t rows = done + aei_part_begin(q + 1, left, tiles) - i;
    run_tile(b, t, b->i + i, j, (int)rows, tile_of(tile, rows, columns));
  }
}

static void run_panel(const block *b, int64_t j, int64_t columns) {
  const product *p = b->p;
  const int64_t part = columns % p->tile->width, whole = columns - part;
  aei_tile t = {.k = b->k, .beta = b->p0 == 0 ? p->g.beta : 1};
  if (p->g.packed_b) {
    t.b = at(p->g.packed_b, j * p->g.k + b->p0 * p->panel, p->size), t.b_k = p->panel;
  } else if (p->pack_b) {
    p->tile->pack(b->k, (int)columns, (int)p->panel, packed.b,
                  at(p->g.b, j * p->g.b_col + b->p0 * p->g.b_row, p->size), p->g.b_col, p->g.b_row,
                  p->alpha_b);
    t.b = packed.b, t.b_k = p->panel;
  } else {
    t.b = at(p->g.b, j + b->p0 * p->g.b_row, p->size), t.b_k = p->g.b_row;
  }
  if (whole > 0) run_tiles(b, t, j, whole);
  t.b = at(t.b, whole, p->size);
  if (part > 0) run_tiles(b, t, j + whole, part);
}

static void run_block(const block *b) {
  if (b->p->pack_a) pack_rows(b);
  for (int64_t j = b->j; j < b->j + b->columns; j += b->p->panel) {
    run_panel(b, j, aei_least(b->p->panel, b->j + b->columns - j));
  }
}

/* Pieces in row-major order, as the elements of C lie. */
static void run_pieces(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  /* k in equal blocks, one of them even when there is nothing to add */
  const int64_t k_blocks = p->g.k > K_BLOCK ? aei_ceil_div(p->g.k, K_BLOCK) : 1;
  for (int64_t q = begin; q < end; q++) {
    const int64_t r = q / p->column_parts, s = q % p->column_parts;
    block b = {.p = p};
    b.i = aei_part_begin(r, p->g.m, p->row_parts);
    b.rows = aei_part_begin(r + 1, p->g.m, p->row_parts) - b.i;
    b.j = aei_part_begin(s, p->panels, p->column_parts) * p->panel;
    b.columns =
        aei_least(aei_part_begin(s + 1, p->panels, p->column_parts) * p->panel, p->g.n) - b.j;
    for (int64_t n = 0; n < k_blocks; n++) {
      b.p0 = aei_part_begin(n, p->g.k, k_blocks);
      b.k = aei_part_begin(n + 1, p->g.k, k_blocks) - b.p0;
      run_block(&b);
    }
  }
}

static bool in_bf16(ae_type type) { return type == AE_FLOAT && aei_bf16_now(); }

void aei_gemm_run(ae_type type, const aei_gemm *g) {
  if (g->m == 0 || g->n == 0) return;
  if (in_bf16(type)) {
    aei_bf16_run(g);
    return;
  }
  product p = orient(type, g);
  aei_parallel(p.row_parts * p.column_parts, 1, run_pieces, &p);
}

/* ---- packing B beforehand ---- */

typedef struct packing {
  const aei_gemm *g;
  const aei_gemm_tile *tile;
  size_t size;
  void *to;
} packing;

bool aei_gemm_wants_packed(ae_type type) { return in_bf16(type); }

int64_t aei_gemm_packed_count(ae_type type, int64_t k, int64_t n) {
  if (in_bf16(type)) return aei_bf16_packed_count(k, n);
  const int64_t panel = panel_of(aei_kernels_now()->tile[type]);
  return aei_ceil_div(n, panel) * panel * k;
}

static void pack_panels(void *context, int64_t begin, int64_t end) {
  const packing *w = context;
  const int64_t panel = panel_of(w->tile);
  for (int64_t q = begin; q < end; q++) {
    const int64_t j = q * panel;
    w->tile->pack(w->g->k, (int)aei_least(panel, w->g->n - j), (int)panel,
                  at(w->to, j * w->g->k, w->size), at(w->g->b, j * w->g->b_col, w->size),
                  w->g->b_col, w->g->b_row, 1);
  }
}

void aei_gemm_pack(ae_type type, const aei_gemm *g, void *to) {
  if (in_bf16(type)) {
    aei_bf16_pack(g, to);
    return;
  }
  packing w = {g, aei_kernels_now()->tile[type], ae_type_size(type), to};
  const int64_t panel = panel_of(w.tile);
  aei_parallel(aei_ceil_div(g->n, panel), PACK_WORK / (panel * g->k + 1) + 1, pack_panels, &w);
}
