/* Time zones by name, with the offsets of java.util.TimeZone.
 *
 * Names are those of the tz database ("Europe/Berlin"), Java's old three-letter ids ("PST", "JST") and
 * offsets ("GMT+5", "GMT-05:30"). Rules come from the system's tz database. A zone is immutable once
 * opened: any number of threads may share it. */
#ifndef LC_JAVA_ZONE_H
#define LC_JAVA_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

typedef struct lc_zone lc_zone;

/* Opens a zone. LC_E_ILLEGAL_ARGUMENT when nothing has that name (TimeZone.getTimeZone would fall back to
 * GMT), LC_E_IO when the tz database is damaged. */
lc_error *lc_zone_open(lc_text name, lc_zone **ret_zone) LC_RESULT;
void lc_zone_close(lc_zone *zone); /* accepts NULL; not for lc_zone_utc() */
LC_DEFINE_AUTOPTR(lc_zone, lc_zone_close)

/* UTC, which needs no opening and no closing. */
const lc_zone *lc_zone_utc(void);

const char *lc_zone_name(const lc_zone *zone);

/* What to add to UTC to get local time at `utc_ms`; `ret_is_dst` (may be NULL): daylight saving is on. */
int32_t lc_zone_offset_ms(const lc_zone *zone, int64_t utc_ms, bool *ret_is_dst);

/* The zone's offset without daylight saving now (TimeZone.getRawOffset), and what daylight saving adds, 0
 * when the zone has none any more (TimeZone.getDSTSavings). */
int32_t lc_zone_raw_offset_ms(const lc_zone *zone);
int32_t lc_zone_dst_savings_ms(const lc_zone *zone);

/* The offset for a local time. A local time that daylight saving skips counts as standard time, one that
 * comes twice as standard time, as GregorianCalendar resolves them. `ret_dst_ms` (may be NULL): the part that
 * is daylight saving. */
int32_t lc_zone_local_offset_ms(const lc_zone *zone, int64_t local_ms, int32_t *ret_dst_ms);

#endif
