#include "java/zone_rule.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "java/calendar.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

static bool skip_name(const char **at)
{
    const char *start = *at;
    if (*start == '<') {
        const char *close = strchr(start, '>');
        if (close) *at = close + 1;
        return close != NULL;
    }
    while (isalpha((unsigned char)**at)) (*at)++;
    return *at - start >= 3;
}

static bool read_number(const char **at, int most, int *ret_number)
{
    if (!isdigit((unsigned char)**at)) return false;
    long number = strtol(*at, (char **)(uintptr_t)at, 10);
    *ret_number = (int)number;
    return number <= most;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **at, int32_t *ret_seconds)
{
    int sign = 1, hours, minutes = 0, seconds = 0;
    if (**at == '+' || **at == '-') sign = *(*at)++ == '-' ? -1 : 1;
    if (!read_number(at, 167, &hours)) return false;
    if (**at == ':' && ((*at)++, !read_number(at, 59, &minutes))) return false;
    if (**at == ':' && ((*at)++, !read_number(at, 59, &seconds))) return false;
    *ret_seconds = sign * (hours * HOUR + minutes * 60 + seconds);
    return true;
}

static bool read_offset(const char **at, int32_t *ret_offset)
{
    if (!read_time(at, ret_offset)) return false;
    *ret_offset = -*ret_offset; /* POSIX counts west of Greenwich */
    return true;
}

static bool read_month_week(const char **at, lc_zone_day *day)
{
    if (!read_number(at, 12, &day->month) || *(*at)++ != '.') return false;
    if (!read_number(at, 5, &day->week) || *(*at)++ != '.') return false;
    return read_number(at, 6, &day->day) && day->month >= 1 && day->week >= 1;
}

static bool read_day(const char **at, lc_zone_day *day)
{
    if (*(*at)++ != ',') return false;
    day->kind = isdigit((unsigned char)**at) ? 'D' : *(*at)++;
    day->time = 2 * HOUR;
    bool ok = day->kind == 'M' ? read_month_week(at, day)
                               : (day->kind == 'J' || day->kind == 'D') && read_number(at, 366, &day->day);
    if (ok && **at == '/') ok = ((*at)++, read_time(at, &day->time));
    return ok;
}

bool lc_zone_rule_parse(const char *text, lc_zone_rule *ret_rule)
{
    *ret_rule = (lc_zone_rule){0};
    if (!skip_name(&text) || !read_offset(&text, &ret_rule->standard)) return false;
    ret_rule->daylight = ret_rule->standard;
    if (!*text) return true;
    ret_rule->has_daylight = true;
    if (!skip_name(&text)) return false;
    ret_rule->daylight = ret_rule->standard + HOUR;
    if (*text != ',' && !read_offset(&text, &ret_rule->daylight)) return false;
    return read_day(&text, &ret_rule->start) && read_day(&text, &ret_rule->end) && !*text;
}

/* Days from 1 January 1970 to 1 January of `year`. */
static int64_t year_start(int64_t year)
{
    int64_t before = year - 1;
    return before * 365 + before / 4 - before / 100 + before / 400 - 719162;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t month_week_day(const lc_zone_day *day, int64_t year)
{
    static const int16_t before[13] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    int leap = is_leap(year);
    int64_t month = year_start(year) + before[day->month - 1] + (day->month > 2 ? leap : 0);
    int64_t next = year_start(year) + before[day->month] + (day->month > 1 ? leap : 0);
    int64_t weekday = ((month + 4) % 7 + 7) % 7; /* 1 January 1970 was a Thursday */
    int64_t found = month + (day->day - weekday + 7) % 7 + 7 * (day->week - 1);
    while (found >= next) found -= 7;
    return found;
}

/* The moment of a change in `year`, in seconds since the epoch by a clock that is `offset` east. */
static int64_t change_at(const lc_zone_day *day, int64_t year, int32_t offset)
{
    int64_t date;
    if (day->kind == 'M') date = month_week_day(day, year);
    else if (day->kind == 'J') date = year_start(year) + day->day - 1 + (day->day > 59 && is_leap(year));
    else date = year_start(year) + day->day;
    return date * DAY + day->time - offset;
}

bool lc_zone_rule_is_daylight(const lc_zone_rule *rule, int64_t utc)
{
    if (!rule->has_daylight) return false;
    int64_t local = utc + rule->standard;
    lc_calendar_day day;
    lc_calendar_day_of(local / DAY - (local % DAY < 0), &day);
    if (!day.is_ad) return false;
    int64_t start = change_at(&rule->start, day.year, rule->standard);
    int64_t end = change_at(&rule->end, day.year, rule->daylight);
    return start < end ? utc >= start && utc < end : !(utc >= end && utc < start);
}
