/* A pattern, a newline, a replacement, a newline, then a subject: compiled, matched, found and replaced. A
 * match of the whole subject must be found too, and every group must lie within the subject. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "java/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static lc_text take_line(lc_text *rest)
{
    const char *newline = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    size_t len = newline ? (size_t)(newline - rest->data) : rest->len;
    lc_text line = {rest->data, len};
    rest->data += len + (newline != NULL);
    rest->len -= len + (newline != NULL);
    return line;
}

static void check_groups(const lc_regex *regex, lc_text subject)
{
    for (size_t i = 0; i <= lc_regex_group_count(regex); i++) {
        lc_text group = lc_regex_group(regex, i);
        if (!group.data || !subject.data) continue;
        if (group.data < subject.data || group.data + group.len > subject.data + subject.len) abort();
    }
}

static lc_error *exercise(lc_regex *regex, lc_text subject, lc_text replacement)
{
    bool matched, found;
    LC_TRY(lc_regex_matches(regex, subject, &matched));
    if (matched) check_groups(regex, subject);
    LC_TRY(lc_regex_find(regex, subject, 0, &found));
    if (found) check_groups(regex, subject);
    if (matched && !found) abort();
    lc_auto(lc_buf) out = {0};
    LC_TRY(lc_regex_replace_first(regex, subject, replacement, &out));
    return lc_regex_replace_all(regex, subject, replacement, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lc_text rest = {size ? (const char *)data : "", size};
    lc_text pattern = take_line(&rest), replacement = take_line(&rest);
    lc_autoptr(lc_regex) regex = NULL;
    lc_autoptr(lc_error) error = lc_regex_new(pattern, &regex);
    if (!error) error = exercise(regex, rest, replacement);
    return 0;
}
