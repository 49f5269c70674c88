-- Describing a plug-in to C: its hooks, and its settings for the engine to parse, check and document.

local P = ...
local error, type, pairs, getmetatable = error, type, pairs, getmetatable
local tostring = P.tostring

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

local function describe_advice(definition, name, into)
  local recommended, visible = definition.recommended, definition.visible
  if recommended ~= nil and type(recommended) ~= "function" and type(recommended) ~= "table" then
    error("'recommended' of '" .. name .. "' must be a list or a function of the configuration", 0)
  end
  if visible ~= nil and type(visible) ~= "function" then
    error("'visible' of '" .. name .. "' must be a function of the configuration", 0)
  end
  into.advises = recommended ~= nil or visible ~= nil
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
  describe_advice(definition, name, into)
  return into
end

-- Settings of a group that say no order have that of the script.
local function count_orders(settings)
  local last = {}
  for _, setting in ipairs(settings) do
    local group = setting.group
    if group ~= nil then
      setting.order = setting.order or (last[group] or 0) + 1
      last[group] = setting.order
    end
  end
  return settings
end

local function describe_config(config)
  local settings = {}
  for name, definition in pairs(config or {}) do settings[#settings + 1] = describe_setting(name, definition) end
  table.sort(settings, function(a, b) return a.number < b.number end)
  return count_orders(settings)
end

local function describe_hooks(plugin)
  local names = {}
  for _, hook in ipairs(P.hooks[plugin.kind]) do
    if plugin.parts[hook] then names[#names + 1] = hook end
  end
  return names
end

function P.entries.describe(plugin)
  return {
    kind = plugin.kind, version = plugin.version, doc = plugin.doc, aliases = text_list(plugin.aliases, "aliases"),
    needs = text_list(plugin.needs, "needs"), hooks = describe_hooks(plugin), config = describe_config(plugin.config),
    exactly_once = plugin.exactly_once and text_list(plugin.exactly_once, "exactly_once"),
    transaction_boundaries = plugin.transaction_boundaries
      and text_list(plugin.transaction_boundaries, "transaction_boundaries"),
  }
end

-- Runs the validator of a setting: nothing, or the reason why the value won't do.
function P.entries.validate(plugin, name, value)
  local definition = plugin.config[name]
  local problem = definition.validator(value, name)
  if problem == nil or problem == true then return nil end
  return problem == false and "Invalid value" or tostring(problem)
end

-- What to recommend for a setting, and whether to show it. `settings` has what was configured, nil where that is wrong.
function P.entries.recommend(plugin, name, settings)
  local definition = plugin.config[name]
  local list, visible = definition.recommended, definition.visible
  if type(list) == "function" then list = list(settings) end
  if list == nil and definition.kind == "choice" then list = definition.valid end
  if list ~= nil and type(list) ~= "table" then error("a list is expected, not a " .. type(list), 0) end
  local values = {}
  for i, value in ipairs(list or {}) do values[i] = default_text(value, name) end
  return { values = values, visible = visible == nil or not not visible(settings) }
end
