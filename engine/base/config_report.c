#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_internal.h"
#include "base/memory.h"

struct lc_config_report {
    lc_table *entries; /* name → lc_config_entry */
};

/* Double.toString: shortest digits that read back, as 12.5 or 1.0E10. */
static void double_text(double value, char *text, size_t size)
{
    char digits[40];
    int places = 0;
    do lc_print_double(digits, sizeof digits, 'e', places, value);
    while (places++ < 17 && lc_strtod(digits, NULL) != value);
    int exponent = atoi(strchr(digits, 'e') + 1);
    double magnitude = fabs(value);
    if (value == 0 || (magnitude >= 1e-3 && magnitude < 1e7)) {
        int decimals = places - 1 - exponent;
        lc_print_double(text, size, 'f', decimals > 1 ? decimals : 1, value);
        return;
    }
    *strchr(digits, 'e') = '\0';
    snprintf(text, size, "%s%sE%d", digits, strchr(digits, '.') ? "" : ".0", exponent);
}

static char *double_to_text(double value)
{
    char text[48];
    if (isnan(value)) return lc_strdup("NaN");
    if (isinf(value)) return lc_strdup(value < 0 ? "-Infinity" : "Infinity");
    double_text(value, text, sizeof text);
    return lc_strdup(text);
}

static char *integer_to_text(int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return lc_strdup(text);
}

static char *list_to_text(lc_config_list list)
{
    lc_buf text = {0};
    for (size_t i = 0; i < list.count; i++) {
        if (i) lc_buf_put(&text, ',');
        lc_buf_text(&text, list.items[i]);
    }
    return lc_buf_detach(&text);
}

char *lc_config_value_to_text(const lc_config_value *value)
{
    if (value->is_null) return NULL;
    switch (value->type) {
    case LC_CONFIG_BOOLEAN: return lc_strdup(value->boolean ? "true" : "false");
    case LC_CONFIG_INT:
    case LC_CONFIG_SHORT:
    case LC_CONFIG_LONG:
    case LC_CONFIG_DURATION: return integer_to_text(value->number);
    case LC_CONFIG_DOUBLE: return double_to_text(value->real);
    case LC_CONFIG_LIST: return list_to_text(value->list);
    case LC_CONFIG_PASSWORD: return lc_strdup("[hidden]");
    default: return lc_strndup(value->text.data, value->text.len);
    }
}

static void free_entry(void *object)
{
    lc_config_entry *entry = object;
    free(entry->name);
    free(entry->value);
    lc_strings_done(&entry->recommended);
    lc_strings_done(&entry->errors);
    free(entry);
}

lc_config_entry *lc_config_report_entry(lc_config_report *report, const char *name)
{
    lc_config_entry *entry = lc_table_get(report->entries, name);
    if (entry) return entry;
    entry = lc_alloc(sizeof *entry);
    entry->name = lc_strdup(name);
    entry->visible = true;
    lc_table_put(report->entries, name, entry);
    return entry;
}

static void take_error(lc_config_entry *entry, lc_error *error)
{
    if (!error) return;
    lc_strings_add(&entry->errors, lc_error_message(error));
    lc_error_free(error);
}

static void validate_key(const lc_config_def *def, const lc_config_key *key, const lc_props *props,
                         lc_config_report *report, lc_config_values *values)
{
    lc_config_entry *entry = lc_config_report_entry(report, key->name);
    lc_config_value value = {.type = key->type, .is_null = true};
    entry->key = key;
    if (lc_props_has(props, key->name))
        take_error(entry,
                   lc_config_parse_text(def, key, lc_props_text(props, key->name), &values->memory, &value));
    else if (key->required) take_error(entry, lc_config_fail_missing(key));
    else take_error(entry, lc_config_parse_default(def, key, &values->memory, &value));
    take_error(entry, lc_config_check_value(key, &value));
    entry->value = lc_config_value_to_text(&value);
    lc_config_values_put(values, key->name, &value);
}

/* An embedded key's advice: by the names that its plug-in gave the settings. */
static void advise(lc_config_entry *entry, const lc_config_values *values)
{
    const lc_config_key *key = entry->key;
    const char *name = key->check_name ? key->check_name : key->name;
    size_t prefix = strlen(key->name) - strlen(name);
    lc_autoptr(lc_config_values) own = lc_config_values_new();
    for (size_t i = 0; i < lc_config_values_count(values); i++) {
        const char *full = lc_config_values_name_at(values, i);
        if (!strncmp(full, key->name, prefix))
            lc_config_values_put(own, full + prefix, lc_config_values_at(values, i));
    }
    take_error(entry, key->advise(key->advise_context, name, own, &entry->recommended, &entry->visible));
}

static void recommend(lc_config_entry *entry, const lc_config_values *values)
{
    const lc_config_key *key = entry->key;
    if (key->advise) {
        advise(entry, values);
        return;
    }
    if (key->recommend) {
        entry->visible = key->recommend(key->recommend_context, key->name, values, &entry->recommended);
        return;
    }
    if (key->type != LC_CONFIG_CHOICE || !key->check.choices) return;
    for (size_t i = 0; key->check.choices[i]; i++) lc_strings_add(&entry->recommended, key->check.choices[i]);
}

lc_config_report *lc_config_validate(const lc_config_def *def, const lc_props *props,
                                     lc_config_values **ret_values)
{
    lc_config_report *report = lc_alloc(sizeof *report);
    report->entries = lc_table_new(free_entry);
    lc_autoptr(lc_config_values) values = lc_config_values_new();
    for (size_t i = 0; i < lc_config_def_count(def); i++)
        validate_key(def, lc_config_def_at(def, i), props, report, values);
    for (size_t i = 0; i < lc_config_report_count(report); i++)
        recommend(lc_config_report_at(report, i), values);
    if (ret_values) *ret_values = lc_steal(values);
    return report;
}

void lc_config_report_free(lc_config_report *report)
{
    if (!report) return;
    lc_table_free(report->entries);
    free(report);
}

size_t lc_config_report_count(const lc_config_report *report)
{
    return lc_table_count(report->entries);
}

lc_config_entry *lc_config_report_at(const lc_config_report *report, size_t at)
{
    return lc_table_value_at(report->entries, at);
}

lc_config_entry *lc_config_report_find(const lc_config_report *report, const char *name)
{
    return lc_table_get(report->entries, name);
}

size_t lc_config_report_error_count(const lc_config_report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < lc_config_report_count(report); i++)
        count += lc_config_report_at(report, i)->errors.count;
    return count;
}

static char *default_text(const lc_config_key *key)
{
    if (key->required || !key->fallback) return NULL;
    /* A default is valid for its type already and may name a class that isn't installed: no lookup here. */
    const lc_config_def no_classes = {0};
    lc_auto(lc_arena) memory = {0};
    lc_config_value value;
    lc_autoptr(lc_error) error = lc_config_parse_default(&no_classes, key, &memory, &value);
    return error ? lc_strdup(key->fallback) : lc_config_value_to_text(&value);
}

lc_json *lc_config_key_to_json(const lc_config_key *key)
{
    lc_json *json = lc_json_new_object();
    char *fallback = default_text(key);
    lc_json_set_string(json, "name", key->name);
    lc_json_set_string(json, "type", lc_config_type_name(key->type));
    lc_json_set_bool(json, "required", key->required);
    lc_json_set_string(json, "default_value", fallback);
    lc_json_set_string(json, "importance", lc_importance_name(key->importance));
    lc_json_set_string(json, "documentation", key->doc ? key->doc : "");
    lc_json_set_string(json, "group", key->group);
    lc_json_set_string(json, "width", lc_width_name(key->width));
    lc_json_set_string(json, "display_name", key->display ? key->display : key->name);
    lc_json *dependents = lc_json_set(json, "dependents", lc_json_new_array());
    for (size_t i = 0; key->dependents && key->dependents[i]; i++)
        lc_json_add(dependents, lc_json_new_string(key->dependents[i]));
    lc_json_set_int(json, "order", key->group ? key->order : -1);
    free(fallback);
    return json;
}

static lc_json *strings_to_json(const lc_strings *strings)
{
    lc_json *array = lc_json_new_array();
    for (size_t i = 0; i < strings->count; i++) lc_json_add(array, lc_json_new_string(strings->items[i]));
    return array;
}

lc_json *lc_config_entry_to_json(const lc_config_entry *entry)
{
    lc_json *json = lc_json_new_object();
    lc_json_set(json, "definition", entry->key ? lc_config_key_to_json(entry->key) : NULL);
    lc_json *value = lc_json_set(json, "value", lc_json_new_object());
    lc_json_set_string(value, "name", entry->name);
    lc_json_set_string(value, "value", entry->value);
    lc_json_set(value, "recommended_values", strings_to_json(&entry->recommended));
    lc_json_set(value, "errors", strings_to_json(&entry->errors));
    lc_json_set_bool(value, "visible", entry->visible);
    return json;
}
