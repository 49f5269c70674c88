local lc = require "lc"

-- Brings times into another time zone: texts get the time of day that it is there, with the offset; numbers, which have no
-- zone, are taken as the time of day there and become the instant at which it is.
local units = {
  ["io.debezium.time.Timestamp"] = 1, ["io.debezium.time.MicroTimestamp"] = 1000, ["io.debezium.time.NanoTimestamp"] = 1000000,
  ["org.apache.kafka.connect.data.Timestamp"] = 1,
}
local seconds = lc.time.format("yyyy-MM-dd'T'HH:mm:ss")

-- What is written behind a time.
local function offset_text(offset)
  if offset == 0 then return "Z" end
  local minutes = math.floor(math.abs(offset) / 60000)
  return ("%s%02d:%02d"):format(offset < 0 and "-" or "+", math.floor(minutes / 60), minutes % 60)
end

local function offset_of(text, ms, cfg)
  if text == "Z" or text == "z" then return 0 end
  local sign, hours, minutes = text:match("^([+-])(%d%d):?(%d%d)$")
  if not sign then return cfg.from:local_offset(ms) end
  local offset = (tonumber(hours) * 60 + tonumber(minutes)) * 60000
  return sign == "-" and -offset or offset
end

local function convert_text(text, cfg)
  local time, fraction, zone = text:match("^(%d%d%d%d%-%d%d%-%d%d[Tt ]%d%d:%d%d:%d%d)(%.?%d*)([Zz+%-]?[%d:]*)$")
  local ms = time and seconds:parse((time:gsub("[t ]", "T")))
  if not ms then return nil end
  local utc = ms - offset_of(zone, ms, cfg)
  local offset = cfg.zone:offset(utc)
  return seconds:write(utc + offset) .. fraction .. offset_text(offset)
end

-- Towards zero is near enough: an offset changes at whole minutes.
local function ms_of(number, unit)
  if type(number) == "cdata" then return tonumber(number / unit) end
  return math.floor(number / unit)
end

local function convert(cfg, holder, name, schema)
  local kind = lc.type(holder, name)
  if kind == "string" then
    local text = convert_text(lc.raw(holder, name), cfg)
    if not text then lc.raise("DataException", "field " .. name .. " has no time in the form of ISO 8601") end
    lc.put(holder, name, text, "string")
  elseif kind == "date" or kind == "int64" then
    local number, unit = lc.raw(holder, name), schema ~= nil and units[schema.name] or 1
    lc.put(holder, name, number - cfg.zone:local_offset(ms_of(number, unit)) * unit, kind)
  elseif kind ~= nil and kind ~= "null" then
    lc.raise("DataException", "field " .. name .. " has no time, but a " .. lc.java_class(holder, name))
  end
end

local function convert_at(path, record, cfg, schema)
  local holder, name = path:place(record, cfg.side)
  if holder ~= nil then convert(cfg, holder, name, schema ~= nil and path:schema(schema) or nil) end
end

return lc.transform {
  aliases = { "TimezoneConverter$Key", "TimezoneConverter$Value" },
  version = "1.0.0",
  doc = "Brings times into another time zone.",
  config = {
    ["converted.timezone"] = lc.config.string {
      doc = "The time zone: a name such as Europe/Oslo, or an offset such as +02:00.", required = true, importance = "high",
      validator = function(name) lc.time.zone(name) end },
    fields = lc.config.list {
      doc = "The fields with times: texts in the form of ISO 8601, milliseconds, Connect's Timestamp, Debezium's times. Without "
        .. "any, the whole key or value.",
      default = {}, importance = "high" },
    ["source.timezone"] = lc.config.string { doc = "The time zone of texts that don't say theirs.", default = "UTC",
                                             validator = function(name) lc.time.zone(name) end },
    ["field.syntax.version"] = lc.config.field_syntax(),
  },
  configure = function(cfg)
    local side, paths = cfg.side or "value", {}
    for i, field in ipairs(cfg.fields) do paths[i] = lc.path(field, cfg["field.syntax.version"]) end
    return {
      side = side, schema_side = side .. "_schema", whole = #paths == 0, zone = lc.time.zone(cfg["converted.timezone"]),
      from = lc.time.zone(cfg["source.timezone"]), convert = lc.for_each(paths, convert_at),
    }
  end,
  apply = function(record, cfg)
    local schema = record[cfg.schema_side]
    if lc.type(record, cfg.side) == "null" then return record end
    if cfg.whole then convert(cfg, record, cfg.side, schema) else cfg.convert(record, cfg, schema) end
    return record
  end,
}
