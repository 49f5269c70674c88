local lc = require "lc"

-- Debezium's outbox pattern: inserts into an outbox table become messages to the topics they are for.

-- JSON in the payload.

local schema_of

local function object_schema(key, map, null_schema)
  local fields = {}
  for name in lc.pairs(map) do
    local schema = schema_of(key and key .. "." .. name, map, name, null_schema)
    if schema ~= nil then fields[#fields + 1] = { name, schema } end
  end
  return lc.schema.build { type = "struct", name = key, optional = true, fields = fields }
end

-- The fields of both; a type that a null stands for gives way.
local function merged(a, b)
  local fields = {}
  for i, field in ipairs(a.fields) do
    local other = b.field[field.name]
    local gives_way = field.schema.type == "bytes" and other ~= nil and other.type ~= "bytes"
    fields[i] = { field.name, gives_way and other or field.schema }
  end
  for _, field in ipairs(b.fields) do
    if a.field[field.name] == nil then fields[#fields + 1] = { field.name, field.schema } end
  end
  return lc.schema.struct(a.name, fields)
end

local function array_schema(key, list, null_schema)
  local items, kind = nil, nil
  for i = 1, #list do
    local this = lc.type(list, i)
    if this ~= "null" then
      local schema = schema_of(this == "map" and key or nil, list, i, null_schema)
      if kind and kind ~= this then error("an array has items of different types") end
      kind = this
      if items == nil or schema == items then
        items = schema
      elseif this == "map" then
        items = merged(items, schema)
      else
        error("an array has numbers of different types")
      end
    end
  end
  items = items or null_schema
  if items == nil then error("an array has no items of a known type") end
  return lc.schema.optional(lc.schema.array(items))
end

local plain = { string = lc.string, boolean = lc.boolean, float64 = lc.float64 }

function schema_of(key, holder, field, null_schema)
  local kind = lc.type(holder, field)
  if kind == "map" then return object_schema(key, lc.raw(holder, field), null_schema) end
  if kind == "null" then return null_schema end
  if kind == "array" then
    local list = lc.raw(holder, field)
    return #list > 0 and array_schema(key, list, null_schema) or nil
  end
  if kind == "int64" then
    local number = tonumber(lc.raw(holder, field))
    return lc.schema.optional(number >= -2147483648 and number <= 2147483647 and lc.schema.int32 or lc.int64)
  end
  return lc.schema.optional(plain[kind])
end

-- The payload in `box` as JSON: its schema then, or nil where it isn't any.
local function expand(box, cfg)
  if lc.type(box, "value") ~= "string" or box.value:sub(1, 1) ~= "{" then return nil end
  local json = lc.box()
  if not lc.json.read(box.value, json, "value") then return nil end
  local ok, schema = pcall(schema_of, cfg.payload, json, "value", cfg.null_schema)
  if not ok then return nil end
  lc.json.fit(json, "value", schema, box, "value")
  return schema
end

-- Fields of the row.

local function need_field(row, schema, name)
  if schema.field[name] == nil then lc.raise("DataException", name .. " is not a valid field name") end
  return schema.field[name]
end

-- Copies a field, or its default, with its exact type.
local function copy(holder, field, row, schema, name)
  local field_schema = need_field(row, schema, name)
  if lc.type(row, name) == "null" and lc.schema.default(field_schema, holder, field) then return end
  lc.assign(holder, field, row, name)
end

local units = {
  ["io.debezium.time.Timestamp"] = 1, ["io.debezium.time.MicroTimestamp"] = 1000, ["io.debezium.time.NanoTimestamp"] = 1000000,
}

-- Towards zero, without losing digits of what a double can't hold.
local function divided(number, unit)
  if type(number) == "cdata" then return tonumber(number / unit) end
  return number < 0 and math.ceil(number / unit) or math.floor(number / unit)
end

local function timestamp_of(envelope, row, schema, name)
  if not name then return envelope.ts_ms end
  local field = schema.field[name]
  if field == nil then lc.raise("ConnectException", "Unable to find timestamp field " .. name .. " in event") end
  local time = row[name]
  if time == nil then return envelope.ts_ms end
  if field.name == nil then
    lc.raise("ConnectException", "Unsupported field type " .. field.type:upper()
      .. " (without logical schema name) for event timestamp")
  end
  if not units[field.name] then
    lc.raise("ConnectException", "Unsupported field type " .. field.name .. " for event timestamp")
  end
  return divided(time, units[field.name])
end

-- Values with the payload and more in them.

local function envelope_schema(cfg, payload_schema, schema, version, topic)
  local outer, last = (schema.name or ""):match("^(.-)([^.]*)$")
  local name = schema.name and outer .. topic .. "." .. last or nil
  local fields = { { "payload", payload_schema } }
  for _, more in ipairs(cfg.additional) do
    if more.placement == "envelope" and schema.field[more.field] ~= nil then
      fields[#fields + 1] = { more.alias, schema.field[more.field] }
    end
  end
  return lc.schema.build { type = "struct", name = name, version = version, fields = fields }
end

local MOST_KNOWN = 500

local function known_schema(cfg, payload_schema, schema, version, topic)
  local key = payload_schema.id .. "/" .. schema.id .. "/" .. tostring(version) .. "/" .. topic
  local found = cfg.known[key]
  if found then return found end
  found = envelope_schema(cfg, payload_schema, schema, version, topic)
  if cfg.count < MOST_KNOWN then
    cfg.known[key], cfg.count = found, cfg.count + 1
  end
  return found
end

local function place(more, record, row, schema, value, cfg)
  if schema.field[more.field] == nil and not cfg.missing_fails then return end
  local field_schema = need_field(row, schema, more.field)
  if more.placement == "header" then
    copy(record.headers:add(more.alias, field_schema), "value", row, schema, more.field)
  elseif more.placement == "envelope" then
    copy(value, more.alias, row, schema, more.field)
  else
    record.partition = row[more.field]
  end
end

local function route(record, cfg, topic)
  if cfg.regex:matches(topic) then topic = cfg.regex:replace_first(topic, cfg.replacement) end
  record.topic = topic
end

local function is_empty(box)
  local kind = lc.type(box, "value")
  return kind == "null" or kind == "string" and not box.value:find("[^%z\1-\32]")
end

local function set_key(record, cfg, row, schema)
  local key_schema = need_field(row, schema, cfg.key)
  copy(record, "key", row, schema, cfg.key)
  record.key_schema = key_schema
end

local function send(record, cfg, envelope)
  local row = lc.require_struct(envelope, "after", "Read Outbox Event")
  local schema = record.value_schema.field.after
  local payload_schema, payload = schema.field[cfg.payload], lc.box()
  if payload_schema == nil then lc.raise("ConnectException", "Unable to find payload field " .. cfg.payload .. " in event") end
  local timestamp = timestamp_of(envelope, row, schema, cfg.timestamp)
  local id_schema = need_field(row, schema, cfg.id)
  copy(record.headers:add("id", id_schema), "value", row, schema, cfg.id)
  copy(payload, "value", row, schema, cfg.payload)
  local empty = is_empty(payload)
  if cfg.expands then payload_schema = expand(payload, cfg) or payload_schema end
  need_field(row, schema, cfg.route)
  local topic, value = row[cfg.route], nil
  if type(topic) ~= "string" then lc.raise("DataException", "Field " .. cfg.route .. " must be a text to route by") end
  if cfg.has_envelope then
    local version = cfg.version and need_field(row, schema, cfg.version) and row[cfg.version] or nil
    value = lc.struct(known_schema(cfg, payload_schema, schema, version, topic))
    lc.assign(value, "payload", payload, "value")
  end
  record.partition, record.timestamp = nil, timestamp
  for _, more in ipairs(cfg.additional) do place(more, record, row, schema, value, cfg) end
  set_key(record, cfg, row, schema)
  if empty and cfg.tombstones then
    record.value, record.value_schema = nil, nil
  elseif value ~= nil then
    record.value = value
  else
    lc.move(record, "value", payload, "value")
    record.value_schema = payload_schema
  end
  route(record, cfg, topic)
  return record
end

local function refuse(record, cfg)
  local text = "Unexpected update message received " .. lc.text(record, "key")
  if cfg.invalid == "fatal" then lc.raise("ConnectException", text .. ", fail.") end
  lc.log[cfg.invalid](text .. " and ignored")
  return nil
end

-- Settings.

local placements = { header = true, envelope = true, partition = true }

local function parse_placements(list)
  local parsed = {}
  for i, entry in ipairs(list) do
    local field, placement, alias = entry:match("^([^:]*):([^:]*):?([^:]*)$")
    placement = placement and placement:lower()
    if not field or not placements[placement] then
      lc.raise("ConfigException", "Invalid value " .. entry .. " for configuration table.fields.additional.placement: "
        .. "field:placement or field:placement:alias is expected, where placement is header, envelope or partition")
    end
    parsed[i] = { field = field, placement = placement, alias = alias ~= "" and alias or field }
  end
  return parsed
end

local function column(what, default, importance)
  return lc.config.string { doc = "The column with " .. what .. ".", default = default, importance = importance or "low",
                            group = "Table" }
end

local function tracing(doc, default)
  return lc.config.string { doc = doc .. " Taken, and without effect: there is no tracing.", default = default,
                            importance = "high", group = "Tracing" }
end

return lc.transform {
  aliases = { "io.debezium.transforms.outbox.EventRouter" },
  version = "3.0.8.Final",
  doc = "Sends Debezium's change events of an outbox table where they are to go.",
  config = {
    ["table.field.event.id"] = column("the event's id, which becomes the header id", "id"),
    ["table.field.event.key"] = column("the message's key", "aggregateid"),
    ["table.field.event.type"] = column("the event's type", "type"),
    ["table.field.event.payload"] = column("the message", "payload"),
    ["table.field.event.timestamp"] = column("the message's timestamp; without one, it is that of the change", nil, "medium"),
    ["table.fields.additional.placement"] = lc.config.list {
      doc = "Columns to pass on, as column:placement or column:placement:name, where placement is header, envelope (a field "
        .. "beside payload) or partition.",
      default = {}, importance = "high", group = "Table", validator = function(list) parse_placements(list) end },
    ["table.fields.additional.error.on.missing"] = lc.config.boolean {
      doc = "Whether a record fails when one of these is missing.", default = true, group = "Table" },
    ["table.field.event.schema.version"] = column("the version of the message's schema"),
    ["table.op.invalid.behavior"] = lc.config.string {
      doc = "What happens to updates, which an outbox doesn't have: warn or error in the log, or fatal.", default = "warn",
      valid = { "warn", "error", "fatal", ignore_case = true }, group = "Table" },
    ["table.expand.json.payload"] = lc.config.boolean {
      doc = "Whether a payload that is a JSON object becomes one, with a schema that follows from it. Other payloads stay.",
      default = false, group = "Table" },
    ["table.json.payload.null.behavior"] = lc.config.string {
      doc = "What nulls in such JSON become: ignore leaves the field out, optional_bytes makes it one of bytes.",
      default = "ignore", valid = { "ignore", "optional_bytes", ignore_case = true }, group = "Table" },
    ["route.by.field"] = lc.config.string { doc = "The column whose text decides about the topic.", default = "aggregatetype",
                                            importance = "high", group = "Router" },
    ["route.topic.regex"] = lc.config.string { doc = "The regular expression that this text is compared with.",
                                               default = "(?<routedByValue>.*)", importance = "low", valid = "regex",
                                               group = "Router" },
    ["route.topic.replacement"] = lc.config.string { doc = "The topic; groups of the regular expression are put in.",
                                                     default = "outbox.event.${routedByValue}", importance = "high",
                                                     group = "Router" },
    ["route.tombstone.on.empty.payload"] = lc.config.boolean { doc = "Whether an empty payload makes a tombstone.",
                                                               default = false, importance = "high", group = "Router" },
    ["tracing.span.context.field"] = tracing("The column with the context of a span.", "tracingspancontext"),
    ["tracing.operation.name"] = tracing("The name of the operation in traces.", "debezium-read"),
    ["tracing.with.context.field.only"] = lc.config.boolean {
      doc = "Whether only events with a context are traced. Taken, and without effect: there is no tracing.", default = false,
      importance = "high", group = "Tracing" },
  },
  configure = function(cfg)
    local additional, has_envelope = parse_placements(cfg["table.fields.additional.placement"]), false
    for _, more in ipairs(additional) do has_envelope = has_envelope or more.placement == "envelope" end
    local nulls = cfg["table.json.payload.null.behavior"]:lower() == "optional_bytes"
    return {
      id = cfg["table.field.event.id"], key = cfg["table.field.event.key"], payload = cfg["table.field.event.payload"],
      timestamp = cfg["table.field.event.timestamp"], version = cfg["table.field.event.schema.version"],
      additional = additional, has_envelope = has_envelope, known = {}, count = 0,
      missing_fails = cfg["table.fields.additional.error.on.missing"], invalid = cfg["table.op.invalid.behavior"]:lower(),
      expands = cfg["table.expand.json.payload"], null_schema = nulls and lc.schema.optional(lc.bytes) or nil,
      route = cfg["route.by.field"], regex = lc.regex(cfg["route.topic.regex"]),
      replacement = cfg["route.topic.replacement"], tombstones = cfg["route.tombstone.on.empty.payload"],
    }
  end,
  apply = function(record, cfg)
    if lc.type(record, "value") == "null" then return nil end
    local schema = record.value_schema
    if schema == nil or schema.name == nil or schema.name:sub(-9) ~= ".Envelope" then return record end
    local envelope = lc.require_struct(record, "value", "Detect Debezium Operation")
    if envelope.op == "d" then return nil end
    if envelope.op == "u" then return refuse(record, cfg) end
    return send(record, cfg, envelope)
  end,
}
