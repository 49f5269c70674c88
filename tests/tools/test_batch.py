#!/usr/bin/env python3
"""apply_batch: what stays, what fails, in chains and alone. Usage: test_batch.py PROGRAM TOP"""
import json
import sys

from kit import Kit

kit = Kit(sys.argv[1])
HEAD = 'local lc = require "lc"\n'
SINK = kit.write("sink.lua", HEAD + """local sink = lc.sink {}
function sink.put() end
return sink
""")


def run(batch, texts, more="", settings=""):
    """The values that come out of a sink's chain: label, the batch transform, a label again."""
    kit.write("batch.lua", HEAD + batch)
    kit.write("label.lua", HEAD + "return lc.transform { apply = function(r) r.value.seen = (r.value.seen or 0) + 1 return r end }\n")
    config = kit.write("c.properties", "transforms=a,b,c\ntransforms.a.type=label\ntransforms.b.type=batch\n"
                       f"transforms.c.type=label\n{settings}{more}")
    return kit.run("try", SINK, "--config", config, text="\n".join(json.dumps(t) for t in texts))


def values(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


MANY = [{"i": i} for i in range(1, 8)]

done = run("return lc.transform { apply_batch = function(records) for _, r in ipairs(records) do r.value.n = #records end end }", MANY)
kit.equal(values(done), [{"i": i, "seen": 2, "n": 7} for i in range(1, 8)], "all records in one call")

EVEN = """return lc.transform { apply_batch = function(records)
  local kept = {}
  for i = #records, 1, -1 do if records[i].value.i % 2 == 0 then kept[#kept + 1] = records[i] end end
  return kept
end }"""
kit.equal(values(run(EVEN, MANY)), [{"i": i, "seen": 2} for i in (2, 4, 6)], "those that stay keep their order")
kit.equal(values(run("return lc.transform { apply_batch = function() return {} end }", MANY)), [], "all dropped")

BIG = """return lc.predicate { test = function(r) return r.value.i > 5 end }"""
kit.write("big.lua", HEAD + BIG)
done = run("return lc.transform { apply_batch = function(records) for _, r in ipairs(records) do r.value.n = #records end end }", MANY,
           "transforms.b.predicate=p\npredicates=p\npredicates.p.type=big\n")
kit.equal([v.get("n") for v in values(done)], [None] * 5 + [2, 2], "a predicate picks the records")

for what, text in {
    "an error": "error('no')", "a copy": "return { lc.copy(records[1]) }", "twice": "return { records[1], records[1] }",
    "no array": "return 5", "no record": "return { 5 }", "a table": "return { a = 1 }",
}.items():
    done = run(f"return lc.transform {{ apply_batch = function(records) {text} end }}", MANY)
    kit.expect(done.returncode == 3 and done.stdout == "", f"{what} fails", done)
done = run("return lc.transform { apply_batch = function(records) while true do end end }", MANY, settings="script.timeout.ms=100\n")
kit.expect(done.returncode == 4 and done.seconds < 3, "an endless one is stopped", done)

alone = kit.write("alone.lua", HEAD + EVEN)
done = kit.run("try", alone, text='{"i":1}\n{"i":2}\n')
kit.equal(values(done), [{"i": 2}], "one record at a time")
done = kit.run("check", alone)
kit.expect(done.returncode == 0, "check knows it", done)
several = kit.write("copies.lua", HEAD + "return lc.transform { apply = function(r) return { r, lc.copy(r) } end }")
config = kit.write("s.properties", "transforms=s,b\ntransforms.s.type=copies\ntransforms.b.type=alone\n")
done = kit.run("try", SINK, "--config", config, text='{"i":1}\n{"i":2}\n')
kit.equal(values(done), [{"i": 2}, {"i": 2}], "behind one that makes several")
kit.finish()
