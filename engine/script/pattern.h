/* Lua's patterns with a bound on the time a match may take. Private to this folder.
 *
 * Same language as string.find of Lua 5.1 (classes, sets, - * + ?, captures, %b, %f, back references), but
 * the matcher counts its steps and asks from time to time whether it should go on, and it nests to a fixed
 * depth. */
#ifndef LC_SCRIPT_PATTERN_H
#define LC_SCRIPT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include "base/text.h"

enum { LC_PATTERN_CAPTURES = 32 };

typedef struct lc_capture {
    const char *at;
    ptrdiff_t len; /* < 0: open, or a position */
} lc_capture;

typedef struct lc_match {
    lc_text subject, pattern;
    bool (*go_on)(void *context); /* asked every few thousand steps; false ends the match */
    void *context;
    size_t steps, asked_at; /* spent so far; when go_on was asked last */
    int depth;
    int count; /* captures */
    lc_capture captures[LC_PATTERN_CAPTURES];
    const char *problem; /* why the pattern is wrong or the match was given up; NULL: neither */
} lc_match;

/* The first match at byte `from` of the subject or later; false when there is none or there is a problem.
 * An anchored pattern (^) is tried at `from` alone. */
bool lc_pattern_find(lc_match *match, size_t from, size_t *ret_start, size_t *ret_end);
/* A capture is a position, () in the pattern. */
bool lc_capture_is_position(const lc_capture *capture);

#endif
