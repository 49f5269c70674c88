#include "data/record.h"

#include <stdlib.h>

#include "base/memory.h"

enum { ARENA_KEPT = 4 << 20, RECORDS_KEPT = 16 * 1024, VALUE_SHOWN = 1024 };

void lc_batch_init(lc_batch *batch, lc_types *types)
{
    *batch = (lc_batch){.types = types};
}

static void free_errors(lc_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->records[i].error) lc_error_free(batch->records[i].error);
    }
}

void lc_batch_reset(lc_batch *batch)
{
    free_errors(batch);
    if (batch->cap > RECORDS_KEPT) {
        free(batch->records);
        batch->records = NULL;
        batch->cap = 0;
    }
    lc_arena_reset(&batch->arena, ARENA_KEPT);
    batch->count = batch->origins = 0;
}

void lc_batch_done(lc_batch *batch)
{
    free_errors(batch);
    free(batch->records);
    lc_arena_done(&batch->arena);
    *batch = (lc_batch){0};
}

lc_record *lc_batch_add(lc_batch *batch)
{
    if (batch->count == batch->cap) {
        size_t cap = batch->cap;
        batch->records = lc_grow(batch->records, &cap, (size_t)batch->count + 1, sizeof *batch->records);
        batch->cap = (uint32_t)cap;
    }
    lc_record *record = &batch->records[batch->count];
    *record = (lc_record){.origin = batch->count};
    batch->count++;
    return record;
}

static lc_record *fork_record(lc_batch *batch, lc_record *copy, const lc_record *from)
{
    *copy = *from;
    copy->key = lc_value_fork(&batch->arena, &from->key);
    copy->value = lc_value_fork(&batch->arena, &from->value);
    copy->source_partition = lc_value_fork(&batch->arena, &from->source_partition);
    copy->source_offset = lc_value_fork(&batch->arena, &from->source_offset);
    copy->headers = lc_arena_alloc(&batch->arena, from->header_count * sizeof *copy->headers);
    copy->header_cap = from->header_count;
    for (uint32_t i = 0; i < from->header_count; i++) {
        copy->headers[i] = from->headers[i];
        copy->headers[i].value = lc_value_fork(&batch->arena, &from->headers[i].value);
    }
    if (from->error) copy->error = lc_error_copy(from->error);
    return copy;
}

lc_record *lc_batch_clone(lc_batch *batch, uint32_t index)
{
    lc_record *copy = lc_batch_add(batch);
    return fork_record(batch, copy, &batch->records[index]);
}

lc_record *lc_batch_copy(lc_batch *batch, const lc_record *from)
{
    return fork_record(batch, lc_batch_add(batch), from);
}

void lc_record_fail(lc_record *record, lc_stage stage, lc_error *error)
{
    lc_error_free(record->error);
    record->state = LC_FAILED;
    record->failed_stage = (uint8_t)stage;
    record->error = error;
}

void lc_record_add_header(lc_batch *batch, lc_record *record, lc_text name, const lc_schema *schema,
                          lc_value value)
{
    if (record->header_count == record->header_cap) {
        uint32_t cap = record->header_cap ? 2 * record->header_cap : 4;
        lc_header *headers = lc_arena_alloc(&batch->arena, cap * sizeof *headers);
        if (record->header_count) memcpy(headers, record->headers, record->header_count * sizeof *headers);
        record->headers = headers;
        record->header_cap = cap;
    }
    record->headers[record->header_count++] =
        (lc_header){.name = name.data, .name_len = (uint32_t)name.len, .schema = schema, .value = value};
}

void lc_record_remove_headers(lc_record *record, lc_text name)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < record->header_count; i++) {
        const lc_header *header = &record->headers[i];
        if (!lc_text_eq((lc_text){header->name, header->name_len}, name)) record->headers[kept++] = *header;
    }
    record->header_count = kept;
}

static void put_text(lc_buf *out, const char *text, size_t len)
{
    if (text) lc_buf_add(out, text, len);
    else lc_buf_text(out, "null");
}

static void put_number(lc_buf *out, const char *label, bool is_there, int64_t number)
{
    lc_buf_text(out, label);
    if (is_there) lc_buf_printf(out, "%lld", (long long)number);
    else lc_buf_text(out, "null");
}

static void put_value(lc_buf *out, const char *label, const lc_value *value)
{
    lc_buf_text(out, label);
    lc_value_to_text_cut(out, value, VALUE_SHOWN);
}

static void put_schema(lc_buf *out, const char *label, const lc_schema *schema)
{
    lc_buf_text(out, label);
    if (!schema) {
        lc_buf_text(out, "null");
        return;
    }
    lc_buf_text(out, "Schema{");
    if (schema->name.data) lc_buf_printf(out, "%s:", schema->name.data);
    lc_buf_printf(out, "%s}", lc_type_java_name((lc_type)schema->type));
}

static void put_headers(lc_buf *out, const lc_record *record)
{
    lc_buf_text(out, ", headers=ConnectHeaders(headers=");
    for (uint32_t i = 0; i < record->header_count; i++) {
        const lc_header *header = &record->headers[i];
        lc_buf_text(out, i ? ", ConnectHeader(key=" : "[ConnectHeader(key=");
        put_text(out, header->name, header->name_len);
        put_value(out, ", value=", &header->value);
        put_schema(out, ", schema=", header->schema);
        lc_buf_put(out, ')');
    }
    lc_buf_text(out, record->header_count ? "])" : ")");
}

/* TimestampType.toString. */
static const char *const TIMESTAMP_TYPES[] = {
    [LC_TIMESTAMP_NONE] = "NoTimestampType",
    [LC_TIMESTAMP_CREATE] = "CreateTime",
    [LC_TIMESTAMP_APPEND] = "LogAppendTime",
    [LC_TIMESTAMP_NULL] = "null",
};

static void put_side(lc_buf *out, const lc_record *record)
{
    if (record->side == LC_RECORD_SOURCE) {
        put_value(out, "SourceRecord{sourcePartition=", &record->source_partition);
        put_value(out, ", sourceOffset=", &record->source_offset);
        lc_buf_text(out, "} ");
        return;
    }
    put_number(out, "SinkRecord{kafkaOffset=", record->has_offset, record->offset);
    lc_buf_printf(out, ", timestampType=%s, originalTopic=", TIMESTAMP_TYPES[record->timestamp_type]);
    put_text(out, record->original_topic, record->original_topic_len);
    put_number(out, ", originalKafkaPartition=", true, record->original_partition);
    put_number(out, ", originalKafkaOffset=", true, record->original_offset);
    lc_buf_text(out, "} ");
}

void lc_record_to_text(lc_buf *out, const lc_record *record)
{
    put_side(out, record);
    lc_buf_text(out, "ConnectRecord{topic='");
    put_text(out, record->topic, record->topic_len);
    put_number(out, "', kafkaPartition=", record->has_partition, record->partition);
    put_value(out, ", key=", &record->key);
    put_schema(out, ", keySchema=", record->key_schema);
    put_value(out, ", value=", &record->value);
    put_schema(out, ", valueSchema=", record->value_schema);
    put_number(out, ", timestamp=", record->has_timestamp, record->timestamp);
    put_headers(out, record);
    lc_buf_put(out, '}');
}
