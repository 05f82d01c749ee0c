/* io.h - what the files that read and write share. */
#ifndef AEI_IO_H
#define AEI_IO_H

#include <stdio.h>

#include "core/core.h"

/* ---- writing a file so that it is whole or as it was before (file.c) ----
 *
 * aei_output_begin opens a temporary file beside the target; write to o.file; aei_output_end
 * flushes, syncs and renames, or on any failure (ok false included) removes the temporary and
 * leaves the target alone. */
typedef struct aei_output {
  const char *path;
  char *temporary;
  FILE *file;
} aei_output;
ae_status aei_output_begin(aei_output *o, const char *path);
/* status: how the writing went; returns it, or what ending the file failed with. */
ae_status aei_output_end(aei_output *o, ae_status status);
/* fwrite that reports; n bytes. */
ae_status aei_output_write(aei_output *o, const void *data, size_t n);

/* ---- JSON (json.c): a strict reader of one text, by recursive descent under the caller's control
 * ---- */

typedef struct aei_json {
  const char *text;
  size_t size, at;
  const char *name; /* of the file, for messages */
} aei_json;
/* Fails with AE_EFORMAT: "name: byte N of the header: what". */
ae_status aei_json_fail(const aei_json *j, const char *what);
/* Skips white space; the next character, 0 at the end. */
char aei_json_peek(aei_json *j);
/* Takes the character c, or fails. */
ae_status aei_json_expect(aei_json *j, char c);
/* A string, unescaped, NUL-terminated, from aei_alloc (the caller frees it). Strings with U+0000
 * are refused. */
ae_status aei_json_string(aei_json *j, char **out);
/* A whole number >= 0 that fits. */
ae_status aei_json_integer(aei_json *j, int64_t *out);
/* After '{' or '[' or an item: whether another item follows. `close` is the bracket; first: no item
 * was read yet. */
ae_status aei_json_more(aei_json *j, char close, bool first, bool *more);

#endif
