#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <ctype.h>

#include "base/config_internal.h"

typedef lc_error *check_fn(const lc_config_check *check, const char *name, const lc_config_value *value);

lc_error *lc_config_invalid(const char *name, const char *value, const char *detail)
{
    return lc_fail(LC_E_CONFIG, "Invalid value %s for configuration %s: %s", value ? value : "null", name,
                   detail);
}

lc_error *lc_config_invalid_value(const char *name, const lc_config_value *value, const char *detail)
{
    if (value->is_null || value->type != LC_CONFIG_LIST) {
        char *text = lc_config_value_to_text(value);
        lc_error *error = lc_config_invalid(name, text, detail);
        free(text);
        return error;
    }
    lc_auto(lc_buf) text = {0};
    lc_buf_put(&text, '[');
    for (size_t i = 0; i < value->list.count; i++)
        lc_buf_printf(&text, "%s%s", i ? ", " : "", value->list.items[i]);
    lc_buf_put(&text, ']');
    return lc_config_invalid(name, text.data, detail);
}

static lc_error *check_range(const lc_config_check *check, const char *name, const lc_config_value *value)
{
    char detail[64];
    if (value->is_null) return lc_config_invalid(name, NULL, "Value must be non-null");
    if (value->number < check->min)
        snprintf(detail, sizeof detail, "Value must be at least %" PRId64, check->min);
    else if (check->kind == LC_CHECK_BETWEEN && value->number > check->max)
        snprintf(detail, sizeof detail, "Value must be no more than %" PRId64, check->max);
    else return NULL;
    return lc_config_invalid_value(name, value, detail);
}

static lc_error *fail_real(const char *name, const lc_config_value *value, const char *what, double bound)
{
    lc_config_value limit = {.type = LC_CONFIG_DOUBLE, .real = bound};
    char *text = lc_config_value_to_text(&limit);
    char detail[80];
    snprintf(detail, sizeof detail, "%s %s", what, text);
    free(text);
    return lc_config_invalid_value(name, value, detail);
}

static lc_error *check_real_range(const lc_config_check *check, const char *name,
                                  const lc_config_value *value)
{
    if (value->is_null) return lc_config_invalid(name, NULL, "Value must be non-null");
    if (value->real < check->min_real)
        return fail_real(name, value, "Value must be at least", check->min_real);
    if (check->kind == LC_CHECK_BETWEEN_REAL && value->real > check->max_real)
        return fail_real(name, value, "Value must be no more than", check->max_real);
    return NULL;
}

static bool is_choice(const lc_config_check *check, const char *text)
{
    bool nocase = check->kind == LC_CHECK_ONE_OF_NOCASE;
    for (size_t i = 0; check->choices[i]; i++)
        if (nocase ? !strcasecmp(check->choices[i], text) : !strcmp(check->choices[i], text)) return true;
    return false;
}

static lc_error *fail_choice(const lc_config_check *check, const char *name, const char *value)
{
    bool nocase = check->kind == LC_CHECK_ONE_OF_NOCASE;
    lc_auto(lc_buf) detail = {0};
    lc_buf_printf(&detail, "String must be one of%s: ", nocase ? " (case insensitive)" : "");
    for (size_t i = 0; check->choices[i]; i++) {
        if (i) lc_buf_text(&detail, ", ");
        for (const char *p = check->choices[i]; *p; p++)
            lc_buf_put(&detail, nocase ? (char)toupper((unsigned char)*p) : *p);
    }
    return lc_config_invalid(name, value, detail.data);
}

static lc_error *check_choice(const lc_config_check *check, const char *name, const lc_config_value *value)
{
    const char *text = value->is_null ? NULL : value->text.data;
    return text && is_choice(check, text) ? NULL : fail_choice(check, name, text);
}

static lc_error *check_list(const lc_config_check *check, const char *name, const lc_config_value *value)
{
    for (size_t i = 0; i < value->list.count; i++)
        if (!is_choice(check, value->list.items[i])) return fail_choice(check, name, value->list.items[i]);
    return NULL;
}

static lc_error *check_non_null(const lc_config_check *check, const char *name, const lc_config_value *value)
{
    (void)check;
    return value->is_null ? lc_config_invalid(name, NULL, "entry must be non null") : NULL;
}

static lc_error *check_non_empty(const lc_config_check *check, const char *name, const lc_config_value *value)
{
    (void)check;
    bool empty = !value->is_null && value->text.len == 0;
    return empty ? lc_config_invalid(name, "", "String must be non-empty") : NULL;
}

static lc_error *check_control_chars(const lc_config_check *check, const char *name,
                                     const lc_config_value *value)
{
    (void)check;
    if (value->is_null) return NULL;
    if (!value->text.len) return lc_config_invalid(name, "", "String may not be empty");
    lc_auto(lc_buf) found = {0};
    for (size_t i = 0; i < value->text.len; i++) {
        unsigned c = (unsigned char)value->text.data[i];
        bool second_half =
            c == 0xc2 && i + 1 < value->text.len && (unsigned char)value->text.data[i + 1] < 0xa0;
        if (second_half) c = (unsigned char)value->text.data[++i];
        else if (c >= 0x20 && c != 0x7f) continue;
        lc_buf_printf(&found, "%s%u", found.len ? ", " : "", c);
    }
    if (!found.len) return NULL;
    lc_auto(lc_buf) detail = {0};
    lc_buf_printf(&detail, "String may not contain control sequences but had the following ASCII chars: %s",
                  found.data);
    return lc_config_invalid_value(name, value, detail.data);
}

static lc_error *check_unique(const lc_config_check *check, const char *name, const lc_config_value *value)
{
    (void)check;
    lc_error *error = NULL;
    lc_table *seen = lc_table_new(NULL);
    for (size_t i = 0; i < value->list.count; i++) lc_table_put(seen, value->list.items[i], seen);
    if (lc_table_count(seen) < value->list.count)
        error = lc_config_invalid_value(name, value, "Duplicate alias provided.");
    lc_table_free(seen);
    return error;
}

static lc_error *check_call(const lc_config_check *check, const char *name, const lc_config_value *value)
{
    return check->call(check->context, name, value);
}

static check_fn *const checks[] = {
    [LC_CHECK_AT_LEAST] = check_range,
    [LC_CHECK_BETWEEN] = check_range,
    [LC_CHECK_AT_LEAST_REAL] = check_real_range,
    [LC_CHECK_BETWEEN_REAL] = check_real_range,
    [LC_CHECK_ONE_OF] = check_choice,
    [LC_CHECK_ONE_OF_NOCASE] = check_choice,
    [LC_CHECK_LIST_OF] = check_list,
    [LC_CHECK_NON_NULL] = check_non_null,
    [LC_CHECK_NON_EMPTY] = check_non_empty,
    [LC_CHECK_NO_CONTROL_CHARS] = check_control_chars,
    [LC_CHECK_UNIQUE] = check_unique,
    [LC_CHECK_CALL] = check_call,
};

lc_error *lc_config_check_value(const lc_config_key *key, const lc_config_value *value)
{
    const char *name = key->check_name ? key->check_name : key->name;
    if (key->type == LC_CONFIG_CHOICE && !value->is_null && key->check.choices)
        LC_TRY(check_choice(&key->check, name, value));
    for (const lc_config_check *check = &key->check; check; check = check->next) {
        check_fn *run = checks[check->kind];
        if (run) LC_TRY(run(check, name, value));
    }
    return NULL;
}
