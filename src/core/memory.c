/* memory.c - every block of the engine: aligned, counted, and taken through one hook. The host's
 * blocks go the same way, so that one limit holds for both together.
 *
 *   |<- block from the hook                                     |
 *   [ padding ... | header: size, padding ][ aligned data ......]
 *                                          ^ what the caller gets
 */
#include "core/core.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef struct header {
  size_t size;    /* as the caller asked */
  size_t padding; /* from the hook's block to the data */
} header;

/* Large blocks lie on huge pages where the system grants them: rows of a large matrix are otherwise
 * a page fault and an entry of the address cache each. */
static void *large_block(size_t size) {
  enum { HUGE_PAGE = 2 << 20 };
  if (size < HUGE_PAGE) return malloc(size);
  const size_t tail = size % HUGE_PAGE;
  void *block = aligned_alloc(HUGE_PAGE, tail ? size + HUGE_PAGE - tail : size);
#ifdef MADV_HUGEPAGE
  if (block) madvise(block, size - tail, MADV_HUGEPAGE);
#endif
  return block;
}

static void *default_allocate(void *user, void *ptr, size_t old_size, size_t new_size) {
  (void)user, (void)old_size;
  if (new_size == 0) return free(ptr), NULL;
  return ptr ? realloc(ptr, new_size) : large_block(new_size);
}

static ae_allocator allocator = default_allocate;
static void *allocator_user;
static atomic_size_t in_use, peak;
static atomic_ptrdiff_t of_host; /* changed by one thread alone; what it had before is not in it */

void ae_set_allocator(ae_allocator allocate, void *user) {
  allocator = allocate ? allocate : default_allocate;
  allocator_user = user;
}

size_t ae_memory_in_use(void) { return in_use; }
size_t ae_memory_peak(void) { return peak; }

/* ---- refusals ---- */

static atomic_size_t limit = SIZE_MAX;
static atomic_bool limit_met;
static atomic_int refused_owner = -1; /* whose allocations are counted; -1: nobody's */
static atomic_int_fast64_t granted;   /* of those, until the first that is refused */
static atomic_int_fast64_t refusals;  /* left from then on */
static atomic_bool refused;

void ae_set_memory_limit(size_t bytes) {
  limit = bytes;
  limit_met = false;
}
bool ae_memory_limit_met(void) { return limit_met; }

void ae_refuse_allocation(ae_memory_owner owner, int64_t n, int64_t count) {
  refused = false;
  granted = n;
  refusals = count;
  refused_owner = n < 0 ? -1 : (int)owner;
}

bool ae_allocation_refused(void) { return refused; }

static bool is_refused(ae_memory_owner owner) {
  if (atomic_load_explicit(&refused_owner, memory_order_relaxed) != (int)owner) return false;
  if (granted-- > 0) return false;
  refused = true;
  if (--refusals == 0) refused_owner = -1;
  return true;
}

static ptrdiff_t host_bytes(void) { return atomic_load_explicit(&of_host, memory_order_relaxed); }

static size_t held(void) {
  const ptrdiff_t host = host_bytes();
  return atomic_load_explicit(&in_use, memory_order_relaxed) + (size_t)(host > 0 ? host : 0);
}

size_t ae_limit_memory_growth(size_t bytes) {
  const size_t before = limit, now = held();
  if (now < before && bytes < before - now) ae_set_memory_limit(now + bytes);
  return before;
}

/* Whether so many bytes more may be had. */
static bool grant(ae_memory_owner owner, size_t size) {
  if (is_refused(owner)) return false;
  const size_t most = atomic_load_explicit(&limit, memory_order_relaxed), now = held();
  if (size <= SIZE_MAX / 2 && now <= most && size <= most - now) return true;
  if (most != SIZE_MAX) limit_met = true;
  return false;
}

/* ---- the host's ---- */

void *ae_host_allocate(void *user, void *ptr, size_t old_size, size_t new_size) {
  (void)user;
  if (!ptr) old_size = 0; /* Lua tells the kind of object there */
  if (new_size > old_size && !grant(AE_MEMORY_HOST, new_size - old_size)) return NULL;
  if (!ptr && new_size == 0) return NULL;
  void *block = allocator(allocator_user, ptr, old_size, new_size);
  if (block || new_size == 0)
    atomic_store_explicit(&of_host, host_bytes() + (ptrdiff_t)new_size - (ptrdiff_t)old_size,
                          memory_order_relaxed);
  return block;
}

/* ---- blocks ---- */

static header *header_of(void *data) { return (header *)((char *)data - sizeof(header)); }
static size_t block_size(size_t size) { return size + sizeof(header) + AEI_ALIGN; }

static void count(size_t size) {
  size_t now = atomic_fetch_add(&in_use, size) + size;
  size_t seen = peak;
  while (now > seen && !atomic_compare_exchange_weak(&peak, &seen, now)) {
  }
}

void *aei_alloc(size_t size) {
  char *block =
      grant(AE_MEMORY_ENGINE, size) ? allocator(allocator_user, NULL, 0, block_size(size)) : NULL;
  if (!block) {
    aei_fail(AE_EMEM, "out of memory: %zu bytes wanted, %zu in use", size, ae_memory_in_use());
    return NULL;
  }
  uintptr_t first = (uintptr_t)block + sizeof(header);
  char *data = block + sizeof(header) + (AEI_ALIGN - first % AEI_ALIGN) % AEI_ALIGN;
  *header_of(data) = (header){size, (size_t)(data - block)};
  count(size);
  return data;
}

void *aei_calloc(size_t size) {
  void *data = aei_alloc(size);
  return data ? memset(data, 0, size) : NULL;
}

void aei_free(void *data) {
  if (!data) return;
  header h = *header_of(data);
  atomic_fetch_sub(&in_use, h.size);
  allocator(allocator_user, (char *)data - h.padding, block_size(h.size), 0);
}

void *aei_realloc(void *old, size_t size) {
  void *data = aei_alloc(size);
  if (data && old) {
    size_t old_size = header_of(old)->size;
    memcpy(data, old, old_size < size ? old_size : size);
    aei_free(old);
  }
  return data;
}

char *aei_strdup(const char *s) {
  size_t size = strlen(s) + 1;
  char *copy = aei_alloc(size);
  return copy ? memcpy(copy, s, size) : NULL;
}

void *aei_alloc_items(void *user, unsigned count, unsigned size) {
  (void)user;
  return aei_calloc((size_t)count * size);
}

void aei_free_items(void *user, void *items) {
  (void)user;
  aei_free(items);
}
