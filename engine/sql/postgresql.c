/* PostgreSQL by libpq, asynchronously, so that a wait can end when the task does. Rows come and go in binary form:
 * results through a server-side cursor that is fetched one chunk ahead, many rows to write as one array a column. */
#include <endian.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/dynlib.h"
#include "base/memory.h"
#include "sql/driver.h"
#include "sql/postgresql_value.h"

typedef struct libpq {
    PGconn *(*PQconnectStartParams)(const char *const *keywords, const char *const *values, int expand);
    PostgresPollingStatusType (*PQconnectPoll)(PGconn *conn);
    ConnStatusType (*PQstatus)(const PGconn *conn);
    int (*PQsocket)(const PGconn *conn);
    int (*PQsetnonblocking)(PGconn *conn, int arg);
    void (*PQfinish)(PGconn *conn);
    char *(*PQerrorMessage)(const PGconn *conn);
    PGVerbosity (*PQsetErrorVerbosity)(PGconn *conn, PGVerbosity verbosity);
    PQnoticeProcessor (*PQsetNoticeProcessor)(PGconn *conn, PQnoticeProcessor call, void *arg);
    int (*PQsendQueryParams)(PGconn *conn, const char *command, int count, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats, int format);
    int (*PQflush)(PGconn *conn);
    int (*PQconsumeInput)(PGconn *conn);
    int (*PQisBusy)(PGconn *conn);
    PGresult *(*PQgetResult)(PGconn *conn);
    ExecStatusType (*PQresultStatus)(const PGresult *result);
    char *(*PQresultErrorMessage)(const PGresult *result);
    char *(*PQresultErrorField)(const PGresult *result, int field);
    char *(*PQcmdTuples)(PGresult *result);
    int (*PQntuples)(const PGresult *result);
    int (*PQnfields)(const PGresult *result);
    char *(*PQfname)(const PGresult *result, int column);
    Oid (*PQftype)(const PGresult *result, int column);
    int (*PQfmod)(const PGresult *result, int column);
    char *(*PQgetvalue)(const PGresult *result, int row, int column);
    int (*PQgetlength)(const PGresult *result, int row, int column);
    int (*PQgetisnull)(const PGresult *result, int row, int column);
    void (*PQclear)(PGresult *result);
    PGcancel *(*PQgetCancel)(PGconn *conn);
    int (*PQcancel)(PGcancel *cancel, char *text, int size);
    void (*PQfreeCancel)(PGcancel *cancel);
} libpq;

#define SYMBOL(name) {#name, offsetof(libpq, name)}
static const lc_dynlib_symbol symbols[] = {
    SYMBOL(PQconnectStartParams), SYMBOL(PQconnectPoll), SYMBOL(PQstatus), SYMBOL(PQsocket),
    SYMBOL(PQsetnonblocking), SYMBOL(PQfinish), SYMBOL(PQerrorMessage),
    SYMBOL(PQsetErrorVerbosity), SYMBOL(PQsetNoticeProcessor), SYMBOL(PQsendQueryParams), SYMBOL(PQflush),
    SYMBOL(PQconsumeInput), SYMBOL(PQisBusy), SYMBOL(PQgetResult), SYMBOL(PQresultStatus),
    SYMBOL(PQresultErrorMessage), SYMBOL(PQresultErrorField), SYMBOL(PQcmdTuples), SYMBOL(PQntuples),
    SYMBOL(PQnfields), SYMBOL(PQfname), SYMBOL(PQftype), SYMBOL(PQfmod), SYMBOL(PQgetvalue), SYMBOL(PQgetlength),
    SYMBOL(PQgetisnull), SYMBOL(PQclear), SYMBOL(PQgetCancel), SYMBOL(PQcancel), SYMBOL(PQfreeCancel), {0},
};
static const lc_dynlib_spec library_spec = {
    .soname = "libpq.so.5", .package = "libpq5", .use = "A PostgreSQL database", .symbols = symbols};

typedef struct connection {
    lc_sql sql;
    libpq pq;
    void *library;
    PGconn *conn;
} connection;

typedef struct cursor {
    lc_sql_cursor head;
    lc_arena texts; /* of the current row */
    lc_pg_type *types;
    char fetch[64];
    PGresult *chunk;
    int at, count; /* in the chunk */
    int size;      /* of a full chunk */
    bool ahead;    /* the next chunk was asked for */
    bool done;     /* there are no more chunks */
} cursor;

enum { SETTINGS_MAX = 32, NUMBER_ROOM = 48 };

static connection *of(lc_sql *sql)
{
    return (connection *)sql;
}

static void ignore_notice(void *context, const char *text)
{
    (void)context, (void)text;
}

static void close_connection(lc_sql *sql)
{
    connection *c = of(sql);
    if (c->conn) c->pq.PQfinish(c->conn);
    lc_dynlib_close(c->library);
    free(c);
}

/* Opening */

/* The state that a verbose message of the server carries: "FATAL:  28P01: password …". */
static const char *state_in(const char *text, char state[6])
{
    for (const char *at = text; (at = strstr(at, ":  ")) != NULL; at++) {
        size_t len = strspn(at + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (len != 5 || at[8] != ':') continue;
        memcpy(state, at + 3, 5);
        state[5] = '\0';
        return at + 10;
    }
    state[0] = '\0';
    return text;
}

static lc_error *refuse_open(connection *c)
{
    char state[6];
    lc_auto(lc_buf) text = {0};
    const char *message = state_in(c->pq.PQerrorMessage(c->conn), state);
    const char *location = strstr(message, "\nLOCATION:");
    lc_buf_add(&text, message, location ? (size_t)(location - message) : strlen(message));
    lc_buf_put(&text, '\0');
    lc_sql_fault fault = *state ? lc_sql_fault_of_state(state) : LC_SQL_LOST;
    return lc_sql_fail(&c->sql, fault, *state ? state : "08001", text.data);
}

static lc_error *finish_open(connection *c, int64_t timeout_ms)
{
    for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
        if (state == PGRES_POLLING_FAILED || c->pq.PQstatus(c->conn) == CONNECTION_BAD) return refuse_open(c);
        LC_TRY(lc_sql_wait(&c->sql, c->pq.PQsocket(c->conn), state == PGRES_POLLING_WRITING, timeout_ms));
        state = c->pq.PQconnectPoll(c->conn);
    }
    return NULL;
}

/* What a script may set besides. Not what leads elsewhere (host, dbname, service): its grant is for one server. */
static const char *const EXTRA[] = {
    "options", "application_name", "target_session_attrs", "channel_binding", "gssencmode", "krbsrvname",
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl", "ssl_min_protocol_version",
    "ssl_max_protocol_version", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
    "tcp_user_timeout",
};

static lc_error *start_open(connection *c, const lc_sql_options *options)
{
    char port[12];
    const char *names[SETTINGS_MAX + 1] = {"client_encoding"}, *values[SETTINGS_MAX + 1] = {"UTF8"};
    const char *own[] = {"host",   options->host ? options->host : "127.0.0.1",
                         "port",   options->port ? port : NULL,
                         "dbname", options->database,
                         "user",   options->user,
                         "password", options->password,
                         "fallback_application_name", "luaconnect"};
    snprintf(port, sizeof port, "%d", options->port);
    size_t count = 1;
    for (size_t i = 0; i < sizeof own / sizeof *own; i += 2)
        if (own[i + 1]) names[count] = own[i], values[count++] = own[i + 1];
    for (size_t i = 0; i < sizeof EXTRA / sizeof *EXTRA && count < SETTINGS_MAX; i++) {
        const char *value = lc_sql_extra(options, EXTRA[i]);
        if (value) names[count] = EXTRA[i], values[count++] = value;
    }
    c->conn = c->pq.PQconnectStartParams(names, values, 0);
    if (!c->conn) return lc_fail(LC_E_CONNECT, "no memory for a connection");
    (void)c->pq.PQsetErrorVerbosity(c->conn, PQERRORS_VERBOSE);
    (void)c->pq.PQsetNoticeProcessor(c->conn, ignore_notice, NULL);
    return finish_open(c, options->connect_timeout_ms);
}

static lc_error *open_connection(const lc_sql_options *options, lc_sql **ret_sql)
{
    connection *c = lc_alloc(sizeof *c);
    *c = (connection){.sql = {.driver = &lc_sql_postgresql, .stopping = options->stopping, .context = options->context}};
    lc_error *error = lc_dynlib_open(&library_spec, &c->pq, &c->library);
    if (!error) error = start_open(c, options);
    if (error) {
        close_connection(&c->sql);
        return error;
    }
    (void)c->pq.PQsetErrorVerbosity(c->conn, PQERRORS_DEFAULT);
    (void)c->pq.PQsetnonblocking(c->conn, 1);
    *ret_sql = &c->sql;
    return NULL;
}

/* Statements */

static lc_error *fail_connection(connection *c)
{
    return lc_sql_fail(&c->sql, LC_SQL_LOST, "08006", c->pq.PQerrorMessage(c->conn));
}

static lc_error *fail_result(connection *c, const PGresult *result)
{
    const char *state = c->pq.PQresultErrorField(result, PG_DIAG_SQLSTATE);
    lc_sql_fault fault = state ? lc_sql_fault_of_state(state) : LC_SQL_OTHER;
    if (c->pq.PQstatus(c->conn) == CONNECTION_BAD) fault = LC_SQL_LOST;
    return lc_sql_fail(&c->sql, fault, state, c->pq.PQresultErrorMessage(result));
}

/* The statement is of no use to anybody any more: so is the connection. */
static lc_error *give_up(connection *c, lc_error *error)
{
    char text[256];
    PGcancel *cancel = c->pq.PQgetCancel(c->conn);
    if (cancel) (void)c->pq.PQcancel(cancel, text, sizeof text);
    c->pq.PQfreeCancel(cancel);
    c->sql.lost = true;
    return error;
}

static lc_error *wait_for_result(connection *c)
{
    int left;
    while ((left = c->pq.PQflush(c->conn)) > 0 || c->pq.PQisBusy(c->conn)) {
        lc_error *error = lc_sql_wait(&c->sql, c->pq.PQsocket(c->conn), left > 0, 0);
        if (error) return give_up(c, error);
        if (!c->pq.PQconsumeInput(c->conn)) return fail_connection(c);
    }
    return left < 0 ? fail_connection(c) : NULL;
}

/* The one result of what was sent. */
static lc_error *receive(connection *c, PGresult **ret_result)
{
    PGresult *last = NULL;
    for (;;) {
        lc_error *error = wait_for_result(c);
        if (error) {
            c->pq.PQclear(last);
            return error;
        }
        PGresult *result = c->pq.PQgetResult(c->conn);
        if (!result) break;
        c->pq.PQclear(last);
        last = result;
    }
    ExecStatusType status = last ? c->pq.PQresultStatus(last) : PGRES_FATAL_ERROR;
    if (!last) return fail_connection(c);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        lc_error *error = fail_result(c, last);
        c->pq.PQclear(last);
        return error;
    }
    *ret_result = last;
    return NULL;
}

/* Parameters as libpq wants them: text, but for bytes. */
typedef struct parameters {
    Oid *types;
    const char **values;
    int *lengths, *formats;
    int count;
} parameters;

static parameters room_for(lc_arena *arena, size_t count)
{
    parameters p = {.types = lc_arena_alloc(arena, (count + 1) * sizeof *p.types),
                    .values = lc_arena_alloc(arena, (count + 1) * sizeof *p.values),
                    .lengths = lc_arena_alloc(arena, (count + 1) * sizeof *p.lengths),
                    .formats = lc_arena_alloc(arena, (count + 1) * sizeof *p.formats),
                    .count = (int)count};
    return p;
}

static const char *print_number(lc_arena *arena, const lc_sql_value *value)
{
    char *text = lc_arena_alloc(arena, NUMBER_ROOM);
    switch (value->kind) {
    case LC_SQL_BOOL: return value->u.i ? "t" : "f";
    case LC_SQL_INT: snprintf(text, NUMBER_ROOM, "%lld", (long long)value->u.i); break;
    case LC_SQL_DOUBLE: lc_print_double(text, NUMBER_ROOM, 'g', 17, value->u.d); break;
    default: lc_sql_print_moment((lc_sql_kind)value->kind, value->u.i, text);
    }
    return text;
}

static void set_parameter(lc_arena *arena, parameters *p, size_t i, const lc_sql_value *value)
{
    bool is_text = value->kind == LC_SQL_TEXT || value->kind == LC_SQL_DECIMAL;
    p->types[i] = value->kind == LC_SQL_BYTES ? LC_PG_BYTEA : 0;
    p->formats[i] = value->kind == LC_SQL_BYTES;
    p->lengths[i] = (int)value->len;
    if (value->kind == LC_SQL_NULL) p->values[i] = NULL;
    else if (p->formats[i]) p->values[i] = value->len ? value->u.s : "";
    else if (is_text) p->values[i] = lc_arena_copy(arena, value->u.s, value->len);
    else p->values[i] = print_number(arena, value);
}

static lc_error *run(connection *c, const char *statement, const parameters *p, PGresult **ret_result)
{
    if (!c->pq.PQsendQueryParams(c->conn, statement, p->count, p->types, p->values, p->lengths, p->formats, 1))
        return fail_connection(c);
    return receive(c, ret_result);
}

static lc_error *run_with(connection *c, lc_text statement, const lc_sql_value *params, size_t count,
                          PGresult **ret_result)
{
    lc_auto(lc_arena) arena = {0};
    parameters p = room_for(&arena, count);
    for (size_t i = 0; i < count; i++) set_parameter(&arena, &p, i, &params[i]);
    return run(c, lc_arena_copy(&arena, statement.data, statement.len), &p, ret_result);
}

static lc_error *execute(lc_sql *sql, lc_text statement, const lc_sql_value *params, size_t count, int64_t *ret_rows)
{
    connection *c = of(sql);
    PGresult *result = NULL;
    LC_TRY(run_with(c, statement, params, count, &result));
    *ret_rows = atoll(c->pq.PQcmdTuples(result));
    c->pq.PQclear(result);
    return NULL;
}

static lc_error *write_rows(lc_sql *sql, const lc_sql_bulk *bulk, const lc_sql_value *values, size_t rows,
                            int64_t *ret_rows)
{
    connection *c = of(sql);
    lc_auto(lc_arena) arena = {0};
    parameters p = room_for(&arena, bulk->columns);
    lc_buf *arrays = lc_alloc(bulk->columns * sizeof *arrays + 1);
    memset(arrays, 0, bulk->columns * sizeof *arrays);
    for (size_t i = 0; i < bulk->columns; i++) {
        p.types[i] = lc_pg_write_array(&arrays[i], (lc_sql_kind)bulk->kinds[i], values + i, bulk->columns, rows);
        p.values[i] = arrays[i].data;
        p.lengths[i] = (int)arrays[i].len;
        p.formats[i] = 1;
    }
    PGresult *result = NULL;
    lc_error *error = run(c, lc_arena_copy(&arena, bulk->head.data, bulk->head.len), &p, &result);
    for (size_t i = 0; i < bulk->columns; i++) lc_buf_done(&arrays[i]);
    free(arrays);
    if (error) return error;
    *ret_rows = atoll(c->pq.PQcmdTuples(result));
    c->pq.PQclear(result);
    return NULL;
}

/* Rows */

static lc_error *ask_for_chunk(connection *c, cursor *cur)
{
    if (!c->pq.PQsendQueryParams(c->conn, cur->fetch, 0, NULL, NULL, NULL, NULL, 1)) return fail_connection(c);
    cur->ahead = true;
    return NULL;
}

/* The next chunk, and the one after it is asked for: the server works while this side does. */
static lc_error *take_chunk(connection *c, cursor *cur)
{
    c->pq.PQclear(cur->chunk);
    cur->chunk = NULL;
    cur->at = cur->count = 0;
    cur->ahead = false;
    LC_TRY(receive(c, &cur->chunk));
    cur->count = c->pq.PQntuples(cur->chunk);
    cur->done = cur->count < cur->size;
    return cur->done ? NULL : ask_for_chunk(c, cur);
}

static void describe(connection *c, cursor *cur)
{
    lc_sql_cursor *head = &cur->head;
    head->count = (size_t)c->pq.PQnfields(cur->chunk);
    head->columns = lc_arena_alloc(&head->arena, (head->count + 1) * sizeof *head->columns);
    head->row = lc_arena_alloc(&head->arena, (head->count + 1) * sizeof *head->row);
    cur->types = lc_arena_alloc(&head->arena, (head->count + 1) * sizeof *cur->types);
    for (size_t i = 0; i < head->count; i++) {
        const char *name = c->pq.PQfname(cur->chunk, (int)i);
        lc_sql_column *column = &head->columns[i];
        *column = (lc_sql_column){.name = lc_arena_copy(&head->arena, name, strlen(name))};
        cur->types[i] = lc_pg_type_of(c->pq.PQftype(cur->chunk, (int)i), c->pq.PQfmod(cur->chunk, (int)i), column);
    }
}

static void end(lc_sql_cursor *head)
{
    cursor *cur = (cursor *)head;
    connection *c = of(head->sql);
    PGresult *result = NULL;
    if (cur->ahead && !c->sql.lost) {
        lc_error_free(receive(c, &result));
        c->pq.PQclear(result);
    }
    c->pq.PQclear(cur->chunk);
    result = NULL;
    if (!c->sql.lost && cur->size) lc_error_free(run_with(c, LC_TEXT("CLOSE luaconnect"), NULL, 0, &result));
    c->pq.PQclear(result);
    lc_arena_done(&cur->texts);
    lc_arena_done(&head->arena);
    free(cur);
}

static lc_error *start(connection *c, cursor *cur, lc_text query, const lc_sql_value *params, size_t count)
{
    lc_auto(lc_buf) text = {0};
    PGresult *result = NULL;
    if (!cur->size) {
        LC_TRY(run_with(c, query, params, count, &cur->chunk));
        cur->count = c->pq.PQntuples(cur->chunk);
        cur->done = true;
        describe(c, cur);
        return NULL;
    }
    lc_buf_text(&text, "DECLARE luaconnect NO SCROLL CURSOR FOR ");
    lc_buf_add(&text, query.data, query.len);
    LC_TRY(run_with(c, (lc_text){text.data, text.len}, params, count, &result));
    c->pq.PQclear(result);
    LC_TRY(ask_for_chunk(c, cur));
    LC_TRY(take_chunk(c, cur));
    describe(c, cur);
    return NULL;
}

static lc_error *query(lc_sql *sql, lc_text text, const lc_sql_value *params, size_t count, size_t fetch,
                       lc_sql_cursor **ret_cursor)
{
    connection *c = of(sql);
    cursor *cur = lc_alloc(sizeof *cur);
    *cur = (cursor){.head = {.sql = sql}, .size = (int)fetch};
    snprintf(cur->fetch, sizeof cur->fetch, "FETCH FORWARD %zu FROM luaconnect", fetch);
    lc_error *error = start(c, cur, text, params, count);
    if (!error) {
        *ret_cursor = &cur->head;
        return NULL;
    }
    c->pq.PQclear(cur->chunk);
    lc_arena_done(&cur->head.arena);
    free(cur);
    return error;
}

static lc_error *next(lc_sql_cursor *head, const lc_sql_value **ret_row)
{
    cursor *cur = (cursor *)head;
    connection *c = of(head->sql);
    *ret_row = NULL;
    while (cur->at == cur->count) {
        if (cur->done) return NULL;
        LC_TRY(take_chunk(c, cur));
    }
    int row = cur->at++;
    lc_arena_reset(&cur->texts, SIZE_MAX);
    for (int i = 0; i < (int)head->count; i++) {
        bool is_null = c->pq.PQgetisnull(cur->chunk, row, i);
        lc_text bytes = {c->pq.PQgetvalue(cur->chunk, row, i), (size_t)c->pq.PQgetlength(cur->chunk, row, i)};
        if (is_null) head->row[i] = (lc_sql_value){.kind = LC_SQL_NULL};
        else if (!lc_pg_read(cur->types[i], bytes, &cur->texts, &head->row[i]))
            return lc_sql_fail(&c->sql, LC_SQL_OTHER, "08P01", "the server sent a value of another form than expected");
    }
    *ret_row = head->row;
    return NULL;
}

const lc_sql_driver lc_sql_postgresql = {
    .name = "postgresql", .open = open_connection, .close = close_connection, .execute = execute,
    .write = write_rows, .query = query, .next = next, .end = end,
};
