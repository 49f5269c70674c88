/* SimpleHeaderConverter and Values: any text gives a value, the same one each time, and the value can be
 * written. */
#include <stdlib.h>

#include "convert/converter.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { RUNS = 2000 };

static struct {
    lc_types *types;
    lc_converter *converter;
    int runs;
} state;

static void renew(void)
{
    lc_converter_close(state.converter);
    lc_types_free(state.types);
    state.types = lc_types_new();
    state.runs = 0;
    if (lc_converter_open(LC_TEXT("Simple"), NULL, LC_ROLE_HEADER, state.types, &state.converter)) abort();
}

static const lc_schema *read_once(lc_arena *arena, lc_text bytes, lc_value *ret)
{
    const lc_schema *schema = NULL;
    if (lc_converter_read(state.converter, arena, LC_TEXT("h"), bytes, &schema, ret)) abort();
    return schema;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (!state.types || ++state.runs > RUNS) renew();
    lc_auto(lc_arena) arena = {0};
    char *message = malloc(size ? size : 1);
    if (size) memcpy(message, data, size);
    lc_text bytes = {message, size}, text;
    lc_value value, again;
    const lc_schema *schema = read_once(&arena, bytes, &value);
    if (read_once(&arena, bytes, &again) != schema || !lc_value_equal(&value, &again)) abort();
    lc_error *error = lc_converter_write(state.converter, &arena, LC_TEXT("h"), schema, &value, &text);
    if (!error && text.data) read_once(&arena, text, &again);
    lc_error_free(error);
    free(message);
    return 0;
}
