#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "rest/http.h"
#include "rest/masking.h"
#include "runtime/roster.h"
#include "runtime/tap.h"
#include "secure/secret.h"

/* Looking at records of running tasks: runtime/tap.h has what they put, this file sends it, without secrets. */

enum {
    SHOWN = 100,
    MOST_SHOWN = 100000,
    MOST_BATCHES = 1000,
    RATE = 10,
    SECONDS = 60,
    MOST_SECONDS = 3600,
    SHORTEST_SECRET = 6,
    WAIT_MS = 1000
};

typedef struct tap_stream {
    lc_rest_stream base;
    lc_tap *tap;
    lc_providers *providers;
    lc_strings secrets; /* literal ones of the connector's configuration, as JSON has them */
    lc_buf first;       /* the event that comes before all others */
    int64_t until_ms;
} tap_stream;

static void replace_all(lc_buf *text, const char *what, const char *with)
{
    size_t len = strlen(what);
    const char *at = text->data ? strstr(text->data, what) : NULL;
    if (!at) return;
    lc_buf out = {0};
    const char *from = text->data;
    for (; at; at = strstr(from, what)) {
        lc_buf_add(&out, from, (size_t)(at - from));
        lc_buf_text(&out, with);
        from = at + len;
    }
    lc_buf_text(&out, from);
    lc_buf_done(text);
    *text = out;
}

static void hide(const tap_stream *s, lc_buf *text)
{
    for (size_t i = 0; i < s->secrets.count; i++) replace_all(text, s->secrets.items[i], LC_HIDDEN);
    if (!text->data) return;
    char *shown = lc_providers_hide(s->providers, lc_buf_detach(text));
    lc_buf_text(text, shown);
    free(shown);
}

static bool end_stream(lc_buf *out, const char *reason)
{
    lc_buf_printf(out, "event: end\ndata: {\"reason\":\"%s\"}\n\n", reason);
    return false;
}

static bool read_stream(lc_rest_stream *stream, lc_buf *out)
{
    tap_stream *s = (tap_stream *)stream;
    int64_t lost = 0, left = s->until_ms - lc_monotonic_ms();
    if (s->first.len) {
        lc_buf_add(out, s->first.data, s->first.len);
        lc_buf_done(&s->first);
        return true;
    }
    if (left <= 0) return end_stream(out, "time");
    lc_tap_state state = lc_tap_take(s->tap, left < WAIT_MS ? left : WAIT_MS, out, &lost);
    hide(s, out);
    if (lost) lc_buf_printf(out, "event: lost\ndata: {\"records\":%lld}\n\n", (long long)lost);
    if (state == LC_TAP_OVER) return end_stream(out, "limit");
    if (state == LC_TAP_WAITING && !lost) lc_buf_text(out, ":\n\n");
    return true;
}

static void free_stream(lc_rest_stream *stream)
{
    tap_stream *s = (tap_stream *)stream;
    lc_tap_close(s->tap);
    lc_strings_done(&s->secrets);
    lc_buf_done(&s->first);
    free(s);
}

/* As it stands inside of a JSON string. */
static void add_secret(lc_strings *secrets, const char *value)
{
    lc_auto(lc_buf) quoted = {0};
    if (!value || strlen(value) < SHORTEST_SECRET) return;
    lc_json_quote_text(&quoted, value);
    quoted.data[quoted.len - 1] = '\0';
    lc_strings_add(secrets, quoted.data + 1);
}

/* What settings of the connector must not show: literal secrets, and what references stand for. */
static void find_secrets(const lc_rest_request *request, const lc_props *config, lc_strings *secrets)
{
    lc_autoptr(lc_props) masked = lc_props_copy(config);
    lc_autoptr(lc_props) resolved = NULL;
    lc_auto(lc_strings) notes = {0};
    lc_mask_config(request, masked);
    lc_autoptr(lc_error) unresolved =
        lc_providers_resolve(request->herder->worker->providers, config, &notes, &resolved);
    for (size_t i = 0; i < lc_props_count(config); i++) {
        const char *key = lc_props_key_at(config, i), *value = lc_props_value_at(config, i);
        const char *shown = lc_props_get(masked, key);
        if (value && shown && strcmp(value, shown) != 0) add_secret(secrets, value);
        if (!unresolved && lc_has_reference(value)) add_secret(secrets, lc_props_get(resolved, key));
    }
}

lc_error *lc_rest_tap_number(const lc_rest_request *request, const char *name, int64_t fallback, int64_t most,
                             int64_t *ret_number)
{
    const char *text = lc_props_get(request->query, name);
    char *end;
    *ret_number = fallback;
    if (!text) return NULL;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end || number < 1)
        return lc_fail(LC_E_BAD_REQUEST, "%s must be a number of 1 or more, not %s.", name, text);
    *ret_number = number > most ? most : number;
    return NULL;
}

lc_error *lc_rest_tap_tasks(const lc_rest_request *request, lc_tap_options *options)
{
    const char *text = lc_props_get(request->query, "tasks");
    while (text && *text) {
        char *end;
        long task = strtol(text, &end, 10);
        if (end == text || (*end && *end != ',') || task < 0 || task > 1000000)
            return lc_fail(LC_E_BAD_REQUEST, "tasks must be numbers of tasks with commas between them.");
        if (options->task_count == LC_TAP_TASKS_MAX)
            return lc_fail(LC_E_BAD_REQUEST, "tasks names %d at most.", LC_TAP_TASKS_MAX);
        options->tasks[options->task_count++] = (int)task;
        text = *end ? end + 1 : end;
    }
    return NULL;
}

static lc_error *check_step(const lc_props *config, const char *step)
{
    lc_text all = lc_text_of(lc_props_get_or(config, "transforms", "")), one;
    if (!step) return NULL;
    for (const char *at = all.data; at < all.data + all.len; at = one.data + one.len + 1) {
        one = (lc_text){at, strcspn(at, ",")};
        if (lc_text_is(lc_text_trim(one), step)) return NULL;
    }
    return lc_fail(LC_E_BAD_REQUEST, "The connector has no transform %s; it has: %s.", step,
                   all.len ? all.data : "none");
}

static lc_error *read_options(const lc_rest_request *request, const lc_props *config, lc_tap_options *options,
                              int64_t *ret_seconds)
{
    int64_t rate;
    options->connector = request->parameters[0];
    options->step = lc_props_get(request->query, "step");
    options->whole = lc_rest_flag(request, "exact");
    LC_TRY(check_step(config, options->step));
    if (options->step && options->whole)
        return lc_fail(LC_E_BAD_REQUEST, "exact shows records before the first transform: it takes no step.");
    LC_TRY(lc_rest_tap_tasks(request, options));
    LC_TRY(lc_rest_tap_number(request, "limit", options->whole ? 1 : SHOWN,
                       options->whole ? MOST_BATCHES : MOST_SHOWN, &options->most));
    LC_TRY(lc_rest_tap_number(request, "rate", RATE, LC_TAP_RATE_MAX, &rate));
    options->rate = (int)rate;
    return lc_rest_tap_number(request, "seconds", SECONDS, MOST_SECONDS, ret_seconds);
}

static bool is_asked_for(const lc_tap_options *options, int task)
{
    for (size_t i = 0; i < options->task_count; i++)
        if (options->tasks[i] == task) return true;
    return !options->task_count;
}

static bool is_here(const int *here, size_t count, int task)
{
    for (size_t i = 0; i < count; i++)
        if (here[i] == task) return true;
    return false;
}

/* Tasks of other workers, as JSON objects; *ret_url is where the first of them is. */
static lc_error *find_elsewhere(const lc_rest_request *request, const lc_tap_options *options, const int *here,
                                size_t count, lc_buf *out, char **ret_url)
{
    lc_herder *herder = request->herder;
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_json) status = NULL;
    LC_TRY(herder->klass->status(herder, options->connector, &text));
    LC_TRY(lc_json_parse(text.data, text.len, 0, &status));
    const lc_json *tasks = lc_json_get(status, "tasks");
    for (size_t i = 0; herder->klass->locate && i < lc_json_count(tasks); i++) {
        int64_t task = 0;
        char *url = NULL;
        lc_json_int(lc_json_get(lc_json_at(tasks, i), "id"), &task);
        if (!is_asked_for(options, (int)task) || is_here(here, count, (int)task)) continue;
        lc_error_free(herder->klass->locate(herder, LC_PLACE_TASK, options->connector, (int)task, &url));
        if (!url) continue;
        lc_buf_printf(out, "%s{\"task\":%d,\"worker\":", out->len ? "," : "", (int)task);
        lc_json_quote_text(out, url);
        lc_buf_put(out, '}');
        if (*ret_url) free(url);
        else *ret_url = url;
    }
    return NULL;
}

static void write_first(const lc_tap_options *options, const int *here, size_t count, const lc_buf *elsewhere,
                        lc_buf *out)
{
    bool some = false;
    lc_buf_text(out, "event: tap\ndata: {\"connector\":");
    lc_json_quote_text(out, options->connector);
    lc_buf_text(out, ",\"tasks\":[");
    for (size_t i = 0; i < count; i++) {
        if (!is_asked_for(options, here[i])) continue;
        lc_buf_printf(out, "%s%d", some ? "," : "", here[i]);
        some = true;
    }
    lc_buf_text(out, "],\"elsewhere\":[");
    lc_buf_add(out, elsewhere->data, elsewhere->len);
    lc_buf_text(out, "]}\n\n");
}

lc_error *lc_rest_tap_places(const lc_rest_request *request, const lc_tap_options *options, lc_buf *first)
{
    enum { MOST_TASKS = 1024 };
    int here[MOST_TASKS];
    size_t count =
        lc_roster_tasks(request->herder->worker->roster, options->connector, here, MOST_TASKS), asked = 0;
    lc_auto(lc_buf) elsewhere = {0};
    char *url = NULL;
    lc_error *error = find_elsewhere(request, options, here, count, &elsewhere, &url);
    for (size_t i = 0; i < count; i++) asked += is_asked_for(options, here[i]);
    if (!error && !asked && url)
        error = lc_fail(LC_E_CONFLICT, "No such task of %s runs on this worker: ask %s.", options->connector, url);
    if (!error) write_first(options, here, count, &elsewhere, first);
    free(url);
    return error;
}

lc_error *lc_rest_tap(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_props) config = NULL;
    lc_auto(lc_buf) first = {0};
    lc_tap_options options = {0};
    lc_tap *tap = NULL;
    int64_t seconds;
    LC_TRY(request->herder->klass->config(request->herder, request->parameters[0], &config));
    LC_TRY(read_options(request, config, &options, &seconds));
    LC_TRY(lc_rest_tap_places(request, &options, &first));
    LC_TRY(lc_tap_open(request->herder->worker->taps, &options, &tap));
    tap_stream *s = lc_alloc(sizeof *s);
    *s = (tap_stream){.base = {read_stream, free_stream}, .tap = tap, .first = first};
    first = (lc_buf){0};
    s->providers = request->herder->worker->providers;
    s->until_ms = lc_monotonic_ms() + seconds * 1000;
    find_secrets(request, config, &s->secrets);
    response->status = 200;
    response->stream = &s->base;
    return NULL;
}
