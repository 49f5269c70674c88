/* The words of dates in locale en_US, as Java 17 has them (CLDR 39). Constant data; thread-safe. */
#ifndef LC_JAVA_DATE_NAMES_H
#define LC_JAVA_DATE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

extern const char *const LC_MONTHS_SHORT[12], *const LC_MONTHS_LONG[12];
extern const char *const LC_WEEKDAYS_SHORT[7], *const LC_WEEKDAYS_LONG[7]; /* Sunday first */
extern const char *const LC_ERAS_SHORT[2], *const LC_ERAS_LONG[2];
extern const char *const LC_AM_PM[2];

/* What one group of zones is called. DateFormatSymbols.getZoneStrings without repeated names, in its order,
 * which decides what an ambiguous name means ("CST" is Chicago's, not Shanghai's). */
typedef struct lc_zone_names {
    const char *name[4]; /* standard long, standard short, daylight long, daylight short */
    const char *zones;   /* separated by blanks; a name read from a text means the first */
} lc_zone_names;

extern const lc_zone_names LC_ZONE_NAMES[];
extern const size_t LC_ZONE_NAMES_COUNT;

/* The names of a zone; NULL when it has none. */
const lc_zone_names *lc_zone_names_of(lc_text zone);

/* The index of the first of the four names that `text` starts with in any case, or -1. */
int lc_zone_names_match(const lc_zone_names *names, lc_text text);

/* Does `text` start with `word`, in any case of ASCII letters? */
bool lc_text_starts_nocase(lc_text text, const char *word);

#endif
