/* bf16.c - matrix products in bfloat16: the choice, and the loops around the tiles. As in gemm.c a
 * piece of C is one thread's work, and k runs through it in order, so that threads change no bit.
 */
#include "kernel/bf16.h"

#include <string.h>

#include "core/core.h"
#include "kernel/gemm.h"

enum {
  K_BLOCK = 1024,
  PIECES = 32,
  PIECE_WORK = 1 << 19,
  COLUMNS = 480, /* most of a piece */
  COPY = 32 * 64 /* floats of the largest tile */
};

/* ---- the choice ---- */

static const aei_bf16_path *current;

const aei_bf16_path *aei_bf16_now(void) { return current; }
void aei_bf16_use(const aei_bf16_path *path) { current = path; }

ae_status ae_set_matmul_precision(const char *name) {
  if (strcmp(name, "float32") == 0) {
    current = NULL;
  } else if (strcmp(name, "bf16") == 0) {
    current = aei_bf16_amx();
    if (!current) current = aei_bf16_avx512();
  } else {
    return aei_fail(AE_EARG, "matmul precision: \"%s\" is neither float32 nor bf16", name);
  }
  return AE_OK;
}

const char *ae_matmul_precision(void) { return current ? current->name : "float32"; }

/* ---- pieces ---- */

typedef struct product {
  aei_gemm g; /* start set; NULL for 0 */
  const aei_bf16_path *path;
  int64_t panels, row_parts, column_parts;
} product;

static int64_t padded_pairs(int64_t k) { return aei_ceil_div(k, 2 * AEI_PAIRS) * AEI_PAIRS; }

/* Rows of A in the space for them, with those an incomplete tile reads beside its own. */
static int64_t most_rows(const aei_bf16_path *path) {
  return AEI_PACKED_A / (K_BLOCK / 2 * (int64_t)sizeof(uint32_t)) / path->rows * path->rows;
}

static void cut(product *p) {
  p->panels = aei_ceil_div(p->g.n, p->path->panel);
  p->row_parts = aei_ceil_div(p->g.m, most_rows(p->path));
  p->column_parts = aei_ceil_div(p->panels, COLUMNS / p->path->panel);
  if (aei_alone()) return;
  while (p->row_parts * p->column_parts < PIECES) {
    const int64_t rows = aei_ceil_div(p->g.m, p->row_parts);
    const int64_t panels = aei_ceil_div(p->panels, p->column_parts);
    const bool by_rows = rows >= 64, by_columns = panels >= 4;
    if (rows * panels * p->path->panel * p->g.k <= 2 * PIECE_WORK) return;
    if (by_rows && (rows >= 128 || !by_columns))
      p->row_parts *= 2;
    else if (by_columns)
      p->column_parts *= 2;
    else
      return;
  }
}

/* One tile; where C or start has no contiguous rows, in a copy. */
static void run_tile(const product *p, aei_bf16_tile t, int64_t i, int64_t j, bool first) {
  const aei_gemm *g = &p->g;
  float copy[COPY], *c = (float *)g->c + i * g->c_row + j * g->c_col;
  const float *start = first ? g->start : g->c;
  const int64_t row = first ? g->start_row : g->c_row, column = first ? g->start_col : g->c_col;
  if (start) start += i * row + j * column;
  t.beta = first ? (float)g->beta : 1;
  t.start = start, t.start_row = row;
  t.c = c, t.c_row = g->c_row;
  if (g->c_col == 1 && (!start || column == 1)) {
    p->path->run(&t);
    return;
  }
  for (int r = 0; start && r < t.rows; r++)
    for (int s = 0; s < t.columns; s++) copy[r * t.columns + s] = start[r * row + s * column];
  t.start = start ? copy : NULL, t.start_row = t.columns;
  t.c = copy, t.c_row = t.columns;
  p->path->run(&t);
  for (int r = 0; r < t.rows; r++)
    for (int s = 0; s < t.columns; s++) c[r * g->c_row + s * g->c_col] = copy[r * t.columns + s];
}

/* Inner indices p0 .. p0 + k - 1 of C's rows and columns. */
static void run_block(const product *p, int64_t i, int64_t rows, int64_t j, int64_t columns,
                      int64_t p0, int64_t k) {
  const aei_gemm *g = &p->g;
  uint32_t *a = aei_packed_a(), *b = aei_packed_b();
  const int64_t a_row = padded_pairs(k), panel = p->path->panel;
  aei_bf16_pack_a(rows, k, a, a_row, (const float *)g->a + i * g->a_row + p0 * g->a_col, g->a_row,
                  g->a_col, (float)g->alpha);
  aei_bf16_tile t = {.pairs = aei_ceil_div(k, 2), .a_row = a_row, .panel = panel, .b = b};
  for (int64_t s = j; s < j + columns; s += panel) {
    t.columns = (int)aei_least(panel, j + columns - s);
    if (g->packed_b) {
      t.b = (const uint32_t *)g->packed_b + s * padded_pairs(g->k) + p0 / 2 * panel;
    } else {
      aei_bf16_pack_b(k, t.columns, b, panel, (const float *)g->b + p0 * g->b_row + s * g->b_col,
                      g->b_row, g->b_col);
    }
    for (int64_t r = 0; r < rows; r += p->path->rows) {
      t.rows = (int)aei_least(p->path->rows, rows - r);
      t.a = a + r * a_row;
      run_tile(p, t, i + r, s, p0 == 0);
    }
  }
}

static void run_pieces(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  for (int64_t q = begin; q < end; q++) {
    const int64_t r = q / p->column_parts, s = q % p->column_parts, panel = p->path->panel;
    const int64_t i = aei_part_begin(r, p->g.m, p->row_parts);
    const int64_t rows = aei_part_begin(r + 1, p->g.m, p->row_parts) - i;
    const int64_t j = aei_part_begin(s, p->panels, p->column_parts) * panel;
    const int64_t columns =
        aei_least(aei_part_begin(s + 1, p->panels, p->column_parts) * panel, p->g.n) - j;
    for (int64_t p0 = 0; p0 == 0 || p0 < p->g.k; p0 += K_BLOCK) {
      run_block(p, i, rows, j, columns, p0, aei_least(K_BLOCK, p->g.k - p0));
    }
  }
}

void aei_bf16_run(const aei_gemm *given) {
  aei_gemm g = aei_gemm_started(given);
  if (g.c_col != 1 && g.c_row == 1 && g.alpha == 1 && !g.packed_b) g = aei_gemm_transposed(&g);
  product p = {.g = g, .path = current};
  cut(&p);
  aei_parallel(p.row_parts * p.column_parts, 1, run_pieces, &p);
}

/* ---- packing B beforehand ---- */

int64_t aei_bf16_packed_count(int64_t k, int64_t n) {
  return aei_ceil_div(n, current->panel) * current->panel * padded_pairs(k);
}

typedef struct packing {
  const aei_gemm *g;
  uint32_t *to;
} packing;

static void pack_panels(void *context, int64_t begin, int64_t end) {
  const packing *w = context;
  const int64_t panel = current->panel;
  for (int64_t q = begin; q < end; q++) {
    const int64_t j = q * panel;
    aei_bf16_pack_b(w->g->k, aei_least(panel, w->g->n - j), w->to + j * padded_pairs(w->g->k),
                    panel, (const float *)w->g->b + j * w->g->b_col, w->g->b_row, w->g->b_col);
  }
}

void aei_bf16_pack(const aei_gemm *g, void *to) {
  packing w = {g, to};
  aei_parallel(aei_ceil_div(g->n, current->panel), 1, pack_panels, &w);
}
