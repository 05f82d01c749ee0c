/* io.h - what the files that read and write share: whole files, JSON, text that grows, checksums.
 */
#ifndef AEI_IO_H
#define AEI_IO_H

#include <stdio.h>

#include "core/core.h"

/* ---- files (file.c) ---- */

/* "path: what errno says", AE_EIO. */
ae_status aei_refused(const char *path);

/* The system's writev, fdatasync and open, which ae_fail_file_step lets fail; a write then takes
 * half of the first piece, as on a disk that is full. */
struct iovec;
ssize_t aei_file_write(int fd, const struct iovec *piece, int n);
ae_status aei_file_sync(int fd, const char *path);
int aei_file_open(const char *path, int flags);

/* Writing a file so that it is whole or as it was before: aei_output_begin opens a temporary file
 * beside the target; write to o.file; aei_output_end flushes, syncs and renames, or on any failure
 * (that of status included) removes the temporary and leaves the target alone. A link is followed,
 * the target's permissions are kept; a device or pipe is written in place. */
typedef struct aei_output {
  const char *path; /* as the caller named it, for messages */
  char *target;     /* what is replaced: path, or what it links to */
  char *temporary;  /* NULL: written in place */
  FILE *file;
} aei_output;
ae_status aei_output_begin(aei_output *o, const char *path);
/* status: how the writing went; returns it, or what ending the file failed with. */
ae_status aei_output_end(aei_output *o, ae_status status);
/* fwrite that reports; n bytes. */
ae_status aei_output_write(aei_output *o, const void *data, size_t n);

/* Reading a regular file at any place. The path is the caller's and must outlive the input. */
typedef struct aei_input {
  const char *path;
  int fd; /* -1: closed */
  int64_t size;
} aei_input;
ae_status aei_input_open(aei_input *in, const char *path);
void aei_input_close(aei_input *in);
/* Exactly n bytes from place `at` on; fails when the file ends before. */
ae_status aei_input_read(const aei_input *in, void *data, size_t n, int64_t at);

/* ---- reading JSON (json.c): strictly, by recursive descent under the caller's control, so that
 * depth and memory are the caller's too ---- */

typedef struct aei_json {
  char *text; /* strings are unescaped in place */
  size_t size, at;
  const char *name; /* of the file, for messages */
} aei_json;
/* Fails with AE_EFORMAT: "name: byte N of the header: what". */
ae_status aei_json_fail(const aei_json *j, const char *what);
/* Skips white space; the next character, 0 at the end. */
char aei_json_peek(aei_json *j);
/* Takes the character c, or fails. */
ae_status aei_json_expect(aei_json *j, char c);
/* A string, unescaped and NUL-terminated inside the text, valid as long as that. Refuses U+0000. */
ae_status aei_json_string(aei_json *j, const char **out);
/* A whole number >= 0 that fits. */
ae_status aei_json_integer(aei_json *j, int64_t *out);
/* After '{' or '[' or an item: whether another item follows. `close` is the bracket; first: no item
 * was read yet. */
ae_status aei_json_more(aei_json *j, char close, bool first, bool *more);

/* ---- writing JSON (json.c) ---- */

/* Bytes that grow, always NUL-terminated once begun; begin with {0}, end with aei_free(data). */
typedef struct aei_text {
  char *data;
  size_t used, capacity;
} aei_text;
ae_status aei_text_bytes(aei_text *t, const char *bytes, size_t n);
ae_status aei_text_format(aei_text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* up to 255 characters */
/* s in quotes, escaped. Fails AE_EARG when s is no UTF-8. */
ae_status aei_text_string(aei_text *t, const char *s);
/* Whether s is well-formed UTF-8. */
bool aei_is_utf8(const char *s);

/* ---- checksums (checksum.c) ---- */

/* CRC-32C (Castagnoli) of n more bytes; crc is 0 at first. */
uint32_t aei_crc32c(uint32_t crc, const void *data, size_t n);

/* ---- safetensors (safetensors.c, safetensors_write.c) ---- */

enum { AEI_HEADER_LIMIT = 100000000 }; /* bytes of a header, in either direction */
#define AEI_IS_LITTLE_ENDIAN (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
/* Turns n numbers of `size` bytes from the machine's order into little-endian, or back. */
void aei_little_endian(void *data, int64_t n, size_t size);
/* ---- elements (element.c) ---- */

/* A kind of number in files, and the type of elements that holds all its values. */
typedef struct aei_element {
  const char *kind; /* as NumPy spells it: "f4", "i2", "u1" */
  int size;         /* bytes in the file */
  ae_type type;
} aei_element;
const aei_element *aei_element_find(const char *kind); /* NULL: none */
/* n elements from a file's bytes, which need not be aligned; swap: of the other byte order. */
void aei_element_read(const aei_element *e, bool swap, int64_t n, void *to, const void *from);
/* An IEEE half-precision number, by its bits. */
float aei_from_half(uint16_t h);

#endif
