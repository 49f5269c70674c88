/* Rules about what is inside of a value, and rules made of other schemas. */
#include "convert/jsonschema_validate.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

enum {
    DEPTH_MAX = 400,
    WORK_MAX = 2000000, /* rules looked at for one value */
    TEXT_CUT = 60
};

typedef struct lc_js_rules {
    const lc_json *schema;
    bool always_false; /* the schema `false` */
    uint32_t count;
    lc_js_rule items[];
} lc_js_rules;

bool lc_js_broken(lc_js_validator *v, const char *format, ...)
{
    if (v->quiet || v->fault.len) return false;
    const lc_js_step *steps[DEPTH_MAX];
    size_t count = 0;
    for (const lc_js_step *s = v->step; s && count < DEPTH_MAX; s = s->outer) steps[count++] = s;
    lc_buf_put(&v->fault, '#');
    while (count--) {
        const lc_js_step *s = steps[count];
        int len = (int)(s->name.len < TEXT_CUT ? s->name.len : TEXT_CUT);
        if (s->name.data) lc_buf_printf(&v->fault, "/%.*s", len, s->name.data);
        else lc_buf_printf(&v->fault, "/%u", s->index);
    }
    lc_buf_text(&v->fault, ": ");
    va_list args;
    va_start(args, format);
    lc_buf_vprintf(&v->fault, format, args);
    va_end(args);
    return false;
}

static bool holds(lc_js_validator *v, const lc_js_rule *rule, const lc_json *schema, const lc_node *value)
{
    return lc_js_holds(v, schema, rule->root, value);
}

static bool holds_quietly(lc_js_validator *v, const lc_js_rule *rule, const lc_json *schema,
                          const lc_node *value)
{
    v->quiet++;
    bool kept = holds(v, rule, schema, value);
    v->quiet--;
    return kept;
}

static bool holds_inside(lc_js_validator *v, const lc_js_rule *rule, const lc_json *schema, lc_text name,
                         uint32_t index, const lc_node *value)
{
    lc_js_step step = {v->step, name, index};
    v->step = &step;
    bool kept = holds(v, rule, schema, value);
    v->step = step.outer;
    return kept;
}

static bool check_ref(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    const lc_json *json, *root;
    lc_error *error = lc_js_look_up(v->store, rule->root, lc_json_text(rule->given), &json, &root);
    if (!error) return lc_js_holds(v, json, root, value);
    lc_js_broken(v, "%s", lc_error_message(error));
    lc_error_free(error);
    return false;
}

static bool check_all(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    for (size_t i = 0; i < lc_json_count(rule->given); i++)
        if (!holds(v, rule, lc_json_at(rule->given, i), value)) return false;
    return true;
}

static size_t count_holding(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value, size_t enough)
{
    size_t kept = 0;
    for (size_t i = 0; i < lc_json_count(rule->given) && kept < enough; i++)
        kept += holds_quietly(v, rule, lc_json_at(rule->given, i), value);
    return kept;
}

static bool check_any(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    if (count_holding(v, rule, value, 1)) return true;
    return lc_js_broken(v, "no subschema matched out of the total %zu subschemas",
                        lc_json_count(rule->given));
}

static bool check_one(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    size_t kept = count_holding(v, rule, value, SIZE_MAX);
    return kept == 1 || lc_js_broken(v, "%zu subschemas matched instead of one", kept);
}

static bool check_not(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return !holds_quietly(v, rule, rule->given, value) ||
           lc_js_broken(v, "subject must not be valid against the schema of \"not\"");
}

static bool check_if(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    bool met = holds_quietly(v, rule, rule->given, value);
    const lc_json *next = lc_json_get(rule->schema, met ? "then" : "else");
    return !next || holds(v, rule, next, value);
}

static bool check_required(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    if (value->kind != LC_NODE_OBJECT || !lc_json_is(rule->given, LC_JSON_ARRAY)) return true;
    for (size_t i = 0; i < lc_json_count(rule->given); i++) {
        lc_text name = lc_json_text(lc_json_at(rule->given, i));
        if (name.data && !lc_node_get_text(value, name))
            return lc_js_broken(v, "required key [%.*s] not found", (int)name.len, name.data);
    }
    return true;
}

static bool check_properties(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    if (value->kind != LC_NODE_OBJECT) return true;
    for (size_t i = 0; i < lc_json_count(rule->given); i++) {
        lc_text name = lc_json_key_text_at(rule->given, i);
        const lc_node *member = lc_node_get_text(value, name);
        if (member && !holds_inside(v, rule, lc_json_at(rule->given, i), name, 0, member)) return false;
    }
    return true;
}

static bool matches(lc_js_validator *v, lc_regex *regex, lc_text name)
{
    bool found = false;
    lc_error *error = regex ? lc_regex_find(regex, name, 0, &found) : NULL;
    if (error) lc_js_broken(v, "%s", lc_error_message(error));
    lc_error_free(error);
    return found;
}

static bool check_pattern_properties(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    for (uint32_t i = 0; value->kind == LC_NODE_OBJECT && i < value->count; i++)
        for (size_t k = 0; k < rule->regex_count; k++)
            if (matches(v, rule->regexes[k], value->names[i]) &&
                !holds_inside(v, rule, lc_json_at(rule->given, k), value->names[i], 0, &value->items[i]))
                return false;
    return true;
}

/* Is the member spoken of by "properties" or "patternProperties"? The rule has the patterns of the latter. */
static bool is_known(lc_js_validator *v, const lc_js_rule *rule, const lc_json *properties, lc_text name)
{
    for (size_t i = 0; i < lc_json_count(properties); i++)
        if (lc_text_eq(lc_json_key_text_at(properties, i), name)) return true;
    for (size_t i = 0; i < rule->regex_count; i++)
        if (matches(v, rule->regexes[i], name)) return true;
    return false;
}

static bool check_additional(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    const lc_json *properties = lc_json_get(rule->schema, "properties");
    if (value->kind != LC_NODE_OBJECT || lc_json_bool(rule->given, false)) return true;
    for (uint32_t i = 0; i < value->count; i++) {
        lc_text name = value->names[i];
        v->work += lc_json_count(properties);
        if (is_known(v, rule, properties, name)) continue;
        if (lc_json_is(rule->given, LC_JSON_BOOL))
            return lc_js_broken(v, "extraneous key [%.*s] is not permitted",
                                (int)(name.len < TEXT_CUT ? name.len : TEXT_CUT), name.data);
        if (!holds_inside(v, rule, rule->given, name, 0, &value->items[i])) return false;
    }
    return true;
}

static bool check_names(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    for (uint32_t i = 0; value->kind == LC_NODE_OBJECT && i < value->count; i++) {
        lc_node name = {.kind = LC_NODE_STRING, .text = value->names[i]};
        if (!holds_inside(v, rule, rule->given, value->names[i], 0, &name)) return false;
    }
    return true;
}

/* Of dependencies, dependentRequired and dependentSchemas. */
static bool check_dependencies(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    for (size_t i = 0; value->kind == LC_NODE_OBJECT && i < lc_json_count(rule->given); i++) {
        const lc_json *then = lc_json_at(rule->given, i);
        lc_js_rule inner = {.given = then};
        if (!lc_node_get_text(value, lc_json_key_text_at(rule->given, i))) continue;
        bool kept =
            lc_json_is(then, LC_JSON_ARRAY) ? check_required(v, &inner, value) : holds(v, rule, then, value);
        if (!kept) return false;
    }
    return true;
}

static bool check_each(lc_js_validator *v, const lc_js_rule *rule, const lc_json *schema, size_t from,
                       const lc_node *value)
{
    if (lc_json_is(schema, LC_JSON_BOOL) && !lc_json_bool(schema, true) && value->count > from)
        return lc_js_broken(v, "expected: %zu array items, found: %u", from, value->count);
    for (size_t i = from; schema && i < value->count; i++)
        if (!holds_inside(v, rule, schema, (lc_text){0}, (uint32_t)i, &value->items[i])) return false;
    return true;
}

static bool check_tuple(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    size_t count = lc_json_count(rule->given);
    for (size_t i = 0; i < count && i < value->count; i++)
        if (!holds_inside(v, rule, lc_json_at(rule->given, i), (lc_text){0}, (uint32_t)i, &value->items[i]))
            return false;
    return true;
}

static bool check_items(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    if (value->kind != LC_NODE_ARRAY) return true;
    size_t prefix = lc_json_count(lc_json_get(rule->schema, "prefixItems"));
    if (!lc_json_is(rule->given, LC_JSON_ARRAY)) return check_each(v, rule, rule->given, prefix, value);
    if (!check_tuple(v, rule, value)) return false;
    return check_each(v, rule, lc_json_get(rule->schema, "additionalItems"), lc_json_count(rule->given),
                      value);
}

static bool check_prefix(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return value->kind != LC_NODE_ARRAY || check_tuple(v, rule, value);
}

static bool check_contains(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    double least = 1, most = HUGE_VAL;
    size_t found = 0;
    lc_json_double(lc_json_get(rule->schema, "minContains"), &least);
    lc_json_double(lc_json_get(rule->schema, "maxContains"), &most);
    if (value->kind != LC_NODE_ARRAY) return true;
    for (uint32_t i = 0; i < value->count; i++)
        found += holds_quietly(v, rule, rule->given, &value->items[i]);
    return ((double)found >= least && (double)found <= most) ||
           lc_js_broken(v, "%zu items match the schema of \"contains\"", found);
}

static bool check_unique(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    if (value->kind != LC_NODE_ARRAY || !lc_json_bool(rule->given, false) || value->count < 2) return true;
    size_t size = 4;
    while (size < (size_t)value->count * 2) size *= 2;
    uint32_t *slots = lc_alloc(size * sizeof *slots); /* index + 1 by hash */
    bool unique = true;
    for (uint32_t i = 0; unique && i < value->count; i++) {
        size_t at = lc_js_node_hash(&value->items[i]);
        for (; slots[at & (size - 1)]; at++, v->work++)
            if (lc_js_nodes_equal(&value->items[slots[at & (size - 1)] - 1], &value->items[i]))
                unique = false;
        slots[at & (size - 1)] = i + 1;
    }
    free(slots);
    return unique || lc_js_broken(v, "array items are not unique");
}

static const lc_js_keyword keywords[] = {
    {"allOf", check_all},
    {"anyOf", check_any},
    {"oneOf", check_one},
    {"not", check_not},
    {"if", check_if},
    {"required", check_required},
    {"properties", check_properties},
    {"patternProperties", check_pattern_properties},
    {"additionalProperties", check_additional},
    {"propertyNames", check_names},
    {"dependencies", check_dependencies},
    {"dependentRequired", check_dependencies},
    {"dependentSchemas", check_dependencies},
    {"items", check_items},
    {"prefixItems", check_prefix},
    {"contains", check_contains},
    {"uniqueItems", check_unique},
    {NULL, NULL},
};

static void add_regex(lc_js_rule *rule, lc_text pattern)
{
    lc_regex *regex = NULL;
    lc_error_free(lc_regex_new(pattern, &regex));
    rule->regexes[rule->regex_count++] = regex;
}

static void add_regexes(lc_js_validator *v, const char *name, lc_js_rule *rule)
{
    bool additional = !strcmp(name, "additionalProperties");
    const lc_json *patterns = additional ? lc_json_get(rule->schema, "patternProperties") : rule->given;
    if (!strcmp(name, "pattern")) {
        rule->regexes = lc_arena_alloc(&v->arena, sizeof *rule->regexes);
        add_regex(rule, lc_json_text(rule->given));
    } else if (additional || !strcmp(name, "patternProperties")) {
        size_t count = lc_json_is(patterns, LC_JSON_OBJECT) ? lc_json_count(patterns) : 0;
        rule->regexes = lc_arena_alloc(&v->arena, (count + 1) * sizeof *rule->regexes);
        for (size_t i = 0; i < count; i++) add_regex(rule, lc_json_key_text_at(patterns, i));
    }
}

static void add_rules(lc_js_validator *v, const lc_js_keyword *from, const lc_json *root, lc_js_rules *into)
{
    for (; from->name; from++) {
        const lc_json *given = lc_json_get(into->schema, from->name);
        if (!given) continue;
        lc_js_rule *rule = &into->items[into->count++];
        *rule = (lc_js_rule){.check = from->check, .given = given, .schema = into->schema, .root = root};
        add_regexes(v, from->name, rule);
    }
}

bool lc_js_is_modern(const lc_json *root)
{
    const char *dialect = lc_json_string(lc_json_get(root, "$schema"));
    return dialect && (strstr(dialect, "2019-09") || strstr(dialect, "2020-12"));
}

static size_t count_keywords(const lc_js_keyword *from)
{
    size_t count = 0;
    while (from[count].name) count++;
    return count;
}

static lc_js_rules *make_rules(lc_js_validator *v, const lc_json *json, const lc_json *root)
{
    static const lc_js_keyword reference[] = {{"$ref", check_ref}, {NULL, NULL}};
    size_t most = 1 + count_keywords(keywords) + count_keywords(lc_js_simple_keywords);
    size_t present = lc_json_count(json) + 1; /* each keyword has at most one rule */
    lc_js_rules *rules =
        lc_arena_alloc(&v->arena, sizeof *rules + (present < most ? present : most) * sizeof(lc_js_rule));
    *rules = (lc_js_rules){.schema = json,
                           .always_false = lc_json_is(json, LC_JSON_BOOL) && !lc_json_bool(json, true)};
    add_rules(v, reference, root, rules);
    /* Up to draft 7 nothing counts next to "$ref". */
    if (rules->count && !lc_js_is_modern(root)) return rules;
    add_rules(v, lc_js_simple_keywords, root, rules);
    add_rules(v, keywords, root, rules);
    return rules;
}

static lc_js_rules **place_of(const lc_js_validator *v, const lc_json *json)
{
    size_t at = lc_hash(&json, sizeof json);
    while (v->rules[at & v->mask] && v->rules[at & v->mask]->schema != json) at++;
    return &v->rules[at & v->mask];
}

static void grow_rules(lc_js_validator *v)
{
    lc_js_rules **old = v->rules;
    size_t size = old ? v->mask + 1 : 0;
    v->mask = (size ? size * 2 : 32) - 1;
    v->rules = lc_alloc((v->mask + 1) * sizeof(lc_js_rules *));
    for (size_t i = 0; i < size; i++)
        if (old[i]) *place_of(v, old[i]->schema) = old[i];
    free(old);
}

static const lc_js_rules *rules_of(lc_js_validator *v, const lc_json *json, const lc_json *root)
{
    if (v->count * 2 >= v->mask) grow_rules(v);
    lc_js_rules **place = place_of(v, json);
    if (!*place) {
        *place = make_rules(v, json, root);
        v->count++;
    }
    return *place;
}

bool lc_js_holds(lc_js_validator *v, const lc_json *json, const lc_json *root, const lc_node *value)
{
    if (!json || v->work > WORK_MAX) return true;
    if (v->depth >= DEPTH_MAX) return lc_js_broken(v, "schemas are nested more than %d deep", (int)DEPTH_MAX);
    const lc_js_rules *rules = rules_of(v, json, root);
    bool kept = !rules->always_false || lc_js_broken(v, "false schema always fails");
    v->depth++;
    for (uint32_t i = 0; kept && i < rules->count; i++, v->work++)
        kept = rules->items[i].check(v, &rules->items[i], value);
    v->depth--;
    return kept;
}

lc_error *lc_js_validate(lc_js_validator *validator, const lc_json *schema, const lc_node *value)
{
    lc_js_validator *v = validator;
    lc_buf_reset(&v->fault);
    v->step = NULL;
    v->quiet = v->depth = 0;
    v->work = 0;
    bool kept = lc_js_holds(v, schema, schema, value);
    if (v->work > WORK_MAX)
        return lc_fail(LC_E_SERIALIZATION, "Checking the JSON by its schema takes more than %d steps",
                       (int)WORK_MAX);
    return kept ? NULL : lc_fail(LC_E_SERIALIZATION, "%s", v->fault.len ? v->fault.data : "#: not valid");
}

lc_js_validator *lc_js_validator_new(const lc_js_store *store)
{
    lc_js_validator *v = lc_alloc(sizeof *v);
    v->store = store;
    return v;
}

static void free_regexes(const lc_js_rules *rules)
{
    for (uint32_t i = 0; i < rules->count; i++)
        for (size_t k = 0; k < rules->items[i].regex_count; k++) lc_regex_free(rules->items[i].regexes[k]);
}

void lc_js_validator_free(lc_js_validator *validator)
{
    if (!validator) return;
    for (size_t i = 0; validator->rules && i <= validator->mask; i++)
        if (validator->rules[i]) free_regexes(validator->rules[i]);
    free(validator->rules);
    lc_arena_done(&validator->arena);
    lc_buf_done(&validator->fault);
    free(validator);
}
