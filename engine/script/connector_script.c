#include <lauxlib.h>
#include <lua.h>

#include "script/bridge.h"

const lc_native lc_native_task[] = {{NULL, NULL}};
const lc_native lc_native_file[] = {{NULL, NULL}};
