local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

local function keep_all(from, to)
  to:like(from.schema)
  for _, field in ipairs(from.fields) do to:take(field, field.name) end
end

function cases.describe()
  local s = lc.schema.build {
    type = "struct", name = "N", version = 3, doc = "d", optional = true, parameters = { k = "v" },
    fields = { { "a", lc.int8 }, { "b", lc.schema.optional(lc.string) } },
  }
  equal(s.type, "struct")
  equal(s.name, "N")
  equal(s.version, 3)
  equal(s.doc, "d")
  equal(s.optional, true)
  equal(s.parameters.k, "v")
  equal(#s.fields, 2)
  equal(s.fields[2].name, "b")
  equal(s.field.a, lc.int8)
  equal(s.field.b.optional, true)
  equal(tostring(s), "Schema{N:STRUCT}")
  equal(tostring(lc.int8), "Schema{INT8}")
  equal(s == lc.schema.with(s, {}), true)
  local changed = lc.schema.with(s, { name = "M", version = lc.schema.none, optional = false })
  equal(changed.name, "M")
  equal(changed.version, nil)
  equal(changed.optional, false)
  equal(changed.doc, "d")
  local t = { [s] = 1 }
  equal(t[lc.schema.with(s, { name = "N" })], 1)
  raises("can't be changed", function() s.name = "x" end)
  raises("no attribute 'nmae' (did you mean 'name'?)", lc.schema.build, { type = "int8", nmae = "x" })
  raises("duplication", lc.schema.struct, "S", { { "a", lc.int8 }, { "a", lc.int8 } })
  equal(lc.schema.array(lc.int8).values, lc.int8)
  equal(lc.schema.map(lc.string, lc.int8).keys, lc.string)
  equal(lc.schema.decimal(2).parameters.scale, "2")
  equal(lc.timestamp.name, "org.apache.kafka.connect.data.Timestamp")
  equal(lc.schema.struct("T", { { "t", lc.time } }).field.t.name, "org.apache.kafka.connect.data.Time")
end

function cases.defaults(record)
  local s = lc.schema.build { type = "int32", default = 42 }
  equal(s.default, 42)
  equal(lc.schema.default(s, record.value, "x"), true)
  equal(lc.type(record.value, "x"), "int32")
  equal(lc.schema.default(lc.int8, record.value, "y"), false)
  local box = lc.box()
  lc.put(box, "value", "7", "string")
  equal(lc.schema.build({ type = "string", default = box }).default, "7")
  equal(lc.schema.basics(s).name, nil)
end

local renamed = lc.reshaper(function(from, cfg, to)
  to:like(from.schema)
  for _, field in ipairs(from.fields) do
    if field.name ~= "drop" then to:take(field, cfg[field.name] or field.name) end
  end
  to:constant("added", 5, lc.int32)
end)
local cfg = { old = "new" }

function cases.reshape_maps(record)
  local v = record.value
  v.a, v.drop, v.old = 1, 2, { 3 }
  record.value = renamed(v, cfg)
  equal(tostring(record.value.new), "[3]")
  equal(record.value.a + record.value.added, 6)
  equal(lc.size(record.value), 3)
  equal(record.value_schema, nil)
end

local Old = lc.schema.build { type = "struct", name = "Old", version = 2, optional = true,
  fields = { { "drop", lc.int8 }, { "old", lc.string }, { "rank", lc.schema.build { type = "int32", default = 7 } } } }

function cases.reshape_structs(record)
  local s = lc.struct(Old)
  s.drop, s.old = 1, "x"
  record.value = renamed(s, cfg)
  equal(tostring(record.value), "Struct{new=x,rank=7,added=5}")
  local schema = record.value_schema
  equal(schema.name, "Old")
  equal(schema.version, 2)
  equal(schema.optional, false)
  equal(schema.field.new, lc.string)
  equal(schema.field.rank.default, 7)
  equal(schema.field.added, lc.int32)
end

local flat = lc.reshaper(function(from, _, to)
  to:like(from.schema)
  local function walk(at, prefix)
    for _, field in ipairs(at.fields) do
      local nested = field.nested()
      if nested then walk(nested, prefix .. field.name .. ".") else to:take(field, prefix .. field.name) end
    end
  end
  walk(from, "")
end)

function cases.reshape_nested(record)
  for i = 1, 12 do -- more different shapes than plans are kept
    local v = lc.map()
    v.a = { ["k" .. i] = i }
    v.a.deep = { x = true }
    v.b = i % 3 == 0 and { 1 } or i % 3 == 1 and { y = 1 } or nil
    record.value = v
    record.value = flat(record.value)
    equal(record.value["a.k" .. i], i)
    equal(record.value["a.deep.x"], true)
    if i % 3 == 0 then equal(record.value.b[1], 1) end
    if i % 3 == 1 then equal(record.value["b.y"], 1) end
    if i % 3 == 2 then equal(lc.type(record.value, "b"), "null") end
  end
end

local Inner = lc.schema.build { type = "struct", optional = true, fields = { { "x", lc.schema.optional(lc.int8) } } }
local Outer = lc.schema.struct("Outer", { { "in", Inner }, { "n", lc.int8 } })

function cases.reshape_nested_structs(record)
  local s = lc.struct(Outer)
  s.n = 1
  s["in"] = lc.struct(Inner)
  s["in"].x = 4
  equal(tostring(flat(s)), "Struct{in.x=4,n=1}")
  s["in"] = nil
  equal(tostring(flat(s)), "Struct{n=1}")
  record.value = s
end

function cases.reshape_errors(record)
  local bad = lc.reshaper(function(from, _, to)
    to:like(from.schema)
    to:constant("x", 1)
  end)
  raises("needs a schema", bad, lc.struct(Outer))
  local twice = lc.reshaper(function(from, _, to)
    keep_all(from, to)
    to:constant("n", 1, lc.int8)
  end)
  raises("Cannot create field because of field name duplication n", twice, lc.struct(Outer))
  record.value.n = 0
  record.value.m = 2
  equal(tostring(twice(record.value)), "{n=1, m=2}")
  raises("map or struct expected", twice, 5)
end

return kit.spec(cases)
