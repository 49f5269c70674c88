/* Rules about one value: its type, its size, which it may be. */
#include <ctype.h>
#include <math.h>

#include "convert/jsonschema_validate.h"
#include "java/charset.h"

/* An integer written with a fraction of zero is one too. */
static bool is_integer(const lc_node *node)
{
    return node->kind == LC_NODE_NUMBER &&
           (node->number.integral ||
            (isfinite(node->number.f64) && floor(node->number.f64) == node->number.f64));
}

static bool is_of_type(const lc_node *node, lc_text type)
{
    static const struct {
        const char *name;
        lc_node_kind kind;
    } types[] = {{"string", LC_NODE_STRING}, {"number", LC_NODE_NUMBER}, {"boolean", LC_NODE_BOOLEAN},
                 {"null", LC_NODE_NULL},     {"array", LC_NODE_ARRAY},   {"object", LC_NODE_OBJECT}};
    if (lc_text_is(type, "integer")) return is_integer(node);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (lc_text_is(type, types[i].name)) return node->kind == types[i].kind;
    return false;
}

static bool check_type(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    bool several = lc_json_is(rule->given, LC_JSON_ARRAY);
    for (size_t i = 0; several && i < lc_json_count(rule->given); i++)
        if (is_of_type(value, lc_json_text(lc_json_at(rule->given, i)))) return true;
    lc_text type = lc_json_text(rule->given);
    if (!several && type.data && is_of_type(value, type)) return true;
    return lc_js_broken(v, "expected type: %.*s, found: %s", several ? 16 : (int)type.len,
                        several     ? "one of several"
                        : type.data ? type.data
                                    : "",
                        lc_node_kind_name(value));
}

/* Numbers are equal by value: 1 and 1.0 are. */
static bool number_equals(const lc_node *node, const lc_json *json)
{
    int64_t integer;
    double real;
    if (lc_json_int(json, &integer) && node->number.integral)
        return !node->number.overflow && node->number.i64 == integer;
    return lc_json_double(json, &real) && lc_node_double(node) == real;
}

static bool array_equals(const lc_node *node, const lc_json *json)
{
    if (node->count != lc_json_count(json)) return false;
    for (uint32_t i = 0; i < node->count; i++)
        if (!lc_js_node_equals(&node->items[i], lc_json_at(json, i))) return false;
    return true;
}

static bool object_equals(const lc_node *node, const lc_json *json)
{
    if (node->count != lc_json_count(json)) return false;
    for (uint32_t i = 0; i < node->count; i++) {
        const lc_node *member = lc_node_get_text(node, lc_json_key_text_at(json, i));
        if (!member || !lc_js_node_equals(member, lc_json_at(json, i))) return false;
    }
    return true;
}

bool lc_js_node_equals(const lc_node *node, const lc_json *json)
{
    switch (lc_json_kind_of(json)) {
    case LC_JSON_NULL: return node->kind == LC_NODE_NULL;
    case LC_JSON_BOOL: return node->kind == LC_NODE_BOOLEAN && node->truth == lc_json_bool(json, false);
    case LC_JSON_INT:
    case LC_JSON_NUMBER: return node->kind == LC_NODE_NUMBER && number_equals(node, json);
    case LC_JSON_STRING: return node->kind == LC_NODE_STRING && lc_text_eq(node->text, lc_json_text(json));
    case LC_JSON_ARRAY: return node->kind == LC_NODE_ARRAY && array_equals(node, json);
    default: return node->kind == LC_NODE_OBJECT && object_equals(node, json);
    }
}

static bool members_equal(const lc_node *a, const lc_node *b)
{
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const lc_node *other = a->kind == LC_NODE_ARRAY ? &b->items[i] : lc_node_get_text(b, a->names[i]);
        if (!other || !lc_js_nodes_equal(&a->items[i], other)) return false;
    }
    return true;
}

bool lc_js_nodes_equal(const lc_node *a, const lc_node *b)
{
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case LC_NODE_BOOLEAN: return a->truth == b->truth;
    case LC_NODE_NUMBER:
        if (a->number.integral && b->number.integral && !a->number.overflow && !b->number.overflow)
            return a->number.i64 == b->number.i64;
        return lc_node_double(a) == lc_node_double(b);
    case LC_NODE_STRING: return lc_text_eq(a->text, b->text);
    case LC_NODE_ARRAY:
    case LC_NODE_OBJECT: return members_equal(a, b);
    default: return true;
    }
}

uint32_t lc_js_node_hash(const lc_node *node)
{
    uint32_t hash = (uint32_t)node->kind * 0x9e3779b1u;
    double number = lc_node_double(node);
    if (node->kind == LC_NODE_NUMBER) return hash ^ (number == 0 ? 0 : lc_hash(&number, sizeof number));
    if (node->kind == LC_NODE_STRING) return hash ^ lc_hash(node->text.data, node->text.len);
    if (node->kind == LC_NODE_BOOLEAN) return hash + node->truth;
    for (uint32_t i = 0; i < node->count; i++) {
        uint32_t item = lc_js_node_hash(&node->items[i]);
        /* Members in any order. */
        if (node->kind == LC_NODE_OBJECT) hash += item ^ lc_hash(node->names[i].data, node->names[i].len);
        else hash = hash * 31 + item;
    }
    return hash;
}

static bool check_enum(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    for (size_t i = 0; i < lc_json_count(rule->given); i++, v->work++)
        if (lc_js_node_equals(value, lc_json_at(rule->given, i))) return true;
    return lc_js_broken(v, "the value is not one of the enum's");
}

static bool check_const(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return lc_js_node_equals(value, rule->given) || lc_js_broken(v, "the value is not the constant");
}

/* The value less the limit; by integers where both are. */
static double difference(const lc_node *value, const lc_json *limit)
{
    int64_t integer;
    double real = 0;
    if (value->number.integral && !value->number.overflow && lc_json_int(limit, &integer))
        return (value->number.i64 > integer) - (value->number.i64 < integer);
    lc_json_double(limit, &real);
    return lc_node_double(value) - real;
}

static bool fail_limit(lc_js_validator *v, const lc_node *value, const char *what, const lc_json *limit)
{
    lc_text text = lc_json_text(limit), is = value->text;
    if (is.len > 40) is.len = 40;
    return lc_js_broken(v, "%.*s is not %s %.*s", (int)is.len, is.data, what, (int)text.len,
                        text.data ? text.data : "");
}

static bool check_minimum(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    if (value->kind != LC_NODE_NUMBER) return true;
    double over = difference(value, rule->given);
    if (over > 0 || (over == 0 && !lc_json_bool(lc_json_get(rule->schema, "exclusiveMinimum"), false)))
        return true;
    return fail_limit(v, value, over == 0 ? "greater than" : "greater or equal to", rule->given);
}

static bool check_maximum(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    if (value->kind != LC_NODE_NUMBER) return true;
    double over = difference(value, rule->given);
    if (over < 0 || (over == 0 && !lc_json_bool(lc_json_get(rule->schema, "exclusiveMaximum"), false)))
        return true;
    return fail_limit(v, value, over == 0 ? "less than" : "less or equal to", rule->given);
}

/* Draft 4 has a boolean here, which belongs to the limit. */
static bool is_limit(const lc_js_rule *rule, const lc_node *value)
{
    return value->kind == LC_NODE_NUMBER && !lc_json_is(rule->given, LC_JSON_BOOL);
}

static bool check_above(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return !is_limit(rule, value) || difference(value, rule->given) > 0 ||
           fail_limit(v, value, "greater than", rule->given);
}

static bool check_below(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return !is_limit(rule, value) || difference(value, rule->given) < 0 ||
           fail_limit(v, value, "less than", rule->given);
}

static bool check_multiple(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    int64_t integer;
    double real;
    if (value->kind != LC_NODE_NUMBER || !lc_json_double(rule->given, &real) || real == 0) return true;
    if (lc_json_int(rule->given, &integer) && value->number.integral && !value->number.overflow &&
        integer != -1)
        return value->number.i64 % integer == 0 || fail_limit(v, value, "a multiple of", rule->given);
    double times = lc_node_double(value) / real;
    bool whole = fabs(times - nearbyint(times)) <= 1e-9 * (fabs(times) > 1 ? fabs(times) : 1);
    return whole || fail_limit(v, value, "a multiple of", rule->given);
}

/* Characters, as the specification counts. */
static size_t count_characters(lc_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

static bool check_size(lc_js_validator *v, const lc_js_rule *rule, const char *name, bool least, size_t size)
{
    double limit;
    if (!lc_json_double(rule->given, &limit)) return true;
    bool kept = least ? (double)size >= limit : (double)size <= limit;
    return kept || lc_js_broken(v, "expected %s: %.0f, actual: %zu", name, limit, size);
}

static bool check_min_length(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return value->kind != LC_NODE_STRING ||
           check_size(v, rule, "minLength", true, count_characters(value->text));
}

static bool check_max_length(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return value->kind != LC_NODE_STRING ||
           check_size(v, rule, "maxLength", false, count_characters(value->text));
}

static bool check_min_items(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return value->kind != LC_NODE_ARRAY || check_size(v, rule, "minimum item count", true, value->count);
}

static bool check_max_items(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return value->kind != LC_NODE_ARRAY || check_size(v, rule, "maximum item count", false, value->count);
}

static bool check_min_properties(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return value->kind != LC_NODE_OBJECT || check_size(v, rule, "minimum size", true, value->count);
}

static bool check_max_properties(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    return value->kind != LC_NODE_OBJECT || check_size(v, rule, "maximum size", false, value->count);
}

static bool check_pattern(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    bool found = false;
    lc_text pattern = lc_json_text(rule->given);
    if (value->kind != LC_NODE_STRING || !pattern.data) return true;
    if (!rule->regexes[0])
        return lc_js_broken(v, "the pattern %.*s is no regular expression", (int)pattern.len, pattern.data);
    lc_error *error = lc_regex_find(rule->regexes[0], value->text, 0, &found);
    if (error) lc_js_broken(v, "%s", lc_error_message(error));
    lc_error_free(error);
    return found || lc_js_broken(v, "the string does not match pattern %.*s", (int)pattern.len, pattern.data);
}

/* `form` in digits (9), letters as they are and ? for any byte. */
static bool is_like(lc_text text, size_t at, const char *form)
{
    for (size_t i = 0; form[i]; i++) {
        if (at + i >= text.len) return false;
        char c = text.data[at + i];
        bool fits = form[i] == '9' ? isdigit((unsigned char)c) != 0 : tolower((unsigned char)c) == form[i];
        if (!fits) return false;
    }
    return true;
}

static int number_at(lc_text text, size_t at)
{
    return (text.data[at] - '0') * 10 + text.data[at + 1] - '0';
}

static bool is_date(lc_text text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (text.len != 10 || !is_like(text, 0, "9999-99-99")) return false;
    int year = number_at(text, 0) * 100 + number_at(text, 2), month = number_at(text, 5);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month < 1 || month > 12 || number_at(text, 8) < 1) return false;
    return number_at(text, 8) <= days[month - 1] + (leap && month == 2);
}

/* Z or an offset, of a time of `minute` minutes; a leap second is the last one of a day in UTC. */
static bool is_zone(lc_text text, size_t at, int minute, bool leap)
{
    int offset = 0;
    if (!is_like(text, at, "z")) {
        if (at + 6 != text.len || !(is_like(text, at, "+99:99") || is_like(text, at, "-99:99"))) return false;
        if (number_at(text, at + 1) > 23 || number_at(text, at + 4) > 59) return false;
        offset = number_at(text, at + 1) * 60 + number_at(text, at + 4);
        if (text.data[at] == '-') offset = -offset;
    } else if (at + 1 != text.len) {
        return false;
    }
    return !leap || (minute - offset + 2 * 1440) % 1440 == 1439;
}

/* hh:mm:ss, a fraction, Z or an offset. */
static bool is_time(lc_text text)
{
    size_t at = 8;
    if (!is_like(text, 0, "99:99:99") || number_at(text, 0) > 23 || number_at(text, 3) > 59) return false;
    if (number_at(text, 6) > 60) return false;
    if (at < text.len && text.data[at] == '.') {
        size_t digits = ++at;
        while (at < text.len && isdigit((unsigned char)text.data[at])) at++;
        if (at == digits) return false;
    }
    return is_zone(text, at, number_at(text, 0) * 60 + number_at(text, 3), number_at(text, 6) == 60);
}

static bool is_date_time(lc_text text)
{
    if (text.len < 20 || !is_date((lc_text){text.data, 10}) || tolower((unsigned char)text.data[10]) != 't')
        return false;
    return is_time((lc_text){text.data + 11, text.len - 11});
}

static bool is_email(lc_text text)
{
    const char *at = text.len ? memrchr(text.data, '@', text.len) : NULL;
    size_t before = at ? (size_t)(at - text.data) : 0;
    if (before == 0 || before + 1 == text.len) return false;
    if (text.data[0] == '"') return before > 2 && text.data[before - 1] == '"';
    for (size_t i = 0; i < text.len; i++) {
        bool dot = text.data[i] == '.', ends = i == 0 || i + 1 == before || i + 1 == text.len;
        if ((unsigned char)text.data[i] <= ' ' || (i < before && text.data[i] == '@')) return false;
        if (dot && (ends || text.data[i + 1] == '.')) return false;
    }
    return true;
}

static bool is_ipv4(lc_text text)
{
    int parts = 0, digits = 0, value = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && isdigit((unsigned char)text.data[i])) {
            value = value * 10 + text.data[i] - '0';
            if (++digits > 3 || value > 255) return false;
            continue;
        }
        if (!digits || (i < text.len && text.data[i] != '.')) return false;
        parts++;
        digits = value = 0;
    }
    return parts == 4;
}

static bool is_uuid(lc_text text)
{
    if (text.len != 36) return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.data[i] != '-' : !isxdigit((unsigned char)text.data[i])) return false;
    }
    return true;
}

/* A scheme, a colon and no blank. */
static bool is_uri(lc_text text)
{
    size_t at = 0;
    if (!text.len || !isalpha((unsigned char)text.data[0])) return false;
    while (at < text.len && (isalnum((unsigned char)text.data[at]) || strchr("+-.", text.data[at]))) at++;
    if (at == text.len || text.data[at] != ':') return false;
    for (; at < text.len; at++) {
        unsigned char c = (unsigned char)text.data[at];
        if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c)) return false;
        bool encoded = c == '%' && at + 2 < text.len && isxdigit((unsigned char)text.data[at + 1]) &&
                       isxdigit((unsigned char)text.data[at + 2]);
        if (c == '%' && !encoded) return false;
    }
    return true;
}

static bool check_format(lc_js_validator *v, const lc_js_rule *rule, const lc_node *value)
{
    static const struct {
        const char *name;
        bool (*fits)(lc_text text);
    } formats[] = {{"date-time", is_date_time}, {"date", is_date}, {"time", is_time}, {"email", is_email},
                   {"ipv4", is_ipv4},           {"uuid", is_uuid}, {"uri", is_uri}};
    lc_text format = lc_json_text(rule->given);
    /* Since 2019-09 formats are notes and no rules. */
    if (value->kind != LC_NODE_STRING || !format.data || lc_js_is_modern(rule->root)) return true;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (lc_text_is(format, formats[i].name) && !formats[i].fits(value->text))
            return lc_js_broken(v, "the string is not a valid %s", formats[i].name);
    return true;
}

const lc_js_keyword lc_js_simple_keywords[] = {
    {"type", check_type},
    {"enum", check_enum},
    {"const", check_const},
    {"minimum", check_minimum},
    {"maximum", check_maximum},
    {"exclusiveMinimum", check_above},
    {"exclusiveMaximum", check_below},
    {"multipleOf", check_multiple},
    {"minLength", check_min_length},
    {"maxLength", check_max_length},
    {"pattern", check_pattern},
    {"format", check_format},
    {"minItems", check_min_items},
    {"maxItems", check_max_items},
    {"minProperties", check_min_properties},
    {"maxProperties", check_max_properties},
    {NULL, NULL},
};
