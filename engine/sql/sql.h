/* Databases: one interface, a driver each for PostgreSQL, MySQL (with MariaDB) and SQLite, whose client
 * libraries are loaded when the first connection asks for them.
 *
 * A connection belongs to one thread. Waits are cut into moments between which `stopping` is asked: a second after
 * it says yes, the statement is cancelled at the server and the call fails, so that no task outlives its stop by
 * much. Names in SQL are the caller's affair; values are parameters.
 *
 * Knows nothing of records, schemas or scripts. */
#ifndef LC_SQL_SQL_H
#define LC_SQL_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

typedef struct lc_sql lc_sql;               /* a connection */
typedef struct lc_sql_cursor lc_sql_cursor; /* the rows of a running query */

typedef enum lc_sql_kind {
    LC_SQL_NULL,
    LC_SQL_BOOL,      /* i */
    LC_SQL_INT,       /* i */
    LC_SQL_DOUBLE,    /* d */
    LC_SQL_TEXT,      /* s, UTF-8 */
    LC_SQL_BYTES,     /* s */
    LC_SQL_DECIMAL,   /* s: its digits, "-12.50", or "NaN" and the like */
    LC_SQL_DATE,      /* i: days since 1970-01-01 */
    LC_SQL_TIME,      /* i: microseconds since midnight */
    LC_SQL_TIMESTAMP, /* i: microseconds since 1970 on a clock without a zone */
    LC_SQL_INSTANT,   /* i: microseconds since 1970 in UTC */
    LC_SQL_KINDS
} lc_sql_kind;

typedef struct lc_sql_value {
    uint8_t kind; /* lc_sql_kind */
    uint32_t len;
    union {
        int64_t i;
        double d;
        const char *s;
    } u;
} lc_sql_value;

/* What an error of a database is, beside its text: who catches one asks lc_sql_fault. */
typedef enum lc_sql_fault {
    LC_SQL_OTHER,    /* a statement that is wrong, a right that is missing */
    LC_SQL_DATA,     /* a row is wrong: others may be right */
    LC_SQL_AGAIN,    /* the same may succeed later: deadlock, time-out, lack of room */
    LC_SQL_LOST,     /* the connection is gone: open another one */
    LC_SQL_CANCELLED /* the task is being stopped */
} lc_sql_fault;

typedef struct lc_sql_options {
    const char *driver;   /* "postgresql", "mysql" or "sqlite" */
    const char *host;     /* NULL: this machine; MySQL: a path is a Unix socket */
    int port;             /* 0: the driver's own */
    const char *database; /* SQLite: the path */
    const char *user, *password;
    const char *const *extra; /* name, value, name, value, NULL: the driver's own options (sslmode, …) */
    int64_t connect_timeout_ms;
    bool (*stopping)(void *context);
    void *context;
} lc_sql_options;

/* Opens a connection. LC_E_CONNECT, retriable where the server may be there a little later. */
lc_error *lc_sql_open(const lc_sql_options *options, lc_sql **ret_sql) LC_RESULT;
void lc_sql_close(lc_sql *sql); /* ends its cursors; accepts NULL */
LC_DEFINE_AUTOPTR(lc_sql, lc_sql_close)

/* Of the last call that failed. Text and state live until the next call. */
lc_sql_fault lc_sql_fault_of(const lc_sql *sql);
const char *lc_sql_state(const lc_sql *sql); /* SQLSTATE, or "" */
bool lc_sql_is_lost(const lc_sql *sql);      /* nothing works with it any more */

/* Runs a statement. `ret_rows` (may be NULL) is how many it changed. Placeholders are the driver's own: $1, or ?1. */
lc_error *lc_sql_execute(lc_sql *sql, lc_text statement, const lc_sql_value *params, size_t count,
                         int64_t *ret_rows) LC_RESULT;

/* A statement for many rows at once.
 *   PostgreSQL: run once, with one array per column ($1 … $n): INSERT … SELECT … FROM unnest($1::int8[], …)
 *   MySQL, with a tail: head, a list of (…), (…) of literals, tail: INSERT INTO … VALUES … ON DUPLICATE KEY UPDATE …
 *   SQLite, and MySQL without a tail: run for each row */
typedef struct lc_sql_bulk {
    lc_text head, tail;
    size_t columns;
    const uint8_t *kinds; /* lc_sql_kind per column: the type of its array */
} lc_sql_bulk;

/* Runs it for `rows` rows of `values` (row by row). All of them, or an error: then the transaction is broken. */
lc_error *lc_sql_write(lc_sql *sql, const lc_sql_bulk *bulk, const lc_sql_value *values, size_t rows,
                       int64_t *ret_rows) LC_RESULT;

typedef struct lc_sql_column {
    const char *name;
    const char *type;  /* as the driver names it: "int4", "varchar"; "" when it can't be told */
    int32_t precision; /* of numbers; -1: unknown */
    int32_t scale;
    uint8_t kind;  /* lc_sql_kind that values have, NULL apart */
    bool not_null; /* known to have no nulls */
} lc_sql_column;

/* Runs a query whose rows are fetched some at a time: memory doesn't grow with the result. PostgreSQL wants a
 * transaction around it. `fetch` 0: all at once, for small results. One cursor at a time per
 * connection: until it is closed, other statements are refused. */
lc_error *lc_sql_query(lc_sql *sql, lc_text query, const lc_sql_value *params, size_t count, size_t fetch,
                       lc_sql_cursor **ret_cursor) LC_RESULT;
const lc_sql_column *lc_sql_columns(const lc_sql_cursor *cursor, size_t *ret_count);
/* The next row, good until the next call; NULL: there are no more. */
lc_error *lc_sql_next(lc_sql_cursor *cursor, const lc_sql_value **ret_row) LC_RESULT;
void lc_sql_cursor_close(lc_sql_cursor *cursor); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_sql_cursor, lc_sql_cursor_close)

/* Dates and times as text, and back. `text` has room for 48. */
size_t lc_sql_print_moment(lc_sql_kind kind, int64_t value, char *text);
/* Of "2024-02-29 12:30:00.5", "2024-02-29" or "12:30:00.5" by `kind`. False: it isn't one. */
bool lc_sql_parse_moment(lc_sql_kind kind, const char *text, size_t len, int64_t *ret_value);

#endif
