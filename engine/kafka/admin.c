#include "kafka/admin.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/memory.h"
#include "kafka/rd.h"

struct lc_admin {
    lc_rd_client *client;
    rd_kafka_queue_t *main; /* errors of connections; served in passing */
};

static void prepare(rd_kafka_conf_t *conf)
{
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_ERROR);
    rd_kafka_conf_set_error_cb(conf, NULL);
}

lc_error *lc_admin_open(lc_client_config *config, const lc_client_log *log, lc_admin **ret_admin)
{
    lc_admin *admin = lc_alloc(sizeof *admin);
    lc_error *error = lc_rd_client_open(config, log, prepare, admin, &admin->client);
    if (error) {
        free(admin);
        return error;
    }
    admin->main = rd_kafka_queue_get_main(admin->client->rk);
    *ret_admin = admin;
    return NULL;
}

void lc_admin_close(lc_admin *admin, int64_t timeout_ms)
{
    if (!admin) return;
    rd_kafka_queue_destroy(admin->main);
    lc_rd_client_close(admin->client, LC_RD_DESTROY, timeout_ms);
    free(admin);
}

/* Takes the connection errors that have come in, so that a time-out can name them. */
static void note_errors(lc_admin *admin)
{
    rd_kafka_event_t *event;
    while ((event = rd_kafka_queue_poll(admin->main, 0))) {
        lc_rd_note_error(admin->client, rd_kafka_event_error(event), rd_kafka_event_error_string(event));
        rd_kafka_event_destroy(event);
    }
}

static lc_error *failed(lc_admin *admin, rd_kafka_resp_err_t err, const char *detail, const char *what,
                        const char *name)
{
    note_errors(admin);
    if (detail && strcmp(detail, rd_kafka_err2str(err)) != 0)
        return lc_rd_client_error(admin->client, err, "%s '%s' failed: %s", what, name, detail);
    return lc_rd_client_error(admin->client, err, "%s '%s' failed", what, name);
}

/* One request in progress: its options and the queue its answer comes to. */
typedef struct call {
    lc_admin *admin;
    rd_kafka_AdminOptions_t *options;
    rd_kafka_queue_t *queue;
    rd_kafka_event_t *answer;
    int timeout_ms;
} call;

static call call_begin(lc_admin *admin, rd_kafka_admin_op_t op, int64_t timeout_ms)
{
    call made = {.admin = admin, .timeout_ms = lc_rd_left(lc_monotonic_ms() + timeout_ms)};
    if (made.timeout_ms < 1) made.timeout_ms = 1;
    made.options = rd_kafka_AdminOptions_new(admin->client->rk, op);
    made.queue = rd_kafka_queue_new(admin->client->rk);
    rd_kafka_AdminOptions_set_request_timeout(made.options, made.timeout_ms, NULL, 0);
    return made;
}

static void call_done(call *made)
{
    if (made->answer) rd_kafka_event_destroy(made->answer);
    rd_kafka_queue_destroy(made->queue);
    rd_kafka_AdminOptions_destroy(made->options);
}
LC_DEFINE_AUTO(call, call_done)

/* Waits for the answer; an error of the whole request is one of `what` on `name`. */
static lc_error *call_wait(call *made, const char *what, const char *name)
{
    enum { GRACE_MS = 500 };
    made->answer = rd_kafka_queue_poll(made->queue, made->timeout_ms + GRACE_MS);
    rd_kafka_resp_err_t err =
        made->answer ? rd_kafka_event_error(made->answer) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (!err) return NULL;
    return failed(made->admin, err, made->answer ? rd_kafka_event_error_string(made->answer) : NULL, what,
                  name);
}

static lc_error *topic_result(lc_admin *admin, const rd_kafka_topic_result_t **results, size_t count,
                              const char *what)
{
    for (size_t i = 0; i < count; i++)
        if (rd_kafka_topic_result_error(results[i]))
            return failed(admin, rd_kafka_topic_result_error(results[i]),
                          rd_kafka_topic_result_error_string(results[i]), what,
                          rd_kafka_topic_result_name(results[i]));
    return NULL;
}

lc_error *lc_admin_create_topic(lc_admin *admin, const lc_new_topic *topic, int64_t timeout_ms)
{
    static const char *const what = "Creating the topic";
    char why[256];
    rd_kafka_NewTopic_t *wanted =
        rd_kafka_NewTopic_new(topic->name, topic->partitions, topic->replication, why, sizeof why);
    if (!wanted) return lc_fail(LC_E_CONFIG, "The topic '%s' can't be created: %s", topic->name, why);
    for (size_t i = 0; i < topic->setting_count; i++)
        rd_kafka_NewTopic_set_config(wanted, topic->settings[i].name, topic->settings[i].value);
    lc_auto(call) request = call_begin(admin, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms);
    rd_kafka_AdminOptions_set_operation_timeout(request.options, request.timeout_ms, NULL, 0);
    rd_kafka_CreateTopics(admin->client->rk, &wanted, 1, request.options, request.queue);
    rd_kafka_NewTopic_destroy(wanted);
    LC_TRY(call_wait(&request, what, topic->name));
    size_t count;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(request.answer), &count);
    return topic_result(admin, results, count, what);
}

lc_error *lc_admin_delete_topic(lc_admin *admin, const char *topic, int64_t timeout_ms)
{
    static const char *const what = "Deleting the topic";
    rd_kafka_DeleteTopic_t *unwanted = rd_kafka_DeleteTopic_new(topic);
    lc_auto(call) request = call_begin(admin, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout_ms);
    rd_kafka_AdminOptions_set_operation_timeout(request.options, request.timeout_ms, NULL, 0);
    rd_kafka_DeleteTopics(admin->client->rk, &unwanted, 1, request.options, request.queue);
    rd_kafka_DeleteTopic_destroy(unwanted);
    LC_TRY(call_wait(&request, what, topic));
    size_t count;
    const rd_kafka_topic_result_t **results =
        rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(request.answer), &count);
    return topic_result(admin, results, count, what);
}

/* Asking for one topic by name may create it on brokers that allow that, so all are asked for. */
lc_error *lc_admin_partitions(lc_admin *admin, const char *topic, int64_t timeout_ms, int32_t *ret_count)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err =
        rd_kafka_metadata(admin->client->rk, 1, NULL, &metadata, lc_rd_left(lc_monotonic_ms() + timeout_ms));
    if (err) return failed(admin, err, NULL, "Looking up the topic", topic);
    int32_t count = 0;
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strcmp(metadata->topics[i].topic, topic) != 0) continue;
        err = metadata->topics[i].err;
        count = metadata->topics[i].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    if (err && err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
        err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
        return failed(admin, err, NULL, "Looking up the topic", topic);
    *ret_count = count;
    return NULL;
}

lc_error *lc_admin_list_topics(lc_admin *admin, int64_t timeout_ms, lc_strings *ret_names)
{
    lc_error *error = lc_rd_topics(admin->client, timeout_ms, ret_names);
    note_errors(admin);
    return error;
}

static char *entry_value(const rd_kafka_ConfigResource_t *resource, const char *setting)
{
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(rd_kafka_ConfigEntry_name(entries[i]), setting))
            return lc_strdup(rd_kafka_ConfigEntry_value(entries[i]));
    return NULL;
}

lc_error *lc_admin_topic_setting(lc_admin *admin, const char *topic, const char *setting, int64_t timeout_ms,
                                 char **ret_value)
{
    static const char *const what = "Reading the settings of the topic";
    rd_kafka_ConfigResource_t *wanted = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    lc_auto(call) request = call_begin(admin, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms);
    rd_kafka_DescribeConfigs(admin->client->rk, &wanted, 1, request.options, request.queue);
    rd_kafka_ConfigResource_destroy(wanted);
    LC_TRY(call_wait(&request, what, topic));
    size_t count;
    const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(request.answer), &count);
    rd_kafka_resp_err_t err =
        count ? rd_kafka_ConfigResource_error(resources[0]) : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (err)
        return failed(admin, err, count ? rd_kafka_ConfigResource_error_string(resources[0]) : NULL, what,
                      topic);
    *ret_value = entry_value(resources[0], setting);
    return NULL;
}

lc_error *lc_admin_cluster_id(lc_admin *admin, int64_t timeout_ms, char **ret_id)
{
    char *id = rd_kafka_clusterid(admin->client->rk, lc_rd_left(lc_monotonic_ms() + timeout_ms));
    note_errors(admin);
    if (!id)
        return failed(admin, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, "Asking for the id of the cluster of client",
                      admin->client->id);
    *ret_id = lc_strdup(id);
    rd_kafka_mem_free(admin->client->rk, id);
    return NULL;
}

/* Brokers answer so when offsets of a group with members are to be changed from outside. */
static rd_kafka_resp_err_t plain_words(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ? RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP : err;
}

/* The answer about the one group that was asked for: its error, or its partitions into `offsets` (which may
 * be NULL). */
static lc_error *group_result(lc_admin *admin, const rd_kafka_group_result_t **results, size_t count,
                              lc_offsets *offsets, const char *what)
{
    if (!count) return NULL;
    const char *group = rd_kafka_group_result_name(results[0]);
    const rd_kafka_error_t *error = rd_kafka_group_result_error(results[0]);
    if (error) return failed(admin, rd_kafka_error_code(error), rd_kafka_error_string(error), what, group);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(results[0]);
    if (!list || !offsets) return NULL;
    lc_rd_list_back(admin->client, list, offsets, what);
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].err) return failed(admin, plain_words(list->elems[i].err), NULL, what, group);
    return NULL;
}

lc_error *lc_admin_group_offsets(lc_admin *admin, const char *group, int64_t timeout_ms,
                                 lc_offsets *ret_offsets)
{
    static const char *const what = "Reading the offsets of the group";
    rd_kafka_ListConsumerGroupOffsets_t *wanted = rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
    lc_auto(call) request = call_begin(admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, timeout_ms);
    rd_kafka_ListConsumerGroupOffsets(admin->client->rk, &wanted, 1, request.options, request.queue);
    rd_kafka_ListConsumerGroupOffsets_destroy(wanted);
    LC_TRY(call_wait(&request, what, group));
    size_t count;
    const rd_kafka_group_result_t **results = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(request.answer), &count);
    LC_TRY(group_result(admin, results, count, NULL, what));
    const rd_kafka_topic_partition_list_t *list = count ? rd_kafka_group_result_partitions(results[0]) : NULL;
    for (int i = 0; list && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *from = &list->elems[i];
        if (from->offset < 0) continue;
        lc_topic_offset *item = lc_offsets_add(ret_offsets, from->topic, from->partition, from->offset);
        if (from->metadata) item->metadata = lc_strndup(from->metadata, from->metadata_size);
    }
    return NULL;
}

lc_error *lc_admin_alter_offsets(lc_admin *admin, const char *group, lc_offsets *offsets, int64_t timeout_ms)
{
    static const char *const what = "Altering the offsets of the group";
    rd_kafka_topic_partition_list_t *list = lc_rd_list(offsets);
    rd_kafka_AlterConsumerGroupOffsets_t *wanted = rd_kafka_AlterConsumerGroupOffsets_new(group, list);
    rd_kafka_topic_partition_list_destroy(list);
    lc_auto(call) request = call_begin(admin, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, timeout_ms);
    rd_kafka_AlterConsumerGroupOffsets(admin->client->rk, &wanted, 1, request.options, request.queue);
    rd_kafka_AlterConsumerGroupOffsets_destroy(wanted);
    LC_TRY(call_wait(&request, what, group));
    size_t count;
    const rd_kafka_group_result_t **results = rd_kafka_AlterConsumerGroupOffsets_result_groups(
        rd_kafka_event_AlterConsumerGroupOffsets_result(request.answer), &count);
    return group_result(admin, results, count, offsets, what);
}

lc_error *lc_admin_delete_offsets(lc_admin *admin, const char *group, lc_offsets *partitions,
                                  int64_t timeout_ms)
{
    static const char *const what = "Deleting offsets of the group";
    rd_kafka_topic_partition_list_t *list = lc_rd_list(partitions);
    rd_kafka_DeleteConsumerGroupOffsets_t *unwanted = rd_kafka_DeleteConsumerGroupOffsets_new(group, list);
    rd_kafka_topic_partition_list_destroy(list);
    lc_auto(call) request = call_begin(admin, RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS, timeout_ms);
    rd_kafka_DeleteConsumerGroupOffsets(admin->client->rk, &unwanted, 1, request.options, request.queue);
    rd_kafka_DeleteConsumerGroupOffsets_destroy(unwanted);
    LC_TRY(call_wait(&request, what, group));
    size_t count;
    const rd_kafka_group_result_t **results = rd_kafka_DeleteConsumerGroupOffsets_result_groups(
        rd_kafka_event_DeleteConsumerGroupOffsets_result(request.answer), &count);
    return group_result(admin, results, count, partitions, what);
}

/* The older of librdkafka's two ways: DescribeConsumerGroups of 2.0.2 aborts the process (an assertion on a
 * reference count) when the coordinator comes back after an outage. */
lc_error *lc_admin_group_members(lc_admin *admin, const char *group, int64_t timeout_ms, lc_strings *ret_clients,
                                 bool *ret_are_consumers)
{
    static const char *const what = "Listing the members of the group";
    const struct rd_kafka_group_list *list = NULL;
    rd_kafka_resp_err_t err =
        rd_kafka_list_groups(admin->client->rk, group, &list, lc_rd_left(lc_monotonic_ms() + timeout_ms));
    bool found = list && list->group_cnt && !list->groups[0].err;
    /* Other brokers of the cluster may be away: what counts is the answer of the coordinator. */
    if (err == RD_KAFKA_RESP_ERR__PARTIAL && found) err = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!err && list && list->group_cnt) err = list->groups[0].err;
    for (int i = 0; !err && found && i < list->groups[0].member_cnt; i++)
        lc_strings_add(ret_clients, list->groups[0].members[i].client_id);
    if (ret_are_consumers)
        *ret_are_consumers = !err && found && !strcmp(list->groups[0].protocol_type, "consumer");
    if (list) rd_kafka_group_list_destroy(list);
    return err ? failed(admin, err, NULL, what, group) : NULL;
}

lc_error *lc_admin_delete_group(lc_admin *admin, const char *group, int64_t timeout_ms)
{
    static const char *const what = "Deleting the group";
    rd_kafka_DeleteGroup_t *unwanted = rd_kafka_DeleteGroup_new(group);
    lc_auto(call) request = call_begin(admin, RD_KAFKA_ADMIN_OP_DELETEGROUPS, timeout_ms);
    rd_kafka_DeleteGroups(admin->client->rk, &unwanted, 1, request.options, request.queue);
    rd_kafka_DeleteGroup_destroy(unwanted);
    LC_TRY(call_wait(&request, what, group));
    size_t count;
    const rd_kafka_group_result_t **results =
        rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(request.answer), &count);
    lc_error *error = group_result(admin, results, count, NULL, what);
    if (!error || lc_error_code(error) != LC_E_NOT_FOUND) return error;
    lc_error_free(error);
    return NULL;
}
