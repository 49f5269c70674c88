#include <limits.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cluster/peer.h"
#include "rest/http.h"

/* A restart with parameters is the leader's to plan, without any the owner's to do. */
static lc_herder_place place_of(const lc_route *route, const lc_rest_request *request)
{
    if (route->flags & LC_ROUTE_LEADER) return LC_PLACE_LEADER;
    if (!(route->flags & LC_ROUTE_OWNER)) return LC_PLACE_ANY;
    if (request->parameters[1]) return LC_PLACE_TASK;
    bool is_planned = lc_rest_flag(request, "includeTasks") || lc_rest_flag(request, "onlyFailed");
    return is_planned ? LC_PLACE_LEADER : LC_PLACE_CONNECTOR;
}

static void add_query(const lc_rest_request *request, const char *forward, lc_buf *path)
{
    static const char *const kept[] = {"includeTasks", "onlyFailed"};
    lc_buf_printf(path, "%s?forward=%s", request->path, forward);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (lc_props_has(request->query, kept[i]))
            lc_buf_printf(path, "&%s=%s", kept[i], lc_rest_flag(request, kept[i]) ? "true" : "false");
}

/* What the signature of a forwarded request covers: all that decides what it does. */
static void write_message(const lc_rest_request *request, lc_buf *out)
{
    lc_buf_printf(out, "%s %s %d%d\n", request->method, request->path, lc_rest_flag(request, "includeTasks"),
                  lc_rest_flag(request, "onlyFailed"));
    if (request->body->len) lc_buf_add(out, request->body->data, request->body->len);
}

bool lc_rest_is_forwarded(const lc_rest_request *request)
{
    lc_herder *herder = request->herder;
    if (!request->forward_signature || !herder->klass->verify) return false;
    lc_auto(lc_buf) message = {0};
    write_message(request, &message);
    lc_herder_signature signature = {lc_text_of(request->forward_signature), LC_TEXT("HmacSHA256")};
    int status = 0;
    lc_autoptr(lc_error) wrong =
        herder->klass->verify(herder, &signature, (lc_text){message.data, message.len}, &status);
    return !wrong;
}

/* This worker has let the request in; the next one can't see from where it came. */
static void sign(const lc_rest_request *request, lc_props *headers)
{
    lc_auto(lc_buf) message = {0};
    lc_auto(lc_buf) signature = {0};
    if (!request->herder->klass->sign) return;
    write_message(request, &message);
    lc_autoptr(lc_error) no_key =
        request->herder->klass->sign(request->herder, (lc_text){message.data, message.len}, &signature);
    if (!no_key) lc_props_set(headers, LC_FORWARD_SIGNATURE_HEADER, signature.data);
}

void lc_rest_sign_forward(const lc_rest_request *request, lc_props *headers)
{
    sign(request, headers);
    if (request->authorization) lc_props_set(headers, "Authorization", request->authorization);
    if (request->signature) lc_props_set(headers, LC_SIGNATURE_HEADER, request->signature);
    if (request->signature_algorithm)
        lc_props_set(headers, LC_SIGNATURE_ALGORITHM_HEADER, request->signature_algorithm);
}

static void take_answer(lc_peer_answer *answer, const lc_rest_request *request, lc_rest_response *response)
{
    response->status = answer->status;
    lc_buf_add(&response->body, answer->body.data, answer->body.len);
    if (answer->status != 201) return;
    lc_autoptr(lc_json) info = NULL;
    lc_error_free(lc_json_parse(response->body.data, response->body.len, 0, &info));
    const char *name = lc_json_string(lc_json_get(info, "name"));
    if (name) lc_rest_location(request, response, name);
}

/* The first hop says that the next one may forward once more, the second that it may not: two workers that
 * take each other for the leader don't play ball. */
static lc_error *send_on(const lc_rest_request *request, const char *url, lc_rest_response *response)
{
    const char *before = lc_props_get(request->query, "forward");
    if (before && strcasecmp(before, "true") != 0)
        return lc_fail(LC_E_CONFLICT,
                       "Cannot complete request because of a conflicting operation (e.g. worker "
                       "rebalance)");
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_peer_answer) answer = {0};
    lc_autoptr(lc_props) headers = lc_props_new();
    add_query(request, before ? "false" : "true", &path);
    lc_rest_sign_forward(request, headers);
    lc_text body = {request->body->len ? request->body->data : NULL, request->body->len};
    lc_peer_request asked = {url,     request->method,   path.data, body,
                             headers, request->deadline, request->herder->worker->settings, NULL, NULL};
    LC_TRY(lc_peer_ask(&asked, &answer));
    if (answer.status < 200 || (answer.status >= 300 && answer.status < 400))
        return lc_fail(LC_E_CONNECT, "Unexpected status code when handling forwarded request: %d",
                       answer.status);
    take_answer(&answer, request, response);
    return NULL;
}

lc_error *lc_rest_forward(const lc_route *route, lc_rest_request *request, lc_rest_response *response,
                          bool *ret_done)
{
    lc_herder *herder = request->herder;
    lc_herder_place place = place_of(route, request);
    char *url = NULL;
    *ret_done = false;
    bool is_rehearsal = lc_rest_flag(request, LC_DRY_RUN); /* every worker can tell what would change */
    if (place == LC_PLACE_ANY || is_rehearsal || !herder->klass->locate) return NULL;
    long task = request->parameters[1] ? strtol(request->parameters[1], NULL, 10) : 0;
    if (task < INT_MIN || task > INT_MAX) return NULL; /* there is none: any worker knows */
    LC_TRY(herder->klass->locate(herder, place, request->parameters[0], (int)task, &url));
    if (!url) return NULL;
    *ret_done = true;
    lc_error *error = send_on(request, url, response);
    free(url);
    return error;
}
