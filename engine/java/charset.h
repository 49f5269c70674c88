/* Java charsets: bytes of a named charset to UTF-8 text and back, with Java's replacement rules.
 *
 * Text inside the engine is UTF-8. A lone UTF-16 surrogate of a Java string stands in it as its own three
 * bytes (ED A0 80 … ED BF BF). UTF-8, US-ASCII, ISO-8859-1 and the UTF-16 and UTF-32 families are built
 * in; others go through iconv. An lc_charset belongs to one thread at a time; the lc_utf8_ functions are
 * pure. */
#ifndef LC_JAVA_CHARSET_H
#define LC_JAVA_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

typedef struct lc_charset lc_charset;

/* Opens a charset by Java name or alias, any case ("UTF8", "latin1", "Cp1252"). An unknown name is
 * LC_E_ILLEGAL_ARGUMENT with the name as message (UnsupportedCharsetException). */
lc_error *lc_charset_open(const char *name, lc_charset **ret) LC_RESULT;
void lc_charset_close(lc_charset *charset); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_charset, lc_charset_close)
const char *lc_charset_name(const lc_charset *charset); /* canonical: "UTF-8" */
bool lc_charset_is_utf8(const lc_charset *charset);

/* new String(bytes, charset): malformed input becomes U+FFFD. The result is in `arena`, or `bytes` itself
 * when they are valid UTF-8 already (then not NUL-terminated). */
lc_text lc_charset_decode(lc_charset *charset, lc_arena *arena, lc_text bytes);
/* String.getBytes(charset): what the charset lacks becomes its '?'. The result is in `arena`, or `text`
 * itself where its bytes are the answer. */
lc_text lc_charset_encode(lc_charset *charset, lc_arena *arena, lc_text text);

/* The two above for UTF-8, without a charset object. */
lc_text lc_utf8_decode(lc_arena *arena, lc_text bytes);
lc_text lc_utf8_encode(lc_arena *arena, lc_text text);

/* Writes the UTF-8 bytes of a code point (a surrogate as its three bytes); returns how many, 1 to 4. */
size_t lc_utf8_put(uint32_t code_point, char *out);
/* The code point at `p`, which holds valid text (lone surrogates allowed); *ret_len is its length. */
uint32_t lc_utf8_get(const char *p, size_t *ret_len);
/* String.length(): UTF-16 units of valid text. */
size_t lc_utf8_utf16_len(lc_text text);

#endif
