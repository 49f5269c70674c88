/* Converters: bytes of Kafka ↔ Connect values. One interface for keys, values and headers.
 *
 * A converter belongs to one task (one thread): it interns schemas in the task's lc_types and may remember
 * what the previous record looked like. Values it reads may point into `bytes`, which must live as long as
 * the batch; bytes it writes live in the batch's arena. Errors are per record: LC_E_DATA with Connect's
 * texts (contract in converters.md of Kafka Connect 4.1). */
#ifndef LC_CONVERT_CONVERTER_H
#define LC_CONVERT_CONVERTER_H

#include "base/config_def.h"
#include "base/map.h"
#include "data/record.h"

typedef struct lc_converter lc_converter;

typedef enum lc_converter_role { LC_ROLE_KEY, LC_ROLE_VALUE, LC_ROLE_HEADER } lc_converter_role;

/* What a kind of converter implements. */
typedef struct lc_converter_class {
    const char *java_class; /* full name */
    const char *version;
    bool is_converter;        /* for keys and values */
    bool is_header_converter;
    /* Takes the settings with the prefix ("value.converter.") removed. LC_E_CONFIG on bad ones. */
    lc_error *(*open)(const lc_props *settings, lc_converter_role role, lc_types *types, lc_converter **ret_converter);
    void (*close)(lc_converter *converter);
    /* bytes.data NULL is a Kafka null. `name` is the topic, or the header's key (for messages). */
    lc_error *(*read)(lc_converter *converter, lc_arena *arena, lc_text name, lc_text bytes,
                      const lc_schema **ret_schema, lc_value *ret_value);
    /* ret_bytes->data NULL is a Kafka null. May alias the value's own bytes. */
    lc_error *(*write)(lc_converter *converter, lc_arena *arena, lc_text name, const lc_schema *schema,
                       const lc_value *value, lc_text *ret_bytes);
    /* Adds its settings to a definition, for validation; NULL: runtime/converter_defs.c has them. */
    void (*define)(lc_config_def *def);
    /* Settings that Java's class doesn't have; for the manual. NULL: none. */
    void (*define_own)(lc_config_def *def);
} lc_converter_class;

/* Every converter starts with this. */
struct lc_converter {
    const lc_converter_class *klass;
    lc_converter_role role;
    lc_types *types;
};

static inline lc_error *lc_converter_read(lc_converter *converter, lc_arena *arena, lc_text name, lc_text bytes,
                                          const lc_schema **ret_schema, lc_value *ret_value)
{
    return converter->klass->read(converter, arena, name, bytes, ret_schema, ret_value);
}

static inline lc_error *lc_converter_write(lc_converter *converter, lc_arena *arena, lc_text name,
                                           const lc_schema *schema, const lc_value *value, lc_text *ret_bytes)
{
    return converter->klass->write(converter, arena, name, schema, value, ret_bytes);
}

/* Finds a class by full name, simple name ("JsonConverter") or pruned name ("Json", header: "Simple");
 * NULL when there is none. */
const lc_converter_class *lc_converter_find(lc_text name, bool header);
/* All classes, for listings; NULL-terminated. */
const lc_converter_class *const *lc_converter_classes(void);
/* Opens by class name; LC_E_CONFIG names the key and what exists. */
lc_error *lc_converter_open(lc_text java_class, const lc_props *settings, lc_converter_role role, lc_types *types,
                            lc_converter **ret_converter) LC_RESULT;
void lc_converter_close(lc_converter *converter); /* accepts NULL */

#endif
