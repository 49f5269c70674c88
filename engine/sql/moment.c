/* Dates and times as databases write them, in the proleptic Gregorian calendar. */
#include <stdio.h>

#include "sql/driver.h"

enum { MICROS = 1000000, DAY_S = 86400 };

/* Days since 1970. Years begin in March here, so that the leap day is the last. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100), mp = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = y + era * 400 + (*month <= 2);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static size_t print_date(int64_t days, char *text, size_t size)
{
    int64_t year;
    int month, day;
    date_of(days, &year, &month, &day);
    bool before = year <= 0;
    return (size_t)snprintf(text, size, "%04lld-%02d-%02d%s", (long long)(before ? 1 - year : year), month, day,
                            before ? " BC" : "");
}

static size_t print_time(int64_t micros, char *text, size_t size)
{
    int64_t s = micros / MICROS;
    int at = snprintf(text, size, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    if (micros % MICROS) at += snprintf(text + at, size - (size_t)at, ".%06d", (int)(micros % MICROS));
    return (size_t)at;
}

size_t lc_sql_print_moment(lc_sql_kind kind, int64_t value, char *text)
{
    enum { ROOM = 48 };
    if (kind == LC_SQL_DATE) return print_date(value, text, ROOM);
    if (kind == LC_SQL_TIME) return print_time(value, text, ROOM);
    int64_t days = floor_div(value, (int64_t)DAY_S * MICROS);
    char date[32];
    size_t len = print_date(days, date, sizeof date);
    bool before = len > 3 && date[len - 1] == 'C';
    size_t at = (size_t)snprintf(text, ROOM, "%.*s ", (int)(before ? len - 3 : len), date);
    at += print_time(value - days * DAY_S * MICROS, text + at, ROOM - at);
    if (before) at += (size_t)snprintf(text + at, ROOM - at, " BC");
    return at;
}

typedef struct reader {
    const char *at, *end;
} reader;

static bool read_number(reader *r, int64_t *ret)
{
    const char *start = r->at;
    for (*ret = 0; r->at < r->end && *r->at >= '0' && *r->at <= '9' && r->at - start < 9; r->at++)
        *ret = *ret * 10 + (*r->at - '0');
    return r->at > start;
}

static bool read_byte(reader *r, char byte)
{
    if (r->at >= r->end || *r->at != byte) return false;
    r->at++;
    return true;
}

static bool read_date(reader *r, int64_t *ret_days)
{
    int64_t year, month, day;
    if (!read_number(r, &year) || !read_byte(r, '-') || !read_number(r, &month) || !read_byte(r, '-') ||
        !read_number(r, &day) || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *ret_days = days_of(year, (int)month, (int)day);
    return true;
}

static bool read_time(reader *r, int64_t *ret_micros)
{
    int64_t hour, minute, second = 0, part = 0;
    if (!read_number(r, &hour) || !read_byte(r, ':') || !read_number(r, &minute)) return false;
    if (read_byte(r, ':') && !read_number(r, &second)) return false;
    if (read_byte(r, '.')) {
        int64_t unit = MICROS / 10;
        for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, unit /= 10) part += unit * (*r->at - '0');
    }
    *ret_micros = ((hour * 60 + minute) * 60 + second) * MICROS + part;
    return true;
}

bool lc_sql_parse_moment(lc_sql_kind kind, const char *text, size_t len, int64_t *ret_value)
{
    reader r = {text, text + len};
    int64_t days = 0, micros = 0;
    bool negative = kind == LC_SQL_TIME && read_byte(&r, '-');
    if (kind != LC_SQL_TIME && !read_date(&r, &days)) return false;
    if (kind == LC_SQL_DATE) {
        *ret_value = days;
        return true;
    }
    bool has_time = kind == LC_SQL_TIME || read_byte(&r, ' ') || read_byte(&r, 'T');
    if (has_time && !read_time(&r, &micros)) return false;
    (void)read_byte(&r, 'Z');
    *ret_value = days * DAY_S * MICROS + (negative ? -micros : micros);
    return r.at == r.end;
}
