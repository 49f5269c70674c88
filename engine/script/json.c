/* lc.json: JSON text to Lua values and back, through the trees of base/json.h. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "script/internal.h"

/* A tree takes up to so many times the bytes of its text, and each value time that can't be cut short. */
enum { DEEPEST = 100, TREE_GROWTH = 16, VALUE_COST = 256 };

static const double EXACT = 9007199254740992.0;

static void push_value(lua_State *lua, const lc_json *value, bool in_list);

static void push_int(lua_State *lua, int64_t number)
{
    if ((double)number > -EXACT && (double)number < EXACT) {
        lua_pushnumber(lua, (double)number);
        return;
    }
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)number);
    lc_state_entry(lua, "int64");
    lua_pushstring(lua, text);
    lua_call(lua, 1, 1);
}

static void push_object(lua_State *lua, const lc_json *object)
{
    size_t count = lc_json_count(object);
    lua_createtable(lua, 0, (int)count);
    for (size_t i = 0; i < count; i++) {
        lc_text key = lc_json_key_text_at(object, i);
        lua_pushlstring(lua, key.data, key.len);
        push_value(lua, lc_json_at(object, i), false);
        lua_rawset(lua, -3);
    }
}

/* An empty array gets the metatable in argument 3, by which it stays one. */
static void push_array(lua_State *lua, const lc_json *array)
{
    size_t count = lc_json_count(array);
    lua_createtable(lua, (int)count, 0);
    if (count == 0) {
        lua_pushvalue(lua, 3);
        lua_setmetatable(lua, -2);
    }
    for (size_t i = 0; i < count; i++) {
        push_value(lua, lc_json_at(array, i), true);
        lua_rawseti(lua, -2, (int)i + 1);
    }
}

/* lc.null is argument 2 of the running function. */
static void push_value(lua_State *lua, const lc_json *value, bool in_list)
{
    int64_t integer;
    double number = 0;
    luaL_checkstack(lua, 8, "JSON nests too deep");
    switch (lc_json_kind_of(value)) {
    case LC_JSON_BOOL: lua_pushboolean(lua, lc_json_bool(value, false)); break;
    case LC_JSON_INT:
        if (lc_json_int(value, &integer)) push_int(lua, integer);
        else lua_pushnumber(lua, 0);
        break;
    case LC_JSON_NUMBER:
        (void)lc_json_double(value, &number);
        lua_pushnumber(lua, number);
        break;
    case LC_JSON_STRING: {
        lc_text text = lc_json_text(value);
        lua_pushlstring(lua, text.data, text.len);
        break;
    }
    case LC_JSON_ARRAY: push_array(lua, value); break;
    case LC_JSON_OBJECT: push_object(lua, value); break;
    case LC_JSON_NULL:
        if (in_list) lua_pushvalue(lua, 2);
        else lua_pushnil(lua);
        break;
    }
}

/* Holds the tree of the running call, in place of the one before. */
static void hold(lc_state *state, lc_json *tree)
{
    lc_json_free(state->json);
    state->json = tree;
}

bool lc_json_fits(const lc_state *state, const char *text, size_t len)
{
    size_t values = 0, most = state->heap.limit / VALUE_COST;
    if (len > state->heap.limit / TREE_GROWTH) return false;
    for (size_t i = 0; i < len && values <= most; i++)
        values += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return values <= most;
}

/* json_decode(text, null, mark of empty lists): true and the value, or false and why not. */
static int decode(lua_State *lua)
{
    size_t len;
    const char *text = luaL_checklstring(lua, 1, &len);
    lua_settop(lua, 3);
    lc_state *state = lc_state_of(lua);
    lc_json *tree = NULL;
    lc_error *error = NULL;
    if (!lc_json_fits(state, text, len))
        error = lc_fail(LC_E_LIMIT, "the text is too long for lc.json.decode");
    if (!error) error = lc_json_parse(text, len, 0, &tree);
    lua_pushboolean(lua, !error);
    if (error) {
        lc_state_push_message(lua, error);
        return 2;
    }
    hold(state, tree);
    push_value(lua, tree, true);
    hold(state, NULL);
    return 2;
}

/* Encoding: a tree is made first, then written. NULL and a message on the stack when a value has no JSON. */

static lc_json *tree_of(lua_State *lua, int at, int depth, const char **problem);

static lc_json *array_tree(lua_State *lua, int at, int depth, const char **problem)
{
    lc_json *array = lc_json_new_array();
    size_t count = lua_objlen(lua, at);
    for (size_t i = 1; i <= count && !*problem; i++) {
        lua_rawgeti(lua, at, (int)i);
        lc_json_add(array, tree_of(lua, lua_gettop(lua), depth + 1, problem));
        lua_settop(lua, -2);
    }
    return array;
}

static int by_bytes(const void *a, const void *b)
{
    const lc_text *x = a, *y = b;
    int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The keys of a table in order of their bytes: the table's own order is another in each state. */
static bool sorted_keys(lua_State *lua, int at, lc_text **ret_keys, size_t *ret_count)
{
    size_t cap = 0;
    lua_pushnil(lua);
    while (lua_next(lua, at)) {
        lua_settop(lua, -2);
        if (lua_type(lua, -1) != LUA_TSTRING) return false;
        *ret_keys = lc_grow(*ret_keys, &cap, *ret_count + 1, sizeof **ret_keys);
        lc_text *key = &(*ret_keys)[(*ret_count)++];
        key->data = lua_tolstring(lua, -1, &key->len);
    }
    if (*ret_count) qsort(*ret_keys, *ret_count, sizeof **ret_keys, by_bytes);
    return true;
}

static lc_json *object_tree(lua_State *lua, int at, int depth, const char **problem)
{
    lc_json *object = lc_json_new_object();
    lc_text *keys = NULL;
    size_t count = 0;
    if (!sorted_keys(lua, at, &keys, &count)) *problem = "the keys of a JSON object must be strings";
    for (size_t i = 0; i < count && !*problem; i++) {
        lua_pushlstring(lua, keys[i].data, keys[i].len);
        lua_rawget(lua, at);
        lc_json_set_at(object, keys[i], tree_of(lua, lua_gettop(lua), depth + 1, problem));
        lua_settop(lua, -2);
    }
    free(keys);
    return object;
}

static bool is_empty_list(lua_State *lua, int at)
{
    if (!lua_getmetatable(lua, at)) return false;
    bool is_mark = lua_rawequal(lua, -1, 4);
    lua_pushnil(lua);
    bool is_empty = !lua_next(lua, at);
    lua_settop(lua, is_empty ? -2 : -4);
    return is_mark && is_empty;
}

/* int64 and decimals: their text by tostring(x) of the prelude, argument 3. */
static lc_json *cdata_tree(lua_State *lua, int at, const char **problem)
{
    lc_json *tree = NULL;
    lua_pushvalue(lua, 3);
    lua_pushvalue(lua, at);
    if (lua_pcall(lua, 1, 1, 0) || lua_type(lua, -1) != LUA_TSTRING) {
        *problem = "a value has no JSON";
    } else {
        size_t len;
        const char *text = lua_tolstring(lua, -1, &len);
        size_t digits = strspn(text, "-+.0123456789E");
        bool is_number = digits && (digits == len || !strcmp(text + digits, "LL") || !strcmp(text + digits, "ULL"));
        tree = is_number ? lc_json_new_number((lc_text){text, digits}) : lc_json_new_text((lc_text){text, len});
    }
    lua_settop(lua, -2);
    return tree;
}

static lc_json *number_tree(double number)
{
    if (number >= -EXACT && number <= EXACT && number == (double)(int64_t)number)
        return lc_json_new_int((int64_t)number);
    return lc_json_new_double(number);
}

static lc_json *tree_of(lua_State *lua, int at, int depth, const char **problem)
{
    enum { CDATA = 10 };
    size_t len;
    if (depth > DEEPEST || !lua_checkstack(lua, 8)) {
        *problem = "a value nests too deep for JSON";
        return NULL;
    }
    switch (lua_type(lua, at)) {
    case LUA_TNIL: return lc_json_new_null();
    case LUA_TBOOLEAN: return lc_json_new_bool(lua_toboolean(lua, at));
    case LUA_TNUMBER: return number_tree(lua_tonumber(lua, at));
    case LUA_TSTRING: {
        const char *text = lua_tolstring(lua, at, &len);
        return lc_json_new_text((lc_text){text, len});
    }
    case LUA_TTABLE:
        if (lua_rawequal(lua, at, 2)) return lc_json_new_null();
        return lua_objlen(lua, at) || is_empty_list(lua, at) ? array_tree(lua, at, depth, problem)
                                                             : object_tree(lua, at, depth, problem);
    case CDATA: return cdata_tree(lua, at, problem);
    default: *problem = "a function or thread has no JSON"; return NULL;
    }
}

/* json_encode(value, null, tostring, mark of empty lists): true and the text, or false and why not. */
static int encode(lua_State *lua)
{
    const char *problem = NULL;
    lua_settop(lua, 4);
    lc_json *tree = tree_of(lua, 1, 0, &problem);
    lua_settop(lua, 4);
    if (problem) {
        lc_json_free(tree);
        lua_pushboolean(lua, false);
        lua_pushstring(lua, problem);
        return 2;
    }
    lc_buf *text = &lc_state_of(lua)->text; /* the state's, so that nothing is lost when pushing it raises */
    lc_buf_reset(text);
    lc_json_dump(tree, text);
    lc_json_free(tree);
    lua_pushboolean(lua, true);
    lua_pushlstring(lua, text->data, text->len);
    return 2;
}

const lc_native lc_native_json[] = {{"json_decode", decode}, {"json_encode", encode}, {NULL, NULL}};
