#include "runtime/guard.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "secure/random.h"

enum { FIRST_DELAY_MS = 300 };

static int64_t delay_of(const lc_guard *guard, int attempts)
{
    int64_t most = guard->config->retry_delay_max_ms;
    int64_t delay = attempts < 40 ? (int64_t)FIRST_DELAY_MS << (attempts - 1) : INT64_MAX;
    if (delay <= most) return delay;
    return lc_random_below(most);
}

bool lc_guard_retry(lc_guard *guard, lc_retry *retry, const lc_error *error)
{
    int64_t limit = guard->config->retry_timeout_ms;
    if (!lc_error_is_retriable(error) || limit == 0) return false;
    int64_t now = lc_monotonic_ms();
    if (!retry->attempts) retry->deadline_ms = limit < 0 ? INT64_MAX : now + limit;
    if (now >= retry->deadline_ms) return false;
    int64_t until = now + delay_of(guard, ++retry->attempts);
    if (until > retry->deadline_ms) until = retry->deadline_ms;
    lc_meter_add(&guard->task->meters.retries, 1);
    while (!lc_task_is_stopping(guard->task) && (now = lc_monotonic_ms()) < until)
        lc_task_wait(guard->task, -1, until - now);
    return !lc_task_is_stopping(guard->task);
}

static void describe_raw(lc_buf *text, const lc_message *raw)
{
    lc_buf_printf(text, ", where consumed record is {topic='%s', partition=%d, offset=%lld", raw->from->topic,
                  (int)raw->partition, (long long)raw->offset);
    if (raw->timestamp_type != LC_TIME_NONE)
        lc_buf_printf(text, ", timestamp=%lld, timestampType=%s", (long long)raw->timestamp,
                      raw->timestamp_type == LC_TIME_APPEND ? "LogAppendTime" : "CreateTime");
    lc_buf_text(text, "}");
}

static void log_failure(lc_guard *guard, lc_stage stage, const char *class_name, const lc_error *error,
                        const lc_record *record, const lc_message *raw)
{
    if (!guard->config->log_errors) return;
    lc_auto(lc_buf) text = {0};
    lc_buf_printf(&text, "Error encountered in task %s-%d. Executing stage '%s' with class '%s'",
                  guard->task->connector, guard->task->id, lc_stage_name(stage), class_name);
    if (guard->config->log_messages && raw) {
        describe_raw(&text, raw);
    } else if (guard->config->log_messages && record) {
        lc_buf_text(&text, ", where source record is = ");
        lc_record_to_text(&text, record);
    }
    lc_buf_text(&text, ".");
    char *trace = lc_providers_hide(guard->task->worker->providers, lc_error_to_text(error));
    lc_log(guard->task->worker->log, LC_LOG_ERROR, "runtime.guard", text.data, "connector",
           guard->task->connector, "task", guard->task->id_text, "error", trace, NULL);
    free(trace);
    lc_meter_add(&guard->task->meters.errors_logged, 1);
}

static void keep_place(lc_task_error *kept, const lc_record *record, const lc_message *raw)
{
    kept->offset = -1;
    if (raw) {
        snprintf(kept->topic, sizeof kept->topic, "%s", raw->from->topic);
        kept->partition = raw->partition;
        kept->offset = raw->offset;
    } else if (record && record->topic) {
        snprintf(kept->topic, sizeof kept->topic, "%.*s", (int)record->topic_len, record->topic);
        kept->partition = record->has_partition ? record->partition : -1;
    }
}

/* For GET /connectors/{name}/activity. Failures that are tolerated may be many: one at a time is enough. */
static void keep(lc_task *task, lc_stage stage, const char *class_name, const lc_error *error, const lc_record *record,
                 const lc_message *raw)
{
    lc_task_error *kept = &task->last_error;
    const lc_error *place = error;
    while (place && !lc_error_where(place)) place = lc_error_cause(place);
    if (pthread_mutex_trylock(&task->lock)) return;
    *kept = (lc_task_error){.at_ms = lc_now_ms(), .stage = stage};
    snprintf(kept->class_name, sizeof kept->class_name, "%s", class_name);
    snprintf(kept->message, sizeof kept->message, "%s", lc_error_message(error));
    if (place) snprintf(kept->where, sizeof kept->where, "%s", lc_error_where(place));
    keep_place(kept, record, raw);
    pthread_mutex_unlock(&task->lock);
}

lc_error *lc_guard_failed(lc_guard *guard, lc_stage stage, const char *class_name, lc_error *error,
                          const lc_record *record, const lc_message *raw)
{
    lc_task_meters *meters = &guard->task->meters;
    lc_meter_add(&meters->failed, 1);
    atomic_store_explicit(&meters->last_error_ms, lc_now_ms(), memory_order_relaxed);
    lc_error_set_stage(error, stage);
    keep(guard->task, stage, class_name, error, record, raw);
    log_failure(guard, stage, class_name, error, record, raw);
    if (guard->dlq && raw) lc_dlq_report(guard->dlq, stage, class_name, error, raw);
    if (guard->config->tolerate_all) {
        lc_error_free(error);
        lc_meter_add(&meters->skipped, 1);
        return NULL;
    }
    return lc_wrap(error, LC_E_CONNECT, "Tolerance exceeded in error handler");
}
