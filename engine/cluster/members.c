#include "cluster/members.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"

#define PREFIX "lc-member-"

static void add(void *context, const char *key, lc_text value)
{
    lc_cluster_members *members = context;
    lc_autoptr(lc_json) record = NULL;
    lc_autoptr(lc_error) bad = lc_json_parse(value.data, value.len, 0, &record);
    const char *id = lc_json_string(lc_json_get(record, "id")),
               *url = lc_json_string(lc_json_get(record, "url"));
    if (bad || !id || !url) return;
    int64_t applied = 0;
    lc_json_int(lc_json_get(record, "applied"), &applied);
    members->items = lc_grow(members->items, &members->cap, members->count + 1, sizeof *members->items);
    members->items[members->count++] =
        (lc_cluster_member){lc_strdup(key + strlen(PREFIX)), lc_strdup(id), lc_strdup(url), applied};
}

static int by_age(const void *a, const void *b)
{
    return strcmp(((const lc_cluster_member *)a)->id, ((const lc_cluster_member *)b)->id);
}

void lc_cluster_members_read(const lc_config_state *state, lc_cluster_members *ret_members)
{
    *ret_members = (lc_cluster_members){0};
    lc_config_state_each_own(state, PREFIX, add, ret_members);
    if (ret_members->count) qsort(ret_members->items, ret_members->count, sizeof *ret_members->items, by_age);
}

void lc_cluster_members_done(lc_cluster_members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        free(members->items[i].worker_id);
        free(members->items[i].id);
        free(members->items[i].url);
    }
    free(members->items);
}

const lc_cluster_member *lc_cluster_member_by_id(const lc_cluster_members *members, const char *id)
{
    for (size_t i = 0; id && i < members->count; i++)
        if (!strcmp(members->items[i].id, id)) return &members->items[i];
    return NULL;
}

const lc_cluster_member *lc_cluster_member_of_worker(const lc_cluster_members *members, const char *worker_id)
{
    for (size_t i = 0; worker_id && i < members->count; i++)
        if (!strcmp(members->items[i].worker_id, worker_id)) return &members->items[i];
    return NULL;
}

void lc_cluster_member_put(lc_config_batch *batch, const char *worker_id, const char *id, const char *url,
                           int64_t applied)
{
    lc_auto(lc_buf) key = {0};
    lc_auto(lc_buf) value = {0};
    lc_buf_printf(&key, PREFIX "%s", worker_id);
    if (!id) {
        lc_config_batch_own(batch, key.data, (lc_text){0});
        return;
    }
    lc_autoptr(lc_json) record = lc_json_new_object();
    lc_json_set_string(record, "id", id);
    lc_json_set_string(record, "url", url);
    lc_json_set_int(record, "applied", applied);
    lc_json_dump(record, &value);
    lc_config_batch_own(batch, key.data, (lc_text){value.data, value.len});
}
