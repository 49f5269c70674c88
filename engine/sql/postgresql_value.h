/* PostgreSQL's binary form of values. Private to this folder. */
#ifndef LC_SQL_POSTGRESQL_VALUE_H
#define LC_SQL_POSTGRESQL_VALUE_H

#include "base/buf.h"
#include "sql/driver.h"

enum { LC_PG_BYTEA = 17 };

/* How a column is read: a place in the table of types. */
typedef uint8_t lc_pg_type;

/* What is known of a type by its number; fills type, kind, precision and scale of the column. The type stays "" when
 * its binary form isn't known: such a column must be cast to text in the query. */
lc_pg_type lc_pg_type_of(unsigned oid, int modifier, lc_sql_column *column);
/* Texts that must be made lie in `texts`; all others in `bytes`. False: not of the form of that type. */
bool lc_pg_read(lc_pg_type type, lc_text bytes, lc_arena *texts, lc_sql_value *ret_value);
/* One array of `rows` values that lie `step` apart. The number of its type. */
unsigned lc_pg_write_array(lc_buf *out, lc_sql_kind kind, const lc_sql_value *values, size_t step, size_t rows);

#endif
