-- lc.source, lc.sink, lc.transform, lc.predicate: what a script returns.

local P = ...
local error, type, pairs, setmetatable, rawget = error, type, pairs, setmetatable, rawget
local tostring = P.tostring

local common = { aliases = "table", version = "string", config = "table", needs = "table", doc = "string" }
local hooks = {
  transform = { "apply", "configure" },
  predicate = { "test", "configure" },
  source = { "start", "poll", "commit", "stop", "tasks" },
  sink = { "start", "put", "flush", "open", "close", "stop", "tasks" },
}
local needed = { transform = "apply", predicate = "test", source = "poll", sink = "put" }

local allowed = {} -- by kind: key → type
for kind, names in pairs(hooks) do
  allowed[kind] = {}
  for key, expected in pairs(common) do allowed[kind][key] = expected end
  for _, name in ipairs(names) do allowed[kind][name] = "function" end
end

local Plugin = {}
Plugin.__index = function(plugin, key) return rawget(plugin, "parts")[key] end
Plugin.__metatable = false
P.Plugin = Plugin

local function set(plugin, key, value)
  local expected = allowed[plugin.kind][key]
  if not expected then
    error("a " .. plugin.kind .. " has no '" .. tostring(key) .. "'" .. P.suggest(key, allowed[plugin.kind]), 3)
  end
  if type(value) ~= expected then error("'" .. key .. "' must be a " .. expected .. ", not a " .. type(value), 3) end
  plugin.parts[key] = value
end
Plugin.__newindex = set

local function definer(kind)
  return function(given)
    if type(given) ~= "table" then error("lc." .. kind .. " takes a table", 2) end
    local plugin = setmetatable({ kind = kind, parts = {} }, Plugin)
    for key, value in pairs(given) do set(plugin, key, value) end
    return plugin
  end
end

for kind in pairs(hooks) do P.sdk[kind] = definer(kind) end

-- Describing a plug-in to C.

local function text_list(list, what)
  local texts = {}
  for i, text in ipairs(list or {}) do
    if type(text) ~= "string" then error(what .. " must be texts", 0) end
    texts[i] = text
  end
  return texts
end

local function default_text(default, name)
  local kind = type(default)
  if kind == "table" then
    local texts = {}
    for i, item in ipairs(default) do texts[i] = tostring(item) end
    return table.concat(texts, ",")
  end
  if kind == "number" and default % 1 == 0 and default > -1e15 and default < 1e15 then return ("%d"):format(default) end
  if kind == "string" or kind == "number" or kind == "boolean" or kind == "cdata" then
    return (tostring(default):gsub("U?LL$", ""))
  end
  error("the default of '" .. name .. "' can't be a " .. kind, 0)
end

local function describe_check(definition, name, into)
  local valid = definition.valid
  if valid == nil then return end
  if type(valid) == "string" then
    into.check = valid
  elseif type(valid) == "table" and (valid.min ~= nil or valid.max ~= nil) then
    into.min, into.max = valid.min, valid.max
  elseif type(valid) == "table" then
    into.choices = text_list(valid, "the choices of '" .. name .. "'")
    into.ignore_case = valid.ignore_case == true
  else
    error("'valid' of '" .. name .. "' must be a list of choices, a range or a name", 0)
  end
end

local function describe_setting(name, definition)
  if type(name) ~= "string" or getmetatable(definition) ~= P.Definition then
    error("setting '" .. tostring(name) .. "' must be made by one of lc.config's functions", 0)
  end
  local into = { name = name, number = definition.number, kind = definition.kind, required = definition.required == true,
    hidden = definition.hidden == true }
  if definition.default ~= nil then into.default = default_text(definition.default, name) end
  for _, key in ipairs { "doc", "importance", "group", "width", "display" } do
    if definition[key] ~= nil then into[key] = tostring(definition[key]) end
  end
  into.order = definition.order
  into.dependents = text_list(definition.dependents, "dependents")
  into.validator = definition.validator ~= nil
  describe_check(definition, name, into)
  return into
end

local function describe_config(config)
  local settings = {}
  for name, definition in pairs(config or {}) do settings[#settings + 1] = describe_setting(name, definition) end
  table.sort(settings, function(a, b) return a.number < b.number end)
  return settings
end

local function describe_hooks(plugin)
  local names = {}
  for _, hook in ipairs(hooks[plugin.kind]) do
    if plugin.parts[hook] then names[#names + 1] = hook end
  end
  return names
end

function P.check_plugin(plugin)
  if type(plugin) ~= "table" or P.metatable_of(plugin) ~= Plugin then
    error("the script must return what lc.source, lc.sink, lc.transform or lc.predicate gave", 0)
  end
  if not plugin.parts[needed[plugin.kind]] then
    error("a " .. plugin.kind .. " needs the hook '" .. needed[plugin.kind] .. "'", 0)
  end
  return plugin
end

function P.entries.describe(plugin)
  return {
    kind = plugin.kind, version = plugin.version, aliases = text_list(plugin.aliases, "aliases"),
    needs = text_list(plugin.needs, "needs"), hooks = describe_hooks(plugin), config = describe_config(plugin.config),
  }
end

-- Runs the validator of a setting: nothing, or the reason why the value won't do.
function P.entries.validate(plugin, name, value)
  local definition = plugin.config[name]
  local problem = definition.validator(value, name)
  if problem == nil or problem == true then return nil end
  return problem == false and "Invalid value" or tostring(problem)
end
