local lc = require "lc"

-- Converts a time between texts, numbers and Connect's Date, Time and Timestamp.
local logical = {
  ["org.apache.kafka.connect.data.Date"] = "Date", ["org.apache.kafka.connect.data.Time"] = "Time",
  ["org.apache.kafka.connect.data.Timestamp"] = "Timestamp",
}
local plain = { string = "string", int64 = "unix" }

-- How values of a schema represent a time.
local function source_of(schema)
  local source = logical[schema.name] or plain[schema.type]
  if not source then
    lc.raise("ConnectException",
      "Schema " .. lc.schema.text(schema) .. " does not correspond to a known timestamp type format")
  end
  return source
end

local schemas = {
  string = lc.string, unix = lc.int64, Date = lc.schema.date, Time = lc.schema.time, Timestamp = lc.schema.timestamp,
}

local function target_schema(cfg, source_schema)
  local schema = schemas[cfg.target]
  return source_schema.optional and lc.schema.optional(schema) or schema
end

-- The default of a whole struct, its time converted.
local function converted_default(schema, new, cfg)
  local old, struct = schema.default, lc.struct(new)
  for _, field in ipairs(schema.fields) do
    local name, box = field.name, lc.box()
    lc.assign(box, "value", old, name)
    if not cfg.raw and lc.type(box, "value") == "null" then lc.schema.default(field.schema, box, "value") end
    if name == cfg.field then cfg.convert(box, "value", source_of(field.schema)) end
    lc.assign(struct, name, box, "value")
  end
  local box = lc.box()
  box.value = struct
  return box
end

local function new_schema(schema, cfg)
  if schema.type ~= "struct" then lc.raise("DataException", "Cannot list fields on non-struct type") end
  local build, fields = lc.schema.basics(schema), {}
  for i, field in ipairs(schema.fields) do
    fields[i] = { field.name, field.name == cfg.field and target_schema(cfg, field.schema) or field.schema }
  end
  build.type, build.fields, build.optional = "struct", fields, schema.optional
  if schema.has_default then build.default = converted_default(schema, lc.schema.build(build), cfg) end
  return lc.schema.build(build)
end

-- A time of an unknown kind fails even where it is null, unless a field before it is missing.
local function check_source(from, cfg)
  for _, field in ipairs(from.fields) do
    if field.name == cfg.field then
      source_of(field.schema)
      return
    end
    if field.type == "null" and not field.schema.optional and (cfg.raw or not field.schema.has_default) then return end
  end
end

local with_new_schema = lc.reshaper(function(from, cfg, to)
  local new = new_schema(from.schema, cfg)
  check_source(from, cfg)
  to:like(new, true)
  for i, field in ipairs(from.fields) do
    to:take(field, field.name, { raw = cfg.raw, schema = new.fields[i].schema })
  end
end)

local function apply_whole(record, cfg, schema)
  local side = cfg.side
  if schema == nil then
    cfg.convert(record, side)
  else
    cfg.convert(record, side, source_of(schema))
    record[cfg.schema_side] = target_schema(cfg, schema)
  end
  return record
end

local function apply_to_map(record, cfg)
  local side, field = cfg.side, cfg.field
  if lc.type(record, side) == "null" then return record end
  local map = lc.require_map(record, side, "converting timestamp formats")
  if not lc.has(map, field) then map[field] = nil end
  cfg.convert(map, field)
  return record
end

local function apply_to_struct(record, cfg, schema)
  local side, field = cfg.side, cfg.field
  if lc.type(record, side) == "null" then
    record[cfg.schema_side] = new_schema(schema, cfg)
    return record
  end
  lc.require_struct(record, side, "converting timestamp formats")
  local struct, field_schema = with_new_schema(record, side, cfg), schema.field[field]
  if field_schema ~= nil then cfg.convert(struct, field, source_of(field_schema)) end
  return record
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.TimestampConverter$Key",
    "org.apache.kafka.connect.transforms.TimestampConverter$Value",
  },
  version = "4.1.0",
  config = {
    field = lc.config.string { doc = "The field with the time; empty when the whole key or value is one.", default = "",
                               importance = "high" },
    ["target.type"] = lc.config.string {
      doc = "What the time becomes: string, unix, Date, Time or Timestamp.", required = true, importance = "high",
      valid = { "string", "unix", "Date", "Time", "Timestamp" } },
    format = lc.config.string { doc = "The pattern of java.text.SimpleDateFormat by which texts are read and written.",
                                default = "", importance = "medium" },
    ["unix.precision"] = lc.config.string {
      doc = "The unit of numbers that are read or written: seconds, milliseconds, microseconds or nanoseconds. "
        .. "Anything finer than a millisecond is lost.",
      default = "milliseconds", importance = "low",
      valid = { "nanoseconds", "microseconds", "milliseconds", "seconds" } },
    ["replace.null.with.default"] = lc.config.replace_null(),
  },
  configure = function(cfg)
    local side, target, format = cfg.side or "value", cfg["target.type"], cfg.format
    if format and not format:match("%S") then format = nil end
    if target == "string" and not format then
      lc.raise("ConfigException",
        "TimestampConverter requires format option to be specified when using string timestamps")
    end
    if format and not pcall(lc.time.format, format) then
      lc.raise("ConfigException",
        "TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: " .. format)
    end
    return {
      side = side, schema_side = side .. "_schema", field = cfg.field, target = target,
      raw = not cfg["replace.null.with.default"],
      convert = lc.time.converter { target = target, format = format, precision = cfg["unix.precision"] },
    }
  end,
  apply = function(record, cfg)
    local schema = record[cfg.schema_side]
    if cfg.field == "" then return apply_whole(record, cfg, schema) end
    if schema == nil then return apply_to_map(record, cfg) end
    return apply_to_struct(record, cfg, schema)
  end,
}
