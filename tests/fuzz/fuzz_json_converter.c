/* JsonConverter: never reads past its message; what a converter remembers of earlier messages never changes
 * an answer; what it writes reads back as the same value. */
#include <math.h>
#include <stdlib.h>

#include "convert/converter.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { SETTINGS = 8, RUNS = 2000 };

/* Converters that have seen earlier inputs, renewed now and then so that the table doesn't fill up. */
static struct {
    lc_types *types;
    lc_converter *warm[SETTINGS];
    int runs;
} state;

typedef struct outcome {
    lc_error *error;
    const lc_schema *schema;
    lc_value value;
} outcome;

static lc_converter *open_converter(unsigned settings)
{
    lc_autoptr(lc_props) props = lc_props_new();
    lc_props_set(props, "schemas.enable", settings & 1 ? "true" : "false");
    lc_props_set(props, "decimal.format", settings & 2 ? "NUMERIC" : "BASE64");
    lc_props_set(props, "replace.null.with.default", settings & 4 ? "false" : "true");
    lc_converter *converter = NULL;
    if (lc_converter_open(LC_TEXT("JsonConverter"), props, LC_ROLE_VALUE, state.types, &converter)) abort();
    return converter;
}

static void renew(void)
{
    for (unsigned i = 0; i < SETTINGS; i++) lc_converter_close(state.warm[i]);
    lc_types_free(state.types);
    state.types = lc_types_new();
    for (unsigned i = 0; i < SETTINGS; i++) state.warm[i] = open_converter(i);
    state.runs = 0;
}

static outcome read_with(lc_converter *converter, lc_arena *arena, lc_text bytes)
{
    outcome out = {0};
    out.error = lc_converter_read(converter, arena, LC_TEXT("t"), bytes, &out.schema, &out.value);
    return out;
}

/* Infinity is written as a string and BigDecimal has no negative zero, so these don't come back. */
static bool comes_back(const lc_value *value)
{
    if (value->kind == LC_FLOAT64) return isfinite(value->u.d) && !(value->u.d == 0 && signbit(value->u.d));
    if (value->kind == LC_ARRAY) {
        for (uint32_t i = 0; i < value->u.list->count; i++)
            if (!comes_back(&value->u.list->items[i])) return false;
    } else if (lc_value_is_object(value)) {
        for (uint32_t i = 0; i < value->u.object->shape->count; i++)
            if (!comes_back(&value->u.object->slots[i])) return false;
    }
    return true;
}

static void check_round_trip(lc_converter *converter, lc_arena *arena, const outcome *read)
{
    lc_text text;
    lc_error *error = lc_converter_write(converter, arena, LC_TEXT("t"), read->schema, &read->value, &text);
    lc_error_free(error);
    if (error || !text.data || read->schema || !comes_back(&read->value)) return;
    outcome again = read_with(converter, arena, text);
    if (again.error || !lc_value_equal(&again.value, &read->value)) abort();
}

static void check_same(const outcome *a, const outcome *b)
{
    if (!a->error != !b->error) abort();
    if (a->error && strcmp(lc_error_message(a->error), lc_error_message(b->error)) != 0) abort();
    if (!a->error && (a->schema != b->schema || !lc_value_equal(&a->value, &b->value))) abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0) return 0;
    if (!state.types || ++state.runs > RUNS) renew();
    unsigned settings = data[0] % SETTINGS;
    lc_auto(lc_arena) arena = {0};
    /* A copy of its own, so that a byte read behind it is found. */
    char *message = malloc(size);
    memcpy(message, data + 1, size - 1);
    message = realloc(message, size - 1 ? size - 1 : 1);
    lc_text bytes = {message, size - 1};
    lc_converter *fresh = open_converter(settings);
    outcome first = read_with(fresh, &arena, bytes), second = read_with(state.warm[settings], &arena, bytes);
    outcome third = read_with(state.warm[settings], &arena, bytes);
    check_same(&first, &second);
    check_same(&first, &third);
    if (!first.error) check_round_trip(state.warm[settings], &arena, &third);
    lc_error_free(first.error);
    lc_error_free(second.error);
    lc_error_free(third.error);
    lc_converter_close(fresh);
    free(message);
    return 0;
}
