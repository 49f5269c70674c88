local lc = require "lc"

-- Takes a text apart: into several fields, or into a list in its own field.
local function parts_of(text, separator, most)
  local parts, at = {}, 1
  while #parts + 1 < most do
    local from, to = text:find(separator, at, true)
    if not from then break end
    parts[#parts + 1] = text:sub(at, from - 1)
    at = to + 1
  end
  parts[#parts + 1] = text:sub(at)
  return parts
end

local function changes_of(cfg)
  if #cfg.into == 0 then
    return { { field = cfg.field, schema = function(old)
      return lc.schema.as_optional_as(lc.schema.array(lc.string), old)
    end } }
  end
  local changes = {}
  if cfg.drop then changes[1] = { field = cfg.field, drop = true } end
  for _, name in ipairs(cfg.into) do
    changes[#changes + 1] = { field = name, schema = lc.schema.optional(lc.string), add = true }
  end
  return changes
end

local function put_part(item, record, side, parts)
  local holder, name = item.path:place(record, side)
  if holder ~= nil then lc.put(holder, name, parts[item.number], "string") end
end

return lc.transform {
  aliases = { "SplitField$Key", "SplitField$Value" },
  version = "1.0.0",
  doc = "Takes a text apart into several fields, or into a list.",
  config = {
    field = lc.config.string { doc = "The field with the text.", required = true, importance = "high" },
    separator = lc.config.string { doc = "What stands between two parts, taken literally.", required = true,
                                   importance = "high",
                                   validator = function(text) return text ~= "" or "must not be empty" end },
    into = lc.config.list {
      doc = "The fields for the parts; the last gets all the rest, and those without a part become null. Without any, the "
        .. "field itself becomes a list.",
      default = {}, importance = "high" },
    drop = lc.config.boolean { doc = "Whether the field with the text is taken away.", default = false },
    ["field.syntax.version"] = lc.config.field_syntax(),
  },
  configure = function(cfg)
    local version, items = cfg["field.syntax.version"], {}
    for i, name in ipairs(cfg.into) do items[i] = { number = i, path = lc.path(name, version) } end
    return {
      side = cfg.side or "value", path = lc.path(cfg.field, version), separator = cfg.separator, is_list = #items == 0,
      most = #items == 0 and math.huge or #items, change = lc.field_changes(changes_of(cfg), version),
      put = lc.for_each(items, put_part),
    }
  end,
  apply = function(record, cfg)
    local side, parts = cfg.side, {}
    if lc.type(record, side) == "null" then return record end
    local holder, name = cfg.path:place(record, side)
    local kind = holder ~= nil and lc.type(holder, name)
    local is_text = kind and kind ~= "null"
    if is_text then parts = parts_of(lc.text(holder, name), cfg.separator, cfg.most) end
    cfg.change(record, side)
    if not cfg.is_list then
      cfg.put(record, side, parts)
    elseif is_text then
      holder, name = cfg.path:place(record, side)
      holder[name] = parts
    end
    return record
  end,
}
