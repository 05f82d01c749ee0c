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
  void *pages = aei_alloc((size_t)4 << 20); /* as many as there are */
  CHECK(pages && ae_memory_in_use() == before + ((size_t)4 << 20));
  aei_free(pages);
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

typedef struct limit {
  int left; /* allocations still granted */
} limit;

static void *limited(void *user, void *ptr, size_t old_size, size_t new_size) {
  (void)old_size;
  limit *l = user;
  if (new_size == 0) return free(ptr), NULL;
  return l->left-- > 0 ? realloc(ptr, new_size) : NULL;
}

/* Every allocation of a small piece of work fails once: always an error, never a leak, outputs as
 * they were. */
TEST(each_refused_allocation_is_an_error_and_no_leak) {
  size_t before = ae_memory_in_use();
  ae_status status = AE_EMEM;
  for (int n = 0; status != AE_OK && n < 100; n++) {
    limit l = {n};
    ae_tensor *a = NULL, *b = NULL;
    ae_set_allocator(limited, &l);
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
  CHECK(status == AE_OK);
  ae_set_allocator(NULL, NULL);
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
    CHECK_OK(aei_storage_map(&s, AE_BYTE, fileno(file), 1, 4));
    CHECK(memcmp(s->data, "bcde", 4) == 0);
    CHECK_OK(ae_storage_resize(s, size));
    CHECK(s->size == size && memcmp(s->data, "bcde", size < 4 ? 2 : 4) == 0);
    ae_storage_release(s);
  }
  CHECK_FAILS(aei_storage_map(&s, AE_BYTE, -1, 0, 4), AE_EMEM, "a file's 4 bytes cannot be mapped");
  if (file) fclose(file);
}
