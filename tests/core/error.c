/* The message of a failure. */
#include "core/core.h"
#include "test.h"

TEST(message_is_one_line) {
  aei_fail(AE_EFORMAT, "%s: no such name", "a\nb\r\x1b[2J\x7f \xc3\xa9");
  CHECK(strcmp(ae_error(), "a?b??[2J? \xc3\xa9: no such name") == 0);
  aei_prefix(AE_EFORMAT, "%s", "\tc");
  CHECK(strncmp(ae_error(), "?c: a?b", 7) == 0);
}
