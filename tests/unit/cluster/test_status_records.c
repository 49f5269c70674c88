/* The bytes of the status topic, both ways, and which of two statuses counts. Keys of offsets. */
#include "check.h"
#include "cluster/offset_key.h"
#include "cluster/status_model.h"
#include "cluster/status_record.h"

TEST(a_status_is_written_as_java_does)
{
    lc_auto(lc_buf) out = {0};
    lc_status running = {LC_STATUS_RUNNING, NULL, "h:1", 7, "1.0"};
    lc_status failed = {LC_STATUS_FAILED, "a\n\tat \"b\"", "h:1", 7, NULL};
    lc_status_write(&running, &out);
    CHECK_EQ_STR(out.data, "{\"state\":\"RUNNING\",\"trace\":null,\"worker_id\":\"h:1\",\"generation\":7,"
                           "\"version\":\"1.0\"}");
    lc_buf_reset(&out);
    lc_status_write(&failed, &out);
    CHECK_EQ_STR(out.data, "{\"state\":\"FAILED\",\"trace\":\"a\\n\\tat \\\"b\\\"\",\"worker_id\":\"h:1\","
                           "\"generation\":7,\"version\":null}");
    lc_buf_reset(&out);
    lc_topic_status_write("gs", "t", 0, 1700000000000, &out);
    CHECK_EQ_STR(
        out.data,
        "{\"topic\":{\"name\":\"t\",\"connector\":\"gs\",\"task\":0,\"discoverTimestamp\":1700000000000}}");
    lc_buf_reset(&out);
    lc_status_key_write("gs", LC_CONNECTOR_ITSELF, &out);
    CHECK_EQ_STR(out.data, "status-connector-gs");
    lc_buf_reset(&out);
    lc_status_key_write("gs", 3, &out);
    CHECK_EQ_STR(out.data, "status-task-gs-3");
    lc_buf_reset(&out);
    lc_topic_status_key_write("gs", "t", &out);
    CHECK_EQ_STR(out.data, "status-topic-t:connector-gs");
}

TEST(keys_are_taken_apart)
{
    static const struct {
        const char *key, *connector, *topic;
        int task;
    } keys[] = {
        {"status-connector-a-b", "a-b", NULL, -1},
        {"status-task-a-b-0", "a-b", NULL, 0},
        {"status-topic-x-y:connector-a", "a", "x-y", -1},
        {"status-topic-x:connector-a:connector-b", "a:connector-b", "x", -1},
        {"status-connector-", NULL, NULL, 0},
        {"status-task-a", NULL, NULL, 0},
        {"status-topic-x", NULL, NULL, 0},
        {"status-topic-x:y", NULL, NULL, 0},
        {"status-topic-:connector-a", NULL, NULL, 0},
        {"connector-a", NULL, NULL, 0},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        lc_status_key key;
        bool known = lc_status_key_parse(lc_text_of(keys[i].key), &key);
        CHECK_EQ_INT(known, keys[i].connector != NULL);
        if (!known) continue;
        CHECK(lc_text_is(key.connector, keys[i].connector));
        CHECK_EQ_INT(key.task, keys[i].task);
        if (keys[i].topic) CHECK(lc_text_is(key.topic, keys[i].topic));
    }
}

static lc_status_model *model;
static int64_t now;
static lc_status_change change;

static bool feed(const char *key, const char *value)
{
    lc_auto(lc_buf) problem = {0};
    bool changed = lc_status_model_apply(model, lc_text_of(key), lc_text_of(value), ++now, &change, &problem);
    CHECK_EQ_INT(problem.len, 0);
    return changed;
}

static bool is_refused(const char *key, const char *value)
{
    lc_auto(lc_buf) problem = {0};
    return !lc_status_model_apply(model, lc_text_of(key), lc_text_of(value), ++now, &change, &problem) &&
           problem.len;
}

static void start(void)
{
    lc_status_model_free(model);
    model = lc_status_model_new();
}

#define STATUS(state, worker, generation) \
    "{\"state\":\"" state "\",\"trace\":null,\"worker_id\":\"" worker "\",\"generation\":" generation "}"

TEST(statuses_are_kept_and_removed)
{
    start();
    CHECK(feed("status-connector-c", STATUS("RUNNING", "a", "1")));
    CHECK_EQ_STR(change.connector, "c");
    CHECK_EQ_INT(change.task, LC_CONNECTOR_ITSELF);
    CHECK(feed("status-task-c-10", STATUS("RUNNING", "a", "1")));
    CHECK(feed("status-task-c-2", STATUS("FAILED", "b", "3")));
    CHECK_EQ_INT(lc_status_model_task_at(model, "c", 0), 2);
    CHECK_EQ_INT(lc_status_model_task_at(model, "c", 1), 10);
    CHECK_EQ_INT(lc_status_model_task_at(model, "c", 2), -1);
    CHECK_EQ_STR(lc_status_model_get(model, "c", 2)->worker_id, "b");
    CHECK_EQ_INT(lc_status_model_generation(model), 3);
    CHECK(feed("status-task-c-2", NULL));
    CHECK(!lc_status_model_get(model, "c", 2));
    CHECK(lc_status_model_get(model, "c", 10) != NULL);
    CHECK(feed("status-connector-c", NULL));
    CHECK_EQ_INT(change.state, LC_STATUS_DESTROYED);
    CHECK(!lc_status_model_get(model, "c", 10));
    lc_auto(lc_strings) names = {0};
    lc_status_model_connectors(model, &names);
    CHECK_EQ_INT(names.count, 0);
}

TEST(a_late_unassigned_does_not_hide_a_running_task)
{
    start();
    feed("status-task-c-0", STATUS("RUNNING", "new", "5"));
    CHECK(!feed("status-task-c-0", STATUS("UNASSIGNED", "old", "5")));
    CHECK_EQ_INT(lc_status_model_get(model, "c", 0)->state, LC_STATUS_RUNNING);
    CHECK(feed("status-task-c-0", STATUS("UNASSIGNED", "old", "6")));
    CHECK_EQ_INT(lc_status_model_get(model, "c", 0)->state, LC_STATUS_UNASSIGNED);
    feed("status-connector-c", STATUS("RUNNING", "new", "5"));
    CHECK(feed("status-connector-c", STATUS("UNASSIGNED", "old", "5")));
}

TEST(a_worker_that_was_cut_off_is_not_believed)
{
    start();
    feed("status-task-c-0", STATUS("RUNNING", "old", "4"));
    CHECK(feed("status-task-c-0", STATUS("RUNNING", "new", "5")));
    now -= 10;
    CHECK(!feed("status-task-c-0", STATUS("FAILED", "old", "4")));
    CHECK_EQ_STR(lc_status_model_get(model, "c", 0)->worker_id, "new");
    CHECK(feed("status-task-c-0", STATUS("PAUSED", "new", "4")));
    now += 10;
    /* Another cluster counts from the beginning. */
    CHECK(feed("status-task-c-0", STATUS("RUNNING", "other", "1")));
    CHECK(feed("status-task-c-0", STATUS("RUNNING", "old", "6")));
}

TEST(a_task_that_came_back_survives_the_removal_of_its_connector)
{
    start();
    feed("status-task-c-0", STATUS("RUNNING", "a", "1"));
    now += 100;
    feed("status-task-c-1", STATUS("RUNNING", "a", "2"));
    now -= 50;
    feed("status-connector-c", NULL);
    CHECK(!lc_status_model_get(model, "c", 0));
    CHECK(lc_status_model_get(model, "c", 1) != NULL);
}

TEST(topics_are_a_set)
{
    start();
    feed("status-topic-t2:connector-c", "{\"topic\":{\"name\":\"t2\",\"connector\":\"c\",\"task\":0}}");
    CHECK(lc_status_model_add_topic(model, "c", "t1"));
    CHECK(!lc_status_model_add_topic(model, "c", "t2"));
    lc_auto(lc_strings) topics = {0};
    lc_status_model_topics(model, "c", &topics);
    CHECK_EQ_INT(topics.count, 2);
    CHECK_EQ_STR(topics.items[0], "t1");
    feed("status-topic-t2:connector-c", NULL);
    lc_status_model_remove_topic(model, "c", "t1");
    lc_strings_clear(&topics);
    lc_status_model_topics(model, "c", &topics);
    CHECK_EQ_INT(topics.count, 0);
}

TEST(records_that_cannot_be_used_are_refused)
{
    start();
    CHECK(is_refused("status-connector-c", "{"));
    CHECK(is_refused("status-connector-c", "{\"state\":\"RUNNING\",\"worker_id\":\"a\"}"));
    CHECK(is_refused("status-connector-c", STATUS("ODD", "a", "1")));
    CHECK(is_refused("status-connector-c", "{\"state\":\"RUNNING\",\"generation\":1}"));
    CHECK(is_refused("unheard-of", "{}"));
    CHECK(!is_refused("lc-anything", "{}"));
    CHECK(!lc_status_model_get(model, "c", LC_CONNECTOR_ITSELF));
}

TEST(keys_of_offsets_are_compared_by_meaning)
{
    static const char *const pairs[][2] = {
        {"[\"c\",{\"a\":1,\"b\":2}]", "[\"c\",{\"b\":2,\"a\":1}]"},
        {"[\"c\",{\"a\":{\"x\":1,\"y\":[{\"q\":1,\"p\":2}]}}]",
         "[\"c\",{\"a\":{\"y\":[{\"p\":2,\"q\":1}],\"x\":1}}]"},
        {"[\"c\",null]", "[\"c\",null]"},
    };
    static const char *const different[][2] = {
        {"[\"c\",{\"a\":1}]", "[\"c\",{\"a\":1.0}]"},
        {"[\"c\",{\"a\":1}]", "[\"c\",{\"a\":\"1\"}]"},
        {"[\"c\",{}]", "[\"c\",null]"},
        {"not json", "not  json"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        lc_auto(lc_buf) a = {0}, b = {0};
        lc_offset_key_normalise(lc_text_of(pairs[i][0]), &a);
        lc_offset_key_normalise(lc_text_of(pairs[i][1]), &b);
        CHECK_EQ_STR(a.data, b.data);
    }
    for (size_t i = 0; i < sizeof different / sizeof *different; i++) {
        lc_auto(lc_buf) a = {0}, b = {0};
        lc_offset_key_normalise(lc_text_of(different[i][0]), &a);
        lc_offset_key_normalise(lc_text_of(different[i][1]), &b);
        CHECK(strcmp(a.data, b.data) != 0);
    }
}

int main(void)
{
    RUN(a_status_is_written_as_java_does);
    RUN(keys_are_taken_apart);
    RUN(statuses_are_kept_and_removed);
    RUN(a_late_unassigned_does_not_hide_a_running_task);
    RUN(a_worker_that_was_cut_off_is_not_believed);
    RUN(a_task_that_came_back_survives_the_removal_of_its_connector);
    RUN(topics_are_a_set);
    RUN(records_that_cannot_be_used_are_refused);
    RUN(keys_of_offsets_are_compared_by_meaning);
    lc_status_model_free(model);
    return check_report();
}
