#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cluster/connector_offsets.h"
#include "cluster/distributed_internal.h"
#include "cluster/peer.h"
#include "cluster/task_plan.h"
#include "java/base64.h"
#include "secure/sign.h"

enum { PEER_MS = 15000 };

static int64_t left(const lc_request *r)
{
    int64_t rest = r->deadline - lc_monotonic_ms();
    return rest < 0 ? 0 : rest < LC_STORE_MS ? rest : LC_STORE_MS;
}

static lc_error *busy(void)
{
    return lc_fail(LC_E_CONFLICT, "%s", lc_busy_text);
}

static lc_error *need_lead(distributed *d)
{
    LC_TRY(lc_distributed_check_ready(d));
    return lc_distributed_leads(d) ? NULL : busy();
}

static lc_error *not_found(const char *name)
{
    return lc_fail(LC_E_NOT_FOUND, "Connector %s not found", name);
}

lc_orders lc_distributed_orders(distributed *d, const lc_config_state *state)
{
    return (lc_orders){state, &d->assignment, lc_membership_id(d->membership), (int)d->assignment.generation};
}

/* A write whose outcome is unknown is settled by claiming anew. */
static lc_error *write_batch(distributed *d, lc_request *r, const lc_config_batch *batch)
{
    lc_error *error = lc_config_store_write(d->configs, batch, left(r));
    if (error && lc_error_code(error) == LC_E_TIMEOUT) d->must_claim = true;
    return error;
}

/* Creating and replacing. */

static lc_error *put_connector(distributed *d, lc_request *r)
{
    LC_TRY(need_lead(d));
    lc_autoptr(lc_config_state) before = lc_config_store_snapshot(d->configs);
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    bool exists = lc_config_state_find(before, r->name) != NULL;
    if (exists && !r->flag_a) return lc_fail(LC_E_EXISTS, "Connector %s already exists", r->name);
    if (r->state != LC_TARGET_UNSET) lc_config_batch_target(batch, r->name, r->state);
    lc_config_batch_connector(batch, r->name, r->config);
    LC_TRY(write_batch(d, r, batch));
    lc_autoptr(lc_config_state) after = lc_config_store_snapshot(d->configs);
    const lc_config_connector *c = lc_config_state_find(after, r->name);
    if (!c) return busy();
    r->created = !exists;
    lc_distributed_write_info(d, c, &r->out);
    return NULL;
}

static void do_put(lc_herder *herder, lc_request *r)
{
    r->error = put_connector((distributed *)herder, r);
}

lc_error *lc_distributed_put(lc_herder *herder, const char *name, const lc_props *config,
                             lc_target_state state, bool allow_replace, int64_t deadline, lc_buf *out,
                             bool *ret_created)
{
    lc_request *r = lc_request_new(do_put, "creating or changing connector", name, deadline);
    r->config = lc_props_copy(config);
    r->state = state;
    r->flag_a = allow_replace;
    return lc_requests_await(&((distributed *)herder)->requests, r, out, ret_created);
}

static lc_error *remove_connector(distributed *d, lc_request *r)
{
    LC_TRY(need_lead(d));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    if (!lc_config_state_find(state, r->name)) return not_found(r->name);
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_remove(batch, r->name);
    return write_batch(d, r, batch);
}

static void do_remove(lc_herder *herder, lc_request *r)
{
    r->error = remove_connector((distributed *)herder, r);
}

lc_error *lc_distributed_remove(lc_herder *herder, const char *name, int64_t deadline)
{
    lc_request *r = lc_request_new(do_remove, "deleting connector", name, deadline);
    return lc_requests_await(&((distributed *)herder)->requests, r, NULL, NULL);
}

/* Target states: the leader writes STOPPED with the end of the tasks, anyone the others. */
static lc_error *set_target(distributed *d, lc_request *r)
{
    LC_TRY(lc_distributed_check_ready(d));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    if (r->state == LC_TARGET_STOPPED) {
        LC_TRY(need_lead(d));
        if (!lc_config_state_find(state, r->name)) return not_found(r->name);
        lc_config_batch_tasks(batch, r->name, NULL, 0);
        lc_config_batch_target(batch, r->name, r->state);
        return write_batch(d, r, batch);
    }
    if (!lc_config_state_find(state, r->name))
        return lc_fail(LC_E_NOT_FOUND, "Unknown connector %s", r->name);
    lc_config_batch_target(batch, r->name, r->state);
    return lc_config_store_post(d->configs, batch, left(r));
}

static void do_set_state(lc_herder *herder, lc_request *r)
{
    r->error = set_target((distributed *)herder, r);
}

lc_error *lc_distributed_set_state(lc_herder *herder, const char *name, lc_target_state state,
                                   int64_t deadline)
{
    lc_request *r = lc_request_new(do_set_state, "changing the state of connector", name, deadline);
    r->state = state;
    return lc_requests_await(&((distributed *)herder)->requests, r, NULL, NULL);
}

/* Restarting. */

static void show_restarting(lc_json *status, bool only_failed)
{
    const char *state = lc_json_string(lc_json_get(status, "state"));
    if (!state || (only_failed && strcmp(state, "FAILED") != 0)) return;
    lc_json_set_string(status, "state", "RESTARTING");
    lc_json_remove(status, "trace");
}

/* The status with RESTARTING in place of what the restart will touch. */
static lc_error *restart_view(distributed *d, lc_request *r, const lc_config_connector *c)
{
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_json) status = NULL;
    const char *type = lc_connector_type_of(lc_connector_script_of(d->herder.worker, c->config));
    if (!lc_status_store_write(d->statuses, r->name, -1, type, &text))
        return lc_fail(LC_E_NOT_FOUND, "Status for connector %s not found", r->name);
    LC_TRY(lc_json_parse(text.data, text.len, 0, &status));
    show_restarting(lc_json_get(status, "connector"), r->flag_b);
    lc_json *tasks = lc_json_get(status, "tasks");
    for (size_t i = 0; r->flag_a && i < lc_json_count(tasks); i++)
        show_restarting(lc_json_at(tasks, i), r->flag_b);
    lc_json_dump(status, &r->out);
    return NULL;
}

static lc_error *restart_connector(distributed *d, lc_request *r)
{
    LC_TRY(lc_distributed_check_ready(d));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    const lc_config_connector *c = lc_config_state_find(state, r->name);
    if (!c) return lc_fail(LC_E_NOT_FOUND, "Unknown connector: %s", r->name);
    if (r->flag_a || r->flag_b) {
        LC_TRY(need_lead(d));
        LC_TRY(restart_view(d, r, c));
        lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
        lc_config_batch_restart(batch, r->name, r->flag_a, r->flag_b);
        return lc_config_store_post(d->configs, batch, left(r));
    }
    if (!lc_running_has(d->running, r->name, LC_CONNECTOR_ITSELF)) return busy();
    lc_orders orders = lc_distributed_orders(d, state);
    lc_running_restart(d->running, &orders, r->name, true, false, false);
    return NULL;
}

static void do_restart(lc_herder *herder, lc_request *r)
{
    r->error = restart_connector((distributed *)herder, r);
}

lc_error *lc_distributed_restart(lc_herder *herder, const char *name, bool include_tasks, bool only_failed,
                                 int64_t deadline, lc_buf *out)
{
    lc_request *r = lc_request_new(do_restart, "restarting connector", name, deadline);
    r->flag_a = include_tasks;
    r->flag_b = only_failed;
    return lc_requests_await(&((distributed *)herder)->requests, r, out, NULL);
}

static void do_restart_noted(lc_herder *herder, lc_request *r)
{
    distributed *d = (distributed *)herder;
    if (!d->is_member) return;
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    lc_orders orders = lc_distributed_orders(d, state);
    lc_running_restart(d->running, &orders, r->name, true, r->flag_a, r->flag_b);
}

void lc_distributed_note_restart(distributed *d, const char *name, bool include_tasks, bool only_failed)
{
    lc_request *r = lc_request_new(do_restart_noted, "handling restart request for connector", name, 0);
    r->flag_a = include_tasks;
    r->flag_b = only_failed;
    lc_requests_note(&d->requests, r);
}

static lc_error *restart_task(distributed *d, lc_request *r)
{
    LC_TRY(lc_distributed_check_ready(d));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    const lc_config_connector *c = lc_config_state_find(state, r->name);
    if (!c) return not_found(r->name);
    if (r->task < 0 || !c->tasks || r->task >= c->task_count)
        return lc_fail(LC_E_NOT_FOUND, "Task %s-%d not found", r->name, r->task);
    if (!lc_running_has(d->running, r->name, r->task)) return busy();
    lc_orders orders = lc_distributed_orders(d, state);
    lc_running_restart_task(d->running, &orders, r->name, r->task);
    return NULL;
}

static void do_restart_task(lc_herder *herder, lc_request *r)
{
    r->error = restart_task((distributed *)herder, r);
}

lc_error *lc_distributed_restart_task(lc_herder *herder, const char *name, int task, int64_t deadline)
{
    lc_request *r = lc_request_new(do_restart_task, "restarting a task of connector", name, deadline);
    r->task = task;
    return lc_requests_await(&((distributed *)herder)->requests, r, NULL, NULL);
}

/* Offsets. */

static lc_error *alter(distributed *d, lc_request *r)
{
    LC_TRY(need_lead(d));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    const lc_config_connector *c = lc_config_state_find(state, r->name);
    if (!c) return not_found(r->name);
    const char *type = lc_connector_type_of(lc_connector_script_of(d->herder.worker, c->config));
    bool is_stopped = c->target == LC_TARGET_STOPPED && !c->task_count;
    if (is_stopped) LC_TRY(lc_fencer_shut_out(d->herder.worker, c, r->deadline));
    return lc_connector_offsets_alter(d->herder.worker, c->config, !strcmp(type, "sink"), is_stopped, r->body,
                                      r->deadline, &r->out);
}

static void do_alter(lc_herder *herder, lc_request *r)
{
    r->error = alter((distributed *)herder, r);
}

lc_error *lc_distributed_alter(lc_herder *herder, const char *name, const lc_json *body, int64_t deadline,
                               lc_buf *out)
{
    lc_request *r = lc_request_new(do_alter, "modifying offsets for connector", name, deadline);
    r->body = body ? lc_json_copy(body) : NULL;
    return lc_requests_await(&((distributed *)herder)->requests, r, out, NULL);
}

/* New tasks. */

static lc_error *write_tasks(distributed *d, const char *name, const lc_props *const *tasks, size_t count,
                             int64_t timeout_ms)
{
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    const lc_config_connector *c = lc_config_state_find(state, name);
    if (!c) return not_found(name);
    if (count && c->target == LC_TARGET_STOPPED)
        return lc_fail(LC_E_BAD_REQUEST,
                       "Cannot submit non-empty set of task configs for stopped connector %s", name);
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_tasks(batch, name, tasks, count);
    lc_error *error = lc_config_store_write(d->configs, batch, timeout_ms);
    if (error && lc_error_code(error) == LC_E_TIMEOUT) d->must_claim = true;
    return error;
}

static lc_error *take_tasks(distributed *d, lc_request *r)
{
    LC_TRY(need_lead(d));
    size_t count = lc_json_count(r->body), done = 0;
    lc_props **tasks = lc_alloc((count + 1) * sizeof *tasks);
    lc_error *error = NULL;
    for (; done < count && !error; done += !error)
        error = lc_json_to_props(lc_json_at(r->body, done), &tasks[done]);
    if (!error) error = write_tasks(d, r->name, (const lc_props *const *)tasks, count, left(r));
    for (size_t i = 0; i < done; i++) lc_props_free(tasks[i]);
    free(tasks);
    return error;
}

static void do_put_tasks(lc_herder *herder, lc_request *r)
{
    r->error = take_tasks((distributed *)herder, r);
}

lc_error *lc_distributed_put_tasks(lc_herder *herder, const char *name, const lc_json *tasks,
                                   int64_t deadline)
{
    if (!lc_json_is(tasks, LC_JSON_ARRAY))
        return lc_fail(LC_E_BAD_REQUEST, "The body must be an array of task configurations.");
    lc_request *r = lc_request_new(do_put_tasks, "writing tasks of connector", name, deadline);
    r->body = lc_json_copy(tasks);
    return lc_requests_await(&((distributed *)herder)->requests, r, NULL, NULL);
}

/* Asked by workers of Kafka Connect before they start a source; those of this cluster just wait for the record
 * that the leader writes by itself. */
static lc_error *fence(distributed *d, lc_request *r)
{
    LC_TRY(need_lead(d));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    const lc_config_connector *c = lc_config_state_find(state, r->name);
    if (!c) return not_found(r->name);
    if (strcmp(lc_connector_type_of(lc_connector_script_of(d->herder.worker, c->config)), "source") != 0)
        return lc_fail(LC_E_BAD_REQUEST, "Connector %s is not a source connector", r->name);
    if (!lc_fencer_is_needed(d->herder.worker, c)) return NULL;
    if (!lc_fencer_ask(d->fencer, c)) return busy();
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_fenced(batch, r->name, c->task_count);
    return write_batch(d, r, batch);
}

static void do_fence(lc_herder *herder, lc_request *r)
{
    r->error = fence((distributed *)herder, r);
}

lc_error *lc_distributed_fence(lc_herder *herder, const char *name, int64_t deadline)
{
    lc_request *r = lc_request_new(do_fence, "shutting out earlier tasks of connector", name, deadline);
    return lc_requests_await(&((distributed *)herder)->requests, r, NULL, NULL);
}

/* Asks the leader to write tasks; the request is signed with the cluster's session key. */
static lc_error *send_tasks(distributed *d, const char *url, const char *name, const lc_buf *body)
{
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    const lc_session_key *key = lc_config_state_session_key(state);
    if (!key) return busy();
    unsigned char signature[LC_SIGNATURE_SIZE];
    char text[64] = "";
    lc_sign(key->key, (lc_text){body->data, body->len}, signature);
    lc_base64_encode(signature, sizeof signature, text);
    lc_autoptr(lc_props) headers = lc_props_new();
    lc_props_set(headers, "X-Connect-Authorization", text);
    lc_props_set(headers, "X-Connect-Request-Signature-Algorithm", "HmacSHA256");
    lc_auto(lc_buf) path = {0};
    lc_buf_text(&path, "/connectors/");
    for (const char *c = name; *c; c++) lc_buf_printf(&path, "%%%02X", (unsigned char)*c);
    lc_buf_text(&path, "/tasks?forward=false");
    lc_peer_request request = {
        url,
                               "POST",
                               path.data,
                               {body->data, body->len},
                               headers,
                               lc_monotonic_ms() + PEER_MS,
                               d->herder.worker->settings,
                               NULL,
                               NULL};
    lc_auto(lc_peer_answer) answer = {0};
    LC_TRY(lc_peer_ask(&request, &answer));
    if (answer.status < 300) return NULL;
    lc_code code = answer.status == 404   ? LC_E_NOT_FOUND
                   : answer.status == 400 ? LC_E_BAD_REQUEST
                                          : LC_E_CONFLICT;
    return lc_fail(code, "%s", answer.body.data ? answer.body.data : "no answer");
}

static lc_error *publish(distributed *d, const char *name, const lc_props *const *tasks, size_t count)
{
    if (lc_distributed_leads(d)) return write_tasks(d, name, tasks, count, LC_STORE_MS);
    char *url = NULL;
    lc_auto(lc_buf) body = {0};
    lc_autoptr(lc_json) list = lc_json_new_array();
    LC_TRY(lc_distributed_leader_url(d, &url));
    if (!url) return busy();
    for (size_t i = 0; i < count; i++) lc_json_add(list, lc_json_new_props(tasks[i]));
    lc_json_dump(list, &body);
    lc_error *error = send_tasks(d, url, name, &body);
    free(url);
    return error;
}

bool lc_distributed_publish(void *context, const char *connector, const lc_props *const *tasks, size_t count)
{
    distributed *d = context;
    lc_progress_begin(&d->requests.progress, "generating task configs for connector", connector);
    lc_autoptr(lc_error) error = publish(d, connector, tasks, count);
    lc_progress_end(&d->requests.progress);
    if (!error) return true;
    lc_code code = lc_error_code(error);
    bool is_moot = code == LC_E_NOT_FOUND || code == LC_E_BAD_REQUEST;
    lc_log(d->herder.worker->log, is_moot ? LC_LOG_INFO : LC_LOG_WARN, "cluster.distributed",
           is_moot ? "tasks are not wanted any more" : "tasks could not be written; tried again", "connector",
           connector, "error", lc_error_message(error), NULL);
    return is_moot;
}
