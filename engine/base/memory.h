/* Heap memory for control objects. Running out of it ends the process with a message: small objects
 * can't be recovered from, and record data never comes from here (it lives in arenas). Thread-safe. */
#ifndef LC_BASE_MEMORY_H
#define LC_BASE_MEMORY_H

#include <stddef.h>

void *lc_alloc(size_t size);                            /* zeroed; free() releases it */
void *lc_realloc(void *old, size_t size);               /* as realloc, never NULL */
void *lc_grow(void *old, size_t *cap, size_t need, size_t item); /* array with room for `need` items; doubles */
char *lc_strdup(const char *text);                      /* NULL stays NULL */
char *lc_strndup(const char *text, size_t len);         /* copy with a NUL at its end */

#endif
