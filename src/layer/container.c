/* container.c - a container's children: adding, removing, replacing, finding. */
#include "layer/layer.h"

#include <ctype.h>
#include <string.h>

static ae_status check_container(const ae_module *m) {
  if (m->layer->container) return AE_OK;
  return aei_fail(AE_EARG, "%s cannot hold other modules", AEI_NAME(m));
}

/* How many modules are inside each other, m the outermost, and how many places there are, m's own
 * too: a module that two containers share has two. Both are left in m and in all that is inside,
 * until they are forgotten: each is visited once, however many containers share it. */
static void measure(ae_module *m) {
  if (m->height > 0) return;
  m->height = 1;
  m->places = 1;
  for (int i = 0; i < m->nchildren; i++) {
    ae_module *child = m->child[i].module;
    measure(child);
    if (child->height + 1 > m->height) m->height = child->height + 1;
    m->places += child->places < AE_MAXPLACES ? child->places : AE_MAXPLACES;
  }
}

static void forget(ae_module *m) {
  if (m->height == 0) return;
  m->height = 0;
  for (int i = 0; i < m->nchildren; i++) forget(m->child[i].module);
}

/* m, and what is inside, have so many around them or more. */
static void lower(ae_module *m, int level) {
  if (m->level >= level) return;
  m->level = level;
  for (int i = 0; i < m->nchildren; i++) lower(m->child[i].module, level + 1);
}

static ae_status check_child(const ae_module *container, ae_module *child) {
  AEI_TRY(check_container(container));
  measure(child);
  const int depth = container->level + 1 + child->height;
  const int64_t places = child->places;
  const bool inside = container->height > 0;
  forget(child);
  if (inside) return aei_fail(AE_EARG, "%s cannot hold itself", AEI_NAME(container));
  if (depth > AE_MAXNESTING)
    return aei_fail(AE_EARG, "%s: modules inside each other would be %d deep, at most %d may be",
                    AEI_NAME(container), depth, AE_MAXNESTING);
  if (places > AE_MAXPLACES)
    return aei_fail(AE_EARG,
                    "%s: a child has %lld modules inside, each counted wherever it is shared; at "
                    "most %d may be",
                    AEI_NAME(container), (long long)places, AE_MAXPLACES);
  return AE_OK;
}

static bool is_identifier(const char *name) {
  if (!isalpha((unsigned char)*name) && *name != '_') return false;
  for (; *name; name++)
    if (!isalnum((unsigned char)*name) && *name != '_') return false;
  return true;
}

static ae_status check_name(const ae_module *container, const char *name) {
  if (!name) return AE_OK;
  if (!is_identifier(name))
    return aei_fail(AE_EARG,
                    "%s: \"%s\" is no name for a child: letters, digits and _ are, "
                    "not beginning with a digit",
                    AEI_NAME(container), name);
  if (ae_module_find_child(container, name) >= 0)
    return aei_fail(AE_EARG, "%s already has a child \"%s\"", AEI_NAME(container), name);
  return AE_OK;
}

static ae_status check_index(const ae_module *container, int index, int count) {
  if (index >= 0 && index < count) return AE_OK;
  if (count == 0) return aei_fail(AE_EARG, "%s has no children", AEI_NAME(container));
  return aei_fail(AE_EARG, "%s: place %d is not in 1..%d", AEI_NAME(container), index + 1, count);
}

ae_status ae_module_insert(ae_module *container, ae_module *child, const char *name, int index) {
  int n = container->nchildren;
  AEI_TRY(check_child(container, child));
  AEI_TRY(check_name(container, name));
  AEI_TRY(check_index(container, index, n + 1));
  char *own_name = name ? aei_strdup(name) : NULL;
  if (name && !own_name) return AE_EMEM;
  ae_child *list = aei_realloc(container->child, (size_t)(n + 1) * sizeof *list);
  if (!list) return aei_free(own_name), AE_EMEM;
  memmove(list + index + 1, list + index, (size_t)(n - index) * sizeof *list);
  list[index] = (ae_child){own_name, ae_module_retain(child)};
  container->child = list;
  container->nchildren = n + 1;
  lower(child, container->level + 1);
  return AE_OK;
}

ae_status ae_module_remove(ae_module *container, int index, ae_module **out) {
  AEI_TRY(check_container(container));
  AEI_TRY(check_index(container, index, container->nchildren));
  ae_child removed = container->child[index];
  int behind = --container->nchildren - index;
  ae_child *place = container->child + index;
  memmove(place, place + 1, (size_t)behind * sizeof *place);
  aei_free(removed.name);
  if (out)
    *out = removed.module;
  else
    ae_module_release(removed.module);
  return AE_OK;
}

ae_status ae_module_replace(ae_module *container, int index, ae_module *child) {
  AEI_TRY(check_child(container, child));
  AEI_TRY(check_index(container, index, container->nchildren));
  ae_module *old = container->child[index].module;
  container->child[index].module = ae_module_retain(child);
  lower(child, container->level + 1);
  ae_module_release(old);
  return AE_OK;
}

int ae_module_find_child(const ae_module *container, const char *name) {
  for (int i = 0; i < container->nchildren; i++)
    if (container->child[i].name && strcmp(container->child[i].name, name) == 0) return i;
  return -1;
}
