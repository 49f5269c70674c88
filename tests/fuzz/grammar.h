/* Scripts from bytes: each byte picks the production of a grammar, so that what mutates the bytes mutates the
 * script. The scripts are valid Lua nearly always; what they do is up to chance. */
#ifndef LC_TESTS_GRAMMAR_H
#define LC_TESTS_GRAMMAR_H

#include <stddef.h>

#include "base/buf.h"

typedef enum grammar_kind { GRAMMAR_TRANSFORM, GRAMMAR_SOURCE, GRAMMAR_SINK, GRAMMAR_KINDS } grammar_kind;

/* Appends a script of that kind to `out`; short ones when there are few bytes. */
void grammar_write(grammar_kind kind, const unsigned char *bytes, size_t len, lc_buf *out);

#endif
