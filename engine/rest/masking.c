#include "rest/masking.h"

#include "secure/secret.h"

enum { DEEPEST = 3 }; /* {"name":{"info":{"config":{…}}}} */

static bool shows_secrets(const lc_rest_request *request)
{
    const char *set = lc_props_get_or(request->herder->worker->settings, "rest.show.secrets", "false");
    return !strcasecmp(set, "true");
}

/* NULL for a class that isn't there: then names alone tell what is secret. */
static const lc_config_def *def_of(const lc_rest_request *request, const char *class_name)
{
    lc_script *script = NULL;
    if (!class_name) return NULL;
    lc_autoptr(lc_error) unknown =
        lc_plugins_connector(request->herder->worker->plugins, class_name, &script);
    return unknown ? NULL : lc_script_config_def(script);
}

static void mask_object(const lc_rest_request *request, const char *class_name, lc_json *object)
{
    lc_autoptr(lc_props) config = NULL;
    lc_autoptr(lc_error) not_flat = lc_json_to_props(object, &config);
    if (not_flat) return;
    const lc_config_def *def = def_of(request, lc_props_get_or(config, "connector.class", class_name));
    lc_autoptr(lc_props) masked = lc_secret_mask(config, def);
    for (size_t i = 0; i < lc_props_count(config); i++) {
        const char *key = lc_props_key_at(config, i), *value = lc_props_value_at(config, i);
        const char *shown = lc_props_get(masked, key);
        if (value && shown && strcmp(value, shown) != 0) lc_json_set_string(object, key, shown);
    }
}

static void mask_inside(const lc_rest_request *request, const char *class_name, lc_json *value, int depth)
{
    bool is_object = lc_json_is(value, LC_JSON_OBJECT);
    if (depth > DEEPEST || (!is_object && !lc_json_is(value, LC_JSON_ARRAY))) return;
    for (size_t i = 0; i < lc_json_count(value); i++) {
        lc_json *inner = lc_json_at(value, i);
        bool is_config = is_object && depth > 0 && !strcmp(lc_json_key_at(value, i), "config");
        if (is_config) mask_object(request, class_name, inner);
        else mask_inside(request, class_name, inner, depth + 1);
    }
}

void lc_mask_answer(const lc_rest_request *request, const char *class_name, lc_buf *body)
{
    lc_autoptr(lc_json) answer = NULL;
    if (shows_secrets(request)) return;
    lc_autoptr(lc_error) no_json = lc_json_parse(body->data, body->len, 0, &answer);
    if (no_json) return;
    lc_json *own = lc_json_get(answer, "config");
    bool is_info = own && lc_json_string(lc_json_get(answer, "name"));
    if (is_info) mask_object(request, class_name, own);
    else mask_inside(request, class_name, answer, lc_json_is(answer, LC_JSON_ARRAY) ? 1 : 0);
    lc_buf_reset(body);
    lc_json_dump(answer, body);
}

void lc_mask_config(const lc_rest_request *request, lc_props *config)
{
    if (shows_secrets(request)) return;
    lc_autoptr(lc_props) masked =
        lc_secret_mask(config, def_of(request, lc_props_get(config, "connector.class")));
    lc_props_merge(config, masked);
}

/* Whether a setting with this value would be shown as [hidden]. */
static bool is_secret(const lc_config_def *def, const char *key)
{
    lc_autoptr(lc_props) probe = lc_props_new();
    lc_props_set(probe, key, "x");
    lc_autoptr(lc_props) masked = lc_secret_mask(probe, def);
    return strcmp(lc_props_get(masked, key), "x") != 0;
}

lc_error *lc_unmask_config(const lc_rest_request *request, lc_props *config, const lc_props *before)
{
    const lc_config_def *def = NULL;
    bool looked = false;
    for (size_t i = 0; i < lc_props_count(config); i++) {
        const char *key = lc_props_key_at(config, i), *value = lc_props_value_at(config, i);
        if (!value || strcmp(value, LC_HIDDEN)) continue;
        if (!looked) def = def_of(request, lc_props_get(config, "connector.class"));
        looked = true;
        if (!is_secret(def, key)) continue;
        const char *kept = before ? lc_props_get(before, key) : NULL;
        if (!kept)
            return lc_fail(LC_E_BAD_REQUEST,
                           "Invalid value " LC_HIDDEN " for configuration %s: it stands for a secret that is "
                           "stored already, and there is none. Give the secret itself or a reference to it.",
                           key);
        lc_props_set(config, key, kept);
    }
    return NULL;
}
