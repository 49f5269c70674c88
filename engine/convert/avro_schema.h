/* Avro schemas as a graph: parsed from JSON, made from Connect schemas, compared, printed.
 *
 *   {"type":"record","name":"R","fields":[{"name":"a","type":["null","int"],"default":null}]}
 *
 *   lc_avro RECORD R ─▶ field a ─▶ lc_avro UNION ─▶ NULL
 *                                              └──▶ INT
 *
 * Follows Apache Avro 1.12 for Java: names, forward references, properties in order, checks of defaults, and
 * Schema.toString to the byte. Nodes of named types are shared, so the graph may have cycles. All nodes live
 * in one lc_avro_store and end with it. Knows nothing of Connect or of registries. One thread at a time. */
#ifndef LC_CONVERT_AVRO_SCHEMA_H
#define LC_CONVERT_AVRO_SCHEMA_H

#include "base/arena.h"
#include "base/json.h"

typedef enum lc_avro_type {
    LC_AVRO_NULL,
    LC_AVRO_BOOLEAN,
    LC_AVRO_INT,
    LC_AVRO_LONG,
    LC_AVRO_FLOAT,
    LC_AVRO_DOUBLE,
    LC_AVRO_BYTES,
    LC_AVRO_STRING,
    LC_AVRO_RECORD,
    LC_AVRO_ENUM,
    LC_AVRO_FIXED,
    LC_AVRO_ARRAY,
    LC_AVRO_MAP,
    LC_AVRO_UNION
} lc_avro_type;

typedef struct lc_avro lc_avro;

typedef struct lc_avro_prop lc_avro_prop;
struct lc_avro_prop {
    lc_text key;
    const lc_json *value;
    lc_avro_prop *next;
};

typedef struct lc_avro_props {
    lc_avro_prop *first, *last; /* in order */
} lc_avro_props;

typedef struct lc_avro_field {
    lc_text name;
    lc_text doc; /* data NULL: none */
    const lc_avro *schema;
    const lc_json *fallback; /* default; NULL: none */
    lc_text order;           /* "descending", "ignore"; data NULL: ascending */
    const lc_text *aliases;
    uint32_t alias_count;
    lc_avro_props props;
} lc_avro_field;

/* Read its fields freely; change it only while it is being made. */
struct lc_avro {
    lc_avro_type type;
    bool is_error;   /* RECORD written as "error" */
    bool has_fields; /* RECORD: its fields are known */
    uint32_t id;     /* dense from 0 within its store, for tables beside it */
    lc_text name;    /* named types: the last part of the full name */
    lc_text space;   /* named types: what stands before it; data NULL: none */
    lc_text full;    /* named types: the full name; others: the name of the type */
    lc_text doc;
    lc_avro_props props;
    const lc_text *aliases; /* named types: full names */
    uint32_t alias_count;
    lc_avro_field *fields;  /* RECORD */
    const lc_text *symbols; /* ENUM */
    lc_text enum_default;
    const lc_avro **branches; /* UNION */
    const lc_avro *items;     /* ARRAY items, MAP values */
    uint32_t count;           /* of fields, symbols or branches */
    int32_t size;             /* FIXED */
};

typedef struct lc_avro_store {
    lc_arena arena;
    lc_json **trees; /* that properties and defaults point into */
    size_t tree_count, tree_cap;
    uint32_t node_count;
} lc_avro_store;

void lc_avro_store_init(lc_avro_store *store);
void lc_avro_store_done(lc_avro_store *store);
/* The tree belongs to the store from now on; returns it. */
lc_json *lc_avro_keep(lc_avro_store *store, lc_json *tree);

enum {
    LC_AVRO_DEPTH_MAX = 512,            /* nesting of data and of expanded schemas */
    LC_AVRO_TEXT_MAX = 4 * 1024 * 1024, /* bytes of one schema */
    LC_AVRO_FIXED_MAX = 256 * 1024 * 1024
};

/* A schema that others may refer to by name. */
typedef struct lc_avro_names lc_avro_names;

/* Schema.Parser: reads `text`; names that earlier calls with the same `names` defined are known (schema
 * references). `names` may be NULL. Errors: LC_E_DATA with Avro's texts ("No type: …", "Illegal character
 * in: a.b", "Can't redefine: R"). */
lc_error *lc_avro_parse(lc_avro_store *store, lc_avro_names *names, lc_text text,
                        const lc_avro **ret_schema) LC_RESULT;
lc_avro_names *lc_avro_names_new(void);
void lc_avro_names_free(lc_avro_names *names); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_avro_names, lc_avro_names_free)

/* Schema.toString: compact JSON, named types in full where they come first. */
void lc_avro_print(const lc_avro *schema, lc_buf *out);

/* Schema.equals: types, names, fields and properties; docs and aliases don't count. */
bool lc_avro_equal(const lc_avro *a, const lc_avro *b);

/* Schema.isValidDefault; a union's default fits any of its branches. True for a type not known yet (NULL). */
bool lc_avro_is_default(const lc_avro *schema, const lc_json *value);

/* The number of a JSON default of float or double; NaN and the infinities are texts, as Jackson writes them.
 */
bool lc_avro_real(const lc_json *value, double *ret_real);

/* "int", "record", …; the index of a type by such a name, or -1. */
const char *lc_avro_type_name(lc_avro_type type);
int lc_avro_type_of(lc_text name);
static inline bool lc_avro_is_named(const lc_avro *schema)
{
    return schema->type >= LC_AVRO_RECORD && schema->type <= LC_AVRO_FIXED;
}

const lc_json *lc_avro_prop_get(const lc_avro *schema, const char *key); /* NULL: none */
lc_text lc_avro_prop_text(const lc_avro *schema, const char *key);       /* data NULL: none, or no string */
const lc_avro_field *lc_avro_find_field(const lc_avro *record, lc_text name, uint32_t *ret_index);

/* Making schemas. Texts are borrowed: they must live as long as the store. */
lc_avro *lc_avro_new(lc_avro_store *store, lc_avro_type type);
/* Schema.Name: a dotted `name` brings its own namespace. LC_E_DATA for names that Avro refuses. */
lc_error *lc_avro_set_name(lc_avro_store *store, lc_avro *schema, lc_text name, lc_text space) LC_RESULT;
/* NameValidator.UTF_VALIDATOR. */
lc_error *lc_avro_check_name(lc_text name) LC_RESULT;
/* Takes the value. LC_E_DATA "Can't overwrite property: k" when there is another value. */
lc_error *lc_avro_add_prop(lc_avro_store *store, lc_avro *schema, lc_text key, lc_json *value) LC_RESULT;
/* Checks what a union may hold: no union, no type twice. */
lc_error *lc_avro_check_union(const lc_avro *schema) LC_RESULT;
/* Checks symbols and default of an enum; that no field comes twice in a record. */
lc_error *lc_avro_check_enum(const lc_avro *schema) LC_RESULT;
lc_error *lc_avro_check_fields(const lc_avro *schema) LC_RESULT;
/* Internal to the parser and the makers: appends a property. */
void lc_avro_props_add(lc_avro_store *store, lc_avro_props *props, lc_text key, const lc_json *value);

#endif
