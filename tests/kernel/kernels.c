/* The choice of the path. */
#include <stdlib.h>

#include "values.h"

TEST(portable_is_always_there_and_first) {
  CHECK(strcmp(ae_kernels_available(0), "portable") == 0);
  int n = 0;
  while (ae_kernels_available(n)) n++;
  CHECK(n <= 3);
  CHECK(ae_kernels_available(n + 1) == NULL);
}

TEST(each_path_can_be_chosen_and_the_best_restored) {
  const char *last = NULL;
  for (int path = 0; use_path(path); path++) {
    last = ae_kernels_available(path);
    CHECK(strcmp(ae_kernels(), last) == 0);
  }
  char *forced = getenv("AELUA_KERNELS");
  CHECK_OK(ae_set_kernels(NULL));
  CHECK(strcmp(ae_kernels(), forced && *forced ? forced : last) == 0);
}

TEST(an_unknown_path_is_refused_and_changes_nothing) {
  const char *before = ae_kernels();
  CHECK_FAILS(ae_set_kernels("mmx"), AE_EARG, "mmx");
  CHECK(strcmp(ae_kernels(), before) == 0);
}
