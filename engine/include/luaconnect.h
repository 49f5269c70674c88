/*
 * luaconnect.h - the connect engine as a library.
 *
 * What it is. An engine that moves data between Kafka and other systems: connectors and
 * transforms are Lua scripts, everything else is C. It reads the same configuration, serves the
 * same REST API and keeps offsets in the same form as Kafka Connect 4.1. The program
 * `luaconnect` is a thin layer over this header.
 *
 * A worker in four calls:
 *
 *     lc_settings *settings = lc_settings_new();
 *     lc_settings_set(settings, "bootstrap.servers", "embedded");      // … and the rest
 *     lc_worker *worker = NULL;
 *     lc_failure *why = lc_worker_new(settings, NULL, &worker);
 *     if (!why) why = lc_worker_start(worker);
 *     …
 *     lc_worker_free(worker);                                          // stops it first
 *
 * Threads. Every function may be called from any thread, but one object is freed by one thread
 * when no other uses it. A worker runs its own threads: one per task, one herder, one REST
 * listener, and those of librdkafka. Callbacks come on any of them; no callback may call a
 * function marked [not in callback].
 *
 * The host's process. The library installs no signal handlers, changes no locale and writes to no
 * stream of its own: log lines go to the callback given to lc_worker_new. It ignores SIGPIPE per
 * thread. Running out of memory for control objects ends the process with a message. There is no
 * global state: any number of workers may run in one process.
 *
 * Memory. `const char *` inputs are copied. `const char *` outputs live as long as the object
 * they came from. `char *` outputs belong to the caller, who gives them to lc_text_free.
 * Everything made by a function that ends in _new is freed by the one that ends in _free, which
 * accepts NULL.
 *
 * Failures. A function that can fail returns `lc_failure *`: NULL is success; otherwise the
 * caller frees it. Results come through `ret_` parameters, written on success only.
 *
 * Compatibility. Functions are only added. Structures with fields start with their size.
 */
#ifndef LUACONNECT_H
#define LUACONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LC_API __attribute__((visibility("default")))
#else
#define LC_API
#endif

/* ---- Library ---- */

/* Version as one number, 0x00MMmmpp (major, minor, patch), and as text ("0.1.0"). */
LC_API uint32_t lc_version(void);
LC_API const char *lc_version_text(void);

/* ---- Failures ---- */

typedef struct lc_failure lc_failure;

/* Kind of failure: one of the names "LC_E_CONFIG", "LC_E_NOT_FOUND", "LC_E_IO", … They are never
 * renamed; new ones may come. */
LC_API const char *lc_failure_name(const lc_failure *failure);
/* What failed and what to do about it: one or more sentences for a person. */
LC_API const char *lc_failure_message(const lc_failure *failure);
/* With all causes, script lines and Lua tracebacks, many lines. */
LC_API const char *lc_failure_trace(const lc_failure *failure);
/* The HTTP status that the REST API answers for it (400, 404, 409, 500 …). */
LC_API int lc_failure_status(const lc_failure *failure);
/* True when the same call may succeed later. */
LC_API bool lc_failure_is_retriable(const lc_failure *failure);
LC_API void lc_failure_free(lc_failure *failure);

/* ---- Settings ---- */

/* A worker's settings: the keys of Kafka Connect's worker .properties, and ours (see docs). */
typedef struct lc_settings lc_settings;

LC_API lc_settings *lc_settings_new(void);
LC_API void lc_settings_free(lc_settings *settings);
/* Sets a key; a value of NULL removes it. */
LC_API void lc_settings_set(lc_settings *settings, const char *key, const char *value);
/* Adds all keys of a .properties file in Java's syntax. */
LC_API lc_failure *lc_settings_read(lc_settings *settings, const char *path);
/* The value, or NULL. */
LC_API const char *lc_settings_get(const lc_settings *settings, const char *key);

/* ---- Worker ---- */

typedef struct lc_worker lc_worker;

/* Severity of a log line, as in Kafka Connect's /admin/loggers. */
enum { LC_LINE_TRACE = 1, LC_LINE_DEBUG, LC_LINE_INFO, LC_LINE_WARN, LC_LINE_ERROR, LC_LINE_FATAL };

/* Receives each log line (logfmt or JSON, by the setting log.format) without a newline. Called from
 * any thread, one call at a time per worker; must not block for long. */
typedef void lc_line_fn(void *context, int severity, const char *line, size_t len);

typedef struct lc_worker_options {
    size_t size;        /* sizeof(lc_worker_options) */
    lc_line_fn *log;    /* NULL: nothing is logged */
    void *log_context;
    bool without_rest;  /* no REST server: administer through this header only */
    bool distributed;   /* workers of one group.id share the work; default: standalone */
} lc_worker_options;

/* Checks the settings (copied) and loads plug-ins. Nothing runs yet. `options` may be NULL. */
LC_API lc_failure *lc_worker_new(const lc_settings *settings, const lc_worker_options *options, lc_worker **ret_worker);
/* Starts the herder and the REST server; returns when requests are answered. */
LC_API lc_failure *lc_worker_start(lc_worker *worker);
/* Why the worker can't go on and should be stopped (a topic of the cluster is not fit, brokers refuse it):
 * distributed mode only finds that out when Kafka answers. NULL: all is well. */
LC_API lc_failure *lc_worker_failed(const lc_worker *worker);
/* Drains and stops every task, commits offsets, ends all threads. [not in callback] */
LC_API void lc_worker_stop(lc_worker *worker);
/* Stops it first if needed. [not in callback] */
LC_API void lc_worker_free(lc_worker *worker);
/* "http://host:port" of the REST API; NULL without one. */
LC_API const char *lc_worker_rest_url(const lc_worker *worker);

/* ---- Connectors ---- */

/* Creates a connector or replaces its configuration. `config_json` is the flat object of
 * PUT /connectors/{name}/config. It is validated first; the failure lists every error.
 * `timeout_ms` bounds the whole call, here and below. */
LC_API lc_failure *lc_connector_put(lc_worker *worker, const char *name, const char *config_json, int64_t timeout_ms);
/* The same from a file as `luaconnect standalone` takes it: .properties, a flat JSON object, or the
 * JSON of a create request. `*ret_name` may be NULL. */
LC_API lc_failure *lc_connector_put_file(lc_worker *worker, const char *path, int64_t timeout_ms, char **ret_name);
LC_API lc_failure *lc_connector_delete(lc_worker *worker, const char *name, int64_t timeout_ms);
LC_API lc_failure *lc_connector_pause(lc_worker *worker, const char *name, int64_t timeout_ms);
LC_API lc_failure *lc_connector_resume(lc_worker *worker, const char *name, int64_t timeout_ms);
LC_API lc_failure *lc_connector_stop(lc_worker *worker, const char *name, int64_t timeout_ms);
/* Restarts the connector and, with `tasks`, its tasks; with `only_failed` only what is FAILED. */
LC_API lc_failure *lc_connector_restart(lc_worker *worker, const char *name, bool tasks, bool only_failed, int64_t timeout_ms);
/* JSON as the REST API answers: names; state; configuration; offsets; the answer of a validation. */
LC_API lc_failure *lc_connector_list(lc_worker *worker, char **ret_json);
LC_API lc_failure *lc_connector_status(lc_worker *worker, const char *name, char **ret_json);
LC_API lc_failure *lc_connector_config(lc_worker *worker, const char *name, char **ret_json);
LC_API lc_failure *lc_connector_offsets(lc_worker *worker, const char *name, int64_t timeout_ms, char **ret_json);
LC_API lc_failure *lc_connector_validate(lc_worker *worker, const char *plugin, const char *config_json, char **ret_json);

/* ---- Scripts ---- */

/* Loads a script's text as a worker would and checks its definitions, without running it.
 * `name` is its file name for messages. `*ret_json` (may be NULL) gets {"kind","name","version"}. */
LC_API lc_failure *lc_script_check(const char *name, const char *text, size_t len, char **ret_json);

LC_API void lc_text_free(char *text);

#ifdef __cplusplus
}
#endif

#endif
