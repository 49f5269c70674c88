local lc = require "lc"

-- Casts fields, or the whole key or value, to other types.
local castable = {
  int8 = true, int16 = true, int32 = true, int64 = true, float32 = true, float64 = true, boolean = true, string = true,
}
local known = { bytes = true, array = true, map = true, struct = true }

-- The parts between colons; empty ones at the end don't count.
local function split(text)
  if text == "" then return { "" } end
  local parts = {}
  for part in (text .. ":"):gmatch("([^:]*):") do parts[#parts + 1] = part end
  while parts[#parts] == "" do parts[#parts] = nil end
  return parts
end

local function trim(text) return (text:gsub("^%s+", ""):gsub("%s+$", "")) end

local function type_of(text)
  local name = trim(text):lower()
  if castable[name] then return name end
  if not known[name] then
    lc.raise("ConfigException", "Invalid value java.lang.IllegalArgumentException: No enum constant "
      .. "org.apache.kafka.connect.data.Schema.Type." .. name:upper()
      .. " for configuration Invalid type found in casting spec: " .. trim(text))
  end
  lc.raise("ConfigException", "Cast transformation does not support casting to " .. name:upper()
    .. "; supported types are [INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING]")
end

-- "a:int32,b:string" as types by field; a type alone, which is for the whole value, comes second.
local function parse(spec)
  if #spec == 0 then lc.raise("ConfigException", "Must specify at least one field to cast.") end
  local types, whole = {}, nil
  for _, entry in ipairs(spec) do
    local parts = split(entry)
    if #parts > 2 or #parts == 0 then
      lc.raise("ConfigException", "Invalid value [" .. table.concat(spec, ", ")
        .. "] for configuration renames: Invalid rename mapping: " .. entry)
    elseif #parts == 1 then
      whole = type_of(parts[1])
    else
      types[trim(parts[1])] = type_of(parts[2])
    end
  end
  if whole and #spec > 1 then
    lc.raise("ConfigException", "Cast transformations that specify a type to cast the entire value to "
      .. "may only specify a single cast in their spec")
  end
  return types, whole
end

-- What a schema becomes when its values are cast.
local function cast_schema(schema, kind, build)
  build.type, build.optional = kind, schema.optional
  if schema.has_default then
    build.default = lc.box()
    lc.schema.default(schema, build.default, "value")
    lc.cast(build.default, "value", kind, schema)
  end
  return lc.schema.build(build)
end

local function take_fields(from, cfg, to, tree)
  to:like(from.schema)
  to:set { optional = from.schema.optional }
  for _, field in ipairs(from.fields) do
    local kind, inner = tree.leaves[field.name], tree.inner[field.name]
    if inner and not kind then
      to:within(field, field.name, function(inside, into) take_fields(inside, cfg, into, inner) end, { raw = cfg.raw })
    else
      to:take(field, field.name, { raw = cfg.raw, schema = kind and cast_schema(field.schema, kind, {}) })
    end
  end
end

local with_new_types = lc.reshaper(function(from, cfg, to)
  take_fields(from, cfg, to, cfg.tree)
  if from.schema.has_default then
    lc.raise("DataException", "Cast transformation does not support casting from STRUCT; supported types are "
      .. "[INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]")
  end
end)

local function apply_whole(record, cfg, schema)
  local new = nil
  if schema ~= nil then
    new = cfg.schemas[schema] or cast_schema(schema, cfg.whole, lc.schema.basics(schema))
    cfg.schemas[schema] = new
  end
  lc.cast(record, cfg.side, cfg.whole)
  record[cfg.schema_side] = new
  return record
end

-- One field by the way to it.
local function cast_nested(item, record, side, schema)
  local container, name = item.path:place(record, side)
  if container == nil then return end
  if schema == nil and not lc.has(container, name) then container[name] = nil end
  lc.cast(container, name, item.kind, schema and item.path:schema(schema))
end

return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.Cast$Key", "org.apache.kafka.connect.transforms.Cast$Value" },
  version = "4.1.0",
  doc = "Casts fields, or the whole key or value, to other types.",
  config = {
    spec = lc.config.list {
      doc = "Fields and the types to cast them to, as in field1:type,field2:type; or one type for the whole key or "
        .. "value. Types are int8, int16, int32, int64, float32, float64, boolean and string. Bytes can only become a "
        .. "string.",
      required = true, importance = "high", validator = function(spec) parse(spec) end },
    ["replace.null.with.default"] = lc.config.replace_null(),
    ["field.syntax.version"] = lc.config.field_syntax_beyond_kafka(),
  },
  configure = function(cfg)
    local side, types, whole = cfg.side or "value", parse(cfg.spec)
    local names, syntax, paths = lc.hash_order(types), cfg["field.syntax.version"], {}
    for i, name in ipairs(names) do paths[i] = { path = lc.path(name, syntax), kind = types[name] } end
    return {
      side = side, schema_side = side .. "_schema", tree = lc.path_tree(types, syntax),
      nested = syntax:upper() == "V2" and lc.for_each(paths, cast_nested), whole = whole, schemas = {},
      raw = not cfg["replace.null.with.default"],
      in_map = lc.for_each(names, function(name, map)
        if not lc.has(map, name) then map[name] = nil end
        lc.cast(map, name, types[name])
      end),
      in_struct = lc.for_each(names, function(name, struct, schema)
        lc.cast(struct, name, types[name], schema.field[name])
      end),
    }
  end,
  apply = function(record, cfg)
    if lc.type(record, cfg.side) == "null" then return record end
    local schema = record[cfg.schema_side]
    if cfg.whole then return apply_whole(record, cfg, schema) end
    if schema == nil then
      local map = lc.require_map(record, cfg.side, "cast types")
      if cfg.nested then cfg.nested(record, cfg.side) else cfg.in_map(map) end
      return record
    end
    lc.require_struct(record, cfg.side, "cast types")
    local struct = with_new_types(record, cfg.side, cfg)
    if cfg.nested then cfg.nested(record, cfg.side, schema) else cfg.in_struct(struct, schema) end
    return record
  end,
}
