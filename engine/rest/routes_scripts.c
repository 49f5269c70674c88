#include <stdio.h>
#include <stdlib.h>

#include "cluster/script_users.h"
#include "rest/http.h"
#include "runtime/reload.h"

/* Scripts and their versions: runtime/reload.h. */

static lc_reloader *reloader_of(const lc_rest_request *request)
{
    return request->herder->worker->reloader;
}

/* A script runs for every connector that names it. */
static lc_error *check_user(const lc_rest_request *request)
{
    if (!request->user || !request->user->connectors.count) return NULL;
    return lc_fail(LC_E_FORBIDDEN, "%s may use some connectors only, and scripts belong to all.",
                   request->user->name);
}

static void name_user(const lc_rest_request *request, lc_buf *who)
{
    if (request->user) lc_buf_text(who, request->user->name);
    else lc_buf_printf(who, "rest %s", request->client ? request->client : "");
}

static lc_error *answer(lc_rest_response *response, int status, lc_json *json)
{
    lc_json_dump(json, &response->body);
    lc_json_free(json);
    response->status = status;
    return NULL;
}

/* A number of a version; `fallback` when it isn't given. */
static lc_error *read_number(const char *text, int fallback, int *ret_number)
{
    char *end;
    *ret_number = fallback;
    if (!text || !*text) return NULL;
    long number = strtol(text, &end, 10);
    if (*end || number < 1 || number > 1000000000)
        return lc_fail(LC_E_BAD_REQUEST, "%s is no number of a version.", text);
    *ret_number = (int)number;
    return NULL;
}

/* In a cluster the others get it, too; the answer says what they make of it. */
static lc_error *answer_all(lc_rest_request *request, lc_rest_response *response, int status, const char *who,
                            lc_json *json)
{
    const char *kind = request->parameters[0], *name = request->parameters[1];
    const lc_herder_class *klass = request->herder->klass;
    int64_t version = 0;
    (void)lc_json_int(lc_json_get(json, "version"), &version);
    lc_error *error =
        klass->publish_script ? klass->publish_script(request->herder, kind, name, (int)version, who) : NULL;
    if (error) {
        lc_json_free(json);
        return error;
    }
    if (klass->show_script) klass->show_script(request->herder, kind, name, json);
    return answer(response, status, json);
}

static lc_error *check_size(const lc_rest_request *request, size_t len)
{
    enum { LARGEST = 512 * 1024 };
    if (!request->herder->klass->publish_script || len <= LARGEST) return NULL;
    return lc_fail(LC_E_BAD_REQUEST, "The script is larger than 512 KiB, which is the most in a cluster.");
}

lc_error *lc_rest_scripts(lc_rest_request *request, lc_rest_response *response)
{
    return answer(response, 200, lc_reloader_list(reloader_of(request)));
}

lc_error *lc_rest_script_get(lc_rest_request *request, lc_rest_response *response)
{
    lc_json *json;
    LC_TRY(lc_reloader_show(reloader_of(request), request->parameters[0], request->parameters[1], &json));
    if (request->herder->klass->show_script)
        request->herder->klass->show_script(request->herder, request->parameters[0], request->parameters[1], json);
    return answer(response, 200, json);
}

lc_error *lc_rest_script_put(lc_rest_request *request, lc_rest_response *response)
{
    lc_json *json;
    lc_auto(lc_buf) who = {0};
    bool created = false;
    lc_text text = {request->body->data ? request->body->data : "", request->body->len};
    LC_TRY(check_user(request));
    if (!text.len) return lc_fail(LC_E_BAD_REQUEST, "The body must be the text of the script.");
    LC_TRY(check_size(request, text.len));
    name_user(request, &who);
    LC_TRY(lc_reloader_put(reloader_of(request), request->parameters[0], request->parameters[1], text,
                           lc_text_of(lc_props_get_or(request->query, "signature", "")), who.data, &created,
                           &json));
    return answer_all(request, response, created ? 201 : 200, who.data, json);
}

lc_error *lc_rest_script_versions(lc_rest_request *request, lc_rest_response *response)
{
    lc_json *json;
    LC_TRY(lc_reloader_versions(reloader_of(request), request->parameters[0], request->parameters[1], &json));
    return answer(response, 200, json);
}

lc_error *lc_rest_script_version(lc_rest_request *request, lc_rest_response *response)
{
    lc_json *json;
    int number;
    LC_TRY(read_number(request->parameters[2], 0, &number));
    LC_TRY(lc_reloader_version(reloader_of(request), request->parameters[0], request->parameters[1], number,
                               &json));
    return answer(response, 200, json);
}

lc_error *lc_rest_script_diff(lc_rest_request *request, lc_rest_response *response)
{
    int from, to;
    LC_TRY(read_number(lc_props_get(request->query, "from"), 0, &from));
    LC_TRY(read_number(lc_props_get(request->query, "to"), 0, &to));
    response->status = 200;
    return lc_reloader_diff(reloader_of(request), request->parameters[0], request->parameters[1], from, to,
                            &response->body);
}

lc_error *lc_rest_script_rollback(lc_rest_request *request, lc_rest_response *response)
{
    lc_json *json;
    lc_auto(lc_buf) who = {0};
    int number;
    LC_TRY(check_user(request));
    LC_TRY(read_number(lc_props_get(request->query, "version"), 0, &number));
    name_user(request, &who);
    LC_TRY(lc_reloader_roll_back(reloader_of(request), request->parameters[0], request->parameters[1], number,
                                 who.data, &json));
    return answer_all(request, response, 200, who.data, json);
}

static lc_error *in_use(const char *name, const lc_strings *connectors)
{
    lc_auto(lc_buf) list = {0};
    for (size_t i = 0; i < connectors->count; i++)
        lc_buf_printf(&list, "%s%s", i ? ", " : "", connectors->items[i]);
    return lc_fail(LC_E_CONFLICT, "%s is used by %s, and there is no other version of it on disk.", name, list.data);
}

/* What would be gone without a connector to miss it. */
static lc_error *check_unused(lc_rest_request *request)
{
    lc_auto(lc_strings) users = {0};
    bool ends;
    char *path = NULL;
    LC_TRY(lc_reloader_would_end(reloader_of(request), request->parameters[0], request->parameters[1], &ends, &path));
    lc_error *error = ends ? lc_script_users(request->herder, path, &users) : NULL;
    free(path);
    if (error) return error;
    return users.count ? in_use(request->parameters[1], &users) : NULL;
}

lc_error *lc_rest_script_delete(lc_rest_request *request, lc_rest_response *response)
{
    lc_json *json;
    lc_auto(lc_buf) who = {0};
    const char *kind = request->parameters[0], *name = request->parameters[1];
    const lc_herder_class *klass = request->herder->klass;
    LC_TRY(check_user(request));
    LC_TRY(check_unused(request));
    name_user(request, &who);
    LC_TRY(lc_reloader_remove(reloader_of(request), kind, name, who.data, &json));
    lc_error *error = klass->publish_removal ? klass->publish_removal(request->herder, kind, name, who.data) : NULL;
    if (!error && klass->show_script) klass->show_script(request->herder, kind, name, json);
    if (!error) return answer(response, 200, json);
    lc_json_free(json);
    return error;
}

lc_error *lc_rest_script_forget(lc_rest_request *request, lc_rest_response *response)
{
    int number;
    LC_TRY(check_user(request));
    LC_TRY(read_number(request->parameters[2], 0, &number));
    LC_TRY(lc_reloader_forget(reloader_of(request), request->parameters[0], request->parameters[1], number));
    response->status = 204;
    return NULL;
}
