/* test.h - a C test is `TEST(gemm_of_one_row) { CHECK(...); }` in tests/<folder>/<what>.c; main.c
 * runs them all. */
#ifndef TEST_H
#define TEST_H

#include <stdio.h>
#include <string.h>

#include "ae.h"

void test_register(const char *file, const char *name, void (*run)(void));
/* A path in the temporary folder that no other process uses; the same for the same name. */
const char *test_path(const char *name);
/* Counts a failed check of the running test and prints it; the test goes on. */
void test_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define TEST(name)                                                 \
  static void test_##name(void);                                   \
  __attribute__((constructor)) static void register_##name(void) { \
    test_register(__FILE__, #name, test_##name);                   \
  }                                                                \
  static void test_##name(void)

#define CHECK(condition)                                                 \
  do {                                                                   \
    if (!(condition)) test_failed(__FILE__, __LINE__, "%s", #condition); \
  } while (0)

/* |got - want| <= limit; a NaN fails. */
#define CHECK_NEAR(got, want, limit)                                                \
  do {                                                                              \
    double got_ = (got), want_ = (want), diff_ = got_ - want_;                      \
    if (!((diff_ < 0 ? -diff_ : diff_) <= (limit)))                                 \
      test_failed(__FILE__, __LINE__, "%s = %.17g, want %.17g", #got, got_, want_); \
  } while (0)

#define CHECK_OK(call)                                                                 \
  do {                                                                                 \
    if ((call) != AE_OK) test_failed(__FILE__, __LINE__, "%s: %s", #call, ae_error()); \
  } while (0)

/* The call fails with the status and a message that contains text. */
#define CHECK_FAILS(call, want_status, text)                                                \
  do {                                                                                      \
    ae_status status_ = (call);                                                             \
    if (status_ != (want_status) || !strstr(ae_error(), text))                              \
      test_failed(__FILE__, __LINE__, "%s: status %d, message \"%s\"", #call, (int)status_, \
                  ae_error());                                                              \
  } while (0)

#endif
