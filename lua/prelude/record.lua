-- Views of records, their headers and the records that a sink is given.

local P = ...
local ffi, S, bridge, K, sdk = P.ffi, P.S, P.bridge, P.kind, P.sdk
local AT, GEN, stale, read, write = P.AT, P.GEN, P.stale, P.read, P.write
local istype, ffi_string, cast = ffi.istype, ffi.string, ffi.cast
local type, tonumber, error = type, tonumber, error
local tostring = P.tostring
local object_t, list_t, schema_p = P.object_t, P.list_t, P.schema_p
local schema_view, schema_pointer, kind_of_schema = P.schema_view, P.schema_pointer, P.kind_of_schema
local STRUCT, MAP, ARRAY = K.struct, K.map, K.array

-- AT is an index: the records of a batch move when there are more of them.
local record_t = P.view_type("record", "const uint32_t")
local headers_t = P.view_type("headers", "const uint32_t")
local records_t = P.view_type("records", "const uint32_t")
ffi.cdef("struct header { const uint32_t $; const double $; const uint32_t $; };", AT, GEN, AT .. "i")
local header_t = ffi.typeof("struct header")
local PLACE = AT .. "i"
P.record_t, P.headers_t, P.header_t, P.records_t = record_t, headers_t, header_t, records_t

local function record_of(view)
  if view[GEN] ~= S.generation then stale(view[GEN]) end
  return S.records[view[AT]]
end
P.record_of = record_of

-- Reading.

local MAX_EXACT = 9007199254740992
local function number_of(i)
  local n = tonumber(i)
  if n > -MAX_EXACT and n < MAX_EXACT then return n end
  return i + 0
end

local timestamp_types = { [0] = "NoTimestampType", "CreateTime", "LogAppendTime" }

local readers = {
  topic = function(record) if record.topic ~= nil then return (ffi_string(record.topic, record.topic_len)) end end,
  partition = function(record) if record.has_partition ~= 0 then return record.partition end end,
  timestamp = function(record) if record.has_timestamp ~= 0 then return (number_of(record.timestamp)) end end,
  timestamp_type = function(record) return timestamp_types[record.timestamp_type] end,
  offset = function(record) if record.has_offset ~= 0 then return (number_of(record.offset)) end end,
  original_topic = function(record)
    if record.original_topic ~= nil then return (ffi_string(record.original_topic, record.original_topic_len)) end
  end,
  original_partition = function(record) if record.original_topic ~= nil then return record.original_partition end end,
  original_offset = function(record) if record.original_topic ~= nil then return (number_of(record.original_offset)) end end,
  key = function(record) return (read(record.key)) end,
  value = function(record) return (read(record.value)) end,
  headers = function(_, view) return (headers_t(view[AT], view[GEN])) end,
  key_schema = function(record) return (schema_view(record.key_schema)) end,
  value_schema = function(record) return (schema_view(record.value_schema)) end,
  source_partition = function(record) return (read(record.source_partition)) end,
  source_offset = function(record) return (read(record.source_offset)) end,
}

local function unknown(name)
  error("a record has no field '" .. tostring(name) .. "'" .. P.suggest(name, readers), 0)
end

local function record_index(view, name)
  if view[GEN] ~= S.generation then stale(view[GEN]) end
  local reader = readers[name]
  if not reader then unknown(name) end
  return (reader(S.records[view[AT]], view))
end

-- Writing.

local function set_topic(record, topic, view)
  if type(topic) ~= "string" then error("a topic is a string, not a " .. P.type_name(topic), 0) end
  if bridge.set_topic(S, view[AT], topic, #topic) ~= 0 then P.throw() end
end

local function set_partition(record, partition)
  if partition == nil then
    record.has_partition = 0
    return
  end
  if type(partition) ~= "number" or partition % 1 ~= 0 or partition < 0 or partition > 2147483647 then
    error("a partition is a whole number from 0, not " .. tostring(partition), 0)
  end
  record.has_partition = 1
  record.partition = partition
end

local function set_timestamp(record, ms)
  if ms == nil then
    record.has_timestamp = 0
    return
  end
  if tonumber(ms) == nil or tonumber(ms) ~= tonumber(ms) then error("a timestamp is a number of milliseconds", 0) end
  record.has_timestamp = 1
  record.timestamp = tonumber(ms) and ms
end

-- The schema that follows from what was assigned; a scalar leaves it.
local function adjust_schema(cell, schema)
  local kind = cell.kind
  if kind == STRUCT then return cell.u.object.schema end
  if schema ~= nil and (kind == MAP or kind == ARRAY) and cast(schema_p, schema).type ~= kind then return nil end
  return schema
end

local function set_cell(cell, x, schema)
  if istype(object_t, x) then
    P.put_alone(cell, x)
  elseif schema ~= nil and type(x) == "table" and kind_of_schema(schema) == STRUCT then
    P.write_struct_table(cell, x, schema)
  elseif schema ~= nil and x ~= nil and kind_of_schema(schema) < ARRAY then
    write(cell, x, kind_of_schema(schema))
  else
    write(cell, x)
  end
  return (adjust_schema(cell, schema))
end

local writers = {
  topic = set_topic,
  partition = set_partition,
  timestamp = set_timestamp,
  key = function(record, x) record.key_schema = set_cell(record.key, x, record.key_schema) end,
  value = function(record, x) record.value_schema = set_cell(record.value, x, record.value_schema) end,
  key_schema = function(record, schema) record.key_schema = schema_pointer(schema) end,
  value_schema = function(record, schema) record.value_schema = schema_pointer(schema) end,
}

local function record_newindex(view, name, x)
  if view[GEN] ~= S.generation then stale(view[GEN]) end
  local writer = writers[name]
  if not writer then
    if readers[name] then error("'" .. name .. "' of a record can't be assigned", 0) end
    unknown(name)
  end
  writer(S.records[view[AT]], x, view)
end

local function record_text(view)
  record_of(view)
  if bridge.record_text(S, view[AT]) ~= 0 then P.throw() end
  return ffi_string(S.text.data, S.text.len)
end

ffi.metatype(record_t, {
  __index = record_index, __newindex = record_newindex, __tostring = record_text, __eq = P.same(record_t),
})

function sdk.is_sink(view)
  if not istype(record_t, view) then error("a record expected, not " .. P.type_name(view), 0) end
  return record_of(view).side == 1
end

function sdk.copy(view)
  if not istype(record_t, view) then error("a record expected, not " .. P.type_name(view), 0) end
  record_of(view)
  local at = bridge.clone(S, view[AT])
  if at < 0 then P.throw() end
  return (record_t(at, S.generation))
end

-- Headers.

local function header_of(view)
  local record = record_of(view)
  if view[PLACE] >= record.header_count then error("the header was removed", 0) end
  return record.headers[view[PLACE]]
end
P.header_of = header_of

local function header_index(view, name)
  local header = header_of(view)
  if name == "value" then return (read(header.value)) end
  if name == "name" then return (ffi_string(header.name, header.name_len)) end
  if name == "schema" then return (schema_view(header.schema)) end
  error("a header has name, schema and value, not '" .. tostring(name) .. "'", 0)
end

local function header_newindex(view, name, x)
  local header = header_of(view)
  if name == "value" then
    header.schema = set_cell(header.value, x, header.schema)
  elseif name == "schema" then
    header.schema = schema_pointer(x)
  else
    error("'" .. tostring(name) .. "' of a header can't be assigned", 0)
  end
end

ffi.metatype(header_t, {
  __index = header_index, __newindex = header_newindex, __tostring = function() return "header" end,
})

local function check_headers(view)
  if not istype(headers_t, view) then error("use a colon: headers:add(…)", 0) end
  return (record_of(view))
end

local function text_argument(x)
  if type(x) ~= "string" then error("the name of a header is a string, not a " .. P.type_name(x), 0) end
  return x
end

local function is_named(header, name)
  return header.name_len == #name and ffi_string(header.name, header.name_len) == name
end

local methods = {}

function methods.add(view, name, schema)
  check_headers(view)
  text_argument(name)
  local at = bridge.header_add(S, view[AT], name, #name, schema_pointer(schema))
  if at < 0 then P.throw() end
  return (header_t(view[AT], S.generation, at))
end

function methods.remove(view, name)
  check_headers(view)
  return bridge.header_remove(S, view[AT], text_argument(name), #name) == 1
end

function methods.find(view, name)
  local record = check_headers(view)
  text_argument(name)
  for at = record.header_count - 1, 0, -1 do
    if is_named(record.headers[at], name) then return (header_t(view[AT], S.generation, at)) end
  end
end

function methods.has(view, name) return methods.find(view, name) ~= nil end

local function headers_index(view, key)
  local record = record_of(view)
  if type(key) == "number" then
    if key < 1 or key > record.header_count or key % 1 ~= 0 then return nil end
    return (header_t(view[AT], S.generation, key - 1))
  end
  local method = methods[key]
  if not method then error("headers have no '" .. tostring(key) .. "'" .. P.suggest(key, methods), 0) end
  return method
end

ffi.metatype(headers_t, {
  __index = headers_index,
  __newindex = function() error("use headers:add and headers:remove", 0) end,
  __tostring = function() return "headers" end,
  __len = function(view) return record_of(view).header_count end,
})

-- The records of a batch, as a sink's put sees them.

local function records_index(view, i)
  if view[GEN] ~= S.generation then stale(view[GEN]) end
  if type(i) ~= "number" or i < 1 or i > S.live_count or i % 1 ~= 0 then return nil end
  return (record_t(S.live[i - 1], S.generation))
end

ffi.metatype(records_t, {
  __index = records_index,
  __newindex = function() error("the records of a batch can't be replaced", 0) end,
  __tostring = function() return "records" end,
  __len = function(view)
    if view[GEN] ~= S.generation then stale(view[GEN]) end
    return S.live_count
  end,
})

-- ipairs of views.

local function next_view(view, i)
  i = i + 1
  if i > #view then return nil end
  return i, view[i]
end

function P.ipairs_view(view)
  if istype(list_t, view) or istype(records_t, view) or istype(headers_t, view) then return next_view, view, 0 end
  error("a table or list expected, not " .. P.type_name(view), 0)
end
