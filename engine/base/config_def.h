/* Configuration definitions: which keys there are, of which type, with which defaults and checks.
 *
 *   static const lc_config_key keys[] = {
 *       {.name = "topics", .type = LC_CONFIG_LIST, .fallback = "", .importance = LC_IMPORTANCE_HIGH,
 *        .doc = "Topics to consume.", .group = "Common", .order = 4, .width = LC_WIDTH_LONG},
 *       {.name = "name", .type = LC_CONFIG_STRING, .required = true, .check = {.kind = LC_CHECK_NON_EMPTY}},
 *   };
 *   lc_config_def *def = lc_config_def_new();
 *   lc_config_def_add_table(def, keys, 2);
 *
 * Follows org.apache.kafka.common.config.ConfigDef 4.1: parsing, defaults, validators and error texts are the
 * same. lc_config_parse stops at the first error and gives typed values; lc_config_validate collects all
 * errors of all keys. A definition may be shared by threads once it is complete. */
#ifndef LC_BASE_CONFIG_DEF_H
#define LC_BASE_CONFIG_DEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/map.h"
#include "base/text.h"

typedef enum lc_config_type {
    LC_CONFIG_STRING,
    LC_CONFIG_BOOLEAN,
    LC_CONFIG_INT,
    LC_CONFIG_SHORT,
    LC_CONFIG_LONG,
    LC_CONFIG_DOUBLE,
    LC_CONFIG_LIST,
    LC_CONFIG_CLASS,
    LC_CONFIG_PASSWORD,
    LC_CONFIG_DURATION, /* ours: "500ms", "10s", "5m", "2h", "1d" or plain ms; LONG of milliseconds outside */
    LC_CONFIG_CHOICE    /* ours: one of check.choices; STRING outside, choices are recommended values */
} lc_config_type;

typedef enum lc_importance { LC_IMPORTANCE_HIGH, LC_IMPORTANCE_MEDIUM, LC_IMPORTANCE_LOW } lc_importance;
typedef enum lc_width { LC_WIDTH_NONE, LC_WIDTH_SHORT, LC_WIDTH_MEDIUM, LC_WIDTH_LONG } lc_width;

/* Texts of a list value. */
typedef struct lc_config_list {
    const char *const *items;
    size_t count;
} lc_config_list;

/* A typed value. Which member counts follows from the type; none does when it is null. */
typedef struct lc_config_value {
    lc_config_type type;
    bool is_null;
    bool boolean;        /* BOOLEAN */
    int64_t number;      /* INT SHORT LONG DURATION (ms) */
    double real;         /* DOUBLE */
    lc_text text;        /* STRING CLASS PASSWORD CHOICE; NUL-terminated */
    lc_config_list list; /* LIST */
} lc_config_value;

typedef struct lc_config_values lc_config_values; /* name → lc_config_value of one parsed configuration */

/* A check of our own or of a plug-in: NULL, or an LC_E_CONFIG error, usually made by lc_config_invalid. */
typedef lc_error *lc_config_check_fn(void *context, const char *name, const lc_config_value *value);

typedef enum lc_check_kind {
    LC_CHECK_NONE,
    LC_CHECK_AT_LEAST,         /* Range.atLeast(min); null is refused: "Value must be non-null" */
    LC_CHECK_BETWEEN,          /* Range.between(min, max) */
    LC_CHECK_AT_LEAST_REAL,    /* the same for DOUBLE with min_real, max_real */
    LC_CHECK_BETWEEN_REAL,
    LC_CHECK_ONE_OF,           /* ValidString.in(choices) */
    LC_CHECK_ONE_OF_NOCASE,    /* CaseInsensitiveValidString.in(choices); null is refused */
    LC_CHECK_LIST_OF,          /* ValidList.in(choices) */
    LC_CHECK_NON_NULL,         /* NonNullValidator */
    LC_CHECK_NON_EMPTY,        /* NonEmptyString; null passes */
    LC_CHECK_NO_CONTROL_CHARS, /* NonEmptyStringWithoutControlChars; null passes */
    LC_CHECK_UNIQUE,           /* a list of aliases: "Duplicate alias provided." */
    LC_CHECK_CALL              /* call(context, …) */
} lc_check_kind;

typedef struct lc_config_check {
    lc_check_kind kind;
    int64_t min, max;
    double min_real, max_real;
    const char *const *choices; /* ends with NULL */
    lc_config_check_fn *call;
    void *context;              /* of call */
    const struct lc_config_check *next; /* CompositeValidator: checked after this one passed */
} lc_config_check;

/* Adds recommended values (in order) for `name`, given everything parsed so far; returns whether the key is
 * visible. */
typedef bool lc_config_recommend_fn(void *context, const char *name, const lc_config_values *parsed,
                                    lc_strings *values);
/* The same for recommenders that may fail: LC_E_CONFIG, an error of the key. */
typedef lc_error *lc_config_advise_fn(void *context, const char *name, const lc_config_values *parsed,
                                      lc_strings *values, bool *ret_visible);

typedef struct lc_config_key {
    const char *name;
    const char *check_name; /* what checks call the key; NULL: its name. Set by lc_config_def_embed */
    lc_config_type type;
    bool required;        /* has no default at all */
    const char *fallback; /* default as text, parsed by type; NULL: null. Not used when required */
    lc_config_check check;
    lc_importance importance;
    const char *doc;
    const char *group;    /* NULL: none, then order is -1 outside */
    int order;            /* order in group */
    lc_width width;
    const char *display;  /* NULL: the name */
    const char *const *dependents; /* ends with NULL; NULL: none */
    lc_config_recommend_fn *recommend;
    void *recommend_context;
    lc_config_advise_fn *advise; /* in place of recommend, and for embedded keys too */
    void *advise_context;
} lc_config_key;

typedef struct lc_config_def lc_config_def;

lc_config_def *lc_config_def_new(void);
void lc_config_def_free(lc_config_def *def); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_config_def, lc_config_def_free)
lc_config_def *lc_config_def_copy(const lc_config_def *def);

/* Adds one key; everything but contexts is copied. LC_E_CONFIG "Configuration x is defined twice." or a
 * default that is invalid for its own type or check. */
lc_error *lc_config_def_add(lc_config_def *def, const lc_config_key *key) LC_RESULT;
/* Adds a static table, which must be right and must outlive the definition; nothing is copied. */
void lc_config_def_add_table(lc_config_def *def, const lc_config_key *keys, size_t count);
/* Adds or replaces; a replaced key keeps its place. */
lc_error *lc_config_def_put(lc_config_def *def, const lc_config_key *key) LC_RESULT;
bool lc_config_def_remove(lc_config_def *def, const char *name);
/* Adds or replaces every key of `from` as `prefix` + name, in group `group` (": " and its own group follow if
 * it has one). Keys come sorted by group, order, required first, importance and name, with orders counted on
 * from `order`. Checks and advise functions still see short names; recommend functions are dropped
 * (ConfigDef.embed). */
lc_error *lc_config_def_embed(lc_config_def *def, const char *prefix, const char *group, int order,
                              const lc_config_def *from) LC_RESULT;
/* How values of type CLASS are looked up: the class's full name, or NULL when there is no such class. Without
 * it every text is taken. */
typedef const char *lc_config_class_fn(void *context, const char *name);
void lc_config_def_set_classes(lc_config_def *def, lc_config_class_fn *find, void *context);

size_t lc_config_def_count(const lc_config_def *def);
const lc_config_key *lc_config_def_at(const lc_config_def *def, size_t at);
const lc_config_key *lc_config_def_find(const lc_config_def *def, const char *name); /* NULL: none */
void lc_config_def_groups(const lc_config_def *def, lc_strings *groups); /* in order of first use */

/* "Invalid value <value> for configuration <name>: <detail>" (ConfigException). */
lc_error *lc_config_invalid(const char *name, const char *value, const char *detail) LC_RESULT;
/* The same with the value as Java prints it: lists as [a, b], null as null. */
lc_error *lc_config_invalid_value(const char *name, const lc_config_value *value,
                                  const char *detail) LC_RESULT;

/* Parses every key of the definition; stops at the first error (LC_E_CONFIG). Keys of `props` that aren't
 * defined are left alone. */
lc_error *lc_config_parse(const lc_config_def *def, const lc_props *props,
                          lc_config_values **ret_values) LC_RESULT;
void lc_config_values_free(lc_config_values *values); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_config_values, lc_config_values_free)

/* By name; asking for a key that isn't defined is a mistake of the program and aborts. Null gives NULL,
 * false, 0 or an empty list. */
const lc_config_value *lc_config_get(const lc_config_values *values, const char *name);
bool lc_config_is_null(const lc_config_values *values, const char *name);
/* STRING, CLASS, PASSWORD and CHOICE. */
const char *lc_config_string(const lc_config_values *values, const char *name);
bool lc_config_bool(const lc_config_values *values, const char *name);
int64_t lc_config_int(const lc_config_values *values, const char *name);
double lc_config_double(const lc_config_values *values, const char *name);
lc_config_list lc_config_list_of(const lc_config_values *values, const char *name);
size_t lc_config_values_count(const lc_config_values *values);
const char *lc_config_values_name_at(const lc_config_values *values, size_t at);
const lc_config_value *lc_config_values_at(const lc_config_values *values, size_t at);
/* NULL: not defined. */
const lc_config_value *lc_config_values_find(const lc_config_values *values, const char *name);

/* Outcome of a validation: one entry a key, in the order of the definition. */
typedef struct lc_config_entry {
    char *name;
    const lc_config_key *key; /* NULL: the key isn't defined. Lives as long as the definition */
    char *value;              /* as ConfigDef.convertToString; NULL: null */
    lc_strings recommended;
    lc_strings errors;
    bool visible;
} lc_config_entry;

typedef struct lc_config_report lc_config_report;

/* Parses all keys and keeps all errors (ConfigDef.validate). `ret_values` may be NULL; what failed is null
 * in it. */
lc_config_report *lc_config_validate(const lc_config_def *def, const lc_props *props,
                                     lc_config_values **ret_values);
void lc_config_report_free(lc_config_report *report); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_config_report, lc_config_report_free)
size_t lc_config_report_count(const lc_config_report *report);
lc_config_entry *lc_config_report_at(const lc_config_report *report, size_t at);
lc_config_entry *lc_config_report_find(const lc_config_report *report, const char *name); /* NULL: none */
/* The entry, added without a definition when there is none. */
lc_config_entry *lc_config_report_entry(lc_config_report *report, const char *name);
size_t lc_config_report_error_count(const lc_config_report *report);

/* {"definition":{…},"value":{…}} of PUT /connector-plugins/{plugin}/config/validate. */
lc_json *lc_config_entry_to_json(const lc_config_entry *entry);
lc_json *lc_config_key_to_json(const lc_config_key *key); /* the definition alone, with its own name */

/* A value as text (ConfigDef.convertToString): passwords are "[hidden]", lists joined by ",". NULL: null;
 * the caller frees it. */
char *lc_config_value_to_text(const lc_config_value *value);
const char *lc_config_type_name(lc_config_type type); /* "INT"; DURATION is "LONG", CHOICE "STRING" */
const char *lc_importance_name(lc_importance importance);
const char *lc_width_name(lc_width width);

/* Adds a note for every key of `props` that the definition doesn't know but nearly spells:
 * "unknown configuration tasks.maxx, did you mean tasks.max?". Settings of transforms, predicates, converters and
 * client overrides aren't the definition's to know. */
void lc_config_near_misses(const lc_config_def *def, const lc_props *props, lc_strings *notes);

#endif
