#include "api/internal.h"

#include <stdlib.h>

#include "base/memory.h"
#include "java/properties.h"

#ifndef LC_VERSION_MAJOR
#define LC_VERSION_MAJOR 0
#define LC_VERSION_MINOR 1
#define LC_VERSION_PATCH 0
#endif
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

uint32_t lc_version(void)
{
    return LC_VERSION_MAJOR << 16 | LC_VERSION_MINOR << 8 | LC_VERSION_PATCH;
}

const char *lc_version_text(void)
{
    return TEXT(LC_VERSION_MAJOR) "." TEXT(LC_VERSION_MINOR) "." TEXT(LC_VERSION_PATCH);
}

lc_settings *lc_settings_new(void)
{
    lc_settings *settings = lc_alloc(sizeof *settings);
    settings->props = lc_props_new();
    return settings;
}

void lc_settings_free(lc_settings *settings)
{
    if (!settings) return;
    lc_props_free(settings->props);
    free(settings);
}

void lc_settings_set(lc_settings *settings, const char *key, const char *value)
{
    if (value) lc_props_set(settings->props, key, value);
    else lc_props_remove(settings->props, key);
}

lc_failure *lc_settings_read(lc_settings *settings, const char *path)
{
    lc_auto(lc_properties) file = {0};
    lc_error *error = lc_properties_read(path, &file);
    for (size_t i = 0; !error && i < file.count; i++)
        lc_props_set_text(settings->props, file.items[i].key, file.items[i].value);
    return lc_failure_from(error);
}

const char *lc_settings_get(const lc_settings *settings, const char *key)
{
    return lc_props_get(settings->props, key);
}

static void log_line(void *context, lc_log_level level, const char *logger, const char *line, size_t len)
{
    (void)logger;
    lc_worker *worker = context;
    worker->options.log(worker->options.log_context, (int)level, line, len);
}

static void open_log(lc_worker *worker)
{
    if (!worker->options.log) return;
    bool json = !strcasecmp(lc_props_get_or(worker->settings, "log.format", "logfmt"), "json");
    worker->log = lc_log_new(json ? LC_LOG_JSON : LC_LOG_LOGFMT, log_line, worker);
    lc_log_level level;
    if (lc_log_level_parse(lc_props_get_or(worker->settings, "log.level", "INFO"), &level))
        lc_log_set_level(worker->log, "root", level, 0);
}

lc_failure *lc_worker_new(const lc_settings *settings, const lc_worker_options *options,
                          lc_worker **ret_worker)
{
    lc_worker *worker = lc_alloc(sizeof *worker);
    if (options)
        memcpy(&worker->options, options, options->size < sizeof *options ? options->size : sizeof *options);
    worker->settings = lc_props_copy(settings->props);
    open_log(worker);
    lc_error *error =
        lc_worker_core_new(worker->settings, worker->options.distributed, worker->log, &worker->core);
    if (error) lc_worker_free(worker);
    else *ret_worker = worker;
    return lc_failure_from(error);
}

static lc_error *start(lc_worker *worker)
{
    if (worker->options.distributed && worker->options.without_rest)
        return lc_fail(LC_E_CONFIG, "Distributed mode needs REST: its workers talk to each other over it.");
    if (!worker->options.without_rest) {
        LC_TRY(lc_rest_open(worker->core, &worker->rest));
        lc_worker_core_set_id(worker->core, lc_rest_worker_id(worker->rest));
    }
    if (worker->options.distributed)
        LC_TRY(lc_herder_distributed_new(worker->core, worker->rest ? lc_rest_url(worker->rest) : "",
                                         &worker->herder));
    else LC_TRY(lc_herder_standalone_new(worker->core, &worker->herder));
    if (worker->rest) LC_TRY(lc_rest_serve(worker->rest, worker->herder));
    lc_log(worker->log, LC_LOG_INFO, "api.worker", "worker started", "rest",
           worker->rest ? lc_rest_url(worker->rest) : NULL, NULL);
    return NULL;
}

lc_failure *lc_worker_start(lc_worker *worker)
{
    return lc_failure_from(start(worker));
}

lc_failure *lc_worker_failed(const lc_worker *worker)
{
    const lc_herder_class *klass = worker->herder ? worker->herder->klass : NULL;
    return lc_failure_from(klass && klass->failure ? klass->failure(worker->herder) : NULL);
}

void lc_worker_stop(lc_worker *worker)
{
    if (worker->herder && worker->herder->klass->begin_stop)
        worker->herder->klass->begin_stop(worker->herder);
    lc_rest_close(worker->rest);
    worker->rest = NULL;
    if (!worker->herder) return;
    worker->herder->klass->stop(worker->herder);
    worker->herder->klass->free(worker->herder);
    worker->herder = NULL;
    lc_log(worker->log, LC_LOG_INFO, "api.worker", "worker stopped", NULL);
}

void lc_worker_free(lc_worker *worker)
{
    if (!worker) return;
    lc_worker_stop(worker);
    lc_worker_core_free(worker->core);
    lc_log_free(worker->log);
    lc_props_free(worker->settings);
    free(worker);
}

const char *lc_worker_rest_url(const lc_worker *worker)
{
    return worker->rest ? lc_rest_url(worker->rest) : NULL;
}
