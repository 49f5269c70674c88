local lc = require "lc"

-- Makes one flat map or struct of nested ones: {"a": {"b": 1}} becomes {"a.b": 1}.
local function join(prefix, name, cfg)
  if prefix == "" then return name end
  return prefix .. cfg.delimiter .. name
end

local function unsupported(what, how, name)
  lc.raise("DataException", "Flatten transformation does not support " .. what .. " for record " .. how
    .. " (for field " .. name .. ").")
end

local no_type = { date = "java.util.Date", decimal = "java.math.BigDecimal", bigint = "java.math.BigInteger" }

local function flatten_map(from, cfg, to, prefix)
  for _, field in ipairs(from.fields) do
    local name = join(prefix, field.name, cfg)
    local inner = field.nested()
    if inner and inner.schema then
      unsupported("class org.apache.kafka.connect.data.Struct", "without schemas", name)
    end
    if no_type[field.type] then
      lc.raise("DataException", "Flatten transformation was passed a value of type class " .. no_type[field.type]
        .. " which is not supported by Connect's data API")
    end
    if inner then
      flatten_map(inner, cfg, to, name)
    else
      if field.type == "map" then lc.raise("ClassCastException", "the keys of a map must be strings") end
      to:take(field, name, { plain = true })
    end
  end
end

-- The default of a field, in a box: its own, or what the default of the struct around it says.
local function default_of(field, around)
  local box = lc.box()
  if lc.schema.default(field.schema, box, "value") then return box end
  if around == nil then return nil end
  lc.assign(box, "value", around, field.name)
  return box
end

local function flatten_struct(from, cfg, to, prefix, optional, around)
  for _, field in ipairs(from.fields) do
    local name, schema = join(prefix, field.name, cfg), field.schema
    local may_be_null, default = optional or schema.optional, default_of(field, around)
    if schema.type == "map" then unsupported("MAP", "with schemas", name) end
    if schema.type == "struct" then
      flatten_struct(field.nested(), cfg, to, name, may_be_null, default and default.value)
    else
      to:take(field, name, lc.schema.with(schema, { optional = may_be_null, default = default }))
    end
  end
end

local flat = lc.reshaper(function(from, cfg, to)
  if from.schema == nil then return flatten_map(from, cfg, to, "") end
  to:like(from.schema)
  flatten_struct(from, cfg, to, "", from.schema.optional, from.schema.default)
end)

return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.Flatten$Key", "org.apache.kafka.connect.transforms.Flatten$Value" },
  version = "4.1.0",
  doc = "Brings nested fields to the top, under names that are joined.",
  config = {
    delimiter = lc.config.string {
      doc = "Stands between the names of an outer and an inner field in the name of the result.", default = ".",
      importance = "medium" },
  },
  configure = function(cfg)
    local side = cfg.side or "value"
    return { side = side, schema_side = side .. "_schema", delimiter = cfg.delimiter or "null" }
  end,
  apply = function(record, cfg)
    local side = cfg.side
    if lc.type(record, side) == "null" then return record end
    local require_it = record[cfg.schema_side] == nil and lc.require_map or lc.require_struct
    require_it(record, side, "flattening")
    flat(record, side, cfg)
    return record
  end,
}
