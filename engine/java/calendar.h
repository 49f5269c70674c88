/* java.util.GregorianCalendar: which day it is, and which moment a set of fields means.
 *
 *   day number ──lc_calendar_day_of──▶ era, year, month, weeks …
 *   fields, in the order they were set ──lc_calendar_resolve──▶ milliseconds since the epoch
 *
 * Days before 15 October 1582 are Julian. Weeks start on Sunday and one day makes a first week. Fields are
 * lenient: month 12 is the next January, hour 30 is tomorrow at six. Sums wrap as Java's int and long do.
 * Must not know: text. Thread-safe: no state of its own. */
#ifndef LC_JAVA_CALENDAR_H
#define LC_JAVA_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "java/zone.h"

enum { LC_DAY_MS = 24 * 60 * 60 * 1000 };

typedef struct lc_calendar_day {
    bool is_ad;
    int32_t year;         /* within its era, from 1 */
    int32_t week_year;    /* the year that the week belongs to; 0 and less are BC */
    int32_t month;        /* 0 is January */
    int32_t day_of_month; /* these from 1 */
    int32_t day_of_year;
    int32_t day_of_week; /* 1 is Sunday */
    int32_t day_of_week_in_month;
    int32_t week_of_year;
    int32_t week_of_month;
} lc_calendar_day;

/* The fields of a day; day 0 is 1 January 1970. */
void lc_calendar_day_of(int64_t epoch_day, lc_calendar_day *ret_day);

/* In Calendar's order, with its numbering of values (January 0, Sunday 1, AM 0, BC 0). */
typedef enum lc_calendar_field {
    LC_CALENDAR_ERA,
    LC_CALENDAR_YEAR,
    LC_CALENDAR_MONTH,
    LC_CALENDAR_WEEK_OF_YEAR,
    LC_CALENDAR_WEEK_OF_MONTH,
    LC_CALENDAR_DAY_OF_MONTH,
    LC_CALENDAR_DAY_OF_YEAR,
    LC_CALENDAR_DAY_OF_WEEK,
    LC_CALENDAR_DAY_OF_WEEK_IN_MONTH,
    LC_CALENDAR_AM_PM,
    LC_CALENDAR_HOUR,
    LC_CALENDAR_HOUR_OF_DAY,
    LC_CALENDAR_MINUTE,
    LC_CALENDAR_SECOND,
    LC_CALENDAR_MILLISECOND,
    LC_CALENDAR_ZONE_OFFSET,
    LC_CALENDAR_DST_OFFSET,
    LC_CALENDAR_WEEK_YEAR,
    LC_CALENDAR_FIELDS
} lc_calendar_field;

/* Fields and when each was set: where they contradict each other, the newest group wins. Starts as {0}. */
typedef struct lc_calendar {
    int32_t value[LC_CALENDAR_FIELDS];
    int32_t stamp[LC_CALENDAR_FIELDS]; /* 0: not set */
    int32_t newest;
} lc_calendar;

static inline void lc_calendar_set(lc_calendar *calendar, lc_calendar_field field, int32_t value)
{
    calendar->value[field] = value;
    calendar->stamp[field] = ++calendar->newest;
}

static inline void lc_calendar_clear(lc_calendar *calendar, lc_calendar_field field)
{
    calendar->value[field] = calendar->stamp[field] = 0;
}

typedef struct lc_calendar_time {
    int64_t ms;      /* since the epoch */
    int32_t zone_ms; /* offsets that led to it: the zone's own, and daylight saving */
    int32_t dst_ms;
    bool is_week_date; /* week year, week and day of week decided the day */
} lc_calendar_time;

/* The moment that the fields mean in `zone`. What isn't set comes from 1 January 1970, 00:00. */
void lc_calendar_resolve(const lc_calendar *calendar, const lc_zone *zone, lc_calendar_time *ret_time);

#endif
