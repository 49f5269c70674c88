#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cluster/connector_offsets.h"
#include "cluster/distributed_internal.h"
#include "cluster/task_plan.h"
#include "java/base64.h"
#include "secure/sign.h"

const char lc_busy_text[] =
    "Cannot complete request because of a conflicting operation (e.g. worker rebalance)";

lc_error *lc_distributed_check_ready(const distributed *d)
{
    if (atomic_load(&d->ready)) return NULL;
    return lc_fail(LC_E_CONFLICT,
                   "The worker is still starting up and has not read the cluster's topics yet.");
}

/* The newest state and a connector in it. LC_E_NOT_FOUND; the state is the caller's unless it fails. */
static lc_error *look_up(lc_herder *herder, const char *name, lc_config_state **ret_state,
                         const lc_config_connector **ret_connector)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    lc_config_state *state = lc_config_store_snapshot(d->configs);
    *ret_connector = lc_config_state_find(state, name);
    if (*ret_connector) {
        *ret_state = state;
        return NULL;
    }
    lc_config_state_unref(state);
    return lc_fail(LC_E_NOT_FOUND, "Connector %s not found", name);
}

lc_error *lc_distributed_list(lc_herder *herder, lc_strings *ret_names)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    for (size_t i = 0; i < lc_config_state_count(state); i++)
        lc_strings_add(ret_names, lc_config_state_at(state, i)->name);
    return NULL;
}

static void put_props(const lc_props *props, lc_buf *out)
{
    lc_autoptr(lc_json) json = lc_json_new_props(props);
    lc_json_dump(json, out);
}

static void put_task_id(const char *connector, int task, lc_buf *out)
{
    lc_buf_text(out, "{\"connector\":");
    lc_json_quote_text(out, connector);
    lc_buf_printf(out, ",\"task\":%d}", task);
}

static const char *type_of(const distributed *d, const lc_config_connector *c)
{
    return lc_connector_type_of(lc_connector_script_of(d->herder.worker, c->config));
}

void lc_distributed_write_info(distributed *d, const lc_config_connector *c, lc_buf *out)
{
    lc_buf_text(out, "{\"name\":");
    lc_json_quote_text(out, c->name);
    lc_buf_text(out, ",\"config\":");
    put_props(c->config, out);
    lc_buf_text(out, ",\"tasks\":[");
    for (int t = 0; c->tasks && t < c->task_count; t++) {
        if (t) lc_buf_put(out, ',');
        put_task_id(c->name, t, out);
    }
    lc_buf_printf(out, "],\"type\":\"%s\"}", type_of(d, c));
}

lc_error *lc_distributed_info(lc_herder *herder, const char *name, lc_buf *out)
{
    lc_autoptr(lc_config_state) state = NULL;
    const lc_config_connector *c;
    LC_TRY(look_up(herder, name, &state, &c));
    lc_distributed_write_info((distributed *)herder, c, out);
    return NULL;
}

lc_error *lc_distributed_config(lc_herder *herder, const char *name, lc_props **ret_config)
{
    lc_autoptr(lc_config_state) state = NULL;
    const lc_config_connector *c;
    LC_TRY(look_up(herder, name, &state, &c));
    *ret_config = lc_props_copy(c->config);
    return NULL;
}

lc_error *lc_distributed_status(lc_herder *herder, const char *name, lc_buf *out)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    const lc_config_connector *c = lc_config_state_find(state, name);
    if (c && lc_status_store_write(d->statuses, name, -1, type_of(d, c), out)) return NULL;
    return lc_fail(LC_E_NOT_FOUND, "No status found for connector %s", name);
}

lc_error *lc_distributed_task_status(lc_herder *herder, const char *name, int task, lc_buf *out)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    if (lc_status_store_write_task(d->statuses, name, task, out)) return NULL;
    return lc_fail(LC_E_NOT_FOUND, "No status found for task %s-%d", name, task);
}

lc_error *lc_distributed_tasks(lc_herder *herder, const char *name, lc_buf *out)
{
    lc_autoptr(lc_config_state) state = NULL;
    const lc_config_connector *c;
    LC_TRY(look_up(herder, name, &state, &c));
    lc_buf_put(out, '[');
    for (int t = 0; c->tasks && t < c->task_count; t++) {
        lc_buf_text(out, t ? ",{\"id\":" : "{\"id\":");
        put_task_id(name, t, out);
        lc_buf_text(out, ",\"config\":");
        put_props(c->tasks[t], out);
        lc_buf_put(out, '}');
    }
    lc_buf_put(out, ']');
    return NULL;
}

lc_error *lc_distributed_topics(lc_herder *herder, const char *name, lc_buf *out)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    lc_status_store_write_topics(d->statuses, name, out);
    return NULL;
}

lc_error *lc_distributed_topics_reset(lc_herder *herder, const char *name)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    lc_status_store_topics_reset(d->statuses, name);
    return NULL;
}

/* False, and what was begun has to be taken back: it has no status. */
static bool put_expanded(distributed *d, const lc_config_connector *c, bool status, bool info, lc_buf *out)
{
    lc_json_quote_text(out, c->name);
    lc_buf_text(out, ":{");
    if (status) {
        lc_buf_text(out, "\"status\":");
        if (!lc_status_store_write(d->statuses, c->name, -1, type_of(d, c), out)) return false;
    }
    if (info) {
        lc_buf_text(out, status ? ",\"info\":" : "\"info\":");
        lc_distributed_write_info(d, c, out);
    }
    lc_buf_put(out, '}');
    return true;
}

/* A connector without a status yet is left out, as in Connect. */
lc_error *lc_distributed_expand(lc_herder *herder, bool status, bool info, lc_buf *out)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    lc_buf_put(out, '{');
    const size_t start = out->len;
    for (size_t i = 0; i < lc_config_state_count(state); i++) {
        const size_t before = out->len;
        if (before > start) lc_buf_put(out, ',');
        if (!put_expanded(d, lc_config_state_at(state, i), status, info, out)) out->len = before;
    }
    lc_buf_put(out, '}');
    return NULL;
}

lc_error *lc_distributed_offsets(lc_herder *herder, const char *name, int64_t deadline, lc_buf *out)
{
    lc_autoptr(lc_config_state) state = NULL;
    const lc_config_connector *c;
    LC_TRY(look_up(herder, name, &state, &c));
    bool is_sink = !strcmp(type_of((distributed *)herder, c), "sink");
    return lc_connector_offsets_get(herder->worker, c->config, is_sink, deadline, out);
}

/* Where requests belong. */

static lc_error *no_leader(void)
{
    return lc_fail(LC_E_CONFLICT, "Cannot complete request momentarily due to no known leader URL, likely "
                                  "because a rebalance was underway.");
}

lc_error *lc_distributed_leader_url(distributed *d, char **ret_url)
{
    *ret_url = NULL;
    if (lc_distributed_leads(d)) return NULL;
    lc_auto(lc_cluster_members) members = {0};
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    const char *worker = NULL;
    lc_config_state_leader(state, &worker);
    lc_cluster_members_read(state, &members);
    const lc_cluster_member *leader = lc_cluster_member_of_worker(&members, worker);
    /* This worker's own name stands there when it has just lost the right to write, or led before a restart.
     */
    if (!leader || !strcmp(worker, d->herder.worker->worker_id)) return no_leader();
    *ret_url = lc_strdup(leader->url);
    return NULL;
}

static lc_error *owner_url(distributed *d, const char *name, int task, char **ret_url)
{
    lc_auto(lc_cluster_members) members = {0};
    lc_auto(lc_assignment) assignment = {0};
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    const lc_config_connector *c = lc_config_state_find(state, name);
    *ret_url = NULL;
    if (!c || task >= c->task_count) return NULL;
    lc_cluster_members_read(state, &members);
    lc_distributed_assignment(d, state, &assignment);
    for (size_t i = 0; i < assignment.count; i++) {
        const lc_held *held = &assignment.items[i];
        if (held->revoked_since || held->task != task || strcmp(held->connector, name) != 0) continue;
        if (!strcmp(held->member, lc_membership_id(d->membership))) return NULL;
        const lc_cluster_member *owner = lc_cluster_member_by_id(&members, held->member);
        if (!owner) break;
        *ret_url = lc_strdup(owner->url);
        return NULL;
    }
    return lc_fail(LC_E_CONFLICT, "%s", lc_busy_text);
}

lc_error *lc_distributed_locate(lc_herder *herder, lc_herder_place place, const char *name, int task,
                                char **ret_url)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    if (place == LC_PLACE_LEADER) return lc_distributed_leader_url(d, ret_url);
    return owner_url(d, name, place == LC_PLACE_CONNECTOR ? LC_CONNECTOR_ITSELF : task, ret_url);
}

lc_error *lc_distributed_workers(lc_herder *herder, lc_strings *ret_urls)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    lc_auto(lc_cluster_members) members = {0};
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    lc_cluster_members_read(state, &members);
    for (size_t i = 0; i < members.count; i++)
        if (strcmp(members.items[i].worker_id, herder->worker->worker_id) != 0)
            lc_strings_add(ret_urls, members.items[i].url);
    return NULL;
}

/* Signatures of requests between workers. */

static lc_error *refuse(int status, int *ret_status, const char *text)
{
    *ret_status = status;
    return lc_fail(status == 400 ? LC_E_BAD_REQUEST : LC_E_FORBIDDEN, "%s", text);
}

static bool fits(const lc_session_key *key, lc_text body, lc_text given)
{
    uint8_t *bytes = lc_alloc(lc_base64_bytes_max(given.len));
    size_t len = 0;
    bool fits = lc_base64_decode(LC_BASE64_BASIC, given, bytes, &len) &&
                lc_signature_fits(key->key, body, (lc_text){(const char *)bytes, len});
    free(bytes);
    return fits;
}

/* Connect's InternalRequestSignature and its texts. */
lc_error *lc_distributed_verify(lc_herder *herder, const lc_herder_signature *signature, lc_text body,
                                int *ret_status)
{
    distributed *d = (distributed *)herder;
    if (!signature->signature.data || !signature->algorithm.data)
        return refuse(400, ret_status, "Internal request missing required signature");
    if (!lc_text_is(signature->algorithm, "HmacSHA256"))
        return refuse(
            400, ret_status,
            "This worker does not support the key signing algorithm used by other workers. This worker "
            "is currently configured to use: [HmacSHA256]. Check that all workers' configuration files "
            "permit the same set of signature algorithms, and correct any misconfigured worker and "
            "restart it.");
    lc_autoptr(lc_config_state) state = atomic_load(&d->ready) ? lc_config_store_snapshot(d->configs) : NULL;
    const lc_session_key *key = state ? lc_config_state_session_key(state) : NULL;
    if (!key)
        return refuse(503, ret_status,
                      "This worker is still starting up and has not been able to read a session key from the "
                      "config topic yet");
    return fits(key, body, signature->signature)
               ? NULL
               : refuse(403, ret_status, "Internal request contained invalid signature.");
}

lc_error *lc_distributed_sign(lc_herder *herder, lc_text message, lc_buf *out)
{
    distributed *d = (distributed *)herder;
    lc_autoptr(lc_config_state) state = atomic_load(&d->ready) ? lc_config_store_snapshot(d->configs) : NULL;
    const lc_session_key *key = state ? lc_config_state_session_key(state) : NULL;
    if (!key) return lc_fail(LC_E_CONFLICT, "%s", lc_busy_text);
    unsigned char signature[LC_SIGNATURE_SIZE];
    char text[64] = "";
    lc_sign(key->key, message, signature);
    lc_base64_encode(signature, sizeof signature, text);
    lc_buf_text(out, text);
    return NULL;
}
