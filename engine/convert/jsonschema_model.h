/* JSON Schemas as Confluent's converter sees them: typed by their keywords, with references to follow.
 *
 *   {"type":["null","integer"]}   ─▶ ANY of NULL, NUMBER
 *   {"type":"object","oneOf":[…]} ─▶ ALL of (ONE of …), OBJECT
 *   {"$ref":"#/definitions/X"}    ─▶ REF, typed when it is followed
 *
 * A store holds a schema and the documents it refers to, each under its name. Knows nothing of registries or
 * Connect. One thread at a time. */
#ifndef LC_CONVERT_JSONSCHEMA_MODEL_H
#define LC_CONVERT_JSONSCHEMA_MODEL_H

#include "base/arena.h"
#include "base/json.h"

typedef enum lc_js_kind {
    LC_JS_ANYTHING, /* nothing is said of the type */
    LC_JS_NULL,
    LC_JS_BOOLEAN,
    LC_JS_INTEGER,
    LC_JS_NUMBER,
    LC_JS_STRING,
    LC_JS_CONST,
    LC_JS_SYMBOLS, /* "enum" */
    LC_JS_ARRAY,
    LC_JS_OBJECT,
    LC_JS_ONE, /* oneOf and anyOf; several types */
    LC_JS_ALL, /* allOf; several keywords that each say something of the type */
    LC_JS_REF
} lc_js_kind;

typedef struct lc_js lc_js;
struct lc_js {
    lc_js_kind kind;
    bool is_part; /* one of several in the same object, which has the attributes (title and so on) */
    bool has_format;
    const lc_json *json; /* its keywords */
    const lc_json *root; /* the document it stands in */
    uint32_t count;
    const lc_js **parts;  /* ONE, ALL; OBJECT: of its properties */
    const lc_text *names; /* OBJECT */
    const lc_js *inner;   /* ARRAY: of all items; OBJECT: of additional properties; NULL: none is given */
};

typedef struct lc_js_document {
    char *name;
    lc_json *json;
} lc_js_document;

typedef struct lc_js_typed {
    const lc_json *json;
    const lc_js *schema;
} lc_js_typed;

typedef struct lc_js_store {
    lc_arena arena;
    lc_js_document *documents;
    size_t document_count, document_cap;
    lc_js_typed *typed; /* what references led to, by hash of the pointer */
    size_t typed_count, typed_mask;
    uint32_t node_count;
} lc_js_store;

/* A zeroed store is empty. */
void lc_js_store_done(lc_js_store *store);

/* Adds a document that others refer to by `name`. LC_E_DATA when it is no JSON. */
lc_error *lc_js_store_add(lc_js_store *store, lc_text name, lc_text text, const lc_json **ret_json) LC_RESULT;
bool lc_js_store_has(const lc_js_store *store, lc_text name);

/* The schema at the top of a document. LC_E_DATA when it is none. */
lc_error *lc_js_parse(lc_js_store *store, const lc_json *document, const lc_js **ret_schema) LC_RESULT;

/* What a reference leads to; one that leads to another reference isn't followed further. LC_E_DATA when there
 * is nothing. */
lc_error *lc_js_follow(lc_js_store *store, const lc_js *reference, const lc_js **ret_schema) LC_RESULT;

/* The JSON that `reference`, in the document `root`, stands for, and the document of that. LC_E_DATA. */
lc_error *lc_js_look_up(const lc_js_store *store, const lc_json *root, lc_text reference,
                        const lc_json **ret_json, const lc_json **ret_root) LC_RESULT;

/* An attribute of a schema; NULL: it has none. */
const lc_json *lc_js_attribute(const lc_js *schema, const char *name);

#endif
