local lc = require "lc"

-- Reads JSON text in fields, or in the whole key or value. Where there is a schema, the new one follows from the text.
local function read(cfg, holder, name, into)
  local kind = lc.type(holder, name)
  local ok, why = nil, "it is no text"
  if kind == "string" or kind == "bytes" then ok, why = lc.json.read(lc.raw(holder, name), into, "value") end
  if ok then return true end
  if cfg.on_error == "fail" then lc.raise("DataException", "field " .. name .. " is no JSON: " .. why) end
  if cfg.on_error == "keep" then return false end
  into.value = nil
  return true
end

-- Content decides about a schema, and there are only so many kinds of content.
local MOST_KNOWN = 200

local function changes_for(cfg, field, schema)
  local known = cfg.known[field]
  local change = known.by_schema[schema]
  if change then return change end
  change = lc.field_changes({ { field = field, schema = schema } }, cfg.version)
  if known.count < MOST_KNOWN then
    known.by_schema[schema] = change
    known.count = known.count + 1
  end
  return change
end

local function parse_in_struct(item, record, cfg)
  local holder, name = item.path:place(record, cfg.side)
  local kind = holder ~= nil and lc.type(holder, name)
  if not kind or kind == "null" then return end
  local box = lc.box()
  if not read(cfg, holder, name, box) then return end
  local schema = lc.json.schema(box, "value") or lc.schema.optional(lc.string)
  changes_for(cfg, item.field, schema)(record, cfg.side)
  holder, name = item.path:place(record, cfg.side)
  lc.json.fit(box, "value", schema, holder, name)
end

local function parse_in_map(item, record, cfg)
  local holder, name = item.path:place(record, cfg.side)
  local kind = holder ~= nil and lc.type(holder, name)
  if not kind or kind == "null" then return end
  local box = lc.box()
  if read(cfg, holder, name, box) then lc.move(holder, name, box, "value") end
end

local function parse_whole(record, cfg, schema)
  local box, side = lc.box(), cfg.side
  if not read(cfg, record, side, box) then return end
  local new = schema ~= nil and lc.json.schema(box, "value") or nil
  if new == nil then
    record[cfg.schema_side] = nil
    lc.move(record, side, box, "value")
  else
    lc.json.fit(box, "value", new, record, side)
    record[cfg.schema_side] = new
  end
end

return lc.transform {
  aliases = { "ParseJson$Key", "ParseJson$Value" },
  version = "1.0.0",
  doc = "Reads JSON text in fields.",
  config = {
    fields = lc.config.list { doc = "The fields; without any, the whole key or value.", default = {}, importance = "high" },
    ["on.error"] = lc.config.choice {
      doc = "What happens to text that is no JSON: the record fails, the text stays, or the field becomes null.",
      valid = { "fail", "keep", "null" }, default = "fail" },
    ["field.syntax.version"] = lc.config.field_syntax(),
  },
  configure = function(cfg)
    local items, known = {}, {}
    for i, field in ipairs(cfg.fields) do
      items[i] = { field = field, path = lc.path(field, cfg["field.syntax.version"]) }
      known[field] = { by_schema = {}, count = 0 }
    end
    local side = cfg.side or "value"
    return {
      side = side, schema_side = side .. "_schema", version = cfg["field.syntax.version"], on_error = cfg["on.error"],
      known = known, whole = #items == 0, in_map = lc.for_each(items, parse_in_map),
      in_struct = lc.for_each(items, parse_in_struct),
    }
  end,
  apply = function(record, cfg)
    if lc.type(record, cfg.side) == "null" then return record end
    local schema = record[cfg.schema_side]
    if cfg.whole then
      parse_whole(record, cfg, schema)
    elseif schema == nil then
      lc.require_map(record, cfg.side, "JSON parsing")
      cfg.in_map(record, cfg)
    else
      lc.require_struct(record, cfg.side, "JSON parsing")
      cfg.in_struct(record, cfg)
    end
    return record
  end,
}
