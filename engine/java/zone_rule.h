/* The rule that a tz database file gives for all time after its table: "CET-1CEST,M3.5.0,M10.5.0/3".
 *
 * Seconds throughout, offsets east of Greenwich. Internal to zone.c; thread-safe: no state of its own. */
#ifndef LC_JAVA_ZONE_RULE_H
#define LC_JAVA_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct lc_zone_day {
    char kind; /* 'M' month, week and weekday; 'J' day of year without 29 February; 'D' day of year from 0 */
    int month, week, day;
    int32_t time; /* of that day, by the clock in force before */
} lc_zone_day;

typedef struct lc_zone_rule {
    int32_t standard, daylight; /* equal when has_daylight is false */
    bool has_daylight;
    lc_zone_day start, end;
} lc_zone_rule;

/* Reads a POSIX TZ text. False when it isn't one. */
bool lc_zone_rule_parse(const char *text, lc_zone_rule *ret_rule);

bool lc_zone_rule_is_daylight(const lc_zone_rule *rule, int64_t utc);

#endif
