/* A compiled SimpleDateFormat pattern and the object around it. Internal to date_*.c.
 *
 *   "yyyy-MM 'at' HH" ──▶ YEAR×4 LITERAL"-" MONTH×2 LITERAL" at " HOUR_OF_DAY×2 */
#ifndef LC_JAVA_DATE_PATTERN_H
#define LC_JAVA_DATE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "java/calendar.h"
#include "java/date_names.h"
#include "java/zone.h"

/* X(kind, letter, calendar field it sets) */
#define LC_DATE_LETTERS(X)                                                 \
    X(LC_DATE_ERA, 'G', LC_CALENDAR_ERA)                                   \
    X(LC_DATE_YEAR, 'y', LC_CALENDAR_YEAR)                                 \
    X(LC_DATE_MONTH, 'M', LC_CALENDAR_MONTH)                               \
    X(LC_DATE_DAY_OF_MONTH, 'd', LC_CALENDAR_DAY_OF_MONTH)                 \
    X(LC_DATE_HOUR_OF_DAY_1, 'k', LC_CALENDAR_HOUR_OF_DAY)                 \
    X(LC_DATE_HOUR_OF_DAY, 'H', LC_CALENDAR_HOUR_OF_DAY)                   \
    X(LC_DATE_MINUTE, 'm', LC_CALENDAR_MINUTE)                             \
    X(LC_DATE_SECOND, 's', LC_CALENDAR_SECOND)                             \
    X(LC_DATE_MILLISECOND, 'S', LC_CALENDAR_MILLISECOND)                   \
    X(LC_DATE_DAY_OF_WEEK, 'E', LC_CALENDAR_DAY_OF_WEEK)                   \
    X(LC_DATE_DAY_OF_YEAR, 'D', LC_CALENDAR_DAY_OF_YEAR)                   \
    X(LC_DATE_DAY_OF_WEEK_IN_MONTH, 'F', LC_CALENDAR_DAY_OF_WEEK_IN_MONTH) \
    X(LC_DATE_WEEK_OF_YEAR, 'w', LC_CALENDAR_WEEK_OF_YEAR)                 \
    X(LC_DATE_WEEK_OF_MONTH, 'W', LC_CALENDAR_WEEK_OF_MONTH)               \
    X(LC_DATE_AM_PM, 'a', LC_CALENDAR_AM_PM)                               \
    X(LC_DATE_HOUR_1, 'h', LC_CALENDAR_HOUR)                               \
    X(LC_DATE_HOUR, 'K', LC_CALENDAR_HOUR)                                 \
    X(LC_DATE_ZONE_NAME, 'z', LC_CALENDAR_ZONE_OFFSET)                     \
    X(LC_DATE_ZONE_VALUE, 'Z', LC_CALENDAR_ZONE_OFFSET)                    \
    X(LC_DATE_WEEK_YEAR, 'Y', LC_CALENDAR_WEEK_YEAR)                       \
    X(LC_DATE_ISO_DAY_OF_WEEK, 'u', LC_CALENDAR_DAY_OF_WEEK)               \
    X(LC_DATE_ISO_ZONE, 'X', LC_CALENDAR_ZONE_OFFSET)                      \
    X(LC_DATE_MONTH_STANDALONE, 'L', LC_CALENDAR_MONTH)

typedef enum lc_date_kind {
#define X(kind, letter, field) kind,
    LC_DATE_LETTERS(X)
#undef X
        LC_DATE_LITERAL
} lc_date_kind;

typedef struct lc_date_op {
    lc_date_kind kind;
    size_t count;     /* letters in the pattern; bytes of a literal */
    const char *text; /* of a literal */
} lc_date_op;

typedef struct lc_date_pattern {
    lc_date_op *ops;
    size_t count, cap;
    char *texts; /* the literals' bytes */
} lc_date_pattern;

lc_error *lc_date_pattern_compile(lc_text source, lc_date_pattern *ret_pattern) LC_RESULT;
void lc_date_pattern_done(lc_date_pattern *pattern);

struct lc_date_format {
    lc_date_pattern pattern;
    size_t room;
    const lc_zone *zone;
    const lc_zone_names *zone_names; /* of `zone`; NULL: it has none */
    lc_zone **zones;                 /* those that texts have named so far, by index in LC_ZONE_NAMES */
    int64_t century_start_ms;        /* two-digit years lie in the hundred years from here */
    int32_t century_start_year;
    lc_calendar_day day; /* the fields of `day_number`, the last one written */
    int64_t day_number;
    lc_calendar_time kept; /* a week date that was parsed keeps its offsets while this moment is written */
    bool keeps;
};

#endif
