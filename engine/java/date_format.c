#include "java/date_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "java/date_pattern.h"

/* NumberFormat pads no further. */
enum { MOST_DIGITS = 309, LONGEST_NUMBER = 11, LONGEST_WORD = 13, LONGEST_ZONE = 64, CENTURY_BACK = 80 };

static size_t room_for(const lc_date_op *op)
{
    switch (op->kind) {
    case LC_DATE_LITERAL: return op->count;
    case LC_DATE_ZONE_NAME: return LONGEST_ZONE;
    default: break;
    }
    size_t digits = op->count < MOST_DIGITS ? op->count : MOST_DIGITS;
    return digits + LONGEST_NUMBER + LONGEST_WORD;
}

/* Splits a time into days and the milliseconds of the day. */
static int64_t split_day(int64_t ms, int64_t *ret_of_day)
{
    int64_t day = ms / LC_DAY_MS - (ms % LC_DAY_MS < 0);
    *ret_of_day = ms % LC_DAY_MS + (ms % LC_DAY_MS < 0 ? LC_DAY_MS : 0);
    return day;
}

static void set_century(lc_date_format *format, int64_t now_ms)
{
    lc_calendar_day day;
    int64_t of_day;
    lc_calendar_day_of(split_day(now_ms, &of_day), &day);
    lc_calendar start = {0};
    lc_calendar_set(&start, LC_CALENDAR_YEAR, day.year - CENTURY_BACK);
    lc_calendar_set(&start, LC_CALENDAR_MONTH, day.month);
    lc_calendar_set(&start, LC_CALENDAR_DAY_OF_MONTH, day.day_of_month);
    lc_calendar_set(&start, LC_CALENDAR_MILLISECOND, (int32_t)of_day);
    lc_calendar_time time;
    lc_calendar_resolve(&start, lc_zone_utc(), &time);
    format->century_start_ms = time.ms;
    format->century_start_year = day.year - CENTURY_BACK;
}

lc_error *lc_date_format_new(lc_text pattern, lc_date_format **ret_format)
{
    lc_date_pattern compiled;
    LC_TRY(lc_date_pattern_compile(pattern, &compiled));
    lc_date_format *format = lc_alloc(sizeof *format);
    format->pattern = compiled;
    for (size_t i = 0; i < compiled.count; i++) format->room += room_for(compiled.ops + i);
    lc_date_format_set_zone(format, lc_zone_utc());
    set_century(format, lc_now_ms());
    lc_calendar_day_of(0, &format->day);
    *ret_format = format;
    return NULL;
}

void lc_date_format_free(lc_date_format *format)
{
    if (!format) return;
    for (size_t i = 0; format->zones && i < LC_ZONE_NAMES_COUNT; i++) lc_zone_close(format->zones[i]);
    free(format->zones);
    lc_date_pattern_done(&format->pattern);
    free(format);
}

void lc_date_format_set_zone(lc_date_format *format, const lc_zone *zone)
{
    format->zone = zone;
    format->zone_names = lc_zone_names_of(lc_text_of(lc_zone_name(zone)));
    format->keeps = false;
}

size_t lc_date_format_room(const lc_date_format *format)
{
    return format->room;
}

typedef struct writer {
    lc_date_format *format;
    char *out;
    size_t len, cap;
    int32_t of_day; /* milliseconds */
    int32_t offset_ms;
    bool is_dst;
} writer;

static void put(writer *w, const char *bytes, size_t len)
{
    if (w->len + len <= w->cap) memcpy(w->out + w->len, bytes, len);
    w->len += len;
}

static void put_word(writer *w, const char *word)
{
    put(w, word, strlen(word));
}

static void put_long_number(writer *w, int32_t value, size_t digits)
{
    char text[MOST_DIGITS + LONGEST_NUMBER], *end = text + sizeof text, *at = end;
    uint32_t rest = value < 0 ? 0 - (uint32_t)value : (uint32_t)value;
    if (digits > MOST_DIGITS) digits = MOST_DIGITS;
    do *--at = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    while ((size_t)(end - at) < digits) *--at = '0';
    if (value < 0) *--at = '-';
    put(w, at, (size_t)(end - at));
}

static void put_number(writer *w, int32_t value, size_t digits)
{
    if (digits != 2 || value < 0 || value > 99) {
        put_long_number(w, value, digits);
        return;
    }
    char text[2] = {(char)('0' + value / 10), (char)('0' + value % 10)};
    put(w, text, 2);
}

static void put_year(writer *w, int32_t year, size_t digits)
{
    if (digits == 2 && year < 0) put(w, "-", 1);
    put_number(w, digits == 2 ? abs(year % 100) : year, digits);
}

static void put_month(writer *w, size_t count)
{
    int32_t month = w->format->day.month;
    if (count < 3) put_number(w, month + 1, count);
    else put_word(w, count == 3 ? LC_MONTHS_SHORT[month] : LC_MONTHS_LONG[month]);
}

static void put_weekday(writer *w, size_t count)
{
    int32_t index = w->format->day.day_of_week - 1;
    put_word(w, count < 4 ? LC_WEEKDAYS_SHORT[index] : LC_WEEKDAYS_LONG[index]);
}

/* A zone without names of its own is called by its offset. */
static void put_zone_name(writer *w, size_t count)
{
    const lc_zone_names *names = w->format->zone_names;
    if (names) {
        put_word(w, names->name[(w->is_dst ? 2 : 0) + (count < 4)]);
        return;
    }
    int32_t minutes = lc_zone_raw_offset_ms(w->format->zone) / 60000;
    if (w->is_dst) minutes += lc_zone_dst_savings_ms(w->format->zone) / 60000;
    put_word(w, minutes < 0 ? "GMT-" : "GMT+");
    put_number(w, abs(minutes) / 60, 2);
    put(w, ":", 1);
    put_number(w, abs(minutes) % 60, 2);
}

static void put_zone_value(writer *w)
{
    int32_t minutes = w->offset_ms / 60000;
    put(w, minutes < 0 ? "-" : "+", 1);
    put_number(w, abs(minutes) / 60 * 100 + abs(minutes) % 60, 4);
}

static void put_iso_zone(writer *w, size_t count)
{
    if (w->offset_ms == 0) {
        put(w, "Z", 1);
        return;
    }
    int32_t minutes = w->offset_ms / 60000;
    put(w, minutes < 0 ? "-" : "+", 1);
    put_number(w, abs(minutes) / 60, 2);
    if (count == 1) return;
    if (count == 3) put(w, ":", 1);
    put_number(w, abs(minutes) % 60, 2);
}

static int32_t one_based(int32_t hour, int32_t most)
{
    return hour == 0 ? most : hour;
}

static void put_op(writer *w, const lc_date_op *op)
{
    const lc_calendar_day *day = &w->format->day;
    size_t count = op->count;
    int32_t hour = w->of_day / 3600000;
    switch (op->kind) {
    case LC_DATE_LITERAL: put(w, op->text, count); break;
    case LC_DATE_ERA: put_word(w, LC_ERAS_SHORT[day->is_ad]); break;
    case LC_DATE_YEAR: put_year(w, day->year, count); break;
    case LC_DATE_WEEK_YEAR: put_year(w, day->week_year, count); break;
    case LC_DATE_MONTH:
    case LC_DATE_MONTH_STANDALONE: put_month(w, count); break;
    case LC_DATE_DAY_OF_MONTH: put_number(w, day->day_of_month, count); break;
    case LC_DATE_HOUR_OF_DAY_1: put_number(w, one_based(hour, 24), count); break;
    case LC_DATE_HOUR_OF_DAY: put_number(w, hour, count); break;
    case LC_DATE_MINUTE: put_number(w, w->of_day / 60000 % 60, count); break;
    case LC_DATE_SECOND: put_number(w, w->of_day / 1000 % 60, count); break;
    case LC_DATE_MILLISECOND: put_number(w, w->of_day % 1000, count); break;
    case LC_DATE_DAY_OF_WEEK: put_weekday(w, count); break;
    case LC_DATE_DAY_OF_YEAR: put_number(w, day->day_of_year, count); break;
    case LC_DATE_DAY_OF_WEEK_IN_MONTH: put_number(w, day->day_of_week_in_month, count); break;
    case LC_DATE_WEEK_OF_YEAR: put_number(w, day->week_of_year, count); break;
    case LC_DATE_WEEK_OF_MONTH: put_number(w, day->week_of_month, count); break;
    case LC_DATE_AM_PM: put_word(w, LC_AM_PM[hour >= 12]); break;
    case LC_DATE_HOUR_1: put_number(w, one_based(hour % 12, 12), count); break;
    case LC_DATE_HOUR: put_number(w, hour % 12, count); break;
    case LC_DATE_ZONE_NAME: put_zone_name(w, count); break;
    case LC_DATE_ZONE_VALUE: put_zone_value(w); break;
    case LC_DATE_ISO_DAY_OF_WEEK: put_number(w, one_based(day->day_of_week - 1, 7), count); break;
    case LC_DATE_ISO_ZONE: put_iso_zone(w, count); break;
    }
}

static void find_offset(writer *w, int64_t ms)
{
    lc_date_format *format = w->format;
    if (format->keeps && format->kept.ms == ms) {
        w->offset_ms = format->kept.zone_ms + format->kept.dst_ms;
        w->is_dst = format->kept.dst_ms != 0;
        return;
    }
    format->keeps = false;
    if (format->zone != lc_zone_utc()) w->offset_ms = lc_zone_offset_ms(format->zone, ms, &w->is_dst);
}

size_t lc_date_format_write(lc_date_format *format, int64_t ms, char *out, size_t cap)
{
    writer w = {.format = format, .out = out, .cap = cap};
    find_offset(&w, ms);
    int64_t of_day, day = split_day(ms, &of_day);
    day += split_day(of_day + w.offset_ms, &of_day);
    w.of_day = (int32_t)of_day;
    if (day != format->day_number) {
        lc_calendar_day_of(day, &format->day);
        format->day_number = day;
    }
    for (size_t i = 0; i < format->pattern.count; i++) put_op(&w, format->pattern.ops + i);
    return w.len;
}
