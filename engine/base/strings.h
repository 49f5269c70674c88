/* A growing list of owned texts, for names, notes and error messages.
 *
 * `lc_strings names = {0};` is a valid empty one; lc_strings_done releases it. Not thread-safe. */
#ifndef LC_BASE_STRINGS_H
#define LC_BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/cleanup.h"

typedef struct lc_strings {
    char **items; /* NUL-terminated texts */
    size_t count;
    size_t cap;
} lc_strings;

void lc_strings_add(lc_strings *strings, const char *text); /* a copy */
void lc_strings_add_text(lc_strings *strings, const char *bytes, size_t len);
void lc_strings_take(lc_strings *strings, char *text); /* owned by the list from now on */
void lc_strings_printf(lc_strings *strings, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lc_strings_add_all(lc_strings *strings, const lc_strings *from);
bool lc_strings_has(const lc_strings *strings, const char *text);
void lc_strings_sort(lc_strings *strings); /* by bytes */
/* The items with `separator` between them; the caller frees it. */
char *lc_strings_join(const lc_strings *strings, const char *separator);
void lc_strings_clear(lc_strings *strings); /* empty again, memory of the array kept */
void lc_strings_done(lc_strings *strings);
LC_DEFINE_AUTO(lc_strings, lc_strings_done)

#endif
