#include "cluster/config_state.h"

#include <stdlib.h>
#include <string.h>

#include "cluster/config_entry.h"

lc_config_state *lc_config_state_ref(lc_config_state *state)
{
    return lc_counted_ref(state);
}

void lc_config_state_unref(lc_config_state *state)
{
    lc_counted_unref(state);
}

int64_t lc_config_state_offset(const lc_config_state *state)
{
    return state->offset;
}

size_t lc_config_state_count(const lc_config_state *state)
{
    return state->count;
}

const lc_config_connector *lc_config_state_at(const lc_config_state *state, size_t at)
{
    return &state->entries[at]->view;
}

static int by_name(const void *name, const void *entry)
{
    return strcmp(name, (*(lc_connector_entry *const *)entry)->name);
}

const lc_config_connector *lc_config_state_find(const lc_config_state *state, const char *name)
{
    if (!state->count) return NULL;
    lc_connector_entry **found = bsearch(name, state->entries, state->count, sizeof *state->entries, by_name);
    return found ? &(*found)->view : NULL;
}

const lc_session_key *lc_config_state_session_key(const lc_config_state *state)
{
    return state->session ? &state->session->view : NULL;
}

size_t lc_config_state_task_total(const lc_config_state *state)
{
    return state->task_total;
}

int64_t lc_config_state_leader(const lc_config_state *state, const char **ret_worker)
{
    *ret_worker = state->leader;
    return state->epoch;
}

/* Where `key` is or would be. */
static size_t own_place(const lc_config_state *state, const char *key)
{
    size_t low = 0, high = state->own_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(state->own[middle]->key, key) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

lc_text lc_config_state_own(const lc_config_state *state, const char *key)
{
    size_t at = own_place(state, key);
    if (at == state->own_count || strcmp(state->own[at]->key, key) != 0) return (lc_text){NULL, 0};
    return (lc_text){state->own[at]->value, state->own[at]->len};
}

void lc_config_state_each_own(const lc_config_state *state, const char *prefix,
                              void (*each)(void *context, const char *key, lc_text value), void *context)
{
    for (size_t at = own_place(state, prefix); at < state->own_count; at++) {
        const lc_own_record *own = state->own[at];
        if (!lc_text_starts(lc_text_of(own->key), prefix)) return;
        each(context, own->key, (lc_text){own->value, own->len});
    }
}
