-- lc.source, lc.sink, lc.transform, lc.predicate: what a script returns.

local P = ...
local error, type, pairs, setmetatable, rawget = error, type, pairs, setmetatable, rawget
local tostring = P.tostring

local common = { aliases = "table", version = "string", config = "table", needs = "table", doc = "string" }
local hooks = {
  transform = { "apply", "apply_batch", "configure" },
  predicate = { "test", "configure" },
  source = { "start", "poll", "commit", "stop", "tasks", "check" },
  sink = { "start", "put", "flush", "open", "close", "stop", "tasks", "check" },
}
P.hooks = hooks
local needed = { transform = "apply", predicate = "test", source = "poll", sink = "put" }

local allowed = {} -- by kind: key → type
for kind, names in pairs(hooks) do
  allowed[kind] = {}
  for key, expected in pairs(common) do allowed[kind][key] = expected end
  for _, name in ipairs(names) do allowed[kind][name] = "function" end
end
allowed.source.exactly_once = "table"
allowed.source.transaction_boundaries = "table"

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

-- What a script returned.
function P.check_plugin(plugin)
  if type(plugin) ~= "table" or P.metatable_of(plugin) ~= Plugin then
    error("the script must return what lc.source, lc.sink, lc.transform or lc.predicate gave", 0)
  end
  if not plugin.parts[needed[plugin.kind]] and not plugin.parts.apply_batch then
    error("a " .. plugin.kind .. " needs the hook '" .. needed[plugin.kind] .. "'", 0)
  end
  return plugin
end
