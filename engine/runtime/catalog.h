/* Classes that a configuration can name: what validation asks about plug-ins.
 *
 * An interface, so that validation knows neither scripts nor converters; plugin_catalog.h fills it from a
 * worker's plug-ins. What it answers is borrowed and lives as long as the plug-ins. */
#ifndef LC_RUNTIME_CATALOG_H
#define LC_RUNTIME_CATALOG_H

#include "base/config_def.h"
#include "base/strings.h"

typedef enum lc_class_kind {
    LC_CLASS_CONVERTER = 1,
    LC_CLASS_HEADER_CONVERTER = 2,
    LC_CLASS_TRANSFORMATION = 4,
    LC_CLASS_PREDICATE = 8
} lc_class_kind;

typedef struct lc_class_info {
    const char *name;         /* full class name */
    unsigned kinds;           /* lc_class_kind's; 0: a class, but no plug-in */
    const char *version;      /* NULL: none */
    const char *variants;     /* abstract: "a.B$Key, a.B$Value", what can be used in its place; else NULL */
    const lc_config_def *def; /* what it is configured with; NULL: nothing */
    const lc_config_def *hidden; /* further keys, listed only where they are given; NULL: none */
    const char *broken;       /* why it can't be used, of a script that can't be loaded; else NULL */
} lc_class_info;

typedef struct lc_catalog {
    void *context;
    /* A class by full name or alias; false when there is none. */
    bool (*find)(void *context, const char *name, lc_class_info *ret_info);
    /* Full names of all usable classes of a kind, sorted. */
    void (*list)(void *context, lc_class_kind kind, lc_strings *names);
} lc_catalog;

const char *lc_class_kind_name(lc_class_kind kind); /* Java's interface: "Converter" … */

#endif
