local lc = require "lc"

-- Wraps the key or value into the one field of a new map, or of a struct when there is a schema.
local function around(schema, cfg)
  if schema == nil then return lc.map() end
  local outer = cfg.schemas[schema] or lc.schema.struct(nil, { { cfg.field, schema } })
  cfg.schemas[schema] = outer
  return lc.struct(outer)
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.HoistField$Key", "org.apache.kafka.connect.transforms.HoistField$Value",
  },
  version = "4.1.0",
  config = {
    field = lc.config.string { doc = "The name of the new field.", required = true, importance = "medium" },
  },
  configure = function(cfg)
    local side = cfg.side or "value"
    return { side = side, schema_side = side .. "_schema", field = cfg.field, schemas = {} }
  end,
  apply = function(record, cfg)
    local outer = around(record[cfg.schema_side], cfg)
    lc.move(outer, cfg.field, record, cfg.side)
    record[cfg.side] = outer
    return record
  end,
}
