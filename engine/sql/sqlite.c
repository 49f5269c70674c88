/* SQLite: a file in this process. Rows are stepped through one by one; the database waits for others' locks until
 * the time of `busy_timeout` is over or the task is stopped. */
#include <sqlite3.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/dynlib.h"
#include "base/memory.h"
#include "sql/driver.h"

typedef struct library {
    int (*sqlite3_open_v2)(const char *path, sqlite3 **db, int flags, const char *vfs);
    int (*sqlite3_close_v2)(sqlite3 *db);
    int (*sqlite3_limit)(sqlite3 *db, int which, int value);
    int (*sqlite3_busy_handler)(sqlite3 *db, int (*call)(void *, int), void *context);
    void (*sqlite3_progress_handler)(sqlite3 *db, int steps, int (*call)(void *), void *context);
    const char *(*sqlite3_errmsg)(sqlite3 *db);
    int (*sqlite3_prepare_v2)(sqlite3 *db, const char *text, int len, sqlite3_stmt **statement, const char **rest);
    int (*sqlite3_step)(sqlite3_stmt *statement);
    int (*sqlite3_reset)(sqlite3_stmt *statement);
    int (*sqlite3_finalize)(sqlite3_stmt *statement);
    int (*sqlite3_changes)(sqlite3 *db);
    int (*sqlite3_bind_null)(sqlite3_stmt *statement, int at);
    int (*sqlite3_bind_int64)(sqlite3_stmt *statement, int at, sqlite3_int64 value);
    int (*sqlite3_bind_double)(sqlite3_stmt *statement, int at, double value);
    int (*sqlite3_bind_text)(sqlite3_stmt *statement, int at, const char *text, int len, void (*free)(void *));
    int (*sqlite3_bind_blob)(sqlite3_stmt *statement, int at, const void *bytes, int len, void (*free)(void *));
    int (*sqlite3_column_count)(sqlite3_stmt *statement);
    const char *(*sqlite3_column_name)(sqlite3_stmt *statement, int at);
    const char *(*sqlite3_column_decltype)(sqlite3_stmt *statement, int at);
    int (*sqlite3_column_type)(sqlite3_stmt *statement, int at);
    sqlite3_int64 (*sqlite3_column_int64)(sqlite3_stmt *statement, int at);
    double (*sqlite3_column_double)(sqlite3_stmt *statement, int at);
    const void *(*sqlite3_column_blob)(sqlite3_stmt *statement, int at);
    int (*sqlite3_column_bytes)(sqlite3_stmt *statement, int at);
} library;

#define SYMBOL(name) {#name, offsetof(library, name)}
static const lc_dynlib_symbol symbols[] = {
    SYMBOL(sqlite3_open_v2), SYMBOL(sqlite3_close_v2), SYMBOL(sqlite3_busy_handler), SYMBOL(sqlite3_limit),
    SYMBOL(sqlite3_progress_handler), SYMBOL(sqlite3_errmsg),
    SYMBOL(sqlite3_prepare_v2), SYMBOL(sqlite3_step), SYMBOL(sqlite3_reset), SYMBOL(sqlite3_finalize),
    SYMBOL(sqlite3_changes), SYMBOL(sqlite3_bind_null), SYMBOL(sqlite3_bind_int64), SYMBOL(sqlite3_bind_double),
    SYMBOL(sqlite3_bind_text), SYMBOL(sqlite3_bind_blob), SYMBOL(sqlite3_column_count),
    SYMBOL(sqlite3_column_name), SYMBOL(sqlite3_column_decltype), SYMBOL(sqlite3_column_type),
    SYMBOL(sqlite3_column_int64), SYMBOL(sqlite3_column_double), SYMBOL(sqlite3_column_blob),
    SYMBOL(sqlite3_column_bytes), {0},
};
static const lc_dynlib_spec library_spec = {
    .soname = "libsqlite3.so.0", .package = "libsqlite3-0", .use = "An SQLite database", .symbols = symbols};

typedef struct connection {
    lc_sql sql;
    library lib;
    void *loaded;
    sqlite3 *db;
    int64_t busy_ms;
    int64_t busy_since_ms;
} connection;

typedef struct cursor {
    lc_sql_cursor head;
    sqlite3_stmt *statement;
} cursor;

enum { BUSY_MS = 3000, BUSY_STEP_MS = 5, STEPS = 100000, MOMENT_ROOM = 48 };

static connection *of(lc_sql *sql)
{
    return (connection *)sql;
}

static int on_busy(void *context, int count)
{
    connection *c = context;
    if (!count) c->busy_since_ms = lc_monotonic_ms();
    if (lc_sql_is_stopping(&c->sql) || lc_monotonic_ms() - c->busy_since_ms > c->busy_ms) return 0;
    lc_sleep_ms(BUSY_STEP_MS);
    return 1;
}

static int on_progress(void *context)
{
    return lc_sql_is_stopping(&((connection *)context)->sql);
}

static lc_error *fail(connection *c, int code)
{
    static const struct {
        int code;
        lc_sql_fault fault;
        const char *state;
    } codes[] = {
        {SQLITE_CONSTRAINT, LC_SQL_DATA, "23000"}, {SQLITE_MISMATCH, LC_SQL_DATA, "22018"},
        {SQLITE_TOOBIG, LC_SQL_DATA, "22001"},     {SQLITE_BUSY, LC_SQL_AGAIN, "55P03"},
        {SQLITE_LOCKED, LC_SQL_AGAIN, "55P03"},    {SQLITE_FULL, LC_SQL_AGAIN, "53100"},
        {SQLITE_IOERR, LC_SQL_AGAIN, "58030"},     {SQLITE_INTERRUPT, LC_SQL_CANCELLED, "57014"},
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == (code & 0xff))
            return lc_sql_fail(&c->sql, codes[i].fault, codes[i].state, c->lib.sqlite3_errmsg(c->db));
    return lc_sql_fail(&c->sql, LC_SQL_OTHER, "42000", c->lib.sqlite3_errmsg(c->db));
}

static void close_connection(lc_sql *sql)
{
    connection *c = of(sql);
    if (c->db) (void)c->lib.sqlite3_close_v2(c->db);
    lc_dynlib_close(c->loaded);
    free(c);
}

static lc_error *open_file(connection *c, const lc_sql_options *options)
{
    LC_TRY(lc_dynlib_open(&library_spec, &c->lib, &c->loaded));
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (c->lib.sqlite3_open_v2(options->database, &c->db, flags, NULL) != SQLITE_OK)
        return lc_fail(LC_E_CONNECT, "the database %s can't be opened: %s", options->database,
                       c->db ? c->lib.sqlite3_errmsg(c->db) : "no memory");
    /* One file is what was asked for, and granted. */
    (void)c->lib.sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, 0);
    (void)c->lib.sqlite3_busy_handler(c->db, on_busy, c);
    c->lib.sqlite3_progress_handler(c->db, STEPS, on_progress, c);
    return NULL;
}

static lc_error *open_connection(const lc_sql_options *options, lc_sql **ret_sql)
{
    const char *busy = lc_sql_extra(options, "busy_timeout");
    connection *c = lc_alloc(sizeof *c);
    *c = (connection){.sql = {.driver = &lc_sql_sqlite, .stopping = options->stopping, .context = options->context},
                      .busy_ms = busy ? atoll(busy) : BUSY_MS};
    lc_error *error = open_file(c, options);
    if (error) close_connection(&c->sql);
    else *ret_sql = &c->sql;
    return error;
}

static lc_error *prepare(connection *c, lc_text text, sqlite3_stmt **ret_statement)
{
    int code = c->lib.sqlite3_prepare_v2(c->db, text.data, (int)text.len, ret_statement, NULL);
    return code == SQLITE_OK ? NULL : fail(c, code);
}

static int bind_value(connection *c, sqlite3_stmt *statement, int at, const lc_sql_value *v)
{
    char text[MOMENT_ROOM];
    switch (v->kind) {
    case LC_SQL_NULL: return c->lib.sqlite3_bind_null(statement, at);
    case LC_SQL_BOOL: case LC_SQL_INT: return c->lib.sqlite3_bind_int64(statement, at, v->u.i);
    case LC_SQL_DOUBLE: return c->lib.sqlite3_bind_double(statement, at, v->u.d);
    case LC_SQL_TEXT: case LC_SQL_DECIMAL:
        return c->lib.sqlite3_bind_text(statement, at, v->u.s, (int)v->len, SQLITE_TRANSIENT);
    case LC_SQL_BYTES: return c->lib.sqlite3_bind_blob(statement, at, v->len ? v->u.s : "", (int)v->len, SQLITE_TRANSIENT);
    default: {
        size_t len = lc_sql_print_moment((lc_sql_kind)v->kind, v->u.i, text);
        return c->lib.sqlite3_bind_text(statement, at, text, (int)len, SQLITE_TRANSIENT);
    }
    }
}

static lc_error *bind_all(connection *c, sqlite3_stmt *statement, const lc_sql_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int code = bind_value(c, statement, (int)i + 1, &values[i]);
        if (code != SQLITE_OK) return fail(c, code);
    }
    return NULL;
}

/* Steps to the end, past any rows. */
static lc_error *finish(connection *c, sqlite3_stmt *statement)
{
    int code;
    do code = c->lib.sqlite3_step(statement);
    while (code == SQLITE_ROW);
    return code == SQLITE_DONE ? NULL : fail(c, code);
}

static lc_error *write_rows(lc_sql *sql, const lc_sql_bulk *bulk, const lc_sql_value *values, size_t rows,
                            int64_t *ret_rows)
{
    connection *c = of(sql);
    sqlite3_stmt *statement = NULL;
    LC_TRY(prepare(c, bulk->head, &statement));
    lc_error *error = NULL;
    for (size_t i = 0; i < rows && !error; i++) {
        error = bind_all(c, statement, values + i * bulk->columns, bulk->columns);
        if (!error) error = finish(c, statement);
        if (!error) *ret_rows += c->lib.sqlite3_changes(c->db);
        (void)c->lib.sqlite3_reset(statement);
    }
    (void)c->lib.sqlite3_finalize(statement);
    return error;
}

static lc_error *execute(lc_sql *sql, lc_text statement, const lc_sql_value *params, size_t count, int64_t *ret_rows)
{
    const lc_sql_bulk one = {.head = statement, .columns = count};
    return write_rows(sql, &one, params, 1, ret_rows);
}

static void describe(connection *c, cursor *cur)
{
    lc_sql_cursor *head = &cur->head;
    head->count = (size_t)c->lib.sqlite3_column_count(cur->statement);
    head->columns = lc_arena_alloc(&head->arena, (head->count + 1) * sizeof *head->columns);
    head->row = lc_arena_alloc(&head->arena, (head->count + 1) * sizeof *head->row);
    for (size_t i = 0; i < head->count; i++) {
        const char *name = c->lib.sqlite3_column_name(cur->statement, (int)i);
        const char *type = c->lib.sqlite3_column_decltype(cur->statement, (int)i);
        head->columns[i] = (lc_sql_column){
            .name = lc_arena_copy(&head->arena, name, strlen(name)),
            .type = type ? lc_arena_copy(&head->arena, type, strlen(type)) : "",
            .precision = -1,
            .kind = LC_SQL_NULL,
        };
    }
}

static lc_error *query(lc_sql *sql, lc_text text, const lc_sql_value *params, size_t count, size_t fetch,
                       lc_sql_cursor **ret_cursor)
{
    (void)fetch;
    connection *c = of(sql);
    cursor *cur = lc_alloc(sizeof *cur);
    *cur = (cursor){.head = {.sql = sql}};
    lc_error *error = prepare(c, text, &cur->statement);
    if (!error) error = bind_all(c, cur->statement, params, count);
    if (!error) {
        describe(c, cur);
        *ret_cursor = &cur->head;
        return NULL;
    }
    (void)c->lib.sqlite3_finalize(cur->statement);
    free(cur);
    return error;
}

static lc_sql_value read_value(const library *lib, sqlite3_stmt *statement, int at)
{
    lc_sql_value v = {.kind = LC_SQL_NULL};
    switch (lib->sqlite3_column_type(statement, at)) {
    case SQLITE_INTEGER:
        v.kind = LC_SQL_INT;
        v.u.i = lib->sqlite3_column_int64(statement, at);
        break;
    case SQLITE_FLOAT:
        v.kind = LC_SQL_DOUBLE;
        v.u.d = lib->sqlite3_column_double(statement, at);
        break;
    case SQLITE_TEXT: case SQLITE_BLOB:
        v.kind = lib->sqlite3_column_type(statement, at) == SQLITE_TEXT ? LC_SQL_TEXT : LC_SQL_BYTES;
        v.u.s = lib->sqlite3_column_blob(statement, at);
        v.len = (uint32_t)lib->sqlite3_column_bytes(statement, at);
        break;
    default: break;
    }
    return v;
}

static lc_error *next(lc_sql_cursor *head, const lc_sql_value **ret_row)
{
    cursor *cur = (cursor *)head;
    connection *c = of(head->sql);
    int code = c->lib.sqlite3_step(cur->statement);
    *ret_row = NULL;
    if (code == SQLITE_DONE) return NULL;
    if (code != SQLITE_ROW) return fail(c, code);
    for (size_t i = 0; i < head->count; i++) head->row[i] = read_value(&c->lib, cur->statement, (int)i);
    *ret_row = head->row;
    return NULL;
}

static void end(lc_sql_cursor *head)
{
    cursor *cur = (cursor *)head;
    (void)of(head->sql)->lib.sqlite3_finalize(cur->statement);
    lc_arena_done(&head->arena);
    free(cur);
}

const lc_sql_driver lc_sql_sqlite = {
    .name = "sqlite", .open = open_connection, .close = close_connection, .execute = execute, .write = write_rows,
    .query = query, .next = next, .end = end,
};
