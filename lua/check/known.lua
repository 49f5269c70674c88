-- Globals of a script, as the sandbox has them (lua/prelude/env.lua), and what else scripts reach for in vain.

local function set(names)
  local made = {}
  for name in names:gmatch("%S+") do made[name] = true end
  return made
end

return {
  globals = set(
    "_G _VERSION assert bit coroutine error getmetatable ipairs load math next pairs pcall print rawequal rawget rawset "
    .. "require select setmetatable string table tonumber tostring type unpack xpcall"),
  libraries = {
    string = set "byte char find format gmatch gsub len lower match rep reverse sub upper",
    table = set "concat insert maxn remove sort",
    math = set(
      "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max min modf pi pow rad "
      .. "random randomseed sin sinh sqrt tan tanh"),
    bit = set "arshift band bnot bor bswap bxor lshift rol ror rshift tobit tohex",
    coroutine = set "create isyieldable resume running status wrap yield",
  },
  absent = {
    os = "use lc.time", io = "declare needs = { \"file\" } and use task.cap.file", debug = "there is no replacement",
    package = "use require", ffi = "there is no replacement", jit = "there is no replacement",
    loadstring = "use load", dofile = "use require", loadfile = "use require", getfenv = "there is no replacement",
    setfenv = "give load an environment", newproxy = "there is no replacement", module = "return a table",
    collectgarbage = "there is no replacement", gcinfo = "there is no replacement",
  },
  test_globals = set "describe it before_each expect", -- of files that end in _test.lua
  raises = { error = true },                                          -- globals that never return
  sdk_raises = { ["lc.raise"] = true, ["lc.retry"] = true, ["lc.fail"] = true }, -- functions of lc that don't
}
