-- The prompt of `luaconnect repl`: runs lines in the globals of a script, and shows what they give.

local P = ...
local ffi, S, tick, tostring = P.ffi, P.S, P.tick, P.tostring
local istype, type, pairs, select, rawequal, error, unpack = ffi.istype, type, pairs, select, rawequal, error, unpack
local object_t, list_t, entries_t, record_t = P.object_t, P.list_t, P.entries_t, P.record_t
local sdk = P.sdk
local metatable_of, sort, concat = P.metatable_of, table.sort, table.concat

local CHUNK = "repl"
local DEEPEST, MOST_ITEMS, LONGEST_TEXT = 8, 100, 300

-- Showing values: a line each, containers with their items below.

local escapes = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }
local function escape(c) return escapes[c] or ("\\%03d"):format(c:byte()) end

local function quote(text, kind, depth)
  local len = #text
  if depth > 0 and len > LONGEST_TEXT then text = text:sub(1, LONGEST_TEXT) end
  local shown = '"' .. text:gsub(kind == "bytes" and '[%c"\\\128-\255]' or '[%c"\\]', escape) .. '"'
  return #text < len and shown .. "… (" .. len .. " bytes)" or shown
end

local plain_types = { boolean = true, number = true, string = true }

local function type_of(x)
  if type(x) ~= "cdata" then return type(x) end
  if sdk.is_decimal(x) then return "decimal" end
  return istype("int64_t", x) and "int64" or P.type_name(x)
end

local function scalar(x, kind, depth)
  if rawequal(x, P.null) then return "null" end
  if x == nil then return kind and "null" or "nil" end
  if type(x) == "string" then return quote(x, kind, depth) .. " (" .. (kind or "string") .. ")" end
  if not plain_types[type(x)] and type(x) ~= "cdata" then return tostring(x) end
  local text = type(x) == "cdata" and tostring(x):gsub("U?LL$", "") or tostring(x)
  return text .. " (" .. (kind or type_of(x)) .. ")"
end

local show -- assigned below

-- Each item of a container: give(name, value, type), until it gives true.
local items = {}

function items.record(x, give)
  for _, name in ipairs { "topic", "partition", "offset", "timestamp" } do give(name, x[name]) end
  for _, name in ipairs { "key", "value" } do
    give(name, x[name], sdk.type(x, name))
    if x[name .. "_schema"] then give(name .. "_schema", x[name .. "_schema"]) end
  end
  for i = 1, #x.headers do
    local header = x.headers[i]
    give("header " .. header.name, header.value, sdk.type(header, "value"))
  end
end

function items.object(x, give)
  for name, value in sdk.pairs(x) do
    if give(name, value, sdk.type(x, name)) then return end
  end
end

function items.list(x, give)
  for i = 1, #x do
    if give("[" .. i .. "]", x[i], sdk.type(x, i)) then return end
  end
end

function items.table(x, give)
  local keys = {}
  for key in pairs(x) do
    tick()
    keys[#keys + 1] = key
  end
  sort(keys, function(a, b)
    if type(a) == "number" and type(b) == "number" then return a < b end
    if type(a) ~= type(b) then return type(a) < type(b) end
    return tostring(a) < tostring(b)
  end)
  for _, key in ipairs(keys) do
    if give(type(key) == "string" and key or "[" .. tostring(key) .. "]", x[key]) then return end
  end
end

local function container(x, kind)
  if type(x) == "table" then
    local metatable = metatable_of(x)
    if metatable == nil or rawequal(metatable, P.list_mark) then return items.table, "table" end
  elseif type(x) == "cdata" then
    if istype(record_t, x) then return items.record, "record" end
    if istype(object_t, x) then return items.object, x[P.AT].schema ~= nil and "struct" or "map" end
    if istype(list_t, x) then return items.list, "array" end
    if istype(entries_t, x) then return items.object, kind or "map" end
  end
end

local function show_items(out, x, each, depth)
  local count = 0
  each(x, function(name, value, kind)
    count = count + 1
    if count > MOST_ITEMS then
      out[#out + 1] = ("  "):rep(depth) .. "…"
      return true
    end
    show(out, tostring(name) .. ": ", value, kind, depth)
  end)
  if count == 0 then out[#out] = out[#out] .. ", empty" end
end

function show(out, label, x, kind, depth)
  tick()
  local each, name = container(x, kind)
  out[#out + 1] = ("  "):rep(depth) .. label .. (each and name or scalar(x, kind, depth))
  if not each then return end
  if depth >= DEEPEST then out[#out] = out[#out] .. " …" else show_items(out, x, each, depth + 1) end
end

local function write_values(console, n, ...)
  local out = {}
  for i = 1, n do show(out, "", (select(i, ...)), nil, 0) end
  if n > 0 then console.write(concat(out, "\n") .. "\n") end
end

-- Running the steps of the configuration.

local function passes(step, view)
  return not step.test or (not step.test(view, step.test_cfg)) == step.negate
end

local function apply_from(steps, at, view, results)
  for i = at, #steps do
    local step = steps[i]
    if passes(step, view) then
      local out = step.apply(view, step.cfg)
      if not rawequal(out, view) then
        for _, result in ipairs(type(out) == "table" and out or { out }) do apply_from(steps, i + 1, result, results) end
        return
      end
    end
  end
  results[#results + 1] = view
end

local function applier(console)
  return function(view)
    local results = {}
    apply_from(console.steps, 1, view or console.env.record, results)
    return unpack(results)
  end
end

local function tester(console, step)
  return function(view) return step.test(view or console.env.record, step.test_cfg) and true or false end
end

-- The globals of a session.

local function printer(console)
  return function(...)
    local parts = {}
    for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
    console.write(concat(parts, "\t") .. "\n")
  end
end

-- The script's own step, or none when it is a connector's.
local function own_step(console, plugin)
  for _, step in ipairs(console.steps) do
    if step.plugin == plugin or step.test_plugin == plugin then return step, step.test_plugin == plugin end
  end
end

local function bind_plugin(console, plugin)
  local env, step, tests = console.env, own_step(console, plugin)
  env.plugin = plugin
  if step then env.cfg = tests and step.test_cfg or step.cfg end
  if step and tests then env.test = tester(console, step) end
end

-- chains: those of the steps, each of one step; plugin: of the script, or nil.
function P.entries.console_new(write, chains, plugin)
  local console = { write = write, steps = {}, env = plugin and P.environments[plugin] or P.new_env("./", {}) }
  for i, chain in ipairs(chains) do console.steps[i] = chain.steps[1] end
  local env = console.env
  P.chunks[CHUNK] = true
  env.lc, env.print = P.sdk_frozen, printer(console)
  if #chains > 0 then env.apply = applier(console) end
  if plugin then bind_plugin(console, plugin) end
  return console
end

-- Lines.

local function ends_early(message) return message and message:find("near '<eof>'", 1, true) end

-- What is wrong with a text that is neither a statement nor an expression: when its first word is no beginning of a
-- statement, it was meant to be an expression.
local function complaint(text, as_statement, as_expression)
  local near = as_statement:match("near '(.-)'$")
  local first = text:match("^%s*(.*)")
  if near and first:sub(1, #near) == near then return as_expression end
  return as_statement
end

-- A function, or nil when there is more to come. The nil before an expression keeps its call from being a tail call,
-- whose place errors wouldn't know.
local function compile(console, text)
  local f, as_expression = P.compile("return nil, " .. text, CHUNK, console.env)
  if f then return f, true end
  local as_statement
  f, as_statement = P.compile(text, CHUNK, console.env)
  if f then return f, false end
  if ends_early(as_statement) or ends_early(as_expression) then return nil end
  error(complaint(text, as_statement, as_expression), 0)
end

local function run(console, is_expression, ...)
  if is_expression then return write_values(console, select("#", ...) - 1, select(2, ...)) end
  write_values(console, select("#", ...), ...)
end

-- Gives whether the text was whole. `anew`: the record is another one.
function P.entries.console_run(console, text, anew)
  if anew then console.env.record = record_t(0, S.generation) end
  text = text:gsub("^%s*=", "")
  local f, is_expression = compile(console, text)
  if not f then return false end
  run(console, is_expression, f())
  return true
end
