/* JSON trees for REST and configurations. Not for record data: convert/ has its own reader and writer.
 *
 *   lc_json *body;
 *   LC_TRY(lc_json_parse(text, len, 0, &body));
 *   const char *name = lc_json_string(lc_json_get(body, "name"));
 *
 * Objects keep insertion order. Numbers keep the text they were written with, so 1.50, 1e3 and integers
 * beyond 64 bits survive. Getters accept NULL and values of another type and then answer "no": a chain of
 * lc_json_get needs one check at its end. One thread at a time. */
#ifndef LC_BASE_JSON_H
#define LC_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/text.h"

typedef enum lc_json_kind {
    LC_JSON_NULL,
    LC_JSON_BOOL,
    LC_JSON_INT,    /* a number without fraction and exponent that fits int64 */
    LC_JSON_NUMBER, /* any other number */
    LC_JSON_STRING,
    LC_JSON_ARRAY,
    LC_JSON_OBJECT
} lc_json_kind;

typedef struct lc_json lc_json;

enum {
    LC_JSON_UNIQUE_KEYS = 1, /* a key given twice is an error; otherwise the last one wins */
    LC_JSON_MAX_DEPTH = 200
};

/* Reads one value with only white space around it (RFC 8259). Errors are LC_E_BAD_REQUEST and name line and
 * column, both from 1: "Unexpected character 'x' at line 2, column 5". The input needs no NUL at its end
 * and must be UTF-8. */
lc_error *lc_json_parse(const char *text, size_t len, unsigned flags, lc_json **ret_value) LC_RESULT;
void lc_json_free(lc_json *value); /* with all inside; accepts NULL */
LC_DEFINE_AUTOPTR(lc_json, lc_json_free)
lc_json *lc_json_copy(const lc_json *value);
bool lc_json_equal(const lc_json *a, const lc_json *b); /* member order doesn't matter, number text does */

lc_json_kind lc_json_kind_of(const lc_json *value);    /* NULL counts as null */
const char *lc_json_kind_name(const lc_json *value);   /* "object", "string", … */
bool lc_json_is(const lc_json *value, lc_json_kind kind);
bool lc_json_bool(const lc_json *value, bool fallback);
bool lc_json_int(const lc_json *value, int64_t *ret_number);   /* false: no LC_JSON_INT */
bool lc_json_double(const lc_json *value, double *ret_number); /* any number */
const char *lc_json_string(const lc_json *value);      /* NULL: no string */
lc_text lc_json_text(const lc_json *value);            /* string, number or boolean as text; else data NULL */

size_t lc_json_count(const lc_json *value);                      /* items or members */
lc_json *lc_json_at(const lc_json *array, size_t at);            /* item or member value; NULL: none */
lc_json *lc_json_get(const lc_json *object, const char *key);    /* NULL: none */
const char *lc_json_key_at(const lc_json *object, size_t at);
lc_text lc_json_key_text_at(const lc_json *object, size_t at);

lc_json *lc_json_new_object(void);
lc_json *lc_json_new_array(void);
lc_json *lc_json_new_null(void);
lc_json *lc_json_new_bool(bool value);
lc_json *lc_json_new_int(int64_t value);
lc_json *lc_json_new_number(lc_text text);             /* the text of a JSON number, kept as it is */
lc_json *lc_json_new_double(double value);             /* NaN and infinities become null */
lc_json *lc_json_new_string(const char *text);         /* NULL becomes null */
lc_json *lc_json_new_text(lc_text text);               /* data NULL becomes null */
lc_json *lc_json_new_props(const lc_props *props);     /* an object of strings and nulls */

/* `value` belongs to the container from now on (NULL adds null) and is returned. */
lc_json *lc_json_add(lc_json *array, lc_json *value);
lc_json *lc_json_set(lc_json *object, const char *key, lc_json *value); /* replaces in place */
lc_json *lc_json_set_at(lc_json *object, lc_text key, lc_json *value);
void lc_json_set_string(lc_json *object, const char *key, const char *text);
void lc_json_set_int(lc_json *object, const char *key, int64_t value);
void lc_json_set_bool(lc_json *object, const char *key, bool value);
bool lc_json_remove(lc_json *object, const char *key);

/* An object as a configuration: numbers and booleans become their text, as Jackson does for
 * Map<String, String>; LC_E_BAD_REQUEST for nested values or when it is no object. */
lc_error *lc_json_to_props(const lc_json *object, lc_props **ret_props) LC_RESULT;

/* Appends compact UTF-8; members in insertion order. */
void lc_json_dump(const lc_json *value, lc_buf *into);

/* Stand-alone output for hand-written documents: the text as inside of / with its quotes. Escapes `"`, `\`
 * and control characters as Jackson does, and U+007F to U+009F, which terminals act on; bytes that are no
 * UTF-8 become U+FFFD. */
void lc_json_escape(lc_buf *into, const char *text, size_t len);
void lc_json_quote(lc_buf *into, const char *text, size_t len);
void lc_json_quote_text(lc_buf *into, const char *text); /* NULL writes null */

#endif
