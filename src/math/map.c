/* map.c - element-wise functions: the kernels' maps over tensors of any strides. */
#include "math/math.h"

static const char *const names1[] = {
#define NAME1(op, name, nargs, doc, types) [AE_##op] = name,
    AE_MAP1_LIST(NAME1)
#undef NAME1
};

static const char *const names2[] = {
#define NAME2(op, name, nargs, doc, types) [AE_##op] = name,
    AE_MAP2_LIST(NAME2)
#undef NAME2
};

ae_status aei_check_types(const char *operation, const ae_tensor *a, const ae_tensor *b) {
  if (a->type == b->type) return AE_OK;
  return aei_fail(AE_ETYPE, "%s: a %sTensor and a %sTensor; convert one of them", operation,
                  ae_type_name(a->type), ae_type_name(b->type));
}

ae_status aei_check_counts(const char *operation, const ae_tensor *a, const ae_tensor *b) {
  if (ae_nelement(a) == ae_nelement(b)) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: %s (%lld elements) and %s (%lld elements)", operation,
                  AEI_SHAPE(a), (long long)ae_nelement(a), AEI_SHAPE(b), (long long)ae_nelement(b));
}

ae_status aei_check_index(const char *operation, const ae_tensor *index) {
  if (index->type == AE_LONG) return AE_OK;
  return aei_fail(AE_ETYPE, "%s: the index is a %sTensor and must be a LongTensor", operation,
                  ae_type_name(index->type));
}

static ae_status undefined_for(const char *operation, ae_type type) {
  return aei_fail(AE_ETYPE, "%s: not defined for a %sTensor", operation, ae_type_name(type));
}

/* ---- one operand ---- */

typedef struct job1 {
  aei_map1 *real; /* one of these two is NULL */
  aei_integer1 *integer;
  ae_number a, b;
} job1;

static void block1(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const job1 *j = context;
  if (j->real)
    j->real(count, ptr[0], ptr[1], ae_to_double(j->a), ae_to_double(j->b));
  else
    j->integer(count, ptr[0], ptr[1], ae_to_int(j->a), ae_to_int(j->b));
}

static bool divides(ae_map1_op op) {
  return op == AE_DIV_SCALAR || op == AE_FMOD_SCALAR || op == AE_REMAINDER_SCALAR;
}

typedef struct zero_search {
  ae_type type;
  _Atomic bool found;
} zero_search;

static void find_zero(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  zero_search *search = context;
  uint8_t zero[AEI_BLOCK];
  const char *x = ptr[0];
  while (count > 0) {
    int64_t n = count < AEI_BLOCK ? count : AEI_BLOCK;
    aei_kernels_of(search->type)->compare_scalar[AE_EQ](n, zero, x, ae_from_int(0));
    for (int64_t i = 0; i < n; i++)
      if (zero[i]) search->found = true;
    x += (size_t)n * ae_type_size(search->type);
    count -= n;
  }
}

static bool has_zero(const ae_tensor *t) {
  zero_search search = {.type = t->type};
  aei_iterate(0, 1, (const ae_tensor *[]){t}, find_zero, &search);
  return search.found;
}

ae_status ae_map1_number(ae_map1_op op, ae_tensor *y, const ae_tensor *x, ae_number a,
                         ae_number b) {
  const aei_type_kernels *k = aei_kernels_of(x->type);
  job1 j = {k->map1[op], k->integer ? k->integer->map1[op] : NULL, a, b};
  if (!j.real && !j.integer) return undefined_for(names1[op], x->type);
  AEI_TRY(aei_check_types(names1[op], y, x));
  if (j.integer && ((divides(op) && ae_to_int(a) == 0) || (op == AE_RDIV_SCALAR && has_zero(x))))
    return aei_fail(AE_EARG, "%s: division of a %sTensor by zero", names1[op],
                    ae_type_name(x->type));
  AEI_TRY(ae_resize_as(y, x));
  aei_iterate(1, 2, (const ae_tensor *[]){y, x}, block1, &j);
  return AE_OK;
}

ae_status ae_map1(ae_map1_op op, ae_tensor *y, const ae_tensor *x, double a, double b) {
  return ae_map1_number(op, y, x, ae_from_double(a), ae_from_double(b));
}

/* ---- two operands ---- */

typedef struct job2 {
  aei_map2 *real;
  aei_integer2 *integer;
  ae_number a;
} job2;

static void block2(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const job2 *j = context;
  if (j->real)
    j->real(count, ptr[0], ptr[1], ptr[2], ae_to_double(j->a));
  else
    j->integer(count, ptr[0], ptr[1], ptr[2], ae_to_int(j->a));
}

ae_status ae_map2_number(ae_map2_op op, ae_tensor *y, const ae_tensor *x1, const ae_tensor *x2,
                         ae_number a) {
  const aei_type_kernels *k = aei_kernels_of(x1->type);
  job2 j = {k->map2[op], k->integer ? k->integer->map2[op] : NULL, a};
  const char *name = names2[op] ? names2[op] : "gradient";
  if (!j.real && !j.integer) return undefined_for(name, x1->type);
  AEI_TRY(aei_check_types(name, x1, x2));
  AEI_TRY(aei_check_types(name, y, x1));
  AEI_TRY(aei_check_counts(name, x1, x2));
  if (op == AE_DIV && j.integer && has_zero(x2))
    return aei_fail(AE_EARG, "cdiv: division of a %sTensor by zero", ae_type_name(x1->type));
  AEI_TRY(ae_resize_as(y, x1));
  aei_iterate(1, 3, (const ae_tensor *[]){y, x1, x2}, block2, &j);
  return AE_OK;
}

ae_status ae_map2(ae_map2_op op, ae_tensor *y, const ae_tensor *x1, const ae_tensor *x2, double a) {
  return ae_map2_number(op, y, x1, x2, ae_from_double(a));
}

/* ---- three operands ---- */

typedef struct job3 {
  aei_map3 *real;
  aei_integer3 *integer;
  ae_number value;
} job3;

static void block3(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const job3 *j = context;
  if (j->real)
    j->real(count, ptr[0], ptr[1], ptr[2], ptr[3], ae_to_double(j->value));
  else
    j->integer(count, ptr[0], ptr[1], ptr[2], ptr[3], ae_to_int(j->value));
}

static ae_status map3(const char *name, const job3 *j, ae_tensor *y, const ae_tensor *x,
                      const ae_tensor *x1, const ae_tensor *x2) {
  AEI_TRY(aei_check_types(name, x, x1));
  AEI_TRY(aei_check_types(name, x, x2));
  AEI_TRY(aei_check_types(name, y, x));
  AEI_TRY(aei_check_counts(name, x, x1));
  AEI_TRY(aei_check_counts(name, x, x2));
  AEI_TRY(ae_resize_as(y, x));
  job3 job = *j;
  aei_iterate(1, 4, (const ae_tensor *[]){y, x, x1, x2}, block3, &job);
  return AE_OK;
}

ae_status ae_addcmul_number(ae_tensor *y, const ae_tensor *x, ae_number value, const ae_tensor *x1,
                            const ae_tensor *x2) {
  const aei_type_kernels *k = aei_kernels_of(x->type);
  const job3 j = {k->addcmul, k->integer ? k->integer->addcmul : NULL, value};
  return map3("addcmul", &j, y, x, x1, x2);
}

ae_status ae_addcdiv_number(ae_tensor *y, const ae_tensor *x, ae_number value, const ae_tensor *x1,
                            const ae_tensor *x2) {
  const aei_type_kernels *k = aei_kernels_of(x->type);
  const job3 j = {k->addcdiv, k->integer ? k->integer->addcdiv : NULL, value};
  if (!ae_type_is_real(x2->type) && has_zero(x2))
    return aei_fail(AE_EARG, "addcdiv: division of a %sTensor by zero", ae_type_name(x2->type));
  return map3("addcdiv", &j, y, x, x1, x2);
}

ae_status ae_addcmul(ae_tensor *y, const ae_tensor *x, double value, const ae_tensor *x1,
                     const ae_tensor *x2) {
  return ae_addcmul_number(y, x, ae_from_double(value), x1, x2);
}

ae_status ae_addcdiv(ae_tensor *y, const ae_tensor *x, double value, const ae_tensor *x1,
                     const ae_tensor *x2) {
  return ae_addcdiv_number(y, x, ae_from_double(value), x1, x2);
}
