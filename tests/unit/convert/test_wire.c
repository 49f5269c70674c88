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

/* What entries are made of, and how often. */
typedef struct loads {
    int made, freed;
    bool fails, retriable;
} loads;

static loads state;

static lc_error *load(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry)
{
    CHECK(owner == &state && topic.len > 0 && entry->number == number);
    state.made++;
    if (!state.fails) return NULL;
    lc_error *error = lc_fail(LC_E_CONNECT, "no %llu", (unsigned long long)number);
    lc_error_set_retriable(error, state.retriable);
    return error;
}

static void done(lc_wire_entry *entry)
{
    (void)entry;
    state.freed++;
}

static lc_wire_cache cache_of(size_t max)
{
    state = (loads){0};
    return (lc_wire_cache){
        .max = max, .entry_size = sizeof(lc_wire_entry), .owner = &state, .load = load, .done = done};
}

static lc_wire_entry *get(lc_wire_cache *cache, uint64_t number, const char *topic)
{
    lc_wire_entry *entry = NULL;
    lc_error_free(lc_wire_cache_get(cache, number, lc_text_of(topic), &entry));
    return entry;
}

TEST(entries_are_made_once)
{
    lc_wire_cache cache = cache_of(1000);
    lc_wire_entry *one = get(&cache, 1, "a"), *two = get(&cache, 1, "b"), *three = get(&cache, 2, "a");
    CHECK(one != two && one != three && two != three);
    CHECK(get(&cache, 1, "a") == one && get(&cache, 1, "a") == one);
    CHECK(get(&cache, 1, "b") == two && get(&cache, 2, "a") == three);
    for (uint64_t i = 100; i < 400; i++) get(&cache, i, "topic");
    for (uint64_t i = 100; i < 400; i++) CHECK_EQ_INT(get(&cache, i, "topic")->number, i);
    CHECK_EQ_INT(state.made, 303);
    lc_wire_cache_done(&cache);
    CHECK_EQ_INT(state.freed, 303);
}

TEST(caches_are_bounded)
{
    lc_wire_cache cache = cache_of(10);
    for (uint64_t i = 0; i < 95; i++) get(&cache, i, "t");
    CHECK_EQ_INT(cache.count, 5);
    CHECK_EQ_INT(state.freed, 90);
    CHECK_EQ_INT(get(&cache, 94, "t")->number, 94);
    lc_wire_cache_done(&cache);
}

TEST(entries_expire)
{
    lc_wire_cache cache = cache_of(10);
    get(&cache, 1, "t");
    get(&cache, 2, "t")->expires_ms = 0;
    get(&cache, 2, "t");
    get(&cache, 1, "t");
    CHECK_EQ_INT(state.made, 3);
    CHECK_EQ_INT(state.freed, 1);
    lc_wire_cache_done(&cache);
}

TEST(failures_are_kept_unless_they_may_pass)
{
    lc_wire_cache cache = cache_of(10);
    state.fails = true;
    CHECK_EQ_STR(lc_error_message(get(&cache, 7, "t")->error), "no 7");
    CHECK_EQ_STR(lc_error_message(get(&cache, 7, "t")->error), "no 7");
    CHECK_EQ_INT(state.made, 1);
    state.retriable = true;
    CHECK(!get(&cache, 8, "t"));
    CHECK(!get(&cache, 8, "t"));
    CHECK_EQ_INT(state.made, 3);
    lc_wire_cache_done(&cache);
    CHECK_EQ_INT(state.freed, 3);
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
    RUN(entries_are_made_once);
    RUN(caches_are_bounded);
    RUN(entries_expire);
    RUN(failures_are_kept_unless_they_may_pass);
    RUN(settings_are_checked);
    return check_report();
}
