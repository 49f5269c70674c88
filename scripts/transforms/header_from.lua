local lc = require "lc"

-- Moves or copies fields of the key or value to headers.
local without_moved = lc.reshaper(function(from, cfg, to)
  to:like(from.schema)
  for _, field in ipairs(from.fields) do
    if not cfg.is_listed[field.name] then to:take(field, field.name, { raw = cfg.raw }) end
  end
end)

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

local function remove_from_map(pair, map) lc.remove(map, pair.field) end

local function list(doc)
  return lc.config.list { doc = doc, required = true, importance = "high", valid = "non-empty-list" }
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.HeaderFrom$Key", "org.apache.kafka.connect.transforms.HeaderFrom$Value",
  },
  version = "4.1.0",
  config = {
    fields = list "The fields that go to headers.",
    headers = list "The names of the headers, in the order of fields.",
    operation = lc.config.string {
      doc = "What happens to the fields: move takes them out of the key or value, copy leaves them there.",
      required = true, importance = "high", valid = { "move", "copy" } },
    ["replace.null.with.default"] = lc.config.replace_null(),
  },
  configure = function(cfg)
    if #cfg.fields ~= #cfg.headers then
      lc.raise("ConfigException", "'fields' config must have the same number of elements as 'headers' config.")
    end
    local side, raw, is_listed, pairs_of = cfg.side or "value", not cfg["replace.null.with.default"], {}, {}
    for i, field in ipairs(cfg.fields) do
      is_listed[field] = true
      pairs_of[i] = { field = field, header = cfg.headers[i], with_default = not raw }
    end
    return {
      side = side, schema_side = side .. "_schema", is_listed = is_listed, raw = raw, move = cfg.operation == "move",
      purpose = "header " .. cfg.operation:upper(),
      from_map = lc.for_each(pairs_of, copy_from_map),
      from_struct = lc.for_each(pairs_of, copy_from_struct),
      remove = lc.for_each(pairs_of, remove_from_map),
    }
  end,
  apply = function(record, cfg)
    local side, schema = cfg.side, record[cfg.schema_side]
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
