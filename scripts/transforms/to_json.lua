local lc = require "lc"

-- Writes fields, or the whole key or value, as JSON text.
return lc.transform {
  aliases = { "ToJson$Key", "ToJson$Value" },
  version = "1.0.0",
  doc = "Writes fields as JSON text.",
  config = {
    fields = lc.config.list { doc = "The fields; without any, the whole key or value.", default = {}, importance = "high" },
    ["field.syntax.version"] = lc.config.field_syntax(),
  },
  configure = function(cfg)
    return {
      side = cfg.side or "value",
      edit = lc.cell_editor {
        fields = cfg.fields, version = cfg["field.syntax.version"],
        schema = function(old) return lc.schema.as_optional_as(lc.string, old) end,
        edit = function(holder, name) lc.put(holder, name, lc.json.write(holder, name), "string") end,
      },
    }
  end,
  apply = function(record, cfg)
    cfg.edit(record, cfg.side)
    return record
  end,
}
