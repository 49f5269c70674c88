#include <stdlib.h>

#include "check.h"
#include "java/zone.h"

static lc_zone *open_zone(const char *name)
{
    lc_zone *zone = NULL;
    lc_error *error = lc_zone_open(lc_text_of(name), &zone);
    CHECK(error == NULL);
    lc_error_free(error);
    return zone;
}

static int32_t minutes_at(const char *name, int64_t utc_ms)
{
    lc_autoptr(lc_zone) zone = open_zone(name);
    return zone ? lc_zone_offset_ms(zone, utc_ms, NULL) / 60000 : -1;
}

enum { WINTER, SUMMER };
static const int64_t MOMENT[] = {[WINTER] = 1579046400000, [SUMMER] = 1594771200000};

TEST(offsets_follow_the_tz_database)
{
    CHECK_EQ_INT(minutes_at("Europe/Berlin", MOMENT[WINTER]), 60);
    CHECK_EQ_INT(minutes_at("Europe/Berlin", MOMENT[SUMMER]), 120);
    CHECK_EQ_INT(minutes_at("Australia/Sydney", MOMENT[WINTER]), 660);
    CHECK_EQ_INT(minutes_at("Australia/Sydney", MOMENT[SUMMER]), 600);
    CHECK_EQ_INT(minutes_at("Asia/Kolkata", MOMENT[SUMMER]), 330);
    CHECK_EQ_INT(minutes_at("America/New_York", 4102444800000 + 180 * 86400000LL), -240); /* 2100 */
    CHECK_EQ_INT(minutes_at("Europe/Berlin", 800000000000), 120);                         /* 1995 */
}

TEST(old_and_custom_names)
{
    CHECK_EQ_INT(minutes_at("UTC", 0), 0);
    CHECK_EQ_INT(minutes_at("PST", MOMENT[SUMMER]), -420);
    CHECK_EQ_INT(minutes_at("EST", MOMENT[SUMMER]), -300);
    CHECK_EQ_INT(minutes_at("GMT+5:30", 0), 330);
    CHECK_EQ_INT(minutes_at("GMT-1130", 0), -690);
    lc_autoptr(lc_zone) zone = open_zone("GMT+5");
    CHECK_EQ_STR(lc_zone_name(zone), "GMT+05:00");
}

TEST(daylight_saving_may_be_the_winter_in_the_database)
{
    lc_autoptr(lc_zone) dublin = open_zone("Europe/Dublin");
    bool daylight;
    CHECK_EQ_INT(lc_zone_offset_ms(dublin, MOMENT[SUMMER], &daylight), 3600000);
    CHECK(daylight);
    CHECK_EQ_INT(lc_zone_offset_ms(dublin, MOMENT[WINTER], &daylight), 0);
    CHECK(!daylight);
    CHECK_EQ_INT(lc_zone_raw_offset_ms(dublin), 0);
    CHECK_EQ_INT(lc_zone_dst_savings_ms(dublin), 3600000);
}

TEST(local_times_that_are_skipped_or_come_twice)
{
    lc_autoptr(lc_zone) berlin = open_zone("Europe/Berlin");
    int32_t savings;
    CHECK_EQ_INT(lc_zone_local_offset_ms(berlin, 1585449000000, &savings),
                 3600000); /* 29 March 2020, 02:30 */
    CHECK_EQ_INT(savings, 0);
    CHECK_EQ_INT(lc_zone_local_offset_ms(berlin, 1585452600000, &savings), 7200000); /* 03:30 */
    CHECK_EQ_INT(savings, 3600000);
    CHECK_EQ_INT(lc_zone_local_offset_ms(berlin, 1603593000000, &savings), 3600000); /* 25 October, 02:30 */
    CHECK_EQ_INT(lc_zone_local_offset_ms(berlin, 1603589400000, &savings), 7200000); /* 01:30 */
}

static void refuse(const char *name)
{
    lc_zone *zone = NULL;
    lc_autoptr(lc_error) error = lc_zone_open(lc_text_of(name), &zone);
    CHECK_EQ_INT(lc_error_code(error), LC_E_ILLEGAL_ARGUMENT);
    CHECK(zone == NULL);
}

TEST(unknown_names_are_refused)
{
    static const char *const NAMES[] = {
        "",         "Nowhere/Town", "../../etc/passwd", "/etc/passwd", "GMT+24:00",
        "GMT+1:60", "GMT+",         "right/UTC",        "Europe"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) refuse(NAMES[i]);
}

int main(void)
{
    RUN(offsets_follow_the_tz_database);
    RUN(old_and_custom_names);
    RUN(daylight_saving_may_be_the_winter_in_the_database);
    RUN(local_times_that_are_skipped_or_come_twice);
    RUN(unknown_names_are_refused);
    return check_report();
}
