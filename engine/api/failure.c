#include "api/internal.h"

#include <stdlib.h>

#include "base/memory.h"

struct lc_failure {
    lc_error *error;
    char *trace;
};

lc_failure *lc_failure_from(lc_error *error)
{
    if (!error) return NULL;
    lc_failure *failure = lc_alloc(sizeof *failure);
    failure->error = error;
    failure->trace = lc_error_to_text(error);
    return failure;
}

const char *lc_failure_name(const lc_failure *failure)
{
    return lc_code_name(lc_error_code(failure->error));
}

const char *lc_failure_message(const lc_failure *failure)
{
    return lc_error_message(failure->error);
}

const char *lc_failure_trace(const lc_failure *failure)
{
    return failure->trace;
}

int lc_failure_status(const lc_failure *failure)
{
    return lc_error_http_status(failure->error);
}

bool lc_failure_is_retriable(const lc_failure *failure)
{
    return lc_error_is_retriable(failure->error);
}

void lc_failure_free(lc_failure *failure)
{
    if (!failure) return;
    lc_error_free(failure->error);
    free(failure->trace);
    free(failure);
}

void lc_text_free(char *text)
{
    free(text);
}
