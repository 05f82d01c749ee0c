/* error.c - the record of this thread's last failure. */
#include "core/core.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_CAPACITY = 1024 };
static _Thread_local char message[MESSAGE_CAPACITY];

const char *ae_error(void) { return message; }

/* What a file or a caller put into the message must not break its line or move a cursor. */
static void keep_line(void) {
  for (char *c = message; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = '?';
}

ae_status aei_fail(ae_status code, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  keep_line();
  return code;
}

/* Adds text at message[used], as much as fits; returns where it ends. */
static size_t append(size_t used, const char *text) {
  while (*text && used < MESSAGE_CAPACITY - 1) message[used++] = *text++;
  message[used] = '\0';
  return used;
}

ae_status aei_prefix(ae_status code, const char *format, ...) {
  char old[MESSAGE_CAPACITY];
  memcpy(old, message, sizeof old);
  va_list args;
  va_start(args, format);
  int n = vsnprintf(message, sizeof message, format, args);
  va_end(args);
  if (n >= 0 && n < MESSAGE_CAPACITY) append(append((size_t)n, ": "), old);
  keep_line();
  return code;
}
