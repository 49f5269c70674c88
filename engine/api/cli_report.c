/* Failures of a trial for a person: what, where, the line itself, the limit, the record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli_trial.h"
#include "base/file.h"

enum { LONGEST_VALUE = 300, LARGEST_SOURCE = 1 << 20 };

/* Text of a script for a terminal: control characters as \\x1b. */
static void print_text(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) fprintf(stderr, "\\x%02x", c);
        else putc(c, stderr);
    }
}

bool lc_trial_is_limit(const lc_error *error)
{
    for (; error; error = lc_error_cause(error))
        if (lc_error_code(error) == LC_E_LIMIT) return true;
    return false;
}

static size_t name_len(const char *where)
{
    const char *colon = where ? strrchr(where, ':') : NULL;
    return colon ? (size_t)(colon - where) : 0;
}

/* The line that `where` ("file.lua:12") names, of a file beside the script. */
static void print_line(const char *path, const char *where)
{
    const char *slash = strrchr(path, '/');
    size_t len = name_len(where);
    int line = len ? atoi(where + len + 1) : 0;
    lc_auto(lc_buf) file = {0};
    lc_auto(lc_buf) text = {0};
    if (line < 1) return;
    lc_buf_printf(&file, "%.*s%.*s", slash ? (int)(slash - path) + 1 : 0, path, (int)len, where);
    lc_autoptr(lc_error) unreadable = lc_file_read(file.data, LARGEST_SOURCE, &text);
    const char *at = unreadable || !text.data ? NULL : text.data;
    for (int i = 1; at && i < line; i++) {
        at = strchr(at, '\n');
        if (at) at++;
    }
    if (at) fprintf(stderr, "  %5d | %.*s\n", line, (int)strcspn(at, "\r\n"), at);
}

/* The deepest error that says where it happened. */
static const lc_error *place_of(const lc_error *error)
{
    const lc_error *found = NULL;
    for (; error; error = lc_error_cause(error))
        if (lc_error_where(error)) found = error;
    return found;
}

static const lc_error *root_of(const lc_error *error)
{
    while (lc_error_cause(error)) error = lc_error_cause(error);
    return error;
}

static void print_limit(const lc_trial *t, const lc_error *error)
{
    const char *text = lc_error_message(root_of(error));
    if (strstr(text, "memory"))
        fprintf(stderr, "  limit: script.memory.bytes=%zu\n", t->limits.memory_bytes);
    else if (strstr(text, "script.timeout.ms"))
        fprintf(stderr, "  limit: script.timeout.ms=%lld\n", (long long)t->limits.timeout_ms);
}

static void print_record(const lc_record *record, int64_t number)
{
    lc_auto(lc_buf) value = {0};
    fprintf(stderr, "  record %lld: topic %.*s", (long long)number, (int)record->topic_len,
            record->topic ? record->topic : "");
    if (record->has_partition) fprintf(stderr, ", partition %d", record->partition);
    if (record->has_offset) fprintf(stderr, ", offset %lld", (long long)record->offset);
    lc_value_to_text_cut(&value, &record->value, LONGEST_VALUE);
    fputs(", value ", stderr);
    print_text(value.data ? value.data : "null");
    putc('\n', stderr);
}

void lc_trial_report(const lc_trial *t, const char *path, const lc_error *error, const lc_record *record,
                     int64_t number)
{
    const lc_error *place = place_of(error);
    const char *where = place ? lc_error_where(place) : NULL, *text = lc_error_message(error);
    bool told = where && strstr(text, where);
    fprintf(stderr, "luaconnect: %s%s", where && !told ? where : "", where && !told ? ": " : "");
    print_text(lc_error_has_message(error) ? text : lc_error_java_class(error));
    putc('\n', stderr);
    if (where) print_line(path, where);
    if (lc_trial_is_limit(error)) print_limit(t, error);
    if (record) print_record(record, number);
    const char *trace = place ? lc_error_trace(place) : NULL;
    if (trace && strchr(trace, '\n')) fprintf(stderr, "  called from:\n%s\n", trace);
}
