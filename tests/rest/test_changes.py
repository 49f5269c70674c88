"""Creating and changing connectors beyond Kafka Connect: rehearsals, initial offsets, secrets that are only written."""
import os

import harness

LOGIN = 'org.example.Login required password="%s";'
JAAS = "producer.override.sasl.jaas.config"


class Rehearsal(harness.Case):
    def test_create_and_update(self):
        worker = self.worker()
        config = self.source("r", file="/nonexistent", topic="t")
        got = worker.post("/connectors?dry_run=true", {"name": "r", "config": config})
        self.assertEqual(got.status, 200)
        self.assertEqual((got.body["dry_run"], got.body["action"], got.body["valid"], got.body["errors"]), (True, "create", True, []))
        self.assertEqual(got.body["changes"]["topic"], {"from": None, "to": "t"})
        self.assertEqual(worker.get("/connectors").body, [])
        self.assertEqual(worker.put("/connectors/r/config?dry_run=TRUE", config).body["action"], "create")
        self.assertEqual(worker.get("/connectors").body, [])
        self.create(worker, config)
        self.assertEqual(worker.post("/connectors?dry_run=true", {"name": "r", "config": config}).status, 409)
        same = worker.put("/connectors/r/config?dry_run=true", config).body
        self.assertEqual((same["action"], same["changes"]), ("none", {}))
        patched = worker.patch("/connectors/r/config?dry_run=true", {"topic": "u", "tasks.max": "2", "file": None}).body
        self.assertEqual(patched["action"], "update")
        self.assertEqual(patched["changes"]["topic"], {"from": "t", "to": "u"})
        self.assertEqual(patched["changes"]["file"], {"from": "/nonexistent", "to": None})
        self.assertEqual(worker.get("/connectors/r/config").body, config)

    def test_all_errors_at_once(self):
        worker = self.worker()
        config = {"connector.class": "FileStreamSource", "tasks.max": "none", "batch.size": "x", "topicc": "t",
                  "errors.tolerance": "some", "transforms": "a", "transforms.a.type": "NoSuchThing"}
        got = worker.put("/connectors/e/config?dry_run=true", config).body
        self.assertFalse(got["valid"])
        by_key = {}
        for error in got["errors"]:
            by_key.setdefault(error["key"], []).append(error["message"])
        self.assertLessEqual({"tasks.max", "batch.size", "topic", "errors.tolerance", "transforms.a.type"}, set(by_key))
        self.assertIn("Invalid value none for configuration tasks.max: Not a number of type INT", by_key["tasks.max"])
        self.assertEqual(got["notes"], ["unknown configuration topicc, did you mean topic?"])
        refused = worker.put("/connectors/e/config", config)
        self.assertEqual(refused.status, 400)
        self.assertIn("did you mean topic?", refused.body["message"])
        self.assertEqual(worker.put("/connectors/e/config?dry_run=true", {"connector.class": "FileStreamSorce"}).status, 400)

    def test_only_where_there_is_one(self):
        worker = self.worker()
        self.create(worker, self.source("k", file="/nonexistent", topic="t"))
        for method, path in (("DELETE", "/connectors/k"), ("PUT", "/connectors/k/stop"), ("POST", "/connectors/k/restart"),
                             ("DELETE", "/connectors/k/offsets")):
            self.assertEqual(worker.call(method, path + "?dry_run=true").status, 400, path)
        self.assertEqual(worker.await_state("k", "RUNNING")["connector"]["state"], "RUNNING")
        self.assertEqual(worker.get("/connectors?dry_run=true").status, 200)


class InitialOffsets(harness.Case):
    def body(self, name, state=None, **more):
        self.topic_name = self.topic()
        config = self.source(name, file=self.path("in.txt"), topic=self.topic_name)
        at = [{"partition": {"filename": self.path("in.txt")}, "offset": {"position": 5}}]
        return dict({"name": name, "config": config, "initial_offsets": at}, **({"initial_state": state} if state else {}), **more)

    def test_source_begins_there(self):
        harness.write(self.path("in.txt"), "one.\ntwo.\nthree\n")
        worker = self.worker({"offset.flush.interval.ms": 100})
        made = worker.post("/connectors", self.body("o"))
        self.assertEqual(made.status, 201, made.body)
        self.assertIn("altered", made.body["offsets_status"])
        self.assertEqual(made.body["config"]["name"], "o")
        self.assertTrue(made.headers["Location"].endswith("/connectors/o"))
        worker.await_state("o", "RUNNING")
        self.create(worker, self.sink("s", file=self.path("out.txt"), topics=self.topic_name))
        self.await_lines(self.path("out.txt"), 2)
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["two.", "three"])

    def test_states(self):
        harness.write(self.path("in.txt"), "one.\n")
        worker = self.worker()
        for state in ("STOPPED", "PAUSED"):
            name = state.lower()
            self.assertEqual(worker.post("/connectors", self.body(name, state)).status, 201)
            harness.wait_for(state, lambda: worker.status(name)["connector"]["state"] == state)  # pylint: disable=cell-var-from-loop
            self.assertEqual(worker.offsets(name)[0]["offset"], {"position": 5})

    def test_refused_leaves_nothing(self):
        worker = self.worker()
        for wrong in ({}, [], [{"offset": {"position": 1}}], [{"partition": {"filename": "x"}, "offset": 5}], "x"):
            body = dict(self.body("n"), initial_offsets=wrong)
            got = worker.post("/connectors", body)
            self.assertEqual(got.status, 400, (wrong, got.body))
        sink = {"name": "n", "config": self.sink("n", file="/x", topics="t"),
                "initial_offsets": [{"partition": {"kafka_topic": "t", "kafka_partition": "x"}, "offset": {"kafka_offset": 1}}]}
        self.assertEqual(worker.post("/connectors", sink).status, 400)
        self.assertEqual(worker.get("/connectors").body, [])


class Secrets(harness.Case):
    CANARY = "c4n4ry-93715"

    def config(self, password, **more):
        return dict(self.source("s", file="/nonexistent", topic="t"), **{JAAS: LOGIN % password}, **more)

    def test_write_only(self):
        worker = self.worker()
        answers = [worker.put("/connectors/s/config", self.config(self.CANARY))]
        self.assertEqual(answers[0].status, 201, answers[0].body)
        self.assertEqual(answers[0].body["config"][JAAS], "[hidden]")
        back = worker.get("/connectors/s/config").body
        self.assertEqual(back[JAAS], "[hidden]")
        answers += [worker.put("/connectors/s/config", dict(back, topic="u")), worker.patch("/connectors/s/config", {JAAS: "[hidden]"})]
        rehearsed = worker.put("/connectors/s/config?dry_run=true", dict(back, **{JAAS: LOGIN % "other"}))
        self.assertEqual(rehearsed.body["changes"][JAAS], {"from": "[hidden]", "to": "[hidden]"})
        same = worker.put("/connectors/s/config?dry_run=true", dict(back, topic="u")).body
        self.assertEqual(same["action"], "none", same)  # the mask stands for what is stored
        answers += [rehearsed, worker.get("/connectors/s"), worker.get("/connectors?expand=info&expand=status"),
                    worker.get("/connectors/s/tasks"), worker.get("/connectors/s/status"), worker.get("/metrics")]
        answers += [worker.put("/connector-plugins/FileStreamSource/config/validate", self.config(self.CANARY))]
        for answer in answers:
            self.assertLess(answer.status, 300, answer.body)
            self.assertNotIn(self.CANARY, str(answer.body))
        self.assertNotIn(self.CANARY, worker.new_log())

    def test_mask_without_a_secret(self):
        worker = self.worker()
        got = worker.put("/connectors/s/config", dict(self.config("x"), **{JAAS: "[hidden]"}))
        self.assertEqual(got.status, 400)
        self.assertIn(JAAS, got.body["message"])
        self.assertEqual(worker.get("/connectors").body, [])
        plain = dict(self.source("s", file="/nonexistent", topic="[hidden]"))
        self.assertEqual(worker.put("/connectors/s/config", plain).body["config"]["topic"], "[hidden]")  # no secret, just a text

    def test_shown_if_asked(self):
        worker = self.worker({"rest.show.secrets": "true"})
        worker.put("/connectors/s/config", self.config(self.CANARY))
        self.assertEqual(worker.get("/connectors/s/config").body[JAAS], LOGIN % self.CANARY)

    def test_references(self):
        harness.write(self.path("secrets"), "pw=%s\n" % self.CANARY)
        worker = self.worker({"config.providers": "file", "config.providers.file.class": "FileConfigProvider"})
        reference = "${file:%s:pw}" % self.path("secrets")
        config = dict(self.source("r", file="/nonexistent", topic="t"), **{JAAS: reference})
        self.assertEqual(worker.put("/connectors/r/config", config).status, 201)
        self.assertEqual(worker.get("/connectors/r/config").body[JAAS], reference)
        wrong = dict(config, **{"tasks.max": reference, "batch.size": "x" + reference})
        checked = worker.put("/connector-plugins/FileStreamSource/config/validate", wrong)
        values = {entry["value"]["name"]: entry["value"] for entry in checked.body["configs"]}
        self.assertEqual(values["batch.size"]["value"], "x" + reference)
        self.assertEqual(set(values["tasks.max"]["errors"]), {"Invalid value for configuration 'tasks.max': the value resolved from "
                                                              "the config provider reference failed validation"})
        refused = worker.put("/connectors/r/config", wrong)
        self.assertEqual(refused.status, 400)
        # What would become the name of a setting would be shown with it.
        for key in ("transforms", "predicates", "topic.creation.groups"):
            named = worker.put("/connector-plugins/FileStreamSource/config/validate", dict(config, **{key: reference}))
            self.assertEqual(named.status, 400)
            self.assertIn(key, named.body["message"])
            self.assertNotIn(self.CANARY, str(named.body))
        # A task that fails tells what it could not do, and not with which value.
        os.mkdir(self.path(self.CANARY))
        self.assertEqual(worker.put("/connectors/f/config", self.source("f", file="%s/%s" % (self.dir, reference), topic="t")).status, 201)
        trace = worker.await_state("f", "FAILED")["tasks"][0]["trace"]
        self.assertIn("[hidden]", trace)
        for text in (str(checked.body), str(refused.body), trace, worker.new_log()):
            self.assertNotIn(self.CANARY, text)


if __name__ == "__main__":
    harness.main()
