#include "runtime/plugin_catalog.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "convert/converter.h"
#include "runtime/connector_defs.h"

struct lc_plugin_catalog {
    lc_catalog view;
    lc_table *by_name; /* full name or alias → lc_class_info in `memory` */
    lc_table *defs;    /* converter class → lc_config_def */
    lc_arena memory;
    pthread_rwlock_t lock;
};

/* What Connect cuts off for a short name, by the kind of plug-in. */
static const struct {
    const char *text;
    unsigned kinds;
} class_suffixes[] = {
    {"Converter", LC_CLASS_CONVERTER},
    {"HeaderConverter", LC_CLASS_HEADER_CONVERTER},
    {"Transformation", LC_CLASS_TRANSFORMATION},
    {"Predicate", LC_CLASS_PREDICATE},
    {"Connector", 0},
};

/* Of two plug-ins with the same name and kind the later one wins, as in lc_plugins. */
static void add_class(lc_plugin_catalog *catalog, const char *name, const lc_class_info *as)
{
    lc_class_info *info = lc_table_get(catalog->by_name, name);
    if (!info) {
        info = lc_arena_alloc(&catalog->memory, sizeof *info);
        lc_table_put(catalog->by_name, name, info);
        *info = *as;
    } else if (info->kinds == 0 || info->kinds == as->kinds) {
        *info = *as;
    }
}

/* Connect's aliases: the simple name, and that without the suffix of its kind (PluginUtils). Names of nested
 * classes have none. */
static void add_aliases(lc_plugin_catalog *catalog, const char *name, const lc_class_info *info)
{
    const char *dot = strrchr(name, '.');
    if (!dot || strchr(dot, '$')) return;
    lc_text simple = lc_text_of(dot + 1);
    add_class(catalog, simple.data, info);
    for (size_t i = 0; i < sizeof class_suffixes / sizeof *class_suffixes; i++) {
        const char *suffix = class_suffixes[i].text;
        size_t cut = strlen(suffix);
        if (class_suffixes[i].kinds && !(class_suffixes[i].kinds & info->kinds)) continue;
        if (simple.len <= cut || strcmp(simple.data + simple.len - cut, suffix)) continue;
        char *pruned = lc_strndup(simple.data, simple.len - cut);
        add_class(catalog, pruned, info);
        free(pruned);
    }
}

/* "a.B$Key" makes "a.B" known as an abstract class. */
static void add_outer_class(lc_plugin_catalog *catalog, const lc_class_info *nested)
{
    const char *dollar = strchr(nested->name, '$');
    if (!dollar) return;
    lc_class_info outer = *nested;
    outer.name = lc_arena_copy(&catalog->memory, nested->name, (size_t)(dollar - nested->name));
    outer.variants = nested->name;
    outer.version = NULL;
    lc_class_info *known = lc_table_get(catalog->by_name, outer.name);
    if (!known) add_class(catalog, outer.name, &outer);
    else if (known->variants)
        known->variants = lc_arena_printf(&catalog->memory, "%s, %s", known->variants, nested->name);
}

static void add_named(lc_plugin_catalog *catalog, const char *name, const lc_class_info *as)
{
    lc_class_info info = *as;
    info.name = name;
    add_class(catalog, name, &info);
    add_aliases(catalog, name, &info);
    add_outer_class(catalog, &info);
}

static unsigned kinds_of(lc_script_kind kind)
{
    if (kind == LC_SCRIPT_TRANSFORM) return LC_CLASS_TRANSFORMATION;
    return kind == LC_SCRIPT_PREDICATE ? LC_CLASS_PREDICATE : 0;
}

static void add_script(lc_plugin_catalog *catalog, const lc_script *script)
{
    lc_class_info info = {
        .name = lc_script_java_class(script),
        .kinds = kinds_of(lc_script_kind_of(script)),
        .version = lc_script_version(script),
        .def = lc_script_config_def(script),
        .hidden = lc_script_hidden_def(script),
    };
    lc_strings names = {0};
    for (size_t i = 0; i < lc_script_alias_count(script); i++)
        lc_strings_add(&names, lc_script_alias(script, i));
    lc_strings_sort(&names); /* so that variants are listed in order */
    for (size_t i = 0; i < names.count; i++) {
        if (!strchr(names.items[i], '.')) add_class(catalog, names.items[i], &info);
        else
            add_named(catalog, lc_arena_copy(&catalog->memory, names.items[i], strlen(names.items[i])),
                      &info);
    }
    lc_strings_done(&names);
    add_class(catalog, lc_script_name(script), &info);
}

/* So that who asks for it hears why; a shipped script of that name is used instead. */
static void add_broken(lc_plugin_catalog *catalog, const char *name, const lc_error *why)
{
    if (lc_table_get(catalog->by_name, name)) return;
    lc_class_info info = {.name = name, .broken = lc_error_message(why)};
    add_class(catalog, name, &info);
}

static void free_def(void *def)
{
    lc_config_def_free(def);
}

static void add_converter(lc_plugin_catalog *catalog, const lc_converter_class *converter)
{
    lc_class_info info = {.version = converter->version};
    if (converter->is_converter) info.kinds |= LC_CLASS_CONVERTER;
    if (converter->is_header_converter) info.kinds |= LC_CLASS_HEADER_CONVERTER;
    lc_config_def *def = lc_converter_def_new(converter->java_class);
    if (def) lc_table_put(catalog->defs, converter->java_class, def);
    info.def = def;
    add_named(catalog, converter->java_class, &info);
}

/* Classes of the Java platform exist for Connect, and are no plug-ins. */
static bool is_java_platform(const char *name)
{
    return !strncmp(name, "java.lang.", 10) || !strncmp(name, "java.util.", 10);
}

static bool find(void *context, const char *name, lc_class_info *ret_info)
{
    lc_plugin_catalog *catalog = context;
    pthread_rwlock_rdlock(&catalog->lock);
    const lc_class_info *info = lc_table_get(catalog->by_name, name);
    if (info) *ret_info = *info;
    pthread_rwlock_unlock(&catalog->lock);
    if (info) return true;
    *ret_info = (lc_class_info){.name = name};
    return is_java_platform(name);
}

static void list(void *context, lc_class_kind kind, lc_strings *names)
{
    lc_plugin_catalog *catalog = context;
    lc_strings found = {0};
    pthread_rwlock_rdlock(&catalog->lock);
    for (size_t i = 0; i < lc_table_count(catalog->by_name); i++) {
        const lc_class_info *info = lc_table_value_at(catalog->by_name, i);
        if (info->kinds & kind && !info->variants &&
            !strcmp(info->name, lc_table_key_at(catalog->by_name, i)))
            lc_strings_add(&found, info->name);
    }
    pthread_rwlock_unlock(&catalog->lock);
    lc_strings_sort(&found);
    lc_strings_add_all(names, &found);
    lc_strings_done(&found);
}

lc_plugin_catalog *lc_plugin_catalog_new(const lc_plugins *plugins)
{
    lc_plugin_catalog *catalog = lc_alloc(sizeof *catalog);
    pthread_rwlock_init(&catalog->lock, NULL);
    catalog->view = (lc_catalog){catalog, find, list};
    catalog->by_name = lc_table_new(NULL);
    catalog->defs = lc_table_new(free_def);
    for (const lc_converter_class *const *c = lc_converter_classes(); *c; c++) add_converter(catalog, *c);
    for (size_t i = 0; i < lc_plugins_count(plugins); i++) add_script(catalog, lc_plugins_at(plugins, i));
    for (size_t i = 0; i < lc_plugins_broken_count(plugins); i++) {
        const lc_error *why;
        const char *name = lc_plugins_broken_at(plugins, i, &why);
        add_broken(catalog, name, why);
    }
    return catalog;
}

/* A definition belongs to one script. */
static void take_out(lc_plugin_catalog *catalog, const lc_config_def *def)
{
    for (size_t i = lc_table_count(catalog->by_name); i-- > 0;) {
        const lc_class_info *info = lc_table_value_at(catalog->by_name, i);
        if (info->def != def) continue;
        char *name = lc_strdup(lc_table_key_at(catalog->by_name, i));
        lc_table_remove(catalog->by_name, name);
        free(name);
    }
}

void lc_plugin_catalog_put(lc_plugin_catalog *catalog, const lc_script *script, const lc_script *old)
{
    pthread_rwlock_wrlock(&catalog->lock);
    if (old) take_out(catalog, lc_script_config_def(old));
    lc_class_info *known = lc_table_get(catalog->by_name, lc_script_name(script));
    if (known && known->broken) *known = (lc_class_info){0};
    add_script(catalog, script);
    pthread_rwlock_unlock(&catalog->lock);
}

static bool lacks_names(const lc_plugin_catalog *catalog, const lc_script *script)
{
    bool lacks = !lc_table_get(catalog->by_name, lc_script_name(script));
    for (size_t i = 0; i < lc_script_alias_count(script) && !lacks; i++)
        lacks = !lc_table_get(catalog->by_name, lc_script_alias(script, i));
    return lacks;
}

void lc_plugin_catalog_remove(lc_plugin_catalog *catalog, const lc_plugins *plugins, const lc_script *old)
{
    pthread_rwlock_wrlock(&catalog->lock);
    take_out(catalog, lc_script_config_def(old));
    for (size_t i = 0; i < lc_plugins_count(plugins); i++) {
        const lc_script *script = lc_plugins_at(plugins, i);
        if (lacks_names(catalog, script)) add_script(catalog, script);
    }
    pthread_rwlock_unlock(&catalog->lock);
}

void lc_plugin_catalog_free(lc_plugin_catalog *catalog)
{
    if (!catalog) return;
    lc_table_free(catalog->by_name);
    lc_table_free(catalog->defs);
    lc_arena_done(&catalog->memory);
    pthread_rwlock_destroy(&catalog->lock);
    free(catalog);
}

const lc_catalog *lc_plugin_catalog_view(const lc_plugin_catalog *catalog)
{
    return &catalog->view;
}
