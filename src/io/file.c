/* file.c - files that are whole or as they were before, at any instant of a crash. */
#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static ae_status refused(const char *path) {
  return aei_fail(AE_EIO, "%s: %s", path, strerror(errno));
}

/* Makes the renaming itself durable. */
static void sync_folder(const char *path) {
  const char *slash = strrchr(path, '/');
  char folder[4096] = ".";
  if (slash && (size_t)(slash - path) < sizeof folder) {
    size_t n = slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, path, n);
    folder[n] = '\0';
  }
  int fd = open(folder, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

ae_status aei_output_begin(aei_output *o, const char *path) {
  size_t size = strlen(path) + 32;
  *o = (aei_output){.path = path, .temporary = aei_alloc(size)};
  if (!o->temporary) return AE_EMEM;
  snprintf(o->temporary, size, "%s.%ld.tmp", path, (long)getpid());
  o->file = fopen(o->temporary, "wb");
  if (o->file) return AE_OK;
  refused(path);
  aei_free(o->temporary);
  return AE_EIO;
}

ae_status aei_output_write(aei_output *o, const void *data, size_t n) {
  return fwrite(data, 1, n, o->file) == n ? AE_OK : refused(o->path);
}

ae_status aei_output_end(aei_output *o, ae_status status) {
  if (status == AE_OK && (fflush(o->file) != 0 || fsync(fileno(o->file)) != 0))
    status = refused(o->path);
  if (fclose(o->file) != 0 && status == AE_OK) status = refused(o->path);
  if (status == AE_OK && rename(o->temporary, o->path) != 0) status = refused(o->path);
  if (status == AE_OK)
    sync_folder(o->path);
  else
    remove(o->temporary);
  aei_free(o->temporary);
  return status;
}

ae_status ae_write_file(const char *path, const void *data, size_t n) {
  aei_output o;
  AEI_TRY(aei_output_begin(&o, path));
  return aei_output_end(&o, aei_output_write(&o, data, n));
}

/* Cuts off what stands after the last newline: a line that a crash tore. */
static ae_status drop_torn_line(int fd, const char *path) {
  off_t end = lseek(fd, 0, SEEK_END), keep = end;
  char c = '\n';
  while (keep > 0) {
    if (pread(fd, &c, 1, keep - 1) != 1) return refused(path);
    if (c == '\n') break;
    keep--;
  }
  if (keep < end && ftruncate(fd, keep) != 0) return refused(path);
  return AE_OK;
}

ae_status ae_append_line(const char *path, const char *line) {
  size_t n = strlen(line);
  char *text = aei_alloc(n + 1);
  if (!text) return AE_EMEM;
  memcpy(text, line, n);
  text[n] = '\n';
  int fd = open(path, O_RDWR | O_CREAT | O_APPEND, 0666);
  ae_status status = fd < 0 ? refused(path) : drop_torn_line(fd, path);
  if (status == AE_OK) {
    off_t before = lseek(fd, 0, SEEK_END);
    ssize_t written = write(fd, text, n + 1);
    if (written != (ssize_t)(n + 1)) {
      status = refused(path);
      if (written > 0 && ftruncate(fd, before) != 0) status = AE_EIO;
    } else if (fsync(fd) != 0 && errno != EINVAL) {
      status = refused(path);
    }
  }
  if (fd >= 0) close(fd);
  aei_free(text);
  return status;
}

ae_status ae_checksum(uint32_t *out, const ae_tensor *t) {
  ae_tensor copy = ae_tensor_local(t->type);
  const ae_tensor *c;
  AEI_TRY(aei_contiguous(&c, t, &copy));
  size_t n = (size_t)ae_nelement(c) * ae_type_size(c->type);
  *out = (uint32_t)crc32_z(0, n > 0 ? ae_data(c) : (const void *)"", n);
  ae_tensor_clear(&copy);
  return AE_OK;
}
