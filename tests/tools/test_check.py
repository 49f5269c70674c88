#!/usr/bin/env python3
"""luaconnect check: everything that is wrong in one pass, with line and column. Usage: test_check.py PROGRAM TOP"""
import glob
import os
import random
import re
import sys

from kit import Kit

kit = Kit(sys.argv[1])
TOP = os.path.abspath(sys.argv[2])
HEAD = 'local lc = require "lc"\n'


def found(text, name="x.lua"):
    done = kit.run("check", kit.write(name, text))
    kit.expect(done.returncode in (0, 2), f"a status for {text[:60]!r}", done)
    return [re.sub(r"^.*?x\.lua:", "", line) for line in done.stderr.splitlines()]


def expect(text, *wanted):
    """Exactly these findings, in order; each is a text that the line holds."""
    said = found(HEAD + text)
    good = len(said) == len(wanted) and all(w in s for w, s in zip(wanted, said))
    kit.expect(good, f"{text}\n  gives {said}\n  instead of {list(wanted)}")


def apply(body):
    return f"return lc.transform {{ apply = function(record, cfg)\n{body}\nreturn record end }}"


def test_names():
    expect(apply("record.value.x = foo"), "3:18: error: unknown global 'foo'")
    expect(apply("record.value.x = tostrin(1)"), "did you mean 'tostring'?")
    expect(apply("os.exit()"), "3:1: error: 'os' isn't there for scripts: use lc.time")
    expect(apply("record.value.x = string.formt('x')"), "string has no 'formt' (did you mean 'format'?)")
    expect(apply("record.value.x = lc.jsn"), "3:21: error: lc has no 'jsn' (did you mean 'json'?)")
    expect(apply("record.value.x = lc.json.decod('1')"), "did you mean 'decode'?")
    expect(apply("record.topc = 'x'"), "3:8: error: a record has no 'topc' (did you mean 'topic'?)")
    expect(apply("record.headers:ad('x')"), "record.headers has no 'ad' (did you mean 'add'?)")
    expect(apply("for _, h in ipairs(record.headers) do h.nme = 'x' end"), "a header has no 'nme' (did you mean 'name'?)")
    expect(apply("record.value.anything.at.all = record.value.x"))
    expect(apply("total = 1"), "3:1: warning: 'total' becomes a global")
    expect("local json = require 'lc.json'\n" + apply("record.value = json.decode('1')"))
    expect("local json = require 'lc.jsn'\n" + apply("record.value = json"), "lc has no part 'jsn' (did you mean 'json'?)")
    expect("local time = lc.time\n" + apply("record.timestamp = time.nw()"), "has no 'nw' (did you mean 'now'?)")


def test_hooks_and_settings():
    expect("return lc.transform { aply = function(record) return record end }", "2:23: error: a transform has no 'aply' (did you mean 'apply'?)")
    expect("local s = lc.source { poll = function() end }\nfunction s.strt() end\nreturn s",
           "3:12: error: a source has no 'strt' (did you mean 'start'?)")
    expect("return lc.sink { config = { a = lc.config.string { defualt = 'x' } }, put = function() end }",
           "error: a setting has no 'defualt' (did you mean 'default'?)")
    config = "config = { field = lc.config.string { default = 'x' } }"
    expect(f"return lc.transform {{ {config}, apply = function(r, cfg) r.value.x = cfg.feild return r end }}",
           "error: there is no setting 'feild' (did you mean 'field'?)")
    expect(f"return lc.transform {{ {config}, apply = function(r, cfg) r.value.x = cfg.field .. cfg.side return r end }}")
    expect(f"return lc.transform {{ {config}, configure = function(cfg) return {{ f = cfg.fild }} end,"
           " apply = function(r, c) r.value.x = c.f return r end }", "did you mean 'field'?")
    expect(f"local function apply(r, cfg) r.value.x = cfg.feild return r end\nreturn lc.transform {{ {config}, apply = apply }}",
           "2:46: error: there is no setting 'feild'")
    expect(f"local s = lc.source {{ {config} }}\nfunction s.poll(task, out) out:add(task.config.feild) end\nreturn s",
           "did you mean 'field'?")


def test_arity():
    expect(apply("lc.put(record, 'value', 1)"), "3:4: error: lc.put takes 4 arguments, not 3")
    expect(apply("lc.remove(record.value)"), "error: lc.remove takes 2 arguments, not 1")
    expect(apply("lc.has(record.value, 'a', 'b')"), "error: lc.has takes 2 arguments, not 3")
    expect(apply("if cfg then lc.raise('DataException', 'x', 'y') end"), "lc.raise takes at most 2 arguments, not 3")
    expect(apply("lc.log.info('x', 1, 2, 3, 4, 5)"))
    expect(apply("lc.has(unpack(record.value))"))
    expect(apply("record.headers:remove()"), "takes 1 argument, not 0")
    expect("return lc.source { poll = function(task, out)\nout:add() return task end }", "out:add takes")


def test_variables():
    expect(apply("local unused = 1"), "3:7: warning: unused variable 'unused'")
    expect(apply("local _quiet = 1"))
    expect("local function helper() end\n" + apply(""), "2:16: warning: unused function 'helper'")
    expect(apply("local x = 1 do local x = 2 record.value.x = x end record.value.y = x"), "warning: 'x' hides the one of line 3")
    expect(apply("for i = 1, 2 do record.value.x = 1 end"), "unused loop variable 'i'")
    expect(apply("do return record end record.value.x = 1"), "3:22: warning: this is never reached")
    expect(apply("if cfg then return record else error('x') end record.value.x = 1"), "this is never reached")
    expect(apply("while true do record.value.x = 1 end record.value.y = 2"), "this is never reached")
    expect(apply("while true do if cfg then break end end record.value.y = 2"))
    expect(apply("lc.raise('DataException', 'x') record.value.x = 1"), "this is never reached")
    expect(apply("for _ = 1, 2 do if cfg then goto continue end record.value.x = 1 ::continue:: end"))


def test_capabilities():
    expect("return lc.sink { put = function(task) task.cap.file:append('x') end }", "error: the capability 'file' is used but not declared")
    expect("return lc.sink { needs = { 'file' }, put = function(task) task.cap.file:append('x') end }")
    expect("return lc.sink { needs = { 'file' }, put = function() end }", "2:28: warning: the capability 'file' is declared but not used")
    expect("return lc.sink { needs = { 'fil' }, put = function() end }", "there is no capability 'fil' (did you mean 'file'?)",
           "warning")
    expect("return lc.sink { needs = { 'file' }, put = function(task) task.cap.flie:append('x') end }", "declared but not used",
           "there is no capability 'flie' (did you mean 'file'?)")


def test_all_at_once():
    text = HEAD + """local unused = 5
return lc.transform {
  aply = 1,
  apply = function(record)
    record.topc = foo
    lc.has(record.value)
    do return record end
    print(record)
  end,
}
"""
    kit.equal([s.split(": ")[0] for s in found(text)], ["2:7", "4:3", "6:12", "6:19", "7:8", "9:5"], "all findings in one pass")
    done = kit.run("check", "--errors", kit.write("x.lua", HEAD + apply("local unused = 1")))
    kit.equal(done.returncode, 0, "--errors leaves warnings out")
    done = kit.run("check", kit.write("good.lua", HEAD + apply("")), kit.write("bad.lua", HEAD + apply("x()")))
    kit.expect(done.returncode == 2 and "good.lua: ok" in done.stdout and "bad.lua:3:1" in done.stderr, "several files", done)
    kit.equal(kit.run("check", "nowhere.lua").returncode, 2, "a file that isn't there")
    kit.equal(kit.run("check").returncode, 1, "no file")
    done = kit.run("check", kit.write("helpers.lua", "return { double = function(x) return 2 * x end }"))
    kit.equal(done.returncode, 0, "a module is no plug-in")


def test_syntax():
    for text, where in (("return (", "2:9"), ("local x = = 1", "2:11"), ("x = 'abc", "2:5"), ("for", "2:4"), ("return 1 1", "2:10"),
                        ("if x then", "2:10"), ("goto 1", "2:6"), ("goto = = 1", "2:8"), ("x = 1e", "2:5"), ("--[[ x", "2:1"), ("a.b:c = 1", "2:7")):
        said = found(HEAD + text)
        kit.expect(len(said) == 1 and said[0].startswith(where + ": error:"), f"{text!r} gives {said} instead of {where}")
    odd = HEAD + """local a, b = 1LL, 0xFFULL
local c = [==[
]] ]==]
goto done
::done::
return lc.transform { apply = function(record, ...)
  local t = { 1; 2, x = 3, [4] = 5, ... }
  record.value = t[1] + t.x ^ 2 .. "\\z  x\\x41" .. c .. tostring(a) .. tostring(-b) .. #t .. tostring(not a == b)
  return record
end }
"""
    kit.equal(found(odd), [], "odd but right")


def test_globals():
    """What the checker takes for known is what the sandbox has."""
    probe = HEAD + apply("""local names = {}
for name in pairs(_G) do names[#names + 1] = name end
for _, l in ipairs { "string", "table", "math", "bit", "coroutine" } do
  for name in pairs(_G[l]) do names[#names + 1] = l .. "." .. name end
end
record.value = table.concat(names, " ")""")
    done = kit.run("try", kit.write("probe.lua", probe), text="{}")
    have = set(done.stdout.strip().strip('"').split())
    with open(os.path.join(TOP, "lua/check/known.lua"), encoding="utf-8") as file:
        text = re.sub(r'set\(\s*(".*?")\)', r"set \1", re.sub(r'"\s*\.\. "', "", file.read()), flags=re.S)
    known = set(re.search(r'globals = set "(.*?)"', text)[1].split())
    for library, names in re.findall(r'(\w+) = set "(.*?)"', text.split("libraries")[1].split("absent")[0]):
        known |= {f"{library}.{name}" for name in names.split()}
    kit.equal(sorted(known), sorted(have), "known globals")


def test_ours():
    """No finding in what comes with the program, and no crash on pieces of it."""
    files = glob.glob(os.path.join(TOP, "scripts/*/*.lua")) + glob.glob(os.path.join(TOP, "examples/*/*.lua"))
    done = kit.run("check", *files)
    kit.expect(done.returncode == 0, "scripts and examples", done)
    chance = random.Random(5)
    for i in range(150):
        text = open(chance.choice(files), "rb").read()
        for _ in range(3):
            at, other = sorted(chance.randrange(len(text)) for _ in range(2))
            text = chance.choice((text[:at] + text[other:], text[:at], text[at:], text[:at] + bytes([chance.randrange(256)]) + text[at:]))
            text = text or b" "
        done = kit.run("check", kit.write("cut.lua", text))
        kit.expect(done.returncode in (0, 2) and "can't be checked" not in done.stderr, f"piece {i}", done)
    for text in ("(" * 50000, "{" * 50000, "x=" + "-" * 50000 + "1", "do " * 5000, "f" + "()" * 50000, "x='" + "a" * 500000, "[" * 1000):
        done = kit.run("check", kit.write("deep.lua", text))
        kit.expect(done.returncode == 2, f"{text[:10]!r} many times", done)


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
kit.finish()
