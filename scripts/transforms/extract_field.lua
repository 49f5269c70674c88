local lc = require "lc"
local path = lc.path

-- Replaces the key or value by one of its fields.
return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.ExtractField$Key", "org.apache.kafka.connect.transforms.ExtractField$Value" },
  version = "4.1.0",
  config = {
    field = lc.config.string { doc = "Field name to extract.", required = true, importance = "medium" },
    ["field.syntax.version"] = path.version,
    ["replace.null.with.default"] = lc.config.boolean { doc = path.replace_null_doc, default = true, importance = "medium" },
  },
  configure = function(cfg)
    return { side = cfg.side, schema_side = cfg.side .. "_schema", name = cfg.field, raw = not cfg["replace.null.with.default"],
             path = path.parse(cfg.field, cfg["field.syntax.version"]) }
  end,
  apply = function(record, cfg)
    local schema, holder = record[cfg.schema_side], record[cfg.side]
    local is_null = lc.type(record, cfg.side) == "null"
    if schema == nil then
      if is_null then return record end
      path.require_map(record, cfg.side, "field extraction")
      local last, name = path.walk(holder, cfg.path, "nested field access")
      if last == nil or not lc.has(last, name) then record[cfg.side] = nil
      else lc.move(record, cfg.side, last, name) end
      record[cfg.schema_side] = nil
      return record
    end
    local found = path.schema_of(schema, cfg.path)
    if not is_null then path.require_struct(record, cfg.side, "field extraction") end
    if found == nil then lc.raise("IllegalArgumentException", "Unknown field: " .. cfg.name) end
    if is_null then
      record[cfg.schema_side] = found
      return record
    end
    local last, name = path.walk(holder, cfg.path, "nested field access")
    if last == nil then record[cfg.side] = nil
    elseif not cfg.raw and lc.raw(last, name) == nil and found.has_default then lc.schema.default(found, record, cfg.side)
    else lc.move(record, cfg.side, last, name) end
    record[cfg.schema_side] = found
    return record
  end,
}
