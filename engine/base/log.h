/* One line per event: a fixed message, then key–value pairs. The host owns where lines go.
 *
 *   lc_log(log, LC_LOG_WARN, "runtime.sink_task", "offset commit failed",
 *          "connector", name, "task", id_text, "error", lc_error_message(err), NULL);
 *
 * Values are text; NULL values are skipped with their key; the list ends with a NULL key. Sinks format
 * as logfmt or JSON and escape control characters. Loggers are named after folder.file ("kafka.client");
 * levels are set per logger prefix at run time (REST /admin/loggers). Thread-safe. Only runtime, cluster,
 * rest and api log at info and above. */
#ifndef LC_BASE_LOG_H
#define LC_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum lc_log_level {
    LC_LOG_ALL, LC_LOG_TRACE, LC_LOG_DEBUG, LC_LOG_INFO, LC_LOG_WARN, LC_LOG_ERROR, LC_LOG_FATAL, LC_LOG_OFF
} lc_log_level;

typedef struct lc_log lc_log_t;

/* Receives every event that passes its logger's level. Called from any thread; must not block for long.
 * `line` is the whole formatted event without a newline. */
typedef void lc_log_sink(void *context, lc_log_level level, const char *logger, const char *line, size_t len);

typedef enum lc_log_format { LC_LOG_LOGFMT, LC_LOG_JSON } lc_log_format;

lc_log_t *lc_log_new(lc_log_format format, lc_log_sink *sink, void *context); /* root level INFO */
void lc_log_free(lc_log_t *log);
/* A sink that writes lines to a FILE * given as context, whole lines at once. */
void lc_log_to_file(void *context, lc_log_level level, const char *logger, const char *line, size_t len);

/* What every value goes through before it is formatted: takes a text and returns what is logged in its place, both
 * malloc'ed. Set before other threads log and unset (NULL) after the last of them. */
typedef char *lc_log_edit(void *context, char *value);
void lc_log_set_edit(lc_log_t *log, lc_log_edit *edit, void *context);

/* `log` may be NULL: nothing is logged. */
void lc_log(lc_log_t *log, lc_log_level level, const char *logger, const char *message, ...) __attribute__((sentinel));
bool lc_log_enabled(lc_log_t *log, lc_log_level level, const char *logger);

/* Levels by logger name; "root" is the default of all. Setting one sets all under it ("kafka" covers
 * "kafka.client"). Returns whether anything changed. */
bool lc_log_set_level(lc_log_t *log, const char *logger, lc_log_level level, int64_t now_ms);
lc_log_level lc_log_get_level(lc_log_t *log, const char *logger, int64_t *ret_modified_ms); /* 0: never changed */
/* Calls `each` for root and every logger with a level of its own or seen so far. */
void lc_log_each(lc_log_t *log, void (*each)(void *context, const char *logger, lc_log_level level, int64_t modified_ms),
                 void *context);
const char *lc_log_level_name(lc_log_level level);
bool lc_log_level_parse(const char *name, lc_log_level *ret_level); /* case-insensitive */

#endif
