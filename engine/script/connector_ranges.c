/* Sinks that keep offsets in their target: from where to where a batch goes in each partition. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>

#include "base/memory.h"
#include "script/connector_internal.h"

void lc_ranges_done(lc_kept_ranges *ranges)
{
    for (size_t i = 0; i < ranges->count; i++) free(ranges->items[i].topic);
    free(ranges->items);
    *ranges = (lc_kept_ranges){0};
}

static bool is_it(const lc_kept_range *range, lc_text topic, int32_t partition)
{
    return range->partition == partition && range->topic_len == topic.len &&
           !memcmp(range->topic, topic.data, topic.len);
}

/* Records come in runs of one partition. */
static lc_kept_range *find(lc_kept_ranges *ranges, lc_text topic, int32_t partition)
{
    for (size_t tried = 0; tried < ranges->count; tried++) {
        size_t at = (ranges->last + tried) % ranges->count;
        if (!is_it(&ranges->items[at], topic, partition)) continue;
        ranges->last = at;
        return &ranges->items[at];
    }
    return NULL;
}

static void follow(lc_kept_ranges *ranges, const lc_partition_name *partition)
{
    lc_kept_range *range = find(ranges, partition->topic, partition->partition);
    if (!range) {
        ranges->items = lc_grow(ranges->items, &ranges->cap, ranges->count + 1, sizeof *ranges->items);
        range = &ranges->items[ranges->count++];
        *range = (lc_kept_range){.topic = lc_strndup(partition->topic.data, partition->topic.len),
                                 .topic_len = partition->topic.len,
                                 .partition = partition->partition};
    }
    range->next = partition->offset >= 0 ? partition->offset : -1;
    range->first = -1;
}

void lc_ranges_open(lc_kept_ranges *ranges, lua_State *lua, lc_partition_name *partitions, size_t count)
{
    ranges->are_kept = lua_istable(lua, -1);
    if (!ranges->are_kept) return;
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, -1, (int)i + 1);
        if (lua_isnumber(lua, -1)) partitions[i].offset = (int64_t)lua_tonumber(lua, -1);
        lua_pop(lua, 1);
        follow(ranges, &partitions[i]);
    }
}

void lc_ranges_close(lc_kept_ranges *ranges, const lc_partition_name *partitions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lc_kept_range *range = find(ranges, partitions[i].topic, partitions[i].partition);
        if (!range) continue;
        free(range->topic);
        *range = ranges->items[--ranges->count];
    }
    ranges->last = 0;
}

static void extend(lc_kept_range *range, int64_t offset)
{
    if (range->first < 0) {
        range->first = range->next >= 0 ? range->next : offset;
        range->end = offset + 1;
    } else if (offset >= range->end) {
        range->end = offset + 1;
    }
}

void lc_ranges_measure(lc_kept_ranges *ranges, const lc_batch *batch)
{
    for (size_t i = 0; i < ranges->count; i++) ranges->items[i].first = -1;
    for (uint32_t i = 0; i < batch->count && ranges->are_kept; i++) {
        const lc_record *record = &batch->records[i];
        lc_text topic = {record->original_topic, record->original_topic_len};
        lc_kept_range *range = find(ranges, topic, record->original_partition);
        if (range) extend(range, record->original_offset);
    }
}

static void set_number(lua_State *lua, const char *name, double number)
{
    lua_pushnumber(lua, number);
    lua_setfield(lua, -2, name);
}

void lc_ranges_push(const lc_kept_ranges *ranges, lua_State *lua)
{
    int pushed = 0;
    lua_newtable(lua);
    for (size_t i = 0; i < ranges->count && ranges->are_kept; i++) {
        const lc_kept_range *range = &ranges->items[i];
        if (range->first < 0) continue;
        lua_createtable(lua, 0, 4);
        lua_pushlstring(lua, range->topic, range->topic_len);
        lua_setfield(lua, -2, "topic");
        set_number(lua, "partition", range->partition);
        set_number(lua, "first", (double)range->first);
        set_number(lua, "next", (double)range->end);
        lua_rawseti(lua, -2, ++pushed);
    }
}

void lc_ranges_advance(lc_kept_ranges *ranges)
{
    for (size_t i = 0; i < ranges->count; i++)
        if (ranges->items[i].first >= 0) ranges->items[i].next = ranges->items[i].end;
}
