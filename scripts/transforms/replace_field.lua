local lc = require "lc"

-- Drops and renames fields.

-- The parts between colons; empty ones at the end don't count.
local function split(text)
  if text == "" then return { "" } end
  local parts = {}
  for part in (text .. ":"):gmatch("([^:]*):") do parts[#parts + 1] = part end
  while parts[#parts] == "" do parts[#parts] = nil end
  return parts
end

-- "a:b,c:d" as new names by old ones, and the old ones in their order.
local function parse_renames(list)
  local renames, order = {}, {}
  for _, entry in ipairs(list) do
    local parts = split(entry)
    if #parts ~= 2 then
      lc.raise("ConfigException", "Invalid value [" .. table.concat(list, ", ")
        .. "] for configuration renames: Invalid rename mapping: " .. entry)
    end
    renames[parts[1]] = parts[2]
    order[#order + 1] = parts[1]
  end
  return renames, order
end

local function set(list)
  local names = {}
  for _, name in ipairs(list) do names[name] = true end
  return next(names) and names
end

-- Of several old names of one new name the last counts, in Java's order.
local function inverted(renames, order)
  local old_names = {}
  for _, old in ipairs(lc.hash_order(renames, order)) do old_names[renames[old]] = old end
  return old_names
end

local function kept_fields(from, cfg)
  local kept = {}
  for _, field in ipairs(from.fields) do
    local name = field.name
    local is_excluded = cfg.exclude and cfg.exclude[name]
    if not is_excluded and (not cfg.include or cfg.include[name]) then kept[#kept + 1] = field end
  end
  return kept
end

local function take_from_map(from, cfg, to)
  for _, field in ipairs(kept_fields(from, cfg)) do to:take(field, cfg.renames[field.name] or field.name) end
end

-- A field of the new struct is read from the one that its name stands for, which with odd renames is another.
local function take_from_struct(from, cfg, to)
  local kept, by_name, taken = kept_fields(from, cfg), {}, {}
  for _, field in ipairs(from.fields) do by_name[field.name] = field end
  for _, field in ipairs(kept) do
    local new = cfg.renames[field.name] or field.name
    if taken[new] then
      lc.raise("SchemaBuilderException", "Cannot create field because of field name duplication " .. new)
    end
    taken[new] = true
  end
  for _, field in ipairs(kept) do
    local new = cfg.renames[field.name] or field.name
    local old = cfg.old_names[new] or new
    if not by_name[old] then lc.raise("DataException", old .. " is not a valid field name") end
    to:take(by_name[old], new, { raw = cfg.raw, schema = field.schema, check = old ~= field.name or nil })
  end
end

local replaced = lc.reshaper(function(from, cfg, to)
  if from.schema == nil then return take_from_map(from, cfg, to) end
  to:like(from.schema)
  take_from_struct(from, cfg, to)
end)

-- The same for nested fields: each level has its part of what is excluded, included and renamed.
local NOTHING = { leaves = {}, inner = {} }

local function take_nested(from, cfg, to, exclude, include, renames)
  to:like(from.schema)
  for _, field in ipairs(from.fields) do
    local name = field.name
    local is_kept = not exclude.leaves[name] and (not include or include.leaves[name] or include.inner[name])
    local parts = include and not include.leaves[name] and include.inner[name]
    local new = renames.leaves[name] or name
    if is_kept and (exclude.inner[name] or renames.inner[name] or parts) then
      to:within(field, new, function(inside, into)
        take_nested(inside, cfg, into, exclude.inner[name] or NOTHING, parts, renames.inner[name] or NOTHING)
      end, { raw = cfg.raw })
    elseif is_kept then
      to:take(field, new, { raw = cfg.raw })
    end
  end
end

local replaced_nested = lc.reshaper(function(from, cfg, to)
  local trees = cfg.trees
  take_nested(from, cfg, to, trees.exclude, trees.include, trees.renames)
end)

local function list(doc, validator)
  return lc.config.list { doc = doc, default = {}, importance = "medium", validator = validator }
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.ReplaceField$Key", "org.apache.kafka.connect.transforms.ReplaceField$Value",
  },
  version = "4.1.0",
  doc = "Drops and renames fields.",
  config = {
    exclude = list "Fields to drop, whether they are included or not.",
    include = list "Fields to keep; without any, all are kept.",
    renames = list("Fields to rename, as in old1:new1,old2:new2.", function(renames) parse_renames(renames) end),
    ["replace.null.with.default"] = lc.config.replace_null(),
    ["field.syntax.version"] = lc.config.field_syntax_beyond_kafka(),
  },
  configure = function(cfg)
    local side, renames, order = cfg.side or "value", parse_renames(cfg.renames)
    local syntax, trees = cfg["field.syntax.version"], nil
    if syntax:upper() == "V2" then
      trees = {
        exclude = lc.path_tree(cfg.exclude, syntax), renames = lc.path_tree(renames, syntax),
        include = #cfg.include > 0 and lc.path_tree(cfg.include, syntax),
      }
    end
    return {
      side = side, schema_side = side .. "_schema", trees = trees, raw = not cfg["replace.null.with.default"],
      exclude = set(cfg.exclude), include = set(cfg.include), renames = renames, old_names = inverted(renames, order),
    }
  end,
  apply = function(record, cfg)
    local side = cfg.side
    if lc.type(record, side) == "null" then return record end
    local require_it = record[cfg.schema_side] == nil and lc.require_map or lc.require_struct
    require_it(record, side, "field replacement")
    if cfg.trees then replaced_nested(record, side, cfg) else replaced(record, side, cfg) end
    return record
  end,
}
