#include "api/cli_lines.h"

#include <stdio.h>

static const char *const MEMBERS[] = {"topic", "partition", "offset", "timestamp",        "key",
                                      "value", "headers",   "source_partition", "source_offset"};
enum { MEMBER_COUNT = sizeof MEMBERS / sizeof *MEMBERS };

static bool speaks_json(const lc_converter *converter)
{
    return strstr(converter->klass->java_class, ".JsonConverter") != NULL;
}

static lc_text kept(lc_batch *batch, const char *data, size_t len)
{
    return (lc_text){lc_arena_copy(&batch->arena, data ? data : "", len), len};
}

/* What Kafka would hold for this JSON: null for null. */
static lc_text bytes_of(lc_batch *batch, const lc_converter *converter, const lc_json *json)
{
    if (lc_json_is(json, LC_JSON_NULL)) return (lc_text){0};
    if (!speaks_json(converter) && lc_json_is(json, LC_JSON_STRING)) {
        lc_text text = lc_json_text(json);
        return kept(batch, text.data, text.len);
    }
    lc_auto(lc_buf) dumped = {0};
    lc_json_dump(json, &dumped);
    return kept(batch, dumped.data, dumped.len);
}

static lc_error *read_side(lc_batch *batch, lc_converter *converter, lc_text name, const lc_json *json,
                           const lc_schema **ret_schema, lc_value *ret_value)
{
    return lc_converter_read(converter, &batch->arena, name, bytes_of(batch, converter, json), ret_schema,
                             ret_value);
}

/* {"schema": …, "payload": …} as runtime/probe_text.h writes it. */
static lc_error *read_exact(lc_batch *batch, lc_converter *exact, lc_text name, const lc_json *json,
                            const lc_schema **ret_schema, lc_value *ret_value)
{
    const char *kind = lc_json_string(lc_json_get(json, "kind"));
    const lc_json *text = lc_json_get(json, "text"), *schema = lc_json_get(json, "schema");
    lc_autoptr(lc_json) envelope = lc_json_new_object();
    if (lc_json_is(json, LC_JSON_NULL)) json = envelope; /* none: as null without a schema */
    lc_json *own = lc_json_set(envelope, "schema", kind ? lc_json_new_object() : lc_json_copy(schema));
    if (kind) lc_json_set_string(own, "type", kind);
    lc_json_set(envelope, "payload", lc_json_copy(text ? text : lc_json_get(json, "payload")));
    LC_TRY(read_side(batch, exact, name, envelope, ret_schema, ret_value));
    if (kind) *ret_schema = NULL;
    return NULL;
}

static lc_error *read_part(const lc_lines *lines, lc_batch *batch, lc_converter *converter, lc_text name,
                           const lc_json *json, const lc_schema **ret_schema, lc_value *ret_value)
{
    if (lines->exact) return read_exact(batch, lines->exact, name, json, ret_schema, ret_value);
    return read_side(batch, converter, name, json, ret_schema, ret_value);
}

bool lc_line_is_head(lc_text line)
{
    static const char mark[] = "{\"luaconnect\":\"record\"";
    return line.len >= sizeof mark - 1 && !memcmp(line.data, mark, sizeof mark - 1);
}

static lc_error *add_header(const lc_lines *lines, lc_batch *batch, lc_record *record, lc_text name,
                            const lc_json *json)
{
    const lc_schema *schema = NULL;
    lc_value value;
    lc_text own = kept(batch, name.data, name.len);
    LC_TRY(read_part(lines, batch, lines->header, own, json, &schema, &value));
    lc_record_add_header(batch, record, own, schema, value);
    return NULL;
}

/* One of a list: {"key": …, "value": …}, {"name": …} or [name, value]. */
static lc_error *add_listed(const lc_lines *lines, lc_batch *batch, lc_record *record, const lc_json *item)
{
    bool is_pair = lc_json_is(item, LC_JSON_ARRAY) && lc_json_count(item) == 2;
    const lc_json *name = is_pair ? lc_json_at(item, 0) : lc_json_get(item, "key");
    if (!name && !is_pair) name = lc_json_get(item, "name");
    if (!lc_json_is(name, LC_JSON_STRING))
        return lc_fail(LC_E_BAD_REQUEST, "a header of a list is {\"key\": name, \"value\": value}");
    return add_header(lines, batch, record, lc_json_text(name),
                      is_pair ? lc_json_at(item, 1) : lc_json_get(item, "value"));
}

static lc_error *read_headers(const lc_lines *lines, lc_batch *batch, lc_record *record, const lc_json *json)
{
    bool is_list = lc_json_is(json, LC_JSON_ARRAY);
    if (lc_json_is(json, LC_JSON_NULL)) return NULL;
    if (!is_list && !lc_json_is(json, LC_JSON_OBJECT))
        return lc_fail(LC_E_BAD_REQUEST, "headers must be an object or a list, not %s", lc_json_kind_name(json));
    for (size_t i = 0; i < lc_json_count(json); i++)
        LC_TRY(is_list ? add_listed(lines, batch, record, lc_json_at(json, i))
                       : add_header(lines, batch, record, lc_json_key_text_at(json, i), lc_json_at(json, i)));
    return NULL;
}

static lc_error *read_number(const lc_json *object, const char *name, bool *ret_given, int64_t *ret_number)
{
    const lc_json *json = lc_json_get(object, name);
    *ret_given = !lc_json_is(json, LC_JSON_NULL);
    if (!*ret_given || lc_json_int(json, ret_number)) return NULL;
    return lc_fail(LC_E_BAD_REQUEST, "%s must be a whole number, not %s", name, lc_json_kind_name(json));
}

static lc_error *check_members(const lc_json *object)
{
    if (!lc_json_is(object, LC_JSON_OBJECT))
        return lc_fail(LC_E_BAD_REQUEST, "a record is an object with topic, key, value …, not %s; without "
                                         "--records a line is a value",
                       lc_json_kind_name(object));
    for (size_t i = 0; i < lc_json_count(object); i++) {
        const char *name = lc_json_key_at(object, i), *near = NULL;
        size_t at = 0;
        while (at < MEMBER_COUNT && strcmp(MEMBERS[at], name)) at++;
        if (at < MEMBER_COUNT) continue;
        near = lc_nearest(name, MEMBERS, MEMBER_COUNT);
        return lc_fail(LC_E_BAD_REQUEST, "a record has no '%s'%s%s%s", name, near ? " (did you mean '" : "",
                       near ? near : "", near ? "'?)" : "");
    }
    return NULL;
}

static lc_error *read_place(lc_batch *batch, lc_record *record, const lc_json *object, int64_t number)
{
    const lc_json *topic = lc_json_get(object, "topic");
    int64_t partition = 0, offset = 0, timestamp = 0;
    bool has_partition, has_offset, has_timestamp;
    if (topic && !lc_json_is(topic, LC_JSON_STRING))
        return lc_fail(LC_E_BAD_REQUEST, "topic must be a string, not %s", lc_json_kind_name(topic));
    LC_TRY(read_number(object, "partition", &has_partition, &partition));
    LC_TRY(read_number(object, "offset", &has_offset, &offset));
    LC_TRY(read_number(object, "timestamp", &has_timestamp, &timestamp));
    if (topic) {
        lc_text name = lc_json_text(topic);
        record->topic = kept(batch, name.data, name.len).data;
        record->topic_len = (uint32_t)name.len;
    }
    record->partition = (int32_t)partition;
    record->offset = has_offset ? offset : number - 1;
    record->timestamp = timestamp;
    record->has_timestamp = has_timestamp;
    record->timestamp_type = has_timestamp ? LC_TIMESTAMP_CREATE : LC_TIMESTAMP_NONE;
    return NULL;
}

static lc_record *new_record(lc_batch *batch, int64_t number)
{
    lc_record *record = lc_batch_add(batch);
    record->side = LC_RECORD_SINK;
    record->topic = "try";
    record->topic_len = 3;
    record->has_partition = record->has_offset = 1;
    record->offset = number - 1;
    return record;
}

static void keep_original(lc_record *record)
{
    record->original_topic = record->topic;
    record->original_topic_len = record->topic_len;
    record->original_partition = record->partition;
    record->original_offset = record->offset;
}

static lc_error *read_whole(const lc_lines *lines, lc_batch *batch, const lc_json *json, int64_t number)
{
    LC_TRY(check_members(json));
    lc_record *record = new_record(batch, number);
    LC_TRY(read_place(batch, record, json, number));
    lc_text topic = {record->topic, record->topic_len};
    LC_TRY(read_part(lines, batch, lines->key, topic, lc_json_get(json, "key"), &record->key_schema, &record->key));
    LC_TRY(read_part(lines, batch, lines->value, topic, lc_json_get(json, "value"), &record->value_schema,
                     &record->value));
    LC_TRY(read_headers(lines, batch, record, lc_json_get(json, "headers")));
    keep_original(record);
    return NULL;
}

static lc_error *read_value(const lc_lines *lines, lc_batch *batch, const lc_json *json, int64_t number)
{
    lc_record *record = new_record(batch, number);
    record->has_timestamp = 1;
    record->timestamp = lines->now_ms;
    record->timestamp_type = LC_TIMESTAMP_CREATE;
    keep_original(record);
    return read_side(batch, lines->value, LC_TEXT("try"), json, &record->value_schema, &record->value);
}

lc_error *lc_line_read(const lc_lines *lines, lc_batch *batch, lc_text line, int64_t number)
{
    lc_autoptr(lc_json) json = NULL;
    LC_TRY(lc_json_parse(line.data, line.len, 0, &json));
    uint32_t before = batch->count;
    lc_error *error = lines->whole ? read_whole(lines, batch, json, number) : read_value(lines, batch, json, number);
    if (error) batch->count = before;
    batch->origins = batch->count;
    return error;
}

/* Writing */

static void write_side(lc_batch *batch, lc_converter *converter, lc_text name, const lc_schema *schema,
                       const lc_value *value, lc_buf *out)
{
    lc_text bytes = {0};
    lc_autoptr(lc_error) unfit = lc_converter_write(converter, &batch->arena, name, schema, value, &bytes);
    if (unfit) {
        lc_auto(lc_buf) text = {0};
        lc_value_to_text(&text, value);
        lc_json_quote(out, text.data ? text.data : "", text.len);
    } else if (!bytes.data) lc_buf_text(out, "null");
    else if (speaks_json(converter)) lc_buf_add(out, bytes.data, bytes.len);
    else lc_json_quote(out, bytes.data, bytes.len);
}

static bool repeats(const lc_record *record)
{
    for (uint32_t i = 0; i < record->header_count; i++)
        for (uint32_t j = 0; j < i; j++) {
            lc_text a = {record->headers[i].name, record->headers[i].name_len};
            lc_text b = {record->headers[j].name, record->headers[j].name_len};
            if (lc_text_eq(a, b)) return true;
        }
    return false;
}

static void write_headers(const lc_lines *lines, lc_batch *batch, const lc_record *record, lc_buf *out)
{
    bool listed = repeats(record);
    lc_buf_put(out, listed ? '[' : '{');
    for (uint32_t i = 0; i < record->header_count; i++) {
        const lc_header *header = &record->headers[i];
        lc_text name = {header->name, header->name_len};
        if (i) lc_buf_put(out, ',');
        if (listed) lc_buf_text(out, "{\"key\":");
        lc_json_quote(out, name.data, name.len);
        lc_buf_text(out, listed ? ",\"value\":" : ":");
        write_side(batch, lines->header, name, header->schema, &header->value, out);
        if (listed) lc_buf_put(out, '}');
    }
    lc_buf_put(out, listed ? ']' : '}');
}

static void write_number(lc_buf *out, const char *name, bool given, int64_t number)
{
    if (given) lc_buf_printf(out, ",\"%s\":%lld", name, (long long)number);
    else lc_buf_printf(out, ",\"%s\":null", name);
}

static void write_source(const lc_lines *lines, lc_batch *batch, const lc_record *record, lc_buf *out)
{
    if (record->side != LC_RECORD_SOURCE) return;
    lc_buf_text(out, ",\"source_partition\":");
    write_side(batch, lines->header, LC_TEXT("source_partition"), NULL, &record->source_partition, out);
    lc_buf_text(out, ",\"source_offset\":");
    write_side(batch, lines->header, LC_TEXT("source_offset"), NULL, &record->source_offset, out);
}

static void write_whole(const lc_lines *lines, lc_batch *batch, const lc_record *record, lc_buf *out)
{
    lc_text topic = {record->topic, record->topic_len};
    lc_buf_text(out, "{\"topic\":");
    if (topic.data) lc_json_quote(out, topic.data, topic.len);
    else lc_buf_text(out, "null");
    write_number(out, "partition", record->has_partition, record->partition);
    if (record->side == LC_RECORD_SINK) write_number(out, "offset", record->has_offset, record->offset);
    write_number(out, "timestamp", record->has_timestamp, record->timestamp);
    lc_buf_text(out, ",\"key\":");
    write_side(batch, lines->key, topic, record->key_schema, &record->key, out);
    lc_buf_text(out, ",\"value\":");
    write_side(batch, lines->value, topic, record->value_schema, &record->value, out);
    lc_buf_text(out, ",\"headers\":");
    write_headers(lines, batch, record, out);
    write_source(lines, batch, record, out);
    lc_buf_put(out, '}');
}

void lc_line_write(const lc_lines *lines, lc_batch *batch, const lc_record *record, lc_buf *out)
{
    lc_text topic = {record->topic, record->topic_len};
    if (lines->whole) write_whole(lines, batch, record, out);
    else write_side(batch, lines->value, topic, record->value_schema, &record->value, out);
}

lc_json *lc_line_snapshot(const lc_lines *lines, lc_batch *batch, const lc_record *record)
{
    lc_auto(lc_buf) text = {0};
    lc_json *json = NULL;
    write_whole(lines, batch, record, &text);
    lc_error_free(lc_json_parse(text.data, text.len, 0, &json));
    return json;
}

static lc_error *convert(const lc_lines *lines, lc_batch *batch, const lc_record *r, lc_stage *ret_stage)
{
    lc_text topic = {r->topic, r->topic_len}, bytes;
    *ret_stage = LC_STAGE_KEY_CONVERTER;
    LC_TRY(lc_converter_write(lines->key, &batch->arena, topic, r->key_schema, &r->key, &bytes));
    *ret_stage = LC_STAGE_VALUE_CONVERTER;
    return lc_converter_write(lines->value, &batch->arena, topic, r->value_schema, &r->value, &bytes);
}

void lc_lines_convert(const lc_lines *lines, lc_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        lc_stage stage;
        lc_record *record = &batch->records[i];
        lc_error *error = record->state == LC_LIVE ? convert(lines, batch, record, &stage) : NULL;
        if (error) lc_record_fail(record, stage, error);
    }
}
