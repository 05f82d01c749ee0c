/* ae.h - the engine's only public header.
 *
 * Tensors, their mathematics, layers, losses and optimizers, data sets and files, in plain C11; Lua
 * is unknown here.
 *
 * Conventions, unless a declaration says otherwise:
 *   - Sizes, indices, dimensions and class labels are 0-based; Lua's 1-based ones are converted in
 * src/bind/convert.c.
 *   - A function that can fail returns an ae_status. On failure it leaves its outputs as they were
 * and ae_error() holds the message. Nothing here prints, exits, aborts or jumps.
 *   - Parameters come outputs first. [out] is overwritten (and resized to fit), [in/out] is
 * updated, [optional] may be NULL. An output may be the same tensor as an input; it must not
 * overlap one in part.
 *   - Shapes are written (B, in, out). Matrices are row-major.
 *   - Objects are reference-counted: *_new gives the caller one reference, *_retain adds one,
 * *_release drops one.
 */
#ifndef AE_H
#define AE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AE_VERSION "0.1.0"

/* ---------------------------------------------------------------- errors */

typedef enum ae_status {
  AE_OK = 0,
  AE_EARG,    /* an argument's value is out of its range */
  AE_ESHAPE,  /* shapes do not fit each other */
  AE_ETYPE,   /* element types do not fit, or the operation is not defined for one */
  AE_EMEM,    /* out of memory */
  AE_EIO,     /* the operating system refused a file operation */
  AE_EFORMAT, /* a file's content is not what its format demands */
  AE_EHOST,   /* a callback into the host language failed; the host holds the error */
} ae_status;

/* The message of this thread's last failure, one line: control characters in names and texts that
 * it quotes are '?'. Valid until the next failure. */
const char *ae_error(void);

/* ---------------------------------------------------------------- memory */

/* The one allocator, in the manner of lua_Alloc: new_size 0 frees and returns NULL, ptr NULL
 * allocates. Alignment as malloc's; the engine aligns further itself. Replaced only while the
 * engine holds no memory; NULL restores malloc. */
typedef void *(*ae_allocator)(void *user, void *ptr, size_t old_size, size_t new_size);
void ae_set_allocator(ae_allocator allocate, void *user);
/* The host language's own memory, as a lua_Alloc: through the same hook and under the same limit,
 * so that one figure bounds the program. From one thread. user is not looked at. */
void *ae_host_allocate(void *user, void *ptr, size_t old_size, size_t new_size);

/* Bytes the engine holds now, and the most it ever held. */
size_t ae_memory_in_use(void);
size_t ae_memory_peak(void);

/* What would take the engine and the host together beyond so many bytes is refused as out of
 * memory; SIZE_MAX: no limit. And whether that happened since the limit was set. */
void ae_set_memory_limit(size_t bytes);
bool ae_memory_limit_met(void);
/* Sets the limit to so many bytes more than are held, unless it is lower. Returns the one there
 * was. */
size_t ae_limit_memory_growth(size_t bytes);
/* For tests: `count` allocations of one owner are refused, beginning with the n-th from now (0: the
 * next), those after them are granted; n < 0: none. And whether one was. */
typedef enum ae_memory_owner { AE_MEMORY_ENGINE, AE_MEMORY_HOST } ae_memory_owner;
void ae_refuse_allocation(ae_memory_owner owner, int64_t n, int64_t count);
bool ae_allocation_refused(void);

/* ---------------------------------------------------------------- machine */

/* Worker threads of the pool, the calling one included. Default: AELUA_THREADS, or the size of the
 * affinity mask. Results never depend on it. ae_set_threads(0) restores the default. Fails: n
 * outside 0..256, no thread to be had. */
int ae_threads(void);
ae_status ae_set_threads(int n);

/* The kernel path in use: "portable", "avx2" or "avx512". ae_set_kernels picks one by name, NULL
 * the best the CPU has (or what AELUA_KERNELS names). Fails: unknown name, or the CPU lacks it. All
 * paths give the same bits. */
const char *ae_kernels(void);

/* How matrix products of Float are computed: "float32", the default, or "bf16": factors rounded to
 * bfloat16 (8 bits of precision), sums and everything else in float32, on processors with AMX or
 * AVX512_BF16; on others float32 stays. Fails for another name. For the whole process. */
ae_status ae_set_matmul_precision(const char *name);
/* What is in force: "float32", "bf16 (avx512)" or "bf16 (amx)". */
const char *ae_matmul_precision(void);
ae_status ae_set_kernels(const char *name);
/* Name of the i-th path this CPU can run, slowest first; NULL past the last. */
const char *ae_kernels_available(int i);

/* "AMD EPYC 9654" or the like; "unknown CPU" where the system does not tell. */
const char *ae_cpu_name(void);

/* Seconds since an arbitrary start, monotonic. */
double ae_clock(void);

/* ---------------------------------------------------------------- types and numbers */

/* X(ENUMERATOR, C type, Torch's tensor class without "Tensor", is it a real (floating-point) type)
 */
#define AE_TYPES(X)                  \
  X(AE_FLOAT, float, Float, true)    \
  X(AE_DOUBLE, double, Double, true) \
  X(AE_LONG, int64_t, Long, false)   \
  X(AE_BYTE, uint8_t, Byte, false)   \
  X(AE_CHAR, int8_t, Char, false)    \
  X(AE_SHORT, int16_t, Short, false) \
  X(AE_INT32, int32_t, Int, false) /* AE_INT is a kind of option */

typedef enum ae_type {
#define AE_TYPE_ENUM(id, ctype, name, real) id,
  AE_TYPES(AE_TYPE_ENUM)
#undef AE_TYPE_ENUM
} ae_type;

/* Their number; no type itself, so that a switch over the types is complete without it. */
#define AE_TYPE_ONE(id, ctype, name, real) +1
#define AE_NTYPES                          (0 AE_TYPES(AE_TYPE_ONE))

size_t ae_type_size(ae_type type);
bool ae_type_is_real(ae_type type);
const char *ae_type_name(ae_type type); /* "Float", "Double", "Long", "Byte", ... */

/* One element's value: integral types travel as integers, so that no int64 is rounded. */
typedef struct ae_number {
  bool integral;
  union {
    int64_t i;
    double d;
  } as;
} ae_number;

ae_number ae_from_double(double d);
ae_number ae_from_int(int64_t i);
double ae_to_double(ae_number v);
/* Truncates towards zero and saturates; NaN gives 0. */
int64_t ae_to_int(ae_number v);

/* ---------------------------------------------------------------- storage */

/* Reference-counted memory of `size` elements, aligned to 64 bytes. Uninitialised when new, as in
 * Torch. */
typedef struct ae_storage {
  _Atomic int refs;
  ae_type type;
  int64_t size;
  void *data;
  void *map; /* NULL: data is the engine's memory; else a file's, mapped here */
  size_t map_bytes;
} ae_storage;

ae_status ae_storage_new(ae_storage **out, ae_type type, int64_t size);
ae_storage *ae_storage_retain(ae_storage *s);
void ae_storage_release(ae_storage *s); /* NULL is ignored */
/* Keeps the common prefix; every tensor on the storage sees the new memory. Fails AE_EARG for fewer
 * elements where the caller's is not the only reference: tensors on it would reach beyond its end.
 */
ae_status ae_storage_resize(ae_storage *s, int64_t size);
/* The path of the mapped file that lies at the address, or NULL: for a handler of SIGBUS, which the
 * system raises where a file became shorter than it was when it was mapped. */
const char *ae_mapped_file(const void *address);

/* ---------------------------------------------------------------- tensors */

#define AE_MAXDIM 8

/* A view of a storage: element (i0, i1, ...) is at offset + i0*stride[0] + i1*stride[1] + ...  A
 * tensor of rank 0 is empty, as in Torch (storage may be NULL). One with parts is a table of
 * tensors, as layers with several inputs take them: rank 0, no storage, and nothing but the layers
 * that know tables sees more in it than an empty tensor. Read the fields freely; change them
 * through the functions below. */
typedef struct ae_tensor ae_tensor;
struct ae_tensor {
  _Atomic int refs;
  ae_type type;
  int ndim;
  int64_t size[AE_MAXDIM];
  int64_t stride[AE_MAXDIM];
  int64_t offset;
  ae_storage *storage;
  int nparts;       /* of a table; 0: a plain tensor */
  ae_tensor **part; /* retained; may be tables themselves */
};

/* An empty tensor on the heap; and one with the given sizes, elements uninitialised. */
ae_status ae_tensor_new(ae_tensor **out, ae_type type);
ae_status ae_tensor_new_sized(ae_tensor **out, ae_type type, int ndim, const int64_t *size);
ae_tensor *ae_tensor_retain(ae_tensor *t);
void ae_tensor_release(ae_tensor *t); /* NULL is ignored */

/* A tensor as a local variable: begin with ae_tensor_local(type), end with ae_tensor_clear. Never
 * retained. */
ae_tensor ae_tensor_local(ae_type type);
void ae_tensor_clear(ae_tensor *t); /* becomes empty, drops its storage */

int64_t ae_nelement(const ae_tensor *t); /* 0 for an empty tensor */
bool ae_is_contiguous(const ae_tensor *t);
bool ae_same_size(const ae_tensor *a, const ae_tensor *b);
/* Address of the first element. Where there is none it is still not NULL, of which C allows neither
 * NULL + 0 nor the copying of 0 bytes: callers with nothing to do need not tell. */
void *ae_data(const ae_tensor *t);
/* "1000x28", "(empty)"; returns buffer. */
const char *ae_shape_string(char *buffer, size_t capacity, int ndim, const int64_t *size);

/* Makes t contiguous with these sizes. Same sizes: t stays as it is, strides included (Torch's
 * rule). Otherwise it keeps its storage and offset and grows the storage if needed; elements are
 * then unspecified. Fails: AE_ESHAPE for a negative size or an element count that overflows,
 * AE_EMEM. */
ae_status ae_resize(ae_tensor *t, int ndim, const int64_t *size);
ae_status ae_resize_as(ae_tensor *t, const ae_tensor *like);
/* t becomes the same view as src (shares its storage); types must agree. */
ae_status ae_set(ae_tensor *t, const ae_tensor *src);
/* t becomes a view of s. stride NULL: contiguous. Fails if any element would lie outside the
 * storage. */
ae_status ae_set_storage(ae_tensor *t, ae_storage *s, int64_t offset, int ndim, const int64_t *size,
                         const int64_t *stride);

/* Views: dst [out] becomes a view of src's storage; nothing is copied; dst may be src. */
ae_status ae_narrow(ae_tensor *dst, const ae_tensor *src, int dim, int64_t first, int64_t count);
ae_status ae_select(ae_tensor *dst, const ae_tensor *src, int dim,
                    int64_t index); /* drops dim; rank >= 2 */
ae_status ae_transpose(ae_tensor *dst, const ae_tensor *src, int dim1, int dim2);
ae_status ae_squeeze(ae_tensor *dst, const ae_tensor *src,
                     int dim); /* dim -1: every dimension of size 1 */
ae_status ae_unsqueeze(ae_tensor *dst, const ae_tensor *src, int dim);
/* A size of 1 becomes size[i] with stride 0; leading dimensions may be added. */
ae_status ae_expand(ae_tensor *dst, const ae_tensor *src, int ndim, const int64_t *size);
/* One size may be -1 (inferred). src must be contiguous. */
ae_status ae_view(ae_tensor *dst, const ae_tensor *src, int ndim, const int64_t *size);
/* Windows of `count` elements every `step` along dim, as a new last dimension. */
ae_status ae_unfold(ae_tensor *dst, const ae_tensor *src, int dim, int64_t count, int64_t step);

/* One element; index has t->ndim entries. */
ae_status ae_get(ae_number *out, const ae_tensor *t, const int64_t *index);
ae_status ae_put(ae_tensor *t, const int64_t *index, ae_number value);

/* dst's elements = src's, in row-major order, converted as C converts; the element counts must
 * agree (Torch's copy). */
ae_status ae_copy(ae_tensor *dst, const ae_tensor *src);
/* dst [out] = src converted to dst's type, resized to src's sizes. */
ae_status ae_convert(ae_tensor *dst, const ae_tensor *src);
/* A new contiguous tensor with src's elements and type; of a table, a table of such. */
ae_status ae_clone(ae_tensor **out, const ae_tensor *src);

/* Tables of tensors. Resizing or setting a table in any other way makes it a plain tensor again. */
#define AE_MAXDEPTH 8 /* of tables inside each other */
/* t becomes a table of n >= 1 parts: it keeps those it has, new ones are empty and of t's type.
 * Allocates nothing when it has n. */
ae_status ae_table_resize(ae_tensor *t, int n);
/* Part i becomes `part` (retained). Fails AE_EARG when tables would be deeper than AE_MAXDEPTH or
 * hold themselves. */
ae_status ae_table_set(ae_tensor *t, int i, ae_tensor *part);

/* ---------------------------------------------------------------- element-wise mathematics */

/* y = f(x; a, b), element by element. X(OP, Torch's name, scalar arguments, formula, types: R real
 * only, A all) */
#define AE_MAP1_LIST(X)                                             \
  X(ADD_SCALAR, "add", 1, "x + a", A)                               \
  X(SUB_SCALAR, "csub", 1, "x - a", A)                              \
  X(MUL_SCALAR, "mul", 1, "x * a", A)                               \
  X(DIV_SCALAR, "div", 1, "x / a", A)                               \
  X(RSUB_SCALAR, "rsub", 1, "a - x", A)                             \
  X(RDIV_SCALAR, "rdiv", 1, "a / x", A)                             \
  X(FMOD_SCALAR, "fmod", 1, "x - a * trunc(x / a)", A)              \
  X(REMAINDER_SCALAR, "remainder", 1, "x - a * floor(x / a)", A)    \
  X(MAX_SCALAR, "cmax", 1, "max(x, a)", A)                          \
  X(MIN_SCALAR, "cmin", 1, "min(x, a)", A)                          \
  X(CLAMP, "clamp", 2, "min(max(x, a), b)", A)                      \
  X(NEG, "neg", 0, "-x", A)                                         \
  X(ABS, "abs", 0, "|x|", A)                                        \
  X(SIGN, "sign", 0, "-1, 0 or 1", A)                               \
  X(SQUARE, "square", 0, "x * x", A)                                \
  X(SQRT, "sqrt", 0, "square root", R)                              \
  X(RSQRT, "rsqrt", 0, "1 / sqrt(x)", R)                            \
  X(CINV, "cinv", 0, "1 / x", R)                                    \
  X(FLOOR, "floor", 0, "largest integer <= x", R)                   \
  X(CEIL, "ceil", 0, "smallest integer >= x", R)                    \
  X(ROUND, "round", 0, "nearest integer, halves away from zero", R) \
  X(TRUNC, "trunc", 0, "integer part", R)                           \
  X(FRAC, "frac", 0, "x - trunc(x)", R)                             \
  X(EXP, "exp", 0, "e^x", R)                                        \
  X(LOG, "log", 0, "natural logarithm", R)                          \
  X(LOG1P, "log1p", 0, "log(1 + x)", R)                             \
  X(TANH, "tanh", 0, "hyperbolic tangent", R)                       \
  X(SIGMOID, "sigmoid", 0, "1 / (1 + e^-x)", R)                     \
  X(SIN, "sin", 0, "sine", R)                                       \
  X(COS, "cos", 0, "cosine", R)                                     \
  X(TAN, "tan", 0, "tangent", R)                                    \
  X(ASIN, "asin", 0, "arc sine", R)                                 \
  X(ACOS, "acos", 0, "arc cosine", R)                               \
  X(ATAN, "atan", 0, "arc tangent", R)                              \
  X(SINH, "sinh", 0, "hyperbolic sine", R)                          \
  X(COSH, "cosh", 0, "hyperbolic cosine", R)                        \
  X(POW_SCALAR, "pow", 1, "x ^ a", R)                               \
  X(RPOW_SCALAR, "rpow", 1, "a ^ x", R)                             \
  X(THRESHOLD, "threshold", 2, "x if x > a, else b", A)             \
  X(LEAKY_RELU, "leakyrelu", 1, "x if x > 0, else a * x", R)        \
  X(ELU, "elu", 1, "x if x > 0, else a * (e^x - 1)", R)

/* y = f(x1, x2; a), element by element. The *_BACKWARD ones take x1 = gradOutput and x2 = the
 * layer's output. */
#define AE_MAP2_LIST(X)                                           \
  X(ADD, "add", 1, "x1 + a * x2", A)                              \
  X(MUL, "cmul", 0, "x1 * x2", A)                                 \
  X(DIV, "cdiv", 0, "x1 / x2", A)                                 \
  X(POW, "cpow", 0, "x1 ^ x2", R)                                 \
  X(CMAX, "cmax", 0, "max(x1, x2)", A)                            \
  X(CMIN, "cmin", 0, "min(x1, x2)", A)                            \
  X(ATAN2, "atan2", 0, "angle of the point (x2, x1)", R)          \
  X(RELU_BACKWARD, NULL, 0, "x1 if x2 > 0, else 0", R)            \
  X(LEAKY_RELU_BACKWARD, NULL, 1, "x1 if x2 > 0, else a * x1", R) \
  X(ELU_BACKWARD, NULL, 1, "x1 if x2 > 0, else x1 * (x2 + a)", R) \
  X(TANH_BACKWARD, NULL, 0, "x1 * (1 - x2^2)", R)                 \
  X(SIGMOID_BACKWARD, NULL, 0, "x1 * (1 - x2) * x2", R)

typedef enum ae_map1_op {
#define AE_ENUM1(op, name, nargs, doc, types) AE_##op,
  AE_MAP1_LIST(AE_ENUM1)
#undef AE_ENUM1
      AE_NMAP1
} ae_map1_op;

typedef enum ae_map2_op {
#define AE_ENUM2(op, name, nargs, doc, types) AE_##op,
  AE_MAP2_LIST(AE_ENUM2)
#undef AE_ENUM2
      AE_NMAP2
} ae_map2_op;

typedef enum ae_compare_op { AE_LT, AE_LE, AE_GT, AE_GE, AE_EQ, AE_NE, AE_NCOMPARE } ae_compare_op;

/* y [out] is resized like x. y, x, x1, x2 have one type; x1 and x2 have the same number of elements
 * (y takes x1's sizes). Integer types: division by zero is AE_EARG. Fails AE_ETYPE where the
 * operation is real only. */
ae_status ae_map1(ae_map1_op op, ae_tensor *y, const ae_tensor *x, double a, double b);
ae_status ae_map2(ae_map2_op op, ae_tensor *y, const ae_tensor *x1, const ae_tensor *x2, double a);
/* The same with numbers that integer types take as they are: a double holds no integer beyond 2^53
 * exactly. */
ae_status ae_map1_number(ae_map1_op op, ae_tensor *y, const ae_tensor *x, ae_number a, ae_number b);
ae_status ae_map2_number(ae_map2_op op, ae_tensor *y, const ae_tensor *x1, const ae_tensor *x2,
                         ae_number a);
/* y = x + value * x1 * x2, y = x + value * x1 / x2 */
ae_status ae_addcmul(ae_tensor *y, const ae_tensor *x, double value, const ae_tensor *x1,
                     const ae_tensor *x2);
ae_status ae_addcdiv(ae_tensor *y, const ae_tensor *x, double value, const ae_tensor *x1,
                     const ae_tensor *x2);
ae_status ae_addcmul_number(ae_tensor *y, const ae_tensor *x, ae_number value, const ae_tensor *x1,
                            const ae_tensor *x2);
ae_status ae_addcdiv_number(ae_tensor *y, const ae_tensor *x, ae_number value, const ae_tensor *x1,
                            const ae_tensor *x2);
/* y = x1 + weight * (x2 - x1). Real types. */
ae_status ae_lerp(ae_tensor *y, const ae_tensor *x1, const ae_tensor *x2, double weight);
/* y [out] Byte: 1 where the comparison holds, else 0. */
ae_status ae_compare(ae_compare_op op, ae_tensor *y, const ae_tensor *x1, const ae_tensor *x2);
ae_status ae_compare_scalar(ae_compare_op op, ae_tensor *y, const ae_tensor *x, ae_number value);
/* Whether type, sizes and every element agree. */
bool ae_equal(const ae_tensor *a, const ae_tensor *b);
/* Whether type and sizes agree and |a - b| <= absolute + relative * |b| for every element; equal
 * infinities do, a NaN does not. */
bool ae_all_close(const ae_tensor *a, const ae_tensor *b, double relative, double absolute);

ae_status ae_fill(ae_tensor *t, ae_number value);
/* t [out]: first, first+step, ... while not past last (inclusive, as Torch's range). */
ae_status ae_range(ae_tensor *t, double first, double last, double step);
/* The same; whole numbers are exact in integer types. */
ae_status ae_range_number(ae_tensor *t, ae_number first, ae_number last, ae_number step);
/* t [out]: n >= 1 points, evenly from first to last. */
ae_status ae_linspace(ae_tensor *t, double first, double last, int64_t n);
/* t [out]: n >= 1 powers of ten, exponents evenly from first to last. Real types. */
ae_status ae_logspace(ae_tensor *t, double first, double last, int64_t n);
ae_status ae_eye(ae_tensor *t, int64_t rows, int64_t columns); /* t [out] */

/* ---------------------------------------------------------------- reductions */

/* Real types accumulate in double, integers in int64. The order of additions is fixed by the
 * shape. */
typedef enum ae_reduce_op {
  AE_SUM,
  AE_PROD,
  AE_MEAN,
  AE_VAR,  /* parameter 0: divide by n-1 (Torch's default), 1: by n */
  AE_STD,  /* as AE_VAR */
  AE_NORM, /* parameter p: (sum |x|^p)^(1/p); p = 0 counts non-zeros; p = infinity the largest |x|
            */
  AE_MIN,  /* a NaN anywhere gives NaN */
  AE_MAX,
  AE_NREDUCE
} ae_reduce_op;

/* Over all elements. An empty tensor is AE_EARG but for SUM (0) and PROD (1). MEAN, VAR, STD and
 * NORM of integers: AE_ETYPE. */
ae_status ae_reduce(ae_number *out, ae_reduce_op op, const ae_tensor *x, double parameter);
/* Along dim, which stays with size 1. y [out] has x's type; not for MIN and MAX. */
ae_status ae_reduce_dim(ae_reduce_op op, ae_tensor *y, const ae_tensor *x, int dim,
                        double parameter);
/* value [out] as x, index [out] Long, dim kept with size 1: smallest (AE_MIN) or largest (AE_MAX)
 * and the first place of it, 0-based. A NaN counts as the extreme. */
ae_status ae_extreme_dim(ae_reduce_op op, ae_tensor *value, ae_tensor *index, const ae_tensor *x,
                         int dim);
ae_status ae_cumulate(ae_reduce_op op, ae_tensor *y, const ae_tensor *x,
                      int dim); /* AE_SUM or AE_PROD */
ae_status ae_dot(ae_number *out, const ae_tensor *a, const ae_tensor *b);
/* How many of t's elements are NaN or infinite; the first one's place in row-major order [out, if
 * there is any]. Integers never are, nor is a table's own empty tensor. */
int64_t ae_nonfinite(int64_t *first, const ae_tensor *t);

/* y [out] of x's real type: how many of x's elements fall into each of `bins` equal intervals
 * between low and high, both included; low == high takes x's own extremes. histc: of all of x, y
 * has rank 1. bhistc: of each row of a matrix, between common bounds, y (rows, bins). */
ae_status ae_histc(ae_tensor *y, const ae_tensor *x, int64_t bins, double low, double high);
ae_status ae_bhistc(ae_tensor *y, const ae_tensor *x, int64_t bins, double low, double high);
/* y [out] = x with each slice along dim whose p-norm exceeds `limit` scaled by limit / (norm +
 * 1e-7). */
ae_status ae_renorm(ae_tensor *y, const ae_tensor *x, double p, int dim, double limit);

/* value [out], index [out] Long 0-based: stable sort along dim; NaNs last when ascending. */
ae_status ae_sort(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int dim, bool descending);
/* The k smallest (or largest) along dim, in order, best first. 1 <= k <= size of dim. */
ae_status ae_topk(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int64_t k, int dim,
                  bool largest);

/* value [out], index [out] Long 0-based, dim kept with size 1; NaNs count as the largest. The k-th
 * smallest, 1 <= k <= size of dim; the element in the middle, the one before it where there are
 * two; the most frequent one, the smallest of several, and the last place of it. */
ae_status ae_kth(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int64_t k, int dim);
ae_status ae_median(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int dim);
ae_status ae_mode(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int dim);

/* ---------------------------------------------------------------- matrix products */

/* Each element is one chain of fused multiply-adds over the inner index, ascending, that begins
 * with beta*c (0 when beta is 0: c is then not read). Any strides; real types; y may be c; y must
 * not be a factor. */
/* y (M,N) [out] = beta * c (M,N) + alpha * a (M,K) b (K,N).  c [optional] when beta is 0. */
ae_status ae_addmm(ae_tensor *y, double beta, const ae_tensor *c, double alpha, const ae_tensor *a,
                   const ae_tensor *b);
/* y (M) [out] = beta * c (M) + alpha * a (M,K) x (K) */
ae_status ae_addmv(ae_tensor *y, double beta, const ae_tensor *c, double alpha, const ae_tensor *a,
                   const ae_tensor *x);
/* y (M,N) [out] = beta * c (M,N) + alpha * x (M) z (N)' */
ae_status ae_addr(ae_tensor *y, double beta, const ae_tensor *c, double alpha, const ae_tensor *x,
                  const ae_tensor *z);

/* y_i (M,N) [out] = beta * c_i (M,N) + alpha * a_i (M,K) b_i (K,N) for each i of a batch */
ae_status ae_baddbmm(ae_tensor *y, double beta, const ae_tensor *c, double alpha,
                     const ae_tensor *a, const ae_tensor *b);
/* y (M,N) [out] = beta * c (M,N) + alpha * sum over i of a_i (M,K) b_i (K,N) */
ae_status ae_addbmm(ae_tensor *y, double beta, const ae_tensor *c, double alpha, const ae_tensor *a,
                    const ae_tensor *b);

/* y [out] = the part of the matrix x on and below (tril), on and above (triu) its k-th diagonal,
 * the rest zero. Diagonal k is k places to the right of the main one. Any type. */
ae_status ae_tril(ae_tensor *y, const ae_tensor *x, int64_t k);
ae_status ae_triu(ae_tensor *y, const ae_tensor *x, int64_t k);
/* y [out] = diagonal k of a matrix; of a vector the square matrix that has it as diagonal k. */
ae_status ae_diag(ae_tensor *y, const ae_tensor *x, int64_t k);
ae_status ae_trace(ae_number *out, const ae_tensor *x); /* the sum of the main diagonal */
/* y [out] = cross products of the vectors along dim, of size 3; -1: the first such dimension. */
ae_status ae_cross(ae_tensor *y, const ae_tensor *a, const ae_tensor *b, int dim);

/* Decompositions, in double whatever the type. A real matrix x with an element that is not finite
 * is AE_EARG. */
/* Of a symmetric matrix (n,n), of which one triangle is read: values [out] (n), ascending, and
 * vectors [out, optional] (n,n), the columns of an orthogonal matrix: x = vectors diag(values)
 * vectors'. */
ae_status ae_symeig(ae_tensor *values, ae_tensor *vectors, const ae_tensor *x, bool upper);
/* x (m,n) = u diag(s) v', k = min(m,n): u [out] (m,k), s [out] (k) descending, v [out] (n,k), the
 * columns of u and v orthonormal. all: u is (m,m) and v (n,n). */
ae_status ae_svd(ae_tensor *u, ae_tensor *s, ae_tensor *v, const ae_tensor *x, bool all);
/* x [out] (n,k): a (n,n) x = b (n,k); lu [out]: L, without its diagonal of ones, and U in
 * one matrix: the rows of a, exchanged, = L U. AE_EARG when a is singular. */
ae_status ae_gesv(ae_tensor *x, ae_tensor *lu, const ae_tensor *b, const ae_tensor *a);
ae_status ae_inverse(ae_tensor *y, const ae_tensor *x); /* y [out] */
/* Cholesky's: y [out] with x = y' y, y being an upper triangle, or x = y y' and a lower one. x is
 * symmetric, and that triangle of it is read. AE_EARG when it is not positive definite. */
ae_status ae_potrf(ae_tensor *y, const ae_tensor *x, bool upper);

/* y [out] = convolution (flip) or cross-correlation of x with the kernel k, over the last `space`
 * dimensions, 2 or 3; full: x is zero outside, else only where the kernel fits. x (P,...) and k
 * (P,...) slice by slice; x (P,...) and k (Q,P,...) summed over P; or both without P. Real types,
 * accumulated in double. */
ae_status ae_convolve(ae_tensor *y, const ae_tensor *x, const ae_tensor *k, int space, bool flip,
                      bool full);

/* ---------------------------------------------------------------- selection and rearrangement */

/* y [out] = the n tensors of one type, joined along dim. Other sizes must agree; empty ones are
 * skipped. */
ae_status ae_cat(ae_tensor *y, int n, const ae_tensor *const *x, int dim);
/* y [out]: slices index[k] of x along dim. index: Long, rank 1, 0-based; out of range is AE_EARG,
 * naming it. */
ae_status ae_index_select(ae_tensor *y, const ae_tensor *x, int dim, const ae_tensor *index);
ae_status ae_index_copy(ae_tensor *y, int dim, const ae_tensor *index, const ae_tensor *x);
ae_status ae_index_add(ae_tensor *y, int dim, const ae_tensor *index, const ae_tensor *x);
ae_status ae_index_fill(ae_tensor *y, int dim, const ae_tensor *index, ae_number value);
/* y [out] has index's sizes: y[i][j] = x[index[i][j]][j] for dim 0, and so on. */
ae_status ae_gather(ae_tensor *y, const ae_tensor *x, int dim, const ae_tensor *index);
/* y[index[i][j]][j] = x[i][j] for dim 0, and so on. Duplicate places: the last in row-major order
 * stays. */
ae_status ae_scatter(ae_tensor *y, int dim, const ae_tensor *index, const ae_tensor *x);
ae_status ae_scatter_fill(ae_tensor *y, int dim, const ae_tensor *index, ae_number value);
/* mask: Byte, as many elements as the tensor. */
ae_status ae_masked_fill(ae_tensor *y, const ae_tensor *mask, ae_number value);
ae_status ae_masked_copy(ae_tensor *y, const ae_tensor *mask, const ae_tensor *x);
ae_status ae_masked_select(ae_tensor *y, const ae_tensor *x,
                           const ae_tensor *mask); /* y [out], rank 1 */
/* index [out] (count, rank) Long 0-based: the places of the non-zero elements. */
ae_status ae_nonzero(ae_tensor *index, const ae_tensor *x);
/* y [out] = x repeated repeats[i] times along dimension i (n >= rank; leading dimensions are
 * added). */
ae_status ae_repeat(ae_tensor *y, const ae_tensor *x, int n, const int64_t *repeats);

/* ---------------------------------------------------------------- random numbers */

/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC'11).
 * Block k of a seed is Philox(counter = k, key = seed), four 32-bit words. Every call below takes
 * whole blocks from the position on, and element i of a fill depends on (seed, position, i) alone,
 * so that threads and kernel paths cannot change it. */
typedef struct ae_generator {
  uint64_t seed;
  uint64_t position; /* blocks used so far */
} ae_generator;

ae_generator *ae_default_generator(void);
void ae_seed(ae_generator *g, uint64_t seed); /* position 0 */
/* Block `counter` of the stream `key`: the bare function, for tests against published values. */
void ae_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

uint64_t ae_random_bits(ae_generator *g);                      /* 64 bits; one block */
double ae_random_uniform(ae_generator *g, double a, double b); /* [a, b), 53 bits; one block */
double ae_random_normal(ae_generator *g, double mean, double std);
int64_t ae_random_int(ae_generator *g, int64_t first,
                      int64_t last); /* first..last; one block, bias below 2^-64 */

ae_status ae_uniform(ae_tensor *t, ae_generator *g, double a,
                     double b); /* real types; Float has 24 random bits */
ae_status ae_normal(ae_tensor *t, ae_generator *g, double mean, double std);
ae_status ae_bernoulli(ae_tensor *t, ae_generator *g,
                       double p); /* any type: 1 with probability p, else 0 */
ae_status ae_randint(ae_tensor *t, ae_generator *g, int64_t first, int64_t last);
/* t [out]: the numbers 0..n-1 in random order (Fisher and Yates). Any type that holds 1..n. */
ae_status ae_randperm(ae_tensor *t, ae_generator *g, int64_t n);

/* Distributions with the parameters a, b: exponential (lambda), Cauchy (median, sigma), geometric
 * (p; P(i) = (1-p) p^(i-1) for i >= 1), log-normal (mean and standard deviation of the logarithm).
 * A fill takes two elements of each block; real types, geometric any. */
typedef enum ae_distribution {
  AE_EXPONENTIAL,
  AE_CAUCHY,
  AE_GEOMETRIC,
  AE_LOG_NORMAL
} ae_distribution;
ae_status ae_draw(ae_tensor *t, ae_generator *g, ae_distribution kind, double a, double b);
ae_status ae_draw_one(double *out, ae_generator *g, ae_distribution kind, double a, double b);
/* index [out] Long 0-based, (n) or (rows, n): places drawn with the weights p, (N) or (rows, N),
 * which are not negative and need no particular sum; in the order they were drawn. */
ae_status ae_multinomial(ae_tensor *index, ae_generator *g, const ae_tensor *p, int64_t n,
                         bool replacement);

/* ---------------------------------------------------------------- options of layers, losses and
 * optimizers */

typedef enum ae_option_kind { AE_BOOL, AE_INT, AE_NUMBER, AE_SIZES, AE_TENSOR } ae_option_kind;

#define AE_MAXOPTIONS 12
#define AE_REQUIRED   __builtin_inf() /* as a fallback: the option must be given */

#define AE_FINITE 0x1.fffffffffffffp1023 /* as the end of a range: any number but infinity */

/* As a fallback of AE_INT: the value of the option at place i, an earlier one, of the same list. */
#define AE_LIKE(i)    (-1e6 - (i))
#define AE_LIKE_OF(f) ((int)(-1e6 - (f))) /* its i, when AE_IS_LIKE */
#define AE_IS_LIKE(f) ((f) <= -1e6 && (f) > -1e6 - AE_MAXOPTIONS)

/* One constructor option: positional in the order of the list, or by name. A list ends with name
 * NULL. */
typedef struct ae_option {
  const char *name;
  ae_option_kind kind;
  double fallback; /* default; AE_SIZES and AE_TENSOR: AE_REQUIRED or 0 for "may be absent" */
  double min, max; /* inclusive range of AE_INT and AE_NUMBER, and of each of AE_SIZES; NaN is in
                      none, infinity only where it is an end itself */
  const char *doc; /* one line */
} ae_option;

typedef struct ae_value {
  double number;           /* AE_BOOL (0 or 1), AE_INT, AE_NUMBER */
  int count;               /* AE_SIZES */
  int64_t size[AE_MAXDIM]; /* AE_SIZES */
  ae_tensor *tensor;       /* AE_TENSOR, retained by the object; NULL when absent */
} ae_value;

/* Fills value[] with the defaults (tensor NULL, count 0). */
void ae_option_defaults(const ae_option *options, ae_value *value);
/* Place of a name in the list, or -1. */
int ae_option_find(const ae_option *options, const char *name);
/* Checks one value against its option: range, integrality. `owner` opens the message: "nn.Linear".
 */
ae_status ae_option_check(const char *owner, const ae_option *option, const ae_value *value);
/* Of a NULL-ended list of words in any order, the nearest to `word` by edit distance, of equally
 * near ones the first by strcmp; NULL when none is near. */
const char *ae_nearest_word(const char *word, const char *const *words);

/* ---------------------------------------------------------------- modules: layers and containers
 */

typedef struct ae_module ae_module;

/* A trained tensor and its gradient. shape writes the sizes and returns the rank; 0: this module
 * has none. */
typedef struct ae_parameter {
  const char *name; /* "weight" */
  const char *grad; /* "gradWeight" */
  int (*shape)(const ae_module *m, int64_t *size);
} ae_parameter;

/* A tensor that is kept: saved with the model when shape is given (batch-normalisation's means),
 * scratch when NULL. */
typedef struct ae_buffer {
  const char *name;
  int (*shape)(const ae_module *m, int64_t *size); /* [optional] */
} ae_buffer;

#define AE_MAXPARAMETERS 4
#define AE_MAXBUFFERS    6

/* A layer is one constant of this type, exported by its file as ae_layer_<name>. Functions may be
 * NULL where the layer has nothing to do: reset and accumulate without parameters, describe without
 * details. */
typedef struct ae_layer {
  const char *name;               /* "Linear" */
  const char *doc;                /* "(B,in) -> (B,out)  y = x W' + b" */
  const ae_option *options;       /* [optional] */
  const ae_parameter *parameters; /* [optional], ended by name NULL */
  const ae_buffer *buffers;       /* [optional], ended by name NULL */
  bool container;
  /* Checks the options together, after each passed its own range. [optional] */
  ae_status (*check)(const ae_module *m);
  /* Initialises parameters; stdv > 0 asks for Torch's reset(stdv). */
  void (*reset)(ae_module *m, double stdv, ae_generator *g);
  /* m->output = f(x) */
  ae_status (*forward)(ae_module *m, ae_tensor *x);
  /* m->grad_input = (df/dx)' gy. Overwrites. Not called when m->grad_input is NULL: nobody wants
   * it. */
  ae_status (*backward)(ae_module *m, ae_tensor *x, ae_tensor *gy);
  /* gradient += scale * (df/dparameter)' gy */
  ae_status (*accumulate)(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);
  /* Details for print: "(784 -> 100)". [optional] */
  void (*describe)(const ae_module *m, char *buffer, size_t capacity);
  /* For files of src/layer (see layer.h there), [optional]: the same work by rows of a batch, and
   * what an activation computes. */
  const struct aei_rows *rows;
  const struct aei_activation *activation;
} ae_layer;

/* Methods that a class written in the host language may have its own version of: X(ENUMERATOR,
 * Torch's name). */
#define AE_METHODS(X)                      \
  X(UPDATE_OUTPUT, "updateOutput")         \
  X(UPDATE_GRAD_INPUT, "updateGradInput")  \
  X(ACCUMULATE, "accGradParameters")       \
  X(FORWARD, "forward")                    \
  X(BACKWARD, "backward")                  \
  X(ACC_UPDATE, "accUpdateGradParameters") \
  X(ZERO_GRAD, "zeroGradParameters")       \
  X(UPDATE, "updateParameters")            \
  X(PARAMETERS, "parameters")              \
  X(RESET, "reset")                        \
  X(TRAINING, "training")                  \
  X(EVALUATE, "evaluate")                  \
  X(CLEAR_STATE, "clearState")             \
  X(SET_TYPE, "type")

typedef enum ae_method {
#define AE_METHOD_ENUM(id, name) AE_DO_##id,
  AE_METHODS(AE_METHOD_ENUM)
#undef AE_METHOD_ENUM
      AE_NMETHODS
} ae_method;

/* What a class written in the host language overrides; functions are NULL where it leaves the
 * layer's own. */
typedef struct ae_host {
  ae_status (*forward)(ae_module *m, ae_tensor *x);                 /* sets output */
  ae_status (*backward)(ae_module *m, ae_tensor *x, ae_tensor *gy); /* sets gradInput */
  ae_status (*accumulate)(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);
  void (*destroyed)(ae_module *m);         /* the last reference is gone */
  const char *(*name)(const ae_module *m); /* the class, "nn.Mine", for messages and print */
  /* Whether m's class has its own version of a method; NULL: of the three steps it has functions
   * for. The functions below are called only where this says so. [optional] */
  bool (*overrides)(const ae_module *m, ae_method method);
  /* Both steps of backward in one (sets gradInput), or the whole of accUpdateGradParameters. */
  ae_status (*step)(ae_module *m, ae_method method, ae_tensor *x, ae_tensor *gy, double scale);
  /* ZERO_GRAD to SET_TYPE, with the number it takes: UPDATE's rate, RESET's stdv, the ae_type. */
  ae_status (*call)(ae_module *m, ae_method method, double number);
  /* PARAMETERS: hands them over with ae_module_set_own. */
  ae_status (*parameters)(ae_module *m);
} ae_host;

/* A trained tensor that is in none of the layer's slots. */
typedef struct ae_own {
  char *name;
  ae_tensor *value, *grad;
} ae_own;

#define AE_MAXNESTING 100     /* of modules inside each other: networks are walked by recursion */
#define AE_MAXPLACES  1000000 /* of modules in a child: walks come to a shared one several times */
typedef struct ae_child {
  char *name; /* NULL when it has none */
  ae_module *module;
} ae_child;

/* Read freely; change through functions. Tensors a module has not needed yet are empty, never NULL,
 * but for those of parameters it does not have, and grad_input when its user set it to NULL. */
struct ae_module {
  int refs;
  const ae_layer *layer;
  ae_type type;
  bool training; /* true at first */
  ae_value option[AE_MAXOPTIONS];
  ae_tensor *param[AE_MAXPARAMETERS], *grad[AE_MAXPARAMETERS];
  ae_tensor *buffer[AE_MAXBUFFERS];
  ae_tensor *output, *grad_input;
  bool output_lent, grad_input_lent; /* the layer put another's there: it never resizes that */
  int nchildren;
  ae_child *child;
  int level;           /* containers around it, one inside the other, at most so far */
  int height;          /* while a child is checked; else 0 */
  int64_t places;      /* the same */
  const ae_host *host; /* [optional] */
  void *host_data;     /* the host's own */
  int nown;            /* parameters from the host */
  ae_own *own;
  bool own_only; /* they are all there are, in place of the layer's and of those inside */
};

/* Every layer, loss and optimizer, sorted by name, ended by NULL; generated from the files of src/.
 */
extern const ae_layer *const ae_layers[];
const ae_layer *ae_layer_find(const char *name);

/* A module with the given option values (checked; tensors in them are retained), parameters
 * initialised from g. */
ae_status ae_module_new(ae_module **out, const ae_layer *layer, const ae_value *option,
                        ae_type type, ae_generator *g);
ae_module *ae_module_retain(ae_module *m);
void ae_module_release(ae_module *m);

/* Torch's updateOutput, updateGradInput, accGradParameters; ae_module_backward is both of the
 * latter. */
ae_status ae_module_forward(ae_module *m, ae_tensor *x);
ae_status ae_module_update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy);
ae_status ae_module_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);
ae_status ae_module_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);

/* The layer's own version of these, whatever the host's class has, for classes that call their
 * parent's; own_backward goes backward in both steps. */
ae_status ae_module_own_forward(ae_module *m, ae_tensor *x);
ae_status ae_module_own_update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy);
ae_status ae_module_own_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);
ae_status ae_module_own_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);
/* Torch's accUpdateGradParameters, m's own: parameters -= rate * their gradient of this step. The
 * gradients kept in the modules stay as they are, those of an ae_own apart. */
ae_status ae_module_own_accumulate_update(ae_module *m, ae_tensor *x, ae_tensor *gy, double rate);
/* Whether the host's class has its own version of a method. */
bool ae_module_overrides(const ae_module *m, ae_method method);

/* Point one of the module's tensors at another one (retained); value NULL is allowed for grad_input
 * and for a parameter that is there by an option of its name, which becomes 0. Slot: output,
 * gradInput, or the name of a parameter, gradient or buffer. Fails for an unknown slot or another
 * type. */
ae_status ae_module_set_tensor(ae_module *m, const char *slot, ae_tensor *value);
/* The tensor in a slot, or NULL; *known [out, optional] tells whether the module has such a slot.
 */
ae_tensor *ae_module_tensor(const ae_module *m, const char *slot, bool *known);

/* Changes the option at place i of the layer's list; value is checked as at construction. */
ae_status ae_module_set_option(ae_module *m, int i, const ae_value *value);

/* The following are done to a module itself and to everything inside; where the class of a module
 * inside has its own version, that is called instead. They fail only where such a call does. */
ae_status ae_module_reset(ae_module *m, double stdv, ae_generator *g);
ae_status ae_module_set_training(ae_module *m, bool training);
ae_status ae_module_zero_grad(ae_module *m);
ae_status ae_module_update(ae_module *m, double rate); /* parameters -= rate * gradients */
/* Every tensor in it becomes a new one of the type; tensors shared inside stay shared. then(user)
 * [optional] comes last, for what the host keeps. Where it or something else fails, all is as it
 * was. */
ae_status ae_module_set_type(ae_module *m, ae_type type, ae_status (*then)(void *), void *user);
/* Outputs, gradInputs and scratch become empty; AE_EMEM may leave some as they were. */
ae_status ae_module_clear_state(ae_module *m);
/* A deep copy, tensors shared inside stay shared inside the copy; outputs, gradInputs and scratch
 * start empty. The host fields are not copied. */
ae_status ae_module_clone(ae_module **out, const ae_module *m);
/* "nn.Linear(784 -> 100)"; returns buffer. */
const char *ae_module_describe(const ae_module *m, char *buffer, size_t capacity);

/* Each parameter once, containers first to last; parameters that share all their elements, those of
 * their gradients too, count as one. path: "encoder.0.weight". Stops at the first failure and
 * returns it. */
typedef ae_status (*ae_parameter_visitor)(void *user, const char *path, ae_tensor *value,
                                          ae_tensor *grad);
ae_status ae_module_visit_parameters(ae_module *m, ae_parameter_visitor visit, void *user);
/* The same without m's class's own version of PARAMETERS. */
ae_status ae_module_visit_own_parameters(ae_module *m, ae_parameter_visitor visit, void *user);
/* m has n trained tensors of the host's beside the layer's (`only`: in place of all others, those
 * inside too), until it says otherwise; names are copied, tensors retained. */
ae_status ae_module_set_own(ae_module *m, int n, const ae_own *own, bool only);
int64_t ae_module_parameter_count(ae_module *m); /* elements; -1 when the host failed */
/* Moves all parameters into one storage and all gradients into another (Torch's getParameters); the
 * modules' tensors become views of them. flat, flat_grad [out]: rank 1. */
ae_status ae_module_flatten(ae_module *m, ae_tensor **flat, ae_tensor **flat_grad);

/* Containers. index 0..n; a module cannot hold itself, directly or not. name [optional]: unique in
 * the container, an identifier that is no number. The container retains the child. */
ae_status ae_module_insert(ae_module *container, ae_module *child, const char *name, int index);
/* *out [optional] gets the removed child with its reference. */
ae_status ae_module_remove(ae_module *container, int index, ae_module **out);
ae_status ae_module_replace(ae_module *container, int index, ae_module *child); /* keeps the name */
int ae_module_find_child(const ae_module *container, const char *name);         /* -1: none */

/* ---------------------------------------------------------------- losses */

typedef struct ae_criterion ae_criterion;

/* A loss is one constant of this type, exported by its file as ae_loss_<name>. */
typedef struct ae_loss {
  const char *name; /* "MSECriterion" */
  const char *doc;  /* shapes and formula */
  const ae_option *options;
  ae_status (*check)(const ae_criterion *c); /* [optional] */
  /* *loss = f(x, target), accumulated in double */
  ae_status (*forward)(ae_criterion *c, const ae_tensor *x, const ae_tensor *target, double *loss);
  /* c->grad_input = df/dx, overwritten */
  ae_status (*backward)(ae_criterion *c, const ae_tensor *x, const ae_tensor *target);
  int inputs; /* 0: x is a tensor; n: a table of n tensors, of the loss's type and not empty */
} ae_loss;

#define AE_MAXSCRATCH 2
struct ae_criterion {
  int refs;
  const ae_loss *loss;
  ae_type type;
  ae_value option[AE_MAXOPTIONS];
  int64_t label_base; /* the first class is this number in a target tensor: 0, and 1 when the host
                         counts from 1 */
  double output;      /* the last loss */
  ae_tensor *grad_input;
  ae_tensor *scratch[AE_MAXSCRATCH]; /* kept between calls, so that a step allocates nothing */
};

extern const ae_loss *const ae_losses[];
ae_status ae_criterion_new(ae_criterion **out, const ae_loss *loss, const ae_value *option,
                           ae_type type);
ae_criterion *ae_criterion_retain(ae_criterion *c);
void ae_criterion_release(ae_criterion *c);
/* Class targets are tensors (B) of any type; a label outside label_base .. label_base + C - 1 is
 * AE_EARG. */
ae_status ae_criterion_forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                               double *loss);
ae_status ae_criterion_backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target);
/* Changes the option at place i of the loss's list; value is checked as at construction. */
ae_status ae_criterion_set_option(ae_criterion *c, int i, const ae_value *value);
ae_status ae_criterion_set_type(ae_criterion *c, ae_type type);

/* ---------------------------------------------------------------- optimizers */

typedef struct ae_optimizer ae_optimizer;
#define AE_MAXSTATE 4

/* A method is one constant of this type, exported by its file as ae_optim_<name>. */
typedef struct ae_optim {
  const char *name;         /* "SGD": the class, optim.SGD(net, {...}) */
  const char *function;     /* "sgd": Torch's functional form, optim.sgd(feval, x, config, state) */
  const char *doc;          /* the update rule and its source */
  const ae_option *options; /* option 0 is learningRate */
  const char *const *state; /* names of the per-parameter state tensors as Torch's state table has
                               them, NULL-ended */
  /* Adapts defaults to Torch's functional form (sgd: dampening = momentum when not given).
   * given[i]: option i was set by the user. [optional] */
  void (*torch_defaults)(ae_value *option, const bool *given);
  ae_status (*check)(const ae_value *option); /* options together [optional] */
  /* One step for one tensor: x [in/out], g its gradient (not changed), state[] as many tensors as
   * `state` names, empty before the first step, t = steps done before this one. */
  ae_status (*update)(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                      ae_tensor **state);
  /* How many of `state` it uses; NULL: all. [optional] */
  int (*states)(const ae_value *option);
} ae_optim;

typedef struct ae_optim_slot {
  char *path; /* "encoder.0.weight" */
  ae_tensor *value, *grad;
  ae_tensor *state[AE_MAXSTATE];
} ae_optim_slot;

struct ae_optimizer {
  int refs;
  const ae_optim *optim;
  ae_module *net; /* retained */
  ae_value option[AE_MAXOPTIONS];
  int64_t steps; /* done */
  int nslots;
  ae_optim_slot *slot; /* one per parameter, in visiting order */
};

extern const ae_optim *const ae_optims[];
ae_status ae_optimizer_new(ae_optimizer **out, const ae_optim *optim, ae_module *net,
                           const ae_value *option);
ae_optimizer *ae_optimizer_retain(ae_optimizer *o);
void ae_optimizer_release(ae_optimizer *o);
/* Fails, changing nothing, when the network's parameters are not those the optimizer was made with;
 * the message names the first that was added, removed or replaced. */
ae_status ae_optimizer_step(ae_optimizer *o);
ae_status ae_optimizer_zero_grad(ae_optimizer *o);
ae_status ae_optimizer_set_option(ae_optimizer *o, const char *name, double value);

/* ---------------------------------------------------------------- data */

/* Reads an IDX file, gzip-compressed or not (told by its first bytes). t [out]: Byte, Char, Short,
 * Int, Float or Double. Every defect is AE_EFORMAT with file, place and value: wrong magic,
 * truncated, bytes left over, sizes that overflow. A missing file is AE_EIO. max_bytes bounds the
 * memory for the elements; 0: what the header announces. Bytes of 256 MB and more, uncompressed,
 * are not read but mapped: the system fetches what is used and lets go of it again, so that a data
 * set may be larger than memory. Writing to such a tensor does not change the file, which must not
 * be cut while it is in use. */
ae_status ae_idx_read(ae_tensor *t, const char *path, int64_t max_bytes);

/* What a table as text holds. All are new tensors, of these types: */
typedef struct ae_csv {
  ae_tensor *x;       /* Float (N, columns - 1): the numbers */
  ae_tensor *labels;  /* Long (N), 0-based: which of the classes, in the order they were met */
  ae_tensor *classes; /* Byte: their names, each ended by 0 */
  ae_tensor *names;   /* Byte: the other columns' names likewise; empty without a first line of them
                       */
} ae_csv;
/* Reads comma-separated values (RFC 4180). The column with the classes is that of a name, or
 * label_column, 0-based; neither (NULL, -1): the one called label, class or target, or else the
 * last. Every defect is AE_EFORMAT with path, line and reason: what is no number, records of
 * different length, quotes, no rows, more than 1000 classes, two columns of the label's name. */
ae_status ae_csv_read(const ae_csv *to, const char *path, char separator, const char *label_name,
                      int64_t label_column);

/* x [out] (B, features) of x's real type = scale * the rows of images (N, ...) Byte, each
 * flattened: rows index[0..B-1] when index (Long, 0-based) is given, else first..first+count-1.
 * Division is exact: scale is given as divisor, 255 gives pixel / 255. */
ae_status ae_batch_images(ae_tensor *x, const ae_tensor *images, const ae_tensor *index,
                          int64_t first, int64_t count, double divisor);

/* The built-in data: garments drawn procedurally, ten classes in Fashion-MNIST's order. images
 * [out] Byte (n,28,28), labels [out] Byte (n) 0..9, balanced and in random order. Image i depends
 * on (seed, stream, i) alone; stream 0 is the training set, 1 the test set. */
ae_status ae_garments(ae_tensor *images, ae_tensor *labels, int64_t n, uint64_t seed, int stream);

/* ---------------------------------------------------------------- files */

/* bytes (n) [out] = the n bytes of a regular file of at most so many; Byte, or converted. */
ae_status ae_read_file(ae_tensor *bytes, const char *path, int64_t most);
/* Makes the folder, with its parents, unless it is there; *made [out]: whether it was not. */
ae_status ae_make_folder(const char *path, bool *made);
/* Replaces the file by n bytes, atomically: a temporary file beside it is written, synced and
 * renamed, so that after a crash or a failure the old file is there. A device is written to. */
ae_status ae_write_file(const char *path, const void *data, size_t n);
/* The same piece by piece: what was written takes the file's place when closed with keep, and is
 * discarded without it. */
typedef struct ae_output ae_output;
ae_status ae_output_open(ae_output **out, const char *path);
ae_status ae_output_write(ae_output *o, const void *data, size_t n);
ae_status ae_output_close(ae_output *o, bool keep); /* frees o in any case; NULL is ignored */
/* Adds line and a newline in one write, synced; a last line without newline, torn by a crash, is
 * dropped first. Fails AE_EARG for a line with a newline in it. */
ae_status ae_append_line(const char *path, const char *line);
/* zlib's CRC-32 of the elements in row-major order, as the machine stores them. */
ae_status ae_checksum(uint32_t *out, const ae_tensor *t);

/* safetensors: named tensors and metadata. Opening checks the whole file before anything of it is
 * used, in memory that is a small multiple of the header: fails AE_EFORMAT with path, place and
 * reason. Entries keep the order of the header, metadata are sorted by key; names and texts are
 * UTF-8. */
typedef struct ae_safetensors ae_safetensors;
ae_status ae_safetensors_open(ae_safetensors **out, const char *path);
void ae_safetensors_close(ae_safetensors *s); /* NULL is ignored */
int ae_safetensors_count(const ae_safetensors *s);
/* The i-th entry's name, its dtype ("F32", "F64", "I64", "U8", "I8", "I16", "I32", "F16",
 * "BF16"), and its sizes [out] with the rank as result; valid until closed. */
const char *ae_safetensors_name(const ae_safetensors *s, int i);
const char *ae_safetensors_dtype(const ae_safetensors *s, int i);
int ae_safetensors_shape(const ae_safetensors *s, int i, const int64_t **size);
/* Number of the entry with this name; -1 when there is none. */
int ae_safetensors_find(const ae_safetensors *s, const char *name);
/* The i-th metadata's key, and its text [out]; NULL past the last. Valid until closed. */
const char *ae_safetensors_metadata(const ae_safetensors *s, int i, const char **text);
/* t [out] becomes a new tensor of the entry's type (F16 and BF16: Float) with its elements. One of
 * rank 0, a single number, becomes rank 1. Fails AE_EFORMAT when the file was cut since. */
ae_status ae_safetensors_read(const ae_safetensors *s, int i, ae_tensor *t);

typedef struct ae_named_tensor {
  const char *name;
  const ae_tensor *tensor; /* of any strides; one without dimensions is written as size 0 */
} ae_named_tensor;
/* Writes n tensors and npairs keys and texts (pairs[2 i], pairs[2 i + 1]), atomically. Every
 * tensor is aligned for its type. Fails AE_EARG for a name or key that occurs twice, the name
 * "__metadata__", and what is no UTF-8. */
ae_status ae_safetensors_write(const char *path, int n, const ae_named_tensor *entries, int npairs,
                               const char *const *pairs);

/* Elements of a storage as bytes. kind says what is in them: f2 f4 f8 u1 i1 i2 i4 i8 u2 u4; s must
 * have the type that holds it, as ae_npy_read says. n: bytes, whole elements. */
ae_status ae_storage_read(ae_storage *s, int64_t first, const void *bytes, size_t n,
                          const char *kind, bool big_endian);
/* bytes [out]: count elements of s's own type. */
ae_status ae_storage_write(const ae_storage *s, int64_t first, int64_t count, void *bytes,
                           bool big_endian);

/* NumPy's .npy: t [out] becomes a new tensor: Float of f2 and f4, Double of f8, Byte of u1 and b1,
 * Char, Short, Int and Long of i1, i2, i4 and i8, Long of u2 and u4; either byte order; Fortran's
 * order is turned into C's. One of rank 0 becomes rank 1. Every defect is AE_EFORMAT with path and
 * reason, other bytes behind the array included; memory is taken only for what the file has. */
ae_status ae_npy_read(ae_tensor *t, const char *path);
ae_status ae_npy_write(const char *path, const ae_tensor *t); /* atomically; any strides */
/* NumPy's .npz: arrays by name, stored or compressed; members of the archive that are no .npy are
 * left out. Opening checks the directory, reading an array its checksum. */
typedef struct ae_npz ae_npz;
ae_status ae_npz_open(ae_npz **out, const char *path);
void ae_npz_close(ae_npz *z); /* NULL is ignored */
int ae_npz_count(const ae_npz *z);
const char *ae_npz_name(const ae_npz *z, int i); /* valid until closed */
ae_status ae_npz_read(const ae_npz *z, int i, ae_tensor *t);
/* Writes n tensors, uncompressed as numpy.savez, atomically; the same tensors give the same bytes.
 * Fails AE_EARG for a name that is empty, occurs twice or is no UTF-8, and beyond 4 GiB. */
ae_status ae_npz_write(const char *path, int n, const ae_named_tensor *entries);

/* TensorBoard's event file. An existing file is left alone: path.1, path.2, ... is made then. Each
 * record is one write, so that only a crash of the machine can tear the last one. wall_time:
 * seconds since 1970; tags are UTF-8 of at most 500 bytes. */
typedef struct ae_events ae_events;
ae_status ae_events_open(ae_events **out, const char *path, double wall_time);
ae_status ae_events_scalar(ae_events *e, const char *tag, int64_t step, double value,
                           double wall_time);
/* n bytes of a PNG file of height x width pixels with 1, 3 or 4 channels. */
ae_status ae_events_image(ae_events *e, const char *tag, int64_t step, int64_t height,
                          int64_t width, int channels, const void *png, size_t n, double wall_time);
/* Makes what was written durable. */
ae_status ae_events_flush(ae_events *e);
void ae_events_close(ae_events *e); /* NULL is ignored */

/* ---------------------------------------------------------------- files and pictures */

/* For tests: of the steps that make folders and write files (mkdir, open, write, flush, sync,
 * close, rename), the one of this number from now on fails with this errno, a write half way; 0:
 * none. Returns how many there were since the last call. */
int64_t ae_fail_file_step(int64_t step, int error);

/* The fence: once a path was allowed, every file the engine is asked to read or write must be one
 * of those, or below it, after links and ".." are resolved; anything else fails AE_EIO with a
 * message that says so. What may be written may be read. AE_FILE_CHANGE is for what is renamed,
 * replaced or removed: a link must itself be there, and what it leads to, too. */
typedef enum ae_file_use { AE_FILE_READ, AE_FILE_WRITE, AE_FILE_CHANGE } ae_file_use;
ae_status ae_fence_allow(const char *path, ae_file_use use); /* need not be there yet */
ae_status ae_fence_check(const char *path, ae_file_use use); /* for files opened by others */
bool ae_fence_up(void);
void ae_fence_down(void); /* everything is allowed again */
/* The kernel refuses from now on and for good to start programs, to open sockets, to reach other
 * processes, to make links and to change the system, in every thread. false where there is no such
 * wall. */
bool ae_wall_raise(void);

/* Writes image as an 8-bit PNG: (H,W) or (1,H,W) grey, (3,H,W) colour. Byte as it is; real types: 0
 * is black and 1 is white, values beyond are clipped, NaN is black. Written to a temporary file and
 * renamed. */
ae_status ae_png_write(const char *path, const ae_tensor *image);
/* image [out] Byte (C,H,W) of a PNG file that is not interlaced: C is 1 for grey, 3 for colours
 * (palettes are looked up), and one more with opacity. Samples of fewer than 8 bits are stretched,
 * of 16 the upper 8 are kept. Every defect is AE_EFORMAT with path and reason. */
ae_status ae_png_read(ae_tensor *image, const char *path);

/* A picture to draw on: Byte (3,H,W). Coordinates in pixels, y down; colour 0xRRGGBB; anti-aliased;
 * what lies outside is clipped. */
ae_status ae_draw_line(ae_tensor *canvas, double x0, double y0, double x1, double y1, double width,
                       uint32_t colour);
ae_status ae_draw_rectangle(ae_tensor *canvas, double x, double y, double w, double h,
                            uint32_t colour); /* filled */
ae_status ae_draw_disc(ae_tensor *canvas, double x, double y, double radius, uint32_t colour);
/* Text with its baseline's left end at (x, y), `height` pixels tall capitals, ASCII; turned != 0:
 * running upwards. */
ae_status ae_draw_text(ae_tensor *canvas, double x, double y, double height, bool turned,
                       const char *text, uint32_t colour);
double ae_text_width(const char *text, double height);
/* Copies image (as ae_png_write takes it) to the canvas, its corner at (x, y), each pixel `zoom`
 * pixels large. */
ae_status ae_draw_image(ae_tensor *canvas, int64_t x, int64_t y, const ae_tensor *image, int zoom);

/* The tensor's elements as Torch prints them, with the type and sizes in the last line. Memory from
 * the engine's allocator; free with ae_string_free. */
ae_status ae_tensor_format(char **out, const ae_tensor *t);
void ae_string_free(char *s);

#endif
