#include "data/types.h"

#include <stdlib.h>

#include "base/memory.h"

enum { FIRST_SLOTS = 64 };

void *lc_hash_set_next(const lc_hash_set *set, uint32_t hash, uint32_t *at)
{
    if (!set->slots) return NULL;
    for (;;) {
        const lc_hash_slot *slot = &set->slots[*at & set->mask];
        if (!slot->item) return NULL;
        ++*at;
        if (slot->hash == hash) return slot->item;
    }
}

static void place(lc_hash_set *set, uint32_t hash, void *item)
{
    uint32_t at = hash & set->mask;
    while (set->slots[at].item) at = (at + 1) & set->mask;
    set->slots[at] = (lc_hash_slot){item, hash};
}

void lc_hash_set_put(lc_hash_set *set, uint32_t hash, void *item)
{
    if (!set->slots || set->used * 2 > set->mask) {
        lc_hash_set old = *set;
        uint32_t size = old.slots ? (old.mask + 1) * 2 : FIRST_SLOTS;
        set->slots = lc_alloc(size * sizeof *set->slots);
        set->mask = size - 1;
        for (uint32_t i = 0; old.slots && i <= old.mask; i++) {
            if (old.slots[i].item) place(set, old.slots[i].hash, old.slots[i].item);
        }
        free(old.slots);
    }
    place(set, hash, item);
    set->used++;
}

void lc_hash_set_done(lc_hash_set *set)
{
    free(set->slots);
    *set = (lc_hash_set){0};
}

lc_types *lc_types_new(void)
{
    return lc_alloc(sizeof(lc_types));
}

void lc_types_free(lc_types *types)
{
    if (!types) return;
    lc_hash_set_done(&types->names);
    lc_hash_set_done(&types->shapes);
    lc_hash_set_done(&types->schemas);
    free(types->shape_by_id);
    free(types->schema_by_id);
    lc_arena_done(&types->arena);
    free(types);
}

static size_t set_bytes(const lc_hash_set *set)
{
    return set->slots ? ((size_t)set->mask + 1) * sizeof *set->slots : 0;
}

size_t lc_types_bytes(const lc_types *types)
{
    return sizeof *types + types->arena.held + set_bytes(&types->names) + set_bytes(&types->shapes) +
           set_bytes(&types->schemas) + types->shape_cap * sizeof *types->shape_by_id +
           types->schema_cap * sizeof *types->schema_by_id;
}

void *lc_types_alloc(lc_types *types, size_t size)
{
    void *memory = lc_arena_alloc(&types->arena, size);
    memset(memory, 0, size);
    return memory;
}

void lc_schema_attach(const lc_schema *schema, int slot, const void *value)
{
    ((lc_schema *)schema)->attachment[slot] = value;
}

const lc_schema *lc_schema_by_id(lc_types *types, uint32_t id)
{
    return id - 1 < types->schema_count ? &types->schema_by_id[id - 1]->schema : NULL;
}

const lc_schema *lc_schema_primitive(lc_types *types, lc_type type, bool optional)
{
    const lc_schema **known = &types->plain[type][optional];
    if (!*known)
        *known = lc_schema_intern_unchecked(types, &(lc_schema_spec){.type = type, .optional = optional});
    return *known;
}

static const struct {
    lc_type type;
    lc_text name;
} LOGICAL[] = {
    [LC_LOGICAL_DECIMAL] = {LC_TYPE_BYTES, {LC_DECIMAL_NAME, sizeof LC_DECIMAL_NAME - 1}},
    [LC_LOGICAL_DATE] = {LC_TYPE_INT32, {LC_DATE_NAME, sizeof LC_DATE_NAME - 1}},
    [LC_LOGICAL_TIME] = {LC_TYPE_INT32, {LC_TIME_NAME, sizeof LC_TIME_NAME - 1}},
    [LC_LOGICAL_TIMESTAMP] = {LC_TYPE_INT64, {LC_TIMESTAMP_NAME, sizeof LC_TIMESTAMP_NAME - 1}},
};

const lc_schema *lc_schema_logical(lc_types *types, lc_logical logical, bool optional)
{
    const lc_schema **known = &types->logical[logical][optional];
    if (!*known) {
        *known = lc_schema_intern_unchecked(types, &(lc_schema_spec){.type = LOGICAL[logical].type,
                                                                     .name = LOGICAL[logical].name,
                                                                     .has_version = true,
                                                                     .version = 1,
                                                                     .optional = optional});
    }
    return *known;
}

lc_logical lc_logical_of_name(lc_text name)
{
    if (!lc_text_starts(name, "org.apache.kafka.connect.data.")) return LC_LOGICAL_NONE;
    for (lc_logical logical = LC_LOGICAL_DECIMAL; logical <= LC_LOGICAL_TIMESTAMP; logical++) {
        if (lc_text_eq(name, LOGICAL[logical].name)) return logical;
    }
    return LC_LOGICAL_NONE;
}

lc_text lc_schema_parameter(const lc_schema *schema, const char *key)
{
    for (uint32_t i = 0; i < schema->parameter_count; i++) {
        if (lc_text_is(schema->parameters[i].key, key)) return schema->parameters[i].value;
    }
    return (lc_text){0};
}

static const struct {
    const char *name, *java;
} TYPES[] = {
    [LC_TYPE_NONE] = {"null", "null"},          [LC_TYPE_BOOLEAN] = {"boolean", "BOOLEAN"},
    [LC_TYPE_INT8] = {"int8", "INT8"},          [LC_TYPE_INT16] = {"int16", "INT16"},
    [LC_TYPE_INT32] = {"int32", "INT32"},       [LC_TYPE_INT64] = {"int64", "INT64"},
    [LC_TYPE_FLOAT32] = {"float32", "FLOAT32"}, [LC_TYPE_FLOAT64] = {"float64", "FLOAT64"},
    [LC_TYPE_STRING] = {"string", "STRING"},    [LC_TYPE_BYTES] = {"bytes", "BYTES"},
    [LC_TYPE_ARRAY] = {"array", "ARRAY"},       [LC_TYPE_MAP] = {"map", "MAP"},
    [LC_TYPE_STRUCT] = {"struct", "STRUCT"},
};

const char *lc_type_java_name(lc_type type)
{
    return TYPES[type].java;
}

const char *lc_type_name(lc_type type)
{
    return TYPES[type].name;
}

bool lc_type_parse(lc_text name, lc_type *ret_type)
{
    for (lc_type type = LC_TYPE_BOOLEAN; type <= LC_TYPE_STRUCT; type++) {
        if (!lc_text_eq_nocase(name, lc_text_of(TYPES[type].name))) continue;
        *ret_type = type;
        return true;
    }
    return false;
}
