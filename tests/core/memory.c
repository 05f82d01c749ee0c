/* The allocator hook, the counters, and what happens when memory is refused. */
#include "core/core.h"

#include <stdio.h>
#include <stdlib.h>

#include "test.h"

TEST(blocks_are_aligned_and_counted) {
  size_t before = ae_memory_in_use();
  void *blocks[20];
  for (size_t i = 0; i < 20; i++) {
    blocks[i] = aei_alloc(i * 37);
    CHECK((uintptr_t)blocks[i] % AEI_ALIGN == 0);
  }
  CHECK(ae_memory_in_use() == before + 37 * 190);
  CHECK(ae_memory_peak() >= ae_memory_in_use());
  for (int i = 0; i < 20; i++) aei_free(blocks[i]);
  CHECK(ae_memory_in_use() == before);
  /* huge pages: some bytes of the last one, and all of them */
  const size_t large[] = {(size_t)4 << 20, ((size_t)4 << 20) - 2 * sizeof(size_t) - AEI_ALIGN};
  for (size_t i = 0; i < 2; i++) {
    char *pages = aei_alloc(large[i]);
    CHECK(pages && ae_memory_in_use() == before + large[i]);
    if (pages) pages[large[i] - 1] = 1;
    aei_free(pages);
  }
}

TEST(realloc_keeps_the_common_prefix) {
  char *p = aei_alloc(3);
  memcpy(p, "ab", 3);
  p = aei_realloc(p, 1000);
  CHECK(strcmp(p, "ab") == 0);
  p = aei_realloc(p, 3);
  CHECK(strcmp(p, "ab") == 0);
  aei_free(p);
}

typedef struct counter {
  int calls;
  size_t bytes;
} counter;

static void *counted(void *user, void *ptr, size_t old_size, size_t new_size) {
  counter *c = user;
  c->calls++;
  c->bytes += new_size - old_size;
  if (new_size == 0) return free(ptr), NULL;
  return realloc(ptr, new_size);
}

TEST(the_hook_sees_every_block_of_engine_and_host) {
  counter c = {0};
  ae_set_allocator(counted, &c);
  void *block = aei_alloc(100), *host = ae_host_allocate(NULL, NULL, 5, 30);
  CHECK(c.calls == 2 && c.bytes >= 130);
  host = ae_host_allocate(NULL, host, 30, 70);
  host = ae_host_allocate(NULL, host, 70, 0);
  CHECK(host == NULL && ae_host_allocate(NULL, NULL, 0, 0) == NULL);
  aei_free(block);
  CHECK(c.calls == 5 && c.bytes == 0);
  ae_set_allocator(NULL, NULL);
}

/* One limit for both. */
TEST(what_goes_beyond_the_limit_is_refused) {
  const size_t before = ae_memory_in_use();
  ae_set_memory_limit(before + 1000);
  CHECK(!ae_memory_limit_met());
  void *host = ae_host_allocate(NULL, NULL, 0, 600);
  CHECK(host && !aei_alloc(500) && ae_memory_limit_met());
  CHECK(strstr(ae_error(), "out of memory: 500 bytes wanted"));
  CHECK(!ae_host_allocate(NULL, host, 600, 1001));
  host = ae_host_allocate(NULL, host, 600, 100);
  void *block = aei_alloc(500);
  CHECK(block && !ae_host_allocate(NULL, host, 100, 501));
  aei_free(block);
  ae_host_allocate(NULL, host, 100, 0);
  ae_set_memory_limit(SIZE_MAX);
  CHECK(!ae_memory_limit_met());
}

TEST(growth_is_limited_below_the_limit_there_is) {
  CHECK(ae_limit_memory_growth(1000) == SIZE_MAX);
  CHECK(!aei_alloc(1001) && ae_memory_limit_met());
  const size_t first = ae_limit_memory_growth(2000);
  CHECK(first < SIZE_MAX && ae_limit_memory_growth(SIZE_MAX) == first);
  CHECK(ae_limit_memory_growth(500) == first && !aei_alloc(501));
  ae_set_memory_limit(first);
  void *block = aei_alloc(900);
  CHECK(block);
  aei_free(block);
  ae_set_memory_limit(SIZE_MAX);
}

TEST(refused_are_those_of_one_owner_that_were_asked_for) {
  ae_refuse_allocation(AE_MEMORY_HOST, 1, 2);
  void *block = aei_alloc(8), *host = ae_host_allocate(NULL, NULL, 0, 8);
  CHECK(block && host && !ae_allocation_refused());
  CHECK(!ae_host_allocate(NULL, host, 8, 9) && ae_allocation_refused());
  host = ae_host_allocate(NULL, host, 8, 7);
  CHECK(host && !ae_host_allocate(NULL, NULL, 0, 1));
  host = ae_host_allocate(NULL, host, 7, 10);
  CHECK(host && ae_allocation_refused());
  ae_refuse_allocation(AE_MEMORY_ENGINE, -1, 1);
  CHECK(!ae_allocation_refused());
  aei_free(block);
  ae_host_allocate(NULL, host, 10, 0);
}

/* Every allocation of a small piece of work fails once: always an error, never a leak, outputs as
 * they were. */
TEST(each_refused_allocation_is_an_error_and_no_leak) {
  size_t before = ae_memory_in_use();
  ae_status status = AE_EMEM;
  for (int n = 0; status != AE_OK && n < 100; n++) {
    ae_tensor *a = NULL, *b = NULL;
    ae_refuse_allocation(AE_MEMORY_ENGINE, n, 1);
    status = ae_tensor_new_sized(&a, AE_DOUBLE, 2, (int64_t[]){3, 4});
    if (status == AE_OK) status = ae_clone(&b, a);
    if (status != AE_OK) {
      CHECK(status == AE_EMEM && strstr(ae_error(), "out of memory"));
      CHECK(b == NULL);
    }
    ae_tensor_release(a);
    ae_tensor_release(b);
    CHECK(ae_memory_in_use() == before);
  }
  CHECK(status == AE_OK && !ae_allocation_refused());
  ae_refuse_allocation(AE_MEMORY_ENGINE, -1, 1);
}

TEST(an_absurd_size_is_refused) {
  CHECK(aei_alloc(SIZE_MAX - 10) == NULL);
  ae_tensor *t = NULL;
  CHECK_FAILS(ae_tensor_new_sized(&t, AE_FLOAT, 2, (int64_t[]){INT64_MAX, 2}), AE_ESHAPE,
              "larger than the address space");
  CHECK_FAILS(ae_tensor_new_sized(&t, AE_FLOAT, 1, (int64_t[]){-1}), AE_ESHAPE, "negative");
  CHECK(t == NULL);
}

TEST(a_storage_in_use_does_not_shrink) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new_sized(&t, AE_FLOAT, 1, (int64_t[]){8}));
  ae_storage *s = ae_storage_retain(t->storage);
  CHECK_FAILS(ae_storage_resize(s, 4), AE_EARG, "cannot shrink to 4");
  CHECK_OK(ae_storage_resize(s, 9));
  const void *data = s->data;
  CHECK_OK(ae_storage_resize(s, 9));
  CHECK(s->data == data);
  ae_tensor_release(t);
  CHECK_OK(ae_storage_resize(s, 4));
  ae_storage_release(s);
}

TEST(mapped_memory_is_left_behind_when_the_storage_changes_its_size) {
  ae_storage *s = NULL;
  FILE *file = tmpfile();
  CHECK(file && fputs("abcdef", file) >= 0 && fflush(file) == 0);
  for (int64_t size = 2; file && size <= 5; size += 3) {
    CHECK_OK(aei_storage_map(&s, AE_BYTE, "a file", fileno(file), 1, 4));
    CHECK(memcmp(s->data, "bcde", 4) == 0);
    CHECK_OK(ae_storage_resize(s, size));
    CHECK(s->size == size && memcmp(s->data, "bcde", size < 4 ? 2 : 4) == 0);
    ae_storage_release(s);
  }
  CHECK_FAILS(aei_storage_map(&s, AE_BYTE, "a file", -1, 0, 4), AE_EMEM,
              "a file: its 4 bytes cannot be mapped");
  if (file) fclose(file);
}

TEST(the_file_of_an_address_is_known_among_several) {
  ae_storage *s[3] = {NULL};
  static const char *const path[] = {"first", "second", "third"};
  FILE *file = tmpfile();
  CHECK(file && fputs("abcdef", file) >= 0 && fflush(file) == 0);
  for (int i = 0; i < 3; i++)
    CHECK_OK(aei_storage_map(&s[i], AE_BYTE, path[i], fileno(file), 1, 4));
  const char *at[3];
  for (int i = 0; i < 3; i++) at[i] = s[i]->data;
  for (int i = 0; i < 3; i++) CHECK(strcmp(ae_mapped_file(at[i] + 3), path[i]) == 0);
  ae_storage_release(s[0]); /* the last in the list */
  CHECK(ae_mapped_file(at[0]) == NULL && strcmp(ae_mapped_file(at[1]), "second") == 0);
  ae_storage_release(s[2]);
  ae_storage_release(s[1]);
  CHECK(ae_mapped_file(at[1]) == NULL && ae_mapped_file(at[2]) == NULL);
  if (file) fclose(file);
}
