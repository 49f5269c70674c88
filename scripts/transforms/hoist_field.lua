local lc = require "lc"

-- Wraps the key or value into the one field of a new map, or of a struct when there is a schema.
local function around(schema, layer)
  if schema == nil then return lc.map() end
  local outer = layer.schemas[schema] or lc.schema.struct(nil, { { layer.field, schema } })
  layer.schemas[schema] = outer
  return lc.struct(outer)
end

local function wrap(layer, record, cfg)
  local outer = around(record[cfg.schema_side], layer)
  lc.move(outer, layer.field, record, cfg.side)
  record[cfg.side] = outer
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.HoistField$Key", "org.apache.kafka.connect.transforms.HoistField$Value",
  },
  version = "4.1.0",
  doc = "Wraps the key or value into the one field of a new struct or map.",
  config = {
    field = lc.config.string { doc = "The name of the new field.", required = true, importance = "medium" },
    ["field.syntax.version"] = lc.config.field_syntax_beyond_kafka(),
  },
  configure = function(cfg)
    local side = cfg.side or "value"
    local path, layers = lc.path(cfg.field, cfg["field.syntax.version"]), {}
    layers[1] = { field = path.last, schemas = {} }
    for i = #path.outer, 1, -1 do layers[#layers + 1] = { field = path.outer[i], schemas = {} } end
    return { side = side, schema_side = side .. "_schema", wrap = lc.for_each(layers, wrap) }
  end,
  apply = function(record, cfg)
    cfg.wrap(record, cfg)
    return record
  end,
}
