/* What the files of the facade share. */
#ifndef LC_API_INTERNAL_H
#define LC_API_INTERNAL_H

#include "base/error.h"
#include "base/map.h"
#include "cluster/herder.h"
#include "include/luaconnect.h"
#include "rest/rest.h"

struct lc_settings {
    lc_props *props;
};

struct lc_worker {
    lc_props *settings;
    lc_worker_options options;
    lc_log_t *log;
    lc_worker_core *core;
    lc_rest *rest;
    lc_herder *herder;
};

/* Turns an error (taken; may be NULL) into the failure that a caller sees. */
lc_failure *lc_failure_from(lc_error *error);

#endif
