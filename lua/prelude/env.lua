-- The sandbox: which globals a script has, frozen libraries, loading and require.

local P = ...
local native, sdk = P.native, P.sdk
local type, error, pairs, select, rawset, rawget, setmetatable, getmetatable, next, pcall =
  type, error, pairs, select, rawset, rawget, setmetatable, getmetatable, next, pcall
local setfenv, metatable_of = setfenv, debug.getmetatable
local native_format = string.format

-- Freezing.

-- A frozen table is an empty stand-in whose metatable reads from the real one.
local real_of = setmetatable({}, { __mode = "k" })

local function refuse(_, key) error("'" .. P.tostring(key) .. "' can't be changed here", 0) end

local function freeze(t)
  local stand_in = setmetatable({}, { __index = t, __newindex = refuse, __metatable = false })
  real_of[stand_in] = t
  return stand_in
end
P.freeze = freeze

-- Like freeze, for everything below as well.
local function freeze_deep(t)
  for key, value in pairs(t) do t[key] = P.freeze_below(value) end
  return freeze(t)
end

function P.freeze_below(value)
  if type(value) == "table" and (metatable_of(value) == nil or P.is_open(value)) then return freeze_deep(value) end
  return value
end

-- Text without addresses.

local nameless = P.nameless

local function has_nameless(...)
  for i = 1, select("#", ...) do
    if nameless[type((select(i, ...)))] then return true end
  end
  return false
end

local function format(form, ...)
  if type(form) == "string" and form:find("%%[%-%+ #0]*%d*%.?%d*p") then error("%p is not available", 2) end
  if not has_nameless(...) then return native_format(form, ...) end
  local args, n = { ... }, select("#", ...)
  for i = 1, n do
    if nameless[type(args[i])] then args[i] = P.tostring(args[i]) end
  end
  return native_format(form, unpack(args, 1, n))
end

-- Globals.

local function guarded_rawset(t, key, value)
  if real_of[t] or P.sealed[t] then refuse(t, key) end
  return rawset(t, key, value)
end

local function guarded_next(t, key)
  local real = real_of[t]
  if not real then return next(t, key) end
  if key == nil and P.is_open(real) then P.load_parts() end
  return next(real, key)
end

local function guarded_pairs(t)
  if type(t) == "cdata" then return sdk.pairs(t) end
  if real_of[t] then return guarded_next, t, nil end
  return pairs(t)
end

local function guarded_rawget(t, key)
  local real = real_of[t]
  if real then return real[key] end
  return rawget(t, key)
end

-- The handler runs after unwinding: one that never ends is then stopped like any other code.
local function safe_xpcall(f, handler, ...)
  local function finish(ok, ...)
    if ok then return true, ... end
    return false, handler(...)
  end
  return finish(pcall(f, ...))
end

local function print_to_log(...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = P.tostring((select(i, ...))) end
  P.log.info(table.concat(parts, "\t"))
end

local function copy_of(t, names)
  local copy = {}
  for name in names:gmatch("%S+") do copy[name] = t[name] end
  return copy
end

local libraries = {
  string = copy_of(string, "byte char find gmatch gsub len lower match rep reverse sub upper"),
  table = copy_of(table, "concat insert maxn remove sort"),
  math = copy_of(math, "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max min " ..
    "modf pi pow rad random randomseed sin sinh sqrt tan tanh"),
  bit = copy_of(bit, "arshift band bnot bor bswap bxor lshift rol ror rshift tobit tohex"),
  coroutine = copy_of(coroutine, "create isyieldable resume running status wrap yield"),
}
libraries.string.format = format
P.libraries = libraries
P.limit_libraries(libraries)

-- string methods (s:upper()) go by the string metatable: it gets our functions and is locked.
local string_metatable = metatable_of("")
string_metatable.__index = libraries.string
string_metatable.__metatable = false

local globals = {
  assert = assert, error = error, ipairs = P.ipairs, next = guarded_next, pairs = guarded_pairs, pcall = pcall,
  xpcall = safe_xpcall, print = print_to_log, rawequal = rawequal, rawget = guarded_rawget,
  rawset = guarded_rawset, select = select, setmetatable = setmetatable, getmetatable = getmetatable,
  tonumber = tonumber, tostring = P.tostring, type = type, unpack = unpack, _VERSION = _VERSION,
}
for name, library in pairs(libraries) do globals[name] = freeze(library) end

-- Loading.

local function compile(text, chunk, env)
  local f, message = native.compile(text, chunk)
  if not f then return nil, message end
  P.chunks[chunk] = true
  return setfenv(f, env)
end
P.compile = compile

local LONGEST_LOAD = 256 * 1024

-- load(text or function, name, mode, env): text only, in the script's own globals unless others are given.
local function loader(env)
  return function(chunk, name, _, own_env)
    if type(chunk) == "function" then
      local parts, size = {}, 0
      for part in chunk do
        if part == "" then break end
        if type(part) ~= "string" then error("reader function must return a string", 2) end
        parts[#parts + 1] = part
        size = size + #part
        if size > LONGEST_LOAD then return nil, "chunk is larger than 256 KiB" end
      end
      chunk = table.concat(parts)
    end
    if type(chunk) ~= "string" then error("load takes a text or a function", 2) end
    if #chunk > LONGEST_LOAD then return nil, "chunk is larger than 256 KiB" end
    return compile(chunk, "loaded", type(own_env) == "table" and own_env or env)
  end
end

local new_env -- assigned below

local function sdk_module(name)
  if name == "lc" then return P.sdk_frozen end
  local part = name:match("^lc%.(%w+)$")
  local module = part and sdk[part]
  if module == nil then error("module '" .. name .. "' not found: lc has no such part", 3) end
  return P.sdk_frozen[part]
end

-- Modules beside a script: their text comes from C, which looks only into the script's folder.
local function requirer(folder, modules)
  return function(name)
    if type(name) ~= "string" then error("require takes a name", 2) end
    if name == "lc" or name:find("^lc%.") then return sdk_module(name) end
    if modules[name] ~= nil then return modules[name] end
    if not name:find("^[%w_]+$") then
      error("module '" .. P.tostring(name) .. "' not found: a name is letters, digits and _", 2)
    end
    local ok, text = native.read_module(folder, name)
    if not ok then error("module '" .. name .. "' not found: " .. text, 2) end
    local f, message = compile(text, name .. ".lua", new_env(folder, modules))
    if not f then error(message, 0) end
    local outer = P.loading
    P.loading = outer and name .. ".lua"
    modules[name] = true -- a module that requires itself, through others, gets true
    local value = f()
    P.loading = outer
    if value ~= nil then modules[name] = value end
    return modules[name]
  end
end

-- The one name that an environment has and its script can't know.
local TICK_NAME = native.tick_name()
local function hidden(_, name)
  if name == TICK_NAME then return P.tick end
end

function new_env(folder, modules)
  local env = {}
  for name, value in pairs(globals) do env[name] = value end
  env._G = env
  env.load = loader(env)
  env.require = requirer(folder, modules)
  return setmetatable(env, { __metatable = false, __index = hidden })
end
P.new_env = new_env

P.homes = setmetatable({}, { __mode = "k" }) -- by plug-in: the path of its script
P.environments = setmetatable({}, { __mode = "k" }) -- by plug-in: the globals of its script

-- Loads a script and returns what it returns.
-- `alias`: which of its uses it is loaded for.
function P.load_script(text, chunk, folder, alias)
  local env = new_env(folder, {})
  local f, message = compile(text, chunk, env)
  if not f then error(message, 0) end
  P.loading, P.loading_from, P.loading_in, P.loading_for = chunk, folder, chunk, chunk .. "\n" .. (alias or "")
  local plugin = f()
  P.loading = nil
  if type(plugin) == "table" then
    P.homes[plugin] = folder == "./" and chunk or folder .. chunk
    P.environments[plugin] = env
  end
  return plugin
end

-- A file that belongs to a script which runs already.
function P.load_beside(text, chunk, folder)
  local f, message = compile(text, chunk, new_env(folder, {}))
  if not f then error(message, 0) end
  return f()
end

-- What C calls besides the hooks.
local entries = P.entries
entries.throw, entries.tick, entries.load_script = P.throw, P.tick, P.load_script
function entries.check_plugin(plugin) return P.check_plugin(plugin) end
function entries.int64(text) return P.ffi.cast("int64_t", loadstring("return " .. text .. "LL")()) end

function P.finish_sandbox() P.sdk_frozen = freeze_deep(sdk) end
