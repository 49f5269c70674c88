-- What is made outside of batches outlives them, so nothing of a batch may get into it.
local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

local map, list, box, loose = lc.map(), lc.list(), lc.box(), lc.map()
map.inner = { x = 1 }
map.n = 300
list[1] = { y = 2 }
list[2] = 5
box.value = { inner = { x = 1 } }

local REFUSED = "outside of a batch"

function cases.refuses_changes(record)
  raises(REFUSED, function() map.text = "a" end)
  raises(REFUSED, function() list[2] = 6 end)
  raises(REFUSED, function() list[3] = 6 end)
  raises(REFUSED, function() box.value = 1 end)
  raises(REFUSED, lc.put, map, "n", 5, "int8")
  raises(REFUSED, lc.assign, map, "n", record, "value")
  raises(REFUSED, lc.assign, box, "value", record, "value")
  raises(REFUSED, lc.move, box, "value", record, "value")
  raises(REFUSED, lc.remove, map, "n")
  raises(REFUSED, lc.cast, map, "n", "string")
  raises(REFUSED, lc.values.convert, map, "n", "string")
  equal(map.n, 300)
end

local function check_unchanged()
  equal(map.inner.x, 1)
  equal(list[1].y, 2)
  equal(box.value.inner.x, 1)
end

function cases.gives_copies()
  map.inner.x = "of the batch"
  list[1].y = "of the batch"
  box.value.inner.x = "of the batch"
  lc.raw(map, "inner").x = "of the batch"
  for name, value in pairs(map) do
    if name == "inner" then value.x = "of the batch" end
  end
  for i, value in ipairs(list) do
    if i == 1 then value.y = "of the batch" end
  end
  check_unchanged()
end

function cases.is_copied_into_records(record)
  record.key = loose
  record.key.x = "of the batch"
  equal(loose.x, nil)
  lc.move(record, "key", box, "value")
  record.key.inner.x = "of the batch"
  record.key = map
  record.key.inner.x = "of the batch"
  record.key = nil
  check_unchanged()
end

local same = lc.reshaper(function(from, _, to)
  for _, field in ipairs(from.fields) do to:take(field, field.name) end
end)

function cases.is_copied_by_reshapes()
  same(map).inner.x = "of the batch"
  check_unchanged()
end

return kit.spec(cases)
