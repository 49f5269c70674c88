local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

function cases.assigning_picks_types(record)
  local v = record.value
  v.whole, v.real, v.text, v.yes, v.none = 5, 1.5, "x", true, nil
  v.list, v.map = { 1, "a", { 2 } }, { a = 1 }
  equal(lc.type(v, "whole"), "int64")
  equal(lc.type(v, "real"), "float64")
  equal(lc.type(v, "text"), "string")
  equal(lc.type(v, "yes"), "boolean")
  equal(lc.type(v, "none"), "null")
  equal(lc.type(v, "list"), "array")
  equal(lc.type(v, "map"), "map")
  equal(lc.type(v, "absent"), nil)
  equal(lc.has(v, "none"), true)
  equal(lc.has(v, "absent"), false)
  equal(#v.list, 3)
  equal(v.list[3][1], 2)
  equal(v.list[4], nil)
  equal(v.map.a, 1)
  equal(tostring(v.list), "[1, a, [2]]")
  equal(tostring(v.map), "{a=1}")
end

function cases.assigning_keeps_types(record)
  local v = record.value
  lc.put(v, "i", 5, "int16")
  v.i = 7
  equal(lc.type(v, "i"), "int16")
  v.i = 70000
  equal(lc.type(v, "i"), "int64")
  lc.put(v, "f", 0.1, "float32")
  equal(v.f ~= 0.1, true)
  v.f = 2
  equal(lc.type(v, "f"), "float32")
  lc.put(v, "d", 1000, "date")
  v.d = 2000
  equal(lc.type(v, "d"), "date")
  lc.put(v, "b", "ab", "bytes")
  v.b = "cd"
  equal(lc.type(v, "b"), "bytes")
  equal(v.b, "cd")
  v.i = "text"
  equal(lc.type(v, "i"), "string")
end

function cases.tables_in_order(record)
  record.value = { zeta = 1, alpha = 2, mid = { b = 1, a = {} }, ["10"] = 4, ["9"] = 5 }
  local names = {}
  for name in lc.pairs(record.value) do names[#names + 1] = name end
  equal(table.concat(names, " "), "10 9 alpha mid zeta")
  equal(lc.text(record.value, "mid"), "{a={}, b=1}")
  record.value = { list = lc.json.decode "[]", map = lc.json.decode "{}" }
  equal(lc.type(record.value, "list"), "array")
  equal(lc.type(record.value, "map"), "map")
  equal(lc.json.encode(record.value), '{"list":[],"map":{}}')
end

function cases.int64_beyond_doubles(record)
  local v = record.value
  lc.put(v, "max", 9223372036854775807LL, "int64")
  equal(type(v.max), "cdata")
  equal(v.max, 9223372036854775807LL)
  equal(tostring(v.max), "9223372036854775807LL")
  v.max = v.max - 1
  equal(lc.text(v, "max"), "9223372036854775806")
  v.exact = 9007199254740992LL
  equal(type(v.exact), "number")
  v.negative = -9007199254740993LL
  equal(v.negative, -9007199254740993LL)
  v.back = 5LL
  equal(v.back, 5)
  equal(type(v.back), "number")
end

function cases.put_checks(record)
  local v = record.value
  raises("out of range", lc.put, v, "x", 300, "int8")
  raises("out of range", lc.put, v, "x", 1.5, "int32")
  raises("number expected", lc.put, v, "x", {}, "int32")
  raises("true or false", lc.put, v, "x", 1, "boolean")
  raises("unknown type", lc.put, v, "x", 1, "integer")
  lc.put(v, "x", "12", "int8")
  equal(v.x, 12)
  lc.put(v, "big", "1.50", "decimal")
  equal(tostring(v.big), "1.50")
  equal(v.big:tonumber(), 1.5)
end

function cases.pairs_in_order(record)
  local v, seen = record.value, {}
  v.b = 1
  v.a = nil
  v.c = "x"
  for name, value in lc.pairs(v) do seen[#seen + 1] = name .. "=" .. tostring(value) end
  equal(table.concat(seen, " "), "b=1 a=nil c=x")
  equal(lc.size(v), 3)
  seen = {}
  v.l = { "p", "q" }
  for i, item in ipairs(v.l) do seen[i] = item end
  for i, item in lc.ipairs(v.l) do seen[i] = seen[i] .. item end
  for i, item in lc.pairs(v.l) do seen[i] = seen[i] .. item end
  equal(table.concat(seen, " "), "ppp qqq")
  for name in pairs(v) do seen[#seen + 1] = name end
  equal(table.concat(seen, " "), "ppp qqq b a c l")
end

function cases.copies_and_moves(record)
  local v = record.value
  v.inner = { x = 1 }
  v.again = v.inner
  v.again.x = 2
  equal(v.inner.x, 1)
  lc.assign(v, "third", v, "inner")
  v.third.x = 3
  equal(v.inner.x, 1)
  lc.move(v, "fourth", v, "inner")
  equal(v.fourth.x, 1)
  equal(lc.remove(v, "inner"), true)
  equal(lc.remove(v, "inner"), false)
  equal(lc.has(v, "inner"), false)
  local fresh = lc.map()
  v.fresh = fresh
  fresh.y = 5
  equal(v.fresh.y, 5)
  local list = lc.list()
  list[1] = "a"
  list[2] = 2
  v.list = list
  list[3] = true
  equal(tostring(v.list), "[a, 2, true]")
  raises("no place 7", function() list[7] = 1 end)
  equal(lc.equals(v, "again", v, "again"), true)
  equal(v.again == v.again, true)
  equal(v.again == v.third, false)
end

function cases.casting(record)
  local v = record.value
  v.a, v.b, v.c = "12", 1.9, true
  lc.cast(v, "a", "int8")
  lc.cast(v, "b", "int32")
  lc.cast(v, "c", "string")
  lc.cast(v, "absent", "string")
  equal(lc.type(v, "a"), "int8")
  equal(v.a, 12)
  equal(v.b, 1)
  equal(v.c, "true")
  v.bad = "x"
  raises("Value (x) was out of range for requested data type", lc.cast, v, "bad", "int32")
  raises("can't be cast to bytes", lc.cast, v, "a", "bytes")
end

function cases.many_fields(record)
  local v = record.value
  for i = 1, 300 do v["f" .. i] = i end
  equal(lc.size(v), 300)
  local sum = 0
  for _, x in lc.pairs(v) do sum = sum + x end
  equal(sum, 45150)
  equal(v.f150, 150)
end

function cases.tables(record)
  local v = record.value
  v.a, v.l, v.m = 1, { 1, { 2 } }, { x = { y = "z" } }
  local t = lc.totable(v)
  equal(type(t), "table")
  equal(t.l[2][1], 2)
  equal(t.m.x.y, "z")
  local deep = {}
  local at = deep
  for _ = 1, 600 do
    at.x = {}
    at = at.x
  end
  raises("nests deeper", function() v.deep = deep end)
  local cyclic = {}
  cyclic.me = cyclic
  raises("nests deeper", function() v.cyclic = cyclic end)
  raises("can't be the value", function() v.f = print end)
  raises("keys of a map", function() v.f = { [true] = 1 } end)
  raises("keys of a map", function() v[5] = 1 end)
  equal(v[5], nil)
end

function cases.java_names(record)
  local v = record.value
  v.a, v.s = 1, "x"
  equal(lc.java_class(v, "a"), "java.lang.Long")
  equal(lc.java_class(v, "s"), "java.lang.String")
  equal(lc.java_class(v, "absent"), "null")
  equal(lc.java_class(record, "value"), "java.util.HashMap")
  equal(lc.java_class(record), "org.apache.kafka.connect.sink.SinkRecord")
end

return kit.spec(cases)
