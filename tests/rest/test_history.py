"""What happened to tasks, and how much they do, over REST."""
import os
import time

import harness

BAD = """local lc = require "lc"
return lc.transform { apply = function(record)
  if record.value == "bad" then error("this one is bad") end
  return record
end }
"""


class History(harness.Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("plugins"))
        harness.write(self.path("plugins", "bad.lua"), BAD)
        harness.write(self.path("in.txt"), "one\ntwo\nbad\nthree\n")
        self.rest = self.worker({"plugin.path": self.path("plugins"), "offset.flush.interval.ms": 100})

    def make(self, **more):
        self.create(self.rest, self.source("src", file=self.path("in.txt"), topic=self.topic(), 
                                           **{"transforms": "bad", "transforms.bad.type": "bad", **more}))

    def events(self):
        answer = self.rest.get("/connectors/src/history")
        self.assertEqual((answer.status, answer.body["name"]), (200, "src"))
        return answer.body["events"]

    def test_failures_and_restarts(self):
        self.make()
        self.rest.await_state("src", "FAILED")
        began = self.events()
        self.assertEqual([event["event"] for event in began], ["started", "running", "failed"])
        self.assertEqual({event["task"] for event in began}, {0})
        self.assertIn("Tolerance exceeded in error handler", began[2]["reason"])
        self.assertNotIn("\n", began[2]["reason"])
        self.assertLess(abs(began[0]["at"] - time.time() * 1000), 60000)
        self.rest.post("/connectors/src/tasks/0/restart")
        again = harness.wait_for("another failure", lambda: self.events() if len(self.events()) >= 7 else None)
        self.assertEqual(sorted(event["event"] for event in again[3:]), ["failed", "restart asked for", "running", "started"])
        asked = [event for event in again if event["event"] == "restart asked for"][0]
        self.assertEqual((asked["by"], asked["task"]), ("127.0.0.1", 0))
        self.assertFalse([event for event in again if "moved_from" in event])

    def test_restarts_by_itself(self):
        self.make(**{"errors.restart.policy": "on-failure", "errors.restart.delay.ms": "50"})
        harness.wait_for("a restart", lambda: [e for e in self.events() if e["event"] == "restarted"])
        restarted = [event for event in self.events() if event["event"] == "restarted"][0]
        self.assertEqual((restarted["by"], restarted["task"]), ("errors.restart.policy", 0))

    def test_ring_is_bounded(self):
        self.make(**{"errors.tolerance": "all"})
        self.rest.await_state("src", "RUNNING")
        for _ in range(60):
            self.rest.put("/connectors/src/pause")
            self.rest.put("/connectors/src/resume")
        events = self.events()
        self.assertEqual(len(events), 100)
        self.assertEqual(events, sorted(events, key=lambda event: event["at"]))

    def test_activity(self):
        self.make(**{"errors.tolerance": "all"})
        def done():
            task = self.rest.get("/connectors/src/activity").body["tasks"]
            return task if task and task[0]["records_skipped"] == 1 else None
        task = harness.wait_for("a record that is skipped", done)[0]
        self.assertEqual((task["task"], task["failures"], task["records_taken"]), (0, 1, 4))
        error = task["last_error"]
        self.assertEqual((error["stage"], error["message"]), ("TRANSFORMATION", "this one is bad"))
        self.assertRegex(error["where"], r"^bad\.lua:3(:\d+)?$")

    def test_activity_of_a_sink_has_the_place(self):
        self.make(**{"errors.tolerance": "all", "transforms": ""})
        topic = self.rest.get("/connectors/src/config").body["topic"]
        self.create(self.rest, self.sink("snk", file=self.path("out.txt"), topics=topic, transforms="bad",
                                         **{"transforms.bad.type": "bad", "errors.tolerance": "all"}))
        def failed():
            tasks = self.rest.get("/connectors/snk/activity").body["tasks"]
            return tasks[0].get("last_error") if tasks else None
        error = harness.wait_for("the bad record", failed)
        self.assertEqual((error["topic"], error["partition"], error["offset"]), (topic, 0, 2))

    def test_unknown(self):
        for what in ("history", "activity"):
            self.assertEqual(self.rest.get("/connectors/nobody/" + what).status, 404)


if __name__ == "__main__":
    harness.main()
