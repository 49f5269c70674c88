#include "base/config_def.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/config_internal.h"
#include "base/memory.h"

static const char *const type_names[] = {
    [LC_CONFIG_STRING] = "STRING", [LC_CONFIG_BOOLEAN] = "BOOLEAN", [LC_CONFIG_INT] = "INT",
    [LC_CONFIG_SHORT] = "SHORT",   [LC_CONFIG_LONG] = "LONG",       [LC_CONFIG_DOUBLE] = "DOUBLE",
    [LC_CONFIG_LIST] = "LIST",     [LC_CONFIG_CLASS] = "CLASS",     [LC_CONFIG_PASSWORD] = "PASSWORD",
    [LC_CONFIG_DURATION] = "LONG", [LC_CONFIG_CHOICE] = "STRING",
};
static const char *const importance_names[] = {"HIGH", "MEDIUM", "LOW"};
static const char *const width_names[] = {"NONE", "SHORT", "MEDIUM", "LONG"};

lc_config_def *lc_config_def_new(void)
{
    lc_config_def *def = lc_alloc(sizeof *def);
    def->keys = lc_table_new(NULL);
    return def;
}

void lc_config_def_free(lc_config_def *def)
{
    if (!def) return;
    lc_table_free(def->keys);
    lc_arena_done(&def->memory);
    free(def);
}

static const char *copy_text(lc_arena *memory, const char *text)
{
    return text ? lc_arena_copy(memory, text, strlen(text)) : NULL;
}

/* A NULL-terminated list of texts, each with `prefix` before it. */
static const char *const *copy_texts(lc_arena *memory, const char *const *texts, const char *prefix)
{
    if (!texts) return NULL;
    size_t count = 0;
    while (texts[count]) count++;
    const char **copy = lc_arena_alloc(memory, (count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++) copy[i] = lc_arena_printf(memory, "%s%s", prefix, texts[i]);
    copy[count] = NULL;
    return copy;
}

static void copy_check(lc_arena *memory, lc_config_check *check)
{
    for (;;) {
        check->choices = copy_texts(memory, check->choices, "");
        if (!check->next) return;
        lc_config_check *next = lc_arena_alloc(memory, sizeof *next);
        *next = *check->next;
        check->next = next;
        check = next;
    }
}

static lc_config_key *copy_key(lc_arena *memory, const lc_config_key *key)
{
    lc_config_key *copy = lc_arena_alloc(memory, sizeof *copy);
    *copy = *key;
    copy->name = copy_text(memory, key->name);
    copy->check_name = copy_text(memory, key->check_name);
    copy->fallback = copy_text(memory, key->fallback);
    copy->doc = copy_text(memory, key->doc);
    copy->group = copy_text(memory, key->group);
    copy->display = copy_text(memory, key->display);
    copy->dependents = copy_texts(memory, key->dependents, "");
    copy_check(memory, &copy->check);
    return copy;
}

static void put_copy(lc_config_def *def, const lc_config_key *key)
{
    lc_config_key *copy = copy_key(&def->memory, key);
    lc_table_put(def->keys, copy->name, copy);
}

lc_config_def *lc_config_def_copy(const lc_config_def *def)
{
    lc_config_def *copy = lc_config_def_new();
    lc_config_def_set_classes(copy, def->find_class, def->find_context);
    for (size_t i = 0; i < lc_config_def_count(def); i++) put_copy(copy, lc_config_def_at(def, i));
    return copy;
}

static lc_error *check_default(lc_config_def *def, const lc_config_key *key)
{
    if (key->required || !key->fallback) return NULL;
    lc_auto(lc_arena) memory = {0};
    lc_config_value value;
    LC_TRY(lc_config_parse_default(def, key, &memory, &value));
    return lc_config_check_value(key, &value);
}

lc_error *lc_config_def_put(lc_config_def *def, const lc_config_key *key)
{
    LC_TRY(check_default(def, key));
    put_copy(def, key);
    return NULL;
}

lc_error *lc_config_def_add(lc_config_def *def, const lc_config_key *key)
{
    if (lc_config_def_find(def, key->name))
        return lc_fail(LC_E_CONFIG, "Configuration %s is defined twice.", key->name);
    return lc_config_def_put(def, key);
}

void lc_config_def_add_table(lc_config_def *def, const lc_config_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) lc_table_put(def->keys, keys[i].name, (void *)(uintptr_t)&keys[i]);
}

bool lc_config_def_remove(lc_config_def *def, const char *name)
{
    return lc_table_remove(def->keys, name);
}

/* The position of a key's group; 0 for none. */
static size_t group_rank(const lc_strings *groups, const lc_config_key *key)
{
    size_t at = 0;
    if (!key->group) return 0;
    while (at < groups->count && strcmp(groups->items[at], key->group)) at++;
    return at + 1;
}

static int by_display_order(const void *left, const void *right, void *context)
{
    const lc_config_key *a = *(const lc_config_key *const *)left, *b = *(const lc_config_key *const *)right;
    size_t group_a = group_rank(context, a), group_b = group_rank(context, b);
    int order_a = a->group ? a->order : -1, order_b = b->group ? b->order : -1;
    if (group_a != group_b) return group_a < group_b ? -1 : 1;
    if (order_a != order_b) return order_a < order_b ? -1 : 1;
    if (a->required != b->required) return a->required ? -1 : 1;
    if (a->importance != b->importance) return a->importance < b->importance ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* The keys as ConfigDef.sortedConfigs lists them; the caller frees the array. */
static const lc_config_key **sorted_keys(const lc_config_def *def)
{
    lc_auto(lc_strings) groups = {0};
    size_t count = lc_config_def_count(def);
    const lc_config_key **keys = lc_alloc((count + 1) * sizeof *keys);
    for (size_t i = 0; i < count; i++) keys[i] = lc_config_def_at(def, i);
    lc_config_def_groups(def, &groups);
    qsort_r(keys, count, sizeof *keys, by_display_order, &groups);
    return keys;
}

static lc_error *embed_key(lc_config_def *def, const char *prefix, const char *group, int order,
                           const lc_config_key *key)
{
    lc_config_key inner = *key;
    inner.name = lc_arena_printf(&def->memory, "%s%s", prefix, key->name);
    inner.check_name = key->check_name ? key->check_name : key->name;
    inner.display = key->display ? key->display : key->name;
    inner.group = key->group ? lc_arena_printf(&def->memory, "%s: %s", group, key->group) : group;
    inner.order = order;
    inner.dependents = copy_texts(&def->memory, key->dependents, prefix);
    inner.recommend = NULL;
    return lc_config_def_put(def, &inner);
}

lc_error *lc_config_def_embed(lc_config_def *def, const char *prefix, const char *group, int order,
                              const lc_config_def *from)
{
    lc_error *error = NULL;
    const lc_config_key **keys = sorted_keys(from);
    for (size_t i = 0; i < lc_config_def_count(from) && !error; i++)
        error = embed_key(def, prefix, group, order + (int)i, keys[i]);
    free(keys);
    return error;
}

void lc_config_def_set_classes(lc_config_def *def, lc_config_class_fn *find, void *context)
{
    def->find_class = find;
    def->find_context = context;
}

size_t lc_config_def_count(const lc_config_def *def)
{
    return lc_table_count(def->keys);
}

const lc_config_key *lc_config_def_at(const lc_config_def *def, size_t at)
{
    return lc_table_value_at(def->keys, at);
}

const lc_config_key *lc_config_def_find(const lc_config_def *def, const char *name)
{
    return lc_table_get(def->keys, name);
}

void lc_config_def_groups(const lc_config_def *def, lc_strings *groups)
{
    for (size_t i = 0; i < lc_config_def_count(def); i++) {
        const char *group = lc_config_def_at(def, i)->group;
        if (group && !lc_strings_has(groups, group)) lc_strings_add(groups, group);
    }
}

const char *lc_config_type_name(lc_config_type type)
{
    return type_names[type];
}

const char *lc_importance_name(lc_importance importance)
{
    return importance_names[importance];
}

const char *lc_width_name(lc_width width)
{
    return width_names[width];
}

/* Settings of parts that have definitions of their own. */
static bool is_of_part(const char *key)
{
    static const char *const prefixes[] = {"transforms.",      "predicates.",        "key.converter.",
                                           "value.converter.", "header.converter.",  "producer.override.",
                                           "consumer.override.", "admin.override."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (!strncmp(key, prefixes[i], strlen(prefixes[i]))) return true;
    return false;
}

void lc_config_near_misses(const lc_config_def *def, const lc_props *props, lc_strings *notes)
{
    size_t count = lc_config_def_count(def);
    const char **names = lc_alloc((count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++) names[i] = lc_config_def_at(def, i)->name;
    for (size_t i = 0; i < lc_props_count(props); i++) {
        const char *key = lc_props_key_at(props, i);
        if (lc_config_def_find(def, key) || is_of_part(key)) continue;
        const char *near = lc_nearest(key, names, count);
        if (near) lc_strings_printf(notes, "unknown configuration %s, did you mean %s?", key, near);
    }
    free(names);
}
