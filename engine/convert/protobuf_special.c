/* Messages that stand for one value: Decimal, Date, TimeOfDay, Timestamp. */
#include "convert/protobuf_read_plan.h"
#include "java/calendar.h"

enum { DAY_SECONDS = 86400 };

static const int64_t first_second = -62135596800, last_second = 253402300799;

static lc_error *timestamp_value(const lc_value *parts, lc_value *ret)
{
    int64_t seconds = parts[0].u.i, nanos = parts[1].u.i;
    if (seconds < first_second || seconds > last_second || nanos < 0 || nanos > 999999999)
        return lc_fail(
            LC_E_ILLEGAL_ARGUMENT,
            "Timestamp is not valid. See proto definition for valid values. Seconds (%lld) must be in range "
            "[-62,135,596,800, +253,402,300,799]. Nanos (%lld) must be in range [0, +999,999,999].",
            (long long)seconds, (long long)nanos);
    *ret = lc_value_date(seconds * 1000 + nanos / 1000000);
    return NULL;
}

static lc_error *date_value(const lc_value *parts, lc_value *ret)
{
    int64_t year = parts[0].u.i, month = parts[1].u.i, day = parts[2].u.i;
    lc_calendar calendar = {0};
    lc_calendar_time time;
    lc_calendar_day found;
    bool valid = year >= 1 && year <= 9999999 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
    if (valid) {
        lc_calendar_set(&calendar, LC_CALENDAR_YEAR, (int32_t)year);
        lc_calendar_set(&calendar, LC_CALENDAR_MONTH, (int32_t)month - 1);
        lc_calendar_set(&calendar, LC_CALENDAR_DAY_OF_MONTH, (int32_t)day);
        lc_calendar_resolve(&calendar, lc_zone_utc(), &time);
        lc_calendar_day_of(time.ms / LC_DAY_MS - (time.ms % LC_DAY_MS < 0), &found);
        valid = found.year == year && found.month == month - 1 && found.day_of_month == day;
    }
    if (!valid)
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "google.type.Date %lld-%lld-%lld is no date", (long long)year,
                       (long long)month, (long long)day);
    *ret = lc_value_date(time.ms);
    return NULL;
}

static lc_error *time_value(const lc_value *parts, lc_value *ret)
{
    static const struct {
        const char *name;
        int64_t most;
    } ranges[] = {
        {"HourOfDay", 23}, {"MinuteOfHour", 59}, {"SecondOfMinute", 59}, {"NanoOfSecond", 999999999}};
    for (int i = 0; i < 4; i++)
        if (parts[i].u.i < 0 || parts[i].u.i > ranges[i].most)
            return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Invalid value for %s (valid values 0 - %lld): %lld",
                           ranges[i].name, (long long)ranges[i].most, (long long)parts[i].u.i);
    int64_t seconds = (parts[0].u.i * 60 + parts[1].u.i) * 60 + parts[2].u.i;
    *ret = lc_value_date(seconds * 1000 + parts[3].u.i / 1000000);
    return NULL;
}

/* BigDecimal.round of `precision` digits, half up. */
static lc_error *round_decimal(lc_arena *arena, lc_decimal *decimal, uint32_t precision)
{
    uint32_t digits = lc_decimal_precision(arena, *decimal);
    if (digits <= precision) return NULL;
    lc_text all = lc_decimal_unscaled_text(arena, *decimal);
    size_t sign = all.data[0] == '-', drop = digits - precision;
    bool up = all.data[sign + precision] >= '5';
    char *kept = lc_arena_alloc(arena, sign + precision + 2), *to = kept;
    if (sign) *to++ = '-';
    *to++ = '0'; /* room for a carry */
    memcpy(to, all.data + sign, precision);
    to += precision;
    for (char *p = to - 1; up; p--) {
        up = *p == '9';
        *p = up ? '0' : (char)(*p + 1);
    }
    int64_t scale = (int64_t)decimal->scale - (int64_t)drop;
    if (kept[sign] != '0') {
        to--; /* 999 became 1000 */
        scale--;
    }
    if (scale < INT32_MIN || !lc_bigint_parse(arena, (lc_text){kept, (size_t)(to - kept)}, decimal))
        return lc_fail(LC_E_ARITHMETIC, "Overflow");
    decimal->scale = (int32_t)scale;
    return NULL;
}

static lc_error *decimal_value(lc_arena *arena, const lc_value *parts, lc_value *ret)
{
    lc_decimal *decimal = lc_arena_alloc(arena, sizeof *decimal);
    int32_t precision = (int32_t)parts[1].u.i;
    if (!lc_decimal_of_bytes(parts[0].u.s, parts[0].len, (int32_t)parts[2].u.i, decimal))
        return lc_fail(LC_E_NUMBER_FORMAT, "Zero length BigInteger");
    if (precision < 0) return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Digits < 0");
    if (precision > 0) LC_TRY(round_decimal(arena, decimal, (uint32_t)precision));
    *ret = (lc_value){.kind = LC_DECIMAL, .u.decimal = decimal};
    return NULL;
}

lc_error *lc_proto_special_value(lc_arena *arena, lc_proto_special special, const lc_value *parts,
                                 lc_value *ret_value)
{
    switch (special) {
    case LC_SPECIAL_DECIMAL: return decimal_value(arena, parts, ret_value);
    case LC_SPECIAL_DATE: return date_value(parts, ret_value);
    case LC_SPECIAL_TIME: return time_value(parts, ret_value);
    default: return timestamp_value(parts, ret_value);
    }
}
