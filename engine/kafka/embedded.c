#include "kafka/embedded.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/memory.h"
#include "kafka/rd.h"

#include <librdkafka/rdkafka_mock.h> /* wants rdkafka.h before it */

enum {
    HELD_MAX = 4 << 20,   /* of the 5 MiB that the mock keeps per partition */
    KEPT_MAX = 8 << 20,   /* by our count, which is higher: what is older is gone for certain */
    RECORD_OVERHEAD = 96, /* at most, for a record that is a batch of its own */
    CHECKPOINT_BYTES = 16 << 10
};

/* All records up to `last_offset` together have `total` bytes, counted from the beginning of the lane. */
typedef struct checkpoint {
    int64_t last_offset;
    uint64_t total;
} checkpoint;

typedef struct reader {
    char *name;
    int64_t position;
    struct reader *next;
} reader;

/*   gone │ delivered to all, perhaps still there │ held: stored, not yet delivered │ in flight
 *   ─────┼───────────────────────────────────────┼─────────────────────────────────┼──────────▶ offsets
 *    gone_total                             freed_total                      stored_total
 * A reader that comes late, or goes back, moves freed_total back: it gets what is still there. */
struct lc_embedded_lane {
    pthread_mutex_t lock;
    char *topic;
    int32_t partition;
    checkpoint *checkpoints; /* oldest first, from `first` on: of what is not gone */
    size_t first, count, cap;
    uint64_t stored_total, freed_total, gone_total, flying;
    reader *readers;
    int64_t floor; /* where the last reader stopped, when there is none */
    char *reason;
};

struct lc_embedded {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *cluster;
    lc_client_log log;
    pthread_mutex_t lock; /* guards topics and lanes */
    lc_table *topics;     /* name to number of partitions */
    lc_table *lanes;      /* "topic-partition" to lane */
};

static void lane_free(void *value)
{
    lc_embedded_lane *lane = value;
    while (lane->readers) {
        reader *at = lane->readers;
        lane->readers = at->next;
        free(at->name);
        free(at);
    }
    pthread_mutex_destroy(&lane->lock);
    free(lane->topic);
    free(lane->checkpoints);
    free(lane->reason);
    free(lane);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    enum { WARNING = 4 };
    const lc_embedded *embedded = rd_kafka_opaque(rk);
    if (level > WARNING || !embedded->log.line) return;
    lc_auto(lc_buf) line = {0};
    lc_buf_printf(&line, "%s: %s", facility, text);
    embedded->log.line(embedded->log.context, LC_LOG_WARN, "embedded", line.data);
}

static void embedded_free(lc_embedded *embedded)
{
    if (embedded->cluster) rd_kafka_mock_cluster_destroy(embedded->cluster);
    if (embedded->rk) rd_kafka_destroy(embedded->rk);
    lc_table_free(embedded->topics);
    lc_table_free(embedded->lanes);
    pthread_mutex_destroy(&embedded->lock);
    free(embedded);
}

lc_error *lc_embedded_start(const lc_client_log *log, lc_embedded **ret_embedded)
{
    char why[256] = "";
    lc_embedded *embedded = lc_alloc(sizeof *embedded);
    pthread_mutex_init(&embedded->lock, NULL);
    embedded->topics = lc_table_new(free);
    embedded->lanes = lc_table_new(lane_free);
    if (log) embedded->log = *log;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_opaque(conf, embedded);
    rd_kafka_conf_set_log_cb(conf, on_log);
    embedded->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!embedded->rk) rd_kafka_conf_destroy(conf);
    else embedded->cluster = rd_kafka_mock_cluster_new(embedded->rk, 1);
    if (embedded->cluster) {
        *ret_embedded = embedded;
        return NULL;
    }
    embedded_free(embedded);
    return lc_fail(LC_E_IO, "The embedded broker can't be started: %s",
                   *why ? why : "no socket on the loopback interface");
}

void lc_embedded_stop(lc_embedded *embedded)
{
    if (embedded) embedded_free(embedded);
}

const char *lc_embedded_bootstrap(const lc_embedded *embedded)
{
    return rd_kafka_mock_cluster_bootstraps(embedded->cluster);
}

lc_error *lc_embedded_create_topic(lc_embedded *embedded, const char *topic, int32_t partitions,
                                   bool *ret_created)
{
    pthread_mutex_lock(&embedded->lock);
    bool exists = lc_table_get(embedded->topics, topic) != NULL;
    rd_kafka_resp_err_t err = exists ? RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS
                                     : rd_kafka_mock_topic_create(embedded->cluster, topic, partitions, 1);
    if (!err) {
        int32_t *count = lc_alloc(sizeof *count);
        *count = partitions;
        lc_table_put(embedded->topics, topic, count);
    }
    pthread_mutex_unlock(&embedded->lock);
    if (ret_created) *ret_created = !err;
    if (!err || err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return NULL;
    return lc_rd_error(err, "The embedded broker can't make the topic %s", topic);
}

int32_t lc_embedded_partitions(lc_embedded *embedded, const char *topic)
{
    pthread_mutex_lock(&embedded->lock);
    const int32_t *count = lc_table_get(embedded->topics, topic);
    pthread_mutex_unlock(&embedded->lock);
    return count ? *count : 0;
}

lc_embedded_lane *lc_embedded_lane_of(lc_embedded *embedded, const char *topic, int32_t partition)
{
    lc_auto(lc_buf) key = {0};
    lc_buf_printf(&key, "%s-%d", topic, partition);
    pthread_mutex_lock(&embedded->lock);
    lc_embedded_lane *lane = lc_table_get(embedded->lanes, key.data);
    if (!lane) {
        lane = lc_alloc(sizeof *lane);
        pthread_mutex_init(&lane->lock, NULL);
        lane->topic = lc_strdup(topic);
        lane->partition = partition;
        lc_table_put(embedded->lanes, key.data, lane);
    }
    pthread_mutex_unlock(&embedded->lock);
    return lane;
}

static uint64_t weight(size_t bytes, size_t count)
{
    return bytes + count * RECORD_OVERHEAD;
}

void lc_embedded_note_produced(lc_embedded_lane *lane, size_t bytes)
{
    pthread_mutex_lock(&lane->lock);
    lane->flying += weight(bytes, 1);
    pthread_mutex_unlock(&lane->lock);
}

void lc_embedded_note_failed(lc_embedded_lane *lane, size_t bytes)
{
    pthread_mutex_lock(&lane->lock);
    lane->flying -= weight(bytes, 1);
    pthread_mutex_unlock(&lane->lock);
}

static void compact(lc_embedded_lane *lane)
{
    if (lane->first < 64 || lane->first * 2 < lane->count) return;
    lane->count -= lane->first;
    memmove(lane->checkpoints, lane->checkpoints + lane->first, lane->count * sizeof *lane->checkpoints);
    lane->first = 0;
}

/* The newest checkpoint moves on until it covers enough bytes to be worth a place of its own. */
static void add_checkpoint(lc_embedded_lane *lane, int64_t last_offset)
{
    bool reuse = lane->count - lane->first >= 2 &&
                 lane->stored_total - lane->checkpoints[lane->count - 2].total < CHECKPOINT_BYTES;
    if (!reuse) {
        compact(lane);
        lane->checkpoints =
            lc_grow(lane->checkpoints, &lane->cap, lane->count + 1, sizeof *lane->checkpoints);
        lane->count++;
    }
    lane->checkpoints[lane->count - 1] = (checkpoint){last_offset, lane->stored_total};
}

static void forget_gone(lc_embedded_lane *lane)
{
    while (lane->first < lane->count && lane->stored_total - lane->checkpoints[lane->first].total > KEPT_MAX)
        lane->gone_total = lane->checkpoints[lane->first++].total;
}

void lc_embedded_note_stored(lc_embedded_lane *lane, size_t bytes, size_t count, int64_t last_offset)
{
    pthread_mutex_lock(&lane->lock);
    lane->flying -= weight(bytes, count);
    lane->stored_total += weight(bytes, count);
    add_checkpoint(lane, last_offset);
    forget_gone(lane);
    if (lane->freed_total < lane->gone_total) lane->freed_total = lane->gone_total;
    pthread_mutex_unlock(&lane->lock);
}

static reader *find_reader(const lc_embedded_lane *lane, const char *name)
{
    for (reader *at = lane->readers; at; at = at->next)
        if (!strcmp(at->name, name)) return at;
    return NULL;
}

/* The bytes of everything before `offset`, as far as it isn't gone. */
static uint64_t total_before(const lc_embedded_lane *lane, int64_t offset)
{
    size_t low = lane->first, high = lane->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lane->checkpoints[middle].last_offset < offset) low = middle + 1;
        else high = middle;
    }
    return low == lane->first ? lane->gone_total : lane->checkpoints[low - 1].total;
}

/* Everything before the slowest reader is free to be thrown away by the mock. */
static void free_delivered(lc_embedded_lane *lane)
{
    int64_t slowest = lane->readers ? lane->readers->position : lane->floor;
    for (const reader *at = lane->readers; at; at = at->next)
        if (at->position < slowest) slowest = at->position;
    lane->freed_total = total_before(lane, slowest);
}

static void set_position(lc_embedded_lane *lane, const char *name, int64_t offset, bool backwards)
{
    pthread_mutex_lock(&lane->lock);
    reader *at = find_reader(lane, name);
    if (!at) {
        at = lc_alloc(sizeof *at);
        *at = (reader){.name = lc_strdup(name), .position = offset, .next = lane->readers};
        lane->readers = at;
    }
    if (backwards || offset > at->position) at->position = offset;
    free_delivered(lane);
    pthread_mutex_unlock(&lane->lock);
}

void lc_embedded_note_reader(lc_embedded_lane *lane, const char *name, int64_t offset)
{
    set_position(lane, name, offset, true);
}

void lc_embedded_note_consumed(lc_embedded_lane *lane, const char *name, int64_t offset)
{
    set_position(lane, name, offset, false);
}

static void forget(lc_embedded_lane *lane, const char *name)
{
    pthread_mutex_lock(&lane->lock);
    reader **link = &lane->readers;
    while (*link && strcmp((*link)->name, name) != 0) link = &(*link)->next;
    reader *gone = *link;
    if (gone) {
        *link = gone->next;
        lane->floor = gone->position;
        free_delivered(lane);
        free(gone->name);
        free(gone);
    }
    pthread_mutex_unlock(&lane->lock);
}

void lc_embedded_forget_reader(lc_embedded *embedded, const char *name)
{
    pthread_mutex_lock(&embedded->lock);
    for (size_t i = 0; i < lc_table_count(embedded->lanes); i++)
        forget(lc_table_value_at(embedded->lanes, i), name);
    pthread_mutex_unlock(&embedded->lock);
}

static void explain(lc_embedded_lane *lane)
{
    lc_buf text = {0};
    const reader *slowest = lane->readers;
    for (const reader *at = lane->readers; at; at = at->next)
        if (at->position < slowest->position) slowest = at;
    lc_buf_printf(&text, "The embedded broker holds %.1f MB of %s-%d that ",
                  (double)(lane->stored_total - lane->freed_total) / 1e6, lane->topic, lane->partition);
    if (slowest) lc_buf_printf(&text, "%s has not read yet; writing goes on when it has", slowest->name);
    else lc_buf_text(&text, "nobody reads: start a sink connector for this topic, or use a Kafka broker");
    free(lane->reason);
    lane->reason = lc_buf_detach(&text);
}

bool lc_embedded_room(lc_embedded_lane *lane, size_t bytes, const char **ret_reason)
{
    pthread_mutex_lock(&lane->lock);
    uint64_t held = lane->stored_total - lane->freed_total + lane->flying;
    bool room = held == 0 || held + weight(bytes, 1) <= HELD_MAX;
    if (!room && ret_reason) {
        explain(lane);
        *ret_reason = lane->reason;
    }
    pthread_mutex_unlock(&lane->lock);
    return room;
}
