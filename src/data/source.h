/* source.h - a file read from front to back, decompressed on the way when it is gzip (RFC 1952). */
#ifndef AEI_SOURCE_H
#define AEI_SOURCE_H

#include <stdio.h>
#include <zlib.h>

#include "io/io.h"

typedef struct aei_source {
  const char *path; /* the caller's */
  FILE *file;
  uint8_t *input;              /* bytes of the file; z.next_in and z.avail_in tell which are left */
  int64_t size;                /* of the file */
  int64_t taken;               /* bytes of the file that went into input so far */
  int64_t at;                  /* bytes handed out */
  bool packed, between, ended; /* gzip; between two of its members; nothing follows */
  z_stream z;
} aei_source;

/* Told by its first two bytes whether it is gzip. On failure nothing is left open. */
ae_status aei_source_open(aei_source *s, const char *path);
void aei_source_close(aei_source *s);

/* Exactly n bytes; fails when fewer follow or they are damaged. */
ae_status aei_source_read(aei_source *s, void *data, int64_t n);
/* Fails unless the data end here: nothing follows, and gzip's checksum is there and right. */
ae_status aei_source_end(aei_source *s);
/* The most bytes the file can give, decompressed: a bound on what a header may announce. */
int64_t aei_source_capacity(const aei_source *s);

#endif
