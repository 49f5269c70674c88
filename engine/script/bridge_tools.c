#include "java/base64.h"
#include "java/regex.h"
#include "script/bridge.h"

static int failed(lc_frame *frame, lc_error *error)
{
    (void)lc_state_fail(lc_frame_state(frame), error);
    return -1;
}

lc_regex *lc_tool_regex_new(lc_frame *frame, const char *pattern, size_t len)
{
    lc_regex *regex = NULL;
    lc_error *error = lc_regex_new((lc_text){pattern, len}, &regex);
    if (error) (void)failed(frame, error);
    else lc_regex_set_patience(regex, lc_state_may_go_on, lc_frame_state(frame));
    return error ? NULL : regex;
}

int lc_tool_regex_matches(lc_frame *frame, lc_regex *regex, const char *text, size_t len)
{
    bool matched;
    lc_error *error = lc_regex_matches(regex, (lc_text){text, len}, &matched);
    return error ? failed(frame, error) : matched;
}

int lc_tool_regex_find(lc_frame *frame, lc_regex *regex, const char *text, size_t len)
{
    bool found;
    lc_error *error = lc_regex_find(regex, (lc_text){text, len}, 0, &found);
    return error ? failed(frame, error) : found;
}

int lc_tool_regex_find_from(lc_frame *frame, lc_regex *regex, const char *text, size_t len, size_t from)
{
    bool found;
    lc_error *error = lc_regex_find(regex, (lc_text){text, len}, from, &found);
    if (error) return failed(frame, error);
    if (!found) return 0;
    lc_text match = lc_regex_group(regex, 0);
    frame->a.u.i = match.data - text;
    frame->b.u.i = frame->a.u.i + (int64_t)match.len;
    frame->number = (double)lc_regex_next(regex);
    return 1;
}

int lc_tool_regex_name(lc_regex *regex, const char *name, size_t len)
{
    size_t number;
    return lc_regex_name_group(regex, (lc_text){name, len}, &number) ? (int)number : -1;
}

/* 1: frame->text has it; 0: it took no part; -1: there is no such group. */
int lc_tool_regex_group(lc_frame *frame, lc_regex *regex, uint32_t group)
{
    if (group > lc_regex_group_count(regex)) return -1;
    lc_text text = lc_regex_group(regex, group);
    lc_frame_text(frame, text.data, text.len);
    return text.data != NULL;
}

int lc_tool_regex_replace(lc_frame *frame, lc_regex *regex, int all)
{
    lc_buf *out = &lc_frame_state(frame)->text;
    lc_text subject = {frame->a.u.s, frame->a.len}, replacement = {frame->b.u.s, frame->b.len};
    lc_buf_reset(out);
    lc_error *error = all ? lc_regex_replace_all(regex, subject, replacement, out)
                          : lc_regex_replace_first(regex, subject, replacement, out);
    if (error) return failed(frame, error);
    lc_frame_text(frame, out->data ? out->data : "", out->len);
    return 0;
}

int lc_tool_base64(lc_frame *frame, const char *text, size_t len, int decode)
{
    lc_buf *out = &lc_frame_state(frame)->text;
    lc_buf_reset(out);
    size_t made = lc_base64_text_len(len);
    lc_buf_reserve(out, decode ? lc_base64_bytes_max(len) : made);
    if (!decode) lc_base64_encode(text, len, out->data);
    else if (!lc_base64_decode(LC_BASE64_BASIC, (lc_text){text, len}, (uint8_t *)out->data, &made)) return 1;
    lc_frame_text(frame, out->data, made);
    return 0;
}
