"""The broker inside the worker: it keeps little, so the worker must hold sources back and lose nothing."""
import os
import time

import harness


class Embedded(harness.Case):
    def test_100k_records_all_arrive(self):
        count = 100000
        lines = ["%08d%s" % (i, chr(97 + i % 26) * 178) for i in range(count)]  # 186 bytes
        harness.write(self.path("in.txt"), "".join(line + "\n" for line in lines))
        worker = self.worker(connectors=[self.source(file=self.path("in.txt"), topic="t"),
                                         self.sink(file=self.path("out.txt"), topics="t")])
        self.await_lines(self.path("out.txt"), count, 60, worker)
        worker.stop()
        self.assertTrue(harness.lines_of(self.path("out.txt")) == lines, "the lines differ")

    def test_slow_sink_holds_the_source(self):
        """The sink begins when the source has already filled what the broker keeps, and pauses in between."""
        count = 60000
        lines = ["%08d%s" % (i, "y" * 178) for i in range(count)]
        harness.write(self.path("in.txt"), "".join(line + "\n" for line in lines))
        worker = self.worker(connectors=[self.source(file=self.path("in.txt"), topic="t")])
        worker.await_log("waiting for the embedded broker")
        held = next(line for line in worker.new_log().splitlines() if "waiting for the embedded broker" in line)
        self.assertIn("connector=source", held)
        self.assertRegex(held, "sink|reader|read")
        worker.await_state("source", "RUNNING")
        time.sleep(1)
        self.assertEqual(worker.new_log().count("waiting for the embedded broker"), 1)
        sink = self.sink(file=self.path("out.txt"), topics="t")
        self.create(worker, sink)
        self.await_lines(self.path("out.txt"), 1000, 30, worker)
        worker.put("/connectors/%s/pause" % sink["name"])
        worker.await_state(sink["name"], "PAUSED")
        before = harness.count_lines(self.path("out.txt"))
        time.sleep(1)
        self.assertEqual(harness.count_lines(self.path("out.txt")), before)
        worker.put("/connectors/%s/resume" % sink["name"])
        self.await_lines(self.path("out.txt"), count, 60, worker)
        worker.stop()
        self.assertTrue(harness.lines_of(self.path("out.txt")) == lines, "the lines differ")

    def test_two_sinks_at_different_speeds(self):
        """The slowest reader counts."""
        count = 50000
        lines = ["%08d%s" % (i, "z" * 178) for i in range(count)]
        harness.write(self.path("in.txt"), "".join(line + "\n" for line in lines))
        harness.os.makedirs(self.path("plugins"))
        harness.write(self.path("plugins", "slow.lua"), """local lc = require "lc"
return lc.transform { apply = function(record)
  local x = 0
  for i = 1, 20000 do x = x + i % 7 end
  if x < 0 then return nil end
  return record
end }""")
        a = self.sink("a", file=self.path("a.txt"), topics="t")
        b = self.sink("b", file=self.path("b.txt"), topics="t", transforms="slow", transforms__slow__type="slow")
        worker = self.worker({"plugin.path": self.path("plugins"), "script.timeout.ms": "60000"}, [a, b, self.source(file=self.path("in.txt"), topic="t")])
        self.await_lines(self.path("b.txt"), count, 90, worker)
        self.await_lines(self.path("a.txt"), count, 10, worker)
        worker.stop()
        for name in "a.txt", "b.txt":
            self.assertTrue(harness.lines_of(self.path(name)) == lines, name)

    def test_deleted_sink_holds_nobody(self):
        """A stopped sink is waited for; once it is deleted the other one decides."""
        count = 60000
        lines = ["%08d%s" % (i, "w" * 178) for i in range(count)]
        harness.write(self.path("in.txt"), "".join(line + "\n" for line in lines))
        gone, stays = self.sink("gone", file=self.path("gone.txt"), topics="t"), self.sink(file=self.path("out.txt"), topics="t")
        worker = self.worker(connectors=[gone, stays])
        worker.put("/connectors/gone/stop")
        self.create(worker, self.source(file=self.path("in.txt"), topic="t"))
        worker.await_log("waiting for the embedded broker")
        self.assertLess(harness.count_lines(self.path("out.txt")), count)
        self.assertIn("that gone has not read yet", worker.new_log())
        self.assertEqual(worker.delete("/connectors/gone").status, 204)
        self.await_lines(self.path("out.txt"), count, 30, worker)
        worker.stop()
        self.assertTrue(harness.lines_of(self.path("out.txt")) == lines, "the lines differ")

    def test_partitions(self):
        """A topic of several partitions, as topic.creation asks; each keeps its order."""
        count = 30000
        harness.write(self.path("in.txt"), "".join('{"id":%d,"n":%d}\n' % (i % 50, i) for i in range(count)))
        source = self.source(
            file=self.path("in.txt"), topic="t", topic__creation__default__partitions=4,
            topic__creation__default__replication__factor=1)
        worker = self.worker(connectors=[source])
        worker.await_state("source", "RUNNING")
        sink = self.sink(file=self.path("out.txt"), topics="t", tasks__max=2)
        self.create(worker, sink)
        self.await_lines(self.path("out.txt"), count, 60, worker)
        worker.stop()
        self.assertEqual(sorted(harness.lines_of(self.path("out.txt"))), sorted(harness.lines_of(self.path("in.txt"))))

    def test_refused_where_it_cannot_serve(self):
        worker = self.prepare({"group.id": "g", "config.storage.topic": "c", "offset.storage.topic": "o",
                               "status.storage.topic": "s", "exactly.once.source.support": "enabled"})
        worker.command = lambda: [harness.PROGRAM, "distributed", worker.settings]
        worker.launch()
        self.assertNotEqual(worker.await_exit(20), 0)
        self.assertIn("embedded", worker.new_log())
        self.assertIn("standalone", worker.new_log())

    def test_exactly_once_is_refused(self):
        worker = self.worker()
        source = self.source(file=self.path("in.txt"), topic="t", exactly__once__support="required")
        answer = worker.post("/connectors", {"name": "source", "config": source})
        self.assertEqual(answer.status, 400)
        self.assertIn("exactly-once", answer.body["message"])

    def test_offsets_of_sinks_stay(self):
        """The embedded broker can't change them; asking for it is refused and harms nobody."""
        sink = self.sink(file=self.path("out.txt"), topics="t")
        worker = self.worker(connectors=[sink])
        worker.put("/connectors/%s/stop" % sink["name"])
        harness.wait_for("the stop", lambda: worker.get("/connectors/%s/tasks" % sink["name"]).body == [])
        answer = worker.delete("/connectors/%s/offsets" % sink["name"])
        self.assertEqual(answer.status, 400)
        self.assertIn("embedded broker", answer.body["message"])
        self.assertEqual(worker.get("/connectors").status, 200)

    def test_settings_from_the_environment(self):
        """CONNECT_ variables are worker settings and count more than the file, which may then be missing."""
        harness.write(self.path("in.txt"), "one\n")
        variables = {"CONNECT_OFFSET_STORAGE_FILE_FILENAME": self.path("elsewhere"), "CONNECT_OFFSET_FLUSH_INTERVAL_MS": "100",
                     "CONNECT_BOOTSTRAP_SERVERS": "embedded", "CONNECT_LISTENERS": "http://127.0.0.1:0",
                     "CONNECT_KEY_CONVERTER": harness.STRING, "CONNECT_VALUE_CONVERTER": harness.STRING,
                     "CONNECT_LOG4J_ROOT_LOGLEVEL": "WARN"}
        worker = self.worker({}, [self.source(file=self.path("in.txt"), topic="t")], env=variables)
        harness.wait_for("the offsets", lambda: os.path.exists(self.path("elsewhere")))
        worker.stop()
        self.assertFalse(os.path.exists(self.path("offsets")))
        worker = self.prepare(env=variables)
        worker.command = lambda: [harness.PROGRAM, "standalone"]
        worker.start()
        self.assertEqual(worker.get("/connectors").body, [])


if __name__ == "__main__":
    harness.main()
