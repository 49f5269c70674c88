local lc = require "lc"

-- Puts the groups of a regular expression into fields.
local function put_group(item, record, side, groups)
  local holder, name = item.path:place(record, side)
  if holder ~= nil then lc.put(holder, name, groups and groups[item.group], "string") end
end

local function changes_of(cfg)
  local changes = {}
  if cfg.drop then changes[1] = { field = cfg.field, drop = true } end
  for _, name in ipairs(cfg.into) do
    changes[#changes + 1] = { field = name, schema = lc.schema.optional(lc.string), add = true }
  end
  return changes
end

return lc.transform {
  aliases = { "RegexExtract$Key", "RegexExtract$Value" },
  version = "1.0.0",
  doc = "Puts the groups of a regular expression into fields.",
  config = {
    field = lc.config.string { doc = "The field with the text.", required = true, importance = "high" },
    pattern = lc.config.string { doc = "A regular expression in Java's form; it may match anywhere in the text.",
                                 required = true, importance = "high", valid = "regex" },
    into = lc.config.list { doc = "The fields for group 1, group 2 and so on; for the whole match if it has no groups.",
                            required = true, importance = "high", valid = "non-empty-list" },
    ["on.mismatch"] = lc.config.choice {
      doc = "What happens to records whose text is missing or doesn't match: the fields become null, the record passes as "
        .. "it is, fails, or is dropped.",
      valid = { "null", "keep", "fail", "drop" }, default = "null" },
    drop = lc.config.boolean { doc = "Whether the field with the text is taken away.", default = false },
    ["field.syntax.version"] = lc.config.field_syntax(),
  },
  configure = function(cfg)
    local version, items, regex = cfg["field.syntax.version"], {}, lc.regex(cfg.pattern)
    for i, name in ipairs(cfg.into) do items[i] = { group = i, path = lc.path(name, version) } end
    return {
      side = cfg.side or "value", field = cfg.field, path = lc.path(cfg.field, version), regex = regex,
      otherwise = cfg["on.mismatch"], change = lc.field_changes(changes_of(cfg), version),
      put = lc.for_each(items, put_group),
    }
  end,
  apply = function(record, cfg)
    local side, groups = cfg.side, nil
    if lc.type(record, side) == "null" then return record end
    local holder, name = cfg.path:place(record, side)
    local kind = holder ~= nil and lc.type(holder, name)
    if kind and kind ~= "null" then groups = cfg.regex:find(lc.text(holder, name)) end
    if groups and #groups == 0 and groups[1] == nil then groups[1] = groups[0] end
    if not groups then
      if cfg.otherwise == "drop" then return nil end
      if cfg.otherwise == "keep" then return record end
      if cfg.otherwise == "fail" then lc.raise("DataException", "field " .. cfg.field .. " doesn't match the pattern") end
    end
    cfg.change(record, side)
    cfg.put(record, side, groups)
    return record
  end,
}
