#include "cluster/validate.h"
#include "convert/converter.h"
#include "rest/http.h"

/* The kinds in the order in which Connect lists them. */
static const struct {
    lc_script_kind kind;
    const char *type;
    bool connector;
} kinds[] = {
    {LC_SCRIPT_SINK, "sink", true},
    {LC_SCRIPT_SOURCE, "source", true},
    {LC_SCRIPT_TRANSFORM, "transformation", false},
    {LC_SCRIPT_PREDICATE, "predicate", false},
};

static void put_plugin(lc_buf *out, const char *name, const char *type, const char *version)
{
    if (out->len > 1) lc_buf_put(out, ',');
    lc_buf_text(out, "{\"class\":");
    lc_json_quote_text(out, name);
    lc_buf_printf(out, ",\"type\":\"%s\"", type);
    if (version && strcmp(version, "undefined")) {
        lc_buf_text(out, ",\"version\":");
        lc_json_quote_text(out, version);
    }
    lc_buf_put(out, '}');
}

/* A transform of several variants ($Key, $Value) is listed once for each Java class. */
static void put_script(lc_buf *out, const lc_script *script, const char *type)
{
    size_t listed = 0;
    for (size_t i = 0; i < lc_script_alias_count(script); i++) {
        if (!strchr(lc_script_alias(script, i), '.')) continue;
        put_plugin(out, lc_script_alias(script, i), type, lc_script_version(script));
        listed++;
    }
    if (!listed) put_plugin(out, lc_script_name(script), type, lc_script_version(script));
}

static void put_converters(lc_buf *out)
{
    const lc_converter_class *const *classes = lc_converter_classes();
    for (size_t i = 0; classes[i]; i++)
        if (classes[i]->is_converter)
            put_plugin(out, classes[i]->java_class, "converter", classes[i]->version);
    for (size_t i = 0; classes[i]; i++)
        if (classes[i]->is_header_converter)
            put_plugin(out, classes[i]->java_class, "header_converter", classes[i]->version);
}

lc_error *lc_rest_plugins(lc_rest_request *request, lc_rest_response *response)
{
    const lc_plugins *plugins = request->herder->worker->plugins;
    const char *only = lc_props_get_or(request->query, "connectorsOnly", "");
    bool all = *only && strcasecmp(only, "true");
    lc_buf *out = &response->body;
    lc_buf_put(out, '[');
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (!kinds[k].connector && !all) continue;
        for (size_t i = 0; i < lc_plugins_count(plugins); i++)
            if (lc_script_kind_of(lc_plugins_at(plugins, i)) == kinds[k].kind)
                put_script(out, lc_plugins_at(plugins, i), kinds[k].type);
    }
    if (all) put_converters(out);
    lc_buf_put(out, ']');
    response->status = 200;
    return NULL;
}

lc_error *lc_rest_plugin_config(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_json) answer = NULL;
    LC_TRY(lc_plugin_settings(request->herder->worker, request->parameters[0],
                              lc_props_get_or(request->query, "version", "latest"), &answer));
    lc_json_dump(answer, &response->body);
    response->status = 200;
    return NULL;
}

lc_error *lc_rest_plugin_validate(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_props) config = NULL;
    lc_autoptr(lc_json) answer = NULL;
    LC_TRY(lc_rest_read_body(request, &body));
    LC_TRY(lc_json_to_props(body, &config));
    lc_rest_add_notes(request, response, config);
    LC_TRY(lc_validate(request->herder->worker, request->parameters[0], config, &answer));
    lc_json_dump(answer, &response->body);
    response->status = 200;
    return NULL;
}
