#include "runtime/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/memory.h"
#include "convert/converter.h"
#include "io/file_hub.h"
#include "script/watchdog.h"
#include "runtime/client_settings.h"
#include "runtime/producer_pool.h"
#include "runtime/reload.h"
#include "runtime/history.h"
#include "runtime/roster.h"
#include "runtime/tap.h"
#include "runtime/script_trust.h"
#include "runtime/worker_defs.h"

struct lc_said {
    pthread_mutex_t lock; /* guards texts */
    lc_strings texts;
};

/* The public part first, so that one is the other. */
typedef struct worker {
    lc_worker_core core;
    lc_props *resolved;
    char *worker_id;
    char *cluster_id;
    pthread_mutex_t lock; /* guards admin and cluster_id while they are made */
} worker;

static void log_unknown(const lc_worker_core *core, const lc_config_def *def)
{
    lc_auto(lc_strings) notes = {0};
    lc_config_near_misses(def, core->settings, &notes);
    for (size_t i = 0; i < notes.count; i++)
        lc_log(core->log, LC_LOG_WARN, "runtime.worker", "unknown worker setting", "note", notes.items[i],
               NULL);
    for (size_t i = 0; i < lc_props_count(core->settings) && !notes.count; i++) {
        const char *key = lc_props_key_at(core->settings, i);
        if (!lc_config_def_find(def, key) && !lc_worker_key_is_open(key))
            lc_log(core->log, LC_LOG_DEBUG, "runtime.worker", "setting has no meaning here", "key", key,
                   NULL);
    }
}

/* `thread` is the older name of `none`. What closes something and can't be honoured stops the worker: it would be
 * open without. */
static lc_error *read_isolation(lc_worker_core *core, const lc_config_values *v)
{
    const char *given = lc_config_string(v, "script.isolation");
    core->script_seccomp = !strcasecmp(given, "seccomp");
    if (!strcasecmp(given, "process"))
        return lc_fail(LC_E_CONFIG,
                       "Invalid value %s for configuration script.isolation: not available in this version, scripts "
                       "run in the worker's process. Use `seccomp`, and a worker of their own for scripts of "
                       "strangers.",
                       given);
    if (!core->script_seccomp) return NULL;
    lc_error *error = lc_confine_check();
    return error ? lc_wrap(error, LC_E_CONFIG, "Invalid value %s for configuration script.isolation: %s. Use `none`.",
                           given, lc_error_message(error))
                 : NULL;
}

static lc_error *check_converters(const lc_config_values *v)
{
    static const char *const keys[] = {"key.converter", "value.converter", "header.converter"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *name = lc_config_string(v, keys[i]);
        if (!lc_converter_find(lc_text_of(name), i == 2))
            return lc_fail(LC_E_CONFIG, "Invalid value %s for configuration %s: Class %s could not be found.",
                           name, keys[i], name);
    }
    return NULL;
}

static void read_settings(worker *w, const lc_config_values *v)
{
    lc_worker_core *core = &w->core;
    core->offset_flush_interval_ms = lc_config_int(v, "offset.flush.interval.ms");
    core->offset_flush_timeout_ms = lc_config_int(v, "offset.flush.timeout.ms");
    core->task_shutdown_timeout_ms = lc_config_int(v, "task.shutdown.graceful.timeout.ms");
    core->topic_creation = lc_config_bool(v, "topic.creation.enable");
    core->script_memory_bytes = (size_t)lc_config_int(v, "script.memory.bytes");
    core->script_output_bytes = (size_t)lc_config_int(v, "script.output.bytes");
    core->script_output_records = (uint32_t)lc_config_int(v, "script.output.records");
    core->script_timeout_ms = lc_config_int(v, "script.timeout.ms");
    core->script_jit_off = !strcasecmp(lc_config_string(v, "script.jit"), "off");
}

static char *hide_secrets(void *providers, char *value)
{
    return lc_providers_hide(providers, value);
}

static lc_error *resolve_settings(worker *w, const lc_props *settings)
{
    lc_auto(lc_strings) notes = {0};
    LC_TRY(lc_providers_new(settings, &w->core.providers));
    lc_log_set_edit(w->core.log, hide_secrets, w->core.providers);
    LC_TRY(lc_providers_resolve_worker(w->core.providers, settings, &notes, &w->resolved));
    w->core.settings = w->resolved;
    for (size_t i = 0; i < notes.count; i++)
        lc_log(w->core.log, LC_LOG_WARN, "runtime.worker", notes.items[i], NULL);
    return NULL;
}

static bool wants_embedded(const lc_config_values *v)
{
    lc_config_list servers = lc_config_list_of(v, "bootstrap.servers");
    return servers.count == 1 && !strcmp(servers.items[0], "embedded");
}

static lc_error *start_embedded(worker *w, const lc_config_values *v)
{
    if (!wants_embedded(v)) return NULL;
    if (w->core.is_distributed)
        return lc_fail(LC_E_CONFIG,
                       "bootstrap.servers=embedded serves standalone mode only: the embedded broker keeps "
                       "nothing and has no transactions. Use a real Kafka for distributed mode.");
    if (strcasecmp(lc_props_get_or(w->core.settings, "exactly.once.source.support", "disabled"), "disabled"))
        return lc_fail(LC_E_CONFIG, "exactly.once.source.support needs a real Kafka: the embedded broker has no "
                                    "transactions. Leave the setting out, or set bootstrap.servers.");
    lc_client_log log = lc_client_logger(w->core.log);
    return lc_embedded_start(&log, &w->core.embedded);
}

static const char *text_or_null(const lc_config_values *v, const char *key)
{
    const char *text = lc_config_string(v, key);
    return text && *text ? text : NULL;
}

/* script.upload.dir, or the first directory of plugin.path. */
static char *upload_directory(const lc_config_values *v)
{
    const char *chosen = text_or_null(v, "script.upload.dir"), *path = text_or_null(v, "plugin.path");
    if (!lc_config_bool(v, "script.upload") || (!chosen && !path)) return NULL;
    if (chosen) return lc_strdup(chosen);
    lc_text first = lc_text_trim((lc_text){path, strcspn(path, ",")});
    return first.len ? lc_strndup(first.data, first.len) : NULL;
}

/* Nothing to follow: no thread for it. */
static lc_error *start_reloader(worker *w, const lc_config_values *v)
{
    char *upload = upload_directory(v);
    lc_reload_options options = {.plugin_path = text_or_null(v, "plugin.path"),
                                 .upload_dir = upload,
                                 .watch = lc_config_bool(v, "script.reload"),
                                 .test = lc_config_bool(v, "script.tests"),
                                 .test_ms = lc_config_int(v, "script.tests.timeout.ms")};
    bool needed = upload || (options.plugin_path && options.watch);
    lc_error *error = needed ? lc_reloader_start(&w->core, &options, &w->core.reloader) : NULL;
    free(upload);
    return error;
}

/* Scripts that came over REST once are as good as those of plugin.path, and win. */
static lc_error *load_plugins(worker *w, const lc_config_values *v)
{
    const char *path = text_or_null(v, "plugin.path"), *upload = text_or_null(v, "script.upload.dir");
    bool both = upload && !access(upload, R_OK);
    lc_auto(lc_buf) all = {0};
    lc_buf_printf(&all, "%s%s%s", path ? path : "", both ? "," : "", both ? upload : "");
    if (lc_config_bool(v, "script.signature.required")) {
        lc_error *error = lc_trusted_keys_read(lc_config_string(v, "script.signature.keys"), &w->core.trusted);
        if (error) return lc_wrap(error, LC_E_CONFIG, "Invalid configuration script.signature.keys: %s", lc_error_message(error));
    }
    return lc_plugins_load_signed(lc_config_string(v, "script.directory"), all.len ? all.data : NULL, w->core.trusted,
                                  w->core.log, &w->core.plugins);
}

static lc_error *open_all(worker *w, const lc_props *settings)
{
    lc_autoptr(lc_config_def) def = lc_worker_def(w->core.is_distributed);
    lc_autoptr(lc_config_values) values = NULL;
    LC_TRY(resolve_settings(w, settings));
    LC_TRY(lc_config_parse(def, w->core.settings, &values));
    LC_TRY(read_isolation(&w->core, values));
    LC_TRY(check_converters(values));
    log_unknown(&w->core, def);
    read_settings(w, values);
    LC_TRY(load_plugins(w, values));
    w->core.catalog = lc_plugin_catalog_new(w->core.plugins);
    LC_TRY(lc_file_hub_new(&w->core.file_hub));
    LC_TRY(lc_watchdog_new(&w->core.watchdog));
    LC_TRY(start_reloader(w, values));
    w->core.producers = lc_producer_pool_new();
    if (!w->core.is_distributed)
        LC_TRY(
            lc_offset_file_open(lc_config_string(values, "offset.storage.file.filename"), &w->core.offsets));
    return start_embedded(w, values);
}

lc_error *lc_worker_core_new(const lc_props *settings, bool distributed, lc_log_t *log,
                             lc_worker_core **ret_core)
{
    worker *w = lc_alloc(sizeof *w);
    w->core.log = log;
    w->core.is_distributed = distributed;
    w->core.roster = lc_roster_new();
    w->core.taps = lc_taps_new();
    w->core.history = lc_history_new();
    w->core.said = lc_alloc(sizeof *w->core.said);
    pthread_mutex_init(&w->core.said->lock, NULL);
    pthread_mutex_init(&w->lock, NULL);
    lc_worker_core_set_id(&w->core, "localhost:8083");
    lc_error *error = open_all(w, settings);
    if (error) lc_worker_core_free(&w->core);
    else *ret_core = &w->core;
    return error;
}

void lc_worker_core_set_id(lc_worker_core *core, const char *worker_id)
{
    worker *w = (worker *)core;
    free(w->worker_id);
    w->worker_id = lc_strdup(worker_id);
    core->worker_id = w->worker_id;
}

static bool tasks_have_ended(lc_worker_core *core)
{
    enum { PATIENCE_MS = 2000 };
    for (int64_t end = lc_monotonic_ms() + PATIENCE_MS; atomic_load(&core->living_tasks); lc_sleep_ms(5))
        if (lc_monotonic_ms() > end) return false;
    return true;
}

void lc_worker_core_free(lc_worker_core *core)
{
    if (!core) return;
    if (!tasks_have_ended(core)) {
        lc_log(core->log, LC_LOG_WARN, "runtime.worker", "a task is stuck in its script: its memory is not freed", NULL);
        return;
    }
    worker *w = (worker *)core;
    lc_reloader_stop(core->reloader);
    lc_producer_pool_free(core->producers);
    lc_admin_close(core->admin, 5000);
    lc_embedded_stop(core->embedded);
    if (core->offsets) core->offsets->klass->close(core->offsets);
    lc_file_hub_free(core->file_hub);
    lc_watchdog_free(core->watchdog);
    lc_plugin_catalog_free(core->catalog);
    lc_plugins_free(core->plugins);
    lc_trusted_keys_free(core->trusted);
    lc_log_set_edit(core->log, NULL, NULL);
    lc_providers_free(core->providers);
    lc_props_free(w->resolved);
    pthread_mutex_destroy(&w->lock);
    pthread_mutex_destroy(&core->said->lock);
    lc_strings_done(&core->said->texts);
    free(core->said);
    lc_roster_free(core->roster);
    lc_taps_free(core->taps);
    lc_history_free(core->history);
    free(w->worker_id);
    free(w->cluster_id);
    free(w);
}

static lc_error *open_admin(lc_worker_core *core)
{
    lc_autoptr(lc_props) settings = NULL;
    lc_autoptr(lc_props) overrides = NULL;
    lc_autoptr(lc_client_config) config = NULL;
    lc_client_settings(core, "", 0, NULL, LC_USE_WORKER_ADMIN, &settings, &overrides);
    LC_TRY(lc_client_config_from(core, LC_CLIENT_ADMIN, settings, overrides, &config));
    lc_client_log log = lc_client_logger(core->log);
    return lc_admin_open(config, &log, &core->admin);
}

lc_error *lc_worker_admin(lc_worker_core *core, lc_admin **ret_admin)
{
    worker *w = (worker *)core;
    pthread_mutex_lock(&w->lock);
    lc_error *error = core->admin ? NULL : open_admin(core);
    pthread_mutex_unlock(&w->lock);
    if (!error) *ret_admin = core->admin;
    return error;
}

lc_error *lc_worker_cluster_id(lc_worker_core *core, int64_t timeout_ms, const char **ret_id)
{
    worker *w = (worker *)core;
    lc_admin *admin;
    char *id = NULL;
    pthread_mutex_lock(&w->lock);
    const char *known = w->cluster_id;
    pthread_mutex_unlock(&w->lock);
    if (!known) {
        LC_TRY(lc_worker_admin(core, &admin));
        LC_TRY(lc_admin_cluster_id(admin, timeout_ms, &id));
        pthread_mutex_lock(&w->lock);
        if (w->cluster_id) free(id);
        else w->cluster_id = id;
        pthread_mutex_unlock(&w->lock);
    }
    *ret_id = w->cluster_id;
    return NULL;
}

bool lc_worker_says_first(const lc_worker_core *core, const char *text)
{
    pthread_mutex_lock(&core->said->lock);
    bool first = !lc_strings_has(&core->said->texts, text);
    if (first) lc_strings_add(&core->said->texts, text);
    pthread_mutex_unlock(&core->said->lock);
    return first;
}

lc_error *lc_worker_producer(lc_worker_core *core, const lc_props *client_settings, const lc_props *overrides,
                             lc_producer **ret_producer)
{
    return lc_producer_pool_get(core->producers, core, client_settings, overrides, ret_producer);
}

void lc_worker_producer_release(lc_worker_core *core, lc_producer *producer)
{
    lc_producer_pool_release(core->producers, producer);
}
