local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

function cases.fields(record)
  equal(record.topic, "topic")
  equal(record.partition, 3)
  equal(record.timestamp, 1700000000123)
  equal(record.timestamp_type, "CreateTime")
  equal(record.offset >= 1000, true)
  equal(record.key, nil)
  equal(record.key_schema, nil)
  equal(record.source_offset, nil)
  equal(lc.is_sink(record), true)
  raises("did you mean 'topic'", function() return record.topik end)
  raises("can't be assigned", function() record.offset = 1 end)
  raises("no field 'vlaue' (did you mean 'value'?)", function() record.vlaue = 1 end)
end

function cases.assigning(record)
  record.topic = "other"
  equal(record.topic, "other")
  record.topic = "topic"
  record.partition = nil
  equal(record.partition, nil)
  record.partition = 3
  raises("whole number", function() record.partition = 1.5 end)
  record.timestamp = nil
  equal(record.timestamp, nil)
  record.timestamp = 1700000000123
  record.key = "k"
  equal(record.key, "k")
  equal(lc.type(record, "key"), "string")
  record.key = nil
  equal(lc.type(record, "key"), "null")
end

function cases.headers(record)
  local headers = record.headers
  local before = #headers
  local h = headers:add("a", lc.int32)
  h.value = 5
  equal(h.value, 5)
  equal(lc.type(h, "value"), "int32")
  equal(h.schema, lc.int32)
  headers:add("b").value = "text"
  headers:add("a").value = { 1 }
  equal(#headers, before + 3)
  equal(headers:find("a").value[1], 1)
  equal(headers[before + 1].name, "a")
  local names = ""
  for _, header in ipairs(headers) do names = names .. header.name end
  equal(names, "aba")
  equal(headers:has("b"), true)
  equal(headers:remove("a"), true)
  equal(headers:remove("a"), false)
  equal(headers:has("a"), false)
  headers:remove("b")
  raises("removed", function() return h.value end)
end

local Person = lc.schema.struct("Person", {
  { "name", lc.string }, { "age", lc.schema.optional(lc.int32) },
  { "rank", lc.schema.build { type = "int32", default = 7 } },
})

function cases.structs(record)
  local p = lc.struct(Person)
  p.name = "Ann"
  record.value = p
  equal(record.value_schema, Person)
  equal(record.value.name, "Ann")
  equal(record.value.age, nil)
  equal(record.value.rank, 7)
  equal(lc.raw(record.value, "rank"), nil)
  p.age = 41
  equal(record.value.age, 41)
  raises("Invalid Java object for schema with type INT32", function() p.age = "x" end)
  raises("Invalid Java object", function() p.age = 3000000000 end)
  raises("nme is not a valid field name", function() p.nme = 1 end)
  raises("can't lose a field", lc.remove, p, "age")
  equal(tostring(record.value), "Struct{name=Ann}")
  record.value = { name = "Bob", age = 3 }
  equal(tostring(record.value), "Struct{name=Bob,age=3}")
  record.value = lc.map()
  equal(record.value_schema, nil)
end

function cases.boxes(record)
  local box = lc.box()
  box.value = 5
  lc.cast(box, "value", "string")
  equal(box.value, "5")
  record.value.x = box
  equal(record.value.x, "5")
  lc.assign(record.value, "y", box, "value")
  equal(record.value.y, "5")
end

local lasting = lc.box()
lasting.value = { a = { 1, 2 } }

function cases.lasting_boxes(record)
  record.value.l = lasting
  record.value.l.a[1] = 9
  equal(lasting.value.a[1], 1)
  lasting.value.a[1] = 5
  equal(lasting.value.a[1], 1)
end

return kit.spec(cases)
