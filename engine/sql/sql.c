#include "sql/sql.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "sql/driver.h"

static const lc_sql_driver *const drivers[] = {&lc_sql_mysql, &lc_sql_postgresql, &lc_sql_sqlite};

lc_error *lc_sql_open(const lc_sql_options *options, lc_sql **ret_sql)
{
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
        if (!strcmp(drivers[i]->name, options->driver)) return drivers[i]->open(options, ret_sql);
    return lc_fail(LC_E_CONFIG, "there is no driver for databases of the kind %s", options->driver);
}

void lc_sql_close(lc_sql *sql)
{
    if (!sql) return;
    lc_sql_cursor_close(sql->cursor);
    sql->driver->close(sql);
}

lc_sql_fault lc_sql_fault_of(const lc_sql *sql)
{
    return sql->fault;
}

const char *lc_sql_state(const lc_sql *sql)
{
    return sql->state;
}

bool lc_sql_is_lost(const lc_sql *sql)
{
    return sql->lost;
}

static lc_error *may_start(lc_sql *sql)
{
    sql->fault = LC_SQL_OTHER;
    sql->state[0] = '\0';
    if (sql->lost) return lc_sql_fail(sql, LC_SQL_LOST, "08003", "the connection to the database is closed");
    if (sql->cursor) return lc_fail(LC_E_ILLEGAL_STATE, "a query of this connection is still being read");
    return NULL;
}

lc_error *lc_sql_execute(lc_sql *sql, lc_text statement, const lc_sql_value *params, size_t count, int64_t *ret_rows)
{
    int64_t rows = 0;
    LC_TRY(may_start(sql));
    LC_TRY(sql->driver->execute(sql, statement, params, count, &rows));
    if (ret_rows) *ret_rows = rows;
    return NULL;
}

lc_error *lc_sql_write(lc_sql *sql, const lc_sql_bulk *bulk, const lc_sql_value *values, size_t rows,
                       int64_t *ret_rows)
{
    int64_t changed = 0;
    LC_TRY(may_start(sql));
    if (rows) LC_TRY(sql->driver->write(sql, bulk, values, rows, &changed));
    if (ret_rows) *ret_rows = changed;
    return NULL;
}

lc_error *lc_sql_query(lc_sql *sql, lc_text query, const lc_sql_value *params, size_t count, size_t fetch,
                       lc_sql_cursor **ret_cursor)
{
    LC_TRY(may_start(sql));
    LC_TRY(sql->driver->query(sql, query, params, count, fetch, &sql->cursor));
    *ret_cursor = sql->cursor;
    return NULL;
}

const lc_sql_column *lc_sql_columns(const lc_sql_cursor *cursor, size_t *ret_count)
{
    *ret_count = cursor->count;
    return cursor->columns;
}

lc_error *lc_sql_next(lc_sql_cursor *cursor, const lc_sql_value **ret_row)
{
    cursor->sql->fault = LC_SQL_OTHER;
    cursor->sql->state[0] = '\0';
    return cursor->sql->driver->next(cursor, ret_row);
}

void lc_sql_cursor_close(lc_sql_cursor *cursor)
{
    if (!cursor) return;
    cursor->sql->cursor = NULL;
    cursor->sql->driver->end(cursor);
}

/* Drivers */

bool lc_sql_is_stopping(lc_sql *sql)
{
    if (!sql->stopping || !sql->stopping(sql->context)) return false;
    if (!sql->stopping_since_ms) sql->stopping_since_ms = lc_monotonic_ms();
    return lc_monotonic_ms() - sql->stopping_since_ms > LC_SQL_GRACE_MS;
}

lc_error *lc_sql_fail(lc_sql *sql, lc_sql_fault fault, const char *state, const char *text)
{
    size_t len = strlen(text);
    while (len && (text[len - 1] == '\n' || text[len - 1] == ' ')) len--;
    sql->fault = fault;
    snprintf(sql->state, sizeof sql->state, "%s", state ? state : "");
    if (fault == LC_SQL_LOST) sql->lost = true;
    lc_error *error = *sql->state ? lc_fail(fault == LC_SQL_DATA ? LC_E_DATA : LC_E_CONNECT, "%.*s (SQLSTATE %s)",
                                            (int)len, text, sql->state)
                                  : lc_fail(fault == LC_SQL_DATA ? LC_E_DATA : LC_E_CONNECT, "%.*s", (int)len, text);
    lc_error_set_retriable(error, fault == LC_SQL_AGAIN || fault == LC_SQL_LOST || fault == LC_SQL_CANCELLED);
    return error;
}

lc_sql_fault lc_sql_fault_of_state(const char *state)
{
    /* The first that begins the state counts. */
    static const struct {
        const char *prefix;
        lc_sql_fault fault;
    } states[] = {
        {"08", LC_SQL_LOST},   {"57P01", LC_SQL_LOST}, {"57P02", LC_SQL_LOST}, {"57P03", LC_SQL_LOST},
        {"57014", LC_SQL_AGAIN}, {"40", LC_SQL_AGAIN},   {"53", LC_SQL_AGAIN},   {"55P03", LC_SQL_AGAIN},
        {"55006", LC_SQL_AGAIN}, {"25006", LC_SQL_AGAIN}, {"22", LC_SQL_DATA},    {"23", LC_SQL_DATA},
        {"21000", LC_SQL_DATA}, {"44", LC_SQL_DATA},    {"P0001", LC_SQL_DATA},
    };
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (!strncmp(state, states[i].prefix, strlen(states[i].prefix))) return states[i].fault;
    return LC_SQL_OTHER;
}

lc_error *lc_sql_wait(lc_sql *sql, int fd, bool for_writing, int64_t timeout_ms)
{
    int64_t deadline = timeout_ms > 0 ? lc_monotonic_ms() + timeout_ms : INT64_MAX;
    for (;;) {
        struct pollfd wait = {fd, (short)(POLLIN | (for_writing ? POLLOUT : 0)), 0};
        if (poll(&wait, 1, LC_SQL_MOMENT_MS) > 0) return NULL;
        if (lc_sql_is_stopping(sql))
            return lc_sql_fail(sql, LC_SQL_CANCELLED, "57014", "the task is being stopped");
        if (lc_monotonic_ms() > deadline)
            return lc_sql_fail(sql, LC_SQL_LOST, "08001", "the database doesn't answer in time");
    }
}

const char *lc_sql_extra(const lc_sql_options *options, const char *name)
{
    for (const char *const *pair = options->extra; pair && *pair; pair += 2)
        if (!strcmp(pair[0], name)) return pair[1];
    return NULL;
}
