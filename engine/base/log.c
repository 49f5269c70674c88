#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/map.h"
#include "base/memory.h"

typedef struct logger {
    lc_log_level level;
    int64_t modified_ms; /* 0: never changed */
} logger;

struct lc_log {
    lc_log_format format;
    lc_log_sink *sink;
    void *context;
    _Atomic(lc_log_edit *) edit; /* or NULL */
    void *edit_context;
    atomic_int floor; /* the lowest level any logger lets through: what is below it needs no lookup */
    pthread_mutex_t mutex;
    lc_table *loggers; /* name → logger; "root" is always there */
};

static const char *const level_names[] = {
    [LC_LOG_ALL] = "ALL",   [LC_LOG_TRACE] = "TRACE", [LC_LOG_DEBUG] = "DEBUG", [LC_LOG_INFO] = "INFO",
    [LC_LOG_WARN] = "WARN", [LC_LOG_ERROR] = "ERROR", [LC_LOG_FATAL] = "FATAL", [LC_LOG_OFF] = "OFF",
};

static const char ROOT[] = "root";

static logger *add_logger(lc_log_t *log, lc_text name, logger as)
{
    logger *fresh = lc_alloc(sizeof *fresh);
    *fresh = as;
    lc_table_put_text(log->loggers, name, fresh);
    return fresh;
}

lc_log_t *lc_log_new(lc_log_format format, lc_log_sink *sink, void *context)
{
    lc_log_t *log = lc_alloc(sizeof *log);
    log->format = format;
    log->sink = sink;
    log->context = context;
    atomic_init(&log->floor, LC_LOG_INFO);
    pthread_mutex_init(&log->mutex, NULL);
    log->loggers = lc_table_new(free);
    add_logger(log, lc_text_of(ROOT), (logger){.level = LC_LOG_INFO});
    return log;
}

void lc_log_set_edit(lc_log_t *log, lc_log_edit *edit, void *context)
{
    if (!log) return;
    if (edit) log->edit_context = context;
    atomic_store(&log->edit, edit);
}

void lc_log_free(lc_log_t *log)
{
    if (!log) return;
    lc_table_free(log->loggers);
    pthread_mutex_destroy(&log->mutex);
    free(log);
}

void lc_log_to_file(void *context, lc_log_level level, const char *logger_name, const char *line, size_t len)
{
    (void)level;
    (void)logger_name;
    FILE *file = context;
    flockfile(file);
    fwrite(line, 1, len, file);
    putc_unlocked('\n', file);
    fflush(file);
    funlockfile(file);
}

/* The logger of that name or of its nearest prefix that ends before a dot; root in the end. */
static logger *nearest_logger(lc_log_t *log, const char *name)
{
    for (size_t len = strlen(name); len; len--) {
        if (name[len] != '\0' && name[len] != '.') continue;
        logger *found = lc_table_get_text(log->loggers, (lc_text){name, len});
        if (found) return found;
    }
    return lc_table_get(log->loggers, ROOT);
}

static bool passes(lc_log_t *log, lc_log_level level, const char *name)
{
    pthread_mutex_lock(&log->mutex);
    const logger *found = nearest_logger(log, name);
    bool enabled = level >= found->level && found->level != LC_LOG_OFF;
    if (enabled && !lc_table_get(log->loggers, name)) add_logger(log, lc_text_of(name), *found);
    pthread_mutex_unlock(&log->mutex);
    return enabled;
}

bool lc_log_enabled(lc_log_t *log, lc_log_level level, const char *name)
{
    if (!log || (int)level < atomic_load_explicit(&log->floor, memory_order_relaxed)) return false;
    return passes(log, level, name);
}

static void add_time(lc_buf *line, int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    char text[32];
    gmtime_r(&seconds, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    lc_buf_printf(line, "%s.%03dZ", text, (int)(now_ms % 1000));
}

/* Bytes that make a logfmt value need quotes. */
static bool is_plain(const char *value)
{
    if (!*value) return false;
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || *p == '"' || *p == '=' || *p == '\\') return false;
    return true;
}

static void add_pair(lc_buf *line, lc_log_format format, const char *key, const char *value)
{
    if (format == LC_LOG_JSON) {
        lc_buf_put(line, line->len ? ',' : '{');
        lc_json_quote_text(line, key);
        lc_buf_put(line, ':');
        lc_json_quote_text(line, value);
        return;
    }
    if (line->len) lc_buf_put(line, ' ');
    lc_buf_text(line, key);
    lc_buf_put(line, '=');
    if (is_plain(value)) lc_buf_text(line, value);
    else lc_json_quote_text(line, value);
}

static void add_head(lc_buf *line, lc_log_t *log, lc_log_level level, const char *name, const char *message)
{
    lc_auto(lc_buf) now = {0};
    add_time(&now, lc_now_ms());
    add_pair(line, log->format, "ts", now.data);
    add_pair(line, log->format, "level", lc_log_level_name(level));
    add_pair(line, log->format, "logger", name);
    add_pair(line, log->format, "msg", message);
}

static void add_edited(lc_buf *line, lc_log_t *log, const char *key, const char *value)
{
    lc_log_edit *edit = atomic_load(&log->edit);
    char *text = edit ? edit(log->edit_context, lc_strdup(value)) : NULL;
    add_pair(line, log->format, key, text ? text : value);
    free(text);
}

void lc_log(lc_log_t *log, lc_log_level level, const char *name, const char *message, ...)
{
    if (!lc_log_enabled(log, level, name)) return;
    lc_auto(lc_buf) line = {0};
    add_head(&line, log, level, name, message);
    va_list pairs;
    va_start(pairs, message);
    for (const char *key; (key = va_arg(pairs, const char *));) {
        const char *value = va_arg(pairs, const char *);
        if (value) add_edited(&line, log, key, value);
    }
    va_end(pairs);
    if (log->format == LC_LOG_JSON) lc_buf_put(&line, '}');
    log->sink(log->context, level, name, line.data, line.len);
}

static bool is_under(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);
    return !strcmp(prefix, ROOT) || (!strncmp(name, prefix, len) && (name[len] == '\0' || name[len] == '.'));
}

static void set_floor(lc_log_t *log)
{
    lc_log_level floor = LC_LOG_OFF;
    for (size_t i = 0; i < lc_table_count(log->loggers); i++) {
        const logger *l = lc_table_value_at(log->loggers, i);
        if (l->level < floor) floor = l->level;
    }
    atomic_store_explicit(&log->floor, (int)floor, memory_order_relaxed);
}

static bool set_level(lc_log_t *log, const char *name, lc_log_level level, int64_t now_ms)
{
    if (!lc_table_get(log->loggers, name)) add_logger(log, lc_text_of(name), *nearest_logger(log, name));
    bool changed = false;
    for (size_t i = 0; i < lc_table_count(log->loggers); i++) {
        logger *l = lc_table_value_at(log->loggers, i);
        if (!is_under(lc_table_key_at(log->loggers, i), name) || l->level == level) continue;
        *l = (logger){level, now_ms};
        changed = true;
    }
    set_floor(log);
    return changed;
}

bool lc_log_set_level(lc_log_t *log, const char *name, lc_log_level level, int64_t now_ms)
{
    pthread_mutex_lock(&log->mutex);
    bool changed = set_level(log, name, level, now_ms);
    pthread_mutex_unlock(&log->mutex);
    return changed;
}

lc_log_level lc_log_get_level(lc_log_t *log, const char *name, int64_t *ret_modified_ms)
{
    pthread_mutex_lock(&log->mutex);
    logger found = *nearest_logger(log, name);
    pthread_mutex_unlock(&log->mutex);
    if (ret_modified_ms) *ret_modified_ms = found.modified_ms;
    return found.level;
}

void lc_log_each(lc_log_t *log, void (*each)(void *, const char *, lc_log_level, int64_t), void *context)
{
    pthread_mutex_lock(&log->mutex);
    for (size_t i = 0; i < lc_table_count(log->loggers); i++) {
        const logger *l = lc_table_value_at(log->loggers, i);
        each(context, lc_table_key_at(log->loggers, i), l->level, l->modified_ms);
    }
    pthread_mutex_unlock(&log->mutex);
}

const char *lc_log_level_name(lc_log_level level)
{
    return level_names[level];
}

bool lc_log_level_parse(const char *name, lc_log_level *ret_level)
{
    for (int level = LC_LOG_ALL; level <= LC_LOG_OFF; level++) {
        if (strcasecmp(name, level_names[level])) continue;
        *ret_level = (lc_log_level)level;
        return true;
    }
    return false;
}
