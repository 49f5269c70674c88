#include "script/meters.h"

#include <string.h>

#include "check.h"

static lc_meter_spec spec_of(lc_meter_kind kind, const char *name)
{
    return (lc_meter_spec){.kind = kind, .name = lc_text_of(name)};
}

typedef struct last_seen {
    size_t count;
    lc_meter_reading reading;
} last_seen;

static void see(void *context, const lc_meter_reading *reading)
{
    last_seen *seen = context;
    seen->count++;
    seen->reading = *reading;
}

TEST(counts_in_place)
{
    lc_meters *meters = lc_meters_new(), *held = lc_meters_ref(meters);
    lc_meter *meter = NULL, *again = NULL;
    lc_meter_spec spec = spec_of(LC_METER_COUNTER, "orders_total");
    last_seen seen = {0};
    CHECK(!lc_meters_open(meters, &spec, &meter));
    CHECK(!lc_meters_open(meters, &spec, &again));
    CHECK(meter == again);
    meter->value += 3;
    lc_meters_unref(meters);
    lc_meters_each(held, see, &seen);
    CHECK_EQ_INT((int)seen.count, 1);
    CHECK_EQ_STR(seen.reading.name, "orders_total");
    CHECK(seen.reading.now.value > 2.5 && seen.reading.now.value < 3.5);
    lc_meters_unref(held);
}

TEST(refuses_what_prometheus_would)
{
    static const char *const bad[] = {"", "a b", "a:b", "9a", "a_sum", "a_bucket", "a_count", "\xc3\xa4"};
    lc_meters *meters = lc_meters_new();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lc_meter *meter = NULL;
        lc_meter_spec spec = spec_of(LC_METER_GAUGE, bad[i]);
        lc_error *error = lc_meters_open(meters, &spec, &meter);
        CHECK(error && lc_error_code(error) == LC_E_ILLEGAL_ARGUMENT);
        lc_error_free(error);
    }
    last_seen seen = {0};
    lc_meters_each(meters, see, &seen);
    CHECK_EQ_INT((int)seen.count, 0);
    lc_meters_unref(meters);
}

int main(void)
{
    RUN(counts_in_place);
    RUN(refuses_what_prometheus_would);
    return check_report();
}
