/* The ledger of a source task: which records are on their way, and which offsets may be committed.
 *
 *   flight ─▶ flight ─▶ flight        one batch each, in the order they were sent
 *   [entry entry entry …]             one per record: its lane (source partition), offset, acked or not
 *
 * A flight keeps its batch's arena alive until every record of it is acknowledged, because Kafka reads the
 * values right there. The offset of a lane that may be committed is that of the longest acknowledged prefix
 * of the lane. Filtered and skipped records count as acknowledged (Kafka Connect commits their offsets only
 * with a later record). Acks come on producers' threads and touch atomics only; all functions are for the
 * task's thread. */
#ifndef LC_RUNTIME_LEDGER_H
#define LC_RUNTIME_LEDGER_H

#include <stdatomic.h>

#include "convert/converter.h"
#include "data/record.h"
#include "kafka/embedded.h"
#include "kafka/producer.h"
#include "runtime/offset_store.h"

typedef struct lc_ledger lc_ledger;
typedef struct lc_flight lc_flight;

typedef struct lc_entry {
    lc_inflight inflight; /* first: an entry is found from it */
    lc_flight *flight;
    lc_embedded_lane *room; /* embedded broker: where it is accounted; else NULL */
    lc_error *error;        /* why it could not be stored; set before `state` */
    lc_value offset;        /* NULL kind: no offset of its own */
    uint32_t lane;
    uint32_t bytes;
    uint32_t record;       /* index in the flight's batch */
    _Atomic uint8_t state; /* LC_ENTRY_… */
} lc_entry;

/* UNSENT: never stored, and nobody will try again: its lane's offsets stay before it. */
enum { LC_ENTRY_SENT, LC_ENTRY_ACKED, LC_ENTRY_ERROR, LC_ENTRY_UNSENT };

struct lc_flight {
    lc_batch batch;
    lc_ledger *ledger;
    lc_entry *entries;
    size_t count, cap;
    atomic_uint pending; /* entries not yet acked */
    atomic_uint errors;
    size_t bytes; /* keys and values on their way */
    lc_flight *next;
};

/* `connector` names the offsets' owner; `wake` is called (any thread) when acks came and the ledger was told
 * to wait for them. */
lc_ledger *lc_ledger_new(const char *connector, lc_types *types, void (*wake)(void *context), void *context);
/* Records still on their way keep what they need until they land; nobody is woken any more. Accepts NULL. */
void lc_ledger_free(lc_ledger *ledger);

/* An empty flight, not yet in the ledger; give it back with lc_ledger_depart or lc_ledger_cancel. */
lc_flight *lc_ledger_board(lc_ledger *ledger);
/* Adds the next record: its lane is that of source_partition. Entries move until the flight departs. */
lc_error *lc_ledger_enter(lc_ledger *ledger, lc_flight *flight, const lc_record *record) LC_RESULT;
/* From now on entries stay in place and each must be sent (its inflight given to a producer) or settled. */
void lc_ledger_depart(lc_ledger *ledger, lc_flight *flight);
/* A flight that departed with records doesn't retire in between. */
void lc_ledger_hold(lc_flight *flight);
void lc_ledger_let_go(lc_flight *flight); /* it may be gone afterwards */
/* Ends an entry that isn't sent: filtered or skipped (acknowledged), or given up. */
void lc_ledger_settle(lc_entry *entry, bool acknowledged);
void lc_ledger_cancel(lc_ledger *ledger, lc_flight *flight);

/* Retires flights that are complete, oldest first, and remembers their offsets. `failed` is called for every
 * record that could not be stored: NULL means that it may be skipped; an error is passed up and keeps the
 * lane's offsets before that record for good. */
typedef lc_error *lc_ledger_failed(void *context, lc_entry *entry, const lc_record *record);
lc_error *lc_ledger_retire(lc_ledger *ledger, lc_ledger_failed *failed, void *context) LC_RESULT;
/* Calls `failed`, as lc_ledger_retire does, for what is known to have failed of flights that aren't complete yet. */
lc_error *lc_ledger_report(lc_ledger *ledger, lc_ledger_failed *failed, void *context) LC_RESULT;
size_t lc_ledger_bytes(const lc_ledger *ledger); /* in flight */
bool lc_ledger_is_empty(const lc_ledger *ledger);
int64_t lc_ledger_stored(const lc_ledger *ledger); /* records acknowledged and retired so far */
/* The next ack calls `wake` once. Ask again whether there is reason to wait after this. */
void lc_ledger_await(lc_ledger *ledger);

/* Offsets that have become committable since the last lc_ledger_committed: borrowed until the next call. */
lc_error *lc_ledger_committable(lc_ledger *ledger, const lc_offset_entry **ret_entries,
                                size_t *ret_count) LC_RESULT;
void lc_ledger_committed(lc_ledger *ledger); /* those of the last lc_ledger_committable are durable now */

/* The key under which the offset of a source partition is stored: ["connector",{…}] as JSON. In `arena`. */
lc_error *lc_ledger_key(lc_ledger *ledger, lc_arena *arena, const lc_value *partition,
                        lc_text *ret_key) LC_RESULT;
/* Parses a stored offset. */
lc_error *lc_ledger_parse(lc_ledger *ledger, lc_arena *arena, lc_text stored, lc_value *ret_offset) LC_RESULT;

#endif
