/* Statements with literals in them, and types of columns. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sql/mysql.h"

enum { NUMBER_ROOM = 48, BINARY = 63 /* the character set of bytes */ };

static void add_bytes(lc_buf *out, const char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    lc_buf_reserve(out, 2 * len + 3);
    lc_buf_text(out, "x'");
    for (size_t i = 0; i < len; i++) {
        lc_buf_put(out, digits[(unsigned char)bytes[i] >> 4]);
        lc_buf_put(out, digits[bytes[i] & 15]);
    }
    lc_buf_put(out, '\'');
}

static void add_text(lc_buf *out, const char *text, size_t len)
{
    lc_buf_put(out, '\'');
    for (const char *end = text + len, *at; text < end; text = at) {
        for (at = text; at < end && *at != '\'' && *at != '\\'; at++) continue;
        lc_buf_add(out, text, (size_t)(at - text));
        if (at == end) break;
        lc_buf_put(out, *at);
        lc_buf_put(out, *at++);
    }
    lc_buf_put(out, '\'');
}

/* With an exponent: without one it would be a decimal. */
static bool add_double(lc_buf *out, double number)
{
    char text[NUMBER_ROOM];
    if (!isfinite(number)) return false;
    lc_print_double(text, sizeof text, 'e', 16, number);
    lc_buf_text(out, text);
    return true;
}

bool lc_mysql_literal(lc_buf *out, const lc_sql_value *value)
{
    char text[NUMBER_ROOM];
    switch (value->kind) {
    case LC_SQL_NULL: lc_buf_text(out, "NULL"); break;
    case LC_SQL_BOOL: lc_buf_put(out, value->u.i ? '1' : '0'); break;
    case LC_SQL_INT: lc_buf_printf(out, "%lld", (long long)value->u.i); break;
    case LC_SQL_DOUBLE: return add_double(out, value->u.d);
    case LC_SQL_DECIMAL: lc_buf_add(out, value->u.s, value->len); break;
    case LC_SQL_TEXT: add_text(out, value->u.s, value->len); break;
    case LC_SQL_BYTES: add_bytes(out, value->u.s, value->len); break;
    default: add_text(out, text, lc_sql_print_moment((lc_sql_kind)value->kind, value->u.i, text));
    }
    return true;
}

/* Behind a quoted text that begins at `at`. */
static const char *skip_quoted(const char *at, const char *end)
{
    char quote = *at++;
    while (at < end && *at != quote) at += *at == '\\' && quote != '`' && at + 1 < end ? 2 : 1;
    return at < end ? at + 1 : end;
}

static const char *skip_to(const char *at, const char *end, const char *what)
{
    const char *found = memmem(at, (size_t)(end - at), what, strlen(what));
    return found ? found + strlen(what) : end;
}

/* Behind what begins at `at` and holds no placeholder. */
static const char *skip(const char *at, const char *end)
{
    if (*at == '\'' || *at == '"' || *at == '`') return skip_quoted(at, end);
    if (*at == '#' || (end - at > 2 && at[0] == '-' && at[1] == '-' && at[2] == ' ')) return skip_to(at, end, "\n");
    if (end - at > 1 && at[0] == '/' && at[1] == '*') return skip_to(at + 2, end, "*/");
    return at + 1;
}

bool lc_mysql_statement(lc_buf *out, lc_text text, const lc_sql_value *params, size_t count)
{
    const char *at = text.data, *end = at + text.len;
    while (at < end) {
        if (*at == '?' && count && at + 1 < end && at[1] >= '1' && at[1] <= '9') {
            size_t which = 0;
            for (at++; at < end && *at >= '0' && *at <= '9'; at++) which = which * 10 + (size_t)(*at - '0');
            if (which > count || !lc_mysql_literal(out, &params[which - 1])) return false;
            continue;
        }
        const char *after = skip(at, end);
        lc_buf_add(out, at, (size_t)(after - at));
        at = after;
    }
    return true;
}

static const char *integer_name(const MYSQL_FIELD *field, const char *name, const char *is_unsigned)
{
    return field->flags & UNSIGNED_FLAG ? is_unsigned : name;
}

static void set_precision(const MYSQL_FIELD *field, lc_sql_column *column)
{
    bool has_sign = !(field->flags & UNSIGNED_FLAG);
    column->scale = (int32_t)field->decimals;
    column->precision = (int32_t)field->length - has_sign - (field->decimals > 0);
}

static lc_mysql_type text_type(const MYSQL_FIELD *field)
{
    bool is_bytes = field->charsetnr == BINARY && field->type != MYSQL_TYPE_JSON;
    if (field->type == MYSQL_TYPE_BIT && field->length == 1) return (lc_mysql_type){MYSQL_TYPE_BLOB, "tinyint", LC_SQL_INT};
    if (field->type == MYSQL_TYPE_BIT) return (lc_mysql_type){MYSQL_TYPE_BLOB, "blob", LC_SQL_BYTES};
    return is_bytes ? (lc_mysql_type){MYSQL_TYPE_BLOB, "blob", LC_SQL_BYTES}
                    : (lc_mysql_type){MYSQL_TYPE_STRING, "text", LC_SQL_TEXT};
}

lc_mysql_type lc_mysql_type_of(const MYSQL_FIELD *field, lc_sql_column *column)
{
    const enum enum_field_types whole = MYSQL_TYPE_LONGLONG;
    column->precision = -1;
    switch (field->type) {
    case MYSQL_TYPE_TINY: return (lc_mysql_type){whole, integer_name(field, "tinyint", "smallint"), LC_SQL_INT};
    case MYSQL_TYPE_SHORT: return (lc_mysql_type){whole, integer_name(field, "smallint", "int"), LC_SQL_INT};
    case MYSQL_TYPE_YEAR: return (lc_mysql_type){whole, "smallint", LC_SQL_INT};
    case MYSQL_TYPE_INT24: return (lc_mysql_type){whole, "int", LC_SQL_INT};
    case MYSQL_TYPE_LONG: return (lc_mysql_type){whole, integer_name(field, "int", "bigint"), LC_SQL_INT};
    case MYSQL_TYPE_LONGLONG: /* what is beyond an int64 is told as such */
        if (field->flags & UNSIGNED_FLAG) return (lc_mysql_type){MYSQL_TYPE_STRING, "bigint", LC_SQL_DECIMAL};
        return (lc_mysql_type){whole, "bigint", LC_SQL_INT};
    case MYSQL_TYPE_FLOAT: return (lc_mysql_type){MYSQL_TYPE_DOUBLE, "float", LC_SQL_DOUBLE};
    case MYSQL_TYPE_DOUBLE: return (lc_mysql_type){MYSQL_TYPE_DOUBLE, "double", LC_SQL_DOUBLE};
    case MYSQL_TYPE_DATE: case MYSQL_TYPE_NEWDATE: return (lc_mysql_type){MYSQL_TYPE_DATE, "date", LC_SQL_DATE};
    case MYSQL_TYPE_TIME: return (lc_mysql_type){MYSQL_TYPE_TIME, "time", LC_SQL_TIME};
    case MYSQL_TYPE_DATETIME: return (lc_mysql_type){MYSQL_TYPE_DATETIME, "datetime", LC_SQL_TIMESTAMP};
    case MYSQL_TYPE_TIMESTAMP: return (lc_mysql_type){MYSQL_TYPE_DATETIME, "timestamp", LC_SQL_INSTANT};
    case MYSQL_TYPE_DECIMAL: case MYSQL_TYPE_NEWDECIMAL:
        set_precision(field, column);
        return (lc_mysql_type){MYSQL_TYPE_STRING, "decimal", LC_SQL_DECIMAL};
    default: return text_type(field);
    }
}

lc_sql_value lc_mysql_moment(lc_sql_kind kind, const MYSQL_TIME *time)
{
    char text[64];
    lc_sql_value value = {.kind = (uint8_t)kind};
    int len = snprintf(text, sizeof text, "%04u-%02u-%02u", time->year, time->month, time->day);
    int64_t micros = ((int64_t)time->hour * 3600 + time->minute * 60 + time->second) * 1000000 + (int64_t)time->second_part;
    if (kind == LC_SQL_TIME) {
        micros += (int64_t)time->day * 86400 * 1000000;
        value.u.i = time->neg ? -micros : micros;
        return value;
    }
    if (!lc_sql_parse_moment(kind == LC_SQL_DATE ? LC_SQL_DATE : LC_SQL_TIMESTAMP, text, (size_t)len, &value.u.i))
        return (lc_sql_value){.kind = LC_SQL_NULL};
    if (kind != LC_SQL_DATE) value.u.i += micros;
    return value;
}
