/* The capability `sql`: C side of lua/prelude/sql.lua over engine/sql. A database, the rows it is giving and the
 * plans of what is written to it are handles that only the prelude holds. Time spent waiting for a database is no
 * time of the script. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>

#include "base/memory.h"
#include "script/bridge.h"
#include "script/handles.h"
#include "script/sql_rows.h"

/* Rows that become records. */
typedef struct reader {
    lc_sql_cursor *cursor;
    const lc_sql_value *row; /* the next one; NULL: there are no more */
    const lc_schema *schema;
    lc_zone *zone;
    int incrementing; /* column, or -1 */
    int timestamps[8]; /* columns: the first that isn't null counts */
    int timestamp_count;
    bool has_moment; /* ms and nanos are those of the last row, `before` those of the last row with another */
    int64_t ms, nanos, before_ms, before_nanos, number;
} reader;

typedef struct database {
    lc_handle head;
    lc_sql *sql;
    lc_arena arena; /* of one call */
    reader reader;
} database;

typedef struct plan {
    lc_handle head;
    lc_row_plan rows;
    lc_sql_bulk bulk;
    lc_zone *zone;
    char *head_text, *tail_text;
} plan;

enum { OPTIONS_MAX = 32, SERVER_ROOM = 1024, EXACT = 53 };

/* Handles */

static void end_reader(database *db)
{
    lc_sql_cursor_close(db->reader.cursor);
    lc_zone_close(db->reader.zone);
    db->reader = (reader){0};
}

static void free_database(lc_handle *head)
{
    database *db = (database *)head;
    end_reader(db);
    lc_sql_close(db->sql);
    lc_arena_done(&db->arena);
    free(db);
}

static void free_plan(lc_handle *head)
{
    plan *p = (plan *)head;
    for (size_t i = 0; i < p->rows.count; i++) free(p->rows.fields[i].name);
    free(p->head_text);
    free(p->tail_text);
    free(p->rows.fields);
    free(p->rows.kinds);
    lc_zone_close(p->zone);
    free(p);
}

/* The database of argument 1, with its arena empty. */
static database *database_at(lua_State *lua)
{
    database *db = lua_touserdata(lua, 1);
    lc_arena_reset(&db->arena, 1 << 20);
    return db;
}

static int give(lua_State *lua, lc_error *error)
{
    lc_state *state = lc_state_of(lua);
    lc_state_restart_clock(state);
    return lc_give_result(lua, state, error);
}

static bool stopping(void *context)
{
    return lc_state_is_stopping(context);
}

/* Grants: "sql:postgresql://host:5432/db"; without a database, all of that server. */

static bool grants(const char *list, const char *server)
{
    for (const char *at = list; at && *at;) {
        size_t len = strcspn(at, ",");
        lc_text item = lc_text_trim((lc_text){at, len});
        at += len + (at[len] == ',');
        if (!lc_text_starts(item, "sql:")) continue;
        item = (lc_text){item.data + 4, item.len - 4};
        bool all = item.len && item.data[item.len - 1] == '/' && !strstr(server, "/..");
        if (all ? !strncmp(server, item.data, item.len) : lc_text_is(item, server)) return true;
    }
    return false;
}

static lc_error *check_grant(const lc_state *state, const char *server)
{
    const lc_grants *granted = lc_state_grants(state);
    if (granted->any_sql || grants(granted->sql, server)) return NULL;
    return lc_fail(LC_E_CONNECT,
                   "the database %s isn't granted to this connector: add sql:%s to the worker's setting script.grants",
                   server, server);
}

/* Connecting */

static const char *text_field(lua_State *lua, int at, const char *name)
{
    lua_getfield(lua, at, name);
    const char *text = lua_tostring(lua, -1);
    lua_pop(lua, 1); /* the table keeps it alive */
    return text;
}

static double number_field(lua_State *lua, int at, const char *name)
{
    lua_getfield(lua, at, name);
    double number = lua_tonumber(lua, -1);
    lua_pop(lua, 1);
    return number;
}

static void name_server(const lc_sql_options *o, char server[SERVER_ROOM])
{
    const char *name = o->database ? o->database : "", *host = o->host ? o->host : "";
    if (!strcmp(o->driver, "sqlite")) snprintf(server, SERVER_ROOM, "sqlite:%s", name);
    else snprintf(server, SERVER_ROOM, "%s://%s:%d/%s", o->driver, host, o->port, name);
}

static lc_error *connect_to(lc_state *state, const lc_sql_options *options, database *db)
{
    char server[SERVER_ROOM];
    name_server(options, server);
    LC_TRY(check_grant(state, server));
    lc_error *error = lc_sql_open(options, &db->sql);
    if (!error) return NULL;
    bool again = lc_error_is_retriable(error);
    error = lc_wrap(error, LC_E_CONNECT, "the database %s can't be used: %s", server, lc_error_message(error));
    lc_error_set_retriable(error, again);
    return error;
}

/* connect({driver=, host=, port=, database=, user=, password=, timeout=, extra={name, value, …}}) */
static int connect_database(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    const char *extra[2 * OPTIONS_MAX + 1] = {0};
    lc_sql_options options = {
        .driver = text_field(lua, 1, "driver"), .host = text_field(lua, 1, "host"),
        .port = (int)number_field(lua, 1, "port"), .database = text_field(lua, 1, "database"),
        .user = text_field(lua, 1, "user"), .password = text_field(lua, 1, "password"), .extra = extra,
        .connect_timeout_ms = (int64_t)number_field(lua, 1, "timeout"), .stopping = stopping, .context = state,
    };
    lua_getfield(lua, 1, "extra");
    for (int i = 0; i < 2 * OPTIONS_MAX; i++) {
        lua_rawgeti(lua, -1, i + 1);
        extra[i] = lua_tostring(lua, -1);
        lua_pop(lua, 1);
        if (!extra[i]) break;
    }
    database *db = lc_handle_new(state, sizeof *db, free_database);
    lc_error *error = connect_to(state, &options, db);
    lc_state_restart_clock(state);
    return lc_give_handle(lua, state, &db->head, error);
}

static int close_handle(lua_State *lua)
{
    lc_handle_close(lc_state_of(lua), lua_touserdata(lua, 1));
    return 0;
}

/* fault(db): what the last error was, its SQLSTATE, and whether the connection is gone. */
static int fault(lua_State *lua)
{
    static const char *const names[] = {"other", "data", "again", "lost", "cancelled"};
    const database *db = lua_touserdata(lua, 1);
    lua_pushstring(lua, names[lc_sql_fault_of(db->sql)]);
    lua_pushstring(lua, lc_sql_state(db->sql));
    lua_pushboolean(lua, lc_sql_is_lost(db->sql));
    return 3;
}

/* Statements */

/* Parameters: a letter per value in argument `at`, the values in the table behind it. */
static lc_sql_value *parameters(lua_State *lua, lc_arena *arena, int at, size_t *ret_count)
{
    const char *letters = luaL_checklstring(lua, at, ret_count);
    lc_sql_value *values = lc_arena_alloc(arena, (*ret_count + 1) * sizeof *values);
    for (size_t i = 0; i < *ret_count; i++) {
        lc_sql_value *v = &values[i];
        size_t len = 0;
        lua_rawgeti(lua, at + 1, (int)i + 1);
        *v = (lc_sql_value){.kind = LC_SQL_NULL};
        switch (letters[i]) {
        case 'i':
            v->kind = LC_SQL_INT;
            v->u.i = strtoll(lua_tostring(lua, -1), NULL, 10);
            break;
        case 'd':
            v->kind = LC_SQL_DOUBLE;
            v->u.d = lua_tonumber(lua, -1);
            break;
        case 't': case 'b':
            v->kind = letters[i] == 't' ? LC_SQL_TEXT : LC_SQL_BYTES;
            v->u.s = lua_tolstring(lua, -1, &len);
            v->len = (uint32_t)len;
            break;
        case 'y':
            v->kind = LC_SQL_BOOL;
            v->u.i = lua_toboolean(lua, -1);
            break;
        default: break;
        }
        lua_pop(lua, 1);
    }
    return values;
}

/* execute(db, statement, letters, values): how many rows it changed. */
static int execute(lua_State *lua)
{
    database *db = database_at(lua);
    lc_text statement;
    size_t count;
    int64_t rows = 0;
    statement.data = luaL_checklstring(lua, 2, &statement.len);
    lc_sql_value *params = parameters(lua, &db->arena, 3, &count);
    lc_error *error = lc_sql_execute(db->sql, statement, params, count, &rows);
    if (error) return give(lua, error);
    (void)give(lua, NULL);
    lua_pushnumber(lua, (double)rows);
    return 2;
}

static void push_value(lua_State *lua, const lc_sql_value *v)
{
    char text[64];
    switch (v->kind) {
    case LC_SQL_NULL: lua_pushnil(lua); break;
    case LC_SQL_BOOL: lua_pushboolean(lua, v->u.i != 0); break;
    case LC_SQL_INT:
        if (llabs(v->u.i) >> EXACT) lua_pushlstring(lua, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)v->u.i));
        else lua_pushnumber(lua, (double)v->u.i);
        break;
    case LC_SQL_DOUBLE: lua_pushnumber(lua, v->u.d); break;
    case LC_SQL_TEXT: case LC_SQL_BYTES: case LC_SQL_DECIMAL: lua_pushlstring(lua, v->u.s, v->len); break;
    default: lua_pushlstring(lua, text, lc_sql_print_moment((lc_sql_kind)v->kind, v->u.i, text));
    }
}

/* The rows of a small result as an array of tables. */
static lc_error *push_rows(lua_State *lua, lc_sql_cursor *cursor)
{
    size_t count;
    const lc_sql_value *row;
    const lc_sql_column *columns = lc_sql_columns(cursor, &count);
    for (int at = 1;; at++) {
        LC_TRY(lc_sql_next(cursor, &row));
        if (!row) return NULL;
        lua_createtable(lua, 0, (int)count);
        for (size_t i = 0; i < count; i++) {
            push_value(lua, &row[i]);
            lua_setfield(lua, -2, columns[i].name);
        }
        lua_rawseti(lua, -2, at);
    }
}

/* rows(db, query, letters, values): all rows at once, for small results. */
static int rows(lua_State *lua)
{
    database *db = database_at(lua);
    lc_text query;
    size_t count;
    query.data = luaL_checklstring(lua, 2, &query.len);
    lc_sql_value *params = parameters(lua, &db->arena, 3, &count);
    end_reader(db);
    lc_error *error = lc_sql_query(db->sql, query, params, count, 0, &db->reader.cursor);
    if (error) return give(lua, error);
    lua_pushboolean(lua, true);
    lua_newtable(lua);
    error = push_rows(lua, db->reader.cursor);
    end_reader(db);
    lc_state_restart_clock(lc_state_of(lua));
    return error ? give(lua, error) : 2;
}

/* Sinks */

static char *copied(lua_State *lua, int at, const char *name, lc_text *ret)
{
    lua_getfield(lua, at, name);
    size_t len = 0;
    const char *text = lua_tolstring(lua, -1, &len);
    char *copy = text ? lc_strndup(text, len) : NULL;
    *ret = (lc_text){copy, len};
    lua_pop(lua, 1);
    return copy;
}

static void read_field(lua_State *lua, plan *p, size_t i)
{
    lc_row_field *field = &p->rows.fields[i];
    int at = lua_gettop(lua);
    lc_text name;
    lua_getfield(lua, at, "key");
    field->is_key = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    field->name = copied(lua, at, "name", &name);
    field->side = (uint8_t)number_field(lua, at, "side");
    field->kind = p->rows.kinds[i] = (uint8_t)number_field(lua, at, "kind");
    field->slot = (int32_t)number_field(lua, at, "slot");
}

/* plan({head=, tail=, last_wins=, zone=, fields={{name=, side=, slot=, kind=, key=}, …}}) */
static int make_plan(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    plan *p = lc_handle_new(state, sizeof *p, free_plan);
    p->head_text = copied(lua, 1, "head", &p->bulk.head);
    p->tail_text = copied(lua, 1, "tail", &p->bulk.tail);
    lua_getfield(lua, 1, "last_wins");
    p->rows.last_wins = lua_toboolean(lua, -1);
    lua_getfield(lua, 1, "fields");
    int fields = lua_gettop(lua);
    size_t count = lua_objlen(lua, fields);
    p->rows.fields = lc_alloc((count + 1) * sizeof *p->rows.fields);
    p->rows.kinds = lc_alloc(count + 1);
    for (; p->rows.count < count; p->rows.count++) {
        lua_rawgeti(lua, fields, (int)p->rows.count + 1);
        read_field(lua, p, p->rows.count);
        lua_pop(lua, 1);
    }
    p->bulk.columns = count;
    p->bulk.kinds = p->rows.kinds;
    const char *zone = text_field(lua, 1, "zone");
    lc_error *error = zone ? lc_zone_open(lc_text_of(zone), &p->zone) : NULL;
    p->rows.zone = p->zone;
    return lc_give_handle(lua, state, &p->head, error);
}

static bool alike(const lc_record *a, const lc_record *b)
{
    return a->topic_len == b->topic_len && !memcmp(a->topic, b->topic, a->topic_len) &&
           a->key_schema == b->key_schema && a->value_schema == b->value_schema &&
           (a->key.kind == LC_NULL) == (b->key.kind == LC_NULL) && (a->value.kind == LC_NULL) == (b->value.kind == LC_NULL);
}

/* run(first): the place of the last record of put, from `first` on, that goes the same way. */
static int run(lua_State *lua)
{
    const lc_state *state = lc_state_of(lua);
    const lc_frame *frame = &state->frame;
    uint32_t first = (uint32_t)lua_tonumber(lua, 1) - 1, last = first;
    while (last + 1 < frame->live_count &&
           alike(&state->batch->records[frame->live[first]], &state->batch->records[frame->live[last + 1]]))
        last++;
    lua_pushnumber(lua, last + 1);
    return 1;
}

static lc_error *write_records(lc_state *state, database *db, const plan *p, uint32_t first, uint32_t last,
                               int64_t *ret_rows)
{
    lc_sql_value *values = NULL;
    size_t count = 0;
    LC_TRY(lc_rows_of_records(&p->rows, &db->arena, state->batch->records, state->frame.live + first, last - first,
                              &values, &count));
    return lc_sql_write(db->sql, &p->bulk, values, count, ret_rows);
}

/* write(db, plan, first, last): records `first` to `last` of put that weren't rejected. How many rows changed. */
static int write_rows(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    database *db = database_at(lua);
    const plan *p = lua_touserdata(lua, 2);
    uint32_t first = (uint32_t)lua_tonumber(lua, 3), last = (uint32_t)lua_tonumber(lua, 4);
    int64_t changed = 0;
    if (!first || first > last || last > state->frame.live_count) return luaL_error(lua, "there are no such records");
    lc_error *error = write_records(state, db, p, first - 1, last, &changed);
    if (error) return give(lua, error);
    (void)give(lua, NULL);
    lua_pushnumber(lua, (double)changed);
    return 2;
}

/* Sources */

static void push_columns(lua_State *lua, const lc_sql_cursor *cursor)
{
    size_t count;
    const lc_sql_column *columns = lc_sql_columns(cursor, &count);
    lua_createtable(lua, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_createtable(lua, 0, 5);
        lua_pushstring(lua, columns[i].name);
        lua_setfield(lua, -2, "name");
        lua_pushstring(lua, columns[i].type);
        lua_setfield(lua, -2, "type");
        lua_pushnumber(lua, columns[i].precision);
        lua_setfield(lua, -2, "precision");
        lua_pushnumber(lua, columns[i].scale);
        lua_setfield(lua, -2, "scale");
        lua_pushnumber(lua, columns[i].kind);
        lua_setfield(lua, -2, "kind");
        lua_rawseti(lua, -2, (int)i + 1);
    }
}

/* query(db, query, letters, values, fetch): its columns. */
static int query(lua_State *lua)
{
    database *db = database_at(lua);
    lc_text text;
    size_t count;
    text.data = luaL_checklstring(lua, 2, &text.len);
    lc_sql_value *params = parameters(lua, &db->arena, 3, &count);
    end_reader(db);
    lc_error *error = lc_sql_query(db->sql, text, params, count, (size_t)lua_tonumber(lua, 5), &db->reader.cursor);
    if (!error) error = lc_sql_next(db->reader.cursor, &db->reader.row);
    if (error) {
        end_reader(db);
        return give(lua, error);
    }
    (void)give(lua, NULL);
    push_columns(lua, db->reader.cursor);
    return 2;
}

static lc_error *check_fields(const lc_schema *schema, const lc_sql_cursor *cursor)
{
    size_t count;
    (void)lc_sql_columns(cursor, &count);
    if (!schema || schema->type != LC_TYPE_STRUCT || schema->shape->count != count)
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "the schema has other fields than the query has columns");
    return NULL;
}

/* bind(db, {incrementing=, timestamps={…}, zone=, ms=, nanos=}): the schema is in the frame; columns count from 1. */
static int bind(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    reader *r = &((database *)lua_touserdata(lua, 1))->reader;
    r->schema = state->frame.schema;
    r->incrementing = (int)number_field(lua, 2, "incrementing") - 1;
    r->ms = r->before_ms = (int64_t)number_field(lua, 2, "ms");
    r->nanos = r->before_nanos = (int64_t)number_field(lua, 2, "nanos");
    lua_getfield(lua, 2, "timestamps");
    size_t room = sizeof r->timestamps / sizeof *r->timestamps, count = lua_objlen(lua, -1);
    for (r->timestamp_count = 0; (size_t)r->timestamp_count < count && (size_t)r->timestamp_count < room;) {
        lua_rawgeti(lua, -1, r->timestamp_count + 1);
        r->timestamps[r->timestamp_count++] = (int)lua_tonumber(lua, -1) - 1;
        lua_pop(lua, 1);
    }
    const char *zone = text_field(lua, 2, "zone");
    lc_error *error = check_fields(r->schema, r->cursor);
    if (!error && zone) error = lc_zone_open(lc_text_of(zone), &r->zone);
    return give(lua, error);
}

static lc_error *read_place(reader *r, lc_arena *arena, const lc_schema *int64)
{
    if (r->incrementing >= 0) {
        lc_value number;
        LC_TRY(lc_value_of_sql(arena, int64, NULL, &r->row[r->incrementing], &number));
        if (number.kind == LC_NULL) return lc_fail(LC_E_CONNECT, "the incrementing column of a row is null");
        r->number = number.u.i;
    }
    for (int i = 0; i < r->timestamp_count; i++) {
        int64_t ms, nanos;
        if (!lc_moment_of_sql(&r->row[r->timestamps[i]], r->zone, &ms, &nanos)) continue;
        if (ms != r->ms || nanos != r->nanos) r->before_ms = r->ms, r->before_nanos = r->nanos;
        r->ms = ms;
        r->nanos = nanos;
        break;
    }
    return NULL;
}

/* Is the moment of the next row the same? Then, after a restart, this row's must come again. */
static bool is_continued(const reader *r)
{
    int64_t ms, nanos;
    if (!r->row || r->incrementing >= 0) return false;
    for (int i = 0; i < r->timestamp_count; i++)
        if (lc_moment_of_sql(&r->row[r->timestamps[i]], r->zone, &ms, &nanos)) return ms == r->ms && nanos == r->nanos;
    return false;
}

static lc_value make_offset(lc_state *state, const reader *r)
{
    static const lc_text names[] = {{"timestamp_nanos", 15}, {"timestamp", 9}, {"incrementing", 12}};
    bool moment = r->timestamp_count > 0, number = r->incrementing >= 0, before = moment && is_continued(r);
    if (!moment && !number) return lc_value_null();
    const lc_shape *shape = lc_shape_of(state->types, moment ? names : names + 2, moment ? number ? 3 : 2 : 1);
    lc_value offset = lc_object_new(&state->batch->arena, shape, 0), *slot = offset.u.object->slots;
    if (moment) *slot++ = lc_value_int(LC_INT64, before ? r->before_nanos : r->nanos);
    if (moment) *slot++ = lc_value_int(LC_INT64, before ? r->before_ms : r->ms);
    if (number) *slot = lc_value_int(LC_INT64, r->number);
    return offset;
}

/* The row as a struct, or the record fails alone. */
static void fill_record(lc_state *state, reader *r, lc_record *record)
{
    lc_arena *arena = &state->batch->arena;
    record->value_schema = r->schema;
    record->value = lc_struct_new(arena, r->schema);
    for (uint32_t i = 0; i < r->schema->shape->count; i++) {
        lc_value *slot = &record->value.u.object->slots[i];
        lc_error *error = lc_value_of_sql(arena, r->schema->fields[i], r->zone, &r->row[i], slot);
        if (!error) continue;
        lc_error *named = lc_wrap(error, LC_E_DATA, "column %s: %s", r->schema->shape->names[i].text, lc_error_message(error));
        lc_error_set_stage(named, LC_STAGE_TASK_POLL);
        record->value = lc_value_null();
        record->value_schema = NULL;
        lc_record_fail(record, LC_STAGE_TASK_POLL, named);
        return;
    }
}

static lc_error *read_some(lc_state *state, reader *r, lc_text topic, size_t room, size_t *ret_count)
{
    const lc_schema *int64 = lc_schema_primitive(state->types, LC_TYPE_INT64, true);
    const lc_value partition = state->frame.a;
    for (; r->row && *ret_count < room && lc_frame_has_room(&state->frame); ++*ret_count) {
        LC_TRY(read_place(r, &state->batch->arena, int64));
        uint32_t at = state->batch->count;
        lc_record *record = lc_batch_add(state->batch);
        record->topic = topic.data;
        record->topic_len = (uint32_t)topic.len;
        record->source_partition = partition;
        fill_record(state, r, record);
        LC_TRY(lc_sql_next(r->cursor, &r->row));
        state->batch->records[at].source_offset = make_offset(state, r);
    }
    return NULL;
}

/* read(db, topic, room): how many records were added, whether there are more, and where to go on after them: ms, nanos
 * and number (as text). The partition is in frame->a. */
static int read_records(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    database *db = database_at(lua);
    reader *r = &db->reader;
    lc_text topic = {0};
    topic.data = luaL_checklstring(lua, 2, &topic.len);
    topic.data = lc_arena_copy(&state->batch->arena, topic.data, topic.len);
    double asked = lua_tonumber(lua, 3);
    size_t room = asked < 0 ? 0 : asked > state->frame.room ? state->frame.room : (size_t)asked, count = 0;
    lc_error *error = read_some(state, r, topic, room, &count);
    state->frame.records = state->batch->records;
    state->frame.count = state->batch->count;
    state->frame.room -= (uint32_t)count;
    if (error) return give(lua, error);
    (void)give(lua, NULL);
    lua_pushnumber(lua, (double)count);
    lua_pushboolean(lua, r->row != NULL);
    bool before = is_continued(r);
    lua_pushnumber(lua, (double)(before ? r->before_ms : r->ms));
    lua_pushnumber(lua, (double)(before ? r->before_nanos : r->nanos));
    lua_pushfstring(lua, "%s", lc_arena_printf(&db->arena, "%lld", (long long)r->number));
    return 6;
}

static int end_query(lua_State *lua)
{
    end_reader(lua_touserdata(lua, 1));
    lc_state_restart_clock(lc_state_of(lua));
    return 0;
}

const lc_native lc_native_sql[] = {
    {"connect", connect_database}, {"close", close_handle}, {"fault", fault}, {"execute", execute},
    {"rows", rows}, {"plan", make_plan}, {"run", run}, {"write", write_rows}, {"query", query}, {"bind", bind},
    {"read", read_records}, {"end_query", end_query}, {NULL, NULL},
};
