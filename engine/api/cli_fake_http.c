#include "api/cli_fake_http.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/memory.h"

static void note_header(lc_json *headers, const char *line)
{
    const char *end = strpbrk(line, ":;"), *value = end && *end == ':' ? end + 1 : "";
    char *name = lc_strndup(line, end ? (size_t)(end - line) : strlen(line));
    for (char *c = name; *c; c++) *c = (char)tolower((unsigned char)*c);
    lc_json_set(headers, name, lc_json_new_text(lc_text_trim(lc_text_of(value))));
    free(name);
}

static void note(lc_fake_http *fake, const lc_fetch_request *request)
{
    lc_json *made = lc_json_add(fake->requests, lc_json_new_object());
    lc_json_set(made, "method", lc_json_new_string(request->method));
    lc_json_set(made, "url", lc_json_new_string(request->url));
    lc_json *headers = lc_json_set(made, "headers", lc_json_new_object());
    for (const char *const *line = request->headers; *line; line++) note_header(headers, *line);
    if (request->body.data) lc_json_set(made, "body", lc_json_new_text(request->body));
}

static lc_error *refuse(lc_fake_http *fake, const lc_fetch_request *request, const lc_json *expected)
{
    lc_buf text = {0};
    lc_buf_printf(&text, "unexpected request: %s %s", request->method, request->url);
    if (request->body.data) lc_buf_printf(&text, " with the body %.*s", (int)request->body.len, request->body.data);
    if (expected) {
        const char *method = lc_json_string(lc_json_get(expected, "method"));
        lc_buf_printf(&text, "; expected next: %s %s", method ? method : "GET",
                      lc_json_string(lc_json_get(expected, "url")));
    }
    lc_error *error = lc_fail(LC_E_SCRIPT, "%s", text.data);
    if (!fake->unexpected) fake->unexpected = lc_buf_detach(&text);
    lc_buf_done(&text);
    return error;
}

static bool is_expected(const lc_json *expected, const lc_fetch_request *request)
{
    const char *url = lc_json_string(lc_json_get(expected, "url"));
    const char *method = lc_json_string(lc_json_get(expected, "method"));
    return url && !strcmp(url, request->url) && !strcmp(method ? method : "GET", request->method);
}

static lc_fetch_problem problem_named(const char *name)
{
    for (int i = LC_FETCH_NONE + 1; i <= LC_FETCH_OTHER; i++)
        if (!strcmp(name, lc_fetch_problem_name((lc_fetch_problem)i))) return (lc_fetch_problem)i;
    return LC_FETCH_OTHER;
}

static void answer_with(const lc_json *canned, lc_fetch_answer *answer)
{
    const char *problem = lc_json_string(lc_json_get(canned, "problem"));
    const lc_json *headers = lc_json_get(canned, "headers");
    lc_text body = lc_json_text(lc_json_get(canned, "body"));
    int64_t status = 200;
    if (problem) {
        answer->problem = problem_named(problem);
        answer->why = lc_strdup(problem);
        return;
    }
    (void)lc_json_int(lc_json_get(canned, "status"), &status);
    answer->status = (long)status;
    for (size_t i = 0; i < lc_json_count(headers); i++) {
        lc_text value = lc_json_text(lc_json_at(headers, i));
        lc_buf_printf(&answer->headers, "%s: %.*s\n", lc_json_key_at(headers, i), (int)value.len, value.data);
    }
    if (body.data) lc_buf_add(&answer->body, body.data, body.len);
}

lc_error *lc_fake_http_run(void *context, const lc_fetch_request *requests, size_t count,
                           lc_fetch_answer *ret_answers)
{
    lc_fake_http *fake = context;
    for (size_t i = 0; i < count; i++) {
        const lc_json *expected =
            fake->count < lc_json_count(fake->expected) ? lc_json_at(fake->expected, fake->count) : NULL;
        note(fake, &requests[i]);
        if (!expected || !is_expected(expected, &requests[i])) return refuse(fake, &requests[i], expected);
        fake->count++;
        answer_with(lc_json_get(expected, "answer"), &ret_answers[i]);
    }
    return NULL;
}
