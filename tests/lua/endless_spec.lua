-- Values that contain themselves, or nest without end: whatever would go down them fails instead.
local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

local ENDLESS = "nests deeper"

local function cycle()
  local a, b = lc.map(), lc.map()
  a.b = b
  b.a = a
  return a
end

local function check(record, value)
  equal(tostring(value), "map or struct")
  raises(ENDLESS, lc.copy, record)
  raises(ENDLESS, lc.text, record, "value")
  raises(ENDLESS, lc.equals, record, "value", record, "value")
  raises(ENDLESS, lc.assign, record, "key", record, "value")
  raises(ENDLESS, lc.values.convert, record, "value", "string")
  raises(ENDLESS, lc.schema.build, { type = "string", default = value })
  equal(lc.values.infer(record, "value"), nil)
  equal(lc.type(record, "value") ~= "null", true)
end

function cases.maps(record)
  local a = cycle()
  equal(tostring(a), "map or struct")
  raises(ENDLESS, function() record.value = a end)
end

function cases.lists(record)
  local list, map = lc.list(), lc.map()
  map.list = list
  list[1] = 5
  record.value = map
  lc.move(list, 2, record, "value")
  check(record, record.value)
end

function cases.moves(record)
  record.value.self = 1
  lc.move(record.value, "self", record, "value")
  check(record, record.value)
end

function cases.depth(record)
  local inner = record.value
  for _ = 1, 5000 do
    inner.x = lc.map()
    inner = inner.x
  end
  check(record, record.value)
end

function cases.tables(record)
  local outer = lc.map()
  local ok = pcall(function() outer.again = { { outer } } end)
  record.value = lc.map()
  record.value.ok = ok
end

function cases.width_is_fine(record)
  for i = 1, 300 do record.value["k" .. i % 7] = { i, { i } } end
  equal(lc.size(record.value), 7)
  equal(#tostring(record.value) > 7, true)
end

function cases.reshapes(record)
  local same = lc.reshaper(function(from, _, to)
    for _, field in ipairs(from.fields) do to:take(field, field.name, { copy = true }) end
  end)
  record.value.self = 1
  lc.move(record.value, "self", record, "value")
  raises("", same, record, "value", nil, "key")
  raises("", same, record.value)
  record.value = lc.map()
  record.value.n = 1
  equal(same(record.value).n, 1)
end

return kit.spec(cases)
