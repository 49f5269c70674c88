#!/usr/bin/env python3
"""luaconnect new and luaconnect test: scaffolds that work, tests that pass and fail as they should.
Usage: test_new.py PROGRAM TOP"""
import json
import os
import sys

from kit import Kit

kit = Kit(sys.argv[1])
HEAD = 'local lc = require "lc"\n'


def read(name):
    with open(os.path.join(kit.folder, name), encoding="utf-8") as file:
        return file.read()


def test_new():
    for kind in ("transform", "predicate", "source", "sink"):
        done = kit.run("new", kind, f"my_{kind}")
        kit.expect(done.returncode == 0 and f"my_{kind}_test.lua" in done.stdout, f"new {kind}", done)
        done = kit.run("test", f"my_{kind}_test.lua")
        kit.expect(done.returncode == 0 and " 0 failed" in done.stdout and "never run" not in done.stdout, f"test {kind}", done)
        done = kit.run("check", f"my_{kind}.lua", f"my_{kind}_test.lua")
        kit.expect(done.returncode == 0, f"check {kind}", done)
        done = kit.run("try", f"my_{kind}.lua", "--config", f"my_{kind}.properties", text='{"id":1}\n')
        kit.expect(done.returncode == 0 and done.stdout, f"try {kind}", done)
    kit.expect("workspace.library" in json.loads(read(".luarc.json")), ".luarc.json")
    before = read("my_sink.lua")
    kit.write("my_sink.lua", before + "-- mine\n")
    kit.equal(kit.run("new", "sink", "my_sink").returncode, 2, "what is there stays")
    kit.expect("-- mine" in read("my_sink.lua"), "what is there stays as it is")
    for arguments in ((), ("sink",), ("sonk", "x"), ("sink", "a/b"), ("sink", "1x"), ("sink", "x", "y")):
        kit.equal(kit.run("new", *arguments).returncode, 1, f"new {arguments}")
    done = kit.run("test")
    kit.expect(done.returncode == 0 and "9 passed, 0 failed" in done.stdout, "all tests of a folder", done)


ADD = HEAD + """return lc.transform {
  config = { field = lc.config.string { required = true } },
  apply = function(record, cfg)
    if record.value == nil then return nil end
    if record.value.bad then
      error("a bad one")
    end
    record.value[cfg.field] = (record.value.n or 0) + 1
    return record
  end,
}
"""


def run_test(text, name="add"):
    kit.write(f"{name}.lua", ADD)
    return kit.run("test", kit.write(f"{name}_test.lua", text))


def expect(text, status, *parts):
    done = run_test(text)
    kit.expect(done.returncode == status and all(p in done.stdout for p in parts), f"{text}\n  with {parts}", done)


def test_cases():
    config = 'config = { field = "x" }'
    expect(f'require("lc.test").case("adds", {{ {config}, given = {{ n = 1 }}, expect = {{ n = 1, x = 2 }} }})', 0, "ok   adds",
           "1 passed, 0 failed")
    expect(f'require("lc.test").case("adds", {{ {config}, given = {{ n = 1 }}, expect = {{ n = 1, x = 3, y = "z" }} }})', 3,
           "FAIL adds", "x: 2 instead of 3", 'y: nothing instead of "z"')
    expect(f'local t = require "lc.test"\nt.case("drops", {{ {config}, given = t.null, drops = true }})', 0, "ok   drops")
    expect(f'require("lc.test").case("drops", {{ {config}, given = {{}}, drops = true }})', 3, "FAIL drops")
    expect(f'require("lc.test").case("fails", {{ {config}, given = {{ bad = true }}, fails = "a bad one" }})', 0, "ok   fails")
    expect(f'require("lc.test").case("fails", {{ {config}, given = {{}}, fails = "a bad one" }})', 3, "it didn't fail")
    expect(f'require("lc.test").case("works", {{ {config}, given = {{ bad = true }}, expect = {{}} }})', 3, "add.lua:7:7: a bad one")
    expect(f'require("lc.test").case("x", {{ {config}, givn = {{}} }})', 3, "a case has no 'givn' (did you mean 'given'?)")
    expect('require("lc.test").case("x", { given = {}, expect = {} })', 3, 'Missing required configuration "field"')
    expect('require("lc.test").case("x", { config = { feild = "x" }, given = {} })', 3, "feild")
    expect(f'require("lc.test").case("record", {{ {config}, record = {{ topic = "a", key = 1, headers = {{ h = "v" }}, value = {{}} }},'
           ' expect_record = { topic = "a", key = 1, headers = { h = "v" }, value = { x = 1 } } })', 0)
    expect(f'require("lc.test").case("big", {{ {config}, given = {{ big = 9007199254740993LL, list = {{ 1, 2 }} }},'
           ' expect = { big = 9007199254740993LL, list = { 1, 2 }, x = 1 } })', 0)


def test_describe():
    text = """local test = require "lc.test"
local answer
describe("adding", function()
  before_each(function() answer = test.run { config = { field = "x" }, values = { { n = 1 }, { bad = true }, { n = 5 } } } end)
  it("goes on after a failure", function()
    expect(answer.records).has_length(2)
    expect(answer.failures).has_length(1)
    expect(answer.failures[1]).contains "a bad one"
    expect(answer.failures[1]).matches "^add%.lua:%d+"
  end)
  describe("more", function()
    it("keeps order", function() expect(answer.records).contains { { value = { x = 2 } }, { value = { x = 6 } } } end)
  end)
  it("raises", function()
    expect(function() test.run { config = {} } end).fails "field"
    expect(answer.records[1].value.n).equals(1)
    expect(answer.records[1].key).is_null()
  end)
end)
"""
    expect(text, 0, "ok   adding goes on", "ok   adding more keeps order", "ok   adding raises", "3 passed")
    expect('it("x", function() expect(1).equls(1) end)', 3, "there is no matcher 'equls' (did you mean 'equals'?)")
    expect('it("x", function() expect(1).equals(2) end) it("y", function() end)', 3, "FAIL x", "it: 1 instead of 2", "1 passed, 1 failed")
    expect('it("x", function() error({}) end)', 3, "raised a table")
    expect('require("lc.test").rn {}', 3, "lc.test has no 'rn' (did you mean 'run'?)")
    expect("x = = 1", 3, "add_test.lua:1:")
    expect("local x = 1", 3, "there are no cases")
    expect('it("x", function() os.exit(0) end)', 3, "FAIL x")
    expect('it("x", function() return io.open("/etc/passwd") end)', 3, "FAIL x")


def test_coverage():
    done = run_test('require("lc.test").case("adds", { config = { field = "x" }, given = {}, expect = { x = 1 } })')
    kit.expect("add.lua: 4 of 5 lines run; never run: 7" in done.stdout, "lines that never ran", done)


def test_files():
    kit.write("lines.lua", HEAD + """local s = lc.source { needs = { "file" }, config = { path = lc.config.string { required = true } } }
function s.start(task) task.tail = task.cap.file:tail(task.config.path, {}) end
function s.poll(task, out)
  if task.tail:read_lines(out, { topic = "t", room = out.room }) == 0 then return task.tail:idle() end
end
return s
""")
    done = kit.run("test", kit.write("lines_test.lua", """local test = require "lc.test"
it("reads lines", function()
  local answer = test.run { config = { path = "${dir}/in.txt" }, files = { ["in.txt"] = "one\\ntwo\\n" } }
  expect(answer.records).contains { { value = "one" }, { value = "two" } }
  expect(answer.files["in.txt"]).equals "one\\ntwo\\n"
end)
"""))
    kit.expect(done.returncode == 0, "files of a test", done)


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
kit.finish()
