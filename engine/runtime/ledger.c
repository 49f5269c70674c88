#include "runtime/ledger.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"

/* One source partition. */
typedef struct lane {
    char *key; /* ["connector",{partition}] */
    size_t key_len;
    lc_buf offset;             /* committable, as JSON */
    bool dirty;                /* `offset` is newer than what was committed */
    bool handed;               /* part of the last lc_ledger_committable */
    bool blocked;              /* during a scan: an earlier record is not acknowledged */
    bool stuck;                /* a record will never be stored: nothing behind it may be committed */
    const lc_value *candidate; /* during a scan */
} lane;

struct lc_ledger {
    atomic_uint refs;          /* the task's, and one per flight with records on their way */
    pthread_mutex_t wake_lock; /* guards `wake`: it is cut off before the task goes */
    char *connector;
    lc_types *types;
    lc_converter *json;
    void (*wake)(void *context);
    void *context;
    atomic_bool awaited;
    lc_flight *oldest, *newest, *spare;
    size_t spares;
    lane *lanes;
    size_t lane_count, lane_cap;
    lc_table *by_key;                /* key → index + 1 */
    const lc_object *last_partition; /* of the flight that is boarding */
    uint32_t last_lane;
    lc_arena scratch;
    lc_offset_entry *committable;
    size_t committable_cap;
    int64_t stored;
};

enum { SPARE_FLIGHTS = 2, NO_LANE = UINT32_MAX };

static void release(lc_ledger *ledger);

static void wake_task(lc_ledger *ledger)
{
    if (!atomic_load_explicit(&ledger->awaited, memory_order_relaxed) ||
        !atomic_exchange(&ledger->awaited, false))
        return;
    pthread_mutex_lock(&ledger->wake_lock);
    if (ledger->wake) ledger->wake(ledger->context);
    pthread_mutex_unlock(&ledger->wake_lock);
}

/* One record less on its way. Once the count is 0 the task may reuse the flight: it is not touched after. */
static void landed(lc_flight *flight)
{
    lc_ledger *ledger = flight->ledger;
    if (atomic_fetch_sub_explicit(&flight->pending, 1, memory_order_acq_rel) == 1) {
        wake_task(ledger);
        release(ledger);
    } else {
        wake_task(ledger);
    }
}

static void acked(lc_inflight *inflight, const lc_delivery *delivery)
{
    lc_entry *entry = (lc_entry *)inflight;
    if (entry->room && delivery->error) lc_embedded_note_failed(entry->room, entry->bytes);
    else if (entry->room) lc_embedded_note_stored(entry->room, entry->bytes, 1, delivery->offset);
    if (delivery->error) {
        entry->error = lc_error_copy(delivery->error);
        atomic_fetch_add(&entry->flight->errors, 1);
    }
    atomic_store_explicit(&entry->state, delivery->error ? LC_ENTRY_ERROR : LC_ENTRY_ACKED,
                          memory_order_release);
    landed(entry->flight);
}

void lc_ledger_settle(lc_entry *entry, bool acknowledged)
{
    atomic_store_explicit(&entry->state, acknowledged ? LC_ENTRY_ACKED : LC_ENTRY_UNSENT,
                          memory_order_release);
    landed(entry->flight);
}

void lc_ledger_hold(lc_flight *flight)
{
    atomic_fetch_add(&flight->pending, 1);
}

void lc_ledger_let_go(lc_flight *flight)
{
    landed(flight);
}

lc_ledger *lc_ledger_new(const char *connector, lc_types *types, void (*wake)(void *context), void *context)
{
    lc_ledger *ledger = lc_alloc(sizeof *ledger);
    atomic_init(&ledger->refs, 1);
    pthread_mutex_init(&ledger->wake_lock, NULL);
    ledger->connector = lc_strdup(connector);
    ledger->types = types;
    ledger->wake = wake;
    ledger->context = context;
    ledger->by_key = lc_table_new(NULL);
    return ledger;
}

static void free_flight(lc_flight *flight)
{
    lc_batch_done(&flight->batch);
    for (size_t i = 0; i < flight->count; i++) lc_error_free(flight->entries[i].error);
    free(flight->entries);
    free(flight);
}

static void free_flights(lc_flight *flight)
{
    while (flight) {
        lc_flight *next = flight->next;
        free_flight(flight);
        flight = next;
    }
}

static void release(lc_ledger *ledger)
{
    if (atomic_fetch_sub_explicit(&ledger->refs, 1, memory_order_acq_rel) != 1) return;
    free_flights(ledger->oldest);
    free_flights(ledger->spare);
    for (size_t i = 0; i < ledger->lane_count; i++) {
        free(ledger->lanes[i].key);
        lc_buf_done(&ledger->lanes[i].offset);
    }
    free(ledger->lanes);
    lc_table_free(ledger->by_key);
    lc_arena_done(&ledger->scratch);
    free(ledger->committable);
    free(ledger->connector);
    pthread_mutex_destroy(&ledger->wake_lock);
    free(ledger);
}

void lc_ledger_free(lc_ledger *ledger)
{
    if (!ledger) return;
    pthread_mutex_lock(&ledger->wake_lock);
    ledger->wake = NULL;
    pthread_mutex_unlock(&ledger->wake_lock);
    lc_converter_close(ledger->json);
    ledger->json = NULL;
    release(ledger);
}

lc_flight *lc_ledger_board(lc_ledger *ledger)
{
    lc_flight *flight = ledger->spare;
    if (flight) {
        ledger->spare = flight->next;
        ledger->spares--;
    } else {
        flight = lc_alloc(sizeof *flight);
        lc_batch_init(&flight->batch, ledger->types);
        flight->ledger = ledger;
    }
    flight->next = NULL;
    ledger->last_partition = NULL;
    return flight;
}

static lc_error *json_of(lc_ledger *ledger, lc_arena *arena, const lc_value *value, lc_text *ret_json)
{
    if (!ledger->json) {
        lc_autoptr(lc_props) settings = lc_props_new();
        lc_props_set(settings, "schemas.enable", "false");
        LC_TRY(lc_converter_open(LC_TEXT("org.apache.kafka.connect.json.JsonConverter"), settings,
                                 LC_ROLE_VALUE, ledger->types, &ledger->json));
    }
    return lc_converter_write(ledger->json, arena, LC_TEXT("offsets"), NULL, value, ret_json);
}

lc_error *lc_ledger_key(lc_ledger *ledger, lc_arena *arena, const lc_value *partition, lc_text *ret_key)
{
    lc_value pair = lc_list_new(arena, 2);
    *lc_list_add(arena, pair.u.list) = lc_value_text(lc_text_of(ledger->connector));
    *lc_list_add(arena, pair.u.list) = *partition;
    return json_of(ledger, arena, &pair, ret_key);
}

lc_error *lc_ledger_parse(lc_ledger *ledger, lc_arena *arena, lc_text stored, lc_value *ret_offset)
{
    lc_text none;
    lc_value null = lc_value_null();
    if (!ledger->json) LC_TRY(json_of(ledger, arena, &null, &none));
    const lc_schema *schema = NULL;
    return lc_converter_read(ledger->json, arena, LC_TEXT("offsets"), stored, &schema, ret_offset);
}

static lc_error *find_lane(lc_ledger *ledger, const lc_value *partition, uint32_t *ret_lane)
{
    lc_text key;
    lc_arena_reset(&ledger->scratch, 1 << 16);
    LC_TRY(lc_ledger_key(ledger, &ledger->scratch, partition, &key));
    uintptr_t found = (uintptr_t)lc_table_get_text(ledger->by_key, key);
    if (!found) {
        ledger->lanes =
            lc_grow(ledger->lanes, &ledger->lane_cap, ledger->lane_count + 1, sizeof *ledger->lanes);
        lane *l = &ledger->lanes[ledger->lane_count++];
        *l = (lane){.key = lc_strndup(key.data, key.len), .key_len = key.len};
        found = ledger->lane_count;
        lc_table_put(ledger->by_key, l->key, (void *)found);
    }
    *ret_lane = (uint32_t)(found - 1);
    return NULL;
}

/* Records of one poll mostly share the very object of their partition. */
static lc_error *lane_of(lc_ledger *ledger, const lc_value *partition, uint32_t *ret_lane)
{
    if (partition->kind == LC_NULL) {
        *ret_lane = NO_LANE;
        return NULL;
    }
    if (!lc_value_is_object(partition)) return find_lane(ledger, partition, ret_lane);
    if (partition->u.object != ledger->last_partition) {
        LC_TRY(find_lane(ledger, partition, &ledger->last_lane));
        ledger->last_partition = partition->u.object;
    }
    *ret_lane = ledger->last_lane;
    return NULL;
}

lc_error *lc_ledger_enter(lc_ledger *ledger, lc_flight *flight, const lc_record *record)
{
    uint32_t lane_index;
    LC_TRY(lane_of(ledger, &record->source_partition, &lane_index));
    flight->entries = lc_grow(flight->entries, &flight->cap, flight->count + 1, sizeof *flight->entries);
    lc_entry *entry = &flight->entries[flight->count++];
    entry->inflight.done = acked;
    entry->flight = flight;
    entry->room = NULL;
    entry->error = NULL;
    /* Of several records made from one, only the last may move the offset on. */
    entry->offset = record->last_of_origin ? record->source_offset : lc_value_null();
    entry->lane = lane_index;
    entry->bytes = 0;
    entry->record = (uint32_t)(record - flight->batch.records);
    atomic_store_explicit(&entry->state, LC_ENTRY_SENT, memory_order_relaxed);
    return NULL;
}

void lc_ledger_depart(lc_ledger *ledger, lc_flight *flight)
{
    if (flight->count) atomic_fetch_add(&ledger->refs, 1);
    atomic_store(&flight->pending, (unsigned)flight->count);
    if (ledger->newest) ledger->newest->next = flight;
    else ledger->oldest = flight;
    ledger->newest = flight;
}

void lc_ledger_cancel(lc_ledger *ledger, lc_flight *flight)
{
    lc_batch_reset(&flight->batch);
    flight->count = flight->bytes = 0;
    atomic_store(&flight->errors, 0);
    if (ledger->spares >= SPARE_FLIGHTS) {
        free_flight(flight);
        return;
    }
    flight->next = ledger->spare;
    ledger->spare = flight;
    ledger->spares++;
}

/* Notes the offsets that this flight makes committable; lanes become blocked at their first open record. */
static void scan(lc_ledger *ledger, lc_flight *flight)
{
    for (size_t i = 0; i < flight->count; i++) {
        lc_entry *entry = &flight->entries[i];
        if (entry->lane == NO_LANE) continue;
        lane *l = &ledger->lanes[entry->lane];
        if (l->blocked || l->stuck) continue;
        uint8_t state = atomic_load_explicit(&entry->state, memory_order_acquire);
        if (state == LC_ENTRY_UNSENT) l->stuck = true;
        else if (state == LC_ENTRY_SENT) l->blocked = true;
        else if (entry->offset.kind != LC_NULL) l->candidate = &entry->offset;
    }
}

static lc_error *keep_candidates(lc_ledger *ledger)
{
    for (size_t i = 0; i < ledger->lane_count; i++) {
        lane *l = &ledger->lanes[i];
        if (!l->candidate) continue;
        lc_text json;
        lc_arena_reset(&ledger->scratch, 1 << 16);
        LC_TRY(json_of(ledger, &ledger->scratch, l->candidate, &json));
        l->candidate = NULL;
        lc_buf_reset(&l->offset);
        lc_buf_add(&l->offset, json.data, json.len);
        l->dirty = true;
        l->handed = false;
    }
    return NULL;
}

static lc_error *report_errors(lc_flight *flight, lc_ledger_failed *failed, void *context)
{
    if (!atomic_load(&flight->errors)) return NULL;
    for (size_t i = 0; i < flight->count; i++) {
        lc_entry *entry = &flight->entries[i];
        if (atomic_load(&entry->state) != LC_ENTRY_ERROR) continue;
        lc_error *error = failed(context, entry, &flight->batch.records[entry->record]);
        atomic_store(&entry->state, error ? LC_ENTRY_UNSENT : LC_ENTRY_ACKED);
        if (error) return error;
    }
    return NULL;
}

lc_error *lc_ledger_retire(lc_ledger *ledger, lc_ledger_failed *failed, void *context)
{
    while (ledger->oldest && atomic_load_explicit(&ledger->oldest->pending, memory_order_acquire) == 0) {
        lc_flight *flight = ledger->oldest;
        LC_TRY(report_errors(flight, failed, context));
        scan(ledger, flight);
        LC_TRY(keep_candidates(ledger));
        ledger->stored += (int64_t)flight->count;
        ledger->oldest = flight->next;
        if (!ledger->oldest) ledger->newest = NULL;
        lc_ledger_cancel(ledger, flight);
    }
    return NULL;
}

lc_error *lc_ledger_report(lc_ledger *ledger, lc_ledger_failed *failed, void *context)
{
    for (lc_flight *flight = ledger->oldest; flight; flight = flight->next)
        LC_TRY(report_errors(flight, failed, context));
    return NULL;
}

size_t lc_ledger_bytes(const lc_ledger *ledger)
{
    size_t bytes = 0;
    for (const lc_flight *flight = ledger->oldest; flight; flight = flight->next) bytes += flight->bytes;
    return bytes;
}

bool lc_ledger_is_empty(const lc_ledger *ledger)
{
    return !ledger->oldest;
}

int64_t lc_ledger_stored(const lc_ledger *ledger)
{
    return ledger->stored;
}

void lc_ledger_await(lc_ledger *ledger)
{
    atomic_store(&ledger->awaited, true);
}

lc_error *lc_ledger_committable(lc_ledger *ledger, const lc_offset_entry **ret_entries, size_t *ret_count)
{
    for (size_t i = 0; i < ledger->lane_count; i++) ledger->lanes[i].blocked = false;
    for (lc_flight *flight = ledger->oldest; flight; flight = flight->next) scan(ledger, flight);
    LC_TRY(keep_candidates(ledger));
    for (size_t i = 0; i < ledger->lane_count; i++) ledger->lanes[i].blocked = false;
    ledger->committable = lc_grow(ledger->committable, &ledger->committable_cap, ledger->lane_count,
                                  sizeof *ledger->committable);
    size_t count = 0;
    for (size_t i = 0; i < ledger->lane_count; i++) {
        lane *l = &ledger->lanes[i];
        if (!l->dirty) continue;
        l->handed = true;
        ledger->committable[count++] =
            (lc_offset_entry){{l->key, l->key_len}, {l->offset.data, l->offset.len}};
    }
    *ret_entries = ledger->committable;
    *ret_count = count;
    return NULL;
}

void lc_ledger_committed(lc_ledger *ledger)
{
    for (size_t i = 0; i < ledger->lane_count; i++) {
        if (ledger->lanes[i].handed) ledger->lanes[i].dirty = false;
        ledger->lanes[i].handed = false;
    }
}
