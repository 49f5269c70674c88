#include "cluster/txn_writer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"

enum { CLOSE_MS = 500, AGAIN_MS = 50 };

struct lc_txn_writer {
    lc_producer *producer;
    lc_topic *topic;
    bool shaken; /* the last write was taken back */
};

/* The records of one transaction in flight; whoever is last, writer or record, frees it. */
typedef struct flight {
    atomic_int refs;
    atomic_int_least64_t highest; /* offset */
} flight;

typedef struct flight_item {
    lc_inflight inflight;
    flight *home;
    char value[]; /* read until it is answered */
} flight_item;

static void flight_unref(flight *home)
{
    if (atomic_fetch_sub(&home->refs, 1) == 1) free(home);
}

static void item_done(lc_inflight *inflight, const lc_delivery *delivery)
{
    flight_item *item = (flight_item *)inflight;
    int_least64_t highest = atomic_load(&item->home->highest);
    while (!delivery->error && delivery->offset > highest &&
           !atomic_compare_exchange_weak(&item->home->highest, &highest, delivery->offset)) {}
    flight_unref(item->home);
    free(item);
}

static int64_t left(int64_t deadline)
{
    int64_t rest = deadline - lc_monotonic_ms();
    return rest > 0 ? rest : 0;
}

lc_error *lc_txn_writer_open(lc_client_config *config, const lc_client_log *log, const char *topic,
                             lc_txn_writer **ret_writer)
{
    lc_txn_writer *writer = lc_alloc(sizeof *writer);
    lc_error *error = lc_producer_open(config, log, &writer->producer);
    if (!error) error = lc_producer_topic(writer->producer, topic, &writer->topic);
    if (error) lc_txn_writer_close(writer);
    else *ret_writer = writer;
    return error;
}

lc_error *lc_txn_writer_claim(lc_txn_writer *writer, int64_t timeout_ms)
{
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    for (;;) {
        lc_txn_next next;
        lc_error *error = lc_producer_init_transactions(writer->producer, left(deadline), &next);
        if (!error || next != LC_TXN_RETRY || left(deadline) <= AGAIN_MS) return error;
        lc_error_free(error);
        lc_sleep_ms(AGAIN_MS);
    }
}

void lc_txn_writer_close(lc_txn_writer *writer)
{
    if (!writer) return;
    lc_producer_close(writer->producer, CLOSE_MS);
    free(writer);
}

static lc_error *send(lc_txn_writer *writer, flight *home, const lc_txn_record *record, int64_t deadline)
{
    flight_item *item = lc_alloc(sizeof *item + record->value.len + 1);
    *item = (flight_item){{item_done}, home};
    if (record->value.len) memcpy(item->value, record->value.data, record->value.len);
    lc_outgoing out = {.value = record->value.data ? item->value : NULL,
                       .value_len = record->value.len,
                       .key = record->key.data,
                       .key_len = record->key.len,
                       .timestamp = LC_NO_TIMESTAMP,
                       .partition = LC_PARTITION_ANY,
                       .inflight = &item->inflight};
    lc_error *error = NULL;
    lc_send_result result;
    atomic_fetch_add(&home->refs, 1);
    while ((result = lc_producer_send(writer->producer, writer->topic, &out, &error)) == LC_SEND_FULL &&
           left(deadline))
        lc_producer_wait_room(writer->producer, left(deadline));
    if (result == LC_SEND_OK) return NULL;
    free(item);
    flight_unref(home);
    if (result == LC_SEND_FULL)
        error = lc_fail(LC_E_TIMEOUT, "The records for topic %s were not taken in time",
                        lc_topic_name(writer->topic));
    return error;
}

static lc_error *send_all(lc_txn_writer *writer, flight *home, const lc_txn_record *records, size_t count,
                          int64_t deadline)
{
    for (size_t i = 0; i < count; i++) LC_TRY(send(writer, home, &records[i], deadline));
    return NULL;
}

static lc_error *commit(lc_txn_writer *writer, int64_t deadline, lc_txn_next *ret_next)
{
    for (;;) {
        lc_error *error = lc_producer_commit(writer->producer, left(deadline), ret_next);
        if (!error || *ret_next != LC_TXN_RETRY || !left(deadline)) return error;
        lc_error_free(error);
        lc_sleep_ms(AGAIN_MS);
    }
}

/* Ends the transaction that failed. True: nothing of it stays and the writer may go on. */
static bool take_back(lc_txn_writer *writer, int64_t deadline)
{
    enum { LEAST_MS = 3000 };
    int64_t patience = left(deadline) > LEAST_MS ? left(deadline) : LEAST_MS;
    lc_txn_next next;
    lc_error *error = lc_producer_abort(writer->producer, patience, &next);
    lc_error_free(error);
    return !error;
}

/* What stands behind a failure: once a producer is fenced it says other things, too. */
static lc_error *settle(lc_txn_writer *writer, lc_error *error, lc_txn_outcome *outcome)
{
    lc_error *fatal = lc_producer_fatal(writer->producer);
    if (fatal) {
        lc_error_free(error);
        error = fatal;
    }
    if (lc_error_code(error) == LC_E_CONFLICT) *outcome = LC_WRITE_FENCED;
    else if (fatal) *outcome = LC_WRITE_UNKNOWN;
    return error;
}

static lc_error *try_write(lc_txn_writer *writer, const lc_txn_record *records, size_t count,
                           int64_t deadline, lc_txn_outcome *ret_outcome, int64_t *ret_offset)
{
    lc_txn_next next = LC_TXN_ABORT;
    *ret_outcome = LC_WRITE_DONE;
    lc_error *error = lc_producer_begin(writer->producer, &next);
    if (error) {
        *ret_outcome = next == LC_TXN_FATAL ? LC_WRITE_UNKNOWN : LC_WRITE_REFUSED;
        return settle(writer, error, ret_outcome);
    }
    flight *home = lc_alloc(sizeof *home);
    atomic_init(&home->refs, 1);
    atomic_init(&home->highest, -1);
    next = LC_TXN_ABORT;
    error = send_all(writer, home, records, count, deadline);
    if (!error) error = commit(writer, deadline, &next);
    *ret_offset = atomic_load(&home->highest);
    flight_unref(home);
    if (!error) return NULL;
    bool is_back = next == LC_TXN_ABORT && take_back(writer, deadline);
    *ret_outcome = is_back ? LC_WRITE_REFUSED : LC_WRITE_UNKNOWN;
    return settle(writer, error, ret_outcome);
}

/* A record that the broker refused leaves a gap in the sequence, which librdkafka 2.0.2 only mends when the
 * transaction after it has failed: that one is tried twice. */
lc_error *lc_txn_writer_write(lc_txn_writer *writer, const lc_txn_record *records, size_t count,
                              int64_t timeout_ms, lc_txn_outcome *ret_outcome, int64_t *ret_offset)
{
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    lc_error *error = try_write(writer, records, count, deadline, ret_outcome, ret_offset);
    if (*ret_outcome == LC_WRITE_REFUSED && writer->shaken && left(deadline)) {
        lc_error_free(error);
        error = try_write(writer, records, count, deadline, ret_outcome, ret_offset);
    }
    writer->shaken = *ret_outcome == LC_WRITE_REFUSED;
    return error;
}
