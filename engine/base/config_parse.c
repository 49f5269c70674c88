#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_internal.h"
#include "base/memory.h"

typedef struct source {
    const lc_config_def *def;
    lc_text raw;  /* as given */
    lc_text text; /* trimmed, NUL-terminated, in `memory` */
    lc_arena *memory;
} source;

/* Parses source.text into the value; the detail of the error, or NULL. */
typedef const char *parse_fn(source *from, lc_config_value *value);

static const char *parse_text(source *from, lc_config_value *value)
{
    value->text = from->text;
    return NULL;
}

static const char *parse_boolean(source *from, lc_config_value *value)
{
    value->boolean = lc_text_eq_nocase(from->text, LC_TEXT("true"));
    if (value->boolean || lc_text_eq_nocase(from->text, LC_TEXT("false"))) return NULL;
    return "Expected value to be either true or false";
}

/* Long.parseLong with bounds: an optional sign and digits, nothing else. */
static bool to_integer(lc_text text, int64_t min, int64_t max, int64_t *ret_number)
{
    bool negative = text.len && text.data[0] == '-';
    size_t at = negative || (text.len && text.data[0] == '+') ? 1 : 0;
    if (at == text.len) return false;
    int64_t number = 0;
    for (; at < text.len; at++) {
        int digit = text.data[at] - '0';
        if (digit < 0 || digit > 9) return false;
        if (__builtin_mul_overflow(number, 10, &number)) return false;
        if (__builtin_sub_overflow(number, digit, &number)) return false; /* negative, to reach INT64_MIN */
    }
    if (!negative && __builtin_sub_overflow(0, number, &number)) return false;
    if (number < min || number > max) return false;
    *ret_number = number;
    return true;
}

static const char *parse_int(source *from, lc_config_value *value)
{
    return to_integer(from->text, INT32_MIN, INT32_MAX, &value->number) ? NULL : "Not a number of type INT";
}

static const char *parse_short(source *from, lc_config_value *value)
{
    return to_integer(from->text, INT16_MIN, INT16_MAX, &value->number) ? NULL : "Not a number of type SHORT";
}

static const char *parse_long(source *from, lc_config_value *value)
{
    return to_integer(from->text, INT64_MIN, INT64_MAX, &value->number) ? NULL : "Not a number of type LONG";
}

/* Double.parseDouble takes what strtod takes, but spells the special values differently and allows a type
 * suffix. */
static const char *parse_double(source *from, lc_config_value *value)
{
    static const char wrong[] = "Not a number of type DOUBLE";
    const char *text = from->text.data, *body = text + (*text == '-' || *text == '+');
    if (!strcmp(body, "NaN") || !strcmp(body, "Infinity")) {
        value->real = lc_strtod(text, NULL);
        return NULL;
    }
    if (!isdigit((unsigned char)*body) && *body != '.') return wrong;
    char *end;
    value->real = lc_strtod(text, &end);
    if (*end && strchr("dDfF", *end)) end++;
    return end == text || *end ? wrong : NULL;
}

static size_t count_commas(lc_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) count += text.data[i] == ',';
    return count;
}

static const char *parse_list(source *from, lc_config_value *value)
{
    if (!from->text.len) return NULL;
    const char **items = lc_arena_alloc(from->memory, (count_commas(from->text) + 1) * sizeof *items);
    const char *at = from->text.data, *end = at + from->text.len;
    for (;;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        lc_text item = {at, (size_t)((comma ? comma : end) - at)};
        item = lc_text_trim(item);
        items[value->list.count++] = lc_arena_copy(from->memory, item.data, item.len);
        if (!comma) break;
        at = comma + 1;
    }
    value->list.items = items;
    return NULL;
}

static const char *parse_class(source *from, lc_config_value *value)
{
    value->text = from->text;
    if (!from->def->find_class) return NULL;
    const char *name = from->def->find_class(from->def->find_context, from->text.data);
    if (!name) return lc_arena_printf(from->memory, "Class %s could not be found.", from->raw.data);
    value->text = (lc_text){lc_arena_copy(from->memory, name, strlen(name)), strlen(name)};
    return NULL;
}

static const char *parse_duration(source *from, lc_config_value *value)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {
        {"",   1       },
        {"ms", 1       },
        {"s",  1000    },
        {"m",  60000   },
        {"h",  3600000 },
        {"d",  86400000}
    };
    lc_text number = from->text;
    while (number.len && isalpha((unsigned char)number.data[number.len - 1])) number.len--;
    const char *unit = number.data + number.len;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name)) continue;
        if (!to_integer(lc_text_trim(number), INT64_MIN, INT64_MAX, &value->number)) break;
        if (__builtin_mul_overflow(value->number, units[i].ms, &value->number)) break;
        return NULL;
    }
    return "Not a duration, such as 500ms, 10s, 5m, 2h or 1d";
}

static parse_fn *const parsers[] = {
    [LC_CONFIG_STRING] = parse_text,   [LC_CONFIG_BOOLEAN] = parse_boolean,
    [LC_CONFIG_INT] = parse_int,       [LC_CONFIG_SHORT] = parse_short,
    [LC_CONFIG_LONG] = parse_long,     [LC_CONFIG_DOUBLE] = parse_double,
    [LC_CONFIG_LIST] = parse_list,     [LC_CONFIG_CLASS] = parse_class,
    [LC_CONFIG_PASSWORD] = parse_text, [LC_CONFIG_DURATION] = parse_duration,
    [LC_CONFIG_CHOICE] = parse_text,
};

lc_error *lc_config_parse_text(const lc_config_def *def, const lc_config_key *key, lc_text raw,
                               lc_arena *memory, lc_config_value *ret_value)
{
    *ret_value = (lc_config_value){.type = key->type, .is_null = true};
    if (!raw.data) return NULL;
    lc_text trimmed = lc_text_trim(raw);
    source from = {
        def, raw, {lc_arena_copy(memory, trimmed.data, trimmed.len), trimmed.len},
          memory
    };
    lc_config_value value = {.type = key->type};
    const char *detail = parsers[key->type](&from, &value);
    if (detail) return lc_config_invalid(key->name, raw.data, detail);
    *ret_value = value;
    return NULL;
}

lc_error *lc_config_parse_default(const lc_config_def *def, const lc_config_key *key, lc_arena *memory,
                                  lc_config_value *ret_value)
{
    return lc_config_parse_text(def, key, lc_text_of(key->required ? NULL : key->fallback), memory,
                                ret_value);
}

lc_error *lc_config_fail_missing(const lc_config_key *key)
{
    return lc_fail(LC_E_CONFIG, "Missing required configuration \"%s\" which has no default value.",
                   key->name);
}

lc_config_values *lc_config_values_new(void)
{
    lc_config_values *values = lc_alloc(sizeof *values);
    values->values = lc_table_new(NULL);
    return values;
}

void lc_config_values_free(lc_config_values *values)
{
    if (!values) return;
    lc_table_free(values->values);
    lc_arena_done(&values->memory);
    free(values);
}

void lc_config_values_put(lc_config_values *values, const char *name, const lc_config_value *value)
{
    lc_config_value *copy = lc_arena_alloc(&values->memory, sizeof *copy);
    *copy = *value;
    lc_table_put(values->values, name, copy);
}

static lc_error *parse_key(const lc_config_def *def, const lc_config_key *key, const lc_props *props,
                           lc_config_values *values)
{
    lc_config_value value;
    if (lc_props_has(props, key->name))
        LC_TRY(lc_config_parse_text(def, key, lc_props_text(props, key->name), &values->memory, &value));
    else if (key->required) return lc_config_fail_missing(key);
    else LC_TRY(lc_config_parse_default(def, key, &values->memory, &value));
    LC_TRY(lc_config_check_value(key, &value));
    lc_config_values_put(values, key->name, &value);
    return NULL;
}

lc_error *lc_config_parse(const lc_config_def *def, const lc_props *props, lc_config_values **ret_values)
{
    lc_autoptr(lc_config_values) values = lc_config_values_new();
    for (size_t i = 0; i < lc_config_def_count(def); i++)
        LC_TRY(parse_key(def, lc_config_def_at(def, i), props, values));
    *ret_values = lc_steal(values);
    return NULL;
}

const lc_config_value *lc_config_values_find(const lc_config_values *values, const char *name)
{
    return lc_table_get(values->values, name);
}

const lc_config_value *lc_config_get(const lc_config_values *values, const char *name)
{
    const lc_config_value *value = lc_config_values_find(values, name);
    if (value) return value;
    fprintf(stderr, "luaconnect: configuration %s is not defined\n", name);
    abort();
}

bool lc_config_is_null(const lc_config_values *values, const char *name)
{
    return lc_config_get(values, name)->is_null;
}

const char *lc_config_string(const lc_config_values *values, const char *name)
{
    return lc_config_get(values, name)->text.data;
}

bool lc_config_bool(const lc_config_values *values, const char *name)
{
    return lc_config_get(values, name)->boolean;
}

int64_t lc_config_int(const lc_config_values *values, const char *name)
{
    return lc_config_get(values, name)->number;
}

double lc_config_double(const lc_config_values *values, const char *name)
{
    return lc_config_get(values, name)->real;
}

lc_config_list lc_config_list_of(const lc_config_values *values, const char *name)
{
    return lc_config_get(values, name)->list;
}

size_t lc_config_values_count(const lc_config_values *values)
{
    return lc_table_count(values->values);
}

const char *lc_config_values_name_at(const lc_config_values *values, size_t at)
{
    return lc_table_key_at(values->values, at);
}

const lc_config_value *lc_config_values_at(const lc_config_values *values, size_t at)
{
    return lc_table_value_at(values->values, at);
}
