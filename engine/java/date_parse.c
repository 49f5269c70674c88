#include <stdlib.h>

#include "base/memory.h"
#include "java/date_format.h"
#include "java/date_number.h"
#include "java/date_pattern.h"

typedef struct parser {
    lc_date_format *format;
    lc_text text;
    lc_calendar fields;
    size_t start;           /* where the field being read starts, blanks included */
    size_t at;              /* where it goes on */
    bool obeys_count;       /* another number follows at once: the letters' count is the width */
    bool is_ambiguous_year; /* the two digits of the year in which the century starts */
} parser;

static lc_text rest_at(const parser *p, size_t at)
{
    if (at > p->text.len) at = p->text.len;
    return (lc_text){p->text.data + at, p->text.len - at};
}

static bool char_is(const parser *p, size_t at, char expected)
{
    return at < p->text.len && p->text.data[at] == expected;
}

static bool parse_number(parser *p, const lc_date_op *op, int32_t *ret_value)
{
    lc_text text = p->text;
    if (p->obeys_count && !lc_date_cut(p->text, p->start, op->count, &text)) return false;
    return lc_date_number(text, &p->at, ret_value);
}

static bool is_two_digits(const parser *p, size_t from)
{
    size_t first, second;
    return lc_date_digit(p->text, from, &first) >= 0 && lc_date_digit(p->text, from + first, &second) >= 0 &&
           p->at == from + first + second;
}

static int32_t in_century(parser *p, int32_t year)
{
    int32_t start = p->format->century_start_year, two = start % 100;
    p->is_ambiguous_year = year == two;
    return year + start / 100 * 100 + (year < two ? 100 : 0);
}

static bool parse_numeric(parser *p, const lc_date_op *op, lc_calendar_field field)
{
    size_t from = p->at;
    int32_t value;
    if (!parse_number(p, op, &value)) return false;
    switch (op->kind) {
    case LC_DATE_YEAR:
    case LC_DATE_WEEK_YEAR:
        if (op->count <= 2 && is_two_digits(p, from)) value = in_century(p, value);
        break;
    case LC_DATE_MONTH:
    case LC_DATE_MONTH_STANDALONE: value = (int32_t)((uint32_t)value - 1); break;
    case LC_DATE_HOUR_OF_DAY_1: value = value == 24 ? 0 : value; break;
    case LC_DATE_HOUR_1: value = value == 12 ? 0 : value; break;
    case LC_DATE_ISO_DAY_OF_WEEK:
        if (value >= 1 && value <= 7) value = value == 7 ? 1 : value + 1;
        break;
    default: break;
    }
    lc_calendar_set(&p->fields, field, value);
    return true;
}

/* The longest of the words that the text goes on with, or -1. Blanks before it aren't skipped. */
static int match_word(const parser *p, const char *const *words, int count, size_t *ret_len)
{
    lc_text rest = rest_at(p, p->start);
    int best = -1;
    for (int i = 0; i < count; i++) {
        size_t len = strlen(words[i]);
        if ((best >= 0 && len <= *ret_len) || !lc_text_starts_nocase(rest, words[i])) continue;
        best = i;
        *ret_len = len;
    }
    return best;
}

static const struct {
    const char *const *long_words, *const *short_words;
    int count, first;
} WORDS[LC_DATE_LITERAL] = {
    [LC_DATE_ERA] = {LC_ERAS_LONG, LC_ERAS_SHORT, 2, 0},
    [LC_DATE_MONTH] = {LC_MONTHS_LONG, LC_MONTHS_SHORT, 12, 0},
    [LC_DATE_MONTH_STANDALONE] = {LC_MONTHS_LONG, LC_MONTHS_SHORT, 12, 0},
    [LC_DATE_DAY_OF_WEEK] = {LC_WEEKDAYS_LONG, LC_WEEKDAYS_SHORT, 7, 1},
    [LC_DATE_AM_PM] = {LC_AM_PM, LC_AM_PM, 2, 0},
};

static bool parse_word(parser *p, const lc_date_op *op, lc_calendar_field field)
{
    size_t len = 0;
    int index = match_word(p, WORDS[op->kind].long_words, WORDS[op->kind].count, &len);
    if (index < 0) index = match_word(p, WORDS[op->kind].short_words, WORDS[op->kind].count, &len);
    if (index < 0) return false;
    lc_calendar_set(&p->fields, field, index + WORDS[op->kind].first);
    p->at = p->start + len;
    return true;
}

static int ascii_digit(const parser *p, size_t at)
{
    return at < p->text.len && p->text.data[at] >= '0' && p->text.data[at] <= '9' ? p->text.data[at] - '0'
                                                                                  : -1;
}

static void set_offset(parser *p, int32_t minutes)
{
    lc_calendar_set(&p->fields, LC_CALENDAR_ZONE_OFFSET, minutes * 60000);
    lc_calendar_set(&p->fields, LC_CALENDAR_DST_OFFSET, 0);
}

typedef struct offset_style {
    bool has_minutes, has_colon, short_hours; /* short_hours: one digit will do */
} offset_style;

/* hh, hhmm or hh:mm after the sign at p->at. */
static bool parse_offset(parser *p, offset_style style)
{
    int sign = p->text.data[p->at] == '-' ? -1 : 1;
    size_t at = p->at + 1;
    int hours = ascii_digit(p, at++), ones = ascii_digit(p, at), minutes = 0;
    if (hours < 0 || at >= p->text.len || (ones < 0 && !style.short_hours)) return false;
    if (ones >= 0) hours = hours * 10 + ones, at++;
    if (hours > 23) return false;
    if (style.has_minutes) {
        if (style.has_colon && !char_is(p, at++, ':')) return false;
        int tens = ascii_digit(p, at++);
        ones = ascii_digit(p, at++);
        minutes = tens * 10 + ones;
        if (tens < 0 || ones < 0 || minutes > 59) return false;
    }
    set_offset(p, sign * (hours * 60 + minutes));
    p->at = at;
    return true;
}

/* Opens the first zone of a group of names, once per format. NULL when the tz database lacks it. */
static const lc_zone *zone_named(lc_date_format *format, const lc_zone_names *names)
{
    size_t index = (size_t)(names - LC_ZONE_NAMES);
    if (!format->zones) format->zones = lc_alloc(LC_ZONE_NAMES_COUNT * sizeof(lc_zone *));
    if (!format->zones[index]) {
        lc_text id = {names->zones, strcspn(names->zones, " ")};
        lc_error_free(lc_zone_open(id, format->zones + index));
    }
    return format->zones[index];
}

static const lc_zone_names *find_zone_names(const parser *p, int *ret_name)
{
    lc_text rest = rest_at(p, p->at);
    const lc_zone_names *utc = lc_zone_names_of(LC_TEXT("UTC")), *own = p->format->zone_names;
    if (own && (*ret_name = lc_zone_names_match(own, rest)) >= 0) return own;
    if ((*ret_name = lc_zone_names_match(utc, rest)) >= 0) return utc;
    for (size_t i = 0; i < LC_ZONE_NAMES_COUNT; i++)
        if ((*ret_name = lc_zone_names_match(LC_ZONE_NAMES + i, rest)) >= 0) return LC_ZONE_NAMES + i;
    return NULL;
}

/* A name makes its zone the format's zone. Unless one name serves for both, it also says whether daylight
 * saving is on, whatever the zone's rules say for the date. */
static bool parse_zone_name(parser *p)
{
    int name;
    const lc_zone_names *names = find_zone_names(p, &name);
    if (!names) return false;
    bool is_own = names == p->format->zone_names, is_daylight = name >= 2;
    bool is_utc = lc_text_starts_nocase(lc_text_of(names->zones), "UTC");
    const lc_zone *zone = is_own ? p->format->zone : is_utc ? lc_zone_utc() : zone_named(p->format, names);
    if (!zone) return false;
    if (zone != p->format->zone) lc_date_format_set_zone(p->format, zone);
    int32_t savings = is_daylight ? lc_zone_dst_savings_ms(zone) : 0;
    bool same =
        !is_daylight && lc_text_eq_nocase(lc_text_of(names->name[name]), lc_text_of(names->name[name + 2]));
    if (!same && !(is_daylight && savings == 0)) {
        lc_calendar_clear(&p->fields, LC_CALENDAR_ZONE_OFFSET);
        lc_calendar_set(&p->fields, LC_CALENDAR_DST_OFFSET, savings);
    }
    p->at += strlen(names->name[name]);
    return true;
}

static bool is_sign(const parser *p, size_t at)
{
    return char_is(p, at, '+') || char_is(p, at, '-');
}

/* +hhmm, GMT, GMT+h:mm or a name. */
static bool parse_zone(parser *p, const lc_date_op *op, lc_calendar_field field)
{
    (void)op, (void)field;
    if (is_sign(p, p->at)) return parse_offset(p, (offset_style){.has_minutes = true});
    char first = p->text.data[p->at];
    if ((first != 'G' && first != 'g') || !lc_text_starts_nocase(rest_at(p, p->start), "GMT"))
        return parse_zone_name(p);
    p->at = p->start + 3;
    if (is_sign(p, p->at)) return parse_offset(p, (offset_style){true, true, true});
    set_offset(p, 0);
    return true;
}

static bool parse_iso_zone(parser *p, const lc_date_op *op, lc_calendar_field field)
{
    (void)field;
    if (char_is(p, p->at, 'Z')) {
        set_offset(p, 0);
        p->at++;
        return true;
    }
    return is_sign(p, p->at) && parse_offset(p, (offset_style){op->count > 1, op->count == 3, false});
}

typedef bool parse_function(parser *p, const lc_date_op *op, lc_calendar_field field);

static const lc_calendar_field FIELDS[] = {
#define X(kind, letter, field) [kind] = field,
    LC_DATE_LETTERS(X)
#undef X
};

static parse_function *function_of(const lc_date_op *op)
{
    switch (op->kind) {
    case LC_DATE_ERA:
    case LC_DATE_DAY_OF_WEEK:
    case LC_DATE_AM_PM: return parse_word;
    case LC_DATE_MONTH:
    case LC_DATE_MONTH_STANDALONE: return op->count <= 2 ? parse_numeric : parse_word;
    case LC_DATE_ZONE_NAME:
    case LC_DATE_ZONE_VALUE: return parse_zone;
    case LC_DATE_ISO_ZONE: return parse_iso_zone;
    default: return parse_numeric;
    }
}

static bool parse_literal(parser *p, const lc_date_op *op)
{
    lc_text rest = rest_at(p, p->at);
    if (rest.len < op->count || memcmp(rest.data, op->text, op->count) != 0) return false;
    p->at += op->count;
    return true;
}

static bool parse_op(parser *p, const lc_date_op *op, const lc_date_op *next)
{
    if (op->kind == LC_DATE_LITERAL) return parse_literal(p, op);
    p->start = p->at;
    while (char_is(p, p->at, ' ') || char_is(p, p->at, '\t')) p->at++;
    if (p->at >= p->text.len) return false;
    p->obeys_count = next && next->kind != LC_DATE_LITERAL && function_of(next) == parse_numeric;
    return function_of(op)(p, op, FIELDS[op->kind]);
}

static void add_century(int32_t *year)
{
    *year = (int32_t)((uint32_t)*year + 100);
}

/* CalendarBuilder.addYear: two digits that mean the century's first year can lie before its first day. */
static void resolve(parser *p, lc_calendar_time *ret_time)
{
    lc_date_format *format = p->format;
    lc_calendar_resolve(&p->fields, format->zone, ret_time);
    if (!p->is_ambiguous_year || ret_time->ms >= format->century_start_ms) return;
    add_century(&p->fields.value[LC_CALENDAR_YEAR]);
    add_century(&p->fields.value[LC_CALENDAR_WEEK_YEAR]);
    lc_calendar_resolve(&p->fields, format->zone, ret_time);
}

bool lc_date_format_parse(lc_date_format *format, lc_text text, int64_t *ret_ms)
{
    parser p = {.format = format, .text = text};
    const lc_date_op *ops = format->pattern.ops;
    size_t count = format->pattern.count;
    for (size_t i = 0; i < count; i++)
        if (!parse_op(&p, ops + i, i + 1 < count ? ops + i + 1 : NULL)) return false;
    if (p.at == 0) return false; /* nothing was read: ParseException as well */
    resolve(&p, &format->kept);
    format->keeps = format->kept.is_week_date;
    *ret_ms = format->kept.ms;
    return true;
}
