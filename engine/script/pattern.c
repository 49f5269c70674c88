#include <lauxlib.h>
#include <lua.h>

#include "script/bridge.h"

const lc_native lc_native_patterns[] = {{NULL, NULL}};
