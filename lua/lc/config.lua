-- lc.config: definitions of settings. Each function gives one definition; the engine parses, checks, documents
-- and validates by them.

local P = ...
local error, pairs = error, pairs
local tostring = P.tostring

local options = {
  doc = true, required = true, default = true, importance = true, valid = true, group = true, order = true,
  width = true, display = true, validator = true, dependents = true, hidden = true,
  recommended = true, visible = true,
}

-- Definitions keep the order in which a script makes them: a table constructor runs from top to bottom.
local made = 0
local Definition = {}
P.Definition = Definition

local function definer(kind)
  return function(given)
    local definition = setmetatable({ kind = kind }, Definition)
    for name, value in pairs(given or {}) do
      if not options[name] then
        error("a setting has no option '" .. tostring(name) .. "'" .. P.suggest(name, options), 2)
      end
      definition[name] = value
    end
    made = made + 1
    definition.number = made
    return definition
  end
end

local config = P.config
local kinds = {
  "string", "int", "short", "long", "double", "boolean", "list", "password", "class", "duration", "choice",
}
for _, kind in ipairs(kinds) do
  config[kind] = definer(kind)
end
P.sdk.config = config
