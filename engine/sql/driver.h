/* What a driver is: a table of functions. Private to this folder. */
#ifndef LC_SQL_DRIVER_H
#define LC_SQL_DRIVER_H

#include "sql/sql.h"

typedef struct lc_sql_driver {
    const char *name;
    lc_error *(*open)(const lc_sql_options *options, lc_sql **ret_sql);
    void (*close)(lc_sql *sql);
    lc_error *(*execute)(lc_sql *sql, lc_text statement, const lc_sql_value *params, size_t count, int64_t *ret_rows);
    lc_error *(*write)(lc_sql *sql, const lc_sql_bulk *bulk, const lc_sql_value *values, size_t rows,
                       int64_t *ret_rows);
    lc_error *(*query)(lc_sql *sql, lc_text query, const lc_sql_value *params, size_t count, size_t fetch,
                       lc_sql_cursor **ret_cursor);
    lc_error *(*next)(lc_sql_cursor *cursor, const lc_sql_value **ret_row);
    void (*end)(lc_sql_cursor *cursor);
} lc_sql_driver;

enum { LC_SQL_MOMENT_MS = 50 /* between two looks at `stopping` */, LC_SQL_GRACE_MS = 1000 };

/* What all connections and cursors have; drivers put it first in theirs. */
struct lc_sql {
    const lc_sql_driver *driver;
    lc_sql_fault fault;
    char state[6];
    bool lost;
    bool (*stopping)(void *context);
    void *context;
    int64_t stopping_since_ms; /* 0: it isn't */
    lc_sql_cursor *cursor; /* the open one; NULL: none */
};

struct lc_sql_cursor {
    lc_sql *sql;
    lc_arena arena; /* what its columns are */
    lc_sql_column *columns;
    lc_sql_value *row;
    size_t count;
};

extern const lc_sql_driver lc_sql_mysql, lc_sql_postgresql, lc_sql_sqlite;

/* The task was asked to stop, and what runs had its time to end well. */
bool lc_sql_is_stopping(lc_sql *sql);

/* Notes what the error is, and makes one of the text (which may end with line ends). */
lc_error *lc_sql_fail(lc_sql *sql, lc_sql_fault fault, const char *state, const char *text) LC_RESULT;
/* What a SQLSTATE says of an error. */
lc_sql_fault lc_sql_fault_of_state(const char *state);
/* Waits until the descriptor is readable (and, if asked, writable). Fails when the task is stopped, or after
 * timeout_ms if that is above 0. */
lc_error *lc_sql_wait(lc_sql *sql, int fd, bool for_writing, int64_t timeout_ms) LC_RESULT;
const char *lc_sql_extra(const lc_sql_options *options, const char *name); /* NULL: not there */

#endif
