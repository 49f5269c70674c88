#include <lua.h>
#include <stdio.h>

#include "script/internal.h"

static const double EXACT = 9007199254740992.0;

/* Beyond 2^53 a double would lie: such numbers become int64 cdata. */
static void push_number(lua_State *lua, int64_t number)
{
    if ((double)number > -EXACT && (double)number < EXACT) {
        lua_pushnumber(lua, (double)number);
        return;
    }
    lc_state_entry(lua, "int64");
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)number);
    lua_pushstring(lua, text);
    lua_call(lua, 1, 1);
}

static void push_list(lua_State *lua, const lc_config_list *list)
{
    lua_createtable(lua, (int)list->count, 0);
    for (size_t i = 0; i < list->count; i++) {
        lua_pushstring(lua, list->items[i]);
        lua_rawseti(lua, -2, (int)i + 1);
    }
}

void lc_push_setting(lua_State *lua, const lc_config_value *value)
{
    if (value->is_null) {
        lua_pushnil(lua);
        return;
    }
    switch (value->type) {
    case LC_CONFIG_BOOLEAN: lua_pushboolean(lua, value->boolean); break;
    case LC_CONFIG_INT:
    case LC_CONFIG_SHORT:
    case LC_CONFIG_LONG:
    case LC_CONFIG_DURATION: push_number(lua, value->number); break;
    case LC_CONFIG_DOUBLE: lua_pushnumber(lua, value->real); break;
    case LC_CONFIG_LIST: push_list(lua, &value->list); break;
    default: lua_pushlstring(lua, value->text.data, value->text.len); break;
    }
}

void lc_push_settings(lua_State *lua, const lc_config_values *values)
{
    size_t count = lc_config_values_count(values);
    lua_createtable(lua, 0, (int)count);
    for (size_t i = 0; i < count; i++) {
        lc_push_setting(lua, lc_config_values_at(values, i));
        lua_setfield(lua, -2, lc_config_values_name_at(values, i));
    }
}
