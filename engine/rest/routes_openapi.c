#include <ctype.h>
#include <stdlib.h>

#include "base/memory.h"
#include "rest/http.h"

/* The description of the API, made from the table of routes. */

static lc_json *add_object(lc_json *to, const char *key)
{
    return lc_json_set(to, key, lc_json_new_object());
}

static void add_parameter(lc_json *list, const char *name, size_t len, const char *where)
{
    lc_json *parameter = lc_json_add(list, lc_json_new_object());
    lc_json_set(parameter, "name", lc_json_new_text((lc_text){name, len}));
    lc_json_set_string(parameter, "in", where);
    lc_json_set_bool(parameter, "required", !strcmp(where, "path"));
    lc_json_set_string(add_object(parameter, "schema"), "type", "string");
}

static void add_parameters(lc_json *operation, const lc_route *route)
{
    lc_json *list = lc_json_new_array();
    for (const char *at = strchr(route->pattern, '{'); at; at = strchr(at + 1, '{'))
        add_parameter(list, at + 1, strcspn(at + 1, "}"), "path");
    for (const char *at = route->query; at && *at;) {
        size_t len = strcspn(at, " ");
        add_parameter(list, at, len, "query");
        at += len + (at[len] == ' ');
    }
    if (lc_json_count(list)) lc_json_set(operation, "parameters", list);
    else lc_json_free(list);
}

static void add_body(lc_json *operation)
{
    lc_json *body = add_object(operation, "requestBody");
    lc_json_set_bool(body, "required", true);
    lc_json *schema = add_object(add_object(add_object(body, "content"), "application/json"), "schema");
    lc_json_set_string(schema, "type", "object");
}

static void add_responses(lc_json *operation, const lc_route *route)
{
    lc_json *responses = add_object(operation, "responses");
    lc_json *good = add_object(responses, "2XX");
    lc_json_set_string(good, "description", "Done.");
    add_object(add_object(good, "content"), route->produces ? route->produces : "application/json");
    lc_json_set_string(add_object(responses, "default"), "$ref", "#/components/responses/Error");
}

/* "get_connectors_name_status" */
static void add_operation_id(lc_json *operation, const lc_route *route)
{
    lc_auto(lc_buf) id = {0};
    for (const char *c = route->method; *c; c++) lc_buf_put(&id, (char)tolower((unsigned char)*c));
    for (const char *c = route->pattern; *c; c++) {
        if (isalnum((unsigned char)*c)) lc_buf_put(&id, *c);
        else if (id.data[id.len - 1] != '_' && c[1]) lc_buf_put(&id, '_');
    }
    lc_json_set_string(operation, "operationId", id.data);
}

static void add_route(lc_json *paths, const lc_route *route)
{
    char method[8] = "";
    for (size_t i = 0; route->method[i] && i + 1 < sizeof method; i++)
        method[i] = (char)tolower((unsigned char)route->method[i]);
    lc_json *path = lc_json_get(paths, route->pattern);
    lc_json *operation = add_object(path ? path : add_object(paths, route->pattern), method);
    lc_json_set_string(operation, "summary", route->summary);
    add_operation_id(operation, route);
    add_parameters(operation, route);
    if (route->flags & LC_ROUTE_BODY) add_body(operation);
    add_responses(operation, route);
}

static void add_error(lc_json *document)
{
    lc_json *error = add_object(add_object(add_object(document, "components"), "responses"), "Error");
    lc_json_set_string(error, "description", "What is wrong, with the status of HTTP again.");
    lc_json *schema = add_object(add_object(add_object(error, "content"), "application/json"), "schema");
    lc_json_set_string(schema, "type", "object");
    lc_json *properties = add_object(schema, "properties");
    lc_json_set_string(add_object(properties, "error_code"), "type", "integer");
    lc_json *message = add_object(properties, "message");
    lc_json_set_string(message, "type", "string");
    lc_json_set_bool(message, "nullable", true);
}

lc_error *lc_rest_openapi(lc_rest_request *request, lc_rest_response *response)
{
    (void)request;
    lc_autoptr(lc_json) document = lc_json_new_object();
    lc_json_set_string(document, "openapi", "3.0.3");
    lc_json *info = add_object(document, "info");
    lc_json_set_string(info, "title", "luaconnect");
    lc_json_set_string(info, "description", "Kafka Connect's REST API, and what luaconnect adds to it.");
    lc_json_set_string(info, "version", LC_API_VERSION);
    lc_json *paths = add_object(document, "paths");
    for (const lc_route *route = lc_routes; route->method; route++)
        if (!(route->flags & LC_ROUTE_INTERNAL)) add_route(paths, route);
    add_error(document);
    lc_json_dump(document, &response->body);
    response->status = 200;
    return NULL;
}
