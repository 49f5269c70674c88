local lc = require "lc"

-- Puts the texts of several fields together into one.
local function text_at(path, record, side)
  local holder, name = path:place(record, side)
  local kind = holder ~= nil and lc.type(holder, name)
  if kind and kind ~= "null" then return lc.text(holder, name) end
end

return lc.transform {
  aliases = { "JoinFields$Key", "JoinFields$Value" },
  version = "1.0.0",
  doc = "Puts the texts of several fields together into one.",
  config = {
    fields = lc.config.list { doc = "The fields, in order.", required = true, importance = "high", valid = "non-empty-list" },
    into = lc.config.string { doc = "The field that gets the text.", required = true, importance = "high" },
    separator = lc.config.string { doc = "What stands between two of them.", default = "" },
    ["null.text"] = lc.config.string { doc = "What stands for a field that is null or missing; without it, nothing does, "
                                         .. "and no separator." },
    drop = lc.config.boolean { doc = "Whether the fields are taken away.", default = false },
    ["field.syntax.version"] = lc.config.field_syntax(),
  },
  configure = function(cfg)
    local version, changes, paths = cfg["field.syntax.version"], {}, {}
    for i, field in ipairs(cfg.fields) do
      paths[i] = lc.path(field, version)
      if cfg.drop then changes[i] = { field = field, drop = true } end
    end
    changes[#changes + 1] = { field = cfg.into, schema = lc.schema.optional(lc.string), add = true }
    return {
      side = cfg.side or "value", paths = paths, separator = cfg.separator, null_text = cfg["null.text"],
      into = lc.path(cfg.into, version), change = lc.field_changes(changes, version),
    }
  end,
  apply = function(record, cfg)
    local side, text = cfg.side, nil
    if lc.type(record, side) == "null" then return record end
    for i = 1, #cfg.paths do
      local part = text_at(cfg.paths[i], record, side) or cfg.null_text
      if part then text = text and text .. cfg.separator .. part or part end
    end
    cfg.change(record, side)
    local holder, name = cfg.into:place(record, side)
    if holder ~= nil then lc.put(holder, name, text, "string") end
    return record
  end,
}
