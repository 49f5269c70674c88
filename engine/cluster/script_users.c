#include "cluster/script_users.h"

static bool is_of(const lc_script *script, const char *path)
{
    return script && !strcmp(lc_script_path(script), path);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);
    return len > tail && !strcmp(text + len - tail, end);
}

static lc_script *find_script(const lc_plugins *plugins, const char *key, const char *type)
{
    lc_script *script = NULL;
    lc_error *none = NULL;
    if (!strcmp(key, "connector.class")) none = lc_plugins_connector(plugins, type, &script);
    else if (!strncmp(key, "transforms.", 11) && ends_with(key, ".type"))
        none = lc_plugins_transform(plugins, type, &script);
    else if (!strncmp(key, "predicates.", 11) && ends_with(key, ".type"))
        none = lc_plugins_predicate(plugins, type, &script);
    lc_error_free(none);
    return none ? NULL : script;
}

static bool names_it(const lc_plugins *plugins, const lc_props *config, const char *path)
{
    for (size_t i = 0; i < lc_props_count(config); i++) {
        const char *type = lc_props_value_at(config, i);
        if (type && is_of(find_script(plugins, lc_props_key_at(config, i), type), path)) return true;
    }
    return false;
}

static bool has_shipped(const lc_plugins *plugins, const char *path)
{
    const lc_script *script = lc_plugins_of_file(plugins, path);
    for (size_t i = 0; script && i < lc_plugins_count(plugins); i++) {
        const lc_script *other = lc_plugins_at(plugins, i);
        if (lc_script_is_shipped(other) && !strcmp(lc_script_name(other), lc_script_name(script))) return true;
    }
    return false;
}

static bool is_stopped(lc_herder *herder, const char *connector)
{
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_json) status = NULL;
    lc_autoptr(lc_error) error = herder->klass->status(herder, connector, &text);
    if (!error) error = lc_json_parse(text.data, text.len, 0, &status);
    const char *state = error ? NULL : lc_json_string(lc_json_get(lc_json_get(status, "connector"), "state"));
    return state && !strcmp(state, "STOPPED");
}

lc_error *lc_script_users(lc_herder *herder, const char *path, lc_strings *ret_connectors)
{
    const lc_plugins *plugins = herder->worker->plugins;
    lc_auto(lc_strings) names = {0};
    LC_TRY(herder->klass->connectors(herder, &names));
    bool shipped = has_shipped(plugins, path);
    for (size_t i = 0; i < names.count; i++) {
        lc_autoptr(lc_props) config = NULL;
        lc_autoptr(lc_error) gone = herder->klass->config(herder, names.items[i], &config);
        if (gone || !names_it(plugins, config, path)) continue;
        if (!shipped || !is_stopped(herder, names.items[i])) lc_strings_add(ret_connectors, names.items[i]);
    }
    return NULL;
}
