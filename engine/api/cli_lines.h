/* Records as lines of JSON: a value each, or with `whole` an object of everything that a record has.
 *
 *   {"topic":"t","partition":0,"offset":5,"timestamp":1700000000000,"key":"k","value":{"a":1},"headers":{"h":1}}
 *
 * Keys, values and headers go through converters as in a task: JSON as it is for JsonConverter; for others a JSON
 * string stands for the text itself. Headers are an object, or a list of {"key","value"} where names repeat. */
#ifndef LC_API_CLI_LINES_H
#define LC_API_CLI_LINES_H

#include "base/json.h"
#include "convert/converter.h"

typedef struct lc_lines {
    lc_converter *key, *value, *header; /* borrowed */
    bool whole;
    int64_t now_ms; /* timestamp of records whose line is only a value */
    lc_converter *exact; /* borrowed; keys, values and headers of lines that `luaconnect record` wrote; NULL: plain ones */
} lc_lines;

/* Whether a line is the first one of a file of `luaconnect record`. */
bool lc_line_is_head(lc_text line);
/* Adds the record of one line to the batch; `number` counts lines from 1 and gives the offset where there is none.
 * LC_E_BAD_REQUEST or a converter's error. */
lc_error *lc_line_read(const lc_lines *lines, lc_batch *batch, lc_text line, int64_t number) LC_RESULT;
/* Appends the record as a line without its end. What a converter can't write appears as Java's text of it. */
void lc_line_write(const lc_lines *lines, lc_batch *batch, const lc_record *record, lc_buf *out);
/* Records of sources are converted before Kafka gets them: those that can't be become FAILED. */
void lc_lines_convert(const lc_lines *lines, lc_batch *batch);
/* The record as a JSON object, for comparing; the caller frees it. */
lc_json *lc_line_snapshot(const lc_lines *lines, lc_batch *batch, const lc_record *record);

#endif
