/* The .properties syntax of java.util.Properties: worker files and connector files.
 *
 * Comments (# !), separators (= : blanks), continuation lines, \t \n \r \f \uXXXX and \x for any x. Bytes
 * that are valid UTF-8 are read as UTF-8 (a byte order mark is skipped), others as ISO-8859-1. Not
 * thread-safe. */
#ifndef LC_JAVA_PROPERTIES_H
#define LC_JAVA_PROPERTIES_H

#include <stddef.h>
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/text.h"

typedef struct lc_property {
    lc_text key;   /* UTF-8, also NUL-terminated */
    lc_text value; /* trailing blanks are kept, as Java does; "" when there is none */
    int line;      /* where it starts, from 1 */
} lc_property;

enum { LC_PROPERTIES_MAX = 16 << 20 };

/* In file order. A key that comes again keeps its first place and takes the last value and line. A zeroed
 * one is empty and valid. */
typedef struct lc_properties {
    lc_property *items;
    size_t count;
    size_t cap;
    lc_arena texts;
} lc_properties;

/* Reads `text` into *ret, which must be empty. LC_E_ILLEGAL_ARGUMENT for a malformed \u escape: the message
 * names `source` (a file name, or any word for it) and the line. */
lc_error *lc_properties_parse(lc_text text, const char *source, lc_properties *ret) LC_RESULT;
/* The same from a file. LC_E_IO when it can't be read or is larger than LC_PROPERTIES_MAX bytes. */
lc_error *lc_properties_read(const char *path, lc_properties *ret) LC_RESULT;
/* The value, or NULL. NUL-terminated; lives as long as `properties`. */
const char *lc_properties_get(const lc_properties *properties, const char *key);
/* All of them as a new configuration. */
lc_props *lc_properties_to_props(const lc_properties *properties);
void lc_properties_done(lc_properties *properties);
LC_DEFINE_AUTO(lc_properties, lc_properties_done)

#endif
