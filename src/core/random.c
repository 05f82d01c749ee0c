/* random.c - the random stream and what is drawn from it.
 *
 * A generator is a seed and a position. Block k of a seed is Philox4x32-10(counter k, key seed),
 * four 32-bit words w0..w3. A fill of n elements begins at the position and takes whole blocks:
 *
 *   fill                   per block    element
 *   uniform, Float         4            w_j >> 8: 24 bits
 *   uniform, Double        2            w0 >> 5 and w1 >> 6, w2 >> 5 and w3 >> 6: 53 bits each
 *   normal, Float          4            Box-Muller on (w0, w1) and on (w2, w3), 32 bits each
 *   normal, Double         2            Box-Muller on 53 bits of (w0, w1) and 53 of (w2, w3)
 *   bernoulli, any type    4            1 where Float's uniform is below p
 *   randint, any type      1            all 128 bits
 *
 * So element i lies in block position + i / per-block, whoever computes it, and the position then
 * advances by n / per-block, rounded up. A single draw is the first element of a block of its own.
 * Float's normals reach 6.6 standard deviations, Double's 8.5.
 */
#include <math.h>

#include "core/core.h"
#include "kernel/kernel.h"
#include "kernel/philox.h"

/* ---- the generator ---- */

ae_generator *ae_default_generator(void) {
  static ae_generator generator;
  return &generator;
}

void ae_seed(ae_generator *g, uint64_t seed) { *g = (ae_generator){seed, 0}; }

void ae_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]) {
  const philox_block start = {counter[0], counter[1], counter[2], counter[3]};
  const philox_block b = philox10(start, (uint64_t)key[1] << 32 | key[0]);
  out[0] = b.w0, out[1] = b.w1, out[2] = b.w2, out[3] = b.w3;
}

static philox_block block_at(uint64_t seed, uint64_t position) {
  return philox10(philox_start(position), seed);
}

/* ---- single draws ---- */

uint64_t ae_random_bits(ae_generator *g) {
  const philox_block b = block_at(g->seed, g->position++);
  return (uint64_t)b.w1 << 32 | b.w0;
}

double ae_random_uniform(ae_generator *g, double a, double b) {
  double x;
  aei_kernels_of(AE_DOUBLE)->uniform(1, &x, g->seed, g->position++, 0, a, b);
  return x;
}

double ae_random_normal(ae_generator *g, double mean, double std) {
  double x;
  aei_kernels_of(AE_DOUBLE)->normal(1, &x, g->seed, g->position++, 0, mean, std);
  return x;
}

/* first + floor(block * count / 2^128), the block read as a number of 128 bits and count = last -
 * first + 1. Numbers differ in probability by less than 2^-64 of it. */
static int64_t integer_of(philox_block b, int64_t first, int64_t last) {
  const uint64_t high = (uint64_t)b.w3 << 32 | b.w2, low = (uint64_t)b.w1 << 32 | b.w0;
  const uint64_t count = (uint64_t)last - (uint64_t)first + 1;
  if (count == 0) return (int64_t)high; /* all 2^64 of them */
  const uint64_t carry = (uint64_t)(((unsigned __int128)low * count) >> 64);
  const unsigned __int128 product = (unsigned __int128)high * count + carry;
  return (int64_t)((uint64_t)first + (uint64_t)(product >> 64));
}

int64_t ae_random_int(ae_generator *g, int64_t first, int64_t last) {
  return integer_of(block_at(g->seed, g->position++), first, last);
}

/* ---- fills ---- */

typedef struct fill {
  ae_type type;
  uint64_t seed, position;
  double a, b;         /* bounds, or mean and standard deviation, or probability */
  int64_t first, last; /* of integers */
} fill;

static void fill_uniform(void *context, int64_t first, int64_t count, void *const *ptr) {
  const fill *f = context;
  aei_kernels_of(f->type)->uniform(count, ptr[0], f->seed, f->position, first, f->a, f->b);
}

static void fill_normal(void *context, int64_t first, int64_t count, void *const *ptr) {
  const fill *f = context;
  aei_kernels_of(f->type)->normal(count, ptr[0], f->seed, f->position, first, f->a, f->b);
}

enum { STEP = 256 }; /* elements on the stack at a time */

static void fill_bernoulli(void *context, int64_t first, int64_t count, void *const *ptr) {
  const fill *f = context;
  const aei_kernels *k = aei_kernels_now();
  const ae_number p = ae_from_double(f->a);
  char *y = ptr[0];
  for (int64_t i = 0; i < count; i += STEP) {
    float u[STEP];
    uint8_t below[STEP];
    const int64_t n = count - i < STEP ? count - i : STEP;
    k->type[AE_FLOAT].uniform(n, u, f->seed, f->position, first + i, 0, 1);
    k->type[AE_FLOAT].compare_scalar[AE_LT](n, below, u, p);
    k->convert[f->type][AE_BYTE](n, y + (size_t)i * ae_type_size(f->type), below);
  }
}

static void fill_integers(void *context, int64_t first, int64_t count, void *const *ptr) {
  const fill *f = context;
  char *y = ptr[0];
  for (int64_t i = 0; i < count; i += STEP) {
    int64_t v[STEP];
    const int64_t n = count - i < STEP ? count - i : STEP;
    for (int64_t j = 0; j < n; j++) {
      const uint64_t block = f->position + (uint64_t)(first + i + j);
      v[j] = integer_of(block_at(f->seed, block), f->first, f->last);
    }
    aei_kernels_now()->convert[f->type][AE_LONG](n, y + (size_t)i * ae_type_size(f->type), v);
  }
}

static void run_fill(ae_tensor *t, ae_generator *g, int per_block, aei_block *body, fill f) {
  const int64_t n = ae_nelement(t);
  f.type = t->type;
  f.seed = g->seed;
  f.position = g->position;
  aei_iterate(1, 1, (const ae_tensor *const[]){t}, body, &f);
  g->position += (uint64_t)((n + per_block - 1) / per_block);
}

static ae_status check_real(const char *operation, const ae_tensor *t) {
  if (ae_type_is_real(t->type)) return AE_OK;
  return aei_fail(AE_ETYPE, "%s: a %sTensor; want a FloatTensor or a DoubleTensor", operation,
                  ae_type_name(t->type));
}

ae_status ae_uniform(ae_tensor *t, ae_generator *g, double a, double b) {
  AEI_TRY(check_real("uniform", t));
  if (!(a <= b && isfinite(b - a))) {
    return aei_fail(AE_EARG, "uniform: from %g to %g is not an interval", a, b);
  }
  run_fill(t, g, t->type == AE_FLOAT ? 4 : 2, fill_uniform, (fill){.a = a, .b = b});
  return AE_OK;
}

ae_status ae_normal(ae_tensor *t, ae_generator *g, double mean, double std) {
  AEI_TRY(check_real("normal", t));
  if (!isfinite(mean)) return aei_fail(AE_EARG, "normal: mean %g, want a finite one", mean);
  if (!(std >= 0 && isfinite(std)))
    return aei_fail(AE_EARG, "normal: standard deviation %g, want a finite one >= 0", std);
  run_fill(t, g, t->type == AE_FLOAT ? 4 : 2, fill_normal, (fill){.a = mean, .b = std});
  return AE_OK;
}

ae_status ae_bernoulli(ae_tensor *t, ae_generator *g, double p) {
  if (!(p >= 0 && p <= 1)) return aei_fail(AE_EARG, "bernoulli: probability %g, want 0..1", p);
  run_fill(t, g, 4, fill_bernoulli, (fill){.a = p});
  return AE_OK;
}

ae_status ae_randint(ae_tensor *t, ae_generator *g, int64_t first, int64_t last) {
  if (first > last) {
    return aei_fail(AE_EARG, "random: no integer from %lld to %lld", (long long)first,
                    (long long)last);
  }
  run_fill(t, g, 1, fill_integers, (fill){.first = first, .last = last});
  return AE_OK;
}

/* ---- permutations ---- */

/* Largest n such that the type holds all of 1..n. */
static int64_t exact_integers(ae_type type) {
  static const int64_t largest[AE_NTYPES] = {
      [AE_FLOAT] = (int64_t)1 << 24, [AE_DOUBLE] = (int64_t)1 << 53, [AE_LONG] = INT64_MAX,
      [AE_BYTE] = UINT8_MAX,         [AE_CHAR] = INT8_MAX,           [AE_SHORT] = INT16_MAX,
      [AE_INT32] = INT32_MAX};
  return largest[type];
}

static void shuffle(int64_t *order, int64_t n, ae_generator *g) {
  for (int64_t i = 0; i < n; i++) order[i] = i;
  for (int64_t i = n - 1; i > 0; i--) {
    const int64_t j = ae_random_int(g, 0, i), kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
}

ae_status ae_randperm(ae_tensor *t, ae_generator *g, int64_t n) {
  if (n < 0 || n > exact_integers(t->type)) {
    return aei_fail(AE_EARG, "randperm: a permutation of %lld numbers in a %sTensor", (long long)n,
                    ae_type_name(t->type));
  }
  ae_tensor order = ae_tensor_local(AE_LONG);
  ae_status status = ae_resize(&order, 1, &n);
  if (status == AE_OK) status = ae_resize(t, 1, &n);
  if (status == AE_OK) {
    shuffle(ae_data(&order), n, g);
    status = ae_copy(t, &order);
  }
  ae_tensor_clear(&order);
  return status;
}
