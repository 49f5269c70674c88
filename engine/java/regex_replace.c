#include "java/regex.h"

/* Matcher.appendReplacement. */
typedef struct expansion {
    const lc_regex *regex;
    lc_text text; /* the replacement */
    size_t at;
    lc_buf *out;
} expansion;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static lc_error *bad(const char *message)
{
    return lc_fail(LC_E_ILLEGAL_ARGUMENT, "%s", message);
}

/* ${name} behind "{" */
static lc_error *read_name(expansion *e, size_t *ret_group)
{
    size_t start = e->at;
    while (e->at < e->text.len && is_name_char(e->text.data[e->at])) e->at++;
    lc_text name = {e->text.data + start, e->at - start};
    if (!name.len) return bad("named capturing group has 0 length name");
    if (e->at >= e->text.len || e->text.data[e->at] != '}')
        return bad("named capturing group is missing trailing '}'");
    e->at++;
    if (is_digit(name.data[0]))
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "capturing group name {%.*s} starts with digit character",
                       (int)name.len, name.data);
    if (lc_regex_name_group(e->regex, name, ret_group)) return NULL;
    return lc_fail(LC_E_ILLEGAL_ARGUMENT, "No group with name {%.*s}", (int)name.len, name.data);
}

/* $n: the first digit counts in any case, further ones as long as there is such a group. */
static lc_error *read_number(expansion *e, size_t *ret_group)
{
    size_t count = lc_regex_group_count(e->regex);
    if (!is_digit(e->text.data[e->at])) return bad("Illegal group reference");
    size_t group = (size_t)(e->text.data[e->at++] - '0');
    while (e->at < e->text.len && is_digit(e->text.data[e->at])) {
        size_t longer = group * 10 + (size_t)(e->text.data[e->at] - '0');
        if (longer > count) break;
        group = longer;
        e->at++;
    }
    *ret_group = group;
    return group <= count ? NULL : lc_fail(LC_E_INDEX, "No group %zu", group);
}

static lc_error *expand_group(expansion *e)
{
    size_t group;
    if (e->at >= e->text.len) return bad("Illegal group reference: group index is missing");
    if (e->text.data[e->at] == '{') {
        e->at++;
        LC_TRY(read_name(e, &group));
    } else {
        LC_TRY(read_number(e, &group));
    }
    lc_text text = lc_regex_group(e->regex, group);
    lc_buf_add(e->out, text.data, text.len);
    return NULL;
}

static lc_error *expand_replacement(const lc_regex *regex, lc_text replacement, lc_buf *out)
{
    expansion e = {regex, replacement, 0, out};
    while (e.at < replacement.len) {
        char c = replacement.data[e.at++];
        if (c == '$') {
            LC_TRY(expand_group(&e));
            continue;
        }
        if (c == '\\') {
            if (e.at >= replacement.len) return bad("character to be escaped is missing");
            c = replacement.data[e.at++];
        }
        lc_buf_put(out, c);
    }
    return NULL;
}

/* Appends what stands before the match and what replaces it; moves `*done` behind the match. */
static lc_error *replace_match(lc_regex *regex, lc_text subject, lc_text replacement, size_t *done,
                               lc_buf *out)
{
    lc_text all = lc_regex_group(regex, 0);
    size_t start = (size_t)(all.data - subject.data);
    lc_buf_add(out, subject.data + *done, start - *done);
    *done = start + all.len;
    return expand_replacement(regex, replacement, out);
}

static lc_error *replace(lc_regex *regex, lc_text subject, lc_text replacement, bool all, lc_buf *out)
{
    size_t done = 0;
    bool found;
    LC_TRY(lc_regex_find(regex, subject, 0, &found));
    while (found) {
        LC_TRY(replace_match(regex, subject, replacement, &done, out));
        if (!all) break;
        LC_TRY(lc_regex_find(regex, subject, lc_regex_next(regex), &found));
    }
    lc_buf_add(out, subject.data + done, subject.len - done);
    return NULL;
}

static lc_error *replace_or_restore(lc_regex *regex, lc_text subject, lc_text replacement, bool all,
                                    lc_buf *out)
{
    size_t len = out->len;
    if (!subject.data) subject = LC_TEXT("");
    lc_error *error = replace(regex, subject, replacement, all, out);
    if (error && out->data) {
        out->len = len;
        out->data[len] = '\0';
    }
    return error;
}

lc_error *lc_regex_replace_first(lc_regex *regex, lc_text subject, lc_text replacement, lc_buf *out)
{
    return replace_or_restore(regex, subject, replacement, false, out);
}

lc_error *lc_regex_replace_all(lc_regex *regex, lc_text subject, lc_text replacement, lc_buf *out)
{
    return replace_or_restore(regex, subject, replacement, true, out);
}
