#include "check.h"
#include "data/record.h"

static lc_types *types;

static lc_value text(const char *s)
{
    return lc_value_text(lc_text_of(s));
}

TEST(records_are_added_zeroed)
{
    lc_batch batch;
    lc_batch_init(&batch, types);
    for (uint32_t i = 0; i < 1000; i++) {
        lc_record *record = lc_batch_add(&batch);
        CHECK_EQ_INT(record->origin, i);
        CHECK(record->topic == NULL && record->state == LC_LIVE && record->value.kind == LC_NULL);
        record->offset = i;
    }
    CHECK_EQ_INT(batch.count, 1000);
    CHECK_EQ_INT(batch.records[999].offset, 999);
    lc_batch_reset(&batch);
    CHECK_EQ_INT(batch.count, 0);
    CHECK_EQ_INT(lc_batch_add(&batch)->offset, 0);
    lc_batch_done(&batch);
}

TEST(clones_have_their_own_containers)
{
    lc_batch batch;
    lc_batch_init(&batch, types);
    lc_record *record = lc_batch_add(&batch);
    record->value = lc_object_new(&batch.arena, lc_shape_empty(types), 0);
    *lc_map_set(types, &batch.arena, &record->value, LC_TEXT("a")) = text("x");
    lc_record_add_header(&batch, record, LC_TEXT("h"), NULL, record->value);
    lc_record_fail(record, LC_STAGE_TASK_PUT, lc_fail(LC_E_DATA, "broken"));
    for (int i = 0; i < 100; i++) lc_batch_clone(&batch, 0);
    lc_record *first = &batch.records[0], *last = &batch.records[100];
    CHECK_EQ_INT(last->origin, 0);
    CHECK(last->value.u.object != first->value.u.object);
    CHECK(last->headers != first->headers &&
          last->headers[0].value.u.object != first->headers[0].value.u.object);
    CHECK(lc_value_equal(&last->value, &first->value));
    CHECK_EQ_STR(lc_error_message(last->error), "broken");
    CHECK(last->error != first->error);
    lc_record_add_header(&batch, last, LC_TEXT("i"), NULL, text("y"));
    CHECK_EQ_INT(first->header_count, 1);
    lc_batch_done(&batch);
}

TEST(failing_twice_keeps_the_latest_error)
{
    lc_batch batch;
    lc_batch_init(&batch, types);
    lc_record *record = lc_batch_add(&batch);
    lc_record_fail(record, LC_STAGE_TRANSFORMATION, lc_fail(LC_E_DATA, "one"));
    lc_record_fail(record, LC_STAGE_VALUE_CONVERTER, lc_fail(LC_E_DATA, "two"));
    CHECK_EQ_INT(record->state, LC_FAILED);
    CHECK_EQ_INT(record->failed_stage, LC_STAGE_VALUE_CONVERTER);
    CHECK_EQ_STR(lc_error_message(record->error), "two");
    lc_batch_reset(&batch);
    lc_batch_done(&batch);
}

TEST(headers)
{
    lc_batch batch;
    lc_batch_init(&batch, types);
    lc_record *record = lc_batch_add(&batch);
    const char *const names[] = {"a", "b", "a", "c", "a", "ab"};
    for (int i = 0; i < 6; i++)
        lc_record_add_header(&batch, record, lc_text_of(names[i]), NULL, lc_value_int(LC_INT32, i));
    lc_record_remove_headers(record, LC_TEXT("a"));
    CHECK_EQ_INT(record->header_count, 3);
    CHECK_EQ_INT(record->headers[0].value.u.i, 1);
    CHECK_EQ_INT(record->headers[2].value.u.i, 5);
    lc_record_remove_headers(record, LC_TEXT("none"));
    CHECK_EQ_INT(record->header_count, 3);
    lc_batch_done(&batch);
}

static void check_shown(const lc_record *record, const char *expected)
{
    lc_auto(lc_buf) out = {0};
    lc_record_to_text(&out, record);
    CHECK_EQ_STR(out.data, expected);
}

TEST(sink_record_text)
{
    lc_batch batch;
    lc_batch_init(&batch, types);
    lc_record *record = lc_batch_add(&batch);
    record->side = LC_RECORD_SINK;
    record->topic = "orders-x";
    record->topic_len = 8;
    record->partition = 3;
    record->has_partition = record->has_offset = record->has_timestamp = 1;
    record->offset = 42;
    record->timestamp = 1700000000000;
    record->timestamp_type = LC_TIMESTAMP_CREATE;
    record->original_topic = "orders";
    record->original_topic_len = 6;
    record->original_partition = 2;
    record->original_offset = 41;
    record->value = text("v");
    record->value_schema = lc_schema_primitive(types, LC_TYPE_STRING, true);
    record->key_schema = lc_schema_logical(types, LC_LOGICAL_DATE, true);
    check_shown(
        record,
        "SinkRecord{kafkaOffset=42, timestampType=CreateTime, originalTopic=orders, "
        "originalKafkaPartition=2, "
        "originalKafkaOffset=41} ConnectRecord{topic='orders-x', kafkaPartition=3, key=null, "
        "keySchema=Schema{org.apache.kafka.connect.data.Date:INT32}, value=v, valueSchema=Schema{STRING}, "
        "timestamp=1700000000000, headers=ConnectHeaders(headers=)}");
    lc_batch_done(&batch);
}

TEST(source_record_text)
{
    lc_batch batch;
    lc_batch_init(&batch, types);
    lc_record *record = lc_batch_add(&batch);
    record->source_partition = lc_object_new(&batch.arena, lc_shape_empty(types), 0);
    *lc_map_set(types, &batch.arena, &record->source_partition, LC_TEXT("file")) = text("in.txt");
    record->topic = "t";
    record->topic_len = 1;
    lc_record_add_header(&batch, record, LC_TEXT("h"), lc_schema_primitive(types, LC_TYPE_INT8, false),
                         lc_value_int(LC_INT8, 1));
    lc_record_add_header(&batch, record, LC_TEXT("i"), NULL, lc_value_null());
    check_shown(
        record,
        "SourceRecord{sourcePartition={file=in.txt}, sourceOffset=null} ConnectRecord{topic='t', "
        "kafkaPartition=null, key=null, keySchema=null, value=null, valueSchema=null, timestamp=null, "
        "headers=ConnectHeaders(headers=[ConnectHeader(key=h, value=1, schema=Schema{INT8}), "
        "ConnectHeader(key=i, value=null, schema=null)])}");
    lc_batch_done(&batch);
}

TEST(long_values_are_cut)
{
    static char letters[100000];
    memset(letters, 'x', sizeof letters);
    lc_record record = {.value = lc_value_text((lc_text){letters, sizeof letters})};
    lc_auto(lc_buf) out = {0};
    lc_record_to_text(&out, &record);
    CHECK(out.len < 2000);
    CHECK(strstr(out.data, "xxx…, valueSchema=null") != NULL);
}

int main(void)
{
    types = lc_types_new();
    RUN(records_are_added_zeroed);
    RUN(clones_have_their_own_containers);
    RUN(failing_twice_keeps_the_latest_error);
    RUN(headers);
    RUN(sink_record_text);
    RUN(source_record_text);
    RUN(long_values_are_cut);
    lc_types_free(types);
    return check_report();
}
