#!/usr/bin/env python3
"""luaconnect repl through a pipe: values, changes, errors, limits, scripts. Usage: test_repl.py PROGRAM TOP"""
import json
import sys

from kit import Kit

kit = Kit(sys.argv[1])
HEAD = 'local lc = require "lc"\n'


def repl(text, *arguments, status=0):
    done = kit.run("repl", *arguments, text=text)
    kit.equal(done.returncode, status, "exit status after %r: %s" % (text, done.stderr))
    return done


def shows(text, shown, *arguments):
    kit.equal(repl(text, *arguments).stdout, shown, text)


def fails(text, *shown):
    done = repl(text, status=3)
    for part in shown:
        kit.expect(part in done.stderr, f"{text!r} says {part!r}", done)
    return done


def test_values():
    shows("1 + 1\n", "2 (number)\n")
    shows("= 2, nil, 'a\\n'\n", '2 (number)\nnil\n"a\\n" (string)\n')
    shows("return 5\n", "5 (number)\n")
    shows("{ 1, lc.null, n = {} }\n", "table\n  [1]: 1 (number)\n  [2]: null\n  n: table, empty\n")
    shows("lc.decimal('1.20'), 9007199254740993LL, print\n", "1.20 (decimal)\n9007199254740993 (int64)\nfunction\n")
    shows("record.value.address\n", 'map\n  city: "Rome" (string)\n  zip: null\n')
    shows("print(1, nil, 'x')\n", "1\tnil\tx\n")


def test_session():
    shows("x = 5\nx\n", "5 (number)\n")
    done = repl("local x = 5\nlocal y = 6\nx\n")
    kit.expect(done.stdout.count("ends with its line") == 1 and done.stdout.endswith("\nnil\n"), "locals end", done)
    shows("f = function(a)\nreturn a * 2 -- twice\nend\nf(\n4)\n", "8 (number)\n")
    shows("v = record.value\nv.price = 7\nv.price\n", "  ~ value.price: 19.9 → 7.0\n7 (number)\n")
    shows("record.value.card = nil; record.topic = 'x'\n:reset\nrecord.topic\n",
          '  ~ topic: "orders" → "x"\n  ~ value.card: "4111111111111111" → null\n"orders" (string)\n')
    shows("x = 1\n:quit\nx\n", "")
    shows("for i = 1,\n:reset\n1\n", "1 (number)\n")
    kit.expect(":record" in repl(":help\n").stdout, "help")


def test_errors():
    fails("x = {}\nx.y.z = 2\n", "repl:1: attempt to index field 'y'", "      1 | x.y.z = 2\n        |   ^\n")
    fails("x = = 2\n", "repl:1: unexpected symbol near '='", "|     ^")
    fails("1 + * 2\n", "near '*'")
    fails("for i = 1,\n", "ends within a statement")
    fails("function f()\n  error('boom')\nend\nf()\n", "boom")
    kit.equal(fails("error('x')\n7\n", "repl:1: x").stdout, "7 (number)\n", "goes on after an error")
    fails(":nope\n", "there is no :nope")
    fails(":record 2\n", ":record takes")
    for name in ("io", "os", "ffi", "debug", "getfenv", "package"):
        shows(name + "\n", "nil\n")
    fails("require 'ffi'\n", "not found")
    fails("lc.x = 1\n", "can't be changed")


def test_limits():
    done = fails("x = 3\nwhile true do end\nx\n", "script.timeout.ms=1000", "while true do end")
    kit.equal(done.stdout, "3 (number)\n", "the state goes on after an endless loop")
    patient = kit.write("patient.properties", "script.timeout.ms=60000\n")
    done = repl("x = 3\nt = {} for i = 1, 1e9 do t[i] = { i } end\nx\nrecord.topic\n", "--config", patient, status=3)
    kit.expect("script.memory.bytes" in done.stderr and "made anew" in done.stderr, "lack of memory is told", done)
    kit.equal(done.stdout, 'nil\n"orders" (string)\n', "a state anew after lack of memory")
    fails("l = lc.list()\nl[1] = l\nl\nrecord.value.l = l\nrecord.value.m = record.value\nrecord.value\n")
    fails("string.rep('x', 1e9)\n", "memory")
    config = kit.write("limits.properties", "script.timeout.ms=100\n")
    done = repl("while true do end\n", "--config", config, status=3)
    kit.expect("script.timeout.ms=100\n" in done.stderr, "limits of the configuration", done)


def test_records():
    path = kit.write("records.jsonl", '{"topic":"a","value":{"n":1}}\n\n{"topic":"b","value":{"n":2}}\n')
    shows("record.value.n\n", "1 (number)\n", "--record", path)
    done = repl(":record 2\nrecord.topic\n", "--record", path)
    kit.equal(json.loads(done.stdout.splitlines()[0])["topic"], "b", "the second record")
    done = repl(":record 3\nrecord.topic\n", "--record", path, status=3)
    kit.expect("has 2 records" in done.stderr and done.stdout.endswith('"a" (string)\n'), "no third record", done)
    exact = kit.write("exact.jsonl", '{"luaconnect":"record","version":1,"connector":"c"}\n{"topic":"t","key":null,"value":'
                      '{"schema":{"type":"int64","optional":false},"payload":9007199254740993},"headers":{}}\n')
    shows("record.value\n", "9007199254740993 (int64)\n", "--record", exact)
    repl("", "--record", kit.write("bad.jsonl", "{"), status=2)
    repl("", "--record", "/nowhere/none", status=2)


def test_scripts():
    mask = kit.write("mask.lua", HEAD + """function double(x) return x * 2 end
return lc.transform {
  config = { field = lc.config.string { default = "card" } },
  apply = function(record, cfg)
    if record.value.drop then return nil end
    record.value[cfg.field] = "***"
    return record
  end,
}
""")
    shows("apply().value.card\ncfg.field, double(4)\n",
          '"***" (string)\n  ~ value.card: "4111111111111111" → "***"\n"card" (string)\n8 (number)\n', mask)
    shows("record.value.drop = true; apply()\n", "  + value.drop: true\n", mask)
    config = kit.write("chain.properties", "transforms=a,b\ntransforms.a.type=mask\ntransforms.a.field=x\n"
                       "transforms.b.type=org.apache.kafka.connect.transforms.InsertField$Value\ntransforms.b.static.field=origin\ntransforms.b.static.value=here\n")
    shows("apply().value.origin, record.value.x\n",
          '"here" (string)\n"***" (string)\n  + value.x: "***"\n  + value.origin: "here"\n', "--config", config, mask)
    test = kit.write("big.lua", HEAD + "return lc.predicate { test = function(record) return record.value.price > 10 end }\n")
    shows("test()\nrecord.value.price = 5\ntest()\n",
          "true (boolean)\n  ~ value.price: 19.9 → 5.0\nfalse (boolean)\n", test)
    source = kit.write("src.lua", HEAD + "return lc.source { poll = function() end }\n")
    shows("type(plugin.poll)\n", '"function" (string)\n', source)
    kit.write("helpers.lua", "return { seven = 7 }\n")
    shows("require('helpers').seven\n", "7 (number)\n", mask)
    repl("", kit.write("broken.lua", "return = 1\n"), status=3)
    repl("", mask, mask, status=1)
    repl("", "--config", status=1)
    bad = kit.write("bad.properties", "feild=x\n")
    repl("", "--config", bad, mask, status=2)


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
kit.finish()
