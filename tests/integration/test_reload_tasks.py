"""Reloads where tasks are not all alike: two scripts of one chain at once, a task that is busy, one that ends."""
import hashlib
import os
import time

import harness
import test_reload
from test_reload import SOURCE, save, version_text

MARK = """local lc = require "lc"
return lc.transform {
  apply = function(record)
    record.value.m = %(mark)d
    %(body)s
    return record
  end,
}
"""

FAILS = "if record.value.n %% 50 == 7 then record.value.bad = true error('no luck') end"

SNAIL = """local lc = require "lc"
return lc.transform {
  apply = function(record)
    local till = lc.time.now() + 15
    while lc.time.now() < till do end
    return record
  end,
}
"""

SINK = """local lc = require "lc"
local sink = lc.sink {}
function sink.start(task) task.n, task.told = 0, "" end
function sink.put(task, records)
  for _, record in lc.ipairs(records) do
    local value = record.value
    if tonumber(value.n) ~= task.n + 1 then error("record " .. tostring(value.n) .. " after " .. task.n) end
    if value.bad ~= nil then error("a bad version touched record " .. tostring(value.n)) end
    task.n = task.n + 1
    local both = "v" .. tostring(value.v) .. "m" .. tostring(value.m)
    if both ~= task.told then lc.log.info("checked", "both", both) end
    task.told = both
  end
end
return sink
"""


STAYING_SINK = """local lc = require "lc"
local kept = lc.kept { n = 0, last = 0 }
local sink = lc.sink { version = "%(version)d.0" }
function sink.start() %(start)s end
function sink.put(_, records)
  local n, now = kept.n, lc.time.now()
  if kept.last > 0 and now - kept.last > 1000 then lc.log.error("gap", "ms", tostring(now - kept.last)) end
  for _, record in lc.ipairs(records) do
    if tonumber(record.value.n) ~= n + 1 then error("record " .. tostring(record.value.n) .. " after " .. n) end
    n = n + 1
  end
  %(body)s
  kept.n, kept.last = n, lc.time.now()
  if kept.told ~= %(version)d then lc.log.info("runs", "sink", "v%(version)d") end
  kept.told = %(version)d
end
return sink
"""


def sha_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


class ReloadTasks(test_reload.Reload):
    test_reloads_under_load = test_modules_and_connectors = test_shadow = test_over_rest = test_signatures = None

    def open(self, **settings):
        worker = self.start(settings={"script.timeout.ms": "60000", **settings})
        self.await_checked(worker, r"msg=checked.* v=1\b")
        return worker

    def assert_decided(self, worker, name, text, state):
        latest = harness.wait_for("%s to be decided" % name, lambda: (lambda l: l if l["sha256"] == sha_of(text) and l["state"] != "trial" else None)(
            self.script(worker, name)["latest"]), 30, 0.02)
        self.assertEqual(latest["state"], state, latest)

    def test_two_scripts_of_a_chain_at_once(self):
        os.makedirs(self.path("plugins"))
        for name, text in (("counter", SOURCE), ("both", SINK), ("common", "return { touch = function() end }"),
                           ("stamp", version_text(0, {})), ("mark", MARK % {"mark": 0, "body": ""})):
            harness.write(self.path("plugins", name + ".lua"), text)
        json = {"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"}
        source = {"name": "in", "connector.class": "counter", "topic": "t", "transforms": "s,m", "transforms.s.type": "stamp",
                  "transforms.m.type": "mark", **json}
        sink = {"name": "out", "connector.class": "both", "topics": "t", **json}
        worker = self.worker({"plugin.path": self.path("plugins")}, [sink, source])
        worker.await_log("both=v0m0")
        v, m = 0, 0
        for i, (first_bad, second_bad) in enumerate([(False, True), (True, False), (True, True), (False, False)] * 3):
            number = i + 1
            first = version_text(number, {"body": FAILS % ()} if first_bad else {})
            second = MARK % {"mark": number, "body": FAILS % () if second_bad else ""}
            save(self.path("plugins", "stamp.lua"), first, 1)
            if i % 3 == 1:
                time.sleep(0.03)
            save(self.path("plugins", "mark.lua"), second, 1)
            self.assert_decided(worker, "stamp", first, "rolled back" if first_bad else "active")
            self.assert_decided(worker, "mark", second, "rolled back" if second_bad else "active")
            v, m = v if first_bad else number, m if second_bad else number
            if not (first_bad and second_bad):
                worker.await_log(r"both=v%dm%d\b" % (v, m))
        for name in ("in", "out"):
            self.assertEqual(worker.task_states(name), ["RUNNING"], worker.status(name))
        worker.stop()

    def test_a_busy_task_holds_up_nobody(self):
        worker = self.open()
        harness.write(self.path("plugins", "snail.lua"), SNAIL)
        harness.wait_for("the snail to be known", lambda: worker.get("/admin/scripts/transforms/snail").status == 200)
        config = dict(worker.get("/connectors/in/config").body, name="slow", topic="other", transforms="s,x", **{"transforms.x.type": "snail"})
        self.create(worker, config)
        worker.await_state("slow", "RUNNING")
        time.sleep(1)
        for number in (2, 3):
            began = time.monotonic()
            put = worker.call("PUT", "/admin/scripts/transforms/stamp", raw=version_text(number, {}).encode())
            self.assertEqual((put.status, put.body["version"]), (200, number))
            runs = harness.wait_for("the quick task to change over", lambda: (
                lambda r: r if r["in"].get("version") == number and not r["in"].get("waits") else None)(self.running(worker)), 30, 0.02)
            self.assertLess(time.monotonic() - began, 2)
            self.assertEqual(runs["slow"]["version"], 1, runs)
            self.assertRegex(runs["slow"]["waits"], "turns with|come by|about to be built")
            self.await_checked(worker, r"msg=checked.* v=%d\b" % number)
        versions = {v["version"]: v["tasks"] for v in worker.get("/admin/scripts/transforms/stamp/versions").body}
        self.assertEqual(versions, {1: ["slow-0"], 2: [], 3: ["in-0"]})
        harness.wait_for("the slow task to come by", lambda: self.running(worker)["slow"]["version"] == 3, 60)
        # Its end decides for it.
        worker.delete("/connectors/slow")
        harness.wait_for("the version to be decided", lambda: self.script(worker)["latest"]["state"] == "active", 60)
        self.assert_runs(worker)
        worker.stop()

    def test_files_come_and_go(self):
        real, other, plugins = self.path("real"), self.path("other"), self.path("plugins")
        os.makedirs(real)
        os.symlink(real, plugins)
        makedirs, os.makedirs = os.makedirs, lambda path, **more: None
        try:
            worker = self.open()
        finally:
            os.makedirs = makedirs
        path = os.path.join(plugins, "stamp.lua")

        # Through the link and beside it; two within a millisecond, of which the later counts.
        for number, where in ((2, path), (3, os.path.join(real, "stamp.lua"))):
            save(where, version_text(number, {}), 1)
            self.await_checked(worker, r"msg=checked.* v=%d\b" % number)
        harness.write(path, version_text(4, {}))
        harness.write(path, version_text(5, {}))
        self.assert_decided(worker, "stamp", version_text(5, {}), "active")

        # Removed: what runs goes on. Restored, as it was and then with another text: it is used.
        os.unlink(path)
        time.sleep(0.3)
        self.assertEqual(self.script(worker)["latest"]["sha256"], sha_of(version_text(5, {})))
        harness.write(path, version_text(5, {}))
        self.assert_decided(worker, "stamp", version_text(5, {}), "active")
        save(path, version_text(6, {}), 2)
        self.assert_decided(worker, "stamp", version_text(6, {}), "active")

        # The link is pointed to another directory, as deployments do.
        os.makedirs(other)
        for name in os.listdir(real):
            harness.write(os.path.join(other, name), harness.read(os.path.join(real, name)).decode())
        harness.write(os.path.join(other, "stamp.lua"), version_text(7, {}))
        os.symlink(other, self.path("next"))
        os.rename(self.path("next"), plugins)
        self.assert_decided(worker, "stamp", version_text(7, {}), "active")
        save(os.path.join(other, "stamp.lua"), version_text(8, {}), 0)
        self.assert_decided(worker, "stamp", version_text(8, {}), "active")
        self.await_checked(worker, r"msg=checked.* v=8\b")
        self.assert_runs(worker)
        worker.stop()

    def test_data_files(self):
        worker = self.open()
        look = """local lc = require "lc"
local names = lc.data("names.json")
return lc.transform {
  config = { file = lc.config.string { doc = "A file beside the script", default = "more.csv" } },
  configure = function(cfg) return { line = lc.data(cfg.file):match("[^\\n]+") } end,
  apply = function(record, cfg)
    record.value.name, record.value.line = names.no, cfg.line
    return record
  end,
}
"""
        show = """local lc = require "lc"
local told
return lc.transform { apply = function(record)
  local text = tostring(record.value.name) .. "_" .. tostring(record.value.line)
  if text ~= told then lc.log.info("looked", "up", text) end
  told = text
  return record
end }
"""
        harness.write(self.path("plugins", "names.json"), '{"no": "Norway"}')
        harness.write(self.path("plugins", "more.csv"), "one\ntwo\n")
        harness.write(self.path("plugins", "look.lua"), look)
        harness.write(self.path("plugins", "show.lua"), show)
        for name in ("look", "show"):
            harness.wait_for("%s to be known" % name, lambda: worker.get("/admin/scripts/transforms/" + name).status == 200)
        config = worker.get("/connectors/in/config").body
        self.create(worker, dict(config, name="named", topic="other", transforms="s,l,w", **{"transforms.l.type": "look", "transforms.w.type": "show"}))
        self.create(worker, {"name": "drain", "connector.class": "blackhole_sink", "topics": "other"}) # or "named" has to wait
        worker.await_log("up=Norway_one")
        for file, text, expected in (("names.json", '{"no": "Noreg"}', "Noreg_one"), ("more.csv", "uno\n", "Noreg_uno"),
                                     ("names.json", '{"no": "Norge"}', "Norge_uno")):
            save(self.path("plugins", file), text, 1)
            worker.await_log("up=" + expected)
        save(self.path("plugins", "names.json"), '{"no": ', 1)
        refused = harness.wait_for("the broken file to be refused", lambda: (lambda l: l if l["state"] == "refused" else None)(self.script(worker, "look")["latest"]))
        self.assertRegex(refused["error"], r"look\.lua:2(:\d+)?: lc\.data: names\.json: ")
        os.unlink(self.path("plugins", "more.csv"))
        save(self.path("plugins", "names.json"), '{"no": "Norwegen"}', 1)
        refused = harness.wait_for("the missing file to be told", lambda: (lambda l: l if "more.csv" in l.get("error", "") else None)(self.script(worker, "look")["latest"]))
        self.assertIn("there is no such file", refused["error"])
        save(self.path("plugins", "more.csv"), "eins", 0)
        worker.await_log("up=Norwegen_eins")
        for name in ("../names.json", "secret.properties", "a/b.json", ".x.json", "names.lua"):
            put = worker.call("PUT", "/admin/scripts/transforms/prying", raw=("local lc = require 'lc' lc.data('%s') return lc.transform { apply = function(r) return r end }" % name).encode())
            self.assertEqual(put.status, 400)
            self.assertIn("is no name of a", put.body["message"])
        worker.stop()

    def test_its_own_tests_come_first(self):
        worker = self.open(**{"script.tests.timeout.ms": "3000"})
        cases = """local test = require "lc.test"
it("stamps", function()
  local answer = test.run { values = { { n = 1 } } }
  %s
end)
"""
        path, test = self.path("plugins", "stamp.lua"), self.path("plugins", "stamp_test.lua")
        for number, body, state, told in (
                (2, "expect(answer.records[1].value.v).equals(2)", "active", None),
                (3, "expect(answer.records[1].value.v).equals(4)", "refused", "stamp_test.lua: the script's tests fail:\nFAIL "),
                (4, "while true do end", "refused", "longer than script.tests.timeout.ms, 3000 ms")):
            harness.write(test, cases % body)
            text = version_text(number, {})
            save(path, text, 1)
            self.assert_decided(worker, "stamp", text, state)
            if told:
                self.assertIn(told, self.script(worker)["latest"]["error"])
        self.assertEqual(self.script(worker)["version"], 2)
        self.assert_runs(worker)
        worker.stop()

    def test_a_sink_stays_in_its_group(self):
        worker = self.open()
        text = STAYING_SINK % {"version": 1, "start": "", "body": ""}
        harness.write(self.path("plugins", "staying.lua"), text)
        harness.wait_for("the sink to be known", lambda: worker.get("/admin/scripts/connectors/staying").status == 200)
        self.create(worker, dict(worker.get("/connectors/out/config").body, name="stay", **{"connector.class": "staying"}))
        worker.await_log(r"sink=v1\b")
        for i in range(12):
            parts, state = [({}, "active"), ({"start": "error('no start')"}, "rolled back"), ({"body": "if n > 0 then error('no luck') end"}, "rolled back")][i % 3]
            text = STAYING_SINK % {"version": i + 2, "start": "", "body": "", **parts}
            save(self.path("plugins", "staying.lua"), text, i % 2)
            latest = harness.wait_for("the sink to be decided", lambda: (lambda l: l if l["sha256"] == sha_of(text) and l["state"] != "trial" else None)(
                self.script(worker, "staying", "connectors")["latest"]), 30, 0.02)
            self.assertEqual(latest["state"], state, latest)
            if state == "active":
                worker.await_log(r"sink=v%d\b" % (i + 2))
                harness.wait_for("the status to tell", lambda: worker.status("stay")["tasks"][0].get("version") == "%d.0" % (i + 2))
        self.assertNotIn("msg=gap", worker.new_log())
        print("pauses:", self.script(worker)["pauses"])
        self.assertEqual(worker.task_states("stay"), ["RUNNING"], worker.status("stay"))
        self.assert_runs(worker)
        worker.stop()

    def running(self, worker, name="stamp", kind="transforms"):
        return {task["connector"]: task for task in self.script(worker, name, kind)["running"]}


if __name__ == "__main__":
    harness.main()
