local lc = require "lc"

-- Moves or copies fields of the key or value to headers.
local function take_others(from, cfg, to, tree)
  to:like(from.schema)
  for _, field in ipairs(from.fields) do
    local inner = tree.inner[field.name]
    if inner and not tree.leaves[field.name] then
      to:within(field, field.name, function(inside, into) take_others(inside, cfg, into, inner) end, { raw = cfg.raw })
    elseif not tree.leaves[field.name] then
      to:take(field, field.name, { raw = cfg.raw })
    end
  end
end

local without_moved = lc.reshaper(function(from, cfg, to) take_others(from, cfg, to, cfg.tree) end)

-- One pair of a field and a header.
local function copy_from_map(pair, record, map)
  lc.assign(record.headers:add(pair.header), "value", map, pair.field)
end

local function copy_from_struct(pair, record, struct, schema)
  local name = pair.field
  local field_schema = schema.field[name]
  if field_schema == nil then lc.raise("NullPointerException", "Unknown field: " .. name) end
  local header = record.headers:add(pair.header, field_schema)
  if lc.type(struct, name) ~= "null" then
    lc.assign(header, "value", struct, name)
  elseif pair.with_default and field_schema.has_default then
    lc.schema.default(field_schema, header, "value")
  elseif not field_schema.optional then
    lc.raise("DataException", "A null value requires an optional schema but was " .. lc.schema.text(field_schema))
  end
end

-- The same by the way to a nested field.
local function copy_nested(pair, record, side, schema)
  local found = schema and pair.path:schema(schema)
  if schema and not found then lc.raise("NullPointerException", "Unknown field: " .. pair.field) end
  local container, name = pair.path:place(record, side)
  local header = record.headers:add(pair.header, found)
  if container == nil then return end
  if found and pair.with_default and found.has_default and lc.type(container, name) == "null" then
    lc.schema.default(found, header, "value")
  elseif lc.has(container, name) then
    lc.assign(header, "value", container, name)
  end
end

local function remove_nested(pair, record, side)
  local container, name = pair.path:place(record, side)
  if container ~= nil then lc.remove(container, name) end
end

local function remove_from_map(pair, map) lc.remove(map, pair.field) end

local function apply_nested(record, cfg, schema)
  local side = cfg.side
  local require_it = schema == nil and lc.require_map or lc.require_struct
  require_it(record, side, cfg.purpose)
  cfg.copy_nested(record, side, schema)
  if not cfg.move then return record end
  if schema == nil then cfg.remove_nested(record, side) else without_moved(record, side, cfg) end
  return record
end

local function list(doc)
  return lc.config.list { doc = doc, required = true, importance = "high", valid = "non-empty-list" }
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.HeaderFrom$Key", "org.apache.kafka.connect.transforms.HeaderFrom$Value",
  },
  version = "4.1.0",
  doc = "Moves or copies fields of the key or value to headers.",
  config = {
    fields = list "The fields that go to headers.",
    headers = list "The names of the headers, in the order of fields.",
    operation = lc.config.string {
      doc = "What happens to the fields: move takes them out of the key or value, copy leaves them there.",
      required = true, importance = "high", valid = { "move", "copy" } },
    ["replace.null.with.default"] = lc.config.replace_null(),
    ["field.syntax.version"] = lc.config.field_syntax_beyond_kafka(),
  },
  configure = function(cfg)
    if #cfg.fields ~= #cfg.headers then
      lc.raise("ConfigException", "'fields' config must have the same number of elements as 'headers' config.")
    end
    local side, raw, syntax, pairs_of = cfg.side or "value", not cfg["replace.null.with.default"],
      cfg["field.syntax.version"], {}
    for i, field in ipairs(cfg.fields) do
      pairs_of[i] = { field = field, header = cfg.headers[i], with_default = not raw, path = lc.path(field, syntax) }
    end
    local is_nested = syntax:upper() == "V2"
    return {
      side = side, schema_side = side .. "_schema", tree = lc.path_tree(cfg.fields, syntax),
      copy_nested = is_nested and lc.for_each(pairs_of, copy_nested),
      remove_nested = lc.for_each(pairs_of, remove_nested), raw = raw, move = cfg.operation == "move",
      purpose = "header " .. cfg.operation:upper(),
      from_map = lc.for_each(pairs_of, copy_from_map),
      from_struct = lc.for_each(pairs_of, copy_from_struct),
      remove = lc.for_each(pairs_of, remove_from_map),
    }
  end,
  apply = function(record, cfg)
    local side, schema = cfg.side, record[cfg.schema_side]
    if cfg.copy_nested then return apply_nested(record, cfg, schema) end
    if schema == nil then
      local map = lc.require_map(record, side, cfg.purpose)
      cfg.from_map(record, map)
      if cfg.move then cfg.remove(map) end
      return record
    end
    local struct = lc.require_struct(record, side, cfg.purpose)
    if cfg.move then without_moved(record, side, cfg) end
    cfg.from_struct(record, struct, schema) -- the struct as it was
    return record
  end,
}
