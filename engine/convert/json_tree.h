/* A JSON document as a tree of nodes in an arena: for schemas, and for payloads that the one-pass readers
 * leave alone. Duplicate members keep the first one's place and the last one's value, as Jackson does. */
#ifndef LC_CONVERT_JSON_TREE_H
#define LC_CONVERT_JSON_TREE_H

#include "convert/json_scan.h"

typedef enum lc_node_kind {
    LC_NODE_MISSING, /* of an empty text */
    LC_NODE_NULL,
    LC_NODE_BOOLEAN,
    LC_NODE_NUMBER,
    LC_NODE_STRING,
    LC_NODE_ARRAY,
    LC_NODE_OBJECT
} lc_node_kind;

typedef struct lc_node lc_node;
struct lc_node {
    lc_node_kind kind;
    bool truth;       /* BOOLEAN */
    lc_number number; /* NUMBER */
    lc_text text;     /* STRING: its value; NUMBER: as written */
    lc_node *items;   /* ARRAY: items; OBJECT: values */
    lc_text *names;   /* OBJECT */
    uint32_t count;
    uint32_t cap;
    const char *start; /* where its text begins and ends in the source */
    const char *end;
};

/* Reads the first value of the source; what follows is not looked at. Error: SerializationException. */
lc_error *lc_tree_read(lc_source *source, lc_node *ret) LC_RESULT;

/* The member's value; NULL when there is none or `node` is no object. */
const lc_node *lc_node_get(const lc_node *node, const char *name);
const lc_node *lc_node_get_text(const lc_node *node, lc_text name);
/* JsonNodeType's name: "STRING". */
const char *lc_node_kind_name(const lc_node *node);

/* Jackson's accessors, which give 0, false or no text for nodes of another kind. */
int64_t lc_node_long(const lc_node *node, lc_arena *scratch); /* intValue and narrower: the low bits of it */
double lc_node_double(const lc_node *node);
float lc_node_float(const lc_node *node);
bool lc_node_is_integral(const lc_node *node);
bool lc_node_is_int32(const lc_node *node); /* isInt: integral and within 32 bits */

#endif
