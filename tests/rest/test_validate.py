"""Validation with scripts of one's own: configured for real, what is wrong at its key and with its line, and nobody waits for a slow one."""
import os
import threading
import time

import harness

CONNECTOR = """local lc = require "lc"
return lc.source {
  config = {
    topic = lc.config.string { doc = "Where to.", required = true },
    password = lc.config.password { doc = "Never told.", default = "" },
    how = lc.config.string { doc = "How.", default = "", validator = function(how) while how == "loop" do end return true end },
  },
  tasks = function(cfg, most)
    while cfg.how == "tasks" do end
    return { cfg }
  end,
  start = function(task) if task.config.how == "fail" then error("no way in with " .. task.config.password) end end,
  poll = function() return nil end,
}
"""
TRANSFORM = """local lc = require "lc"
return lc.transform {
  config = { how = lc.config.string { doc = "How.", default = "" }, password = lc.config.password { doc = "Never told.", default = nil } },
  configure = function(cfg)
    while cfg.how == "loop" do end
    if cfg.password then error("no way in with " .. cfg.password .. " or " .. cfg.password) end
    if cfg.how == "fail" then error("how can't be fail") end
    return cfg
  end,
  apply = function(record) return record end,
}
"""
PREDICATE = """local lc = require "lc"
return lc.predicate { configure = function(cfg) error("never true") end, test = function() return true end }
"""
BROKEN = """local lc = require "lc"
return lc.transform {
  apply = function(record) return record en
}
"""
FILTER = "org.apache.kafka.connect.transforms.Filter"


class Validate(harness.Case):
    def setUp(self):
        super().setUp()
        scripts = {"connectors/moody": CONNECTOR, "transforms/picky": TRANSFORM, "transforms/torn": BROKEN, "predicates/never": PREDICATE}
        for name, text in scripts.items():
            path = self.path("plugins", name + ".lua")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            harness.write(path, text)
        self.worker_ = self.worker({"plugin.path": self.path("plugins"), "script.timeout.ms": "500"})

    @staticmethod
    def config(settings=(), **more):
        return {"name": "m", "connector.class": "moody", "topic": "t", **dict(settings), **more}

    def errors(self, config):
        """What is wrong, by setting; the same is told when it is created."""
        answer = self.worker_.put("/connector-plugins/moody/config/validate", config)
        self.assertEqual(answer.status, 200, answer.body)
        values = [entry["value"] for entry in answer.body["configs"]]
        found = {value["name"]: value["errors"] for value in values if value["errors"]}
        self.assertEqual(answer.body["error_count"], sum(len(errors) for errors in found.values()))
        created = self.worker_.post("/connectors", {"name": config["name"], "config": config})
        self.assertEqual(created.status, 400 if found else 201, created.body)
        for text in sum(found.values(), []):
            self.assertIn(text, created.body["message"])
        return found

    def test_steps_are_configured(self):
        steps = {"transforms": "a,b,c,d,e", "transforms.a.type": "picky", "transforms.a.how": "fail", "transforms.b.type": "torn",
                 "transforms.c.type": "pickyy", "transforms.d.type": "picky", "transforms.e.type": FILTER, "tasks.max": "x",
                 "errors.tolerance": "some"}
        found = self.errors(self.config(steps))
        self.assertEqual(sorted(found), ["errors.tolerance", "tasks.max", "transforms.a.type", "transforms.b.type", "transforms.c.type"])
        self.assertRegex(found["transforms.a.type"][0], r"^how can't be fail \(picky\.lua:7(:\d+)?\)$")
        self.assertIn("torn.lua:3: 'end' expected near 'en'", found["transforms.b.type"][0])
        self.assertTrue(found["transforms.c.type"][0].endswith("Class pickyy could not be found. Did you mean picky?"), found)
        found = self.errors(self.config({"transforms": "f", "transforms.f.type": FILTER, "transforms.f.predicate": "p", "predicates": "p",
                                         "predicates.p.type": "never"}))
        self.assertIn("never true", found["transforms.f.type"][0])
        self.assertEqual(self.errors(self.config({"transforms": "a", "transforms.a.type": "picky", "transforms.a.how": "well"})), {})

    def test_secrets_are_not_told(self):
        settings = {"transforms": "a", "transforms.a.type": "picky", "transforms.a.password": "TopSecret-42"}
        answers = [self.worker_.put("/connector-plugins/moody/config/validate", self.config(settings)),
                   self.worker_.post("/connectors", {"name": "m", "config": self.config(settings)}),
                   self.worker_.put("/connectors/m/config?dry_run=true", self.config(settings))]
        for answer in answers:
            self.assertRegex(str(answer.body), r"no way in with \[hidden\] or \[hidden\] \(picky\.lua:6")
            self.assertNotIn("TopSecret", str(answer.body))
        self.assertNotIn("TopSecret", self.worker_.new_log())
        config = self.config(how="fail", password="TopSecret-43")
        self.assertEqual(self.worker_.post("/connectors", {"name": "m", "config": config}).status, 201)
        self.assertIn("no way in with [hidden]", self.worker_.await_state("m", "FAILED")["tasks"][0]["trace"])
        self.worker_.await_log(r"no way in with \[hidden\]")
        self.assertNotIn("TopSecret", self.worker_.new_log())

    def test_nobody_waits_for_a_slow_one(self):
        answers = []

        def validate(settings):
            answers.append(self.worker_.put("/connector-plugins/moody/config/validate", self.config(settings)))
        slow = [threading.Thread(target=validate, args=(settings,)) for settings in
                ({"how": "loop"}, {"how": "loop"}, {"transforms": "a", "transforms.a.type": "picky", "transforms.a.how": "loop"})]
        for thread in slow:
            thread.start()
        began = time.monotonic()
        for i in range(20):
            self.assertEqual(self.worker_.get("/connectors").status, 200)
            self.create(self.worker_, self.source("s%d" % i, file="/nonexistent", topic="t"))
        self.assertLess(time.monotonic() - began, 3 * harness.SCALE)
        for thread in slow:
            thread.join()
        self.assertEqual([answer.status for answer in answers], [200] * 3)
        for answer in answers:
            self.assertEqual(answer.body["error_count"], 1)
            self.assertIn("ran longer than", str(answer.body["configs"]))

    def test_nobody_waits_for_slow_tasks(self):
        creating = threading.Thread(target=lambda: self.worker_.post("/connectors", {"name": "m", "config": self.config(how="tasks")}))
        creating.start()
        time.sleep(0.3)
        began = time.monotonic()
        self.create(self.worker_, self.source("s", file="/nonexistent", topic="t"))
        self.assertEqual(self.worker_.put("/connectors/s/pause").status, 202)
        self.assertEqual(self.worker_.delete("/connectors/s").status, 204)
        self.assertLess(time.monotonic() - began, 10 * harness.SCALE, "a script's limit bounds the wait")
        creating.join()
        harness.wait_for("the failure", lambda: "ran longer than" in str(self.worker_.status("m")))


if __name__ == "__main__":
    harness.main()
