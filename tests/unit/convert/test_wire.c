#include <stdlib.h>

#include "check.h"
#include "convert/wire.h"

static lc_props *settings_of(const char *key, const char *value)
{
    lc_props *props = lc_props_new();
    lc_props_set(props, "schema.registry.url", "http://localhost:1");
    if (key) lc_props_set(props, key, value);
    return props;
}

static lc_wire open_wire(lc_converter_role role, const char *key, const char *value)
{
    lc_autoptr(lc_props) props = settings_of(key, value);
    lc_wire wire;
    lc_error *error = lc_wire_open(&wire, "AVRO", props, role);
    if (error) abort();
    return wire;
}

static bool subject_is(lc_wire *wire, const char *record, const char *expected)
{
    lc_auto(lc_buf) subject = {0};
    lc_error *error = lc_wire_subject(wire, LC_TEXT("orders"), lc_text_of(record), &subject);
    bool same = !error && !strcmp(subject.data, expected);
    lc_error_free(error);
    lc_wire_close(wire);
    return same;
}

#define STRATEGY "io.confluent.kafka.serializers.subject."

TEST(subjects)
{
    lc_wire wire = open_wire(LC_ROLE_VALUE, NULL, NULL);
    CHECK(subject_is(&wire, "a.R", "orders-value"));
    wire = open_wire(LC_ROLE_KEY, NULL, NULL);
    CHECK(subject_is(&wire, NULL, "orders-key"));
    wire = open_wire(LC_ROLE_VALUE, "value.subject.name.strategy", STRATEGY "RecordNameStrategy");
    CHECK(subject_is(&wire, "a.R", "a.R"));
    wire = open_wire(LC_ROLE_VALUE, "value.subject.name.strategy", "TopicRecordNameStrategy");
    CHECK(subject_is(&wire, "a.R", "orders-a.R"));
    wire = open_wire(LC_ROLE_KEY, "value.subject.name.strategy", "TopicRecordNameStrategy");
    CHECK(subject_is(&wire, "a.R", "orders-key"));
    wire = open_wire(LC_ROLE_KEY, "key.subject.name.strategy", "RecordNameStrategy");
    CHECK(!subject_is(&wire, NULL, ""));
}

TEST(heads)
{
    uint8_t head[LC_WIRE_HEAD + 1] = {0};
    int32_t id;
    lc_text payload;
    lc_wire_put_head(head, 0x01020304);
    CHECK(!memcmp(head, "\0\1\2\3\4", 5));
    CHECK(!lc_wire_split((lc_text){(char *)head, 6}, &id, &payload));
    CHECK_EQ_INT(id, 0x01020304);
    CHECK_EQ_INT(payload.len, 1);
    lc_autoptr(lc_error) wrong = lc_wire_split(LC_TEXT("{}"), &id, &payload);
    CHECK_EQ_INT(lc_error_code(wrong), LC_E_SERIALIZATION);
    CHECK(strstr(lc_error_message(wrong), "Unknown magic byte!"));
    lc_autoptr(lc_error) cut = lc_wire_split((lc_text){"\0\0\0", 3}, &id, &payload);
    CHECK(strstr(lc_error_message(cut), "3 bytes"));
}

static int freed;

static void free_entry(lc_wire_entry *entry)
{
    freed++;
    free(entry);
}

static lc_wire_entry *add(lc_wire_cache *cache, uint64_t number, const char *topic)
{
    lc_wire_entry *entry = calloc(1, sizeof *entry);
    lc_wire_cache_add(cache, number, lc_text_of(topic), entry);
    return entry;
}

TEST(caches_find_by_number_and_topic)
{
    lc_wire_cache cache = {.max = 1000, .free_entry = free_entry};
    freed = 0;
    CHECK(!lc_wire_cache_find(&cache, 1, LC_TEXT("a")));
    lc_wire_entry *one = add(&cache, 1, "a"), *two = add(&cache, 1, "b"), *three = add(&cache, 2, "a");
    CHECK(lc_wire_cache_find(&cache, 1, LC_TEXT("a")) == one);
    CHECK(lc_wire_cache_find(&cache, 1, LC_TEXT("b")) == two);
    CHECK(lc_wire_cache_find(&cache, 2, LC_TEXT("a")) == three);
    CHECK(!lc_wire_cache_find(&cache, 2, LC_TEXT("b")));
    for (uint64_t i = 100; i < 400; i++) add(&cache, i, "topic");
    for (uint64_t i = 100; i < 400; i++)
        CHECK_EQ_INT(lc_wire_cache_find(&cache, i, LC_TEXT("topic"))->number, i);
    lc_wire_cache_remove(&cache, one);
    CHECK(!lc_wire_cache_find(&cache, 1, LC_TEXT("a")));
    CHECK(lc_wire_cache_find(&cache, 1, LC_TEXT("b")) == two);
    lc_wire_cache_done(&cache);
    CHECK_EQ_INT(freed, 303);
}

TEST(caches_are_bounded)
{
    lc_wire_cache cache = {.max = 10, .free_entry = free_entry};
    freed = 0;
    for (uint64_t i = 0; i < 95; i++) add(&cache, i, "t");
    CHECK_EQ_INT(cache.count, 5);
    CHECK_EQ_INT(freed, 90);
    CHECK_EQ_INT(lc_wire_cache_find(&cache, 94, LC_TEXT("t"))->number, 94);
    lc_wire_cache_done(&cache);
}

TEST(settings_are_checked)
{
    lc_wire wire;
    lc_autoptr(lc_props) props = settings_of("value.subject.name.strategy", "com.acme.Mine");
    lc_autoptr(lc_error) error = lc_wire_open(&wire, "AVRO", props, LC_ROLE_VALUE);
    CHECK_EQ_INT(lc_error_code(error), LC_E_CONFIG);
    CHECK(strstr(lc_error_message(error), "com.acme.Mine"));
    lc_props_remove(props, "value.subject.name.strategy");
    lc_props_remove(props, "schema.registry.url");
    lc_autoptr(lc_error) missing = lc_wire_open(&wire, "AVRO", props, LC_ROLE_VALUE);
    CHECK_EQ_STR(lc_error_message(missing),
                 "Missing required configuration \"schema.registry.url\" which has no default value.");
}

int main(void)
{
    RUN(subjects);
    RUN(heads);
    RUN(caches_find_by_number_and_topic);
    RUN(caches_are_bounded);
    RUN(settings_are_checked);
    return check_report();
}
