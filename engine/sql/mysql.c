/* MySQL and MariaDB by libmariadb's calls that don't wait. What is written goes as statements with literals, many rows
 * in one; queries are prepared, so that values come in binary form, and their rows are read as the server sends them:
 * neither side holds a result. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/dynlib.h"
#include "base/memory.h"
#include "sql/mysql.h"

#define SYMBOL(name) {#name, offsetof(libmariadb, name)}
static const lc_dynlib_symbol symbols[] = {
    SYMBOL(mysql_server_init), SYMBOL(mysql_init), SYMBOL(mysql_optionsv), SYMBOL(mysql_real_connect_start),
    SYMBOL(mysql_real_connect_cont), SYMBOL(mysql_close), SYMBOL(mysql_get_socket), SYMBOL(mysql_get_timeout_value_ms),
    SYMBOL(mysql_thread_id), SYMBOL(mysql_errno), SYMBOL(mysql_error), SYMBOL(mysql_sqlstate), SYMBOL(mysql_real_query),
    SYMBOL(mysql_real_query_start), SYMBOL(mysql_real_query_cont), SYMBOL(mysql_affected_rows),
    SYMBOL(mysql_field_count), SYMBOL(mysql_store_result_start), SYMBOL(mysql_store_result_cont),
    SYMBOL(mysql_fetch_row), SYMBOL(mysql_fetch_fields), SYMBOL(mysql_free_result), SYMBOL(mysql_stmt_init),
    SYMBOL(mysql_stmt_prepare_start), SYMBOL(mysql_stmt_prepare_cont), SYMBOL(mysql_stmt_execute_start),
    SYMBOL(mysql_stmt_execute_cont), SYMBOL(mysql_stmt_fetch_start), SYMBOL(mysql_stmt_fetch_cont),
    SYMBOL(mysql_stmt_fetch_column), SYMBOL(mysql_stmt_result_metadata), SYMBOL(mysql_stmt_field_count),
    SYMBOL(mysql_stmt_bind_result), SYMBOL(mysql_stmt_close), SYMBOL(mysql_stmt_errno), SYMBOL(mysql_stmt_error),
    SYMBOL(mysql_stmt_sqlstate), {0},
};
static const lc_dynlib_spec library_spec = {
    .soname = "libmariadb.so.3", .package = "libmariadb3", .use = "A MySQL or MariaDB database", .symbols = symbols};

/* What a server's settings of its own may not change. Times without a zone are UTC; a cut text is an error; who reads
 * slowly keeps the connection. */
static const char session[] =
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
    "time_zone = '+00:00', autocommit = 1, net_write_timeout = 604800, wait_timeout = 604800";

typedef struct connection {
    lc_sql sql;
    libmariadb lib;
    void *library;
    MYSQL *mysql;
    lc_arena arena; /* copies of how it was opened: to cancel, another connection is */
    const char *host, *socket, *user, *password;

    int port;
    size_t packet_max;
    lc_buf text; /* of the statement */
} connection;

/* A place that a column is fetched into. */
typedef struct place {
    lc_mysql_type type;
    union {
        long long i;
        double d;
        MYSQL_TIME time;
    } u;
    char *bytes; /* texts */
    unsigned long len, room;
    my_bool is_null, is_cut;
} place;

typedef struct cursor {
    lc_sql_cursor head;
    MYSQL_STMT *stmt;
    MYSQL_BIND *binds;
    place *places;
    bool done;
} cursor;

enum { TEXT_ROOM = 64, PACKET = 1 << 20, PACKET_LEAST = 1 << 16, KILL_TIMEOUT_S = 2 };

static connection *of(lc_sql *sql)
{
    return (connection *)sql;
}

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

lc_error *lc_mysql_load(libmariadb *lib, void **ret_library)
{
    LC_TRY(lc_dynlib_open(&library_spec, lib, ret_library));
    (void)pthread_mutex_lock(&loading);
    (void)lib->mysql_server_init(0, NULL, NULL);
    (void)pthread_mutex_unlock(&loading);
    return NULL;
}

/* Errors */

static lc_error *fail_as(connection *c, unsigned code, const char *state, const char *text)
{
    /* Those whose SQLSTATE says too little. */
    static const struct {
        unsigned code;
        lc_sql_fault fault;
    } codes[] = {
        {1205, LC_SQL_AGAIN}, {1021, LC_SQL_AGAIN}, {1114, LC_SQL_AGAIN}, {1290, LC_SQL_AGAIN}, {1836, LC_SQL_AGAIN},
        {1040, LC_SQL_LOST},  {1203, LC_SQL_LOST},  {1265, LC_SQL_DATA},  {1364, LC_SQL_DATA},  {1366, LC_SQL_DATA},
        {1644, LC_SQL_DATA},  {3819, LC_SQL_DATA},  {1317, LC_SQL_AGAIN}, {1927, LC_SQL_LOST},  {2002, LC_SQL_LOST},
        {2003, LC_SQL_LOST},  {2006, LC_SQL_LOST},  {2012, LC_SQL_LOST},  {2013, LC_SQL_LOST},  {2055, LC_SQL_LOST},
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code) return lc_sql_fail(&c->sql, codes[i].fault, state, text);
    return lc_sql_fail(&c->sql, lc_sql_fault_of_state(state), state, text);
}

static lc_error *fail(connection *c)
{
    return fail_as(c, c->lib.mysql_errno(c->mysql), c->lib.mysql_sqlstate(c->mysql), c->lib.mysql_error(c->mysql));
}

static lc_error *fail_statement(connection *c, MYSQL_STMT *stmt)
{
    return fail_as(c, c->lib.mysql_stmt_errno(stmt), c->lib.mysql_stmt_sqlstate(stmt), c->lib.mysql_stmt_error(stmt));
}

/* Nothing is sent or awaited any more. */
static void cut(connection *c)
{
    c->sql.lost = true;
    if (c->mysql) (void)shutdown(c->lib.mysql_get_socket(c->mysql), SHUT_RDWR);
}

/* Tells the server to leave off, by a connection that waits little. */
static void kill_statement(connection *c)
{
    unsigned timeout = KILL_TIMEOUT_S;
    MYSQL *other = c->lib.mysql_init(NULL), *opened = NULL;
    if (!other) return;
    (void)c->lib.mysql_optionsv(other, MYSQL_OPT_NONBLOCK, NULL);
    (void)c->lib.mysql_optionsv(other, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    (void)c->lib.mysql_optionsv(other, MYSQL_OPT_READ_TIMEOUT, &timeout);
    int status = c->lib.mysql_real_connect_start(&opened, other, c->host, c->user, c->password, NULL, (unsigned)c->port,
                                                 c->socket, 0);
    while (status) {
        struct pollfd wait = {c->lib.mysql_get_socket(other), POLLIN | (status & MYSQL_WAIT_WRITE ? POLLOUT : 0), 0};
        if (poll(&wait, 1, KILL_TIMEOUT_S * 1000) <= 0) break;
        status = c->lib.mysql_real_connect_cont(&opened, other, status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE));
    }
    lc_buf_reset(&c->text);
    lc_buf_printf(&c->text, "KILL QUERY %lu", c->lib.mysql_thread_id(c->mysql));
    if (opened) (void)c->lib.mysql_real_query(other, c->text.data, c->text.len);
    c->lib.mysql_close(other);
}

/* Waits for what a call asked for. `ret_events` is what to go on with. */
static lc_error *wait_for(connection *c, int status, int64_t timeout_ms, int *ret_events)
{
    bool writes = status & MYSQL_WAIT_WRITE;
    lc_error *error = lc_sql_wait(&c->sql, c->lib.mysql_get_socket(c->mysql), writes, timeout_ms);
    *ret_events = status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE | MYSQL_WAIT_EXCEPT);
    if (!error) return NULL;
    if (lc_sql_fault_of(&c->sql) == LC_SQL_CANCELLED && timeout_ms <= 0) kill_statement(c);
    cut(c);
    return error;
}

/* Starts a call and goes on with it until it is done. */
#define AWAIT(c, timeout_ms, call, target, ...)                                                    \
    do {                                                                                           \
        int status_ = (c)->lib.call##_start(__VA_ARGS__), events_ = 0;                             \
        while (status_) {                                                                          \
            LC_TRY(wait_for(c, status_, timeout_ms, &events_));                                    \
            status_ = (c)->lib.call##_cont(target, events_);                                       \
        }                                                                                          \
    } while (0)
#define RESULT(ret, handle) ret, handle

static void close_connection(lc_sql *sql)
{
    connection *c = of(sql);
    if (c->mysql) c->lib.mysql_close(c->mysql);
    lc_dynlib_close(c->library);
    lc_buf_done(&c->text);
    lc_arena_done(&c->arena);
    free(c);
}

/* Statements */

static lc_error *run(connection *c, const char *text, size_t len, int64_t *ret_rows)
{
    int failed = 0;
    AWAIT(c, 0, mysql_real_query, RESULT(&failed, c->mysql), &failed, c->mysql, text, (unsigned long)len);
    if (failed) return fail(c);
    if (c->lib.mysql_field_count(c->mysql)) {
        MYSQL_RES *result = NULL;
        AWAIT(c, 0, mysql_store_result, RESULT(&result, c->mysql), &result, c->mysql);
        c->lib.mysql_free_result(result);
        return NULL;
    }
    *ret_rows += (int64_t)c->lib.mysql_affected_rows(c->mysql);
    return NULL;
}

static lc_error *refuse_value(connection *c)
{
    return lc_sql_fail(&c->sql, LC_SQL_DATA, "22003", "a number that isn't finite has no place in this database");
}

static lc_error *run_text(connection *c, int64_t *ret_rows)
{
    if (c->packet_max && c->text.len >= c->packet_max)
        return lc_sql_fail(&c->sql, LC_SQL_DATA, "22001", "the row is longer than the server's max_allowed_packet");
    return run(c, c->text.data, c->text.len, ret_rows);
}

static lc_error *execute(lc_sql *sql, lc_text statement, const lc_sql_value *params, size_t count, int64_t *ret_rows)
{
    connection *c = of(sql);
    lc_buf_reset(&c->text);
    if (!lc_mysql_statement(&c->text, statement, params, count)) return refuse_value(c);
    return run_text(c, ret_rows);
}

static bool add_row(lc_buf *text, const lc_sql_value *values, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        lc_buf_put(text, i ? ',' : '(');
        if (!lc_mysql_literal(text, &values[i])) return false;
    }
    lc_buf_put(text, ')');
    return true;
}

/* As many rows as one statement has room for. */
static lc_error *write_some(connection *c, const lc_sql_bulk *bulk, const lc_sql_value *values, size_t rows,
                            size_t *at, int64_t *ret_rows)
{
    size_t full = c->packet_max / 2 < PACKET ? c->packet_max / 2 : PACKET, start, first = *at;
    lc_buf_reset(&c->text);
    lc_buf_add(&c->text, bulk->head.data, bulk->head.len);
    for (; *at < rows && c->text.len < full; ++*at) {
        start = c->text.len;
        if (*at > first) lc_buf_put(&c->text, ',');
        if (!add_row(&c->text, values + *at * bulk->columns, bulk->columns)) return refuse_value(c);
        if (*at > first && c->text.len + bulk->tail.len >= c->packet_max) {
            c->text.len = start;
            break;
        }
    }
    lc_buf_add(&c->text, bulk->tail.data, bulk->tail.len);
    return run_text(c, ret_rows);
}

static lc_error *write_rows(lc_sql *sql, const lc_sql_bulk *bulk, const lc_sql_value *values, size_t rows,
                            int64_t *ret_rows)
{
    connection *c = of(sql);
    for (size_t at = 0; at < rows;) {
        if (bulk->tail.data) LC_TRY(write_some(c, bulk, values, rows, &at, ret_rows));
        else LC_TRY(execute(sql, bulk->head, values + at++ * bulk->columns, bulk->columns, ret_rows));
    }
    return NULL;
}

/* Opening */

static void set_options(connection *c, const lc_sql_options *options)
{
    static const struct {
        const char *name;
        enum mysql_option option;
        bool is_flag;
    } known[] = {
        {"ssl", MYSQL_OPT_SSL_ENFORCE, true},      {"ssl_verify", MYSQL_OPT_SSL_VERIFY_SERVER_CERT, true},
        {"ssl_ca", MYSQL_OPT_SSL_CA, false},       {"ssl_cert", MYSQL_OPT_SSL_CERT, false},
        {"ssl_key", MYSQL_OPT_SSL_KEY, false},
    };
    my_bool yes = 1;
    unsigned no = 0;
    (void)c->lib.mysql_optionsv(c->mysql, MYSQL_OPT_NONBLOCK, NULL);
    (void)c->lib.mysql_optionsv(c->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    /* A server could ask for any file of this machine. */
    (void)c->lib.mysql_optionsv(c->mysql, MYSQL_OPT_LOCAL_INFILE, &no);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const char *value = lc_sql_extra(options, known[i].name);
        if (value) (void)c->lib.mysql_optionsv(c->mysql, known[i].option, known[i].is_flag ? (const void *)&yes : value);
    }
}

static const char *kept(connection *c, const char *text)
{
    return text ? lc_arena_copy(&c->arena, text, strlen(text)) : NULL;
}

static lc_error *read_packet_max(connection *c)
{
    static const char text[] = "SELECT @@max_allowed_packet";
    int failed = 0;
    MYSQL_RES *result = NULL;
    AWAIT(c, 0, mysql_real_query, RESULT(&failed, c->mysql), &failed, c->mysql, text, sizeof text - 1);
    if (failed) return fail(c);
    AWAIT(c, 0, mysql_store_result, RESULT(&result, c->mysql), &result, c->mysql);
    MYSQL_ROW row = result ? c->lib.mysql_fetch_row(result) : NULL;
    size_t size = row && row[0] ? (size_t)strtoull(row[0], NULL, 10) : 0;
    c->packet_max = size > PACKET_LEAST ? size : PACKET_LEAST;
    c->lib.mysql_free_result(result);
    return NULL;
}

static lc_error *start_open(connection *c, const lc_sql_options *options)
{
    MYSQL *opened = NULL;
    int64_t ignored = 0;
    bool by_socket = options->host && options->host[0] == '/';
    c->socket = by_socket ? kept(c, options->host) : NULL;
    c->host = by_socket ? "localhost" : options->host ? kept(c, options->host) : "127.0.0.1";
    c->user = kept(c, options->user);
    c->password = kept(c, options->password);
    c->port = options->port;
    c->mysql = c->lib.mysql_init(NULL);
    if (!c->mysql) return lc_fail(LC_E_CONNECT, "no memory for a connection");
    set_options(c, options);
    AWAIT(c, options->connect_timeout_ms, mysql_real_connect, RESULT(&opened, c->mysql), &opened, c->mysql, c->host,
          c->user, c->password, kept(c, options->database), (unsigned)c->port, c->socket, CLIENT_FOUND_ROWS);
    if (!opened) return fail(c);
    LC_TRY(run(c, session, sizeof session - 1, &ignored));
    return read_packet_max(c);
}

static lc_error *open_connection(const lc_sql_options *options, lc_sql **ret_sql)
{
    connection *c = lc_alloc(sizeof *c);
    *c = (connection){.sql = {.driver = &lc_sql_mysql, .stopping = options->stopping, .context = options->context}};
    lc_error *error = lc_mysql_load(&c->lib, &c->library);
    if (!error) error = start_open(c, options);
    if (error) close_connection(&c->sql);
    else *ret_sql = &c->sql;
    return error;
}

/* Rows */

static void bind_place(lc_arena *arena, place *p, MYSQL_BIND *bind)
{
    *bind = (MYSQL_BIND){.buffer_type = p->type.bound, .is_null = &p->is_null, .error = &p->is_cut, .length = &p->len,
                         .buffer = &p->u, .buffer_length = sizeof p->u};
    if (p->type.bound != MYSQL_TYPE_STRING && p->type.bound != MYSQL_TYPE_BLOB) return;
    if (!p->bytes) {
        p->room = TEXT_ROOM;
        p->bytes = lc_arena_alloc(arena, p->room);
    }
    bind->buffer = p->bytes;
    bind->buffer_length = p->room;
}

static lc_error *describe(connection *c, cursor *cur)
{
    lc_sql_cursor *head = &cur->head;
    MYSQL_RES *result = c->lib.mysql_stmt_result_metadata(cur->stmt);
    if (!result) return lc_sql_fail(&c->sql, LC_SQL_OTHER, "07005", "the statement is no query");
    const MYSQL_FIELD *fields = c->lib.mysql_fetch_fields(result);
    head->count = c->lib.mysql_stmt_field_count(cur->stmt);
    head->columns = lc_arena_alloc(&head->arena, head->count * sizeof *head->columns);
    head->row = lc_arena_alloc(&head->arena, head->count * sizeof *head->row);
    cur->places = lc_arena_alloc(&head->arena, head->count * sizeof *cur->places);
    cur->binds = lc_arena_alloc(&head->arena, head->count * sizeof *cur->binds);
    for (size_t i = 0; i < head->count; i++) {
        lc_sql_column *column = &head->columns[i];
        *column = (lc_sql_column){.name = lc_arena_copy(&head->arena, fields[i].name, strlen(fields[i].name))};
        cur->places[i] = (place){.type = lc_mysql_type_of(&fields[i], column)};
        column->type = cur->places[i].type.name;
        column->kind = (uint8_t)cur->places[i].type.kind;
        column->not_null = fields[i].flags & NOT_NULL_FLAG;
        bind_place(&head->arena, &cur->places[i], &cur->binds[i]);
    }
    c->lib.mysql_free_result(result);
    return NULL;
}

static lc_error *start(connection *c, cursor *cur)
{
    int failed = 0;
    cur->stmt = c->lib.mysql_stmt_init(c->mysql);
    if (!cur->stmt) return fail(c);
    AWAIT(c, 0, mysql_stmt_prepare, RESULT(&failed, cur->stmt), &failed, cur->stmt, c->text.data,
          (unsigned long)c->text.len);
    if (failed) return fail_statement(c, cur->stmt);
    LC_TRY(describe(c, cur));
    AWAIT(c, 0, mysql_stmt_execute, RESULT(&failed, cur->stmt), &failed, cur->stmt);
    if (failed || c->lib.mysql_stmt_bind_result(cur->stmt, cur->binds)) return fail_statement(c, cur->stmt);
    return NULL;
}

static void end(lc_sql_cursor *head)
{
    cursor *cur = (cursor *)head;
    connection *c = of(head->sql);
    /* Rows that nobody wants any more aren't read to their end. */
    if (cur->stmt && !cur->done) cut(c);
    if (cur->stmt) (void)c->lib.mysql_stmt_close(cur->stmt);
    lc_arena_done(&head->arena);
    free(cur);
}

static lc_error *query(lc_sql *sql, lc_text text, const lc_sql_value *params, size_t count, size_t fetch,
                       lc_sql_cursor **ret_cursor)
{
    (void)fetch;
    connection *c = of(sql);
    lc_buf_reset(&c->text);
    if (!lc_mysql_statement(&c->text, text, params, count)) return refuse_value(c);
    cursor *cur = lc_alloc(sizeof *cur);
    *cur = (cursor){.head = {.sql = sql}};
    lc_error *error = start(c, cur);
    if (!error) {
        *ret_cursor = &cur->head;
        return NULL;
    }
    cur->done = true;
    end(&cur->head);
    return error;
}

/* Texts that had no room: it grows. */
static lc_error *fetch_rest(connection *c, cursor *cur)
{
    bool grown = false;
    for (size_t i = 0; i < cur->head.count; i++) {
        place *p = &cur->places[i];
        if (!p->bytes || p->is_null || p->len <= p->room) continue;
        p->room = 2 * p->len;
        p->bytes = lc_arena_alloc(&cur->head.arena, p->room);
        bind_place(&cur->head.arena, p, &cur->binds[i]);
        if (c->lib.mysql_stmt_fetch_column(cur->stmt, &cur->binds[i], (unsigned)i, 0)) return fail_statement(c, cur->stmt);
        grown = true;
    }
    if (grown && c->lib.mysql_stmt_bind_result(cur->stmt, cur->binds)) return fail_statement(c, cur->stmt);
    return NULL;
}

static lc_sql_value read_place(const place *p, const MYSQL_BIND *bind)
{
    lc_sql_value value = {.kind = (uint8_t)p->type.kind};
    if (p->is_null) return (lc_sql_value){.kind = LC_SQL_NULL};
    switch (p->type.bound) {
    case MYSQL_TYPE_LONGLONG: value.u.i = p->u.i; break;
    case MYSQL_TYPE_DOUBLE: value.u.d = p->u.d; break;
    case MYSQL_TYPE_DATE: case MYSQL_TYPE_TIME: case MYSQL_TYPE_DATETIME: return lc_mysql_moment(p->type.kind, &p->u.time);
    default:
        if (value.kind == LC_SQL_INT) { /* a bit */
            value.u.i = p->bytes[0] != 0;
            break;
        }
        value.u.s = bind->buffer;
        value.len = (uint32_t)p->len;
    }
    return value;
}

static lc_error *next(lc_sql_cursor *head, const lc_sql_value **ret_row)
{
    cursor *cur = (cursor *)head;
    connection *c = of(head->sql);
    int code = 0;
    *ret_row = NULL;
    if (cur->done) return NULL;
    AWAIT(c, 0, mysql_stmt_fetch, RESULT(&code, cur->stmt), &code, cur->stmt);
    if (code == MYSQL_NO_DATA) {
        cur->done = true;
        return NULL;
    }
    if (code == 1) return fail_statement(c, cur->stmt);
    if (code == MYSQL_DATA_TRUNCATED) LC_TRY(fetch_rest(c, cur));
    for (size_t i = 0; i < head->count; i++) head->row[i] = read_place(&cur->places[i], &cur->binds[i]);
    *ret_row = head->row;
    return NULL;
}

const lc_sql_driver lc_sql_mysql = {
    .name = "mysql", .open = open_connection, .close = close_connection, .execute = execute, .write = write_rows,
    .query = query, .next = next, .end = end,
};
