/* file.c - folders; files that are whole or as they were before, at any instant of a crash; lines
 * that are whole or not there; and reading at any place. */
#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

ae_status aei_refused(const char *path) {
  return aei_fail(AE_EIO, "%s: %s", path, strerror(errno));
}

/* ---- failing on purpose ---- */

static int64_t steps, failing_step;
static int failing_error;

int64_t ae_fail_file_step(int64_t step, int error) {
  const int64_t done = steps;
  steps = 0;
  failing_step = step;
  failing_error = error;
  return done;
}

/* Whether the step that follows is to fail; sets errno then. */
static bool fails(void) {
  if (++steps != failing_step) return false;
  errno = failing_error;
  return true;
}

ssize_t aei_file_write(int fd, const struct iovec *piece, int n) {
  if (!fails()) return writev(fd, piece, n);
  int error = errno;
  ssize_t half = write(fd, piece[0].iov_base, piece[0].iov_len / 2);
  errno = error;
  return half > 0 ? half : -1;
}

ae_status aei_file_sync(int fd, const char *path) {
  const bool done = !fails() && fdatasync(fd) == 0;
  return done || errno == EINVAL ? AE_OK : aei_refused(path); /* EINVAL: a device, a pipe */
}

int aei_file_open(const char *path, int flags) {
  return fails() ? -1 : open(path, flags | O_CLOEXEC, 0666);
}

/* ---- folders ---- */

/* Makes a new name in path's folder durable. A folder that cannot be opened, or a file system that
 * does not sync folders, is no reason to fail: the file itself is there. */
static ae_status sync_folder(const char *path) {
  char folder[PATH_MAX] = ".";
  const char *slash = strrchr(path, '/');
  if (slash) snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return AE_OK;
  ae_status status = (!fails() && fsync(fd) == 0) || errno == EINVAL ? AE_OK : aei_refused(folder);
  close(fd);
  return status;
}

/* One that another process has made meanwhile is none that was made. */
static ae_status make_one(const char *path, bool *made) {
  *made = !fails() && mkdir(path, 0777) == 0;
  if (*made) return sync_folder(path);
  return errno == EEXIST ? AE_OK : aei_refused(path);
}

static bool is_folder(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static ae_status make_parents(char *path) {
  for (char *slash = strchr(path + (*path == '/'), '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    bool made;
    if (!is_folder(path)) AEI_TRY(make_one(path, &made));
    *slash = '/';
  }
  return AE_OK;
}

ae_status ae_make_folder(const char *path, bool *made) {
  *made = false;
  AEI_TRY(ae_fence_check(path, AE_FILE_WRITE));
  if (is_folder(path)) return AE_OK;
  char *copy = aei_strdup(path);
  ae_status status = copy ? make_parents(copy) : AE_EMEM;
  aei_free(copy);
  if (status != AE_OK) return status;
  AEI_TRY(make_one(path, made));
  if (*made || is_folder(path)) return AE_OK;
  errno = EEXIST;
  return aei_refused(path);
}

/* ---- whole files ---- */

static char *resolved(const char *path) {
  char target[PATH_MAX];
  return aei_strdup(realpath(path, target) ? target : path);
}

static ae_status begin_in_place(aei_output *o) {
  o->file = fopen(o->path, "wbe");
  return o->file ? AE_OK : aei_refused(o->path);
}

/* mode: the old file's permissions, 0 when there is none. */
static ae_status begin_beside(aei_output *o, mode_t mode) {
  size_t size = strlen(o->target) + 32;
  o->temporary = aei_alloc(size);
  if (!o->temporary) return AE_EMEM;
  snprintf(o->temporary, size, "%s.%ld.tmp", o->target, (long)getpid());
  remove(o->temporary); /* of a process that had this number and was killed */
  o->file = fails() ? NULL : fopen(o->temporary, "wbxe");
  if (!o->file) return aei_refused(o->path);
  if (mode != 0) fchmod(fileno(o->file), mode);
  return AE_OK;
}

ae_status aei_output_begin(aei_output *o, const char *path) {
  struct stat old = {0};
  AEI_TRY(ae_fence_check(path, AE_FILE_WRITE));
  bool exists = stat(path, &old) == 0;
  *o = (aei_output){.path = path};
  if (exists && S_ISDIR(old.st_mode)) return errno = EISDIR, aei_refused(path);
  if (exists && !S_ISREG(old.st_mode)) return begin_in_place(o);
  if (exists && access(path, W_OK) != 0) return aei_refused(path);
  o->target = resolved(path);
  ae_status status = o->target ? begin_beside(o, exists ? old.st_mode & 0777 : 0) : AE_EMEM;
  if (status != AE_OK) {
    aei_free(o->target);
    aei_free(o->temporary);
  }
  return status;
}

ae_status aei_output_write(aei_output *o, const void *data, size_t n) {
  if (n == 0) return AE_OK;
  const bool failing = fails();
  const int error = errno;
  const bool done = fwrite(data, 1, failing ? n / 2 : n, o->file) == n;
  if (failing) errno = error;
  return done ? AE_OK : aei_refused(o->path);
}

ae_status aei_output_end(aei_output *o, ae_status status) {
  if (status == AE_OK && (fails() || fflush(o->file) != 0)) status = aei_refused(o->path);
  if (status == AE_OK && o->temporary && (fails() || fsync(fileno(o->file)) != 0))
    status = aei_refused(o->path);
  const bool unclosed = fails();
  if ((fclose(o->file) != 0 || unclosed) && status == AE_OK) {
    if (unclosed) errno = failing_error;
    status = aei_refused(o->path);
  }
  if (o->temporary) {
    if (status == AE_OK && (fails() || rename(o->temporary, o->target) != 0))
      status = aei_refused(o->path);
    if (status == AE_OK)
      status = sync_folder(o->target);
    else
      remove(o->temporary);
  }
  aei_free(o->temporary);
  aei_free(o->target);
  return status;
}

ae_status ae_write_file(const char *path, const void *data, size_t n) {
  aei_output o;
  AEI_TRY(aei_output_begin(&o, path));
  return aei_output_end(&o, aei_output_write(&o, data, n));
}

struct ae_output {
  aei_output file;
  char *path;
};

ae_status ae_output_open(ae_output **out, const char *path) {
  ae_output *o = aei_calloc(sizeof *o);
  if (!o) return AE_EMEM;
  o->path = aei_strdup(path);
  ae_status status = o->path ? aei_output_begin(&o->file, o->path) : AE_EMEM;
  if (status == AE_OK) return *out = o, AE_OK;
  aei_free(o->path);
  aei_free(o);
  return status;
}

ae_status ae_output_write(ae_output *o, const void *data, size_t n) {
  return aei_output_write(&o->file, data, n);
}

ae_status ae_output_close(ae_output *o, bool keep) {
  if (!o) return AE_OK;
  ae_status status = aei_output_end(&o->file, keep ? AE_OK : AE_EHOST);
  aei_free(o->path);
  aei_free(o);
  return keep ? status : AE_OK;
}

/* ---- whole lines ---- */

/* Cuts off what stands after the last newline: a line that a crash tore. end [out]: where the file
 * ends now. */
static ae_status drop_torn_line(int fd, const char *path, off_t *end) {
  char block[4096];
  off_t size = lseek(fd, 0, SEEK_END), keep = size, from;
  const char *newline = NULL;
  for (; keep > 0 && !newline; keep = newline ? from + (newline - block) + 1 : from) {
    from = keep > (off_t)sizeof block ? keep - (off_t)sizeof block : 0;
    ssize_t n = pread(fd, block, (size_t)(keep - from), from);
    if (n != keep - from) return aei_refused(path);
    newline = memrchr(block, '\n', (size_t)n);
  }
  if (keep < size && ftruncate(fd, keep) != 0) return aei_refused(path);
  *end = keep;
  return AE_OK;
}

/* One write; what a full disk took of it is taken back. */
static ae_status append(int fd, const char *path, const char *text, size_t n) {
  off_t end;
  AEI_TRY(drop_torn_line(fd, path, &end));
  ssize_t written = aei_file_write(fd, &(struct iovec){(void *)(uintptr_t)text, n}, 1);
  if (written != (ssize_t)n) {
    if (written >= 0) errno = ENOSPC;
    ae_status status = aei_refused(path);
    if (written > 0 && ftruncate(fd, end) != 0)
      return aei_prefix(status, "half a line is left in the file");
    return status;
  }
  AEI_TRY(aei_file_sync(fd, path));
  return end == 0 ? sync_folder(path) : AE_OK;
}

ae_status ae_append_line(const char *path, const char *line) {
  size_t n = strlen(line);
  if (memchr(line, '\n', n))
    return aei_fail(AE_EARG, "%s: a line break inside the line \"%.60s\"", path, line);
  AEI_TRY(ae_fence_check(path, AE_FILE_WRITE));
  char *text = aei_alloc(n + 1);
  if (!text) return AE_EMEM;
  memcpy(text, line, n + 1);
  text[n] = '\n';
  int fd = aei_file_open(path, O_RDWR | O_CREAT | O_APPEND);
  ae_status status = fd < 0 ? aei_refused(path) : append(fd, path, text, n + 1);
  if (fd >= 0) close(fd);
  aei_free(text);
  return status;
}

/* ---- reading ---- */

ae_status aei_input_open(aei_input *in, const char *path) {
  struct stat file;
  AEI_TRY(ae_fence_check(path, AE_FILE_READ));
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not make us wait */
  if (fd < 0 || fstat(fd, &file) != 0) {
    aei_refused(path);
  } else if (!S_ISREG(file.st_mode)) {
    aei_fail(AE_EIO, "%s: %s", path,
             S_ISDIR(file.st_mode) ? strerror(EISDIR) : "not a regular file");
  } else {
    *in = (aei_input){path, fd, file.st_size};
    return AE_OK;
  }
  if (fd >= 0) close(fd);
  return AE_EIO;
}

void aei_input_close(aei_input *in) {
  if (in->fd >= 0) close(in->fd);
  in->fd = -1;
}

ae_status aei_input_read(const aei_input *in, void *data, size_t n, int64_t at) {
  for (size_t done = 0; done < n;) {
    ssize_t got = pread(in->fd, (char *)data + done, n - done, at + (int64_t)done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return aei_refused(in->path);
    if (got == 0)
      return aei_fail(AE_EFORMAT, "%s: ends at byte %lld, where %zu more were", in->path,
                      (long long)at + (long long)done, n - done);
    done += (size_t)got;
  }
  return AE_OK;
}

ae_status ae_read_file(ae_tensor *bytes, const char *path, int64_t most) {
  aei_input in;
  AEI_TRY(aei_input_open(&in, path));
  ae_tensor fresh = ae_tensor_local(AE_BYTE);
  ae_status status = AE_OK;
  if (in.size > most)
    status = aei_fail(AE_EFORMAT, "%s: %lld bytes, more than the %lld allowed", path,
                      (long long)in.size, (long long)most);
  if (status == AE_OK) status = ae_resize(&fresh, 1, &in.size);
  if (status == AE_OK && in.size > 0)
    status = aei_input_read(&in, ae_data(&fresh), (size_t)in.size, 0);
  if (status == AE_OK) status = ae_convert(bytes, &fresh);
  ae_tensor_clear(&fresh);
  aei_input_close(&in);
  return status;
}
