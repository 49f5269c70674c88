local lc = require "lc"

-- Sets the name and version of the schema of a key or value.
local with_new_schema = lc.reshaper(function(from, cfg, to)
  to:like(from.schema, true)
  to:set(cfg.changes)
  for _, field in ipairs(from.fields) do to:take(field, field.name, { raw = cfg.raw }) end
end)

local function changed(schema, cfg)
  local new = cfg.schemas[schema] or lc.schema.with(schema, cfg.changes)
  cfg.schemas[schema] = new
  return new
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.SetSchemaMetadata$Key",
    "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value",
  },
  version = "4.1.0",
  doc = "Sets the name and version of the schema.",
  config = {
    ["schema.name"] = lc.config.string { doc = "The new name of the schema.", importance = "high" },
    ["schema.version"] = lc.config.int { doc = "The new version of the schema.", importance = "high" },
    ["replace.null.with.default"] = lc.config.replace_null(),
  },
  configure = function(cfg)
    local side, changes = cfg.side or "value", { name = cfg["schema.name"], version = cfg["schema.version"] }
    if next(changes) == nil then lc.raise("ConfigException", "Neither schema name nor version configured") end
    return {
      side = side, schema_side = side .. "_schema", changes = changes, schemas = {},
      raw = not cfg["replace.null.with.default"],
    }
  end,
  apply = function(record, cfg)
    local side, schema = cfg.side, record[cfg.schema_side]
    local kind = lc.type(record, side)
    if schema == nil then
      if kind == "null" then return record end
      lc.raise("DataException", "Schema required for [updating schema metadata]")
    end
    if schema.type ~= "struct" then lc.raise("DataException", "Cannot list fields on non-struct type") end
    if kind == "struct" then
      with_new_schema(record, side, cfg)
    else
      record[cfg.schema_side] = changed(schema, cfg)
    end
    return record
  end,
}
