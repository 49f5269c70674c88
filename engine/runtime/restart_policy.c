#include "runtime/restart_policy.h"

#include <string.h>

#define YEAR_MS (365 * 86400000LL)

static const char *const policies[] = {"none", "on-failure", NULL};

static const lc_config_key keys[] = {
    {.name = "errors.restart.policy", .type = LC_CONFIG_STRING, .fallback = "none",
     .check = {.kind = LC_CHECK_ONE_OF, .choices = policies}},
    {.name = "errors.restart.delay.ms", .type = LC_CONFIG_LONG, .fallback = "1000",
     .check = {.kind = LC_CHECK_BETWEEN, .min = 1, .max = YEAR_MS}},
    {.name = "errors.restart.delay.max.ms", .type = LC_CONFIG_LONG, .fallback = "300000",
     .check = {.kind = LC_CHECK_BETWEEN, .min = 1, .max = YEAR_MS}},
    {.name = "errors.restart.attempts.max", .type = LC_CONFIG_LONG, .fallback = "-1",
     .check = {.kind = LC_CHECK_AT_LEAST, .min = -1}},
    {.name = "errors.restart.healthy.ms", .type = LC_CONFIG_LONG, .fallback = "600000",
     .check = {.kind = LC_CHECK_BETWEEN, .min = 1, .max = YEAR_MS}},
};

static lc_config_def *new_def(void)
{
    lc_config_def *def = lc_config_def_new();
    lc_config_def_add_table(def, keys, sizeof keys / sizeof *keys);
    return def;
}

lc_error *lc_restart_policy_read(const lc_props *config, lc_restart_policy *ret_policy)
{
    lc_autoptr(lc_config_def) def = new_def();
    lc_autoptr(lc_config_values) values = NULL;
    LC_TRY(lc_config_parse(def, config, &values));
    *ret_policy = (lc_restart_policy){
        .on_failure = !strcmp(lc_config_string(values, "errors.restart.policy"), "on-failure"),
        .first_ms = lc_config_int(values, "errors.restart.delay.ms"),
        .longest_ms = lc_config_int(values, "errors.restart.delay.max.ms"),
        .most = lc_config_int(values, "errors.restart.attempts.max"),
        .healthy_ms = lc_config_int(values, "errors.restart.healthy.ms"),
    };
    return NULL;
}

int64_t lc_restart_policy_next(lc_restart_policy *policy, int64_t ran_ms)
{
    if (!policy->on_failure) return -1;
    if (ran_ms >= policy->healthy_ms) policy->restarts = 0;
    if (policy->most >= 0 && policy->restarts >= policy->most) return -1;
    int64_t wait = policy->first_ms;
    for (int64_t i = 0; i < policy->restarts && wait < policy->longest_ms; i++) wait *= 2;
    policy->restarts++;
    return wait < policy->longest_ms ? wait : policy->longest_ms;
}

void lc_restart_policy_check(const lc_props *config, lc_config_report *report)
{
    lc_autoptr(lc_config_def) def = new_def();
    lc_autoptr(lc_config_report) own = lc_config_validate(def, config, NULL);
    for (size_t i = 0; i < lc_config_report_count(own); i++) {
        const lc_config_entry *from = lc_config_report_at(own, i);
        for (size_t j = 0; j < from->errors.count; j++)
            lc_rules_add_error(report, config, from->name, from->errors.items[j]);
    }
}
