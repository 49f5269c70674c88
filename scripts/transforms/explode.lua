local lc = require "lc"

-- Makes one record of each item in a list; everything else stays on each of them. Offsets move on when all are through.
local function items_of(record, cfg)
  local holder, name = cfg.path:place(record, cfg.side)
  if holder ~= nil and lc.type(holder, name) == "array" then return holder[name] end
end

local function part_of(record, cfg, items, at)
  local part = lc.copy(record)
  cfg.change(part, cfg.side)
  local holder, name = cfg.path:place(part, cfg.side)
  lc.assign(holder, name, items, at)
  if cfg.header then lc.put(part.headers:add(cfg.header, lc.int32), "value", at - 1, "int32") end
  return part
end

return lc.transform {
  aliases = { "Explode$Key", "Explode$Value" },
  version = "1.0.0",
  doc = "Makes one record of each item in a list.",
  config = {
    field = lc.config.string { doc = "The field with the list; each record gets one item in its place.", required = true,
                               importance = "high" },
    ["index.header"] = lc.config.string { doc = "A header that gets the number of the item, from 0." },
    empty = lc.config.choice {
      doc = "What happens to records whose list is empty, null or missing: they pass as they are, or are dropped.",
      valid = { "keep", "drop" }, default = "keep" },
    ["field.syntax.version"] = lc.config.field_syntax(),
  },
  configure = function(cfg)
    return {
      side = cfg.side or "value", path = lc.path(cfg.field, cfg["field.syntax.version"]), header = cfg["index.header"],
      drops = cfg.empty == "drop",
      change = lc.field_changes({
        { field = cfg.field, schema = function(old) return old.values end },
      }, cfg["field.syntax.version"]),
    }
  end,
  apply = function(record, cfg)
    local items = lc.type(record, cfg.side) ~= "null" and items_of(record, cfg) or nil
    if items == nil or #items == 0 then
      if cfg.drops then return nil end
      return record
    end
    local parts = {}
    for i = 1, #items do parts[i] = part_of(record, cfg, items, i) end
    return parts
  end,
}
