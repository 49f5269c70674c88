-- Records that connectors make and take one by one: the methods of `out`, and put.

local P = ...
local S, bridge, native, K = P.S, P.bridge, P.native, P.kind
local AT, record_t, records_t = P.AT, P.record_t, P.records_t
local istype = P.ffi.istype
local type, error = type, error

local out_methods = {}
P.out_methods = out_methods

function out_methods.add(out, topic, schema, partition, offset)
  if out.room <= 0 then error("out:add beyond out.room", 2) end
  if type(topic) ~= "string" then error("a topic is a string, not a " .. P.type_name(topic), 2) end
  local at = bridge.record_add(S)
  if at < 0 then P.throw() end
  if bridge.set_topic(S, at, topic, #topic) ~= 0 then P.throw() end
  local record = S.records[at]
  P.partition_cell(partition, record.source_partition)
  local source_offset = S.records[at].source_offset
  source_offset.kind = K.null
  if offset ~= nil then P.write(source_offset, offset) end
  if schema ~= nil then
    local pointer = P.schema_pointer(schema)
    record.value_schema = pointer
    if schema.type == "struct" then
      local object = bridge.struct_new(S, pointer)
      if object == nil then P.throw() end
      object.reserved = 1
      P.put_object(record.value, object)
    end
  end
  return record_t(at, S.generation)
end

-- A piece of input that is no record: errors.tolerance decides what becomes of it.
function out_methods.reject(_, raw, message)
  local at = bridge.record_add(S)
  if at < 0 then P.throw() end
  local value = S.records[at].value
  if type(raw) == "string" then P.write(value, raw) end
  native.reject(at, message ~= nil and P.tostring(message) or "rejected by the connector", true)
end

-- task:reject.
function P.reject_record(record, message)
  if not istype(record_t, record) then error("task:reject takes a record", 2) end
  P.record_of(record)
  native.reject(record[AT], message ~= nil and P.tostring(message) or "rejected by the connector", false)
end

-- ranges: for sinks with the hook open; else nil.
function P.entries.put(connector, ranges)
  local put = connector.plugin.parts.put
  P.begin()
  put(connector.task, records_t(0, S.generation), ranges)
  P.finish("put")
end
