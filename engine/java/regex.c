#define PCRE2_CODE_UNIT_WIDTH 8
#include "java/regex.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/memory.h"
#include "java/regex_node.h"

/* Enough for any sane match, over within about a tenth of a second for the others. */
enum { MATCH_LIMIT = 3000000, HEAP_LIMIT_KIB = 64 * 1024, NEST_LIMIT = 5000 };
enum { PIECE_WORK = 1 << 24, PIECE_LEAST = 16 };
enum { JIT_STACK_START = 32 * 1024, JIT_STACK_LARGEST = 1024 * 1024 };

typedef struct group_name {
    char *name;
    size_t group;
} group_name;

struct lc_regex {
    char *pattern;
    size_t pattern_len;
    pcre2_code *whole;  /* anchored at both ends, for matches() */
    pcre2_code *search; /* for find() */
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack; /* taken when the thread's own stack was too small once */
    size_t group_count;
    group_name *names;
    size_t name_count;
    lc_text subject;              /* of the last successful match; data NULL: there was none */
    bool (*go_on)(void *context); /* NULL: searches may last */
    void *patience;
};

void lc_regex_free(lc_regex *regex)
{
    if (!regex) return;
    pcre2_code_free(regex->whole);
    pcre2_code_free(regex->search);
    pcre2_match_data_free(regex->data);
    pcre2_match_context_free(regex->context);
    pcre2_jit_stack_free(regex->stack);
    for (size_t i = 0; i < regex->name_count; i++) free(regex->names[i].name);
    free(regex->names);
    free(regex->pattern);
    free(regex);
}

static lc_error *compile(const lc_buf *text, uint32_t options, pcre2_code **ret_code)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_set_parens_nest_limit(context, NEST_LIMIT);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    int error;
    PCRE2_SIZE offset;
    options |= PCRE2_UTF | PCRE2_DOTALL | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_UTF_CHECK;
    *ret_code = pcre2_compile((PCRE2_SPTR)text->data, text->len, options, &error, &offset, context);
    pcre2_compile_context_free(context);
    if (!*ret_code) {
        char message[200];
        pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof message);
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Pattern is not supported: %s", message);
    }
    pcre2_jit_compile(*ret_code, PCRE2_JIT_COMPLETE); /* without JIT the interpreter does it */
    return NULL;
}

static void copy_names(lc_regex *regex, const lc_regex_name *names)
{
    for (const lc_regex_name *name = names; name; name = name->next) regex->name_count++;
    if (!regex->name_count) return;
    regex->names = lc_alloc(regex->name_count * sizeof *regex->names);
    for (size_t i = 0; names; names = names->next, i++)
        regex->names[i] = (group_name){lc_strndup(names->name.data, names->name.len), (size_t)names->group};
}

static lc_error *translate(lc_regex *regex, lc_text pattern, lc_buf *ret_text)
{
    lc_auto(lc_regex_parser) parser = {0};
    const lc_regex_node *root;
    LC_TRY(lc_regex_parse(pattern, &parser, &root));
    LC_TRY(lc_regex_emit(&parser, root, ret_text));
    lc_buf_add(ret_text, "", 0);
    regex->group_count = (size_t)parser.groups;
    copy_names(regex, parser.names);
    return NULL;
}

lc_error *lc_regex_new(lc_text pattern, lc_regex **ret_regex)
{
    lc_autoptr(lc_regex) regex = lc_alloc(sizeof *regex);
    lc_auto(lc_buf) text = {0};
    LC_TRY(translate(regex, pattern, &text));
    LC_TRY(compile(&text, PCRE2_ANCHORED | PCRE2_ENDANCHORED, &regex->whole));
    LC_TRY(compile(&text, PCRE2_USE_OFFSET_LIMIT, &regex->search));
    regex->pattern = lc_strndup(pattern.data, pattern.len);
    regex->pattern_len = pattern.len;
    regex->data = pcre2_match_data_create_from_pattern(regex->search, NULL);
    regex->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(regex->context, MATCH_LIMIT);
    pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KIB);
    *ret_regex = lc_steal(regex);
    return NULL;
}

lc_text lc_regex_pattern(const lc_regex *regex)
{
    return (lc_text){regex->pattern, regex->pattern_len};
}

size_t lc_regex_group_count(const lc_regex *regex)
{
    return regex->group_count;
}

static int match_once(lc_regex *regex, const pcre2_code *code, lc_text subject, size_t from, uint32_t options)
{
    PCRE2_SPTR text = (PCRE2_SPTR)(subject.data ? subject.data : "");
    /* Behind a match the text is known to be good. */
    if (from > 0 && regex->subject.data == subject.data && regex->subject.len == subject.len)
        options |= PCRE2_NO_UTF_CHECK;
    return pcre2_match(code, text, subject.len, from, options, regex->data, regex->context);
}

/* Compiled code runs on the thread's stack first, then on a larger one of its own, then is interpreted. */
static int match(lc_regex *regex, const pcre2_code *code, lc_text subject, size_t from, uint32_t options)
{
    int result = match_once(regex, code, subject, from, options);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT && !regex->stack) {
        regex->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_LARGEST, NULL);
        if (regex->stack) pcre2_jit_stack_assign(regex->context, NULL, regex->stack);
        result = match_once(regex, code, subject, from, options);
    }
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
        result = match_once(regex, code, subject, from, options | PCRE2_NO_JIT);
    return result;
}

static bool is_no_match(int result)
{
    return result == PCRE2_ERROR_NOMATCH ||
           (result <= PCRE2_ERROR_UTF8_ERR1 && result >= PCRE2_ERROR_UTF8_ERR21);
}

/* Places where a match may start that are looked at in one go: each may cost a look at the whole text. */
static size_t piece_of(size_t len)
{
    size_t piece = PIECE_WORK / (len + 1);
    return piece < PIECE_LEAST ? PIECE_LEAST : piece;
}

/* Piece by piece, so that somebody may end it. */
static int search(lc_regex *regex, lc_text subject, size_t from)
{
    int result;
    uint32_t options = 0;
    size_t piece = piece_of(subject.len);
    for (;;) {
        bool is_last = !regex->go_on || from > subject.len || subject.len - from <= piece;
        pcre2_set_offset_limit(regex->context, is_last ? PCRE2_UNSET : from + piece);
        result = match(regex, regex->search, subject, from, options);
        if (regex->go_on && !regex->go_on(regex->patience)) result = PCRE2_ERROR_MATCHLIMIT;
        if (result != PCRE2_ERROR_NOMATCH || is_last) break;
        options = PCRE2_NO_UTF_CHECK;
        for (from += piece + 1; from < subject.len && (subject.data[from] & 0xc0) == 0x80;) from++;
    }
    pcre2_set_offset_limit(regex->context, PCRE2_UNSET);
    return result;
}

void lc_regex_set_patience(lc_regex *regex, bool (*go_on)(void *context), void *context)
{
    regex->go_on = go_on;
    regex->patience = context;
}

static lc_error *run(lc_regex *regex, const pcre2_code *code, lc_text subject, size_t from, bool *ret_matched)
{
    int result = code == regex->search ? search(regex, subject, from) : match(regex, code, subject, from, 0);
    *ret_matched = result >= 0;
    regex->subject = (lc_text){NULL, 0};
    if (result >= 0) regex->subject = (lc_text){subject.data ? subject.data : "", subject.len};
    if (result >= 0 || is_no_match(result)) return NULL;
    char message[200];
    pcre2_get_error_message(result, (PCRE2_UCHAR *)message, sizeof message);
    return lc_fail(LC_E_LIMIT, "Pattern %s took too long on a text of %zu bytes: %s", regex->pattern,
                   subject.len, message);
}

lc_error *lc_regex_matches(lc_regex *regex, lc_text subject, bool *ret_matched)
{
    return run(regex, regex->whole, subject, 0, ret_matched);
}

lc_error *lc_regex_find(lc_regex *regex, lc_text subject, size_t from, bool *ret_found)
{
    *ret_found = false;
    if (from > subject.len) return NULL;
    return run(regex, regex->search, subject, from, ret_found);
}

lc_text lc_regex_group(const lc_regex *regex, size_t number)
{
    if (!regex->subject.data || number > regex->group_count) return (lc_text){NULL, 0};
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(regex->data) + 2 * number;
    if (span[0] == PCRE2_UNSET) return (lc_text){NULL, 0};
    return (lc_text){regex->subject.data + span[0], span[1] - span[0]};
}

size_t lc_regex_next(const lc_regex *regex)
{
    lc_text all = lc_regex_group(regex, 0);
    if (!all.data) return SIZE_MAX;
    size_t end = (size_t)(all.data - regex->subject.data) + all.len;
    if (all.len > 0) return end;
    for (end++; end < regex->subject.len && (regex->subject.data[end] & 0xc0) == 0x80;) end++;
    return end;
}

bool lc_regex_name_group(const lc_regex *regex, lc_text name, size_t *ret_number)
{
    for (size_t i = 0; i < regex->name_count; i++) {
        if (!lc_text_is(name, regex->names[i].name)) continue;
        *ret_number = regex->names[i].group;
        return true;
    }
    return false;
}

lc_text lc_regex_group_named(const lc_regex *regex, lc_text name)
{
    size_t number;
    if (!lc_regex_name_group(regex, name, &number)) return (lc_text){NULL, 0};
    return lc_regex_group(regex, number);
}
