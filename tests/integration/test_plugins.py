"""Scripts of plugin.path: found by name and alias, winning over shipped ones, and with nothing dangerous in reach."""
import os
import re

import harness

TRANSFORM = """local lc = require "lc"

-- Replaces chosen fields, so that personal data never leaves the worker.
return lc.transform {
  aliases = { "com.example.Hide$Value" },
  config = {
    fields = lc.config.list { doc = "Names of the fields to hide", required = true },
    with = lc.config.string { doc = "Text written in their place", default = "***" },
  },
  apply = function(record, cfg)
    for _, name in ipairs(cfg.fields) do record.value[name] = cfg.with end
    return record
  end,
}
"""
CONNECTOR = """local lc = require "lc"

local Order = lc.schema.struct("shop.Order", {
  { "id", lc.int64 }, { "region", lc.string }, { "amount", lc.schema.optional(lc.float64) },
})

-- Makes orders; the offset is the number of the next one.
local source = lc.source {
  aliases = { "com.example.OrderSourceConnector" },
  version = "1.2.3",
  config = {
    topic = lc.config.string { doc = "Topic to write to", required = true },
    count = lc.config.int { doc = "How many to make", default = 10 },
  },
}

function source.start(task)
  task.partition = { shop = "main" }
  local saved = task.offsets:get(task.partition)
  task.next = saved and saved.next or 0
end

function source.poll(task, out)
  while task.next < task.config.count and out.room > 0 do
    local id = task.next
    task.next = id + 1
    local record = out:add(task.config.topic, Order, task.partition, { next = task.next })
    record.key = "order-" .. id
    record.value.id = id
    record.value.region = id % 2 == 0 and "north" or "south"
    if id % 3 == 0 then record.value.amount = id / 4 end
  end
  if task.next >= task.config.count then return lc.idle(100) end
end

function source.stop(task)
  lc.log.info("made orders", "count", task.next)
end

return source
"""
PROBE = """local lc = require "lc"
local names = { "io", "os", "ffi", "debug", "package", "jit", "dofile", "loadfile", "loadstring", "collectgarbage",
                "newproxy", "getfenv", "setfenv", "module" }
return lc.transform {
  apply = function(record)
    local found = {}
    for _, name in ipairs(names) do
      if rawget(_G, name) ~= nil or _G[name] ~= nil then found[#found + 1] = name end
      if pcall(require, name) then found[#found + 1] = "require " .. name end
    end
    if string.dump or ("").dump then found[#found + 1] = "string.dump" end
    if load("\\27LJ\\2") then found[#found + 1] = "bytecode" end
    if getmetatable("") then found[#found + 1] = "string metatable" end
    if pcall(function() string.format = nil end) then found[#found + 1] = "writable library" end
    record.value = "found:" .. table.concat(found, ",")
    return record
  end,
}
"""
SHADOW = """local lc = require "lc"
return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.RegexRouter" },
  apply = function(record) record.value = "mine " .. record.value return record end,
}
"""


class Plugins(harness.Case):
    def setUp(self):
        super().setUp()
        for folder in "connectors", "transforms", "predicates":
            os.makedirs(self.path("plugins", folder))

    def add(self, name, text):
        harness.write(self.path("plugins", name), text)

    def run_lines(self, text, settings=(), **transform):
        """Streams the text through a transform; the lines that come out."""
        harness.write(self.path("in.txt"), text)
        sink = self.sink(file=self.path("out.txt"), topics="t", **transform)
        worker = self.worker({"plugin.path": self.path("plugins"), **dict(settings)},
                             [self.source(file=self.path("in.txt"), topic="t"), sink])
        self.await_lines(self.path("out.txt"), text.count("\n"), 30, worker)
        worker.stop()
        return harness.lines_of(self.path("out.txt"))

    def test_transform_by_name_and_alias(self):
        self.assertLessEqual(TRANSFORM.count("\n"), 15)
        self.add("transforms/hide.lua", TRANSFORM)
        text = '{"name":"Ann","age":7}\n{"name":"Bob","age":8}\n'
        for kind in "hide", "com.example.Hide$Value":
            lines = self.run_lines(
                text, transforms="h", transforms__h__type=kind, transforms__h__fields="name",
                value__converter=harness.JSON, value__converter__schemas__enable="false")
            self.assertEqual(lines, ["{name=***, age=7}", "{name=***, age=8}"])
            os.remove(self.path("out.txt"))
            os.remove(self.path("offsets"))

    def test_connector_by_name_and_alias(self):
        self.assertLessEqual(CONNECTOR.count("\n"), 45)
        self.add("connectors/orders.lua", CONNECTOR)
        worker = self.worker({"plugin.path": self.path("plugins")})
        sink = self.sink(file=self.path("out.txt"), topics="t,u,v")
        self.create(worker, sink)
        for topic, kind in ("t", "orders"), ("u", "com.example.OrderSourceConnector"), ("v", "OrderSource"):
            self.create(worker, {"name": topic, "connector.class": kind, "topic": topic, "count": "4", "value.converter":
                                 harness.JSON, "value.converter.schemas.enable": "false"})
            status = worker.await_state(topic, "RUNNING")
            self.assertEqual((status["type"], status["connector"]["version"]), ("source", "1.2.3"))
        self.await_lines(self.path("out.txt"), 12, 30, worker)
        expected = ['{"id":%d,"region":"%s","amount":%s}' % (i, ("north", "south")[i % 2], ("0.0", "null", "null", "0.75")[i])
                    for i in range(4)]
        self.assertEqual(sorted(harness.lines_of(self.path("out.txt"))), sorted(expected * 3))
        harness.wait_for("the offset", lambda: worker.offsets("t") == [{"partition": {"shop": "main"}, "offset": {"next": 4}}])
        plugins = {entry["class"]: entry for entry in worker.get("/connector-plugins").body}
        self.assertEqual(plugins["com.example.OrderSourceConnector"],
                         {"class": "com.example.OrderSourceConnector", "type": "source", "version": "1.2.3"})
        self.assertEqual(worker.put("/connectors/t/config", {"connector.class": "orders", "topic": "t", "count": "6",
                                                             "value.converter": harness.STRING}).status, 200)
        self.await_lines(self.path("out.txt"), 14, 30, worker)
        self.assertEqual(harness.lines_of(self.path("out.txt"))[12:],
                         ["Struct{id=4,region=north}", "Struct{id=5,region=south}"])
        worker.stop()
        self.assertIn('msg="made orders"', worker.new_log())
        self.assertIn("count=6", worker.new_log())

    def test_wins_over_shipped(self):
        self.add("mine.lua", SHADOW)
        lines = self.run_lines("a\nb\n", transforms="r", transforms__r__type="org.apache.kafka.connect.transforms.RegexRouter")
        self.assertEqual(lines, ["mine a", "mine b"])

    def test_predicate(self):
        self.add("predicates/short.lua", 'local lc = require "lc"\nreturn lc.predicate {\n'
                 '  config = { most = lc.config.int { default = 3 } },\n'
                 '  test = function(record, cfg) return #record.value <= cfg.most end,\n}\n')
        self.add("three.lua", 'local lc = require "lc"\nreturn lc.transform { apply = function(record)\n'
                 '  local again = lc.copy(record)\n  again.value = record.value .. "-again"\n  return { record, again }\nend }\n')
        harness.write(self.path("in.txt"), "a\nlong line\nbb\n")
        sink = self.sink(
            file=self.path("out.txt"), topics="t", transforms="f,d", transforms__f__type="org.apache.kafka.connect.transforms"
            ".Filter", transforms__f__predicate="s", transforms__f__negate="true", transforms__d__type="three",
            predicates="s", predicates__s__type="short")
        worker = self.worker({"plugin.path": self.path("plugins")}, [self.source(file=self.path("in.txt"), topic="t"), sink])
        self.await_lines(self.path("out.txt"), 4, 30, worker)
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["a", "a-again", "bb", "bb-again"])

    def test_nothing_dangerous_in_reach(self):
        self.add("probe.lua", PROBE)
        lines = self.run_lines("x\n", transforms="p", transforms__p__type="probe")
        self.assertEqual(lines, ["found:"])

    def test_files_need_a_grant(self):
        self.add("reader.lua", 'local lc = require "lc"\nlocal s = lc.source { needs = { "file" }, '
                 'config = { file = lc.config.string {}, topic = lc.config.string {} } }\n'
                 'function s.start(task) task.file = task.cap.file:tail(task.config.file) end\n'
                 'function s.poll(task, out) if task.file:read_lines(out, { topic = task.config.topic, '
                 'partition = { f = task.config.file }, schema = lc.string }) == 0 then return task.file:idle() end end\n'
                 'return s\n')
        os.makedirs(self.path("granted"))
        inside = harness.write(self.path("granted", "in.txt"), "inside\n")
        outside = harness.write(self.path("out-of-reach.txt"), "outside\n")
        worker = self.worker({"plugin.path": self.path("plugins"), "script.grants": self.path("granted")},
                             [self.sink(file=self.path("out.txt"), topics="t")])
        self.create(worker, {"name": "a", "connector.class": "reader", "file": inside, "topic": "t"})
        self.await_lines(self.path("out.txt"), 1, 30, worker)
        for number, path in enumerate((outside, self.path("granted", "..", "out-of-reach.txt"), "/etc/passwd")):
            name = "bad%d" % number
            self.create(worker, {"name": name, "connector.class": "reader", "file": path, "topic": "t"})
            worker.await_state(name, "FAILED")
            self.assertIn("script.grants", worker.trace(name))
        os.symlink(outside, self.path("granted", "link.txt"))
        self.create(worker, {"name": "link", "connector.class": "reader", "file": self.path("granted", "link.txt"), "topic": "t"})
        worker.await_state("link", "FAILED")
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["inside"])

    def filters_of(self, worker):
        """Names of the worker's threads: those with a filter of the kernel's, and those without."""
        filtered, free = set(), set()
        folder = "/proc/%d/task" % worker.process.pid
        for thread in os.listdir(folder):
            name = harness.read(os.path.join(folder, thread, "comm")).decode().strip()
            mode = re.search(rb"Seccomp:\t(\d)", harness.read(os.path.join(folder, thread, "status")))
            if mode:  # else it has ended meanwhile
                (free if mode[1] == b"0" else filtered).add(name)
        return filtered, free

    def test_confined(self):
        """Only threads that run scripts of plugin.path have the filter, also after a restart; offsets are kept."""
        self.add("transforms/hide.lua", TRANSFORM)
        self.add("connectors/orders.lua", CONNECTOR)
        harness.write(self.path("in.txt"), '{"name":"Ann"}\n')
        json = {"value.converter": harness.JSON, "value.converter.schemas.enable": "false"}
        sink = self.sink(name="hidden", file=self.path("out.txt"), topics="t", transforms="h", transforms__h__type="hide",
                         transforms__h__fields="name", **json)
        worker = self.worker({"plugin.path": self.path("plugins"), "script.isolation": "seccomp"},
                             [self.source(name="lines", file=self.path("in.txt"), topic="t"), sink])
        self.create(worker, dict(json, **{"name": "orders", "connector.class": "orders", "topic": "t", "count": "4"}))
        self.await_lines(self.path("out.txt"), 5, 30, worker)
        harness.wait_for("the offset", lambda: worker.offsets("orders") == [{"partition": {"shop": "main"},
                                                                             "offset": {"next": 4}}])
        for again in False, True:
            if again:
                self.assertEqual(worker.post("/connectors/orders/restart?includeTasks=true").status, 202)
                harness.append(self.path("in.txt"), '{"name":"Bob"}\n')
                self.await_lines(self.path("out.txt"), 6, 30, worker)
                worker.await_state("orders", "RUNNING")
            harness.wait_for("the filters", lambda: self.filters_of(worker)[0] == {"hidden", "orders"})
            self.assertLessEqual({"lines", "lc-companion", "herder", "rdk:main"}, self.filters_of(worker)[1])
        self.assertIn('msg="task is confined" connector=orders task=0 network=refused writing=refused', worker.new_log())
        worker.stop()
        self.assertIn(b"main", harness.read(self.path("offsets")))

    def test_several_tasks(self):
        self.add("tasks.lua", 'local lc = require "lc"\nlocal s = lc.source { config = { topic = lc.config.string {} } }\n'
                 'function s.tasks(config, max) local l = {} for i = 1, max do l[i] = { number = tostring(i) } end return l end\n'
                 'function s.poll(task, out)\n  if task.done then return lc.done() end\n  task.done = true\n'
                 '  local r = out:add(task.config.topic, nil, nil, nil)\n  r.value = "task " .. task.id\nend\nreturn s\n')
        worker = self.worker({"plugin.path": self.path("plugins")}, [
            self.sink(file=self.path("out.txt"), topics="t"),
            {"name": "many", "connector.class": "tasks", "tasks.max": "3", "topic": "t"}])
        worker.await_state("many", "RUNNING", tasks=3)
        self.await_lines(self.path("out.txt"), 3, 30, worker)
        self.assertEqual(sorted(harness.lines_of(self.path("out.txt"))), ["task 0", "task 1", "task 2"])
        configs = [task["config"]["number"] for task in worker.get("/connectors/many/tasks").body]
        self.assertEqual(configs, ["1", "2", "3"])


if __name__ == "__main__":
    harness.main()
