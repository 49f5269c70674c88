/* Date formats and the TimestampConverter's work on one cell (transforms: TimestampConverter.java of 4.1). */
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "java/date_format.h"
#include "java/time_unit.h"
#include "java/zone.h"
#include "script/bridge.h"

enum { DAY_MS = 86400000 };

/* How a time is represented: the numbers of tools.lua. */
typedef enum time_sort { SORT_GUESS, SORT_STRING, SORT_UNIX, SORT_DATE, SORT_TIME, SORT_TIMESTAMP } time_sort;

struct lc_time_format {
    lc_date_format *java;
    char *pattern;
};

lc_time_format *lc_tool_time_format_new(lc_frame *frame, const char *pattern, size_t len)
{
    lc_date_format *java = NULL;
    lc_error *error = lc_date_format_new((lc_text){pattern, len}, &java);
    if (error) {
        (void)lc_state_fail(lc_frame_state(frame), error);
        return NULL;
    }
    lc_time_format *format = lc_alloc(sizeof *format);
    format->java = java;
    format->pattern = lc_strndup(pattern, len);
    return format;
}

lc_zone *lc_tool_zone_new(lc_frame *frame, const char *name, size_t len)
{
    lc_zone *zone = NULL;
    lc_error *error = lc_zone_open((lc_text){name, len}, &zone);
    if (error) (void)lc_state_fail(lc_frame_state(frame), error);
    return error ? NULL : zone;
}

int lc_tool_zone_offset(const lc_zone *zone, int64_t ms, int is_local)
{
    return is_local ? lc_zone_local_offset_ms(zone, ms, NULL) : lc_zone_offset_ms(zone, ms, NULL);
}

void lc_tool_time_format_free(lc_time_format *format)
{
    lc_date_format_free(format->java);
    free(format->pattern);
    free(format);
}

void lc_tool_time_write(lc_frame *frame, lc_time_format *format, int64_t ms)
{
    lc_buf *out = &lc_frame_state(frame)->text;
    lc_buf_reset(out);
    lc_buf_reserve(out, lc_date_format_room(format->java));
    size_t len = lc_date_format_write(format->java, ms, out->data, lc_date_format_room(format->java));
    lc_frame_text(frame, out->data, len);
}

int lc_tool_time_parse(lc_frame *frame, lc_time_format *format, const char *text, size_t len)
{
    int64_t ms;
    if (!lc_date_format_parse(format->java, (lc_text){text, len}, &ms)) return 0;
    frame->a = lc_value_int(LC_INT64, ms);
    return 1;
}

double lc_tool_now(lc_frame *frame)
{
    const lc_state *state = lc_frame_state(frame);
    return state->clock_ms ? *state->clock_ms : (double)lc_now_ms();
}

static lc_error *mismatch(const char *sort, const char *expected, const lc_value *cell)
{
    return lc_fail(LC_E_DATA, "Expected %s to be a %s, but found %s", sort, expected,
                   lc_value_java_class(cell));
}

static lc_error *no_format(void)
{
    return lc_fail(LC_E_NULL_POINTER, "A text can't be a time without a pattern: set format to one of "
                                      "java.text.SimpleDateFormat, such as yyyy-MM-dd HH:mm:ss");
}

static lc_error *from_string(lc_time_format *format, const lc_value *cell, int64_t *ret_ms)
{
    if (cell->kind != LC_STRING) return mismatch("string timestamp", "String", cell);
    if (!format) return no_format();
    if (lc_date_format_parse(format->java, lc_value_as_text(cell), ret_ms)) return NULL;
    return lc_fail(LC_E_DATA, "Could not parse timestamp: value (%.*s) does not match pattern (%s)",
                   (int)cell->len, cell->u.s, format->pattern);
}

static lc_error *from_unix(const lc_value *cell, int unit, int64_t *ret_ms)
{
    if (cell->kind != LC_INT64) return mismatch("Unix timestamp", "Long", cell);
    *ret_ms = lc_time_unit_convert(cell->u.i, (lc_time_unit)unit, LC_TIME_MILLIS);
    return NULL;
}

static lc_error *guess_sort(const lc_value *cell, time_sort *ret_sort)
{
    if (cell->kind == LC_DATE) *ret_sort = SORT_TIMESTAMP;
    else if (cell->kind == LC_INT64) *ret_sort = SORT_UNIX;
    else if (cell->kind == LC_STRING) *ret_sort = SORT_STRING;
    else
        return lc_fail(LC_E_DATA, "TimestampConverter does not support %s objects as timestamps",
                       lc_value_java_class(cell));
    return NULL;
}

static lc_error *read_time(lc_time_format *format, const lc_value *cell, time_sort sort, int unit,
                           int64_t *ret_ms)
{
    static const char *const names[] = {
        [SORT_DATE] = "Date", [SORT_TIME] = "Time", [SORT_TIMESTAMP] = "Timestamp"};
    if (sort == SORT_STRING) return from_string(format, cell, ret_ms);
    if (sort == SORT_UNIX) return from_unix(cell, unit, ret_ms);
    if (cell->kind != LC_DATE) return mismatch(names[sort], "java.util.Date", cell);
    *ret_ms = cell->u.i;
    return NULL;
}

static int64_t floor_day(int64_t ms)
{
    int64_t rest = ms % DAY_MS;
    return ms - (rest < 0 ? rest + DAY_MS : rest);
}

static lc_error *write_text(lc_arena *arena, lc_time_format *format, int64_t ms, lc_value *ret_cell)
{
    if (!format) return no_format();
    size_t room = lc_date_format_room(format->java);
    char *out = lc_arena_alloc(arena, room);
    size_t len = lc_date_format_write(format->java, ms, out, room);
    lc_arena_trim(arena, out + len);
    *ret_cell = lc_value_text((lc_text){out, len});
    return NULL;
}

static lc_error *write_time(lc_arena *arena, lc_time_format *format, int64_t ms, time_sort target, int unit,
                            lc_value *ret_cell)
{
    switch (target) {
    case SORT_STRING: return write_text(arena, format, ms, ret_cell);
    case SORT_UNIX:
        *ret_cell = lc_value_int(LC_INT64, lc_time_unit_convert(ms, LC_TIME_MILLIS, (lc_time_unit)unit));
        return NULL;
    case SORT_DATE: *ret_cell = lc_value_date(floor_day(ms)); return NULL;
    case SORT_TIME: *ret_cell = lc_value_date(ms - floor_day(ms)); return NULL;
    default: *ret_cell = lc_value_date(ms); return NULL;
    }
}

static lc_error *convert(lc_arena *arena, lc_time_format *format, lc_value *cell, time_sort source,
                         time_sort target, int unit)
{
    int64_t ms = 0;
    if (source == SORT_GUESS) LC_TRY(guess_sort(cell, &source));
    LC_TRY(read_time(format, cell, source, unit, &ms));
    return write_time(arena, format, ms, target, unit, cell);
}

int lc_tool_time_convert(lc_frame *frame, lc_time_format *format, lc_value *cell, int source, int target,
                         int unit)
{
    if (cell->kind == LC_NULL) return 0;
    lc_state *state = lc_frame_state(frame);
    lc_error *error = convert(state->arena, format, cell, (time_sort)source, (time_sort)target, unit);
    return error ? lc_state_fail(state, error) : 0;
}
