"""The clock of tests: scripts see its time, and waiting moves it on at once; and what they count. Usage: test_clock.py PROGRAM TOP"""
import sys
import time

import kit as kits

kit = kits.Kit(sys.argv[1])

ONCE = """local lc = require "lc"
local seen = {}
return lc.transform {
  config = { window = lc.config.long { doc = "Milliseconds", default = 1000 } },
  apply = function(record, cfg)
    local id, now = record.value.id, lc.time.now()
    if seen[id] and now - seen[id] < tonumber(cfg.window) then return nil end
    seen[id] = now
    record.value.at = lc.time.iso(now)
    return record
  end,
}
"""

ONCE_TEST = """local test = require "lc.test"
local clock = test.clock("2024-05-01T12:00:00Z", { step = 60000 })
it("drops what comes again", function()
  local answer = test.run { config = { window = 120000 }, values = { { id = 1 }, { id = 1 }, { id = 2 }, { id = 1 } } }
  expect(answer.records).has_length(3)
  expect(answer.records[3].value.at).equals("2024-05-01T12:03:00.000Z")
  expect(clock:now()).equals(1714564980000)
end)
it("begins anew in each case", function()
  expect(clock:now()).equals(1714564800000)
  clock:advance(500)
  expect(test.run({ values = { { id = 1 } } }).records[1].value.at).equals("2024-05-01T12:00:00.500Z")
  clock:set("2000-02-29")
  expect(test.run({ values = { { id = 1 } } }).records[1].value.at).equals("2000-02-29T00:00:00.000Z")
  expect(test.run({ values = { { id = 1 } }, clock = -1 }).records[1].value.at).equals("1969-12-31T23:59:59.999Z")
end)
it("says what is no time", function()
  expect(function() test.clock("noon") end).fails("is no time")
  expect(function() test.clock({}) end).fails("a clock takes a time")
  expect(function() test.clock(0, { stpe = 1 }) end).fails("did you mean 'step'")
end)
test.case("a case has one", { clock = 0, given = { id = 3 }, expect = { id = 3, at = "1970-01-01T00:00:00.000Z" } })
"""

TICKS = """local lc = require "lc"
local due
return lc.source {
  start = function(task) due = lc.time.now() task:sleep(500) end,
  poll = function(task, out)
    local now = lc.time.now()
    if now < due + 3600000 then return lc.idle(600000) end
    due = now
    out:add("ticks", lc.string, { n = 1 }, { n = 1 }).value = lc.time.iso(now)
  end,
}
"""

TICKS_TEST = """local test = require "lc.test"
it("ticks each hour", function()
  local clock = test.clock(0)
  local answer = test.run { count = 3 }
  expect(answer.records[1].value).equals("1970-01-01T01:00:00.500Z")
  expect(answer.records[3].value).equals("1970-01-01T03:00:00.500Z")
  expect(clock:now()).equals(3 * 3600000 + 500)
end)
it("is the machine's without one", function()
  expect(test.run({ count = 1 }).records).has_length(0)
end)
"""


COUNTS = """local lc = require "lc"
local seen, sizes = lc.metrics.counter("seen_total"), lc.metrics.histogram("sizes", { 10 })
return lc.transform { apply = function(record)
  seen:add(1)
  sizes:observe(record.value.size)
  return record
end }
"""

COUNTS_TEST = """local test = require "lc.test"
it("counts", function()
  local answer = test.run { values = { { size = 5 }, { size = 50 } } }
  expect(answer.metrics).equals { seen_total = 2, sizes = { count = 2, sum = 55 } }
end)
"""


def main():
    for name, script, test, passed in (("once", ONCE, ONCE_TEST, 4), ("ticks", TICKS, TICKS_TEST, 2),
                                       ("counts", COUNTS, COUNTS_TEST, 1)):
        kit.write(name + ".lua", script)
        began = time.monotonic()
        done = kit.run("test", kit.write(name + "_test.lua", test))
        kit.expect("%d passed, 0 failed" % passed in done.stdout, name, done)
        kit.expect(time.monotonic() - began < 20, "it took its time", done)
    kit.finish()


main()
