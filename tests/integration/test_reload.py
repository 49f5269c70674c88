"""Scripts that change while records flow: nothing lost, doubled, reordered or mixed, whatever the versions do."""
import hashlib
import os
import subprocess
import time

import harness

RELOADS = int(os.environ.get("LC_TEST_RELOADS", "60"))

SOURCE = """local lc = require "lc"
local source = lc.source { config = { topic = lc.config.string { doc = "Topic", required = true } } }
function source.start(task)
  local saved = task.offsets:get({ all = 1 })
  task.n = saved and saved.n or 0
end
function source.poll(task, out)
  for _ = 1, 200 do
    task.n = task.n + 1
    out:add(task.config.topic, nil, { all = 1 }, { n = task.n }).value = { n = task.n }
  end
end
return source
"""

# Fails at the first record that is not the next one, or that a version touched which must not count.
SINK = """local lc = require "lc"
local sink = lc.sink {}
function sink.start(task) task.n, task.v, task.told = 0, 0, 0 end
function sink.put(task, records)
  for _, record in lc.ipairs(records) do
    local value = record.value
    local n, v, kept = tonumber(value.n), tonumber(value.v), tonumber(value.kept)
    if n ~= task.n + 1 then error("record " .. n .. " after " .. task.n) end
    if v < task.v then error("version " .. v .. " after " .. task.v .. " at record " .. n) end
    if kept ~= n then error("kept " .. kept .. " at record " .. n) end
    if value.bad ~= nil then error("a bad version touched record " .. n) end
    task.n, task.v = n, v
  end
  if lc.time.now() > task.told + 200 then
    lc.log.info("checked", "n", tostring(task.n), "v", tostring(task.v))
    task.told = lc.time.now()
  end
end
return sink
"""

VERSION = """local lc = require "lc"
local common = require "common"
local kept = lc.kept { n = 0 }
local leak = {}
return lc.transform {
  configure = function(cfg) %(configure)s return cfg end,
  apply = function(record)
    kept.n = kept.n + 1
    record.value.v, record.value.kept = %(version)d, kept.n
    common.touch(record.value)
    %(body)s
    return record
  end,
}
"""

COMMON = "return { touch = function(value) value.common = %d end }\n"
BUSY = "local x = 0 for i = 1, %d do x = x + i %% 7 end if x < 0 then return nil end"

# What becomes of a version, and how it is made.
KINDS = [
    ("active", {}),
    ("active", {"configure": BUSY % 300000}),                                      # slow to start
    ("refused", {"body": "local x = ("}),
    ("rolled back", {"body": "record.value.bad = true if record.value.n % 50 == 7 then error('no luck') end"}),
    ("active", {"body": "leak[#leak + 1] = ('x'):rep(64)"}),
    ("refused", {"configure": "error('not with these settings')"}),
    ("active", {"body": BUSY % 500}),                                               # slow for each record
    ("rolled back", {"body": "record.value.bad = true while true do end"}),
]


def version_text(number, kind):
    return VERSION % {"version": number, "configure": "", "body": "", **kind}


def save(path, text, way):
    """As editors do: in place, beside and over it, or away and anew in two pieces."""
    if way == 0:
        harness.write(path, text)
    elif way == 1:
        harness.write(path + ".swp", text)
        os.rename(path + ".swp", path)
    else:
        os.unlink(path)
        harness.write(path, text[:40])
        time.sleep(0.005)
        harness.append(path, text[40:])


class Reload(harness.Case):
    sign_all = False

    def start(self, settings=None, **more):
        os.makedirs(self.path("plugins"))
        for name, text in (("counter", SOURCE), ("checker", SINK), ("stamp", version_text(1, {})), ("common", COMMON % 0)):
            harness.write(self.path("plugins", name + ".lua"), text)
            if self.sign_all:
                self.sign(name)
        json = {"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"}
        source = {"name": "in", "connector.class": "counter", "topic": "t", "transforms": "s", "transforms.s.type": "stamp", **json, **more}
        sink = {"name": "out", "connector.class": "checker", "topics": "t", **json}
        return self.worker({"plugin.path": self.path("plugins"), "script.timeout.ms": "1000", **(settings or {})}, [sink, source])

    def script(self, worker, name="stamp", kind="transforms"):
        return worker.get("/admin/scripts/%s/%s" % (kind, name)).body

    def await_decided(self, worker, sha):
        def decided():
            latest = self.script(worker)["latest"]
            return latest if latest["sha256"] == sha and latest["state"] != "trial" else None
        return harness.wait_for("the version to be decided", decided, 30, 0.01)

    def await_checked(self, worker, pattern):
        worker.await_log(pattern, 30)

    def assert_runs(self, worker):
        for name in ("in", "out"):
            self.assertEqual(worker.task_states(name), ["RUNNING"], worker.status(name))

    def test_reloads_under_load(self):
        worker = self.start()
        self.await_checked(worker, r"msg=checked.* v=1\b")
        path, before = self.path("plugins", "stamp.lua"), 0
        for i in range(RELOADS):
            number = i + 2
            expected, kind = KINDS[i % len(KINDS)]
            text = version_text(number, kind)
            save(path, text, i % 3)
            latest = self.await_decided(worker, hashlib.sha256(text.encode()).hexdigest())
            self.assertEqual(latest["state"], expected, latest)
            if expected != "active":
                self.assertRegex(latest["error"], r"stamp\.lua:\d+(:\d+)?: ")
                self.assertNotEqual(self.script(worker)["version"], latest["version"])
            if i == RELOADS // 4:
                before = worker.memory()
        last = max(i + 2 for i in range(RELOADS) if KINDS[i % len(KINDS)][0] == "active")
        self.await_checked(worker, r"msg=checked.* v=%d\b" % last)
        self.assert_runs(worker)
        text = version_text(RELOADS + 2, {})
        save(path, text, 0)
        self.await_decided(worker, hashlib.sha256(text.encode()).hexdigest())
        print("pauses:", self.script(worker)["pauses"], "memory: from", before, "to", worker.memory())
        if RELOADS >= 500:
            self.assertLess(worker.memory(), before + 64 * 1024 * 1024)
        self.assert_runs(worker)
        worker.stop()

    def test_modules_and_connectors(self):
        worker = self.start()
        self.await_checked(worker, r"msg=checked.* v=1\b")
        harness.write(self.path("plugins", "common.lua"), COMMON % 7)
        harness.wait_for("the module to be followed", lambda: self.script(worker)["version"] == 2)
        self.assertEqual(self.script(worker)["latest"]["by"], "file")
        harness.write(self.path("plugins", "common.lua"), "return {")
        worker.await_log("script is refused")
        harness.write(self.path("plugins", "common.lua"), COMMON % 8)
        harness.wait_for("the module to be good again", lambda: self.script(worker)["latest"]["state"] == "active")
        # A source starts again from its offsets; one that can't start gives way to the one before.
        for replaced, state in (("local source =", "active"), ('error("no start") --', "rolled back"), ("task.n = task.n + 0", "active")):
            text = SOURCE.replace("  task.n = saved", "  " + replaced + " 1\n  task.n = saved", 1) if state != "active" else SOURCE + "-- %s\n" % replaced
            harness.write(self.path("plugins", "counter.lua"), text)
            sha = hashlib.sha256(text.encode()).hexdigest()
            harness.wait_for("the source to be decided", lambda: (lambda l: l["sha256"] == sha and l["state"] == state)(
                self.script(worker, "counter", "connectors")["latest"]))
        self.assert_runs(worker)
        worker.stop()

    def test_shadow(self):
        worker = self.start(**{"script.canary": "shadow:1000"})
        self.await_checked(worker, r"msg=checked.* v=1\b")
        for extra, state in (("-- the same\n", "active"), ("", "rolled back")):
            text = version_text(1, {}) + extra if extra else version_text(1, {"body": "if record.value.n % 400 == 9 then record.value.more = 1 end"})
            save(self.path("plugins", "stamp.lua"), text, 1)
            latest = self.await_decided(worker, hashlib.sha256(text.encode()).hexdigest())
            self.assertEqual(latest["state"], state, latest)
        self.assertIn("more=1", latest["diff"].replace('"', "").replace(":", "="))
        self.assert_runs(worker)
        worker.stop()

    def test_over_rest(self):
        worker = self.start()
        self.await_checked(worker, r"msg=checked.* v=1\b")
        url = "/admin/scripts/transforms/stamp"
        put = lambda text, path=url: worker.call("PUT", path, raw=text.encode())
        good = put(version_text(2, {}))
        self.assertEqual((good.status, good.body["version"]), (200, 2))
        self.await_decided(worker, good.body["sha256"])
        self.assertEqual(harness.read(self.path("plugins", "stamp.lua")).decode(), version_text(2, {}))
        refused = put(version_text(3, {"body": "local x = ("}))
        self.assertEqual(refused.status, 400)
        self.assertRegex(refused.body["message"], r"stamp\.lua:\d+(:\d+)?: ")
        bad = put(version_text(4, {"body": "record.value.bad = true error('no')"}))
        self.assertEqual(bad.status, 200)
        self.assertEqual(self.await_decided(worker, bad.body["sha256"])["state"], "rolled back")
        harness.wait_for("the file to be good again", lambda: harness.read(self.path("plugins", "stamp.lua")).decode() == version_text(2, {}))
        versions = worker.get(url + "/versions").body
        self.assertEqual([v["state"] for v in versions], ["replaced", "active", "refused", "rolled back"])
        self.assertEqual([v["current"] for v in versions], [False, True, False, False])
        self.assertEqual(worker.get(url + "/versions/1").body["text"], version_text(1, {}))
        self.assertEqual(worker.get(url + "/versions/9").status, 404)
        diff = worker.get(url + "/diff?from=1&to=2").body
        self.assertIn("+    record.value.v, record.value.kept = 2, kept.n\n", diff)
        self.assertEqual(put("return 1", "/admin/scripts/transforms/..%2fx").status, 400)
        self.assertEqual(put(version_text(1, {}), "/admin/scripts/connectors/other").status, 400)
        self.assertEqual(put(version_text(1, {}), "/admin/scripts/things/other").status, 404)
        self.assertEqual(put("local lc = require 'lc' return lc.transform { apply = function(r) return r end }", "/admin/scripts/transforms/fresh").status, 201)
        self.assertEqual(worker.get("/admin/scripts/transforms/nosuch").status, 404)
        self.assert_runs(worker)
        worker.stop()
        worker.start()
        self.assertEqual([v["version"] for v in worker.get(url + "/versions").body], [1, 2, 3, 4])
        back = worker.post(url + "/rollback?version=1")
        self.assertEqual((back.status, back.body["version"]), (200, 5))
        self.assertEqual(worker.post(url + "/rollback?version=77").status, 404)
        worker.stop()

    def sign(self, *names):
        paths = [self.path("plugins", name + ".lua") for name in names]
        return subprocess.run([harness.PROGRAM, "script", "sign", "--key", self.path("key"), *paths], check=True, stdout=subprocess.PIPE)

    def test_signatures(self):
        made = subprocess.run([harness.PROGRAM, "script", "sign", "--new-key", self.path("key")], check=True, stdout=subprocess.PIPE)
        public, again = made.stdout.decode().strip(), [harness.PROGRAM, "script", "sign", "--new-key", self.path("key")]
        self.assertEqual(subprocess.run(again, stderr=subprocess.PIPE).returncode, 2)
        verify = [harness.PROGRAM, "script", "verify", "--keys", public]
        self.sign_all = True
        worker = self.start(settings={"script.signature.required": "true", "script.signature.keys": public})
        self.await_checked(worker, r"msg=checked.* v=1\b")
        path = self.path("plugins", "stamp.lua")
        self.assertEqual(subprocess.run(verify + [path], stdout=subprocess.PIPE).returncode, 0)
        harness.write(path, version_text(2, {}))
        self.assertEqual(subprocess.run(verify + [path], stderr=subprocess.PIPE).returncode, 2)
        refused = harness.wait_for("the changed script to be refused", lambda: (lambda l: l if l["state"] == "refused" else None)(self.script(worker)["latest"]))
        self.assertIn("signature", refused["error"])
        self.sign("stamp")
        harness.wait_for("the signed one to be used", lambda: self.script(worker)["version"] == 3)
        harness.write(self.path("plugins", "common.lua"), COMMON % 5)
        harness.wait_for("the changed module to be refused", lambda: self.script(worker)["latest"]["version"] == 4)
        self.assertIn("common.lua", self.script(worker)["latest"]["error"])
        self.assertEqual(self.script(worker)["version"], 3)
        self.assertEqual(worker.call("PUT", "/admin/scripts/transforms/stamp", raw=version_text(9, {}).encode()).status, 400)
        harness.write(self.path("plugins", "unsigned.lua"), version_text(1, {}))
        harness.wait_for("the unsigned script to be refused", lambda: any(
            s["name"] == "unsigned" and "not signed" in s["latest"]["error"] for s in worker.get("/admin/scripts").body))
        self.assert_runs(worker)
        worker.stop()


if __name__ == "__main__":
    harness.main()
