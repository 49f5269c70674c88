/* Rows of databases and records of batches: values go from one to the other without passing through Lua. Private to
 * this folder. */
#ifndef LC_SCRIPT_SQL_ROWS_H
#define LC_SCRIPT_SQL_ROWS_H

#include "data/record.h"
#include "java/zone.h"
#include "sql/sql.h"

/* Where a parameter of a sink's statement comes from. */
typedef enum lc_row_side {
    LC_ROW_KEY, /* the whole key; or a field of it */
    LC_ROW_VALUE,
    LC_ROW_TOPIC,
    LC_ROW_PARTITION,
    LC_ROW_OFFSET
} lc_row_side;

typedef struct lc_row_field {
    char *name;   /* of the column, for messages */
    uint8_t side; /* lc_row_side */
    uint8_t kind; /* lc_sql_kind */
    int32_t slot; /* place in the struct; -1: the whole key or value */
    bool is_key;  /* belongs to what a row is known by */
} lc_row_field;

/* How records of one topic, key schema and value schema become rows. */
typedef struct lc_row_plan {
    lc_row_field *fields;
    uint8_t *kinds; /* one per field, for lc_sql_bulk */
    size_t count;
    bool last_wins;       /* of rows with the same key only the last is written */
    const lc_zone *zone; /* of timestamps without a zone */
} lc_row_plan;

/* The rows of some records, one after another. `ret_rows` is how many there are. LC_E_DATA names the field. */
lc_error *lc_rows_of_records(const lc_row_plan *plan, lc_arena *arena, const lc_record *records,
                             const uint32_t *which, size_t count, lc_sql_value **ret_values, size_t *ret_rows) LC_RESULT;

/* A value of a row as one of `schema`, in `arena`. LC_E_DATA when it doesn't fit. */
lc_error *lc_value_of_sql(lc_arena *arena, const lc_schema *schema, const lc_zone *zone, const lc_sql_value *from,
                          lc_value *ret_value) LC_RESULT;

/* Milliseconds and nanoseconds of the second of a moment in a column; false for null and for what is no moment. */
bool lc_moment_of_sql(const lc_sql_value *from, const lc_zone *zone, int64_t *ret_ms, int64_t *ret_nanos);

#endif
