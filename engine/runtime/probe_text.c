#include "runtime/probe_text.h"

#include "base/json.h"
#include "data/value.h"

lc_error *lc_probe_converter_open(lc_types *types, bool exact, lc_converter **ret_converter)
{
    lc_autoptr(lc_props) settings = lc_props_new();
    lc_props_set(settings, "schemas.enable", exact ? "true" : "false");
    lc_props_set(settings, "replace.null.with.default", "false");
    if (!exact) lc_props_set(settings, "decimal.format", "NUMERIC");
    return lc_converter_open(LC_TEXT("org.apache.kafka.connect.json.JsonConverter"), settings, LC_ROLE_VALUE, types,
                             ret_converter);
}

typedef struct writer {
    lc_converter *converter;
    bool exact;
    size_t most;
    lc_arena *scratch;
    lc_buf *out;
} writer;

/* Kinds that JSON doesn't tell from others, when there is no schema. */
static const char *const kinds[LC_KIND_COUNT] = {[LC_INT8] = "int8",
                                                 [LC_INT16] = "int16",
                                                 [LC_INT32] = "int32",
                                                 [LC_FLOAT32] = "float",
                                                 [LC_BYTES] = "bytes"};

static bool needs_kind(const writer *w, const lc_schema *schema, const lc_value *value)
{
    return w->exact && !schema && value->kind < LC_KIND_COUNT && kinds[value->kind];
}

static void write_text(const writer *w, const lc_value *value, const char *label)
{
    lc_auto(lc_buf) text = {0};
    lc_value_to_text(&text, value);
    if (w->exact) lc_buf_printf(w->out, "{\"schema\":null,\"%s\":", label);
    lc_json_quote(w->out, text.data ? text.data : "", text.len);
    if (w->exact) lc_buf_put(w->out, '}');
}

/* A value without a schema, by its kind. */
static void write_kind(const writer *w, const lc_value *value, lc_text json)
{
    lc_text payload = json;
    size_t mark = sizeof "{\"schema\":null,\"payload\":" - 1;
    if (payload.len <= mark) {
        write_text(w, value, "text");
        return;
    }
    lc_buf_printf(w->out, "{\"schema\":null,\"kind\":\"%s\",\"payload\":", kinds[value->kind]);
    lc_buf_add(w->out, payload.data + mark, payload.len - mark);
}

static void write_cut(const writer *w, lc_text json)
{
    size_t len = w->most / 2;
    while (len && ((unsigned char)json.data[len] & 0xC0) == 0x80) len--;
    lc_buf_printf(w->out, "{\"cut\":%zu,\"text\":", json.len);
    lc_json_quote(w->out, json.data, len);
    lc_buf_put(w->out, '}');
}

static void write_value(const writer *w, lc_text name, const lc_schema *schema, const lc_value *value)
{
    lc_text json = {0};
    lc_autoptr(lc_error) unfit = lc_converter_write(w->converter, w->scratch, name, schema, value, &json);
    if (unfit) write_text(w, value, "text");
    else if (!json.data) lc_buf_text(w->out, w->exact ? "{\"schema\":null,\"payload\":null}" : "null");
    else if (w->most && json.len > w->most) write_cut(w, json);
    else if (needs_kind(w, schema, value)) write_kind(w, value, json);
    else lc_buf_add(w->out, json.data, json.len);
}

static void write_number(lc_buf *out, const char *name, bool given, int64_t number)
{
    if (given) lc_buf_printf(out, ",\"%s\":%lld", name, (long long)number);
    else lc_buf_printf(out, ",\"%s\":null", name);
}

static void write_headers(const writer *w, const lc_record *record)
{
    lc_buf_text(w->out, ",\"headers\":[");
    for (uint32_t i = 0; i < record->header_count; i++) {
        const lc_header *header = &record->headers[i];
        lc_text name = {header->name, header->name_len};
        lc_buf_text(w->out, i ? ",{\"key\":" : "{\"key\":");
        lc_json_quote(w->out, name.data, name.len);
        lc_buf_text(w->out, ",\"value\":");
        write_value(w, name, header->schema, &header->value);
        lc_buf_put(w->out, '}');
    }
    lc_buf_put(w->out, ']');
}

static void write_source(const writer *w, const lc_record *record)
{
    if (record->side != LC_RECORD_SOURCE) return;
    writer plain = *w;
    plain.exact = false; /* values of offsets have no schemas */
    lc_buf_text(w->out, ",\"source_partition\":");
    write_value(&plain, LC_TEXT("partition"), NULL, &record->source_partition);
    lc_buf_text(w->out, ",\"source_offset\":");
    write_value(&plain, LC_TEXT("offset"), NULL, &record->source_offset);
}

void lc_probe_write_record(lc_converter *converter, bool exact, size_t most, lc_arena *scratch,
                           const lc_record *record, lc_buf *out)
{
    enum { KEPT = 1024 * 1024 };
    writer w = {converter, exact, most, scratch, out};
    lc_text topic = {record->topic, record->topic_len};
    lc_buf_text(out, "{\"topic\":");
    if (topic.data) lc_json_quote(out, topic.data, topic.len);
    else lc_buf_text(out, "null");
    write_number(out, "partition", record->has_partition, record->partition);
    if (record->side == LC_RECORD_SINK) write_number(out, "offset", record->has_offset, record->offset);
    write_number(out, "timestamp", record->has_timestamp, record->timestamp);
    lc_buf_text(out, ",\"key\":");
    write_value(&w, topic, record->key_schema, &record->key);
    lc_buf_text(out, ",\"value\":");
    write_value(&w, topic, record->value_schema, &record->value);
    write_headers(&w, record);
    write_source(&w, record);
    lc_buf_put(out, '}');
    lc_arena_reset(scratch, KEPT);
}
