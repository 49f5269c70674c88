#include "rest/http.h"

/* What workers of a cluster ask of each other. A standalone worker has nobody to talk to. */

lc_error *lc_rest_internal_tasks(lc_rest_request *request, lc_rest_response *response)
{
    (void)request, (void)response;
    return lc_fail(
        LC_E_UNSUPPORTED,
        "Kafka Connect in standalone mode does not support externally setting task configurations.");
}

lc_error *lc_rest_internal_fence(lc_rest_request *request, lc_rest_response *response)
{
    (void)request, (void)response;
    return lc_fail(LC_E_UNSUPPORTED, "Kafka Connect in standalone mode does not support exactly-once source "
                                     "connectors.");
}
