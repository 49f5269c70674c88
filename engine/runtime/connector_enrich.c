#include "runtime/connector_enrich.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "runtime/connector_defs.h"
#include "runtime/plugin_version.h"

struct lc_enriched {
    lc_config_def *def;
    lc_arena memory; /* contexts of checks and recommenders */
};

/* What the checks and recommenders of one class-valued key need. */
typedef struct class_key {
    const lc_catalog *catalog;
    lc_class_kind kind;
    const char *rule_broken; /* what is wrong around the key, said before anything else; NULL: nothing */
} class_key;

const char *lc_class_kind_name(lc_class_kind kind)
{
    switch (kind) {
    case LC_CLASS_CONVERTER: return "Converter";
    case LC_CLASS_HEADER_CONVERTER: return "HeaderConverter";
    case LC_CLASS_TRANSFORMATION: return "Transformation";
    case LC_CLASS_PREDICATE: return "Predicate";
    }
    return "";
}

static const char *find_class(void *context, const char *name)
{
    const lc_catalog *catalog = context;
    lc_class_info info = {0};
    return *name && catalog->find(catalog->context, name, &info) ? info.name : NULL;
}

static lc_error *check_class(void *context, const char *name, const lc_config_value *value)
{
    const class_key *key = context;
    lc_class_info info = {0};
    (void)name;
    if (key->rule_broken) return lc_fail(LC_E_CONFIG, "%s", key->rule_broken);
    if (value->is_null || !key->catalog->find(key->catalog->context, value->text.data, &info)) return NULL;
    if (info.broken) return lc_fail(LC_E_CONFIG, "The script %s can't be used: %s", info.name, info.broken);
    if (!(info.kinds & key->kind))
        return lc_fail(LC_E_CONFIG, "Class class %s does not implement the %s interface", info.name,
                       lc_class_kind_name(key->kind));
    if (info.variants)
        return lc_fail(LC_E_CONFIG, "This class is abstract and cannot be created. Did you mean %s?",
                       info.variants);
    return NULL;
}

static bool recommend_classes(void *context, const char *name, const lc_config_values *parsed,
                              lc_strings *values)
{
    const class_key *key = context;
    (void)name;
    (void)parsed;
    key->catalog->list(key->catalog->context, key->kind, values);
    return true;
}

/* What the check and the recommender of one version key need. */
typedef struct version_key {
    const char *version;    /* NULL: none */
    const char *class_name; /* what it is the version of */
    const char *owner; /* the key of the class: without one the version isn't shown. NULL: always shown */
} version_key;

static bool recommend_version(void *context, const char *name, const lc_config_values *parsed,
                              lc_strings *values)
{
    const version_key *key = context;
    (void)name;
    if (key->version) lc_strings_add(values, key->version);
    return !key->owner || !lc_config_is_null(parsed, key->owner);
}

/* The class that a raw text names, if it is one of that kind and can be made. */
static bool find_usable(const lc_catalog *catalog, lc_class_kind kind, const char *raw,
                        lc_class_info *ret_info)
{
    if (!raw) return false;
    lc_text trimmed = lc_text_trim(lc_text_of(raw));
    char *name = lc_strndup(trimmed.data, trimmed.len);
    bool found = *name && catalog->find(catalog->context, name, ret_info);
    free(name);
    return found && ret_info->kinds & kind && !ret_info->variants;
}

static class_key *new_class_key(lc_enriched *enriched, const lc_catalog *catalog, lc_class_kind kind)
{
    class_key *key = lc_arena_alloc(&enriched->memory, sizeof *key);
    *key = (class_key){.catalog = catalog, .kind = kind};
    return key;
}

/* A range must be readable and hold the version there is; without a class there is nothing to compare with.
 */
static lc_error *check_version(void *context, const char *name, const lc_config_value *value)
{
    const version_key *key = context;
    bool matches = true;
    (void)name;
    if (value->is_null) return NULL;
    LC_TRY(lc_version_matches(value->text.data, key->version, &matches));
    if (matches || !key->version) return NULL;
    return lc_fail(LC_E_CONFIG,
                   "Plugin %s not found that matches the version range %s, available versions: [%s]",
                   key->class_name, value->text.data, key->version);
}

static const char *keep(lc_enriched *enriched, const char *text)
{
    return text ? lc_arena_copy(&enriched->memory, text, strlen(text)) : NULL;
}

/* Adds a version key: `about` says of what, with borrowed texts. */
static lc_error *put_version(lc_enriched *enriched, lc_config_key key, const version_key *about)
{
    version_key *context = lc_arena_alloc(&enriched->memory, sizeof *context);
    *context = (version_key){keep(enriched, about->version), keep(enriched, about->class_name), about->owner};
    key.fallback = about->version;
    key.check = (lc_config_check){.kind = LC_CHECK_CALL, .call = check_version, .context = context};
    key.recommend = recommend_version;
    key.recommend_context = context;
    return lc_config_def_put(enriched->def, &key);
}

/* key.converter and the like: the worker's class is the default. `name` is a literal. */
static lc_error *put_converter(lc_enriched *enriched, const lc_enrich_options *options, const lc_props *props,
                               const char *name, lc_class_kind kind)
{
    static const char simple[] = "org.apache.kafka.connect.storage.SimpleHeaderConverter";
    class_key *context = new_class_key(enriched, options->catalog, kind);
    lc_config_key key = *lc_config_def_find(enriched->def, name);
    key.fallback = lc_props_get(options->worker, name);
    if (!key.fallback && kind == LC_CLASS_HEADER_CONVERTER) key.fallback = simple;
    key.check = (lc_config_check){.kind = LC_CHECK_CALL, .call = check_class, .context = context};
    key.recommend = recommend_classes;
    key.recommend_context = context;
    LC_TRY(lc_config_def_put(enriched->def, &key));
    lc_class_info info = {0};
    bool usable = find_usable(options->catalog, kind, lc_props_get_or(props, name, key.fallback), &info);
    lc_auto(lc_buf) own_version = {0};
    lc_buf_printf(&own_version, "%s.plugin.version", name);
    version_key about = {usable ? info.version : NULL, usable ? info.name : NULL, name};
    return put_version(enriched, *lc_config_def_find(enriched->def, own_version.data), &about);
}

/* Transforms and predicates, which configurations name by alias. */
typedef struct alias_kind {
    lc_class_kind kind;
    const char *key; /* the list of aliases, and the prefix */
    const char *group;
    const char *noun;
    const char *label;
} alias_kind;

static const alias_kind alias_kinds[] = {
    {LC_CLASS_TRANSFORMATION, "transforms", "Transforms", "transformation", "Transformation"},
    {LC_CLASS_PREDICATE,      "predicates", "Predicates", "predicate",      "Predicate"     },
};

/* What every transform has besides its own keys. */
static const lc_config_key implicit_keys[] = {
    {.name = "predicate",
     .type = LC_CONFIG_STRING,
     .importance = LC_IMPORTANCE_MEDIUM,
     .doc = "The alias of a predicate used to determine whether to apply this transformation."},
    { .name = "negate",
     .type = LC_CONFIG_BOOLEAN,
     .fallback = "false",
     .importance = LC_IMPORTANCE_MEDIUM,
     .doc = "Whether the configured predicate should be negated."},
};

/* One alias while its keys are added. */
typedef struct alias {
    lc_enriched *enriched;
    const lc_catalog *catalog;
    const alias_kind *kind;
    const char *name;
    const char *prefix; /* "transforms.a." */
    const char *group;  /* "Transforms: a" */
    const lc_props *props;
} alias;

static const char *rule_of_alias(const alias *a)
{
    lc_arena *memory = &a->enriched->memory;
    if (a->kind->kind != LC_CLASS_TRANSFORMATION) return NULL;
    const char *negate = lc_arena_printf(memory, "%snegate", a->prefix);
    const char *predicate = lc_arena_printf(memory, "%spredicate", a->prefix);
    if (!lc_props_has(a->props, negate) || lc_props_has(a->props, predicate)) return NULL;
    return lc_arena_printf(
        memory, "Config '%s' was provided but there is no config '%s' defining a predicate to be negated.",
        negate, predicate);
}

static lc_error *put_alias_type(const alias *a)
{
    lc_arena *memory = &a->enriched->memory;
    class_key *context = new_class_key(a->enriched, a->catalog, a->kind->kind);
    context->rule_broken = rule_of_alias(a);
    lc_config_key key = {
        .name = lc_arena_printf(memory, "%stype", a->prefix),
        .type = LC_CONFIG_CLASS,
        .required = true,
        .check = {.kind = LC_CHECK_CALL, .call = check_class, .context = context},
        .doc = lc_arena_printf(memory, "Class for the '%s' %s.", a->name, a->kind->noun),
        .group = a->group,
        .width = LC_WIDTH_LONG,
        .display = lc_arena_printf(memory, "%s type for %s", a->kind->label, a->name),
        .recommend = recommend_classes,
        .recommend_context = context,
    };
    return lc_config_def_put(a->enriched->def, &key);
}

static lc_error *put_alias_version(const alias *a, const version_key *about)
{
    lc_arena *memory = &a->enriched->memory;
    lc_config_key key = {
        .name = lc_arena_printf(memory, "%splugin.version", a->prefix),
        .type = LC_CONFIG_STRING,
        .doc = lc_arena_printf(memory, "Version of the '%s' %s.", a->name, a->kind->noun),
        .group = a->group,
        .order = 1,
        .width = LC_WIDTH_LONG,
        .display = lc_arena_printf(memory, "%s version for %s", a->kind->label, a->name),
    };
    return put_version(a->enriched, key, about);
}

/* Hidden keys that the configuration has. */
static lc_error *add_given(const alias *a, const lc_config_def *hidden, lc_config_def *def)
{
    for (size_t i = 0; hidden && i < lc_config_def_count(hidden); i++) {
        const lc_config_key *key = lc_config_def_at(hidden, i);
        lc_auto(lc_buf) name = {0};
        lc_buf_printf(&name, "%s%s", a->prefix, key->name);
        if (lc_props_has(a->props, name.data)) LC_TRY(lc_config_def_put(def, key));
    }
    return NULL;
}

/* The class's own keys and the implicit ones, which hide own keys of the same name. */
static lc_error *put_alias_keys(const alias *a, const lc_class_info *info)
{
    lc_autoptr(lc_config_def) def = info->def ? lc_config_def_copy(info->def) : lc_config_def_new();
    LC_TRY(add_given(a, info->hidden, def));
    if (a->kind->kind == LC_CLASS_TRANSFORMATION)
        lc_config_def_add_table(def, implicit_keys, sizeof implicit_keys / sizeof *implicit_keys);
    return lc_config_def_embed(a->enriched->def, a->prefix, a->group, 2, def);
}

static lc_error *put_alias(const alias *a)
{
    lc_class_info info = {0};
    lc_auto(lc_buf) type = {0};
    lc_buf_printf(&type, "%stype", a->prefix);
    bool usable = find_usable(a->catalog, a->kind->kind, lc_props_get(a->props, type.data), &info);
    LC_TRY(put_alias_type(a));
    version_key about = {usable ? info.version : NULL, usable ? info.name : NULL, NULL};
    LC_TRY(put_alias_version(a, &about));
    return usable ? put_alias_keys(a, &info) : NULL;
}

static lc_error *put_aliases(lc_enriched *enriched, const lc_catalog *catalog, const alias_kind *kind,
                             const lc_props *props)
{
    const lc_config_key key = {.name = kind->key, .type = LC_CONFIG_LIST, .fallback = ""};
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_autoptr(lc_config_values) values = NULL;
    lc_config_def_add_table(def, &key, 1);
    LC_TRY(lc_config_parse(def, props, &values));
    lc_config_list names = lc_config_list_of(values, kind->key);
    lc_auto(lc_strings) seen = {0};
    for (size_t i = 0; i < names.count; i++) {
        if (lc_strings_has(&seen, names.items[i])) continue;
        lc_strings_add(&seen, names.items[i]);
        const char *prefix = lc_arena_printf(&enriched->memory, "%s.%s.", kind->key, names.items[i]);
        const char *group = lc_arena_printf(&enriched->memory, "%s: %s", kind->group, names.items[i]);
        alias a = {enriched, catalog, kind, names.items[i], prefix, group, props};
        LC_TRY(put_alias(&a));
    }
    return NULL;
}

static lc_error *enrich(lc_enriched *enriched, const lc_enrich_options *options, const lc_props *props)
{
    static const struct {
        const char *name;
        lc_class_kind kind;
    } converters[] = {
        {"key.converter",    LC_CLASS_CONVERTER       },
        {"value.converter",  LC_CLASS_CONVERTER       },
        {"header.converter", LC_CLASS_HEADER_CONVERTER},
    };
    enriched->def = lc_connector_def_new(options->is_sink);
    lc_config_def_set_classes(enriched->def, find_class, (void *)(uintptr_t)options->catalog);
    version_key about = {options->version, lc_props_get(props, "connector.class"), NULL};
    LC_TRY(put_version(enriched, *lc_config_def_find(enriched->def, "connector.plugin.version"), &about));
    for (size_t i = 0; i < sizeof converters / sizeof *converters; i++)
        LC_TRY(put_converter(enriched, options, props, converters[i].name, converters[i].kind));
    for (size_t i = 0; i < sizeof alias_kinds / sizeof *alias_kinds; i++)
        LC_TRY(put_aliases(enriched, options->catalog, &alias_kinds[i], props));
    return NULL;
}

lc_error *lc_enriched_new(const lc_enrich_options *options, const lc_props *props, lc_enriched **ret_enriched)
{
    lc_autoptr(lc_enriched) enriched = lc_alloc(sizeof *enriched);
    LC_TRY(enrich(enriched, options, props));
    *ret_enriched = lc_steal(enriched);
    return NULL;
}

void lc_enriched_free(lc_enriched *enriched)
{
    if (!enriched) return;
    lc_config_def_free(enriched->def);
    lc_arena_done(&enriched->memory);
    free(enriched);
}

const lc_config_def *lc_enriched_def(const lc_enriched *enriched)
{
    return enriched->def;
}
