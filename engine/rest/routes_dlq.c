#include <stdlib.h>

#include "cluster/dead_letters.h"
#include "rest/http.h"

enum { SHOWN = 20, MOST_SHOWN = 1000 };

#define HERDER (request->herder->klass)

lc_error *lc_rest_dlq(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_props) config = NULL;
    long limit = strtol(lc_props_get_or(request->query, "limit", "20"), NULL, 10);
    LC_TRY(HERDER->config(request->herder, request->parameters[0], &config));
    response->status = 200;
    size_t shown = limit < 1 ? SHOWN : limit > MOST_SHOWN ? MOST_SHOWN : (size_t)limit;
    return lc_dead_letters_list(request->herder->worker, config, shown, request->deadline, &response->body);
}

lc_error *lc_rest_dlq_retry(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_props) config = NULL;
    lc_autoptr(lc_json) body = NULL;
    LC_TRY(HERDER->config(request->herder, request->parameters[0], &config));
    LC_TRY(lc_rest_read_object(request, &body));
    response->status = 200;
    return lc_dead_letters_retry(request->herder->worker, config, body, request->deadline, &response->body);
}
