local lc = require "lc"

-- Replaces the key or value by one of its fields.
local function from_map(record, cfg)
  local side = cfg.side
  if lc.type(record, side) == "null" then return record end
  lc.require_map(record, side, "field extraction")
  local map, name = cfg.path:map(record, side)
  if map == nil or not lc.has(map, name) then record[side] = nil else lc.move(record, side, map, name) end
  return record
end

local function from_struct(record, cfg, schema)
  local side = cfg.side
  local is_null = lc.type(record, side) == "null"
  if not is_null then lc.require_struct(record, side, "field extraction") end
  local found = cfg.path:schema(schema)
  if found == nil then lc.raise("IllegalArgumentException", "Unknown field: " .. tostring(cfg.field or "null")) end
  if not is_null then
    local struct, name = cfg.path:struct(record, side)
    if struct == nil then
      record[side] = nil
    elseif not cfg.raw and found.has_default and lc.type(struct, name) == "null" then
      lc.schema.default(found, record, side)
    else
      lc.move(record, side, struct, name)
    end
  end
  record[cfg.schema_side] = found
  return record
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.ExtractField$Key", "org.apache.kafka.connect.transforms.ExtractField$Value",
  },
  version = "4.1.0",
  doc = "Replaces the key or value by one of its fields.",
  config = {
    field = lc.config.string { doc = "The field to take.", required = true, importance = "medium" },
    ["field.syntax.version"] = lc.config.field_syntax(),
    ["replace.null.with.default"] = lc.config.replace_null(),
  },
  configure = function(cfg)
    local side = cfg.side or "value"
    return {
      side = side, schema_side = side .. "_schema", field = cfg.field, raw = not cfg["replace.null.with.default"],
      path = lc.path(cfg.field, cfg["field.syntax.version"]),
    }
  end,
  apply = function(record, cfg)
    local schema = record[cfg.schema_side]
    if schema == nil then return from_map(record, cfg) end
    return from_struct(record, cfg, schema)
  end,
}
