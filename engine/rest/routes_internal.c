#include "rest/http.h"

/* What workers of a cluster ask of each other. A standalone worker has nobody to talk to. */

/* True when the request is signed as it must be; else it is answered. */
static bool is_signed(lc_rest_request *request, lc_rest_response *response)
{
    lc_herder_signature signature = {lc_text_of(request->signature),
                                     lc_text_of(request->signature_algorithm)};
    int status = 0;
    lc_autoptr(lc_error) error = request->herder->klass->verify(
        request->herder, &signature, (lc_text){request->body->data, request->body->len}, &status);
    if (error) lc_rest_error(response, status, lc_error_message(error));
    return !error;
}

lc_error *lc_rest_internal_tasks(lc_rest_request *request, lc_rest_response *response)
{
    const lc_herder_class *klass = request->herder->klass;
    if (!klass->put_tasks)
        return lc_fail(
            LC_E_UNSUPPORTED,
            "Kafka Connect in standalone mode does not support externally setting task configurations.");
    if (!is_signed(request, response)) return NULL;
    lc_autoptr(lc_json) tasks = NULL;
    LC_TRY(lc_rest_read_body(request, &tasks));
    LC_TRY(klass->put_tasks(request->herder, request->parameters[0], tasks, request->deadline));
    response->status = 204;
    return NULL;
}

lc_error *lc_rest_internal_fence(lc_rest_request *request, lc_rest_response *response)
{
    const lc_herder_class *klass = request->herder->klass;
    if (!klass->fence)
        return lc_fail(LC_E_UNSUPPORTED,
                       "Kafka Connect in standalone mode does not support exactly-once source "
                       "connectors.");
    if (!is_signed(request, response)) return NULL;
    LC_TRY(klass->fence(request->herder, request->parameters[0], request->deadline));
    response->status = 204;
    return NULL;
}
