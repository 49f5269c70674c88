/* What the script tests share: states, scripts from text, records from a few fields. */
#ifndef LC_TESTS_SCRIPT_KIT_H
#define LC_TESTS_SCRIPT_KIT_H

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "script/chain.h"

typedef struct kit {
    lc_types *types;
    lc_state *state;
    lc_batch batch;
    lc_script *scripts[8];
    size_t script_count;
    lc_chain *chain;
} kit;

/* How a case is run: LuaJIT as it comes, compiling almost at once, and not at all. */
static const struct {
    const char *name;
    bool jit_off;
    int hotloop;
} KIT_MODES[] __attribute__((unused)) = {{"jit", false, 0}, {"hotloop=2", false, 2}, {"jit off", true, 0}};

static void kit_error(lc_error *error)
{
    if (!error) return;
    char *text = lc_error_to_text(error);
    check_note(false, __FILE__, __LINE__, text);
    free(text);
    lc_error_free(error);
}

static __attribute__((unused)) void kit_init(kit *k, int mode)
{
    *k = (kit){.types = lc_types_new()};
    lc_state_options options = {.types = k->types,
                                .jit_off = KIT_MODES[mode].jit_off,
                                .hotloop = KIT_MODES[mode].hotloop,
                                .task = 0,
                                .connector = "test"};
    kit_error(lc_state_new(&options, &k->state));
    lc_batch_init(&k->batch, k->types);
}

static __attribute__((unused)) void kit_done(kit *k)
{
    lc_chain_free(k->chain);
    lc_batch_done(&k->batch);
    lc_state_free(k->state);
    lc_types_free(k->types);
    for (size_t i = 0; i < k->script_count; i++) lc_script_unref(k->scripts[i]);
}

static __attribute__((unused)) lc_script *kit_script(kit *k, const char *name, const char *text)
{
    lc_script *script = NULL;
    char path[64];
    snprintf(path, sizeof path, "%s.lua", name);
    kit_error(lc_script_new(name, path, lc_text_of(text), false, &script));
    if (script) k->scripts[k->script_count++] = script;
    return script;
}

/* A chain of one transform without settings. */
static __attribute__((unused)) void kit_chain(kit *k, const char *text, const lc_props *settings)
{
    lc_script *script = kit_script(k, "transform", text);
    if (!script) return;
    lc_chain_step step = {.alias = "t", .transform = script, .settings = settings};
    kit_error(lc_chain_new(k->state, &step, 1, &k->chain));
}

static __attribute__((unused)) lc_record *kit_record(kit *k, const char *topic)
{
    lc_record *record = lc_batch_add(&k->batch);
    record->topic = topic;
    record->topic_len = (uint32_t)strlen(topic);
    record->side = LC_RECORD_SINK;
    record->has_offset = record->has_partition = 1;
    record->offset = k->batch.count;
    return record;
}

static __attribute__((unused)) void kit_set(kit *k, lc_value *map, const char *name, lc_value value)
{
    if (map->kind == LC_NULL) *map = lc_object_new(&k->batch.arena, lc_shape_empty(k->types), 8);
    *lc_map_set(k->types, &k->batch.arena, map, lc_text_of(name)) = value;
}

static __attribute__((unused)) void kit_set_text(kit *k, lc_value *map, const char *name, const char *text)
{
    kit_set(k, map, name, lc_value_text(lc_text_of(text)));
}

/* The value as Java prints it; good until the next call. */
static __attribute__((unused)) const char *kit_text(const lc_value *value)
{
    static lc_buf text;
    lc_buf_reset(&text);
    lc_value_to_text(&text, value);
    return text.data ? text.data : "";
}

static __attribute__((unused)) const char *kit_record_error(const lc_record *record)
{
    return record->error ? lc_error_message(record->error) : NULL;
}

#endif
