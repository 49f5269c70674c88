#include "kafka/types.h"

#include <stdlib.h>

#include "base/memory.h"

lc_topic_offset *lc_offsets_add(lc_offsets *list, const char *topic, int32_t partition, int64_t offset)
{
    list->items = lc_grow(list->items, &list->cap, list->count + 1, sizeof *list->items);
    lc_topic_offset *item = &list->items[list->count++];
    *item = (lc_topic_offset){.topic = lc_strdup(topic), .partition = partition, .offset = offset};
    return item;
}

lc_topic_offset *lc_offsets_find(const lc_offsets *list, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < list->count; i++) {
        lc_topic_offset *item = &list->items[i];
        if (item->partition == partition && !strcmp(item->topic, topic)) return item;
    }
    return NULL;
}

void lc_offsets_reset(lc_offsets *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free((char *)list->items[i].topic);
        free((char *)list->items[i].metadata);
        lc_error_free(list->items[i].error);
    }
    list->count = 0;
}

void lc_offsets_done(lc_offsets *list)
{
    lc_offsets_reset(list);
    free(list->items);
    *list = (lc_offsets){0};
}
