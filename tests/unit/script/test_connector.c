#include "script_kit.h"

#include <stdlib.h>
#include <unistd.h>

#include "script/connector_script.h"

typedef struct rig {
    kit kit;
    lc_connector_script *connector;
    lc_props *settings;
    lc_grants grants;
    bool stopping;
} rig;

/* The committed offset of any partition: {position = 6}. */
static lc_error *fixed_offset(void *context, lc_arena *arena, const lc_value *partition, lc_value *ret_offset)
{
    rig *r = context;
    CHECK_EQ_STR(kit_text(partition), "{name=a}");
    *ret_offset = lc_object_new(arena, lc_shape_empty(r->kit.types), 1);
    *lc_map_set(r->kit.types, arena, ret_offset, LC_TEXT("position")) = lc_value_int(LC_INT64, 6);
    return NULL;
}

static bool is_stopping(void *context)
{
    return ((rig *)context)->stopping;
}

static void rig_init(rig *r, int mode)
{
    *r = (rig){.settings = lc_props_new()};
    kit_init(&r->kit, mode);
}

static bool rig_open(rig *r, const char *text)
{
    lc_script *script = kit_script(&r->kit, "connector", text);
    if (!script) return false;
    lc_connector_options options = {
        .script = script,
        .settings = r->settings,
        .grants = &r->grants,
        .connector = "c",
        .task = 0,
        .services = {.context = r, .offset = fixed_offset, .stopping = is_stopping}};
    kit_error(lc_connector_script_new(r->kit.state, &options, &r->connector));
    return r->connector != NULL;
}

static void rig_done(rig *r)
{
    lc_connector_script_free(r->connector);
    kit_done(&r->kit);
    lc_props_free(r->settings);
}

static const char SOURCE[] =
    "local lc = require 'lc'\n"
    "local Order = lc.schema.struct('shop.Order', { { 'id', lc.int64 }, { 'note', "
    "lc.schema.optional(lc.string) } })\n"
    "local source = lc.source { config = { topic = lc.config.string { required = true } } }\n"
    "function source.start(task)\n"
    "  task.partition = { name = 'a' }\n"
    "  task.at = task.offsets:get(task.partition).position\n"
    "end\n"
    "function source.poll(task, out)\n"
    "  if task.at > 1000 then return lc.done() end\n"
    "  if task:stopping() then return lc.idle(250) end\n"
    "  while out.room > 0 do\n"
    "    task.at = task.at + 1\n"
    "    local record = out:add(task.config.topic, Order, task.partition, { position = task.at })\n"
    "    record.key = task.at\n"
    "    record.value.id = task.at\n"
    "    if out.count == 2 then out:reject('raw', 'cannot read this') end\n"
    "  end\n"
    "end\n"
    "function source.commit(task) task.at = 2000 end\n"
    "function source.tasks(config, max) return { { part = 1 }, { part = 2, list = { 'a', 'b' } } } end\n"
    "return source\n";

static void polls(int mode)
{
    rig r;
    rig_init(&r, mode);
    lc_props_set(r.settings, "topic", "orders");
    if (!rig_open(&r, SOURCE)) return;
    lc_poll_result result;
    kit_error(lc_connector_script_start(r.connector));
    for (int round = 0; round < 20; round++) {
        lc_batch_reset(&r.kit.batch);
        kit_error(lc_connector_script_poll(r.connector, &r.kit.batch, 5, &result));
        CHECK_EQ_INT(r.kit.batch.count, 5);
        CHECK_EQ_INT(result.idle_ms, 0);
        CHECK(!result.done);
        const lc_record *first = &r.kit.batch.records[0];
        char text[64];
        snprintf(text, sizeof text, "Struct{id=%d}", 7 + round * 4);
        CHECK_EQ_STR(kit_text(&first->value), text);
        CHECK_EQ_STR(kit_text(&first->source_partition), "{name=a}");
        CHECK_EQ_INT(first->key.kind, LC_INT64);
        CHECK_EQ_INT(r.kit.batch.records[2].state, LC_FAILED);
        CHECK_EQ_STR(kit_record_error(&r.kit.batch.records[2]), "cannot read this");
        CHECK_EQ_INT(r.kit.batch.records[2].failed_stage, LC_STAGE_TASK_POLL);
    }
    r.stopping = true;
    lc_batch_reset(&r.kit.batch);
    kit_error(lc_connector_script_poll(r.connector, &r.kit.batch, 5, &result));
    CHECK_EQ_INT(result.idle_ms, 250);
    kit_error(lc_connector_script_commit(r.connector));
    kit_error(lc_connector_script_poll(r.connector, &r.kit.batch, 5, &result));
    CHECK(result.done);
    kit_error(lc_connector_script_stop(r.connector));

    lc_props **configs = NULL;
    size_t count = 0;
    kit_error(lc_connector_script_tasks(r.kit.state, r.kit.scripts[0], r.settings, 2, &configs, &count));
    CHECK_EQ_INT(count, 2);
    for (size_t i = 0; i < count; i++) {
        CHECK_EQ_STR(lc_props_get(configs[i], "topic"), "orders");
        CHECK_EQ_STR(lc_props_get(configs[i], "part"), i ? "2" : "1");
        if (i) CHECK_EQ_STR(lc_props_get(configs[i], "list"), "a,b");
        lc_props_free(configs[i]);
    }
    free(configs);
    rig_done(&r);
}

TEST(sources)
{
    for (int mode = 0; mode < 3; mode++) polls(mode);
}

static const char SINK[] =
    "local lc = require 'lc'\n"
    "local sink = lc.sink { }\n"
    "function sink.open(task, partitions) task.open = #partitions .. partitions[1].topic .. "
    "partitions[1].partition end\n"
    "function sink.put(task, records)\n"
    "  local n = 0\n"
    "  for i, record in ipairs(records) do\n"
    "    n = n + record.value.id\n"
    "    if record.value.id == 3 then task:reject(record, 'not three') end\n"
    "    assert(records[i] == record and record.offset == i)\n"
    "  end\n"
    "  task.sum = (task.sum or 0) + n + #records\n"
    "end\n"
    "function sink.flush(task) if task.sum then lc.retry('sum ' .. task.sum .. ' ' .. task.open) end end\n"
    "return sink\n";

static void puts_records(int mode)
{
    rig r;
    rig_init(&r, mode);
    if (!rig_open(&r, SINK)) return;
    lc_partition_name partition = {LC_TEXT("t"), 4, 0};
    kit_error(lc_connector_script_open(r.connector, &partition, 1));
    for (int i = 1; i <= 5; i++) {
        lc_record *record = kit_record(&r.kit, "t");
        kit_set(&r.kit, &record->value, "id", lc_value_int(LC_INT32, i));
    }
    r.kit.batch.records[4].state = LC_DROPPED;
    kit_error(lc_connector_script_put(r.connector, &r.kit.batch));
    CHECK_EQ_INT(r.kit.batch.records[2].state, LC_FAILED);
    CHECK_EQ_STR(kit_record_error(&r.kit.batch.records[2]), "not three");
    CHECK_EQ_INT(r.kit.batch.records[2].failed_stage, LC_STAGE_TASK_PUT);
    lc_error *error = lc_connector_script_flush(r.connector);
    CHECK(error && lc_error_is_retriable(error));
    CHECK_EQ_STR(lc_error_message(error), "sum 14 1t4");
    lc_error_free(error);
    lc_batch_reset(&r.kit.batch);
    kit_error(lc_connector_script_put(r.connector, &r.kit.batch));
    rig_done(&r);
}

TEST(sinks)
{
    for (int mode = 0; mode < 3; mode++) puts_records(mode);
}

static const char KEEPER[] =
    "local lc = require 'lc'\n"
    "local sink = lc.sink { }\n"
    "function sink.open(task, partitions)\n"
    "  partitions[2].offset = 7\n"
    "  return partitions\n"
    "end\n"
    "function sink.put(task, records, ranges)\n"
    "  task.told = #records .. ':'\n"
    "  for _, r in ipairs(ranges) do\n"
    "    task.told = task.told .. (' %s/%d %d-%d'):format(r.topic, r.partition, r.first, r.next)\n"
    "  end\n"
    "  if #records == 1 and not task.tried then task.tried = true lc.retry('again') end\n"
    "end\n"
    "function sink.flush(task) lc.retry(task.told) end\n"
    "return sink\n";

static void add_at(rig *r, const char *topic, int partition, int64_t offset, int state)
{
    lc_record *record = kit_record(&r->kit, topic);
    record->original_topic = topic;
    record->original_topic_len = (uint32_t)strlen(topic);
    record->original_partition = partition;
    record->original_offset = offset;
    record->state = (uint8_t)state;
}

static void check_told(rig *r, const char *expected)
{
    lc_error *error = lc_connector_script_flush(r->connector);
    CHECK_EQ_STR(lc_error_message(error), expected);
    lc_error_free(error);
}

/* A put that failed tells the same ranges again; what transforms dropped counts; what was given up doesn't. */
TEST(sinks_that_keep_offsets)
{
    rig r;
    rig_init(&r, 0);
    if (!rig_open(&r, KEEPER)) return;
    CHECK(!lc_connector_script_keeps_offsets(r.connector));
    lc_partition_name partitions[] = {{LC_TEXT("t"), 0, 3}, {LC_TEXT("t"), 1, 5}, {LC_TEXT("u"), 0, -2}};
    kit_error(lc_connector_script_open(r.connector, partitions, 3));
    CHECK(lc_connector_script_keeps_offsets(r.connector));
    CHECK_EQ_INT(partitions[0].offset, 3);
    CHECK_EQ_INT(partitions[1].offset, 7);
    CHECK_EQ_INT(partitions[2].offset, -2);
    add_at(&r, "t", 1, 8, LC_DROPPED);
    add_at(&r, "u", 0, 4, LC_LIVE);
    add_at(&r, "t", 1, 9, LC_DROPPED);
    lc_error *error = lc_connector_script_put(r.connector, &r.kit.batch);
    CHECK(error && lc_error_is_retriable(error));
    lc_error_free(error);
    check_told(&r, "1: t/1 7-10 u/0 4-5");
    kit_error(lc_connector_script_put(r.connector, &r.kit.batch));
    check_told(&r, "1: t/1 7-10 u/0 4-5");
    lc_batch_reset(&r.kit.batch);
    kit_error(lc_connector_script_put(r.connector, &r.kit.batch));
    check_told(&r, "0:");
    kit_error(lc_connector_script_close(r.connector, partitions, 1));
    add_at(&r, "t", 0, 12, LC_LIVE);
    add_at(&r, "t", 1, 12, LC_LIVE);
    kit_error(lc_connector_script_put(r.connector, &r.kit.batch));
    check_told(&r, "2: t/1 10-13");
    rig_done(&r);
}

static const char TAIL[] =
    "local lc = require 'lc'\n"
    "local source = lc.source { needs = { 'file' }, config = { file = lc.config.string {} } }\n"
    "function source.start(task) task.tail = task.cap.file:tail(task.config.file, { position = 2 }) end\n"
    "function source.poll(task, out)\n"
    "  if task.tail:read_lines(out, { topic = 'lines', partition = { f = 1 }, schema = lc.string }) == 0 "
    "then\n"
    "    return task.tail:idle()\n"
    "  end\n"
    "end\n"
    "return source\n";

static const char APPEND[] =
    "local lc = require 'lc'\n"
    "local sink = lc.sink { needs = { 'file' }, config = { file = lc.config.string {} } }\n"
    "function sink.start(task) task.file = task.cap.file:append(task.config.file) end\n"
    "function sink.put(task, records) task.file:write_lines(records) end\n"
    "function sink.flush(task) task.file:flush() end\n"
    "return sink\n";

TEST(files)
{
    char in[] = "/tmp/lc_tail_XXXXXX", out[] = "/tmp/lc_append_XXXXXX";
    int in_fd = mkstemp(in), out_fd = mkstemp(out);
    CHECK(in_fd >= 0 && out_fd >= 0);
    CHECK_EQ_INT(write(in_fd, "x\none\r\ntwo\nthr", 14), 14);
    rig r;
    rig_init(&r, 0);
    const char *granted[] = {"/tmp/", NULL};
    r.grants.files = granted;
    lc_props_set(r.settings, "file", in);
    if (!rig_open(&r, TAIL)) return;
    lc_poll_result result;
    kit_error(lc_connector_script_start(r.connector));
    kit_error(lc_connector_script_poll(r.connector, &r.kit.batch, 100, &result));
    CHECK_EQ_INT(r.kit.batch.count, 2);
    CHECK_EQ_STR(kit_text(&r.kit.batch.records[0].value), "one");
    CHECK_EQ_STR(kit_text(&r.kit.batch.records[0].source_offset), "{position=7}");
    CHECK_EQ_STR(kit_text(&r.kit.batch.records[1].source_offset), "{position=11}");
    CHECK(r.kit.batch.records[1].value_schema != NULL);
    kit_error(lc_connector_script_poll(r.connector, &r.kit.batch, 100, &result));
    CHECK(result.idle_ms > 0);
    lc_connector_script_free(r.connector);

    r.connector = NULL;
    lc_props_set(r.settings, "file", out);
    if (!rig_open(&r, APPEND)) return;
    kit_error(lc_connector_script_start(r.connector));
    kit_error(lc_connector_script_put(r.connector, &r.kit.batch));
    kit_error(lc_connector_script_flush(r.connector));
    char text[32] = "";
    CHECK_EQ_INT(pread(out_fd, text, sizeof text - 1, 0), 8);
    CHECK_EQ_STR(text, "one\ntwo\n");
    rig_done(&r);
    close(in_fd);
    close(out_fd);
    unlink(in);
    unlink(out);
}

TEST(refuses_files_that_are_not_granted)
{
    static const char *const paths[] = {"/etc/passwd", "/tmp/../etc/passwd", "/tmp/", "relative", ""};
    /* A directory of its own: the build, and so the working directory, may well be somewhere below /tmp. */
    char place[] = "/tmp/luaconnect-granted-XXXXXX", grant[64];
    CHECK(mkdtemp(place) != NULL);
    snprintf(grant, sizeof grant, "%s/", place);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        rig r;
        rig_init(&r, 0);
        const char *granted[] = {grant, NULL};
        r.grants.files = granted;
        lc_props_set(r.settings, "file", paths[i]);
        if (!rig_open(&r, APPEND)) return;
        lc_error *error = lc_connector_script_start(r.connector);
        CHECK(error && strstr(lc_error_message(error), "script.grants"));
        lc_error_free(error);
        rig_done(&r);
    }
    rmdir(place);
}

static const char MISPLACED[] =
    "local lc = require 'lc'\n"
    "local source = lc.source { needs = { 'file' }, config = { file = lc.config.string {} } }\n"
    "function source.start(task) task.tail = task.cap.file:tail(task.config.file, { position = 1e300 }) end\n"
    "function source.poll(task, out)\n"
    "  task.out = out\n"
    "  local idle = lc.idle(2^70)\n"
    "  idle.fd, idle.ms = -1e300, idle.ms * 2\n"
    "  return idle\n"
    "end\n"
    "function source.commit(task) task.tail:read_lines(task.out, { topic = 't', room = 0/0 }) end\n"
    "return source\n";

/* Numbers that fit nowhere, and `out` when there is no batch. */
TEST(misplaced_calls_are_errors)
{
    char in[] = "/tmp/lc_tail_XXXXXX";
    int in_fd = mkstemp(in);
    rig r;
    rig_init(&r, 0);
    const char *granted[] = {"/tmp/", NULL};
    r.grants.files = granted;
    lc_props_set(r.settings, "file", in);
    if (!rig_open(&r, MISPLACED)) return;
    lc_poll_result result;
    kit_error(lc_connector_script_start(r.connector));
    kit_error(lc_connector_script_poll(r.connector, &r.kit.batch, 5, &result));
    CHECK_EQ_INT(result.wake_fd, -1);
    CHECK(result.idle_ms > 1000 && result.idle_ms <= 366LL * 86400000);
    lc_error *error = lc_connector_script_commit(r.connector);
    CHECK(error && strstr(lc_error_message(error), "read_lines is for poll"));
    lc_error_free(error);
    rig_done(&r);
    close(in_fd);
    unlink(in);
}

int main(void)
{
    RUN(sources);
    RUN(sinks);
    RUN(sinks_that_keep_offsets);
    RUN(files);
    RUN(misplaced_calls_are_errors);
    RUN(refuses_files_that_are_not_granted);
    return check_report();
}
