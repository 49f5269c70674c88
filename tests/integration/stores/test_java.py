"""The internal topics between us and Kafka Connect's own distributed worker: what one wrote, the other runs."""
import json
import os
import subprocess
import urllib.request

import harness

TOOL = os.path.join(harness.BUILD, "tests", "integration", "store_tool")


class DistributedJavaWorker(harness.JavaWorker):
    def command(self):
        return [*harness.JAVA, "-cp", harness.LIBS + "/*", "org.apache.kafka.connect.cli.ConnectDistributed",
                self.settings]


class Group(harness.Case):
    def setUp(self):
        super().setUp()
        self.kafka = harness.broker()
        self.group = self.topic("-group")

    def java(self, name="java"):
        settings = {"group.id": self.group, "offset.storage.file.filename": None,
                    "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000,
                    "scheduled.rebalance.max.delay.ms": 0, "topic.creation.enable": "true"}
        for kind, topic in ("config", "configs"), ("offset", "offsets"), ("status", "status"):
            settings["%s.storage.topic" % kind] = "%s-%s" % (self.group, topic)
            settings["%s.storage.replication.factor" % kind] = 1
        settings["offset.storage.partitions"] = 3
        settings["status.storage.partitions"] = 2
        return self.prepare(settings, kafka=self.kafka, name=name, kind=DistributedJavaWorker).start()

    def leave(self, worker):
        """Java's worker sometimes hangs in its exit; all it had to write is written by then."""
        try:
            worker.stop(15)
        except AssertionError:
            worker.kill()

    def tool(self, action, steps=()):
        text = "".join(json.dumps(step) + "\n" for step in steps)
        done = subprocess.run([TOOL, self.kafka.bootstrap, self.group, action], input=text.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120 * harness.SCALE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode()

    def dump(self):
        return json.loads(self.tool("dump"))

    def await_connector(self, worker, name, state, tasks):
        def reached():
            status = worker.status(name)
            states = [task["state"] for task in status.get("tasks", [])]
            return status.get("connector", {}).get("state") == state and states == tasks
        harness.wait_for("%s to be %s with tasks %s" % (name, state, tasks), reached, 60)


class OursThenJava(Group):
    def test_java_runs_what_we_wrote(self):
        """Connectors, tasks, target states and offsets that we wrote are a Java worker's from its first second."""
        file, topic = self.path("in.txt"), self.topic("-data")
        harness.write(file, "zero\none\ntwo\n")
        source = self.source("running", file=file, topic=topic)
        paused = self.source("paused-1", file=self.path("other.txt"), topic=topic)
        task = dict(source, **{"task.class": "org.apache.kafka.connect.file.FileStreamSourceTask"})
        key = json.dumps(["running", {"filename": file}], separators=(",", ":"), ensure_ascii=False)
        self.tool("write", [
            ["connector", "running", source, None],
            ["tasks", "running", [task]],
            ["connector", "paused-1", paused, "PAUSED"],
            ["tasks", "paused-1", [dict(task, **paused)]],
            ["connector", "stopped", dict(source, name="stopped"), "STOPPED"],
            ["connector", "gone", dict(source, name="gone"), None],
            ["offset", key, json.dumps({"position": 5})],
            ["status", "running", -1, "UNASSIGNED", None],
            ["status", "gone", -1, "RUNNING", None],
            ["remove", "gone"],
        ])
        worker = self.java()
        harness.wait_for("Java to read the topic", lambda: sorted(worker.get("/connectors").body) ==
                         ["paused-1", "running", "stopped"], 30)
        self.await_connector(worker, "running", "RUNNING", ["RUNNING"])
        self.await_connector(worker, "paused-1", "PAUSED", ["PAUSED"])
        self.await_connector(worker, "stopped", "STOPPED", [])
        self.assertEqual(worker.get("/connectors/running/config").body, source)
        harness.wait_for("the lines after the offset", lambda: self.kafka.topics().get(topic) and
                         self.kafka.values(topic) == ["one", "two"])
        self.assertEqual(worker.get("/connectors/gone/status").status, 404)
        self.leave(worker)

    def test_a_change_reaches_a_running_java_worker(self):
        """Records that anyone may write are acted upon while Java's worker runs."""
        worker = self.java()
        self.create(worker, self.source("c", file=self.path("in.txt"), topic=self.topic("-data")))
        self.await_connector(worker, "c", "RUNNING", ["RUNNING"])
        self.tool("write", [["target", "c", "PAUSED"]])
        self.await_connector(worker, "c", "PAUSED", ["PAUSED"])
        self.tool("write", [["target", "c", "STARTED"]])
        self.await_connector(worker, "c", "RUNNING", ["RUNNING"])
        self.tool("write", [["status", "c", 0, "FAILED", "boom"]])
        self.await_connector(worker, "c", "RUNNING", ["FAILED"])
        self.assertEqual(worker.trace("c"), "boom")
        self.leave(worker)


class JavaThenOurs(Group):
    def test_we_read_what_java_wrote(self):
        """Names, configurations, tasks, states, offsets and topics of a Java worker's cluster."""
        file, topic, name = self.path("in.txt"), self.topic("-data"), "j-1-\u00e4\u2603"
        harness.write(file, "zero\none\n")
        worker = self.java()
        source = self.source(name, file=file, topic=topic, x="\u00fcn\u00ef \"quoted\" \\ \t")
        self.create(worker, source)
        path = "/connectors/" + urllib.request.quote(name)
        sink = self.sink("sink", file=self.path("out.txt"), topics=topic, tasks__max="2")
        self.create(worker, sink)
        stopped = self.source("stopped", file=file, topic=topic)
        self.assertEqual(worker.post("/connectors", {"name": "stopped", "config": stopped,
                                                     "initial_state": "STOPPED"}).status, 201)
        self.create(worker, self.source("gone", file=file, topic=self.topic("-gone")))
        self.await_connector(worker, "sink", "RUNNING", ["RUNNING"] * 2)
        self.await_connector(worker, "gone", "RUNNING", ["RUNNING"])
        self.await_lines(self.path("out.txt"), 2)
        self.assertEqual(worker.delete("/connectors/gone").status, 204)
        self.assertEqual(worker.put("/connectors/sink/pause").status, 202)
        self.await_connector(worker, "sink", "PAUSED", ["PAUSED"] * 2)
        status, tasks = worker.get(path + "/status").body, worker.get(path + "/tasks").body
        harness.wait_for("Java to forget the deleted one", lambda: worker.get("/connectors/gone/status").status == 404)
        offset = {"position": len(harness.read(file))}
        harness.wait_for("the offset", lambda: worker.get(path + "/offsets").body["offsets"] == [
            {"partition": {"filename": file}, "offset": offset}])

        seen = self.dump()
        self.assertEqual(sorted(seen["connectors"]), sorted([name, "sink", "stopped"]))
        ours = seen["connectors"][name]
        self.assertEqual(ours["config"], source)
        self.assertEqual((ours["target"], ours["inconsistent"], ours["task_count"]), ("STARTED", False, 1))
        self.assertEqual(ours["tasks"], [task["config"] for task in tasks])
        self.assertEqual(seen["connectors"]["sink"]["target"], "PAUSED")
        self.assertEqual(len(seen["connectors"]["sink"]["tasks"]), 2)
        self.assertEqual(seen["connectors"]["stopped"]["target"], "STOPPED")
        self.assertEqual(seen["connectors"]["stopped"]["tasks"], [])
        self.assertTrue(seen["session_key"])
        self.assertEqual(seen["statuses"][name], dict(status, type="unknown"))
        self.assertEqual(seen["topics"][name], {name: {"topics": [topic]}})
        offsets = {key: value for key, value in seen["offsets"] if json.loads(key)[0] == name}
        self.assertEqual([(json.loads(key), json.loads(value)) for key, value in offsets.items()],
                         [([name, {"filename": file}], offset)])

        # An offset that we change goes on under Java's own key, and Java resumes from it.
        self.leave(worker)
        self.tool("write", [["offset", key, json.dumps({"position": 5})] for key in offsets])
        worker = self.java("again")
        self.await_connector(worker, urllib.request.quote(name), "RUNNING", ["RUNNING"])
        harness.wait_for("the line after the offset", lambda: self.kafka.values(topic) == ["zero", "one", "one"])
        self.leave(worker)


if __name__ == "__main__":
    harness.main()
