/* What the parts of config_def share. Not for others. */
#ifndef LC_BASE_CONFIG_INTERNAL_H
#define LC_BASE_CONFIG_INTERNAL_H

#include "base/arena.h"
#include "base/config_def.h"

struct lc_config_def {
    lc_table *keys; /* name → const lc_config_key, in `memory` or in a static table */
    lc_arena memory;
    lc_config_class_fn *find_class;
    void *find_context;
};

struct lc_config_values {
    lc_table *values; /* name → lc_config_value in `memory` */
    lc_arena memory;
};

/* A raw text as a value of the key's type, with texts in `memory`. LC_E_CONFIG. */
lc_error *lc_config_parse_text(const lc_config_def *def, const lc_config_key *key, lc_text raw,
                               lc_arena *memory, lc_config_value *ret_value) LC_RESULT;
/* The key's default, null when it has none. */
lc_error *lc_config_parse_default(const lc_config_def *def, const lc_config_key *key, lc_arena *memory,
                                  lc_config_value *ret_value) LC_RESULT;
lc_error *lc_config_fail_missing(const lc_config_key *key) LC_RESULT;
/* Runs the key's checks on a value. */
lc_error *lc_config_check_value(const lc_config_key *key, const lc_config_value *value) LC_RESULT;
lc_config_values *lc_config_values_new(void);
void lc_config_values_put(lc_config_values *values, const char *name, const lc_config_value *value);

#endif
