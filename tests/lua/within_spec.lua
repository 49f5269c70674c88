local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

-- Drops and renames at any depth.
local function edit(from, to, tree)
  to:like(from.schema)
  for _, field in ipairs(from.fields) do
    local leaf, inner = tree.leaves[field.name], tree.inner[field.name]
    if inner then
      to:within(field, field.name, function(inside, into) edit(inside, into, inner) end)
    elseif leaf ~= "drop" then
      to:take(field, leaf or field.name)
    end
  end
end

local tree = lc.path_tree({ ["a.b"] = "drop", ["a.c.d"] = "e", ["`x.y`"] = "z" }, "V2")
local edited = lc.reshaper(function(from, _, to) edit(from, to, tree) end)

function cases.trees()
  equal(tree.inner.a.leaves.b, "drop")
  equal(tree.inner.a.inner.c.leaves.d, "e")
  equal(tree.leaves["x.y"], "z")
  equal(lc.path_tree({ "a.b" }).leaves["a.b"], true)
end

function cases.maps(record)
  record.value = { a = { b = 1, c = { d = 2, f = 3 } }, k = 5 }
  edited(record, "value")
  equal(record.value.a.b, nil)
  equal(record.value.a.c.e, 2)
  equal(record.value.a.c.f, 3)
  equal(record.value.k, 5)
  record.value = { a = { c = { d = 1, g = 2 } } }
  equal(edited(record.value).a.c.g, 2)
  local null = lc.map()
  null.a = nil
  record.value = null
  equal(edited(record, "value").a, nil)
  equal(lc.has(record.value, "a"), true)
  record.value = { a = { c = { d = 7 } } }
  equal(edited(record, "value").a.c.e, 7)
  record.value = { a = 5 }
  raises("Only Map objects supported in absence of schema for [nested field access], found: java.lang.Long", edited,
    record, "value")
end

local C = lc.schema.build { type = "struct", optional = true, fields = { { "d", lc.int32 }, { "f", lc.string } } }
local A = lc.schema.struct("A", { { "b", lc.int32 }, { "c", C } })
local V = lc.schema.struct("V", { { "a", A }, { "k", lc.int32 } })

function cases.structs(record)
  record.value = lc.struct(V)
  record.value = { a = { b = 1, c = { d = 2, f = "x" } }, k = 3 }
  edited(record, "value")
  equal(tostring(record.value), "Struct{a=Struct{c=Struct{e=2,f=x}},k=3}")
  local a = record.value_schema.field.a
  equal(a.name, "A")
  equal(a.field.b, nil)
  equal(a.field.c.optional, true)
  equal(a.field.c.fields[1].name, "e")
  record.value = lc.struct(V)
  record.value = { a = { b = 1 }, k = 3 }
  edited(record, "value")
  equal(tostring(record.value), "Struct{a=Struct{},k=3}")
  record.value = lc.struct(V)
  raises("null used for required field: \"a\"", edited, record, "value")
end

local default = lc.box()
local a = lc.struct(A)
a.b, a.c = 1, { d = 8, f = "y" }
default.value = a
local WithDefault = lc.schema.struct("W", { { "a", lc.schema.with(A, { default = default }) } })

function cases.defaults(record)
  record.value = lc.struct(WithDefault)
  edited(record, "value")
  equal(tostring(record.value), "Struct{a=Struct{c=Struct{e=8,f=y}}}")
end

return kit.spec(cases)
