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

local function field(what)
  return lc.config.string { doc = "The field for the " .. what .. ". A ! at the end makes it required, a ? optional, "
                              .. "which it is anyway.", importance = "medium" }
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.InsertField$Key", "org.apache.kafka.connect.transforms.InsertField$Value",
  },
  version = "4.1.0",
  config = {
    ["topic.field"] = field "topic",
    ["partition.field"] = field "partition",
    ["offset.field"] = field "offset, which only records of sinks have",
    ["timestamp.field"] = field "timestamp",
    ["static.field"] = field "fixed value",
    ["static.value"] = lc.config.string { doc = "The fixed value.", importance = "medium" },
    ["replace.null.with.default"] = lc.config.replace_null(),
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
    local static = lc.box()
    static.value = cfg["static.value"]
    return {
      side = side, schema_side = side .. "_schema", new = new, raw = not cfg["replace.null.with.default"],
      insert = lc.for_each(new, function(added, into, record, in_struct)
        added.put(into, added.name, record, in_struct, static)
      end),
    }
  end,
  apply = function(record, cfg)
    local side = cfg.side
    if lc.type(record, side) == "null" then return record end
    if record[cfg.schema_side] == nil then
      cfg.insert(lc.require_map(record, side, "field insertion"), record, false)
      return record
    end
    lc.require_struct(record, side, "field insertion")
    cfg.insert(with_new_fields(record, side, cfg), record, true)
    return record
  end,
}
