local lc = require "lc"

-- Wraps the key or value into a field of a new map, or of a struct when there is a schema.
local wrapped = {} -- schema of the wrapped value → field → struct schema

local function schema_of(schema, field)
  local by_field = wrapped[schema] or {}
  wrapped[schema] = by_field
  if not by_field[field] then by_field[field] = lc.schema.build { type = "struct", fields = { { field, schema } } } end
  return by_field[field]
end

return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.HoistField$Key", "org.apache.kafka.connect.transforms.HoistField$Value" },
  version = "4.1.0",
  config = {
    field = lc.config.string { doc = "Field name for the single field that will be created in the resulting Struct or Map.",
                               required = true, importance = "medium" },
  },
  configure = function(cfg)
    cfg.schema_side = cfg.side .. "_schema"
    return cfg
  end,
  apply = function(record, cfg)
    local schema = record[cfg.schema_side]
    local outer = schema == nil and lc.map() or lc.struct(schema_of(schema, cfg.field))
    lc.move(outer, cfg.field, record, cfg.side)
    if schema ~= nil then lc.validate(outer, cfg.field) end
    record[cfg.side] = outer
    return record
  end,
}
