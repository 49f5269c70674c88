local lc = require "lc"

-- Adds fields with data of the record itself, or with a fixed value.

-- Struct: the new fields are there, and null, after this.
local with_new_fields = lc.reshaper(function(from, cfg, to)
  to:like(from.schema)
  for _, field in ipairs(from.fields) do to:take(field, field.name, { raw = cfg.raw }) end
  for _, new in ipairs(cfg.new) do
    to:constant(new.name, nil, new.required and new.schema or lc.schema.optional(new.schema))
  end
end)

-- The same for nested fields: a struct that they are in and that is missing is made.
local function new_schema(new) return new.required and new.schema or lc.schema.optional(new.schema) end

local function schema_of(tree)
  local fields = {}
  for i, name in ipairs(tree.names) do
    fields[i] = { name, tree.inner[name] and schema_of(tree.inner[name]) or new_schema(tree.leaves[name]) }
  end
  return lc.schema.struct(nil, fields)
end

local function empty_struct(schema)
  local box, struct = lc.box(), lc.struct(schema)
  for _, field in ipairs(schema.fields) do
    if field.schema.type == "struct" then lc.assign(struct, field.name, empty_struct(field.schema), "value") end
  end
  box.value = struct
  return box
end

local function add_nested(from, cfg, to, tree)
  local is_there = {}
  to:like(from.schema)
  for _, field in ipairs(from.fields) do
    local inner = tree.inner[field.name]
    is_there[field.name] = inner
    if inner then
      to:within(field, field.name, function(inside, into) add_nested(inside, cfg, into, inner) end, { raw = cfg.raw })
    else
      to:take(field, field.name, { raw = cfg.raw })
    end
  end
  for _, name in ipairs(tree.names) do
    local new, inner = tree.leaves[name], tree.inner[name]
    if new then
      to:constant(name, nil, new_schema(new))
    elseif not is_there[name] then
      local schema = schema_of(inner)
      to:constant(name, empty_struct(schema), schema)
    end
  end
end

local with_nested_fields = lc.reshaper(function(from, cfg, to) add_nested(from, cfg, to, cfg.tree) end)

-- Maps on the way that are missing are made; what is null stays null.
local function insert_nested(added, record, cfg, in_struct)
  local container, name = record[cfg.side], added.path.last
  for _, step in ipairs(added.path.outer) do
    if not lc.has(container, step) then container[step] = lc.map() end
    if lc.type(container, step) == "null" then return end
    if not in_struct then lc.require_map(container, step, "nested field access") end
    container = container[step]
  end
  added.put(container, name, record, in_struct, cfg.static)
end

-- How each new field gets its value.
local function put_topic(into, name, record) lc.put(into, name, record.topic, "string") end

local function put_partition(into, name, record)
  local partition = record.partition
  if partition ~= nil then lc.put(into, name, partition, "int32") end
end

local function put_offset(into, name, record)
  if not lc.is_sink(record) then
    lc.raise("DataException", "Only SinkRecord supported for [field insertion], found: " .. lc.java_class(record))
  end
  lc.put(into, name, record.offset, "int64")
end

local function put_timestamp(into, name, record, in_struct)
  local timestamp = record.timestamp
  if timestamp ~= nil then lc.put(into, name, timestamp, in_struct and "date" or "int64") end
end

local function put_static(into, name, _, _, value) lc.assign(into, name, value, "value") end

local sources = {
  { setting = "topic.field", schema = lc.string, put = put_topic },
  { setting = "partition.field", schema = lc.schema.int32, put = put_partition },
  { setting = "offset.field", schema = lc.schema.int64, put = put_offset },
  { setting = "timestamp.field", schema = lc.timestamp, put = put_timestamp },
  { setting = "static.field", schema = lc.string, put = put_static },
}

local function apply_nested(record, cfg)
  local side, in_struct = cfg.side, record[cfg.schema_side] ~= nil
  if in_struct then
    lc.require_struct(record, side, "field insertion")
    with_nested_fields(record, side, cfg)
  else
    lc.require_map(record, side, "field insertion")
  end
  cfg.insert_nested(record, cfg, in_struct)
  return record
end

local function field(what)
  return lc.config.string { doc = "The field for the " .. what .. ". A ! at the end makes it required, a ? optional, "
                              .. "which it is anyway.", importance = "medium" }
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.InsertField$Key", "org.apache.kafka.connect.transforms.InsertField$Value",
  },
  version = "4.1.0",
  doc = "Adds fields with data of the record itself, or with a fixed value.",
  config = {
    ["topic.field"] = field "topic",
    ["partition.field"] = field "partition",
    ["offset.field"] = field "offset, which only records of sinks have",
    ["timestamp.field"] = field "timestamp",
    ["static.field"] = field "fixed value",
    ["static.value"] = lc.config.string { doc = "The fixed value.", importance = "medium" },
    ["replace.null.with.default"] = lc.config.replace_null(),
    ["field.syntax.version"] = lc.config.field_syntax_beyond_kafka(),
  },
  configure = function(cfg)
    local side, new = cfg.side or "value", {}
    for _, source in ipairs(sources) do
      local name = cfg[source.setting]
      if name then
        new[#new + 1] = { name = name:gsub("[!?]$", ""), required = name:sub(-1) == "!", schema = source.schema,
                          put = source.put }
      end
    end
    if #new == 0 then lc.raise("ConfigException", "No field insertion configured") end
    if cfg["static.field"] and not cfg["static.value"] then
      lc.raise("ConfigException", "Invalid value null for configuration static.value: "
        .. "No value specified for static field: " .. cfg["static.field"])
    end
    local static, syntax, entries = lc.box(), cfg["field.syntax.version"], {}
    static.value = cfg["static.value"]
    for i, added in ipairs(new) do
      added.path = lc.path(added.name, syntax)
      entries[i] = { added.name, added }
    end
    return {
      side = side, schema_side = side .. "_schema", new = new, static = static, tree = lc.path_tree(entries, syntax),
      insert_nested = syntax:upper() == "V2" and lc.for_each(new, insert_nested), raw = not cfg["replace.null.with.default"],
      insert = lc.for_each(new, function(added, into, record, in_struct)
        added.put(into, added.name, record, in_struct, static)
      end),
    }
  end,
  apply = function(record, cfg)
    local side = cfg.side
    if lc.type(record, side) == "null" then return record end
    if cfg.insert_nested then return apply_nested(record, cfg) end
    if record[cfg.schema_side] == nil then
      cfg.insert(lc.require_map(record, side, "field insertion"), record, false)
      return record
    end
    lc.require_struct(record, side, "field insertion")
    cfg.insert(with_new_fields(record, side, cfg), record, true)
    return record
  end,
}
