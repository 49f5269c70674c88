#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

struct lc_json {
    lc_json_kind kind;
    bool boolean;
    int64_t number;    /* LC_JSON_INT */
    lc_text text;      /* owned: string, or a number as it was written */
    lc_json **items;   /* array */
    size_t count, cap; /* of items */
    lc_table *members; /* object; made with the first one */
};

static const char *const kind_names[] = {
    [LC_JSON_NULL] = "null",     [LC_JSON_BOOL] = "boolean",  [LC_JSON_INT] = "integer",
    [LC_JSON_NUMBER] = "number", [LC_JSON_STRING] = "string", [LC_JSON_ARRAY] = "array",
    [LC_JSON_OBJECT] = "object",
};

static lc_json *make(lc_json_kind kind)
{
    lc_json *value = lc_alloc(sizeof *value);
    value->kind = kind;
    return value;
}

static void free_member(void *value)
{
    lc_json_free(value);
}

void lc_json_free(lc_json *value)
{
    if (!value) return;
    for (size_t i = 0; i < value->count; i++) lc_json_free(value->items[i]);
    free(value->items);
    lc_table_free(value->members);
    free((char *)(uintptr_t)value->text.data);
    free(value);
}

static lc_json *copy_items(const lc_json *value, lc_json *copy)
{
    for (size_t i = 0; i < value->count; i++) lc_json_add(copy, lc_json_copy(value->items[i]));
    for (size_t i = 0; i < lc_table_count(value->members); i++)
        lc_json_set_at(copy, lc_table_key_text_at(value->members, i),
                       lc_json_copy(lc_table_value_at(value->members, i)));
    return copy;
}

lc_json *lc_json_copy(const lc_json *value)
{
    if (!value) return make(LC_JSON_NULL);
    lc_json *copy = make(value->kind);
    copy->boolean = value->boolean;
    copy->number = value->number;
    if (value->text.data)
        copy->text = (lc_text){lc_strndup(value->text.data, value->text.len), value->text.len};
    return copy_items(value, copy);
}

static bool equal_items(const lc_json *a, const lc_json *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!lc_json_equal(a->items[i], b->items[i])) return false;
    return true;
}

static bool equal_members(const lc_json *a, const lc_json *b)
{
    for (size_t i = 0; i < lc_table_count(a->members); i++) {
        const lc_json *other = lc_table_get_text(b->members, lc_table_key_text_at(a->members, i));
        if (!other || !lc_json_equal(lc_table_value_at(a->members, i), other)) return false;
    }
    return true;
}

bool lc_json_equal(const lc_json *a, const lc_json *b)
{
    if (lc_json_kind_of(a) != lc_json_kind_of(b)) return false;
    if (lc_json_kind_of(a) == LC_JSON_NULL) return true;
    return a->boolean == b->boolean && lc_text_eq(a->text, b->text) && lc_json_count(a) == lc_json_count(b) &&
           equal_items(a, b) && equal_members(a, b);
}

lc_json_kind lc_json_kind_of(const lc_json *value)
{
    return value ? value->kind : LC_JSON_NULL;
}

const char *lc_json_kind_name(const lc_json *value)
{
    return kind_names[lc_json_kind_of(value)];
}

bool lc_json_is(const lc_json *value, lc_json_kind kind)
{
    return lc_json_kind_of(value) == kind;
}

bool lc_json_bool(const lc_json *value, bool fallback)
{
    return lc_json_is(value, LC_JSON_BOOL) ? value->boolean : fallback;
}

bool lc_json_int(const lc_json *value, int64_t *ret_number)
{
    if (!lc_json_is(value, LC_JSON_INT)) return false;
    *ret_number = value->number;
    return true;
}

bool lc_json_double(const lc_json *value, double *ret_number)
{
    if (!lc_json_is(value, LC_JSON_INT) && !lc_json_is(value, LC_JSON_NUMBER)) return false;
    *ret_number = lc_strtod(value->text.data, NULL);
    return true;
}

const char *lc_json_string(const lc_json *value)
{
    return lc_json_is(value, LC_JSON_STRING) ? value->text.data : NULL;
}

lc_text lc_json_text(const lc_json *value)
{
    if (lc_json_is(value, LC_JSON_BOOL)) return value->boolean ? LC_TEXT("true") : LC_TEXT("false");
    return value ? value->text : (lc_text){0};
}

size_t lc_json_count(const lc_json *value)
{
    return value ? value->count + lc_table_count(value->members) : 0;
}

lc_json *lc_json_at(const lc_json *value, size_t at)
{
    if (at >= lc_json_count(value)) return NULL;
    return value->members ? lc_table_value_at(value->members, at) : value->items[at];
}

lc_json *lc_json_get(const lc_json *object, const char *key)
{
    return object ? lc_table_get(object->members, key) : NULL;
}

const char *lc_json_key_at(const lc_json *object, size_t at)
{
    return lc_table_key_at(object->members, at);
}

lc_text lc_json_key_text_at(const lc_json *object, size_t at)
{
    return lc_table_key_text_at(object->members, at);
}

lc_json *lc_json_new_object(void)
{
    return make(LC_JSON_OBJECT);
}

lc_json *lc_json_new_array(void)
{
    return make(LC_JSON_ARRAY);
}

lc_json *lc_json_new_null(void)
{
    return make(LC_JSON_NULL);
}

lc_json *lc_json_new_bool(bool value)
{
    lc_json *boolean = make(LC_JSON_BOOL);
    boolean->boolean = value;
    return boolean;
}

lc_json *lc_json_new_number(lc_text text)
{
    lc_json *number = make(LC_JSON_NUMBER);
    number->text = (lc_text){lc_strndup(text.data, text.len), text.len};
    if (memchr(text.data, '.', text.len) || memchr(text.data, 'e', text.len) ||
        memchr(text.data, 'E', text.len))
        return number;
    errno = 0;
    number->number = strtoll(number->text.data, NULL, 10);
    if (!errno) number->kind = LC_JSON_INT;
    return number;
}

lc_json *lc_json_new_int(int64_t value)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%" PRId64, value);
    return lc_json_new_number((lc_text){text, (size_t)len});
}

lc_json *lc_json_new_double(double value)
{
    if (!isfinite(value)) return lc_json_new_null();
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        lc_print_double(text, sizeof text, 'g', digits, value);
        if (lc_strtod(text, NULL) == value) break;
    }
    if (!strpbrk(text, ".e")) strcat(text, ".0");
    return lc_json_new_number(lc_text_of(text));
}

lc_json *lc_json_new_text(lc_text text)
{
    if (!text.data) return lc_json_new_null();
    lc_json *string = make(LC_JSON_STRING);
    string->text = (lc_text){lc_strndup(text.data, text.len), text.len};
    return string;
}

lc_json *lc_json_new_string(const char *text)
{
    return lc_json_new_text(lc_text_of(text));
}

lc_json *lc_json_new_props(const lc_props *props)
{
    lc_json *object = lc_json_new_object();
    for (size_t i = 0; i < lc_props_count(props); i++)
        lc_json_set_at(object, lc_props_key_text_at(props, i), lc_json_new_text(lc_props_text_at(props, i)));
    return object;
}

lc_json *lc_json_add(lc_json *array, lc_json *value)
{
    if (!value) value = lc_json_new_null();
    array->items = lc_grow(array->items, &array->cap, array->count + 1, sizeof(lc_json *));
    array->items[array->count++] = value;
    return value;
}

lc_json *lc_json_set_at(lc_json *object, lc_text key, lc_json *value)
{
    if (!value) value = lc_json_new_null();
    if (!object->members) object->members = lc_table_new(free_member);
    lc_table_put_text(object->members, key, value);
    return value;
}

lc_json *lc_json_set(lc_json *object, const char *key, lc_json *value)
{
    return lc_json_set_at(object, lc_text_of(key), value);
}

void lc_json_set_string(lc_json *object, const char *key, const char *text)
{
    lc_json_set(object, key, lc_json_new_string(text));
}

void lc_json_set_int(lc_json *object, const char *key, int64_t value)
{
    lc_json_set(object, key, lc_json_new_int(value));
}

void lc_json_set_bool(lc_json *object, const char *key, bool value)
{
    lc_json_set(object, key, lc_json_new_bool(value));
}

bool lc_json_remove(lc_json *object, const char *key)
{
    return object->members && lc_table_remove(object->members, key);
}

lc_error *lc_json_to_props(const lc_json *object, lc_props **ret_props)
{
    if (!lc_json_is(object, LC_JSON_OBJECT))
        return lc_fail(LC_E_BAD_REQUEST, "a configuration must be a JSON object, not %s",
                       lc_json_kind_name(object));
    lc_autoptr(lc_props) props = lc_props_new();
    for (size_t i = 0; i < lc_json_count(object); i++) {
        const lc_json *value = lc_json_at(object, i);
        if (value->kind == LC_JSON_ARRAY || value->kind == LC_JSON_OBJECT)
            return lc_fail(LC_E_BAD_REQUEST, "the value of \"%s\" must be a string or null, not %s",
                           lc_json_key_at(object, i), lc_json_kind_name(value));
        lc_props_set_text(props, lc_json_key_text_at(object, i), lc_json_text(value));
    }
    *ret_props = lc_steal(props);
    return NULL;
}
