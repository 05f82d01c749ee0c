/* pack.h - bringing matrices into the order in which the tiles read them, and tiles of C back into
 * the matrix's. Included after vector.h.
 */

typedef REAL REAL4 __attribute__((vector_size(4 * sizeof(REAL))));

#if defined(__clang__)
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#elif REAL_BITS == 32
typedef int32_t INDEX4 __attribute__((vector_size(16)));
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (INDEX4){i, j, k, l})
#else
typedef int64_t INDEX4 __attribute__((vector_size(32)));
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (INDEX4){i, j, k, l})
#endif

/* A block of 4 by 4, row i at i * step, becomes its transpose. */
static inline void transpose_block(REAL *to, int64_t to_step, const REAL *from, int64_t from_step,
                                   REAL scale) {
  REAL4 row[4];
  for (int i = 0; i < 4; i++) memcpy(&row[i], from + i * from_step, sizeof row[i]);
  const REAL4 left01 = SHUFFLE(row[0], row[1], 0, 4, 1, 5);
  const REAL4 left23 = SHUFFLE(row[2], row[3], 0, 4, 1, 5);
  const REAL4 right01 = SHUFFLE(row[0], row[1], 2, 6, 3, 7);
  const REAL4 right23 = SHUFFLE(row[2], row[3], 2, 6, 3, 7);
  row[0] = scale * SHUFFLE(left01, left23, 0, 1, 4, 5);
  row[1] = scale * SHUFFLE(left01, left23, 2, 3, 6, 7);
  row[2] = scale * SHUFFLE(right01, right23, 0, 1, 4, 5);
  row[3] = scale * SHUFFLE(right01, right23, 2, 3, 6, 7);
  for (int i = 0; i < 4; i++) memcpy(to + i * to_step, &row[i], sizeof row[i]);
}

/* to[j * to_step + i] = scale * from[i * from_step + j], by blocks of 4 by 4. */
static void transpose(int64_t rows, int64_t columns, REAL *restrict to, int64_t to_step,
                      const REAL *restrict from, int64_t from_step, REAL scale) {
  const int64_t whole_rows = rows & ~(int64_t)3, whole_columns = columns & ~(int64_t)3;
  for (int64_t j = 0; j < whole_columns; j += 4) {
    for (int64_t i = 0; i < whole_rows; i += 4) {
      transpose_block(to + j * to_step + i, to_step, from + i * from_step + j, from_step, scale);
    }
  }
  for (int64_t j = 0; j < columns; j++) {
    const int64_t first = j < whole_columns ? whole_rows : 0;
    for (int64_t i = first; i < rows; i++) to[j * to_step + i] = scale * from[i * from_step + j];
  }
}

/* to[p * panel + i] = scale * from[p * from_k + i], i < count. */
static void pack_lines(int64_t k, int count, int panel, REAL *restrict to,
                       const REAL *restrict from, int64_t from_k, REAL scale) {
  for (int64_t p = 0; p < k; p++, to += panel, from += from_k) {
    for (int i = 0; i < count; i++) to[i] = scale * from[i];
  }
}

static void pack(int64_t k, int count, int panel, void *to, const void *from, int64_t step,
                 int64_t from_k, double alpha) {
  const REAL *restrict s = from, scale = (REAL)alpha;
  REAL *restrict d = to;
  if (from_k == 1) {
    transpose(count, k, d, panel, s, step, scale);
  } else if (step == 1 && count == VECTORS * WIDTH) {
    pack_lines(k, VECTORS * WIDTH, panel, d, s, from_k, scale);
  } else if (step == 1 && count == ROWS) {
    pack_lines(k, ROWS, panel, d, s, from_k, scale);
  } else if (step == 1) {
    pack_lines(k, count, panel, d, s, from_k, scale);
  } else {
    for (int64_t p = 0; p < k; p++) {
      for (int i = 0; i < count; i++) d[p * panel + i] = scale * s[p * from_k + i * step];
    }
  }
}

static void move(int rows, int columns, void *to, int64_t to_row, int64_t to_column,
                 const void *from, int64_t from_row, int64_t from_column) {
  const REAL *restrict s = from;
  REAL *restrict d = to;
  if (from_column == 1 && to_row == 1) {
    transpose(rows, columns, d, to_column, s, from_row, 1);
  } else if (from_row == 1 && to_column == 1) {
    transpose(columns, rows, d, to_row, s, from_column, 1);
  } else {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        d[i * to_row + j * to_column] = s[i * from_row + j * from_column];
      }
    }
  }
}
