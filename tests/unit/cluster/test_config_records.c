/* The bytes of the config topic, both ways: what batches hold, and what a model makes of records. */
#include <stdlib.h>

#include "check.h"
#include "cluster/config_batch_internal.h"
#include "cluster/config_model.h"
#include "cluster/config_repair.h"

typedef struct line {
    const char *key, *value; /* value NULL: a tombstone */
} line;

static void check_batch(const lc_config_batch *batch, const line *lines, size_t count)
{
    CHECK_EQ_INT(lc_config_batch_count(batch), count);
    for (size_t i = 0; i < count && i < batch->count; i++) {
        CHECK_EQ_STR(batch->items[i].key.data, lines[i].key);
        CHECK_EQ_STR(batch->items[i].value.data, lines[i].value);
    }
}
#define CHECK_BATCH(batch, lines) check_batch(batch, lines, sizeof(lines) / sizeof *(lines))

static lc_props *props_of(const char *const *pairs)
{
    lc_props *props = lc_props_new();
    for (; *pairs; pairs += 2) lc_props_set(props, pairs[0], pairs[1]);
    return props;
}

TEST(a_connector_is_written_as_java_does)
{
    static const char *const pairs[] = {
        "connector.class", "FileStreamSource", "x.y", "\xc3\xbcn\xc3\xaf", "name", "gs", NULL};
    static const line lines[] = {
        {"target-state-gs", "{\"state\":\"PAUSED\",\"state.v2\":\"STOPPED\"}"},
        {"connector-gs",
         "{\"properties\":{\"connector.class\":\"FileStreamSource\",\"x.y\":\"\xc3\xbcn\xc3\xaf\","
         "\"name\":\"gs\"}}"},
        {"target-state-gs", "{\"state\":\"STARTED\",\"state.v2\":\"STARTED\"}"},
        {"target-state-gs", "{\"state\":\"PAUSED\",\"state.v2\":\"PAUSED\"}"},
        {"connector-gs", NULL},
        {"target-state-gs", NULL},
    };
    lc_autoptr(lc_props) config = props_of(pairs);
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_target(batch, "gs", LC_TARGET_STOPPED);
    lc_config_batch_connector(batch, "gs", config);
    lc_config_batch_target(batch, "gs", LC_TARGET_STARTED);
    lc_config_batch_target(batch, "gs", LC_TARGET_PAUSED);
    lc_config_batch_remove(batch, "gs");
    CHECK_BATCH(batch, lines);
}

TEST(tasks_are_written_before_their_commit)
{
    static const char *const first[] = {"task.class", "T", NULL}, *const second[] = {"task.class", NULL,
                                                                                     NULL};
    static const line lines[] = {
        {"task-gk-0", "{\"properties\":{\"task.class\":\"T\"}}"},
        {"task-gk-1", "{\"properties\":{}}"},
        {"commit-gk", "{\"tasks\":2}"},
        {"commit-gk", "{\"tasks\":0}"},
    };
    lc_autoptr(lc_props) a = props_of(first);
    lc_autoptr(lc_props) b = props_of(second + 1);
    const lc_props *tasks[] = {a, b};
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_tasks(batch, "gk", tasks, 2);
    lc_config_batch_tasks(batch, "gk", NULL, 0);
    CHECK_BATCH(batch, lines);
}

TEST(the_other_records_are_written_as_java_does)
{
    static const line lines[] = {
        {"restart-connector-gs", "{\"include-tasks\":true,\"only-failed\":false}"},
        {"logger-cluster-org.example", "{\"level\":\"WARN\"}"},
        {"tasks-fencing-gs", "{\"task-count\":3}"},
        {"session-key",
         "{\"key\":\"AAECAw==\",\"algorithm\":\"HmacSHA256\",\"creation-timestamp\":1700000000000}"},
        {"lc-member-a:1", "{\"url\":\"x\"}"},
        {"lc-assignment", NULL},
    };
    lc_session_key key = {LC_TEXT("\0\1\2\3"), "HmacSHA256", 1700000000000};
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_restart(batch, "gs", true, false);
    lc_config_batch_logger(batch, "org.example", "WARN");
    lc_config_batch_fenced(batch, "gs", 3);
    lc_config_batch_session_key(batch, &key);
    lc_config_batch_own(batch, "lc-member-a:1", LC_TEXT("{\"url\":\"x\"}"));
    lc_config_batch_own(batch, "lc-assignment", (lc_text){NULL, 0});
    CHECK_BATCH(batch, lines);
    CHECK(lc_record_is_open(batch->items[0].kind));
    CHECK(lc_record_is_open(batch->items[1].kind));
    CHECK(!lc_record_is_open(batch->items[2].kind));
    CHECK(!lc_record_is_open(batch->items[3].kind));
    CHECK(lc_record_is_open(batch->items[4].kind));
    CHECK(!lc_record_is_open(batch->items[5].kind));
}

TEST(keys_are_taken_apart)
{
    static const struct {
        const char *key;
        int kind; /* -1: nobody knows it */
        const char *name;
        int task;
    } keys[] = {
        {"task-a-b-12", LC_RECORD_TASK, "a-b", 12},
        {"task-a", -1, NULL, 0},
        {"task--1", -1, NULL, 0},
        {"task-a-x", -1, NULL, 0},
        {"task-a-99999999999", -1, NULL, 0},
        {"tasks-fencing-a-1", LC_RECORD_FENCED, "a-1", 0},
        {"target-state-task-x-0", LC_RECORD_TARGET, "task-x-0", 0},
        {"connector-commit-x", LC_RECORD_CONNECTOR, "commit-x", 0},
        {"commit-\xc3\xa4", LC_RECORD_COMMIT, "\xc3\xa4", 0},
        {"session-key", LC_RECORD_SESSION_KEY, "", 0},
        {"session-key-2", -1, NULL, 0},
        {"lc-member-h:1", LC_RECORD_MEMBER, "lc-member-h:1", 0},
        {"lc-script-text-transforms-a-b", LC_RECORD_SCRIPT, "lc-script-text-transforms-a-b", 0},
        {"lc-leader", LC_RECORD_OWN, "lc-leader", 0},
        {"other", -1, NULL, 0},
        {"", -1, NULL, 0},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        lc_record_key key = {0};
        bool known = lc_record_key_parse(lc_text_of(keys[i].key), &key);
        CHECK_EQ_INT(known, keys[i].kind >= 0);
        if (!known) continue;
        CHECK_EQ_INT(key.kind, keys[i].kind);
        CHECK(lc_text_is(key.name, keys[i].name));
        CHECK_EQ_INT(key.task, keys[i].task);
    }
}

/* A model that is fed line by line. */
static lc_config_model *model;
static int64_t next_offset;
static lc_config_change change;

static bool feed(const char *key, const char *value)
{
    lc_auto(lc_buf) problem = {0};
    return lc_config_model_apply(model, lc_text_of(key), lc_text_of(value), next_offset++, &change, &problem);
}

static bool is_refused(const char *key, const char *value)
{
    lc_auto(lc_buf) problem = {0};
    bool told =
        lc_config_model_apply(model, lc_text_of(key), lc_text_of(value), next_offset++, &change, &problem);
    return !told && problem.len;
}

static void start(void)
{
    lc_config_model_free(model);
    model = lc_config_model_new();
    next_offset = 0;
}

#define CONFIG(x) "{\"properties\":{\"name\":\"c\",\"v\":\"" x "\"}}"
#define TASK(x) "{\"properties\":{\"t\":\"" x "\"}}"

TEST(a_session_of_java_is_read)
{
    start();
    CHECK(feed("session-key",
               "{\"key\":\"AAECAw==\",\"algorithm\":\"HmacSHA256\",\"creation-timestamp\":1700000000000}"));
    CHECK_EQ_INT(change.kind, LC_CHANGED_SESSION_KEY);
    CHECK(feed("connector-c", CONFIG("1")));
    CHECK_EQ_INT(change.kind, LC_CHANGED_CONNECTOR);
    CHECK_EQ_STR(change.name, "c");
    CHECK(!feed("task-c-0", TASK("0")));
    CHECK(feed("commit-c", "{\"tasks\":1}"));
    CHECK_EQ_INT(change.kind, LC_CHANGED_TASKS);
    lc_autoptr(lc_config_state) state = lc_config_model_state(model);
    CHECK_EQ_INT(lc_config_state_offset(state), 4);
    CHECK_EQ_INT(lc_config_state_count(state), 1);
    const lc_config_connector *c = lc_config_state_find(state, "c");
    CHECK_EQ_STR(lc_props_get(c->config, "v"), "1");
    CHECK_EQ_STR(lc_props_get(c->applied, "v"), "1");
    CHECK_EQ_INT(c->target, LC_TARGET_STARTED);
    CHECK_EQ_INT(c->task_count, 1);
    CHECK_EQ_INT(c->task_generation, 0);
    CHECK_EQ_STR(lc_props_get(c->tasks[0], "t"), "0");
    CHECK(c->is_pending_fencing);
    CHECK_EQ_INT(c->fenced_tasks, -1);
    const lc_session_key *key = lc_config_state_session_key(state);
    CHECK(key && lc_text_eq(key->key, LC_TEXT("\0\1\2\3")));
    CHECK_EQ_INT(key->created_ms, 1700000000000);
    CHECK(feed("target-state-c", "{\"state\":\"PAUSED\",\"state.v2\":\"STOPPED\"}"));
    CHECK_EQ_INT(change.kind, LC_CHANGED_TARGET);
    CHECK(feed("commit-c", "{\"tasks\":0}"));
    /* The older state stays what it was. */
    CHECK_EQ_INT(c->target, LC_TARGET_STARTED);
    CHECK_EQ_INT(c->task_count, 1);
    CHECK_EQ_STR(lc_props_get(c->tasks[0], "t"), "0");
    lc_autoptr(lc_config_state) later = lc_config_model_state(model);
    c = lc_config_state_find(later, "c");
    CHECK_EQ_INT(c->target, LC_TARGET_STOPPED);
    CHECK_EQ_INT(c->task_count, 0);
    CHECK(!c->tasks);
    CHECK(!c->is_inconsistent);
    CHECK_EQ_INT(c->task_generation, 0);
}

TEST(a_commit_that_lacks_tasks_makes_the_connector_inconsistent)
{
    start();
    feed("connector-c", CONFIG("1"));
    feed("task-c-1", TASK("1"));
    feed("task-c-2", TASK("2"));
    CHECK(feed("commit-c", "{\"tasks\":2}"));
    lc_autoptr(lc_config_state) state = lc_config_model_state(model);
    const lc_config_connector *c = lc_config_state_find(state, "c");
    CHECK(c->is_inconsistent);
    CHECK_EQ_INT(c->task_count, 2);
    CHECK(!c->tasks);
    CHECK(!c->applied);
    /* What waited was dropped: the missing one alone doesn't make it whole. */
    feed("task-c-0", TASK("0"));
    CHECK(feed("commit-c", "{\"tasks\":2}"));
    lc_autoptr(lc_config_state) second = lc_config_model_state(model);
    CHECK(lc_config_state_find(second, "c")->is_inconsistent);
    feed("task-c-0", TASK("a"));
    feed("task-c-0", TASK("b"));
    feed("task-c-1", TASK("1"));
    feed("task-c-7", TASK("left by a larger set"));
    CHECK(feed("commit-c", "{\"tasks\":2}"));
    lc_autoptr(lc_config_state) third = lc_config_model_state(model);
    c = lc_config_state_find(third, "c");
    CHECK(!c->is_inconsistent);
    CHECK_EQ_STR(lc_props_get(c->tasks[0], "t"), "b");
    CHECK_EQ_STR(lc_props_get(c->tasks[1], "t"), "1");
    CHECK_EQ_INT(c->task_generation, 0);
    CHECK_EQ_INT(lc_config_state_task_total(third), 2);
}

TEST(stale_commits_of_a_deleted_connector_are_dropped)
{
    start();
    feed("task-c-0", TASK("old"));
    CHECK(!feed("commit-c", "{\"tasks\":1}"));
    CHECK(feed("connector-c", CONFIG("new")));
    lc_autoptr(lc_config_state) state = lc_config_model_state(model);
    CHECK_EQ_INT(lc_config_state_find(state, "c")->task_count, 0);
    /* Nor does the old task fill up a new set. */
    CHECK(feed("commit-c", "{\"tasks\":1}"));
    lc_autoptr(lc_config_state) later = lc_config_model_state(model);
    CHECK(lc_config_state_find(later, "c")->is_inconsistent);
}

TEST(removing_forgets_all_but_what_producers_may_still_do)
{
    start();
    feed("target-state-c", "{\"state\":\"PAUSED\"}");
    feed("connector-c", CONFIG("1"));
    feed("task-c-0", TASK("0"));
    feed("commit-c", "{\"tasks\":1}");
    CHECK(feed("tasks-fencing-c", "{\"task-count\":1}"));
    CHECK_EQ_INT(change.kind, LC_CHANGED_FENCED);
    lc_autoptr(lc_config_state) before = lc_config_model_state(model);
    CHECK_EQ_INT(lc_config_state_find(before, "c")->target, LC_TARGET_PAUSED);
    CHECK_EQ_INT(lc_config_state_find(before, "c")->fenced_tasks, 1);
    CHECK(!lc_config_state_find(before, "c")->is_pending_fencing);
    CHECK(feed("connector-c", NULL));
    CHECK_EQ_INT(change.kind, LC_CHANGED_REMOVED);
    CHECK(!feed("target-state-c", NULL));
    lc_autoptr(lc_config_state) gone = lc_config_model_state(model);
    CHECK_EQ_INT(lc_config_state_count(gone), 0);
    CHECK(!lc_config_state_find(gone, "c"));
    feed("connector-c", CONFIG("2"));
    lc_autoptr(lc_config_state) again = lc_config_model_state(model);
    const lc_config_connector *c = lc_config_state_find(again, "c");
    CHECK_EQ_INT(c->target, LC_TARGET_STARTED);
    CHECK_EQ_INT(c->task_count, 0);
    CHECK_EQ_INT(c->fenced_tasks, 1);
    CHECK(!c->applied);
}

TEST(records_that_cannot_be_used_change_nothing)
{
    start();
    feed("connector-c", CONFIG("1"));
    feed("target-state-c", "{\"state\":\"PAUSED\"}");
    CHECK(is_refused("connector-c", "{\"properties\":"));
    CHECK(is_refused("connector-c", "{\"properties\":[]}"));
    CHECK(is_refused("connector-c", "[]"));
    CHECK(is_refused("target-state-c", "{\"state\":\"SLEEPING\"}"));
    CHECK(is_refused("target-state-c", "{\"state.v2\":3}"));
    CHECK(is_refused("task-c-0", NULL));
    CHECK(is_refused("task-c-0", "{}"));
    CHECK(is_refused("commit-c", "{\"tasks\":\"1\"}"));
    CHECK(is_refused("commit-c", "{\"tasks\":-1}"));
    CHECK(is_refused("commit-c", NULL));
    CHECK(is_refused("tasks-fencing-c", NULL));
    CHECK(is_refused("session-key", "{\"key\":\"%\",\"algorithm\":\"x\",\"creation-timestamp\":1}"));
    CHECK(is_refused("session-key", NULL));
    CHECK(is_refused("restart-connector-c", NULL));
    CHECK(is_refused("restart-connector-c", "7"));
    CHECK(is_refused("logger-cluster-x", "{}"));
    CHECK(is_refused("unheard-of", "{}"));
    lc_autoptr(lc_config_state) state = lc_config_model_state(model);
    const lc_config_connector *c = lc_config_state_find(state, "c");
    CHECK_EQ_STR(lc_props_get(c->config, "v"), "1");
    CHECK_EQ_INT(c->target, LC_TARGET_PAUSED);
    CHECK_EQ_INT(lc_config_state_offset(state), next_offset);
    CHECK(!lc_config_state_session_key(state));
}

TEST(requests_and_own_records_are_told)
{
    start();
    CHECK(feed("restart-connector-a-b", "{\"include-tasks\":true}"));
    CHECK_EQ_INT(change.kind, LC_CHANGED_RESTART);
    CHECK_EQ_STR(change.name, "a-b");
    CHECK(change.include_tasks && !change.only_failed);
    CHECK(feed("logger-cluster-org.x", "{\"level\":\"DEBUG\"}"));
    CHECK_EQ_STR(change.name, "org.x");
    CHECK(lc_text_is(change.value, "DEBUG"));
    CHECK(feed("lc-member-b", "{\"n\":2}"));
    CHECK(feed("lc-member-a", "{\"n\":1}"));
    CHECK(feed("lc-leader", "{\"epoch\":7,\"worker\":\"w:1\"}"));
    lc_autoptr(lc_config_state) state = lc_config_model_state(model);
    CHECK(lc_text_is(lc_config_state_own(state, "lc-member-a"), "{\"n\":1}"));
    CHECK(!lc_config_state_own(state, "lc-member-c").data);
    const char *worker;
    CHECK_EQ_INT(lc_config_state_leader(state, &worker), 7);
    CHECK_EQ_STR(worker, "w:1");
    CHECK(feed("lc-member-a", NULL));
    CHECK(!change.value.data);
    lc_autoptr(lc_config_state) later = lc_config_model_state(model);
    CHECK(!lc_config_state_own(later, "lc-member-a").data);
    CHECK(lc_config_state_own(later, "lc-member-b").data != NULL);
}

static void count_own(void *context, const char *key, lc_text value)
{
    (void)key, (void)value;
    ++*(int *)context;
}

TEST(own_records_are_found_by_prefix)
{
    start();
    feed("lc-a-2", "2");
    feed("lc-b", "3");
    feed("lc-a-1", "1");
    lc_autoptr(lc_config_state) state = lc_config_model_state(model);
    int count = 0;
    lc_config_state_each_own(state, "lc-a-", count_own, &count);
    CHECK_EQ_INT(count, 2);
    lc_config_state_each_own(state, "lc-", count_own, &count);
    CHECK_EQ_INT(count, 5);
}

TEST(a_state_is_made_only_when_something_changed)
{
    start();
    feed("connector-b", CONFIG("1"));
    feed("connector-a", CONFIG("1"));
    lc_autoptr(lc_config_state) one = lc_config_model_state(model);
    lc_autoptr(lc_config_state) two = lc_config_model_state(model);
    CHECK(one == two);
    CHECK_EQ_STR(lc_config_state_at(one, 0)->name, "a");
    feed("connector-a", CONFIG("2"));
    lc_autoptr(lc_config_state) three = lc_config_model_state(model);
    CHECK(three != one);
    /* What did not change is shared. */
    CHECK(lc_config_state_find(one, "b") == lc_config_state_find(three, "b"));
    CHECK(lc_config_state_find(one, "a") != lc_config_state_find(three, "a"));
}

TEST(a_state_outlives_its_model)
{
    start();
    feed("connector-a", CONFIG("1"));
    lc_autoptr(lc_config_state) state = lc_config_model_state(model);
    lc_config_model_free(model);
    model = NULL;
    CHECK_EQ_STR(lc_props_get(lc_config_state_find(state, "a")->config, "v"), "1");
}

/* Leftovers of transactions. */

static lc_table *all, *committed;

static void saw(const char *key, bool is_committed)
{
    static int64_t offset;
    lc_key_offsets_note(all, lc_text_of(key), ++offset);
    if (is_committed) lc_key_offsets_note(committed, lc_text_of(key), offset);
}

TEST(leftovers_are_written_over)
{
    static const line lines[] = {
        {"task-c-2", NULL},
        {"task-c-0", TASK("0")},
        {"task-c-1", TASK("1")},
        {"commit-c", "{\"tasks\":2}"},
        {"tasks-fencing-c", "{\"task-count\":2}"},
        {"connector-c", CONFIG("1")},
        {"target-state-new", NULL},
        {"connector-new", NULL},
        {"target-state-c", "{\"state\":\"PAUSED\",\"state.v2\":\"STOPPED\"}"},
    };
    start();
    feed("connector-c", CONFIG("1"));
    feed("task-c-0", TASK("0"));
    feed("task-c-1", TASK("1"));
    feed("commit-c", "{\"tasks\":2}");
    feed("tasks-fencing-c", "{\"task-count\":2}");
    feed("target-state-c", "{\"state\":\"PAUSED\",\"state.v2\":\"STOPPED\"}");
    lc_autoptr(lc_config_state) state = lc_config_model_state(model);
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    all = lc_table_new(NULL);
    committed = lc_table_new(NULL);
    saw("connector-fine", true);
    saw("task-c-2", false);
    saw("task-c-0", true);
    saw("task-c-0", false);
    saw("commit-c", false);
    saw("connector-c", true);
    saw("connector-c", false);
    saw("target-state-new", false);
    saw("connector-new", false);
    saw("target-state-c", false);
    saw("target-state-fine", false);
    saw("target-state-fine", true);
    saw("lc-leader", false);
    saw("session-key", false);
    lc_config_repair(all, committed, state, batch);
    CHECK_BATCH(batch, lines);
    lc_table_free(all);
    lc_table_free(committed);
}

int main(void)
{
    RUN(a_connector_is_written_as_java_does);
    RUN(tasks_are_written_before_their_commit);
    RUN(the_other_records_are_written_as_java_does);
    RUN(keys_are_taken_apart);
    RUN(a_session_of_java_is_read);
    RUN(a_commit_that_lacks_tasks_makes_the_connector_inconsistent);
    RUN(stale_commits_of_a_deleted_connector_are_dropped);
    RUN(removing_forgets_all_but_what_producers_may_still_do);
    RUN(records_that_cannot_be_used_change_nothing);
    RUN(requests_and_own_records_are_told);
    RUN(own_records_are_found_by_prefix);
    RUN(a_state_is_made_only_when_something_changed);
    RUN(a_state_outlives_its_model);
    RUN(leftovers_are_written_over);
    lc_config_model_free(model);
    return check_report();
}
