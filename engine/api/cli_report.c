/* Failures of a trial for a person: what, where, the line itself, the limit, the record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli_trial.h"
#include "base/file.h"
#include "script/place.h"

enum { LONGEST_VALUE = 300, LARGEST_SOURCE = 1 << 20, DEEPEST = 8 };

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

/* "file.lua:12" or "file.lua:12:7": 0 for what isn't known. */
typedef struct position {
    size_t name_len;
    int line, column;
} position;

static position read_place(const char *where)
{
    position at = {0};
    const char *colon = strchr(where, ':');
    if (!colon) return at;
    at.name_len = (size_t)(colon - where);
    at.line = atoi(colon + 1);
    const char *second = strchr(colon + 1, ':');
    if (second) at.column = atoi(second + 1);
    return at;
}

/* Whether the place is in what was typed at a prompt. */
static bool is_typed(const lc_trial *t, const char *where)
{
    return t->typed.data && !strncmp(where, "repl:", 5);
}

/* The text of the file that `where` names, which is beside the script. */
static bool read_file_of(const lc_trial *t, const char *path, const char *where, lc_buf *text)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    lc_auto(lc_buf) file = {0};
    if (is_typed(t, where)) {
        lc_buf_add(text, t->typed.data, t->typed.len);
        return text->data;
    }
    if (!path) return false;
    lc_buf_printf(&file, "%.*s%.*s", slash ? (int)(slash - path) + 1 : 0, path, (int)read_place(where).name_len,
                  where);
    lc_autoptr(lc_error) unreadable = lc_file_read(file.data, LARGEST_SOURCE, text);
    return !unreadable && text->data;
}

/* "… near 'x'": where the last x of a line is. */
static int column_near(const char *line, int len, const char *message)
{
    const char *near = strstr(message, "near '"), *last = NULL;
    size_t word = near ? strcspn(near + 6, "'") : 0;
    for (const char *at = line; word && at + word <= line + len; at++)
        if (!memcmp(at, near + 6, word)) last = at;
    return last ? (int)(last - line) + 1 : 0;
}

/* The line that `where` names, and below it a mark at the column. */
static void print_line(const lc_trial *t, const char *path, const char *where, const char *message)
{
    position place = read_place(where);
    lc_auto(lc_buf) text = {0};
    if (place.line < 1 || !read_file_of(t, path, where, &text)) return;
    const char *at = text.data;
    for (int i = 1; at && i < place.line; i++) {
        at = strchr(at, '\n');
        if (at) at++;
    }
    if (!at) return;
    int len = (int)strcspn(at, "\r\n");
    if (is_typed(t, where)) place.column = (int)lc_place_column(t->typed, place.line, lc_text_of(message));
    if (is_typed(t, where) && !place.column) place.column = column_near(at, len, message);
    fprintf(stderr, "  %5d | %.*s\n", place.line, len, at);
    if (place.column < 1 || place.column > len) return;
    fputs("        | ", stderr);
    for (int i = 0; i < place.column - 1; i++) putc(at[i] == '\t' ? '\t' : ' ', stderr);
    fputs("^\n", stderr);
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
    else if (strstr(text, "script.output.records"))
        fprintf(stderr, "  limit: script.output.records=%u\n", t->output_records);
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

static void add_names(const lc_value *value, lc_strings *names, int depth)
{
    bool is_object = value->kind == LC_STRUCT || (value->kind == LC_MAP && value->flags & LC_V_OBJECT);
    if (!is_object || depth > DEEPEST) return;
    const lc_object *object = value->u.object;
    for (uint32_t i = 0; i < object->shape->count; i++) {
        lc_auto(lc_buf) name = {0};
        lc_buf_add(&name, object->shape->names[i].text, object->shape->names[i].len);
        if (name.data && !lc_strings_has(names, name.data)) lc_strings_add(names, name.data);
        add_names(&object->slots[i], names, depth + 1);
    }
}

/* A field that was nil, and has nearly the name of one that the record has. */
static void print_suggestion(const lc_error *error, const lc_record *record)
{
    static const char start[] = "field '";
    const char *text = lc_error_message(root_of(error)), *found = text ? strstr(text, start) : NULL;
    if (!found || strncmp(text, "attempt to ", 11) != 0) return;
    lc_auto(lc_buf) name = {0};
    lc_auto(lc_strings) names = {0};
    found += strlen(start);
    lc_buf_add(&name, found, strcspn(found, "'"));
    add_names(&record->value, &names, 0);
    add_names(&record->key, &names, 0);
    if (!name.data || lc_strings_has(&names, name.data)) return;
    const char *near = lc_nearest(name.data, (const char *const *)names.items, names.count);
    if (near) fprintf(stderr, "  the record has no field '%s': did you mean '%s'?\n", name.data, near);
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
    if (where) print_line(t, path, where, text ? text : "");
    if (lc_trial_is_limit(error)) print_limit(t, error);
    if (record) print_suggestion(error, record);
    if (record) print_record(record, number);
    const char *trace = place ? lc_error_trace(place) : NULL;
    if (trace && strchr(trace, '\n')) fprintf(stderr, "  called from:\n%s\n", trace);
}
