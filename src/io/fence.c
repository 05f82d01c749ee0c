/* fence.c - where files may be read and written: once a folder is named, only there.
 *
 * A path is judged by what it resolves to: links followed, "." and ".." taken away. Of a path that
 * is not there yet its nearest folder that is there is resolved, and what follows must be plain
 * names. A program that cannot make links cannot change the answer between the check and the use.
 * Renaming and removing do not follow a link: then the link is judged as well.
 */
#include "io/io.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct root {
  char *path; /* resolved */
  char *name; /* as the caller named it, for messages */
  bool writable;
  struct root *next;
} root;

static root *roots;

bool ae_fence_up(void) { return roots != NULL; }

/* ---- what a path resolves to ---- */

static bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

static void drop_slashes(char *path) {
  for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--) path[n - 1] = '\0';
}

/* Cuts the last name off head, a path that is not there. Returns its place, or -1 with errno set
 * when it is no plain name. */
static ptrdiff_t cut_name(char *head) {
  struct stat link;
  if (lstat(head, &link) == 0) return errno = EACCES, -1; /* a link to where nothing is */
  char *slash = strrchr(head, '/'), *name = slash ? slash + 1 : head;
  if (!*head || is_dots(name)) return errno = ENOENT, -1;
  ptrdiff_t place = name - head;
  if (slash && slash != head) *slash = '\0';
  if (!slash) memcpy(head, ".", 2);
  if (slash == head) head[1] = '\0';
  drop_slashes(head);
  return place;
}

/* out [out] the resolved path; false with errno set. */
static bool resolved(const char *path, char out[PATH_MAX]) {
  char head[PATH_MAX];
  ptrdiff_t tail = -1; /* where the names begin that are not there */
  size_t size = strlen(path) + 1;
  if (size > sizeof head) return errno = ENAMETOOLONG, false;
  memcpy(head, path, size);
  while (!realpath(head, out)) {
    if (errno != ENOENT) return false;
    drop_slashes(head);
    if ((tail = cut_name(head)) < 0) return false;
  }
  if (tail < 0) return true;
  size_t n = strlen(out), room = PATH_MAX - n;
  int added = snprintf(out + n, room, "%s%s", out[1] ? "/" : "", path + tail);
  return (size_t)added < room ? true : (errno = ENAMETOOLONG, false);
}

/* out [out] the resolved path, but that of a link itself and not of what it leads to. */
static bool resolved_entry(const char *path, char out[PATH_MAX]) {
  char head[PATH_MAX];
  struct stat link;
  size_t size = strlen(path) + 1;
  if (size > sizeof head) return errno = ENAMETOOLONG, false;
  memcpy(head, path, size);
  drop_slashes(head);
  if (lstat(head, &link) != 0 || !S_ISLNK(link.st_mode)) return resolved(path, out);
  char *slash = strrchr(head, '/');
  if (slash) slash[1] = '\0';
  if (!realpath(slash ? head : ".", out)) return false;
  const char *name = path + (slash ? slash + 1 - head : 0);
  size_t n = strlen(out), room = PATH_MAX - n;
  int added = snprintf(out + n, room, "%s%s", out[1] ? "/" : "", name);
  return (size_t)added < room ? true : (errno = ENAMETOOLONG, false);
}

/* ---- the fence ---- */

ae_status ae_fence_allow(const char *path, ae_file_use use) {
  char target[PATH_MAX];
  if (!resolved(path, target)) return aei_refused(path);
  root *r = aei_calloc(sizeof *r);
  if (!r) return AE_EMEM;
  *r = (root){aei_strdup(target), aei_strdup(path), use == AE_FILE_WRITE, roots};
  if (r->path && r->name) return roots = r, AE_OK;
  aei_free(r->path);
  aei_free(r->name);
  aei_free(r);
  return AE_EMEM;
}

void ae_fence_down(void) {
  while (roots) {
    root *r = roots;
    roots = r->next;
    aei_free(r->path);
    aei_free(r->name);
    aei_free(r);
  }
}

static bool is_below(const char *path, const char *folder) {
  size_t n = strlen(folder);
  if (strcmp(folder, "/") == 0) return true;
  return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static ae_status refuse(const char *path, ae_file_use use) {
  if (use == AE_FILE_READ)
    return aei_fail(
        AE_EIO, "%.300s: the sandbox does not let this be read; --sandbox-read allows it", path);
  const root *r = roots;
  while (r && !r->writable) r = r->next;
  return aei_fail(AE_EIO, "%.300s: the sandbox lets files be written below %s only", path,
                  r ? r->name : "no folder");
}

static bool is_allowed(const char *target, ae_file_use use) {
  for (const root *r = roots; r; r = r->next)
    if ((r->writable || use == AE_FILE_READ) && is_below(target, r->path)) return true;
  return false;
}

ae_status ae_fence_check(const char *path, ae_file_use use) {
  char target[PATH_MAX];
  if (!roots) return AE_OK;
  bool allowed = resolved(path, target) && is_allowed(target, use);
  if (allowed && use == AE_FILE_CHANGE)
    allowed = resolved_entry(path, target) && is_allowed(target, use);
  return allowed ? AE_OK : refuse(path, use);
}
