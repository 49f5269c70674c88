#include "java/zone.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "java/zone_rule.h"

typedef struct transition {
    int64_t at;      /* seconds since the epoch */
    int32_t offset;  /* from then on, seconds east */
    int32_t savings; /* how much of it is daylight saving */
} transition;

struct lc_zone {
    char *name;
    transition *changes;
    size_t change_count;
    lc_zone_rule rule; /* after the last change */
};

/* ZoneInfo's table starts in 1900; before that it uses the present standard time. */
static const int64_t FIRST_MOMENT = -2208988800;

/* java.time.ZoneId.SHORT_IDS, and names that only Java's own tz database still has. */
static const struct {
    const char *name, *target;
} ALIASES[] = {
    {"ACT", "Australia/Darwin"},
    {"AET", "Australia/Sydney"},
    {"AGT", "America/Argentina/Buenos_Aires"},
    {"ART", "Africa/Cairo"},
    {"AST", "America/Anchorage"},
    {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},
    {"CAT", "Africa/Harare"},
    {"CNT", "America/St_Johns"},
    {"CST", "America/Chicago"},
    {"CTT", "Asia/Shanghai"},
    {"EAT", "Africa/Addis_Ababa"},
    {"ECT", "Europe/Paris"},
    {"EST", "GMT-5"},
    {"HST", "GMT-10"},
    {"IET", "America/Indiana/Indianapolis"},
    {"IST", "Asia/Kolkata"},
    {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},
    {"MST", "GMT-7"},
    {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},
    {"PLT", "Asia/Karachi"},
    {"PNT", "America/Phoenix"},
    {"PRT", "America/Puerto_Rico"},
    {"PST", "America/Los_Angeles"},
    {"SST", "Pacific/Guadalcanal"},
    {"SystemV/AST4", "GMT-4"},
    {"SystemV/AST4ADT", "America/Halifax"},
    {"SystemV/CST6", "GMT-6"},
    {"SystemV/CST6CDT", "America/Chicago"},
    {"SystemV/EST5", "GMT-5"},
    {"SystemV/EST5EDT", "America/New_York"},
    {"SystemV/HST10", "GMT-10"},
    {"SystemV/MST7", "GMT-7"},
    {"SystemV/MST7MDT", "America/Denver"},
    {"SystemV/PST8", "GMT-8"},
    {"SystemV/PST8PDT", "America/Los_Angeles"},
    {"SystemV/YST9", "GMT-9"},
    {"SystemV/YST9YDT", "America/Anchorage"},
    {"VST", "Asia/Ho_Chi_Minh"},
};

enum { LARGEST_FILE = 1 << 20, HEADER = 44 };

static const lc_zone UTC = {.name = (char *)(uintptr_t) "UTC"};

const lc_zone *lc_zone_utc(void)
{
    return &UTC;
}

const char *lc_zone_name(const lc_zone *zone)
{
    return zone->name;
}

void lc_zone_close(lc_zone *zone)
{
    if (!zone) return;
    free(zone->name);
    free(zone->changes);
    free(zone);
}

static int64_t read_int(const unsigned char *at, size_t size)
{
    uint64_t value = at[0] & 0x80 ? ~(uint64_t)0 : 0;
    for (size_t i = 0; i < size; i++) value = value << 8 | at[i];
    return (int64_t)value;
}

/* The parts of a TZif file that matter (RFC 9636). */
typedef struct tzif {
    const unsigned char *times, *indexes, *types;
    size_t time_count, type_count;
    const char *footer;
} tzif;

static size_t count_at(const unsigned char *header, size_t index)
{
    return (size_t)(uint32_t)read_int(header + 20 + 4 * index, 4);
}

/* Bytes of the data block behind a header. */
static size_t block_size(const unsigned char *header, size_t time_size)
{
    size_t utc = count_at(header, 0), standard = count_at(header, 1), leap = count_at(header, 2);
    size_t times = count_at(header, 3), types = count_at(header, 4), chars = count_at(header, 5);
    return times * time_size + times + types * 6 + chars + leap * (time_size + 4) + standard + utc;
}

static bool split_tzif(const lc_buf *file, tzif *ret_parts)
{
    const unsigned char *data = (const unsigned char *)file->data;
    if (file->len < HEADER || memcmp(data, "TZif", 4) != 0 || data[4] < '2') return false;
    size_t start = HEADER + block_size(data, 4);
    if (start + HEADER > file->len || memcmp(data + start, "TZif", 4) != 0) return false;
    const unsigned char *header = data + start;
    size_t end = start + HEADER + block_size(header, 8);
    if (end >= file->len || data[end] != '\n') return false;
    ret_parts->time_count = count_at(header, 3);
    ret_parts->type_count = count_at(header, 4);
    ret_parts->times = header + HEADER;
    ret_parts->indexes = ret_parts->times + 8 * ret_parts->time_count;
    ret_parts->types = ret_parts->indexes + ret_parts->time_count;
    ret_parts->footer = file->data + end + 1;
    return ret_parts->type_count > 0;
}

/* The file tells only whether daylight saving is on. What it adds is the distance to the standard time
 * before it, or after it at the start of the table. */
static int32_t standard_near(const tzif *parts, size_t index)
{
    for (size_t i = index; i-- > 0;) {
        const unsigned char *type = parts->types + 6 * (size_t)parts->indexes[i];
        if (!type[4]) return (int32_t)read_int(type, 4);
    }
    for (size_t i = index + 1; i < parts->time_count; i++) {
        const unsigned char *type = parts->types + 6 * (size_t)parts->indexes[i];
        if (!type[4]) return (int32_t)read_int(type, 4);
    }
    return (int32_t)read_int(parts->types, 4);
}

static transition change_in(const tzif *parts, size_t index)
{
    const unsigned char *type = parts->types + 6 * (size_t)parts->indexes[index];
    transition change = {read_int(parts->times + 8 * index, 8), (int32_t)read_int(type, 4), 0};
    if (type[4]) change.savings = change.offset - standard_near(parts, index);
    return change;
}

/* The table from 1900 on, with an entry for what was in force then. */
static bool read_changes(lc_zone *zone, const tzif *parts)
{
    transition *changes = zone->changes = lc_alloc((parts->time_count + 1) * sizeof *zone->changes);
    changes[0] = (transition){FIRST_MOMENT, (int32_t)read_int(parts->types, 4), 0};
    zone->change_count = 1;
    for (size_t i = 0; i < parts->time_count; i++)
        if (parts->indexes[i] >= parts->type_count) return false;
    for (size_t i = 0; i < parts->time_count; i++) {
        transition change = change_in(parts, i);
        if (change.at > FIRST_MOMENT) changes[zone->change_count++] = change;
        else changes[0].offset = change.offset;
    }
    return true;
}

/* Java has no daylight saving below standard time (Ireland, Morocco): there, summer is daylight saving. */
static void turn_negative_savings(lc_zone *zone)
{
    for (size_t i = 0; i < zone->change_count; i++) {
        transition *change = zone->changes + i;
        if (change->savings >= 0) continue;
        if (i > 0 && zone->changes[i - 1].savings == 0) zone->changes[i - 1].savings = -change->savings;
        if (i + 1 < zone->change_count && zone->changes[i + 1].savings == 0)
            zone->changes[i + 1].savings = -change->savings;
        change->savings = 0;
    }
    lc_zone_rule *rule = &zone->rule;
    if (rule->has_daylight && rule->daylight < rule->standard)
        *rule = (lc_zone_rule){rule->daylight, rule->standard, true, rule->end, rule->start};
    const transition *last = zone->changes + zone->change_count - 1;
    if (!rule->has_daylight) rule->standard = rule->daylight = last->offset - last->savings;
}

static bool read_footer(lc_zone *zone, const lc_buf *file, const char *footer)
{
    const char *end = memchr(footer, '\n', (size_t)(file->data + file->len - footer));
    if (!end) return false;
    char text[128];
    size_t len = (size_t)(end - footer);
    if (len >= sizeof text) return false;
    memcpy(text, footer, len);
    text[len] = '\0';
    return len == 0 || lc_zone_rule_parse(text, &zone->rule);
}

static bool is_safe_name(lc_text name)
{
    if (!name.len || name.len > 100 || !isalpha((unsigned char)name.data[0])) return false;
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.data[i]) && !memchr("_+-/", name.data[i], 4)) return false;
    return !lc_text_starts(name, "posix") && !lc_text_starts(name, "right/");
}

/* False when there is no such file. */
static bool read_file(lc_text name, lc_buf *ret_file)
{
    char path[160];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%.*s", (int)name.len, name.data);
    FILE *stream = fopen(path, "rbe");
    if (!stream) return false;
    lc_buf_reserve(ret_file, LARGEST_FILE);
    ret_file->len = fread(ret_file->data, 1, LARGEST_FILE, stream);
    bool ok = !ferror(stream);
    fclose(stream);
    return ok;
}

static lc_error *load(lc_zone *zone, lc_text name)
{
    lc_auto(lc_buf) file = {0};
    if (!is_safe_name(name) || !read_file(name, &file))
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Unknown time zone %.*s", (int)name.len, name.data);
    tzif parts;
    if (!split_tzif(&file, &parts) || !read_changes(zone, &parts) || !read_footer(zone, &file, parts.footer))
        return lc_fail(LC_E_IO, "Time zone file of %.*s is damaged", (int)name.len, name.data);
    turn_negative_savings(zone);
    return NULL;
}

static bool two_digits(lc_text text, size_t at, int *ret_number)
{
    if (at + 2 > text.len || !isdigit((unsigned char)text.data[at]) ||
        !isdigit((unsigned char)text.data[at + 1]))
        return false;
    *ret_number = (text.data[at] - '0') * 10 + text.data[at + 1] - '0';
    return true;
}

/* GMT+h, GMT+hh, GMT+hmm, GMT+hhmm, GMT+h:mm, GMT+hh:mm */
static bool parse_offset(lc_text name, int32_t *ret_seconds)
{
    if (!lc_text_starts(name, "GMT") || name.len < 5 || (name.data[3] != '+' && name.data[3] != '-'))
        return false;
    size_t at = 4, digits = 0;
    int hours = 0, minutes = 0;
    while (at < name.len && isdigit((unsigned char)name.data[at]) && digits < 4) at++, digits++;
    if (digits == 0) return false;
    if (at < name.len) {
        if (digits > 2 || name.data[at] != ':' || at + 3 != name.len || !two_digits(name, at + 1, &minutes))
            return false;
    } else if (digits > 2) {
        two_digits(name, at - 2, &minutes);
        digits -= 2;
    }
    for (size_t i = 0; i < digits; i++) hours = hours * 10 + name.data[4 + i] - '0';
    *ret_seconds = (hours * 60 + minutes) * 60 * (name.data[3] == '-' ? -1 : 1);
    return hours <= 23 && minutes <= 59;
}

static void set_fixed(lc_zone *zone, int32_t seconds)
{
    zone->rule = (lc_zone_rule){.standard = seconds, .daylight = seconds};
    if (zone->name) return;
    int minutes = abs(seconds) / 60;
    lc_buf name = {0};
    lc_buf_printf(&name, "GMT%c%02d:%02d", seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
    zone->name = seconds ? lc_buf_detach(&name) : lc_strdup("GMT");
    lc_buf_done(&name);
}

static lc_text find_alias(lc_text name)
{
    for (size_t i = 0; i < sizeof ALIASES / sizeof *ALIASES; i++)
        if (lc_text_is(name, ALIASES[i].name)) return lc_text_of(ALIASES[i].target);
    return name;
}

lc_error *lc_zone_open(lc_text name, lc_zone **ret_zone)
{
    lc_autoptr(lc_zone) zone = lc_alloc(sizeof *zone);
    lc_text target = find_alias(name);
    int32_t seconds = 0;
    bool is_alias = target.data != name.data;
    bool is_utc = lc_text_is(target, "UTC") || lc_text_is(target, "GMT");
    if (is_alias || is_utc) zone->name = lc_strndup(name.data, name.len);
    if (is_utc || parse_offset(target, &seconds)) {
        set_fixed(zone, seconds);
    } else {
        LC_TRY(load(zone, target));
        if (!zone->name) zone->name = lc_strndup(name.data, name.len);
    }
    *ret_zone = lc_steal(zone);
    return NULL;
}

int32_t lc_zone_raw_offset_ms(const lc_zone *zone)
{
    return zone->rule.standard * 1000;
}

int32_t lc_zone_dst_savings_ms(const lc_zone *zone)
{
    return (zone->rule.daylight - zone->rule.standard) * 1000;
}

/* The last change that isn't after a moment, which is local by the clock in force after the change when
 * `local` is set. NULL: before all of them. */
static const transition *last_change(const lc_zone *zone, int64_t seconds, bool local)
{
    size_t low = 0, high = zone->change_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const transition *change = zone->changes + middle;
        if (change->at + (local ? change->offset : 0) <= seconds) low = middle + 1;
        else high = middle;
    }
    return low ? zone->changes + low - 1 : NULL;
}

static bool is_ruled(const lc_zone *zone, const transition *change)
{
    return zone->change_count == 0 || change == zone->changes + zone->change_count - 1;
}

static int64_t floor_seconds(int64_t ms)
{
    return ms / 1000 - (ms % 1000 < 0);
}

int32_t lc_zone_offset_ms(const lc_zone *zone, int64_t utc_ms, bool *ret_is_dst)
{
    int64_t seconds = floor_seconds(utc_ms);
    const transition *change = last_change(zone, seconds, false);
    int32_t offset = zone->rule.standard;
    bool daylight = false;
    if (is_ruled(zone, change) && (zone->rule.has_daylight || !change)) {
        daylight = lc_zone_rule_is_daylight(&zone->rule, seconds);
        if (daylight) offset = zone->rule.daylight;
    } else if (change) {
        offset = change->offset;
        daylight = change->savings != 0;
    }
    if (ret_is_dst) *ret_is_dst = daylight;
    return offset * 1000;
}

/* A skipped hour is read by the clock before it, an hour that comes twice by the clock after it. */
static int32_t ruled_savings(const lc_zone_rule *rule, int64_t local)
{
    int64_t utc = local - rule->standard;
    int32_t savings = rule->daylight - rule->standard;
    bool daylight = lc_zone_rule_is_daylight(rule, utc) && lc_zone_rule_is_daylight(rule, utc - savings);
    return daylight ? savings : 0;
}

int32_t lc_zone_local_offset_ms(const lc_zone *zone, int64_t local_ms, int32_t *ret_dst_ms)
{
    int64_t seconds = floor_seconds(local_ms);
    const transition *change = last_change(zone, seconds, true);
    int32_t offset = zone->rule.standard, savings = 0;
    if (is_ruled(zone, change) && (zone->rule.has_daylight || !change)) {
        savings = ruled_savings(&zone->rule, seconds);
        offset += savings;
    } else if (change) {
        offset = change->offset;
        savings = change->savings;
    }
    if (ret_dst_ms) *ret_dst_ms = savings * 1000;
    return offset * 1000;
}
