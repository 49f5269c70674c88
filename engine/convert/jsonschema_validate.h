/* Whether JSON keeps all rules of a JSON Schema: drafts 4 to 2020-12, without "unevaluated…" and dynamic
 * references, which count as kept.
 *
 * The keywords of a schema are made into rules when it is first looked at, and kept. One thread at a time. */
#ifndef LC_CONVERT_JSONSCHEMA_VALIDATE_H
#define LC_CONVERT_JSONSCHEMA_VALIDATE_H

#include "convert/json_tree.h"
#include "convert/jsonschema_model.h"
#include "java/regex.h"

typedef struct lc_js_validator lc_js_validator;

/* For the schemas of `store`, which must outlive it. */
lc_js_validator *lc_js_validator_new(const lc_js_store *store);
void lc_js_validator_free(lc_js_validator *validator); /* accepts NULL */

/* LC_E_SERIALIZATION naming the first rule that is broken, and where: "#/a/b: expected type: String, found:
 * Integer". Also when checking takes too many steps. */
lc_error *lc_js_validate(lc_js_validator *validator, const lc_json *schema, const lc_node *value) LC_RESULT;

/* Where in the value we are. */
typedef struct lc_js_step {
    const struct lc_js_step *outer;
    lc_text name; /* data NULL: an item, `index` */
    uint32_t index;
} lc_js_step;

typedef struct lc_js_rule lc_js_rule;
struct lc_js_rule {
    /* Is it kept? Notes why not. */
    bool (*check)(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value);
    const lc_json *given;  /* the keyword's value */
    const lc_json *schema; /* all keywords next to it */
    const lc_json *root;
    lc_regex **regexes; /* of a pattern, of each member of patternProperties; NULL where they are no regex */
    size_t regex_count;
};

struct lc_js_validator {
    const lc_js_store *store;
    struct lc_js_rules **rules; /* by hash of the schema's pointer */
    size_t mask, count;
    lc_arena arena; /* rules */
    const lc_js_step *step;
    unsigned quiet; /* a failure decides nothing yet */
    unsigned depth;
    size_t work;
    lc_buf fault;
};

/* Notes the first rule that is broken; always false. */
bool lc_js_broken(lc_js_validator *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Is the value as the schema at `json`, in the document `root`, says? */
bool lc_js_holds(lc_js_validator *v, const lc_json *json, const lc_json *root, const lc_node *value);

/* Is the document of draft 2019-09 or later? */
bool lc_js_is_modern(const lc_json *root);

/* A keyword that is about the value alone: what checks it. */
typedef struct lc_js_keyword {
    const char *name;
    bool (*check)(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value);
} lc_js_keyword;
extern const lc_js_keyword lc_js_simple_keywords[]; /* of jsonschema_check.c; ends with name NULL */

bool lc_js_node_equals(const lc_node *node, const lc_json *json);
/* Whether two nodes are equal; equal ones have the same hash. */
bool lc_js_nodes_equal(const lc_node *a, const lc_node *b);
uint32_t lc_js_node_hash(const lc_node *node);

#endif
