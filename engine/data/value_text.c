#include "data/value.h"

#include "java/calendar.h"
#include "java/number.h"

enum {
    FIRST_ROOM = 256,
    SCALE_PLAIN = 18, /* decimals of up to this scale, unscaled in int64, are printed here */
    DATE_TEXT = 40
};

/* Writes to a buf or to the tail of an arena; `need` bytes are free after room(w, need). */
typedef struct writer {
    char *start, *at, *end; /* one byte is kept free after end, for a NUL */
    lc_buf *buf;            /* NULL: into `arena` */
    lc_arena *arena;
    size_t limit; /* bytes after which containers need not go on; 0: none */
} writer;

static void grow_buf(writer *w, size_t need)
{
    lc_buf *buf = w->buf;
    size_t before = (size_t)(w->start - buf->data);
    if (!buf->data) before = 0;
    if (w->at) buf->len = (size_t)(w->at - buf->data);
    lc_buf_reserve(buf, need < FIRST_ROOM ? FIRST_ROOM : need);
    w->start = buf->data + before;
    w->at = buf->data + buf->len;
    w->end = buf->data + buf->cap - 1;
}

static void grow_arena(writer *w, size_t need)
{
    size_t len = (size_t)(w->at - w->start), size = 2 * len + need + FIRST_ROOM;
    char *start = lc_arena_alloc(w->arena, size);
    if (len) memcpy(start, w->start, len);
    w->start = start;
    w->at = start + len;
    w->end = start + size - 1;
}

static void grow(writer *w, size_t need)
{
    if (w->buf) grow_buf(w, need);
    else grow_arena(w, need);
}

static inline void room(writer *w, size_t need)
{
    if (__builtin_expect((size_t)(w->end - w->at) < need, 0)) grow(w, need);
}

static inline void put(writer *w, const char *text, size_t len)
{
    room(w, len);
    if (len) memcpy(w->at, text, len);
    w->at += len;
}

#define PUT(w, literal) put(w, "" literal, sizeof(literal) - 1)

static inline void put_byte(writer *w, char byte)
{
    room(w, 1);
    *w->at++ = byte;
}

static void put_int(writer *w, int64_t value)
{
    room(w, LC_INT64_TEXT);
    w->at += lc_int64_to_text(value, w->at);
}

static void put_double(writer *w, const lc_value *value)
{
    room(w, LC_DOUBLE_TEXT);
    w->at += value->kind == LC_FLOAT32 ? lc_float_to_text((float)value->u.d, w->at)
                                       : lc_double_to_text(value->u.d, w->at);
}

static void put_two(writer *w, unsigned number)
{
    *w->at++ = (char)('0' + number / 10);
    *w->at++ = (char)('0' + number % 10);
}

static void put_time(writer *w, uint32_t seconds)
{
    put_two(w, seconds / 3600);
    *w->at++ = ':';
    put_two(w, seconds / 60 % 60);
    *w->at++ = ':';
    put_two(w, seconds % 60);
}

/* java.util.Date.toString: "Tue Nov 14 22:13:20 UTC 2023". */
static void put_date(writer *w, int64_t ms)
{
    static const char DAYS[] = "SunMonTueWedThuFriSat", MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t of_day = (ms % LC_DAY_MS + LC_DAY_MS) % LC_DAY_MS;
    lc_calendar_day day;
    lc_calendar_day_of(ms / LC_DAY_MS - (ms % LC_DAY_MS < 0), &day);
    room(w, DATE_TEXT);
    put(w, &DAYS[3 * (day.day_of_week - 1)], 3);
    *w->at++ = ' ';
    put(w, &MONTHS[3 * day.month], 3);
    *w->at++ = ' ';
    put_two(w, (unsigned)day.day_of_month);
    *w->at++ = ' ';
    put_time(w, (uint32_t)(of_day / 1000));
    PUT(w, " UTC ");
    put_int(w, day.year);
}

/* The usual amounts, where BigDecimal.toString has no exponent. */
static bool put_small_decimal(writer *w, const lc_decimal *decimal)
{
    if (decimal->len > 8 || decimal->scale < 0 || decimal->scale > SCALE_PLAIN) return false;
    int64_t unscaled = (int8_t)decimal->unscaled[0];
    for (uint32_t i = 1; i < decimal->len; i++)
        unscaled = (int64_t)((uint64_t)unscaled << 8 | decimal->unscaled[i]);
    char digits[LC_INT64_TEXT];
    size_t len = lc_int64_to_text(unscaled, digits), sign = unscaled < 0;
    size_t whole = len - sign, scale = (size_t)decimal->scale;
    if (scale >= whole + 6) return false; /* an adjusted exponent below -6: scientific */
    room(w, LC_INT64_TEXT + SCALE_PLAIN + 2);
    if (sign) *w->at++ = '-';
    if (whole <= scale) {
        PUT(w, "0.");
        for (size_t zeros = scale - whole; zeros; zeros--) *w->at++ = '0';
        put(w, digits + sign, whole);
        return true;
    }
    put(w, digits + sign, whole - scale);
    if (scale) *w->at++ = '.';
    put(w, digits + len - scale, scale);
    return true;
}

static void put_decimal(writer *w, const lc_decimal *decimal)
{
    if (put_small_decimal(w, decimal)) return;
    lc_auto(lc_arena) scratch = {0};
    lc_text text = lc_decimal_to_text(&scratch, *decimal);
    put(w, text.data, text.len);
}

static void put_value(writer *w, const lc_value *value);

static bool is_full(const writer *w)
{
    return w->limit && (size_t)(w->at - w->start) > w->limit;
}

static void put_list(writer *w, const lc_list *list)
{
    put_byte(w, '[');
    for (uint32_t i = 0; i < list->count && !is_full(w); i++) {
        if (i) PUT(w, ", ");
        put_value(w, &list->items[i]);
    }
    put_byte(w, ']');
}

static void put_object(writer *w, const lc_object *object)
{
    const lc_name *names = object->shape->names;
    put_byte(w, '{');
    for (uint32_t i = 0; i < object->shape->count && !is_full(w); i++) {
        if (i) PUT(w, ", ");
        put(w, names[i].text, names[i].len);
        put_byte(w, '=');
        put_value(w, &object->slots[i]);
    }
    put_byte(w, '}');
}

static void put_map(writer *w, const lc_map *map)
{
    put_byte(w, '{');
    for (uint32_t i = 0; i < map->count && !is_full(w); i++) {
        if (i) PUT(w, ", ");
        put_value(w, &map->items[2 * i]);
        put_byte(w, '=');
        put_value(w, &map->items[2 * i + 1]);
    }
    put_byte(w, '}');
}

/* Struct.toString: nulls are left out. */
static void put_struct(writer *w, const lc_object *object)
{
    const lc_name *names = object->shape->names;
    bool first = true;
    PUT(w, "Struct{");
    for (uint32_t i = 0; i < object->shape->count && !is_full(w); i++) {
        if (object->slots[i].kind == LC_NULL) continue;
        room(w, names[i].len + 2);
        if (!first) *w->at++ = ',';
        first = false;
        memcpy(w->at, names[i].text, names[i].len);
        w->at += names[i].len;
        *w->at++ = '=';
        put_value(w, &object->slots[i]);
    }
    put_byte(w, '}');
}

static void put_value(writer *w, const lc_value *value)
{
    switch (value->kind) {
    case LC_NULL: PUT(w, "null"); break;
    case LC_BOOLEAN:
        if (value->u.i) PUT(w, "true");
        else PUT(w, "false");
        break;
    case LC_FLOAT32:
    case LC_FLOAT64: put_double(w, value); break;
    case LC_STRING: put(w, value->u.s, value->len); break;
    case LC_BYTES: PUT(w, "[B@0"); break;
    case LC_ARRAY: put_list(w, value->u.list); break;
    case LC_MAP:
        if (value->flags & LC_V_OBJECT) put_object(w, value->u.object);
        else put_map(w, value->u.map);
        break;
    case LC_STRUCT: put_struct(w, value->u.object); break;
    case LC_DATE: put_date(w, value->u.i); break;
    case LC_DECIMAL:
    case LC_BIGINT: put_decimal(w, value->u.decimal); break;
    default: put_int(w, value->u.i); break;
    }
}

static writer open_buf(lc_buf *buf, size_t limit)
{
    writer w = {.buf = buf, .limit = limit};
    grow_buf(&w, FIRST_ROOM);
    w.start = w.at;
    return w;
}

static void close_buf(const writer *w)
{
    *w->at = '\0';
    w->buf->len = (size_t)(w->at - w->buf->data);
}

void lc_value_to_text(lc_buf *out, const lc_value *value)
{
    writer w = open_buf(out, 0);
    put_value(&w, value);
    close_buf(&w);
}

void lc_value_to_text_cut(lc_buf *out, const lc_value *value, size_t max)
{
    lc_value head = *value;
    if (head.kind == LC_STRING && head.len > max) head.len = (uint32_t)max + 1;
    writer w = open_buf(out, max);
    put_value(&w, &head);
    if (is_full(&w)) {
        w.at = w.start + max;
        while (w.at > w.start && (*w.at & 0xc0) == 0x80) w.at--;
        PUT(&w, "…");
    }
    close_buf(&w);
}

lc_text lc_value_to_text_arena(lc_arena *arena, const lc_value *value)
{
    if (value->kind == LC_STRING) return lc_value_as_text(value);
    writer w = {.arena = arena};
    if (arena->end - arena->at > 1) w.start = w.at = arena->at, w.end = arena->end - 1;
    room(&w, 1);
    put_value(&w, value);
    *w.at = '\0';
    lc_arena_trim(arena, w.at + 1);
    return (lc_text){w.start, (size_t)(w.at - w.start)};
}
