local lc = require "lc"

-- Takes the key or value away.
return lc.transform {
  aliases = { "io.confluent.connect.transforms.Drop$Key", "io.confluent.connect.transforms.Drop$Value" },
  version = "1.0.0",
  doc = "Takes the key or value away.",
  config = {
    ["schema.behavior"] = lc.config.string {
      doc = "What becomes of the schema: nullify takes it away, retain keeps it, which fails where it isn't optional, "
        .. "force_optional makes it optional.",
      default = "nullify", importance = "medium", valid = { "nullify", "retain", "force_optional", ignore_case = true } },
  },
  configure = function(cfg)
    local side = cfg.side or "value"
    return { side = side, schema_side = side .. "_schema", behavior = cfg["schema.behavior"]:lower() }
  end,
  apply = function(record, cfg)
    local schema = record[cfg.schema_side]
    if cfg.behavior == "nullify" then
      schema = nil
    elseif schema ~= nil and not schema.optional then
      if cfg.behavior == "retain" then
        lc.raise("DataException", "the schema of the " .. cfg.side .. " isn't optional, so the " .. cfg.side
          .. " can't be dropped: use schema.behavior=nullify or force_optional")
      end
      schema = lc.schema.optional(schema)
    end
    record[cfg.side] = nil
    record[cfg.schema_side] = schema
    return record
  end,
}
