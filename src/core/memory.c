/* memory.c - every block of the engine: aligned, counted, and taken through one hook.
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

void *ae_default_allocate(void *user, void *ptr, size_t old_size, size_t new_size) {
  (void)user, (void)old_size;
  if (new_size == 0) return free(ptr), NULL;
  return ptr ? realloc(ptr, new_size) : large_block(new_size);
}

static ae_allocator allocator = ae_default_allocate;
static void *allocator_user;
static atomic_size_t in_use, peak;

void ae_set_allocator(ae_allocator allocate, void *user) {
  allocator = allocate ? allocate : ae_default_allocate;
  allocator_user = user;
}

size_t ae_memory_in_use(void) { return in_use; }
size_t ae_memory_peak(void) { return peak; }

/* ---- refusals ---- */

static atomic_size_t limit = SIZE_MAX;
static atomic_int_fast64_t granted = -1; /* allocations until the refused one; -1: all are */
static atomic_bool refused;

void ae_set_memory_limit(size_t bytes) { limit = bytes; }

void ae_refuse_allocation(int64_t n) {
  refused = false;
  granted = n < 0 ? -1 : n;
}

bool ae_allocation_refused(void) { return refused; }

/* Whether a block may be had. */
static bool grant(size_t size) {
  if (granted >= 0 && granted-- == 0) {
    refused = true;
    return false;
  }
  const size_t most = limit, now = in_use;
  return size <= SIZE_MAX / 2 && now <= most && size <= most - now;
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
  char *block = grant(size) ? allocator(allocator_user, NULL, 0, block_size(size)) : NULL;
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
