-- lc.metrics: counters, gauges and histograms of a task.
local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local m = require("lc").metrics
local cases = {}

local seen = m.counter("records_seen_total", "Records that the spec saw.")
local level = m.gauge("level")
local sizes = m.histogram("sizes", { 1, 10, 100 })

function cases.counter()
  local before = seen:value()
  seen:add()
  seen:add(2.5)
  equal(seen:value(), before + 3.5)
  equal(m.counter("records_seen_total"):value(), before + 3.5)
  raises("only rises", seen.add, seen, -1)
  raises("a number expected", seen.add, seen, "1")
  raises("NaN", seen.add, seen, 0 / 0)
  raises("use a colon", seen.add, 1)
  equal(seen:value(), before + 3.5)
end

function cases.gauge()
  level:set(7)
  level:add(-2)
  equal(level:value(), 5)
  raises("a number expected", level.set, level, nil)
  raises("use a colon", level.set, seen, 1)
end

function cases.histogram()
  local count, sum = sizes:value()
  for _, x in ipairs { 0, 1, 1.5, 100, 1000 } do sizes:observe(x) end
  local after, whole = sizes:value()
  equal(after, count + 5)
  equal(whole, sum + 1102.5)
  raises("a number expected", sizes.observe, sizes, {})
end

function cases.names()
  raises("'a-b' is no name", m.counter, "a-b")
  raises("is no name", m.counter, "")
  raises("is no name", m.gauge, "1st")
  raises("is no name", m.gauge, ("x"):rep(101))
  raises("can't end in _count", m.gauge, "open_count")
  raises("must be a string", m.counter, 5)
  raises("is a counter in this task already, not a gauge", m.gauge, "records_seen_total")
  raises("has other bounds", m.histogram, "sizes", { 1, 2 })
  raises("each larger", m.histogram, "h", { 2, 1 })
  raises("a list of 1 to 20", m.histogram, "h", {})
end

function cases.bounded()
  local made = 0
  for i = 1, 60 do
    if not pcall(m.counter, "many_" .. i) then break end
    made = made + 1
  end
  equal(made < 50, true)
  equal(made > 40, true)
  raises("a task has 50 at most", m.counter, "one_more")
  equal(m.counter("many_1"):value(), 0)
end

function cases.no_garbage()
  for _ = 1, 100 do seen:add(1) end
  equal(tostring(seen), "counter")
  equal(tostring(lc.metrics.gauge("level")), "gauge")
end

return kit.spec(cases)
