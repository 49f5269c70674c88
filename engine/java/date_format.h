/* java.text.SimpleDateFormat as Connect's transforms use it: locale en_US, lenient, zone UTC at first.
 *
 *   lc_date_format *format;
 *   LC_TRY(lc_date_format_new(LC_TEXT("yyyy-MM-dd HH:mm"), &format));
 *   char *out = lc_arena_alloc(arena, lc_date_format_room(format));
 *   size_t len = lc_date_format_write(format, ms, out, lc_date_format_room(format));
 *
 * The calendar is GregorianCalendar's: Julian before 15 October 1582, eras BC and AD, weeks that start on
 * Sunday with one day being enough for a first week. As in Java the object has state: parsing a text that
 * names a zone ("PST") makes that zone the one that later writes and parses use. Milliseconds are since
 * the epoch, as in java.util.Date.
 *
 * Must not know: Connect's schemas or records. Writing takes no memory, nor does parsing, apart from the first
 * time that a text names a zone. One thread at a time: write changes the object too (it caches the fields of
 * the last day). */
#ifndef LC_JAVA_DATE_FORMAT_H
#define LC_JAVA_DATE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "java/zone.h"

typedef struct lc_date_format lc_date_format;

/* Compiles a pattern. LC_E_ILLEGAL_ARGUMENT with Java's text: "Illegal pattern character 'x'",
 * "Unterminated quote", "invalid ISO 8601 format: length=4". The pattern is copied. Two-digit years are
 * read as 80 years before to 20 years after now, the moment of this call. */
lc_error *lc_date_format_new(lc_text pattern, lc_date_format **ret_format) LC_RESULT;
void lc_date_format_free(lc_date_format *format); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_date_format, lc_date_format_free)

/* SimpleDateFormat.setTimeZone. */
void lc_date_format_set_zone(lc_date_format *format, const lc_zone *zone);

/* Bytes that any write of this format needs at most. */
size_t lc_date_format_room(const lc_date_format *format);

/* Writes the time `ms` as UTF-8 without a NUL and returns its length. When `cap` is less than that length
 * (lc_date_format_room always suffices) what is in `out` is not the whole text. */
size_t lc_date_format_write(lc_date_format *format, int64_t ms, char *out, size_t cap);

/* DateFormat.parse(String): true and the time when a prefix of the text matches the pattern, leniently
 * (month 13 is the next January); false where Java throws ParseException. */
bool lc_date_format_parse(lc_date_format *format, lc_text text, int64_t *ret_ms);

#endif
