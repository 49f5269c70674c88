/* java.util.regex on PCRE2: Java's dialect, Java's matching and Java's replacement texts.
 *
 *   lc_autoptr(lc_regex) regex = NULL;
 *   bool matched;
 *   LC_TRY(lc_regex_new(LC_TEXT("(.*)-v\\d+"), &regex));
 *   LC_TRY(lc_regex_matches(regex, topic, &matched));
 *   if (matched) LC_TRY(lc_regex_replace_first(regex, topic, LC_TEXT("$1"), &out));
 *
 * Pattern and subject are UTF-8. Flags are off at first (case counts, ^ and $ look at the whole text); a
 * pattern turns them on with (?i) and so on. An object holds the groups of its last match, so it belongs to
 * one thread at a time. Matching takes no memory in the usual case. A match that backtracks without end is
 * cut off by a limit and gives LC_E_LIMIT, where Java would hang or overflow its stack; a subject that is not
 * UTF-8 never matches. */
#ifndef LC_JAVA_REGEX_H
#define LC_JAVA_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

typedef struct lc_regex lc_regex;

/* Compiles. LC_E_ILLEGAL_ARGUMENT (PatternSyntaxException is one) with a message in Java's form:
 * "Unclosed group near index 3\n(ab". */
lc_error *lc_regex_new(lc_text pattern, lc_regex **ret_regex) LC_RESULT;
void lc_regex_free(lc_regex *regex); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_regex, lc_regex_free)

lc_text lc_regex_pattern(const lc_regex *regex); /* as it was given */
size_t lc_regex_group_count(const lc_regex *regex);

/* Matcher.matches(): does the whole subject match? The subject must live as long as groups are asked for. */
lc_error *lc_regex_matches(lc_regex *regex, lc_text subject, bool *ret_matched) LC_RESULT;

/* Matcher.find(): is there a match at byte `from` or later? `from` is 0 or lc_regex_next() of the match
 * before. */
lc_error *lc_regex_find(lc_regex *regex, lc_text subject, size_t from, bool *ret_found) LC_RESULT;
/* From now on `go_on` is asked, often, whether a search may last longer; false ends it with LC_E_LIMIT. */
void lc_regex_set_patience(lc_regex *regex, bool (*go_on)(void *context), void *context);
size_t lc_regex_next(const lc_regex *regex); /* past subject.len: there can't be another match */

/* A group of the last successful match, borrowed from its subject; 0 is the whole match. data is NULL when
 * the group took no part or doesn't exist. */
lc_text lc_regex_group(const lc_regex *regex, size_t number);
lc_text lc_regex_group_named(const lc_regex *regex, lc_text name);
/* The number of a named group; false when the pattern names none so. */
bool lc_regex_name_group(const lc_regex *regex, lc_text name, size_t *ret_number);

/* Matcher.replaceFirst and replaceAll: append the whole result to `out` (the subject itself when nothing
 * matches). `replacement` is Java's: $1 takes as many digits as still name a group, ${name}, \ takes the next
 * character as it is. Errors appear only when there is a match, as in Java: LC_E_INDEX "No group 3",
 * LC_E_ILLEGAL_ARGUMENT "Illegal group reference", "No group with name {x}", "character to be escaped is
 * missing". `out` is then left as it was. */
lc_error *lc_regex_replace_first(lc_regex *regex, lc_text subject, lc_text replacement,
                                 lc_buf *out) LC_RESULT;
lc_error *lc_regex_replace_all(lc_regex *regex, lc_text subject, lc_text replacement, lc_buf *out) LC_RESULT;

#endif
