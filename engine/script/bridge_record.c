#include "script/bridge.h"

static lc_record *record_at(lc_frame *frame, uint32_t record)
{
    return &lc_frame_state(frame)->batch->records[record];
}

static bool is_record_bounded(lc_frame *frame, const lc_record *record)
{
    if (!frame->joined) return true;
    for (uint32_t i = 0; i < record->header_count; i++) {
        if (!lc_frame_is_bounded(frame, &record->headers[i].value)) return false;
    }
    return lc_frame_is_bounded(frame, &record->key) && lc_frame_is_bounded(frame, &record->value);
}

/* The array may have moved. */
static void refresh(lc_frame *frame)
{
    lc_batch *batch = lc_frame_state(frame)->batch;
    frame->records = batch->records;
    frame->count = batch->count;
}

int lc_bridge_set_topic(lc_frame *frame, uint32_t record, const char *topic, size_t len)
{
    lc_record *r = record_at(frame, record);
    r->topic = lc_arena_copy(lc_frame_state(frame)->arena, topic, len);
    r->topic_len = (uint32_t)len;
    return 0;
}

/* A copy counts for nothing until a transform returns it. */
static int no_record_left(lc_state *state)
{
    (void)lc_state_fail(state, lc_fail(LC_E_LIMIT,
                                       "one call made more than %u records: see script.output.records",
                                       state->record_limit));
    return -1;
}

int lc_bridge_clone(lc_frame *frame, uint32_t record)
{
    lc_state *state = lc_frame_state(frame);
    if (!state->record_room) return no_record_left(state);
    if (!lc_frame_has_room(frame)) {
        (void)lc_frame_no_room(frame);
        return -1;
    }
    if (!is_record_bounded(frame, record_at(frame, record))) return -1;
    lc_record *copy = lc_batch_clone(state->batch, record);
    state->record_room--;
    copy->state = LC_DROPPED;
    copy->reserved = 0;
    refresh(frame);
    return (int)frame->count - 1;
}

int lc_bridge_header_add(lc_frame *frame, uint32_t record, const char *name, size_t len,
                         const lc_schema *schema)
{
    lc_state *state = lc_frame_state(frame);
    if (!lc_frame_has_room(frame)) {
        (void)lc_frame_no_room(frame);
        return -1;
    }
    lc_text copy = {lc_arena_copy(state->arena, name, len), len};
    lc_record *r = record_at(frame, record);
    lc_record_add_header(state->batch, r, copy, schema, lc_value_null());
    return (int)r->header_count - 1;
}

int lc_bridge_header_remove(lc_frame *frame, uint32_t record, const char *name, size_t len)
{
    lc_record *r = record_at(frame, record);
    uint32_t before = r->header_count;
    lc_record_remove_headers(r, (lc_text){name, len});
    return r->header_count != before;
}

int lc_bridge_record_text(lc_frame *frame, uint32_t record)
{
    lc_buf *text = &lc_frame_state(frame)->text;
    if (!is_record_bounded(frame, record_at(frame, record))) return 1;
    lc_buf_reset(text);
    lc_record_to_text(text, record_at(frame, record));
    lc_frame_text(frame, text->data, text->len);
    return 0;
}

/* A record that a transform kept and returns for another one shan't have two places. */
int lc_bridge_record_done(lc_frame *frame, uint32_t record)
{
    lc_state *state = lc_frame_state(frame);
    if (record_at(frame, record)->reserved == LC_RECORD_PLACED) return 0;
    record_at(frame, record)->reserved = LC_RECORD_PLACED;
    if (state->order_count == state->order_cap) {
        uint32_t cap = state->order_cap * 2 + 64;
        uint32_t *order = lc_arena_alloc(state->arena, cap * sizeof *order);
        if (state->order_count) memcpy(order, state->order, state->order_count * sizeof *order);
        state->order = order;
        state->order_cap = cap;
    }
    state->order[state->order_count++] = record;
    return 0;
}

/* Records before this one have their places already. */
int lc_bridge_split(lc_frame *frame, uint32_t record)
{
    if (frame->split) return 0;
    frame->split = 1;
    for (uint32_t i = 0; i < record; i++) (void)lc_bridge_record_done(frame, i);
    return 0;
}

int lc_bridge_record_add(lc_frame *frame)
{
    lc_state *state = lc_frame_state(frame);
    if (!frame->room) {
        (void)lc_state_fail(state, lc_fail(LC_E_LIMIT, "poll added more records than out.room"));
        return -1;
    }
    if (!lc_frame_has_room(frame)) {
        (void)lc_frame_no_room(frame);
        return -1;
    }
    (void)lc_batch_add(state->batch);
    frame->room--;
    refresh(frame);
    return (int)frame->count - 1;
}
