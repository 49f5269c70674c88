#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"

struct lc_error {
    lc_code code;
    lc_stage stage;
    bool retriable;
    char *message; /* NULL: none */
    char *where;
    char *trace;
    lc_error *cause;
};

static const struct {
    const char *name;
    int status;
    const char *java;
} codes[LC_E_COUNT] = {
    [LC_OK] = {"LC_OK", 200, ""},
#define X(code, status, java) [code] = {#code, status, java},
    LC_ERROR_CODES(X)
#undef X
};

static const char *const stages[LC_STAGE_COUNT] = {
    [LC_STAGE_NONE] = "",
#define X(stage, name) [stage] = name,
    LC_STAGES(X)
#undef X
};

static lc_error *make(lc_code code, char *message)
{
    lc_error *error = lc_alloc(sizeof *error);
    error->code = code;
    error->message = message;
    error->retriable = code == LC_E_RETRIABLE;
    return error;
}

lc_error *lc_vfail(lc_code code, const char *format, va_list args)
{
    char *message = NULL;
    if (vasprintf(&message, format, args) < 0) message = lc_strdup(format);
    return make(code, message);
}

lc_error *lc_fail(lc_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    lc_error *error = lc_vfail(code, format, args);
    va_end(args);
    return error;
}

lc_error *lc_fail_text(lc_code code, const char *message, size_t len)
{
    return make(code, lc_strndup(message, len));
}

lc_error *lc_fail_bare(lc_code code)
{
    return make(code, NULL);
}

lc_error *lc_wrap(lc_error *cause, lc_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    lc_error *error = lc_vfail(code, format, args);
    va_end(args);
    error->cause = cause;
    error->stage = cause ? cause->stage : LC_STAGE_NONE;
    return error;
}

lc_error *lc_error_copy(const lc_error *error)
{
    if (!error) return NULL;
    lc_error *copy = make(error->code, lc_strdup(error->message));
    copy->stage = error->stage;
    copy->retriable = error->retriable;
    copy->where = lc_strdup(error->where);
    copy->trace = lc_strdup(error->trace);
    copy->cause = lc_error_copy(error->cause);
    return copy;
}

void lc_error_free(lc_error *error)
{
    while (error) {
        lc_error *cause = error->cause;
        free(error->message);
        free(error->where);
        free(error->trace);
        free(error);
        error = cause;
    }
}

lc_code lc_error_code(const lc_error *error)
{
    return error ? error->code : LC_OK;
}

const char *lc_error_message(const lc_error *error)
{
    return error && error->message ? error->message : "";
}

bool lc_error_has_message(const lc_error *error)
{
    return error && error->message;
}

const lc_error *lc_error_cause(const lc_error *error)
{
    return error->cause;
}

const char *lc_error_java_class(const lc_error *error)
{
    return codes[error->code].java;
}

int lc_error_http_status(const lc_error *error)
{
    return codes[error->code].status;
}

bool lc_error_is_retriable(const lc_error *error)
{
    return error->retriable;
}

void lc_error_set_retriable(lc_error *error, bool retriable)
{
    error->retriable = retriable;
}

lc_stage lc_error_stage(const lc_error *error)
{
    return error->stage;
}

void lc_error_set_stage(lc_error *error, lc_stage stage)
{
    error->stage = stage;
}

const char *lc_error_where(const lc_error *error)
{
    return error->where;
}

void lc_error_set_where(lc_error *error, const char *where)
{
    char *copy = lc_strdup(where); /* it may be the one it has */
    free(error->where);
    error->where = copy;
}

const char *lc_error_trace(const lc_error *error)
{
    return error->trace;
}

void lc_error_set_trace(lc_error *error, const char *trace)
{
    char *copy = lc_strdup(trace); /* it may be the one it has */
    free(error->trace);
    error->trace = copy;
}

char *lc_error_to_text(const lc_error *error)
{
    lc_buf text = {0};
    for (const lc_error *e = error; e; e = e->cause) {
        lc_buf_printf(&text, "%s%s", e == error ? "" : "Caused by: ", codes[e->code].java);
        if (e->message) lc_buf_printf(&text, ": %s", e->message);
        lc_buf_put(&text, '\n');
        if (e->where) lc_buf_printf(&text, "\tat %s\n", e->where);
        if (e->trace) lc_buf_printf(&text, "%s\n", e->trace);
    }
    return lc_buf_detach(&text);
}

const char *lc_code_name(lc_code code)
{
    return codes[code].name;
}

const char *lc_code_java_class(lc_code code)
{
    return codes[code].java;
}

int lc_code_http_status(lc_code code)
{
    return codes[code].status;
}

lc_code lc_code_of_java_class(const char *java_class)
{
    for (int code = LC_OK + 1; code < LC_E_COUNT; code++) {
        const char *dot = strrchr(codes[code].java, '.');
        if (!strcmp(codes[code].java, java_class) || !strcmp(dot + 1, java_class)) return (lc_code)code;
    }
    return LC_OK;
}

const char *lc_stage_name(lc_stage stage)
{
    return stages[stage];
}
