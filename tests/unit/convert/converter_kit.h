/* What the converter tests share: one converter with its types and arena, texts in and texts out. */
#ifndef LC_TESTS_CONVERTER_KIT_H
#define LC_TESTS_CONVERTER_KIT_H

#include <stdlib.h>

#include "check.h"
#include "base/buf.h"
#include "convert/converter.h"
#include "data/record.h"
#include "kit.h"

typedef struct kit {
    lc_types *types;
    lc_arena arena;
    lc_converter *converter;
    char *text; /* the latest answer */
} kit;

/* `settings` is "key=value" pairs separated by blanks. */
static inline lc_error *kit_try_open(kit *k, const char *name, const char *settings, lc_converter_role role)
{
    lc_autoptr(lc_props) props = kit_props(settings);
    *k = (kit){.types = lc_types_new()};
    return lc_converter_open(lc_text_of(name), props, role, k->types, &k->converter);
}

static inline kit kit_open(const char *name, const char *settings)
{
    kit k;
    lc_error *error = kit_try_open(&k, name, settings, LC_ROLE_VALUE);
    if (error) fprintf(stderr, "%s\n", lc_error_message(error)), abort();
    return k;
}

static inline void kit_close(kit *k)
{
    lc_converter_close(k->converter);
    lc_types_free(k->types);
    lc_arena_done(&k->arena);
    free(k->text);
}

static inline const char *kit_keep(kit *k, char *text)
{
    free(k->text);
    return k->text = text;
}

static inline const char *kit_error(kit *k, lc_error *error)
{
    lc_buf out = {0};
    lc_buf_printf(&out, "%s: %s", lc_code_name(lc_error_code(error)), lc_error_message(error));
    lc_error_free(error);
    return kit_keep(k, lc_buf_detach(&out));
}

/* Bytes to a value, shown as "schema type|value" with "-" for no schema; or the error. */
static inline const char *kit_read_bytes(kit *k, lc_text bytes)
{
    const lc_schema *schema;
    lc_value value;
    lc_error *error = lc_converter_read(k->converter, &k->arena, LC_TEXT("t"), bytes, &schema, &value);
    if (error) return kit_error(k, error);
    lc_buf out = {0};
    lc_buf_printf(&out, "%s%s|", schema ? lc_type_java_name((lc_type)schema->type) : "-",
                  schema && schema->optional ? "?" : "");
    lc_value_to_text(&out, &value);
    return kit_keep(k, lc_buf_detach(&out));
}

static inline const char *kit_read(kit *k, const char *text)
{
    return kit_read_bytes(k, lc_text_of(text));
}

static inline const char *kit_write(kit *k, const lc_schema *schema, const lc_value *value)
{
    lc_text bytes;
    lc_error *error = lc_converter_write(k->converter, &k->arena, LC_TEXT("t"), schema, value, &bytes);
    if (error) return kit_error(k, error);
    if (!bytes.data) return kit_keep(k, strdup("(null)"));
    lc_buf out = {0};
    lc_buf_add(&out, bytes.data, bytes.len);
    return kit_keep(k, lc_buf_detach(&out));
}

/* Reads the text and writes what came of it. */
static inline const char *kit_round(kit *k, const char *text)
{
    const lc_schema *schema;
    lc_value value;
    lc_error *error =
        lc_converter_read(k->converter, &k->arena, LC_TEXT("t"), lc_text_of(text), &schema, &value);
    return error ? kit_error(k, error) : kit_write(k, schema, &value);
}

#endif
