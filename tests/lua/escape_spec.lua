-- Ways out of the sandbox, each of which must be closed.
local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

local absent = {
  "collectgarbage", "debug", "dofile", "ffi", "gcinfo", "getfenv", "io", "jit", "loadfile", "loadstring", "module",
  "newproxy", "os", "package", "setfenv", "arg",
}

function cases.globals_that_are_gone()
  for _, name in ipairs(absent) do equal(_G[name], nil, name) end
  equal(string.dump, nil)
  equal(table.foreach, nil)
  equal(math.mod, nil)
  equal(coroutine.running() == nil, true)
end

local allowed = {
  _G = "table", _VERSION = "string", assert = "function", bit = "table", coroutine = "table", error = "function",
  getmetatable = "function", ipairs = "function", load = "function", math = "table", next = "function",
  pairs = "function", pcall = "function", print = "function", rawequal = "function", rawget = "function",
  rawset = "function", require = "function", select = "function", setmetatable = "function", string = "table",
  table = "table", tonumber = "function", tostring = "function", type = "function", unpack = "function",
  xpcall = "function",
}

function cases.globals_that_are_there()
  for name, value in pairs(_G) do equal(type(value), allowed[name], name) end
  for name, kind in pairs(allowed) do equal(type(_G[name]), kind, name) end
end

-- Every value that can be reached from the globals and lc is a plain one.
function cases.nothing_else_is_reachable()
  local seen, todo = {}, { _G, lc }
  local forbidden = { cdata = true, userdata = true, thread = true }
  while #todo > 0 do
    local t = table.remove(todo)
    for key, value in pairs(t) do
      local kind = type(value)
      if forbidden[kind] and not lc.schema.is(value) then error("reached a " .. kind .. " at " .. tostring(key)) end
      if kind == "table" and not seen[value] then
        seen[value] = true
        todo[#todo + 1] = value
      end
      local metatable = getmetatable(value)
      if type(metatable) == "table" and not seen[metatable] then
        seen[metatable] = true
        todo[#todo + 1] = metatable
      end
    end
  end
end

function cases.bytecode()
  local code = "\27LJ\2\10\10\0\2\1\1\0\2\0\1\2\0\0"
  equal(load(code), nil)
  equal(load("\239\187\191" .. code), nil)
  equal(load("#!x\n" .. code), nil)
  equal(load(function() return nil end) ~= nil, true)
  equal(load(code, "x", "b"), nil)
end

function cases.number_literals_bring_no_ffi()
  local x = load("return 1LL, 0x1ULL, 2i")
  equal(type(x()), "cdata")
  for _, name in ipairs { "ffi", "jit", "jit.util", "string", "package", "lc.prelude", "os" } do
    raises("not found", require, name)
  end
  equal(getmetatable(1LL), "ffi")
  raises("", function() return (1LL)() end)
  raises("can't be the value", function(record) lc.map().x = 2i end)
  raises("expected", lc.has, 1LL, "x")
  raises("expected", lc.type, 2i, "x")
  raises("expected", lc.copy, 1LL)
  raises("expected", lc.pairs, 1LL)
end

-- No error text may tell the names of a view's members.
function cases.views_against_other_cdata(record)
  local views = { record, record.value, record.headers, lc.int8, lc.box(), lc.list(), lc.regex("a"), lc.time.format("yyyy") }
  local operations = {
    function(v) return v == 1LL end, function(v) return 1LL == v end, function(v) return v == lc.int8 end,
    function(v) return v < 1LL end, function(v) return v + 1 end, function(v) return v - v end, function(v) return -v end,
    function(v) return v .. "" end, function(v) return v() end, function(v) return #v end, function(v) return v[1e9] end,
    function(v) return v[{}] end, function(v) v[{}] = 1 end, function(v) v[1LL] = 1 end, function(v) return v[2i] end,
    function(v) return tonumber(v) end, function(v) return tostring(v) end, function(v) return setmetatable(v, {}) end,
    function(v) return string.format("%d", v) end, function(v) return string.rep("a", v) end,
    function(v) return table.concat { v } end,
    function(v) return lc.has(v, v) end, function(v) return lc.type(v, v) end, function(v) return lc.put(v, v, v, "int8") end,
    function(v) return lc.assign(v, "value", v, v) end, function(v) return lc.totable(v) end,
    function(v) for _ in pairs(v) do end end,
    function(v) for _ in next, v do end end, function(v) return rawget(v, 1) end, function(v) return select(v, 1) end,
    function(v) return lc.json.encode(v) end, function(v) return lc.base64.encode(v) end,
    function(v) return lc.schema.build(v) end,
    function(v) return lc.schema.optional(v) end, function(v) return v.add(1LL) end, function(v) return v.matches(1LL, "") end,
    function(v) return v.write(1LL, 1) end, function(v) return v.value end, function(v) v.value = 1LL end,
    function(v) v.value = v end,
    function(v) return lc.text(v, "value") end, function(v) return lc.reshaper(function() end)(v, v) end,
    function(v) return v.tonumber(1LL) end,
  }
  for _, view in ipairs(views) do
    for _, operation in ipairs(operations) do
      for _, x in ipairs { view, 1LL, 2i } do
        local ok, e = pcall(operation, x)
        local text = tostring(e)
        if not ok and text:find("_%x%x%x%x%x%x%x%x") then error("a name leaks: " .. text) end
        if not ok and text:find("0x%x%x%x%x") then error("an address leaks: " .. text) end
      end
    end
  end
  equal(getmetatable(record), "ffi")
end

-- Iterators and methods are functions that anyone can call with anything.
function cases.iterators_and_methods_of_others(record)
  record.value.x = { 1 }
  local functions = { (lc.pairs(record.value)), (lc.pairs(record.value.x)), (ipairs(record.value.x)), (ipairs(record.headers)) }
  for _, name in ipairs { "add", "remove", "has", "find" } do functions[#functions + 1] = record.headers[name] end
  for _, name in ipairs { "matches", "find", "replace_first" } do functions[#functions + 1] = lc.regex("a")[name] end
  for _, name in ipairs { "optional", "required", "default", "text", "basics", "with", "array" } do
    functions[#functions + 1] = lc.schema[name]
  end
  for _, f in ipairs(functions) do
    for _, x in ipairs { 1LL, 2i, record, record.value, lc.int8, record.headers, lc.regex("b") } do
      for _, y in ipairs { 1LL, "x", record, 1 } do
        local ok, e = pcall(f, x, y)
        if not ok and tostring(e):find("_%x%x%x%x%x%x%x%x") then error("a name leaks: " .. tostring(e)) end
      end
    end
  end
  record.headers:remove("x")
end

function cases.loading_stays_inside()
  equal(load("return os")(), nil)
  equal(load("return _G")() == _G, true)
  equal(load("return ...")(5), 5)
  equal(load("end"), nil)
  equal(load("local x = 1 end return function() "), nil)
  equal(load("return __lc_tick")(), nil)
  raises("", load, nil)
  local env = {}
  load("x = 1", "n", "t", env)()
  equal(env.x, 1)
  equal(rawget(_G, "x"), nil)
end

function cases.string_metatable()
  equal(getmetatable(""), false)
  raises("", setmetatable, "", {})
  equal(("x"):upper(), "X")
end

-- A part of the SDK that is first asked for at the very end of a stack is loaded whole all the same.
function cases.parts_at_the_end_of_a_stack()
  local function dive(n)
    if n == 0 then return lc.values and 0 end
    return 1 + dive(n - 1)
  end
  local function plain(n)
    if n == 0 then return 0 end
    return 1 + plain(n - 1)
  end
  local low, high = 1, 32768 -- the deepest that goes is between them
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    if coroutine.wrap(function() return pcall(plain, middle) end)() then low = middle else high = middle end
  end
  for n = low - 8, low + 2 do coroutine.wrap(function() return pcall(dive, n) end)() end
  equal(type(lc.values.parse), "function")
  raises("can't be changed", rawset, lc.values, "parse", print)
end

function cases.frozen_libraries()
  raises("can't be changed", function() string.format = print end) -- luacheck: ignore 122
  raises("can't be changed", function() lc.has = print end)
  raises("can't be changed", function() lc.log.info = print end)
  raises("can't be changed", function() lc.schema.int8 = 1 end)
  raises("can't be changed", function() lc.time.now = 1 end)
  raises("can't be changed", rawset, string, "format", print)
  raises("can't be changed", rawset, lc, "has", print)
  raises("can't be changed", rawset, lc.time, "now", print)
  raises("can't be changed", rawset, lc.null, 1, print)
  raises("can't be changed", rawset, lc.schema.none, 1, print)
  raises("", setmetatable, string, {})
  raises("", setmetatable, _G, {})
  equal(getmetatable(string), false)
  equal(getmetatable(_G), false)
  local f = string.format
  pcall(table.insert, string, f) -- leaves an item in the stand-in, which nobody reads
  pcall(table.sort, string)
  equal(string.format, f)
end

function cases.require_finds_only_neighbours()
  for _, name in ipairs { "../kit", "/etc/passwd", "a..b", "kit\0x", "kit.lua", "./kit", "", "lc.nothing", "lc.." } do
    raises("not found", require, name)
  end
  equal(require "lc" == lc, true)
  equal(require "lc.json" == lc.json, true)
  equal(require "kit" == kit, true)
end

function cases.no_addresses()
  for _, x in ipairs { {}, print, function() end, coroutine.create(print), string, lc } do
    equal(tostring(x):find("0x"), nil)
    equal(string.format("%s", x):find("0x"), nil)
    local _, e = pcall(error, x)
    equal(tostring(e):find("0x"), nil)
  end
  raises("not available", string.format, "%p", {})
  raises("not available", string.format, "%10p", {})
end

function cases.extreme_arguments()
  raises("", unpack, {}, 1, 1e7)
  raises("", unpack, {}, -2 ^ 31, 2 ^ 31 - 1)
  equal(select("#", unpack({}, 2 ^ 53, 2 ^ 53)) <= 1, true)
  equal(#bit.tohex(0, -2147483648) <= 8, true)
  equal(#("%99.99f"):format(1e308) > 300, true)
  equal(("x"):rep(-5), "")
  equal((""):rep(1e15), "")
  equal(#("x"):sub(-1e300, 1e300) <= 1, true)
  equal(#("%.20f"):format(1 / 3), 22)
  raises("", string.char, 300)
  raises("", string.rep)
  raises("", table.concat, { {} })
end

-- Host functions with nothing, with too much, with the wrong things.
function cases.functions_survive_anything()
  local arguments = {
    {}, { nil }, { 0 / 0 }, { -1 }, { 2 ^ 53 }, { "" }, { ("x"):rep(1000) },
    { 1LL }, { {} }, { print }, { true }, { lc.int8 }, { lc.box() },
  }
  local function try(f)
    for _, a in ipairs(arguments) do
      for _, b in ipairs(arguments) do pcall(f, a[1], b[1], a[1], b[1]) end
    end
    pcall(f)
  end
  local skip = { error = true }
  local function walk(t, seen)
    for name, value in pairs(t) do
      if type(value) == "function" and not skip[name] then try(value) end
      if type(value) == "table" and not seen[value] then
        seen[value] = true
        walk(value, seen)
      end
    end
  end
  walk(lc, { [lc] = true, [lc.log] = true })
end

function cases.coroutines(record)
  record.value.x = 5
  local co = coroutine.wrap(function() coroutine.yield(record.value.x) return record.value.x + 1 end)
  equal(co(), 5)
  equal(co(), 6)
  raises("cannot resume dead", co)
  local function nest(n) return coroutine.wrap(function() if n > 0 then return nest(n - 1) end return "deep" end)() end
  equal(nest(100), "deep")
  raises("nest deeper", nest, 200)
  local function again() return (("a"):gsub("a", again)) end
  raises("stack overflow", again)
  local ok, a = pcall(coroutine.wrap(function() return pcall(error, "x") end))
  equal(ok, true)
  equal(a, false)
end

function cases.xpcall_runs_its_handler_afterwards()
  local ok, text = xpcall(function() error("x", 0) end, function(e) return e .. "!" end)
  equal(ok, false)
  equal(text, "x!")
  equal(select("#", xpcall(function(...) return ... end, print, 1, nil, 3)), 4)
end

return kit.spec(cases, { functions_survive_anything = true, parts_at_the_end_of_a_stack = true })
