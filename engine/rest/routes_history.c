#include <stdlib.h>

#include "base/clock.h"
#include "cluster/peer.h"
#include "rest/http.h"
#include "runtime/history.h"
#include "runtime/roster.h"

/* What happened to a connector, and how much its tasks do. Each worker knows its own; the one that is asked asks the
 * others (?scope=worker: it doesn't). */

enum { PEER_MS = 5000 };

#define NAME (request->parameters[0])
#define WORKER (request->herder->worker)

static lc_error *check_there(const lc_rest_request *request)
{
    lc_autoptr(lc_props) config = NULL;
    return request->herder->klass->config(request->herder, NAME, &config);
}

static lc_error *ask_one(const lc_rest_request *request, const char *url, lc_json **ret_answer)
{
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_peer_answer) answer = {0};
    lc_autoptr(lc_props) headers = lc_props_new();
    int64_t until = lc_monotonic_ms() + PEER_MS;
    lc_buf_printf(&path, "%s?scope=worker", request->path);
    lc_rest_sign_forward(request, headers);
    lc_peer_request asked = {.url = url,
                             .method = "GET",
                             .path = path.data,
                             .headers = headers,
                             .deadline = until < request->deadline ? until : request->deadline,
                             .tls_settings = WORKER->settings};
    LC_TRY(lc_peer_ask(&asked, &answer));
    if (answer.status != 200) return lc_fail(LC_E_CONNECT, "%s answered %d", url, answer.status);
    return lc_json_parse(answer.body.data, answer.body.len, 0, ret_answer);
}

/* Adds to the array `key` of the answer what the other workers have there, and the URLs of those who don't answer. */
static void ask_others(const lc_rest_request *request, const char *key, lc_json *answer)
{
    lc_auto(lc_strings) urls = {0};
    const char *scope = lc_props_get_or(request->query, "scope", "cluster");
    if (!request->herder->klass->workers || !strcmp(scope, "worker")) return;
    lc_autoptr(lc_error) not_ready = request->herder->klass->workers(request->herder, &urls);
    lc_json *missing = NULL;
    for (size_t i = 0; i < urls.count; i++) {
        lc_autoptr(lc_json) theirs = NULL;
        lc_autoptr(lc_error) error = ask_one(request, urls.items[i], &theirs);
        const lc_json *all = lc_json_get(theirs, key);
        for (size_t n = 0; n < lc_json_count(all); n++)
            lc_json_add(lc_json_get(answer, key), lc_json_copy(lc_json_at(all, n)));
        if (!error) continue;
        if (!missing) missing = lc_json_set(answer, "unreachable", lc_json_new_array());
        lc_json_add(missing, lc_json_new_text(lc_text_of(urls.items[i])));
    }
}

static lc_error *answer_with(const lc_rest_request *request, lc_rest_response *response, const lc_json *answer)
{
    lc_auto(lc_buf) text = {0};
    lc_json_dump(answer, &text);
    char *shown = lc_providers_hide(WORKER->providers, lc_buf_detach(&text));
    lc_buf_text(&response->body, shown);
    free(shown);
    response->status = 200;
    return NULL;
}

/* History */

typedef struct placed {
    const lc_json *event;
    int64_t at, task;
    size_t number; /* events of one millisecond stay as they were */
} placed;

static int by_time(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* The worker on which the task was started before event `at`, if that was another one. */
static const char *moved_from(const placed *all, size_t at)
{
    const char *here = lc_json_string(lc_json_get(all[at].event, "worker"));
    for (size_t i = at; i-- > 0;) {
        const char *what = lc_json_string(lc_json_get(all[i].event, "event"));
        const char *there = lc_json_string(lc_json_get(all[i].event, "worker"));
        if (all[i].task != all[at].task || !what || strcmp(what, "started") != 0) continue;
        return there && here && strcmp(there, here) != 0 ? there : NULL;
    }
    return NULL;
}

/* In order of time; a start on another worker than before says from where the task came. */
static lc_json *in_order(const lc_json *events)
{
    size_t count = lc_json_count(events);
    placed *all = calloc(count + 1, sizeof *all);
    lc_json *sorted = lc_json_new_array();
    for (size_t i = 0; all && i < count; i++) {
        all[i] = (placed){lc_json_at(events, i), 0, -1, i};
        lc_json_int(lc_json_get(all[i].event, "at"), &all[i].at);
        lc_json_int(lc_json_get(all[i].event, "task"), &all[i].task);
    }
    if (all) qsort(all, count, sizeof *all, by_time);
    for (size_t i = 0; all && i < count; i++) {
        lc_json *event = lc_json_add(sorted, lc_json_copy(all[i].event));
        const char *what = lc_json_string(lc_json_get(event, "event"));
        const char *from = what && !strcmp(what, "started") ? moved_from(all, i) : NULL;
        if (from) lc_json_set_string(event, "moved_from", from);
    }
    free(all);
    return sorted;
}

lc_error *lc_rest_history(lc_rest_request *request, lc_rest_response *response)
{
    LC_TRY(check_there(request));
    lc_autoptr(lc_json) answer = lc_json_new_object();
    lc_json_set_string(answer, "name", NAME);
    lc_json *events = lc_json_set(answer, "events", lc_json_new_array());
    lc_history_list(WORKER->history, NAME, WORKER->worker_id, events);
    ask_others(request, "events", answer);
    lc_json *sorted = in_order(events);
    lc_json_set(answer, "events", sorted);
    return answer_with(request, response, answer);
}

/* Activity */

static const struct {
    const char *name;
    size_t place;
} counts[] = {
#define COUNT(name, field) {name, offsetof(lc_task_counts, field)}
    COUNT("records_taken", polled),          COUNT("records_written", written),
    COUNT("records_filtered", filtered),     COUNT("lag", lag),
    COUNT("failures", failed),               COUNT("records_skipped", skipped),
    COUNT("retries", retries),               COUNT("dead_letters", dlq_produced),
    COUNT("dead_letters_failed", dlq_failed), COUNT("commits", commits),
    COUNT("commit_failures", commit_failures), COUNT("last_commit", last_commit_ms),
#undef COUNT
};

static void add_error(lc_json *task, const lc_task_error *e)
{
    if (!e->at_ms) return;
    lc_json *error = lc_json_set(task, "last_error", lc_json_new_object());
    lc_json_set_int(error, "at", e->at_ms);
    lc_json_set_string(error, "stage", lc_stage_name((lc_stage)e->stage));
    lc_json_set_string(error, "class", e->class_name);
    lc_json_set_string(error, "message", e->message);
    if (e->where[0]) lc_json_set_string(error, "where", e->where);
    if (!e->topic[0]) return;
    lc_json_set_string(error, "topic", e->topic);
    if (e->partition >= 0) lc_json_set_int(error, "partition", e->partition);
    if (e->offset >= 0) lc_json_set_int(error, "offset", e->offset);
}

typedef struct visit {
    lc_json *tasks;
    const char *worker;
} visit;

static void add_task(void *context, int id, const lc_task_counts *c, const lc_task_error *error)
{
    const visit *v = context;
    lc_json *task = lc_json_add(v->tasks, lc_json_new_object());
    lc_json_set_int(task, "task", id);
    lc_json_set_string(task, "worker", v->worker);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        lc_json_set_int(task, counts[i].name, *(const int64_t *)((const char *)c + counts[i].place));
    lc_json_set_int(task, "records_per_second", c->running_ms ? c->written * 1000 / c->running_ms : 0);
    lc_json_set_int(task, "running_ms", c->running_ms);
    add_error(task, error);
}

lc_error *lc_rest_activity(lc_rest_request *request, lc_rest_response *response)
{
    LC_TRY(check_there(request));
    lc_autoptr(lc_json) answer = lc_json_new_object();
    lc_json_set_string(answer, "name", NAME);
    visit v = {lc_json_set(answer, "tasks", lc_json_new_array()), WORKER->worker_id};
    lc_roster_each_activity(WORKER->roster, NAME, add_task, &v);
    ask_others(request, "tasks", answer);
    return answer_with(request, response, answer);
}

/* Requests that steer a connector are part of its history, where they came in. */
void lc_rest_note_steering(const lc_route *route, const lc_rest_request *request, const char *name,
                           const char *task)
{
    static const struct {
        lc_rest_handler *handle;
        const char *event;
    } steering[] = {{lc_rest_restart, "restart asked for"},     {lc_rest_restart_task, "restart asked for"},
                    {lc_rest_pause, "pause asked for"},         {lc_rest_resume, "resume asked for"},
                    {lc_rest_stop_connector, "stop asked for"}, {lc_rest_put_config, "configured"},
                    {lc_rest_patch_config, "configured"}};
    const char *by = request->user ? request->user->name : request->client;
    for (size_t i = 0; name && i < sizeof steering / sizeof *steering; i++)
        if (route->handle == steering[i].handle)
            lc_history_note(WORKER->history, name, task ? atoi(task) : -1, steering[i].event, by, NULL);
}
