/* error.c - the record of this thread's last failure. */
#include "core/core.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_CAPACITY = 1024 };
static _Thread_local char message[MESSAGE_CAPACITY];

const char *ae_error(void) { return message; }

ae_status aei_fail(ae_status code, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return code;
}

ae_status aei_prefix(ae_status code, const char *format, ...) {
  char old[MESSAGE_CAPACITY];
  memcpy(old, message, sizeof old);
  va_list args;
  va_start(args, format);
  int n = vsnprintf(message, sizeof message, format, args);
  va_end(args);
  if (n >= 0 && n < MESSAGE_CAPACITY)
    snprintf(message + n, sizeof message - (size_t)n, ": %s", old);
  return code;
}
