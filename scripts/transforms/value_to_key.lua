local lc = require "lc"

-- Makes a new key of fields of the value.
local key_of = lc.reshaper(function(from, cfg, to)
  local by_name, taken = {}, {}
  for _, field in ipairs(from.fields) do by_name[field.name] = field end
  for _, name in ipairs(cfg.fields) do
    local field = by_name[name]
    if field then
      to:take(field, name, { raw = cfg.raw, copy = true })
    elseif from.schema then
      lc.raise("DataException", "Field does not exist: " .. name)
    else
      to:constant(name, nil)
    end
    if from.schema and taken[name] then
      lc.raise("SchemaBuilderException", "Cannot create field because of field name duplication " .. name)
    end
    taken[name] = true
  end
end)

return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.ValueToKey" },
  version = "4.1.0",
  config = {
    fields = lc.config.list { doc = "The fields of the value that make the key.", required = true, importance = "high",
                              valid = "non-empty-list" },
    ["replace.null.with.default"] = lc.config.replace_null(),
  },
  configure = function(cfg)
    return { fields = cfg.fields, raw = not cfg["replace.null.with.default"] }
  end,
  apply = function(record, cfg)
    local require_it = record.value_schema == nil and lc.require_map or lc.require_struct
    require_it(record, "value", "copying fields from value to key")
    key_of(record, "value", cfg, "key")
    return record
  end,
}
