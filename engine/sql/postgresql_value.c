#include "sql/postgresql_value.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

enum { EPOCH_DAYS = 10957, BASE_DIGITS = 4 }; /* from 1970 to 2000; decimal digits of a digit of numeric */
static const int64_t EPOCH_MICROS = 10957LL * 86400 * 1000000;
/* What the Java driver makes of the ends of time, in ms: kept apart from any real moment. */
static const int64_t ENDLESS_MS = 9223372036825200000LL, BEGINNING_MS = -9223372036832400000LL;

static uint16_t u16(const char *at)
{
    uint16_t n;
    memcpy(&n, at, sizeof n);
    return be16toh(n);
}

static uint32_t u32(const char *at)
{
    uint32_t n;
    memcpy(&n, at, sizeof n);
    return be32toh(n);
}

static uint64_t u64(const char *at)
{
    uint64_t n;
    memcpy(&n, at, sizeof n);
    return be64toh(n);
}

/* Readers: the length is checked already, where it is fixed. */

static bool read_bool(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    v->u.i = b.data[0] != 0;
    return true;
}

static bool read_int2(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    v->u.i = (int16_t)u16(b.data);
    return true;
}

static bool read_int4(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    v->u.i = (int32_t)u32(b.data);
    return true;
}

static bool read_oid(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    v->u.i = u32(b.data);
    return true;
}

static bool read_int8(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    v->u.i = (int64_t)u64(b.data);
    return true;
}

static bool read_float4(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    uint32_t bits = u32(b.data);
    float f;
    memcpy(&f, &bits, sizeof f);
    v->u.d = (double)f;
    return true;
}

static bool read_float8(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    uint64_t bits = u64(b.data);
    memcpy(&v->u.d, &bits, sizeof bits);
    return true;
}

static bool read_text(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    v->u.s = b.data;
    v->len = (uint32_t)b.len;
    return true;
}

/* jsonb: a version, then the text. */
static bool read_jsonb(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    if (!b.len || b.data[0] != 1) return false;
    return read_text((lc_text){b.data + 1, b.len - 1}, texts, v);
}

static bool read_uuid(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    static const char digits[] = "0123456789abcdef";
    char *text = lc_arena_alloc(texts, 36), *at = text;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        *at++ = digits[(unsigned char)b.data[i] >> 4];
        *at++ = digits[(unsigned char)b.data[i] & 15];
    }
    return read_text((lc_text){text, 36}, texts, v);
}

static bool read_date(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    int32_t days = (int32_t)u32(b.data);
    v->u.i = (int64_t)days + EPOCH_DAYS;
    if (days == INT32_MAX || days == INT32_MIN) v->u.i = (days > 0 ? ENDLESS_MS : BEGINNING_MS) / 86400000;
    return true;
}

static bool read_moment(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    int64_t micros = (int64_t)u64(b.data);
    if (micros == INT64_MAX || micros == INT64_MIN) v->u.i = micros;
    else if (__builtin_add_overflow(micros, EPOCH_MICROS, &v->u.i)) v->u.i = INT64_MAX;
    return true;
}

/* timetz: seconds west of UTC follow; as a time of day in UTC. */
static bool read_timetz(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    (void)texts;
    const int64_t day = 86400LL * 1000000;
    int64_t micros = (int64_t)u64(b.data) + (int32_t)u32(b.data + 8) * 1000000LL;
    v->u.i = (micros % day + day) % day;
    return true;
}

static unsigned digit_of(lc_text b, int at)
{
    return at >= 0 && at < u16(b.data) ? u16(b.data + 8 + 2 * (size_t)at) % 10000 : 0;
}

/* numeric: digits of base 10,000; `weight` is the power of the first, `scale` how many decimals are shown. */
static bool read_numeric(lc_text b, lc_arena *texts, lc_sql_value *v)
{
    enum { NEGATIVE = 0x4000, NOT_A_NUMBER = 0xc000, INFINITE = 0xd000, MINUS_INFINITE = 0xf000 };
    if (b.len < 8 || b.len != 8 + 2 * (size_t)u16(b.data)) return false;
    int weight = (int16_t)u16(b.data + 2), sign = u16(b.data + 4), scale = u16(b.data + 6), at_digit = 0;
    if (sign == NOT_A_NUMBER) return read_text(LC_TEXT("NaN"), texts, v);
    if (sign == INFINITE) return read_text(LC_TEXT("Infinity"), texts, v);
    if (sign == MINUS_INFINITE) return read_text(LC_TEXT("-Infinity"), texts, v);
    size_t whole = weight >= 0 ? (size_t)weight + 1 : 1;
    char *text = lc_arena_alloc(texts, whole * BASE_DIGITS + (size_t)scale + BASE_DIGITS + 4), *at = text;
    if (sign == NEGATIVE) *at++ = '-';
    for (; at_digit <= weight; at_digit++) at += snprintf(at, 5, at_digit ? "%04u" : "%u", digit_of(b, at_digit));
    if (weight < 0) *at++ = '0';
    if (scale) *at++ = '.';
    char *point = at;
    for (at_digit = weight + 1; at - point < scale; at_digit++) at += snprintf(at, 5, "%04u", digit_of(b, at_digit));
    return read_text((lc_text){text, (size_t)(scale ? point + scale - text : at - text)}, texts, v);
}

/* By number of the type. `size` 0: any. */
static const struct type {
    unsigned oid;
    const char *name;
    lc_sql_kind kind;
    size_t size;
    bool (*read)(lc_text bytes, lc_arena *texts, lc_sql_value *value);
} types[] = {
    {0, "", LC_SQL_TEXT, 0, read_text}, /* any other */
    {16, "bool", LC_SQL_BOOL, 1, read_bool},
    {LC_PG_BYTEA, "bytea", LC_SQL_BYTES, 0, read_text},
    {18, "char", LC_SQL_TEXT, 0, read_text},
    {19, "name", LC_SQL_TEXT, 0, read_text},
    {20, "int8", LC_SQL_INT, 8, read_int8},
    {21, "int2", LC_SQL_INT, 2, read_int2},
    {23, "int4", LC_SQL_INT, 4, read_int4},
    {25, "text", LC_SQL_TEXT, 0, read_text},
    {26, "oid", LC_SQL_INT, 4, read_oid},
    {28, "xid", LC_SQL_INT, 4, read_oid},
    {5069, "xid8", LC_SQL_INT, 8, read_int8},
    {114, "json", LC_SQL_TEXT, 0, read_text},
    {142, "xml", LC_SQL_TEXT, 0, read_text},
    {700, "float4", LC_SQL_DOUBLE, 4, read_float4},
    {701, "float8", LC_SQL_DOUBLE, 8, read_float8},
    {1042, "bpchar", LC_SQL_TEXT, 0, read_text},
    {1043, "varchar", LC_SQL_TEXT, 0, read_text},
    {1082, "date", LC_SQL_DATE, 4, read_date},
    {1083, "time", LC_SQL_TIME, 8, read_int8},
    {1114, "timestamp", LC_SQL_TIMESTAMP, 8, read_moment},
    {1184, "timestamptz", LC_SQL_INSTANT, 8, read_moment},
    {1266, "timetz", LC_SQL_TIME, 12, read_timetz},
    {1700, "numeric", LC_SQL_DECIMAL, 0, read_numeric},
    {2950, "uuid", LC_SQL_TEXT, 16, read_uuid},
    {3802, "jsonb", LC_SQL_TEXT, 0, read_jsonb},
};

lc_pg_type lc_pg_type_of(unsigned oid, int modifier, lc_sql_column *column)
{
    lc_pg_type found = 0;
    for (size_t i = 1; i < sizeof types / sizeof *types; i++)
        if (types[i].oid == oid) found = (lc_pg_type)i;
    column->type = types[found].name;
    column->kind = (uint8_t)types[found].kind;
    column->precision = -1;
    column->scale = 0;
    if (types[found].read == read_numeric && modifier >= 4) {
        column->precision = (modifier - 4) >> 16;
        column->scale = (int32_t)(((((uint32_t)modifier - 4) & 0x7ff) ^ 1024) - 1024);
    }
    return found;
}

bool lc_pg_read(lc_pg_type type, lc_text bytes, lc_arena *texts, lc_sql_value *ret_value)
{
    const struct type *t = &types[type];
    *ret_value = (lc_sql_value){.kind = (uint8_t)t->kind};
    return (!t->size || t->size == bytes.len) && t->read(bytes, texts, ret_value);
}

/* Writing */


static void put32(lc_buf *out, uint32_t n)
{
    n = htobe32(n);
    lc_buf_add(out, &n, sizeof n);
}

static void put64(lc_buf *out, uint64_t n)
{
    n = htobe64(n);
    lc_buf_add(out, &n, sizeof n);
}

static void put_double(lc_buf *out, double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    put32(out, 8);
    put64(out, bits);
}

static void put_long(lc_buf *out, int64_t n)
{
    put32(out, 8);
    put64(out, (uint64_t)n);
}

static void put_value(lc_buf *out, const lc_sql_value *v)
{
    switch (v->kind) {
    case LC_SQL_NULL: put32(out, UINT32_MAX); break;
    case LC_SQL_BOOL:
        put32(out, 1);
        lc_buf_put(out, v->u.i ? 1 : 0);
        break;
    case LC_SQL_INT: case LC_SQL_TIME: put_long(out, v->u.i); break;
    case LC_SQL_DOUBLE: put_double(out, v->u.d); break;
    case LC_SQL_DATE:
        put32(out, 4);
        put32(out, (uint32_t)(int32_t)(v->u.i - EPOCH_DAYS));
        break;
    case LC_SQL_TIMESTAMP: case LC_SQL_INSTANT:
        put_long(out, v->u.i == INT64_MAX || v->u.i == INT64_MIN ? v->u.i : v->u.i - EPOCH_MICROS);
        break;
    default:
        put32(out, v->len);
        lc_buf_add(out, v->u.s, v->len);
    }
}

unsigned lc_pg_write_array(lc_buf *out, lc_sql_kind kind, const lc_sql_value *values, size_t step, size_t rows)
{
    static const struct {
        unsigned item, array;
    } oids[LC_SQL_KINDS] = {
        [LC_SQL_NULL] = {25, 1009},      [LC_SQL_BOOL] = {16, 1000},        [LC_SQL_INT] = {20, 1016},
        [LC_SQL_DOUBLE] = {701, 1022},   [LC_SQL_TEXT] = {25, 1009},        [LC_SQL_BYTES] = {17, 1001},
        [LC_SQL_DECIMAL] = {25, 1009},   [LC_SQL_DATE] = {1082, 1182},      [LC_SQL_TIME] = {1083, 1183},
        [LC_SQL_TIMESTAMP] = {1114, 1115}, [LC_SQL_INSTANT] = {1184, 1185},
    };
    put32(out, 1); /* dimensions */
    put32(out, 1); /* there may be nulls */
    put32(out, oids[kind].item);
    put32(out, (uint32_t)rows);
    put32(out, 1); /* the index of the first */
    for (size_t i = 0; i < rows; i++) put_value(out, &values[i * step]);
    return oids[kind].array;
}
