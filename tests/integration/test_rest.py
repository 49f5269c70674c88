"""The life of connectors over REST: shapes, states and codes of Kafka Connect 4.1."""
import os
import time
import urllib.parse

import harness

SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"
SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"


class Rest(harness.Case):
    def grow(self, *lines):
        harness.append(self.path("in.txt"), "".join(line + "\n" for line in lines))

    def pipeline(self, kafka=None, topic="t"):
        self.grow("one", "two", "three")
        worker = self.worker(kafka=kafka)
        self.create(worker, self.source(file=self.path("in.txt"), topic=topic))
        self.create(worker, self.sink(file=self.path("out.txt"), topics=topic))
        self.await_lines(self.path("out.txt"), 3, 30, worker)
        return worker

    def test_worker(self):
        worker = self.worker()
        root = worker.get("/")
        self.assertEqual((root.status, sorted(root.body)), (200, ["commit", "kafka_cluster_id", "version"]))
        self.assertEqual(root.body["version"], "4.1.0")
        self.assertTrue(root.body["kafka_cluster_id"])
        self.assertEqual(worker.get("/health"). body, {
            "status": "healthy", "message": "Worker has completed startup and is ready to handle requests."})
        self.assertEqual(worker.get("/connectors").body, [])
        missing = worker.get("/no/such/path")
        self.assertEqual((missing.status, missing.body["error_code"]), (404, 404))
        self.assertEqual(worker.call("DELETE", "/connectors").status, 405)

    def test_life_cycle(self):
        worker = self.worker()
        config = self.source(file=self.path("in.txt"), topic="t")
        answer = self.create(worker, config)
        self.assertEqual(answer.headers["Location"], worker.url + "/connectors/source")
        self.assertEqual((answer.body["name"], answer.body["config"], answer.body["type"]), ("source", config, "source"))
        again = worker.post("/connectors", {"name": "source", "config": config})
        self.assertEqual((again.status, again.body), (409, {"error_code": 409, "message": "Connector source already exists"}))
        self.assertEqual(worker.get("/connectors").body, ["source"])
        worker.await_state("source", "RUNNING")
        host = worker.url[len("http://"):]
        status = {"name": "source", "connector": {"state": "RUNNING", "worker_id": host, "version": "4.1.0"},
                  "tasks": [{"id": 0, "state": "RUNNING", "worker_id": host, "version": "4.1.0"}], "type": "source"}
        self.assertEqual(worker.status("source"), status)
        info = {"name": "source", "config": config, "tasks": [{"connector": "source", "task": 0}], "type": "source"}
        self.assertEqual(worker.get("/connectors/source").body, info)
        self.assertEqual(worker.get("/connectors?expand=status&expand=info").body, {"source": {"status": status, "info": info}})
        self.assertEqual(worker.get("/connectors/source/config").body, config)
        self.assertEqual(worker.get("/connectors/source/tasks/0/status").body, status["tasks"][0])
        task, = worker.get("/connectors/source/tasks").body
        self.assertEqual(task["id"], {"connector": "source", "task": 0})
        self.assertEqual(task["config"]["task.class"], "org.apache.kafka.connect.file.FileStreamSourceTask")
        self.assertEqual(worker.delete("/connectors/source").status, 204)
        for method, path in (("GET", ""), ("GET", "/status"), ("GET", "/config"), ("GET", "/tasks"), ("DELETE", ""),
                             ("PUT", "/pause"), ("POST", "/restart"), ("GET", "/offsets")):
            answer = worker.call(method, "/connectors/source" + path)
            self.assertEqual((answer.status, answer.body["error_code"]), (404, 404), path)
        self.assertEqual(worker.get("/connectors").body, [])

    def test_change_of_configuration(self):
        worker = self.pipeline()
        sink = self.sink(file=self.path("second.txt"), topics="t")
        self.assertEqual(worker.put("/connectors/%s/config" % sink["name"], sink).status, 200)
        self.grow("four")
        self.await_lines(self.path("second.txt"), 1, 30, worker)
        self.assertEqual(harness.lines_of(self.path("second.txt")), ["four"])
        patched = worker.patch("/connectors/%s/config" % sink["name"], {"file": self.path("third.txt"), "tasks.max": None})
        self.assertEqual(patched.status, 200)
        expected = dict(sink, file=self.path("third.txt"))
        del expected["tasks.max"]
        self.assertEqual(worker.get("/connectors/%s/config" % sink["name"]).body, expected)
        self.grow("five")
        self.await_lines(self.path("third.txt"), 1, 30, worker)
        self.assertEqual(harness.count_lines(self.path("out.txt")), 3)
        self.assertEqual(worker.put("/connectors/other/config", self.source("else", topic="t")).status, 400)
        self.assertEqual(worker.put("/connectors/made/config", {"connector.class": "FileStreamSource", "topic": "u",
                                                                "file": self.path("in.txt")}).status, 201)

    def test_pause_and_resume(self):
        worker = self.pipeline()
        for name in "source", self.sink_name:
            self.assertEqual(worker.put("/connectors/%s/pause" % name).status, 202)
            worker.await_state(name, "PAUSED")
            self.assertEqual(worker.status(name)["connector"]["state"], "PAUSED")
        self.grow("four")
        time.sleep(1)
        self.assertEqual(harness.count_lines(self.path("out.txt")), 3)
        for name in "source", self.sink_name:
            self.assertEqual(worker.put("/connectors/%s/resume" % name).status, 202)
            worker.await_state(name, "RUNNING")
        self.await_lines(self.path("out.txt"), 4, 10, worker)

    def test_stop(self):
        worker = self.pipeline()
        self.assertEqual(worker.put("/connectors/source/stop").status, 204)
        status = harness.wait_for("STOPPED", lambda: worker.status("source")["connector"]["state"] == "STOPPED"
                                  and worker.status("source"))
        self.assertEqual(status["tasks"], [])
        self.assertEqual(worker.get("/connectors/source").body["tasks"], [])
        self.grow("four")
        time.sleep(0.5)
        self.assertEqual(harness.count_lines(self.path("out.txt")), 3)
        worker.put("/connectors/source/resume")
        self.await_lines(self.path("out.txt"), 4, 10, worker)
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["one", "two", "three", "four"])

    def test_restart(self):
        worker = self.worker()
        missing = self.path("folder")
        self.create(worker, self.sink(file=os.path.join(missing, "out.txt"), topics="t"))
        worker.await_state(self.sink_name, "FAILED")
        base = "/connectors/" + self.sink_name
        os.makedirs(missing)
        self.assertEqual(worker.post(base + "/tasks/0/restart").status, 204)
        worker.await_state(self.sink_name, "RUNNING")
        self.assertEqual(worker.post(base + "/tasks/7/restart").status, 404)
        self.assertEqual(worker.post(base + "/restart").status, 204)
        worker.await_state(self.sink_name, "RUNNING")
        answer = worker.post(base + "/restart?includeTasks=true&onlyFailed=false")
        self.assertEqual(answer.status, 202)
        self.assertEqual([answer.body["connector"]["state"], answer.body["tasks"][0]["state"]], ["RESTARTING"] * 2)
        worker.await_state(self.sink_name, "RUNNING")
        answer = worker.post(base + "/restart?includeTasks=true&onlyFailed=true")
        self.assertEqual((answer.status, answer.body["tasks"][0]["state"]), (202, "RUNNING"))

    def test_names_with_odd_characters(self):
        worker = self.worker()
        name = "ein Name/ü?#%25"
        path = "/connectors/" + urllib.parse.quote(name, safe="")
        answer = worker.put(path + "/config", {"connector.class": "FileStreamSource", "topic": "t",
                                               "file": harness.write(self.path("in.txt"), "a\n")})
        self.assertEqual((answer.status, answer.body["name"]), (201, name))
        self.assertEqual(worker.get("/connectors").body, [name])
        harness.wait_for("RUNNING", lambda: worker.get(path + "/status").body["tasks"][0]["state"] == "RUNNING")
        self.assertEqual(worker.delete(path).status, 204)

    def test_plugins_and_validation(self):
        worker = self.worker()
        plugins = {entry["class"]: entry for entry in worker.get("/connector-plugins").body}
        self.assertEqual(plugins[SOURCE], {"class": SOURCE, "type": "source", "version": "4.1.0"})
        self.assertEqual(plugins[SINK]["type"], "sink")
        self.assertTrue(all(entry["type"] in ("source", "sink") for entry in plugins.values()))
        everything = worker.get("/connector-plugins?connectorsOnly=false").body
        for kind in "source", "sink", "converter", "header_converter", "transformation", "predicate":
            self.assertIn(kind, {entry["type"] for entry in everything})
        self.assertIn("batch.size", {key["name"] for key in worker.get("/connector-plugins/FileStreamSource/config").body})
        path = "/connector-plugins/FileStreamSource/config/validate"
        good = worker.put(path, {"connector.class": "FileStreamSource", "name": "x", "topic": "t"})
        self.assertEqual((good.status, good.body["name"], good.body["error_count"]), (200, "FileStreamSource", 0))
        bad = worker.put(path, {"connector.class": "FileStreamSource", "name": "x", "batch.size": "no"}).body
        errors = {key["value"]["name"]: key["value"]["errors"] for key in bad["configs"] if key["value"]["errors"]}
        self.assertEqual(bad["error_count"], 2)
        self.assertEqual(errors["batch.size"], ["Invalid value no for configuration batch.size: Not a number of type INT"])
        self.assertIn('Missing required configuration "topic" which has no default value.', errors["topic"])
        self.assertEqual(worker.put(path, {"connector.class": "FileStreamSink", "topics": "t"}).status, 400)
        self.assertEqual(worker.get("/connector-plugins/Nothing/config").status, 404)

    def test_source_offsets(self):
        worker = self.pipeline()
        partition = {"filename": self.path("in.txt")}
        harness.wait_for("the offset", lambda: worker.offsets("source") == [{"partition": partition, "offset": {"position": 14}}])
        change = {"offsets": [{"partition": partition, "offset": {"position": 4}}]}
        running = worker.patch("/connectors/source/offsets", change)
        self.assertEqual(running.status, 400)
        self.assertIn("Connectors must be in the STOPPED state before their offsets can be modified", running.body["message"])
        worker.put("/connectors/source/stop")
        self.assertEqual(worker.patch("/connectors/source/offsets", {"offsets": []}).status, 400)
        bad = worker.patch("/connectors/source/offsets", {"offsets": [{"partition": partition, "offset": {"position": "x"}}]})
        self.assertEqual(bad.body["message"], "The value for the 'position' key in the offset is expected to be a Long value")
        done = worker.patch("/connectors/source/offsets", change)
        self.assertEqual((done.status, done.body), (200, {
            "message": "The offsets for this connector have been altered successfully"}))
        self.assertEqual(worker.offsets("source"), change["offsets"])
        worker.put("/connectors/source/resume")
        self.await_lines(self.path("out.txt"), 5, 10, worker)
        worker.put("/connectors/source/stop")
        done = worker.delete("/connectors/source/offsets")
        self.assertEqual((done.status, done.body["message"]), (200, "The offsets for this connector have been reset successfully"))
        self.assertEqual(worker.offsets("source"), [])
        worker.put("/connectors/source/resume")
        self.await_lines(self.path("out.txt"), 8, 10, worker)
        self.assertEqual(harness.lines_of(self.path("out.txt")),
                         ["one", "two", "three", "two", "three", "one", "two", "three"])

    def test_topics(self):
        worker = self.pipeline()
        self.assertEqual(worker.get("/connectors/source/topics").body, {"source": {"topics": ["t"]}})
        worker.put("/connectors/source/stop")
        self.assertIn(worker.put("/connectors/source/topics/reset").status, (200, 202))
        self.assertEqual(worker.get("/connectors/source/topics").body, {"source": {"topics": []}})
        self.assertEqual(worker.get("/connectors/%s/topics" % self.sink_name).body, {self.sink_name: {"topics": ["t"]}})

    def test_loggers(self):
        worker = self.worker()
        self.assertEqual(worker.get("/admin/loggers").body["root"]["level"], "INFO")
        self.assertEqual(worker.put("/admin/loggers/runtime", {"level": "DEBUG"}).status, 200)
        self.assertEqual(worker.get("/admin/loggers/runtime").body["level"], "DEBUG")


class SinkOffsets(harness.Case):
    """Offsets of sinks are those of a consumer group, so a real broker keeps them."""

    def test_sink_offsets(self):
        kafka, topic = harness.broker(), self.topic()
        kafka.produce(topic, ["a", "b", "c", "d"])
        sink = self.sink(file=self.path("out.txt"), topics=topic)
        worker = self.worker(connectors=[sink], kafka=kafka)
        base = "/connectors/%s/offsets" % sink["name"]
        partition = {"kafka_topic": topic, "kafka_partition": 0}
        harness.wait_for("the offset", lambda: worker.get(base).body == {
            "offsets": [{"partition": partition, "offset": {"kafka_offset": 4}}]})
        change = {"offsets": [{"partition": partition, "offset": {"kafka_offset": 2}}]}
        self.assertEqual(worker.patch(base, change).status, 400)
        worker.put("/connectors/%s/stop" % sink["name"])
        bad = worker.patch(base, {"offsets": [{"partition": {"kafka_topic": topic}, "offset": None}]})
        self.assertEqual((bad.status, bad.body["message"]), (400, (
            "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'")))
        done = harness.wait_for("the group to be empty", lambda: worker.patch(base, change).status == 200 and True)
        self.assertTrue(done)
        self.assertEqual(worker.get(base).body, change)
        worker.put("/connectors/%s/resume" % sink["name"])
        self.await_lines(self.path("out.txt"), 6, 30, worker)
        worker.put("/connectors/%s/stop" % sink["name"])
        harness.wait_for("the reset", lambda: worker.delete(base).status == 200)
        self.assertEqual(worker.get(base).body, {"offsets": []})
        worker.put("/connectors/%s/resume" % sink["name"])
        self.await_lines(self.path("out.txt"), 10, 30, worker)
        self.assertEqual(harness.lines_of(self.path("out.txt")), list("abcdcdabcd"))


if __name__ == "__main__":
    harness.main()
