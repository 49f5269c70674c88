#include "java/calendar.h"

/* Fixed dates count days from 1 January of year 1 (Gregorian), which is 1. */
enum { EPOCH = 719163, CUTOVER = 577736, CUTOVER_YEAR = 1582, SUNDAY = 1 };

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return a % b < 0 ? quotient - 1 : quotient;
}

static int64_t floor_mod(int64_t a, int64_t b)
{
    int64_t rest = a % b;
    return rest < 0 ? rest + b : rest;
}

static int32_t wrap32(int64_t value)
{
    return (int32_t)(uint32_t)(uint64_t)value;
}

/* Years here are proleptic: year 0 is 1 BC. */
static bool is_leap(bool gregorian, int64_t year)
{
    if (year % 4 != 0) return false;
    return !gregorian || year % 100 != 0 || year % 400 == 0;
}

static int64_t january_first(bool gregorian, int64_t year)
{
    int64_t before = year - 1, days = 365 * before + floor_div(before, 4);
    if (!gregorian) return days - 1;
    return days - floor_div(before, 100) + floor_div(before, 400) + 1;
}

static int32_t days_before(bool gregorian, int64_t year, int32_t month)
{
    static const int16_t days[13] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    return days[month] + (month > 1 && is_leap(gregorian, year));
}

static int64_t year_of(bool gregorian, int64_t fixed)
{
    if (!gregorian) return floor_div(4 * (fixed + 1) + 1464, 1461);
    int64_t year = floor_div(fixed - 1, 146097) * 400, rest = floor_mod(fixed - 1, 146097);
    int64_t centuries = rest / 36524;
    rest %= 36524;
    int64_t fours = rest / 1461, years = rest % 1461 / 365;
    year += centuries * 100 + fours * 4 + years;
    return centuries == 4 || years == 4 ? year : year + 1;
}

/* The newest `day_of_week` (1 is Sunday) on or before a date. */
static int64_t weekday_before(int64_t fixed, int32_t day_of_week)
{
    return fixed - floor_mod(fixed - wrap32((int64_t)day_of_week - 1), 7);
}

/* The Sunday that starts the first week of a period: one day is enough to make it a week. */
static int64_t first_week(int64_t period_start)
{
    return weekday_before(period_start, SUNDAY);
}

static int32_t week_number(int64_t period_start, int64_t fixed)
{
    return (int32_t)((fixed - first_week(period_start)) / 7) + 1;
}

/* Does the week of `fixed`, which lies before it, reach 1 January? */
static bool is_week_of(int64_t next_january, int64_t fixed)
{
    return fixed >= first_week(next_january);
}

static void set_weeks(lc_calendar_day *day, int64_t fixed, int64_t year, bool gregorian)
{
    /* 1582 starts in the Julian calendar, and so does its October. */
    bool cut = year == CUTOVER_YEAR;
    int64_t january = january_first(gregorian && !cut, year);
    int64_t month = fixed - day->day_of_month + 1;
    if (cut && gregorian && day->month == 9) month = january_first(false, year) + days_before(false, year, 9);
    day->day_of_year = (int32_t)(fixed - january) + 1;
    day->day_of_week_in_month = (int32_t)((fixed - month) / 7) + 1;
    day->week_of_month = week_number(month, fixed);
    int64_t next = january_first(gregorian, year + 1);
    day->week_of_year = is_week_of(next, fixed) ? 1 : week_number(january, fixed);
    /* GregorianCalendar.getWeekYear moves on within BC by counting the year up, but keeps the era: it looks
     * at the weekday of another January. */
    if (year <= 0) {
        int64_t other = january_first(-year > CUTOVER_YEAR, -year), other_sunday = floor_mod(-other, 7);
        bool reaches = other_sunday != 0 && next - fixed <= 7 - other_sunday;
        day->week_year = (int32_t)year + (reaches && day->day_of_year > 1);
    } else {
        day->week_year = (int32_t)year + (is_week_of(next, fixed) ? 1 : 0);
    }
}

void lc_calendar_day_of(int64_t epoch_day, lc_calendar_day *ret_day)
{
    int64_t fixed = epoch_day + EPOCH;
    bool gregorian = fixed >= CUTOVER;
    int64_t year = year_of(gregorian, fixed);
    int32_t rest = (int32_t)(fixed - january_first(gregorian, year)), month = rest / 31;
    if (month < 11 && rest >= days_before(gregorian, year, month + 1)) month++;
    ret_day->is_ad = year > 0;
    ret_day->year = (int32_t)(year > 0 ? year : 1 - year);
    ret_day->month = month;
    ret_day->day_of_month = rest - days_before(gregorian, year, month) + 1;
    ret_day->day_of_week = (int32_t)floor_mod(fixed, 7) + 1;
    set_weeks(ret_day, fixed, year, gregorian);
}

/* How the day is found: Calendar.selectFields. */
typedef enum day_rule {
    BY_DAY_OF_MONTH,
    BY_WEEK_OF_MONTH,
    BY_DAY_OF_WEEK_IN_MONTH,
    BY_DAY_OF_YEAR,
    BY_WEEK_OF_YEAR
} day_rule;

static int32_t newer(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* The age of a group of two fields, which counts only when both are set. */
static int32_t group(int32_t a, int32_t b)
{
    return a && b ? newer(a, b) : 0;
}

static day_rule week_rule(const int32_t *stamp, int32_t best, int32_t in_month, int32_t weekday)
{
    int32_t week = stamp[LC_CALENDAR_WEEK_OF_MONTH], nth = stamp[LC_CALENDAR_DAY_OF_WEEK_IN_MONTH];
    if (in_month == weekday) return week >= nth ? BY_WEEK_OF_MONTH : BY_DAY_OF_WEEK_IN_MONTH;
    return best == in_month ? BY_WEEK_OF_MONTH : BY_DAY_OF_WEEK_IN_MONTH;
}

static day_rule choose_day_rule(const int32_t *stamp)
{
    int32_t weekday = stamp[LC_CALENDAR_DAY_OF_WEEK], of_month = stamp[LC_CALENDAR_DAY_OF_MONTH];
    int32_t of_year = stamp[LC_CALENDAR_DAY_OF_YEAR];
    int32_t week = group(stamp[LC_CALENDAR_WEEK_OF_MONTH], weekday);
    int32_t nth = group(stamp[LC_CALENDAR_DAY_OF_WEEK_IN_MONTH], weekday);
    int32_t year_week = group(stamp[LC_CALENDAR_WEEK_OF_YEAR], weekday);
    int32_t best = newer(newer(of_month, week), newer(newer(nth, of_year), year_week));
    if (!best) {
        week = stamp[LC_CALENDAR_WEEK_OF_MONTH];
        nth = newer(stamp[LC_CALENDAR_DAY_OF_WEEK_IN_MONTH], weekday);
        year_week = stamp[LC_CALENDAR_WEEK_OF_YEAR];
        best = newer(newer(week, nth), year_week);
        if (!best) return BY_DAY_OF_MONTH;
    }
    if (best == of_month) return BY_DAY_OF_MONTH;
    int32_t of_year_week = stamp[LC_CALENDAR_WEEK_OF_YEAR];
    if ((best == week && stamp[LC_CALENDAR_WEEK_OF_MONTH] >= of_year_week) ||
        (best == nth && stamp[LC_CALENDAR_DAY_OF_WEEK_IN_MONTH] >= of_year_week))
        return week_rule(stamp, best, week, nth);
    return best == of_year ? BY_DAY_OF_YEAR : BY_WEEK_OF_YEAR;
}

static int32_t month_length(bool gregorian, int64_t year, int32_t month)
{
    return month == 11 ? 31 : days_before(gregorian, year, month + 1) - days_before(gregorian, year, month);
}

static int64_t nth_weekday(const lc_calendar *calendar, int64_t month_start, int32_t month_days)
{
    int32_t weekday =
        calendar->stamp[LC_CALENDAR_DAY_OF_WEEK] ? calendar->value[LC_CALENDAR_DAY_OF_WEEK] : SUNDAY;
    int32_t nth = calendar->stamp[LC_CALENDAR_DAY_OF_WEEK_IN_MONTH]
                      ? calendar->value[LC_CALENDAR_DAY_OF_WEEK_IN_MONTH]
                      : 1;
    if (nth >= 0) return weekday_before(month_start + wrap32(7 * (int64_t)nth) - 1, weekday);
    int32_t last = wrap32(month_days + 7 * ((int64_t)nth + 1));
    return weekday_before(month_start + last - 1, weekday);
}

static int64_t weekday_in(const lc_calendar *calendar, int64_t week_start)
{
    if (!calendar->stamp[LC_CALENDAR_DAY_OF_WEEK]) return week_start;
    return weekday_before(week_start + 6, calendar->value[LC_CALENDAR_DAY_OF_WEEK]);
}

static int64_t fixed_in_month(const lc_calendar *calendar, day_rule rule, bool gregorian, int32_t year)
{
    int32_t month = calendar->value[LC_CALENDAR_MONTH];
    year = wrap32(year + floor_div(month, 12));
    month = (int32_t)floor_mod(month, 12);
    int64_t start = january_first(gregorian, year) + days_before(gregorian, year, month);
    if (rule == BY_DAY_OF_MONTH)
        return calendar->stamp[LC_CALENDAR_DAY_OF_MONTH]
                   ? start + calendar->value[LC_CALENDAR_DAY_OF_MONTH] - 1
                   : start;
    if (rule == BY_DAY_OF_WEEK_IN_MONTH)
        return nth_weekday(calendar, start, month_length(gregorian, year, month));
    int32_t weeks = wrap32((int64_t)calendar->value[LC_CALENDAR_WEEK_OF_MONTH] - 1);
    return weekday_in(calendar, first_week(start)) + wrap32(7 * (int64_t)weeks);
}

static int64_t fixed_date(const lc_calendar *calendar, day_rule rule, bool gregorian, int32_t year)
{
    if (rule <= BY_DAY_OF_WEEK_IN_MONTH) return fixed_in_month(calendar, rule, gregorian, year);
    int64_t start = january_first(gregorian, year);
    if (rule == BY_DAY_OF_YEAR) return start + calendar->value[LC_CALENDAR_DAY_OF_YEAR] - 1;
    return weekday_in(calendar, first_week(start)) +
           7 * ((int64_t)calendar->value[LC_CALENDAR_WEEK_OF_YEAR] - 1);
}

/* The date in the calendar that was in use then; `extra` days come from hours beyond 24 and the like. */
static int64_t fixed_in_history(const lc_calendar *calendar, int32_t year, int64_t extra)
{
    day_rule rule = choose_day_rule(calendar->stamp);
    int64_t gregorian = extra + fixed_date(calendar, rule, true, year);
    if (year > CUTOVER_YEAR && gregorian >= CUTOVER) return gregorian;
    int64_t julian = extra + fixed_date(calendar, rule, false, year);
    if (year > CUTOVER_YEAR) return julian;
    if (year < CUTOVER_YEAR) return julian;
    bool within_year = rule == BY_DAY_OF_YEAR || rule == BY_WEEK_OF_YEAR;
    return !within_year && gregorian >= CUTOVER ? gregorian : julian;
}

static int64_t time_of_day(const lc_calendar *calendar)
{
    const int32_t *stamp = calendar->stamp, *value = calendar->value;
    int32_t half = group(stamp[LC_CALENDAR_HOUR], stamp[LC_CALENDAR_AM_PM]);
    int32_t best = newer(half, stamp[LC_CALENDAR_HOUR_OF_DAY]);
    int64_t hours = value[LC_CALENDAR_HOUR_OF_DAY];
    if (!best || best != stamp[LC_CALENDAR_HOUR_OF_DAY])
        hours = (int64_t)value[LC_CALENDAR_HOUR] + wrap32(12 * (int64_t)value[LC_CALENDAR_AM_PM]);
    int64_t seconds = (hours * 60 + value[LC_CALENDAR_MINUTE]) * 60 + value[LC_CALENDAR_SECOND];
    return seconds * 1000 + value[LC_CALENDAR_MILLISECOND];
}

static void resolve_offsets(const lc_calendar *calendar, const lc_zone *zone, int64_t local_ms,
                            lc_calendar_time *time)
{
    int32_t total = lc_zone_local_offset_ms(zone, local_ms, &time->dst_ms);
    time->zone_ms = total - time->dst_ms;
    if (calendar->stamp[LC_CALENDAR_ZONE_OFFSET]) time->zone_ms = calendar->value[LC_CALENDAR_ZONE_OFFSET];
    if (calendar->stamp[LC_CALENDAR_DST_OFFSET]) time->dst_ms = calendar->value[LC_CALENDAR_DST_OFFSET];
}

/* The day that is left after milliseconds have wrapped. */
static int64_t wrapped_day(uint64_t ms)
{
    return floor_div((int64_t)ms, LC_DAY_MS);
}

/* Returns the local day since the epoch. */
static int64_t resolve_fields(const lc_calendar *calendar, const lc_zone *zone, lc_calendar_time *time)
{
    int32_t year = calendar->stamp[LC_CALENDAR_YEAR] ? calendar->value[LC_CALENDAR_YEAR] : 1970;
    bool is_bc = calendar->stamp[LC_CALENDAR_ERA] && calendar->value[LC_CALENDAR_ERA] == 0;
    if (is_bc) year = wrap32(1 - (int64_t)year);
    int64_t of_day = time_of_day(calendar), extra = floor_div(of_day, LC_DAY_MS);
    int64_t day = fixed_in_history(calendar, year, extra) - EPOCH;
    uint64_t local = (uint64_t)day * LC_DAY_MS + (uint64_t)floor_mod(of_day, LC_DAY_MS);
    resolve_offsets(calendar, zone, (int64_t)local, time);
    time->ms = (int64_t)(local - (uint64_t)(int64_t)time->zone_ms - (uint64_t)(int64_t)time->dst_ms);
    return wrapped_day(local);
}

/* CalendarBuilder.establish: days of week outside 1..7 move the week, in ISO numbering. */
static void normalize_weekday(int32_t *week, int32_t *weekday)
{
    if (*weekday >= 1 && *weekday <= 7) return;
    int64_t from_zero = (int64_t)*weekday - 1;
    *week = wrap32(*week + floor_div(from_zero, 7));
    int32_t iso = (int32_t)floor_mod(from_zero, 7) + 1;
    *weekday = iso == 7 ? SUNDAY : iso + 1;
}

/* GregorianCalendar.setWeekDate: the day replaces era, year, month and day of month. The week year is one of
 * the era that the fields had without it. */
static void set_week_date(lc_calendar *calendar, const lc_zone *zone)
{
    int32_t week = calendar->stamp[LC_CALENDAR_WEEK_OF_YEAR] ? calendar->value[LC_CALENDAR_WEEK_OF_YEAR] : 1;
    int32_t weekday =
        calendar->stamp[LC_CALENDAR_DAY_OF_WEEK] ? calendar->value[LC_CALENDAR_DAY_OF_WEEK] : SUNDAY;
    normalize_weekday(&week, &weekday);

    lc_calendar_time ignored;
    lc_calendar_day before, target;
    lc_calendar_day_of(resolve_fields(calendar, zone, &ignored), &before);
    lc_calendar first = {0};
    lc_calendar_set(&first, LC_CALENDAR_ERA, before.is_ad);
    lc_calendar_set(&first, LC_CALENDAR_YEAR, calendar->value[LC_CALENDAR_WEEK_YEAR]);
    lc_calendar_set(&first, LC_CALENDAR_WEEK_OF_YEAR, 1);
    lc_calendar_set(&first, LC_CALENDAR_DAY_OF_WEEK, SUNDAY);
    int64_t start = resolve_fields(&first, lc_zone_utc(), &ignored);
    int64_t day = start + wrap32(weekday - SUNDAY + 7 * ((int64_t)week - 1));
    lc_calendar_day_of(wrapped_day((uint64_t)day * LC_DAY_MS), &target);

    lc_calendar_set(calendar, LC_CALENDAR_ERA, target.is_ad);
    lc_calendar_set(calendar, LC_CALENDAR_YEAR, target.year);
    lc_calendar_set(calendar, LC_CALENDAR_MONTH, target.month);
    lc_calendar_set(calendar, LC_CALENDAR_DAY_OF_MONTH, target.day_of_month);
}

void lc_calendar_resolve(const lc_calendar *calendar, const lc_zone *zone, lc_calendar_time *ret_time)
{
    ret_time->is_week_date = calendar->stamp[LC_CALENDAR_WEEK_YEAR] > calendar->stamp[LC_CALENDAR_YEAR];
    lc_calendar fields = *calendar;
    if (ret_time->is_week_date) set_week_date(&fields, zone);
    resolve_fields(&fields, zone, ret_time);
}
