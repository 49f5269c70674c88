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
    if name == cfg.path.last then cfg.convert(box, "value", source_of(field.schema)) end
    lc.assign(struct, name, box, "value")
  end
  local box = lc.box()
  box.value = struct
  return box
end

-- `depth` counts the names of a path.
local function new_schema(schema, cfg, depth)
  depth = depth or 1
  if schema.type ~= "struct" then lc.raise("DataException", "Cannot list fields on non-struct type") end
  local build, fields, outer = lc.schema.basics(schema), {}, cfg.path.outer[depth]
  for i, field in ipairs(schema.fields) do
    local new = field.schema
    if outer and field.name == outer then
      new = new_schema(new, cfg, depth + 1)
    elseif not outer and field.name == cfg.path.last then
      new = target_schema(cfg, new)
    end
    fields[i] = { field.name, new }
  end
  build.type, build.fields, build.optional = "struct", fields, schema.optional
  if schema.has_default and not cfg.path.outer[1] then build.default = converted_default(schema, lc.schema.build(build), cfg) end
  return lc.schema.build(build)
end

-- A time of an unknown kind fails even where it is null, unless a field before it is missing.
local function check_source(from, cfg)
  for _, field in ipairs(from.fields) do
    if field.name == cfg.path.last then
      source_of(field.schema)
      return
    end
    if field.type == "null" and not field.schema.optional and (cfg.raw or not field.schema.has_default) then return end
  end
end

local function take_fields(from, cfg, to, new, depth)
  local outer = cfg.path.outer[depth]
  if not outer then check_source(from, cfg) end
  to:like(new, true)
  for i, field in ipairs(from.fields) do
    local schema = new.fields[i].schema
    if outer and field.name == outer then
      to:within(field, outer, function(inside, into) take_fields(inside, cfg, into, schema, depth + 1) end,
        { raw = cfg.raw })
    else
      to:take(field, field.name, { raw = cfg.raw, schema = schema })
    end
  end
end

local with_new_schema = lc.reshaper(function(from, cfg, to)
  take_fields(from, cfg, to, new_schema(from.schema, cfg), 1)
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
  local side, field = cfg.side, cfg.path.last
  if lc.type(record, side) == "null" then return record end
  local map = lc.require_map(record, side, "converting timestamp formats")
  if cfg.path.outer[1] then map = cfg.path:place(record, side) end
  if map == nil then return record end
  if not lc.has(map, field) then map[field] = nil end
  cfg.convert(map, field)
  return record
end

local function apply_to_struct(record, cfg, schema)
  local side, field = cfg.side, cfg.path.last
  if lc.type(record, side) == "null" then
    record[cfg.schema_side] = new_schema(schema, cfg)
    return record
  end
  lc.require_struct(record, side, "converting timestamp formats")
  local struct, field_schema = with_new_schema(record, side, cfg), cfg.path:schema(schema)
  if cfg.path.outer[1] then struct = cfg.path:place(record, side) end
  if struct ~= nil and field_schema ~= nil then cfg.convert(struct, field, source_of(field_schema)) end
  return record
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.TimestampConverter$Key",
    "org.apache.kafka.connect.transforms.TimestampConverter$Value",
  },
  version = "4.1.0",
  doc = "Converts a time between texts, numbers and Connect's Date, Time and Timestamp.",
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
    ["field.syntax.version"] = lc.config.field_syntax_beyond_kafka(),
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
      path = lc.path(cfg.field, cfg["field.syntax.version"]),
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
