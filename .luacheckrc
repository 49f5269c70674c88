-- luacheck of the Lua in this tree: `luacheck .`
std = "luajit"
max_line_length = 130
max_code_line_length = 130
codes = true
include_files = { "lua/**/*.lua", "scripts/**/*.lua", "examples/**/*.lua", "tests/lua/**/*.lua", "tests/sandbox/**/*.lua" }
exclude_files = { "lua/meta" } -- declarations only, never run

-- Scripts see Lua's safe part and nothing else: a use of ffi, io, os, debug, package or jit is a mistake.
local sandbox = {
  globals = {},
  read_globals = {
    "_G", "_VERSION", "assert", "bit", "coroutine", "error", "getmetatable", "ipairs", "load", "math", "next", "pairs",
    "pcall", "print", "rawequal", "rawget", "rawset", "require", "select", "setmetatable", "string", "table", "tonumber",
    "tostring", "type", "unpack", "xpcall",
  },
}
stds.sandbox = sandbox
files["scripts"] = { std = "sandbox" }
files["examples"] = { std = "sandbox", read_globals = { "describe", "it", "before_each", "expect" } } -- in *_test.lua
files["tests/lua"] = { std = "sandbox" }
-- Each of these tries what a script must not do.
files["tests/sandbox"] = { std = "luajit", ignore = { "1..", "2..", "5.." } }
files["lua/prelude"] = { read_globals = { "ffi" } }
files["lua/check"] = { read_globals = { "nearest" } }
files["lua/test"] = { read_globals = { "nearest", "run_trial", "start_case" } }
files["lua/new"] = { std = "sandbox", read_globals = { "describe", "it", "before_each", "expect" } }
-- Hooks have arguments that one script doesn't need.
ignore = { "212" }
