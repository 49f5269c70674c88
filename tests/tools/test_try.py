#!/usr/bin/env python3
"""luaconnect try: records in and out, settings, chains, connectors, exit statuses. Usage: test_try.py PROGRAM TOP"""
import json
import os
import sys

from kit import Kit

kit = Kit(sys.argv[1])
TOP = os.path.abspath(sys.argv[2])
HEAD = 'local lc = require "lc"\n'


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def script(name, text):
    return kit.write(name, HEAD + text)


PASS = script("pass.lua", "return lc.transform { apply = function(record) return record end }\n")
LABEL = script("label.lua", """return lc.transform {
  config = { label = lc.config.string { required = true }, times = lc.config.int { default = 1, valid = { min = 1 } } },
  apply = function(record, cfg)
    record.value.label = cfg.label:rep(cfg.times)
    return record
  end,
}
""")


def test_values():
    odd = '{"n":9007199254740993,"low":-9223372036854775808,"list":[],"map":{},"none":null,"real":1.0,"text":"\\u0000é"}\n'
    done = kit.run("try", PASS, text=odd + "null\n\n[1,null,{}]\n\"x\"\n5\ntrue\n")
    kit.equal(done.returncode, 0, "values pass")
    kit.equal(done.stdout.splitlines(), [
        '{"n":9007199254740993,"low":-9223372036854775808,"list":[],"map":{},"none":null,"real":1.0,"text":"\\u0000é"}',
        "null", "[1,null,{}]", '"x"', "5", "true"], "values come out as they went in")
    path = kit.write("values.jsonl", '{"a":1}\n{"a":2}')
    kit.equal(lines(kit.run("try", PASS, "--input", path)), [{"a": 1}, {"a": 2}], "values of a file")
    for text in ("{", "nonsense\n", '{"a":1} {"b":2}\n'):
        done = kit.run("try", PASS, text=text)
        kit.expect(done.returncode == 2 and "record 1" in done.stderr, f"bad input {text!r}", done)


def test_records():
    whole = {"topic": "orders", "partition": 3, "offset": 70, "timestamp": 1700000000123, "key": {"id": 1},
             "value": {"a": [1]}, "headers": {"h": 1, "text": "x", "none": None}}
    path = script("whole.lua", """return lc.transform { apply = function(record)
      assert(record.topic == "orders" and record.partition == 3 and record.offset == 70)
      assert(record.timestamp == 1700000000123 and record.key.id == 1 and record.headers:find("text").value == "x")
      record.topic = "seen"
      return record
    end }
    """)
    done = kit.run("try", path, "--records", text=json.dumps(whole))
    kit.equal(lines(done), [{**whole, "topic": "seen"}], "a whole record")
    twice = {"topic": "t", "value": 1, "headers": [{"key": "h", "value": 1}, {"key": "h", "value": "2"}]}
    done = kit.run("try", PASS, "--records", text=json.dumps(twice))
    kit.equal(lines(done)[0]["headers"], twice["headers"], "headers of one name keep their order")
    done = kit.run("try", PASS, "--records", text='{"topc":"t"}')
    kit.expect(done.returncode == 2 and "did you mean 'topic'" in done.stderr, "a misspelt member", done)
    done = kit.run("try", PASS, "--records", text='{"value":{"a":1}}\n{"value":2,"key":"k"}')
    kit.equal([(r["offset"], r["timestamp"], r["key"]) for r in lines(done)], [(0, None, None), (1, None, "k")], "defaults")


def test_settings():
    config = kit.write("label.properties", "label=ab\ntimes=2\n")
    done = kit.run("try", LABEL, "--config", config, text='{"a":1}')
    kit.equal(lines(done), [{"a": 1, "label": "abab"}], "settings of a .properties file")
    config = kit.write("label.json", '{"label":"x","times":3}')
    kit.equal(lines(kit.run("try", LABEL, "--config", config, text="{}")), [{"label": "xxx"}], "settings of a JSON file")
    for text, said in (("", 'Missing required configuration "label"'), ("lable=x\n", "did you mean label"),
                       ("label=x\ntimes=0\n", "times"), ("label=x\nscript.timeout.ms=soon\n", "script.timeout.ms")):
        done = kit.run("try", LABEL, "--config", kit.write("bad.properties", text), text="{}")
        kit.expect(done.returncode == 2 and said in done.stderr, f"settings {text!r}", done)
    kit.equal(kit.run("try", LABEL, "--config", "nowhere.properties", text="{}").returncode, 2, "no settings")
    kit.equal(kit.run("try", "nowhere.lua", text="{}").returncode, 2, "no script")
    kit.equal(kit.run("try").returncode, 1, "no arguments")
    kit.equal(kit.run("try", PASS, "--nonsense").returncode, 1, "an unknown option")


def test_chain():
    config = kit.write("chain.properties", """transforms=cut,mark,only
transforms.cut.type=org.apache.kafka.connect.transforms.ReplaceField$Value
transforms.cut.exclude=b
transforms.mark.type=label
transforms.mark.label=!
transforms.mark.predicate=big
transforms.only.type=org.apache.kafka.connect.transforms.Filter
transforms.only.predicate=big
transforms.only.negate=true
predicates=big
predicates.big.type=big
predicates.big.least=3
""")
    big = script("big.lua", """return lc.predicate {
      config = { least = lc.config.int { required = true } },
      test = function(record, cfg) return record.value.a >= cfg.least end,
    }
    """)
    done = kit.run("try", LABEL, "--config", config, text='{"a":5,"b":1}\n{"a":1,"b":1}\n')
    kit.equal(lines(done), [{"a": 5, "label": "!"}], "a chain with predicates")
    done = kit.run("try", LABEL, "--config", config, "--diff", text='{"a":5,"b":1}\n{"a":1,"b":1}\n')
    kit.expect("- value.b: 1" in done.stdout and '+ value.label: "!"' in done.stdout and "dropped" in done.stdout
               and "unchanged" in done.stdout, "a diff for each step", done)
    done = kit.run("try", PASS, "--config", config, text="{}")
    kit.expect(done.returncode == 2 and "pass" in done.stderr, "a chain without the script", done)
    done = kit.run("try", big, "--config", kit.write("big.properties", "least=3\n"), text='{"a":5}\n{"a":1}\n')
    kit.equal(done.stdout, "true\nfalse\n", "a predicate alone")
    several = script("several.lua", """return lc.transform { apply = function(record)
      local copy = lc.copy(record)
      copy.value.copy = true
      return { record, copy }
    end }
    """)
    kit.equal(lines(kit.run("try", several, text='{"a":1}')), [{"a": 1}, {"a": 1, "copy": True}], "several of one")


def test_connectors():
    config = kit.write("beats.properties", "topic=beats\ninterval=20ms\n")
    beat = os.path.join(TOP, "examples/connectors/heartbeat_source.lua")
    done = kit.run("try", beat, "--config", config, "--records", "--count", "3")
    records = lines(done)
    kit.equal([r["value"]["number"] for r in records], [1, 2, 3], "a source is waited for")
    kit.equal(records[2]["source_offset"], {"number": 3}, "the source's offset")
    kit.equal(len(lines(kit.run("try", beat, "--config", config))), 1, "a source that idles ends")
    out = kit.write("out.csv", "")
    config = kit.write("csv.properties", f"file={out}\nfields=a,b\nscript.grants=dir:{kit.folder}\n")
    sink = os.path.join(TOP, "examples/connectors/csv_sink.lua")
    done = kit.run("try", sink, "--config", config, text='{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n')
    with open(out, encoding="utf-8") as file:
        kit.expect(done.returncode == 0 and "1,x" in file.read(), "a sink that writes", done)
    ungranted = kit.write("csv2.properties", f"file={out}\nfields=a,b\n")
    done = kit.run("try", sink, "--config", ungranted, text='{"a":1}\n')
    kit.expect(done.returncode == 3 and "script.grants" in done.stderr, "a sink without a grant", done)
    unfit = script("unfit.lua", """local S = lc.schema.struct("S", { { "a", lc.string } })
    return lc.source { poll = function(task, out)
      out:add("t", S).value.a = "x"
      out:add("t", S)
      return lc.done()
    end }
    """)
    done = kit.run("try", unfit)
    kit.expect(done.returncode == 3 and done.stdout == '{"a":"x"}\n' and "required" in done.stderr, "a record that can't be converted", done)
    picky = script("picky.lua", """local sink = lc.sink {}
    function sink.put(task, records)
      for _, record in ipairs(records) do
        if record.value.bad then task:reject(record, "this one is bad") end
      end
    end
    return sink
    """)
    done = kit.run("try", picky, text='{"a":1}\n{"bad":true}\n')
    kit.expect(done.returncode == 3 and "this one is bad" in done.stderr and "record 2" in done.stderr, "a rejected record", done)


def test_failures():
    broken = script("broken.lua", """local function inner(value)
  return value.customer.name
end
return lc.transform { apply = function(record)
  record.value.name = inner(record.value)
  return record
end }
""")
    done = kit.run("try", broken, text='{"customer":{"name":"x"}}\n{"a":1}\n{"customer":{"name":"y"}}\n')
    kit.equal(done.returncode, 3, "status of a failing script")
    kit.equal(len(done.stdout.splitlines()), 1, "what went through before comes out")
    for part in ("broken.lua:3:", "customer", "return value.customer.name", "record 2", "broken.lua:6"):
        kit.expect(part in done.stderr, f"the message says {part!r}", done)
    tolerant = kit.write("tolerant.properties", "errors.tolerance=all\n")
    done = kit.run("try", broken, "--config", tolerant, text='{"a":1}\n{"customer":{"name":"y"}}\n')
    kit.expect(done.returncode == 3 and len(done.stdout.splitlines()) == 1, "tolerated failures", done)
    done = kit.run("try", kit.write("syntax.lua", "return (\n"), text="{}")
    kit.expect(done.returncode == 3 and "syntax.lua:" in done.stderr, "a syntax error", done)
    done = kit.run("try", script("hook.lua", "return lc.transform { aply = function() end }\n"), text="{}")
    kit.expect(done.returncode == 3 and "did you mean 'apply'" in done.stderr, "a misspelt hook", done)


def test_places():
    typo = script("typo.lua", """return lc.transform { apply = function(record)
  record.value.city = record.value.adress.city
  return record
end }
""")
    done = kit.run("try", typo, text='{"address":{"city":"Rome"}}\n')
    for part in ("typo.lua:3:36: attempt to index field 'adress'", "\n        | " + " " * 35 + "^\n", "did you mean 'address'?"):
        kit.expect(part in done.stderr, f"the message says {part!r}", done)
    done = kit.run("try", script("twice.lua", """return lc.transform { apply = function(record)
  return record.value.a.x + record.value.a.y
end }
"""), text="{}\n")
    kit.expect("twice.lua:3: attempt to index field 'a'" in done.stderr, "no column where there are two", done)


def test_setting_errors():
    checked = script("checked.lua", """return lc.transform {
  config = { n = lc.config.int { required = true } },
  configure = function(cfg)
    if cfg.n == 0 then error("broken hook") end
    if cfg.n > 3 then lc.raise("ConfigException", "n is too large") end
  end,
  apply = function(record) return record end,
}
""")
    script("is_one.lua", """return lc.predicate {
  config = { n = lc.config.int { default = 1 } }, test = function(record, cfg) return record.value.x == cfg.n end }
""")

    def run(settings, text="{}\n"):
        return kit.run("try", checked, "--config", kit.write("checked.properties", settings), text=text)
    done = run("n=7\n")
    kit.expect(done.returncode == 2 and "checked.lua:6:23: n is too large" in done.stderr, "configure refuses a setting", done)
    kit.equal(run("n=0\n").returncode, 3, "configure fails")
    below = "transforms=a\ntransforms.a.type=checked\n"
    done = run(below + "transforms.a.n=x\n")
    kit.expect(done.returncode == 2 and "transforms.a: Invalid value x for configuration n" in done.stderr, "which step it is", done)
    done = run(below + "transforms.a.n=1\ntransforms.a.predicate=p\npredicates=p\npredicates.p.type=is_one\npredicates.p.n=2\n")
    kit.expect(done.returncode == 0 and "did you mean" not in done.stderr, "settings of own predicates", done)
    done = run(below + "transforms.a.n=1\ntransforms.a.nn=1\n")
    kit.expect(done.returncode == 2 and "transforms.a: unknown configuration nn, did you mean n?" in done.stderr, "a misspelt one", done)
    tolerant = "n=1\nerrors.tolerance=all\nvalue.converter=org.apache.kafka.connect.json.JsonConverter\n"
    good = '{"schema":{"type":"string"},"payload":"%s"}\n'
    done = run(tolerant, good % "a" + '{"x":2}\n' + good % "b")
    kit.expect(done.returncode == 2 and len(done.stdout.splitlines()) == 2, "a record that can't be converted", done)
    done = run(tolerant, good % "a" + "nonsense\n" + good % "b")
    kit.expect(done.returncode == 2 and len(done.stdout.splitlines()) == 1, "what is no JSON ends it", done)


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
kit.finish()
