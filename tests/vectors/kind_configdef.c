/* Vectors of PUT /connector-plugins/{plugin}/config/validate, answered without a worker that runs: only its
 * settings and plug-ins count. */
#include "base/memory.h"
#include "cluster/validate.h"
#include "kinds.h"

/* As much of a worker as a validation looks at; made once a process. */
static lc_error *make_worker(lc_worker_core **ret_worker)
{
    static lc_worker_core *made;
    if (!made) {
        lc_worker_core *core = lc_alloc(sizeof *core);
        lc_props *settings = lc_props_new();
        lc_props_set(settings, "bootstrap.servers", "localhost:9092");
        lc_props_set(settings, "key.converter", "org.apache.kafka.connect.json.JsonConverter");
        lc_props_set(settings, "value.converter", "org.apache.kafka.connect.json.JsonConverter");
        core->settings = settings;
        LC_TRY(lc_providers_new(settings, &core->providers));
        LC_TRY(lc_plugins_load(LC_SCRIPTS, NULL, NULL, &core->plugins));
        core->catalog = lc_plugin_catalog_new(core->plugins);
        made = core;
    }
    *ret_worker = made;
    return NULL;
}

static bool differs(vector *v, const char *where, const char *what, const lc_json *expected,
                    const lc_json *actual)
{
    lc_buf_printf(&v->report, "%s: %s: expected ", where ? where : "answer", what);
    lc_json_dump(expected, &v->report);
    lc_buf_text(&v->report, ", got ");
    lc_json_dump(actual, &v->report);
    return false;
}

/* Every expected member; a stripped vector has fewer of them. */
static bool same_members(vector *v, const char *where, const lc_json *expected, const lc_json *actual,
                         const char *but)
{
    for (size_t i = 0; i < lc_json_count(expected); i++) {
        const char *key = lc_json_key_at(expected, i);
        const lc_json *member = lc_json_get(actual, key);
        if (but && !strcmp(key, but)) continue;
        if (!member || !lc_json_equal(lc_json_at(expected, i), member))
            return differs(v, where, key, lc_json_at(expected, i), member);
    }
    return true;
}

static bool has_item(const lc_json *list, const lc_json *item)
{
    for (size_t i = 0; i < lc_json_count(list); i++) {
        if (lc_json_equal(lc_json_at(list, i), item)) return true;
    }
    return false;
}

/* The next item from *at on that the other list has too, or NULL. */
static const lc_json *next_shared(const lc_json *list, const lc_json *other, size_t *at)
{
    while (*at < lc_json_count(list)) {
        const lc_json *item = lc_json_at(list, (*at)++);
        if (has_item(other, item)) return item;
    }
    return NULL;
}

/* The recording worker had other plug-ins: what both have comes in the same order. */
static bool same_order(const lc_json *a, const lc_json *b)
{
    const lc_json *x, *y;
    size_t at_a = 0, at_b = 0;
    do {
        x = next_shared(a, b, &at_a);
        y = next_shared(b, a, &at_b);
        if (!x != !y || (x && !lc_json_equal(x, y))) return false;
    } while (x);
    return true;
}

static bool same_config(vector *v, const lc_json *expected, const lc_json *actual)
{
    const lc_json *definition = lc_json_get(expected, "definition"), *value = lc_json_get(expected, "value");
    const lc_json *own_value = lc_json_get(actual, "value");
    const char *name = lc_json_string(lc_json_get(value, "name"));
    lc_text type = lc_json_text(lc_json_get(definition, "type"));
    bool is_class = lc_text_is(type, "CLASS");
    if (!same_members(v, name, definition, lc_json_get(actual, "definition"), NULL)) return false;
    if (!same_members(v, name, value, own_value, is_class ? "recommended_values" : NULL)) return false;
    const lc_json *recommended = lc_json_get(value, "recommended_values"),
                  *own = lc_json_get(own_value, "recommended_values");
    if (!is_class || !recommended || same_order(own, recommended)) return true;
    return differs(v, name, "recommended_values", recommended, own);
}

static const char *name_at(const lc_json *configs, size_t at)
{
    return lc_json_string(lc_json_get(lc_json_get(lc_json_at(configs, at), "value"), "name"));
}

static bool same_answer(vector *v, const lc_json *expected, const lc_json *actual)
{
    const lc_json *configs = lc_json_get(expected, "configs"), *own = lc_json_get(actual, "configs");
    for (size_t i = 0; i < lc_json_count(configs) || i < lc_json_count(own); i++) {
        const char *name = name_at(configs, i), *own_name = name_at(own, i);
        if (!name || !own_name || strcmp(name, own_name)) {
            lc_buf_printf(&v->report, "key %zu: expected %s, got %s", i, name ? name : "none",
                          own_name ? own_name : "none");
            return false;
        }
        if (!same_config(v, lc_json_at(configs, i), lc_json_at(own, i))) return false;
    }
    return same_members(v, NULL, expected, actual, "configs");
}

lc_error *kind_configdef(vector *v, bool *ret_passed)
{
    lc_worker_core *worker;
    lc_autoptr(lc_props) config = NULL;
    lc_autoptr(lc_json) answer = NULL;
    LC_TRY(make_worker(&worker));
    LC_TRY(tv_config(lc_json_get(v->json, "config"), &config));
    const char *plugin = lc_json_string(lc_json_get(v->json, "class"));
    const lc_json *expected = lc_json_get(v->expect, "result");
    lc_error *raised = lc_validate(worker, plugin, config, &answer);
    if (raised) {
        *ret_passed = vector_raised(v, "apply", raised);
        return NULL;
    }
    *ret_passed = expected && same_answer(v, expected, answer);
    if (!expected) lc_buf_text(&v->report, "an error was expected");
    return NULL;
}
