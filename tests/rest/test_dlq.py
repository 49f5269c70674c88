"""The dead letter queue over REST: what is in it, and sending records back."""
import harness


class DeadLetters(harness.Case):
    def setUp(self):
        super().setUp()
        self.rest = self.worker({"offset.flush.interval.ms": 100})
        self.topic_name = self.topic()
        harness.write(self.path("in.txt"), "".join("bad %d\n" % n if n % 2 else "%d\n" % n for n in range(10)))
        self.create(self.rest, self.source("src", file=self.path("in.txt"), topic=self.topic_name))

    def make_sink(self, name="snk", **more):
        self.create(self.rest, self.sink(name, file=self.path(name + ".txt"), topics=self.topic_name, **{
            "value.converter": harness.JSON, "value.converter.schemas.enable": "false", "errors.tolerance": "all",
            "errors.deadletterqueue.topic.name": "dlq", "errors.deadletterqueue.context.headers.enable": "true", **more}))

    def letters(self, count, query="", name="snk"):
        def there():
            answer = self.rest.get("/connectors/%s/dlq%s" % (name, query))
            return answer.body if answer.status == 200 and len(answer.body["records"]) == count else None
        return harness.wait_for("%d records in the queue" % count, there)

    def test_list(self):
        self.make_sink()
        found = self.letters(5)
        self.assertEqual(found["topic"], "dlq")
        self.assertEqual([record["value"] for record in found["records"]], ["bad 9", "bad 7", "bad 5", "bad 3", "bad 1"])
        newest = found["records"][0]
        self.assertEqual((newest["partition"], newest["offset"], newest["headers"], newest["key"]), (0, 4, {}, None))
        error = newest["error"]
        self.assertEqual((error["topic"], error["offset"], error["connector.name"], error["stage"]),
                         (self.topic_name, "9", "snk", "VALUE_CONVERTER"))
        self.assertIn("DataException", error["exception.class.name"])
        self.assertEqual([record["value"] for record in self.letters(2, "?limit=2")["records"]], ["bad 9", "bad 7"])

    def test_one_queue_of_two(self):
        self.make_sink("one")
        self.make_sink("two")
        for name in ("one", "two"):
            found = self.letters(5, name=name)
            self.assertEqual({record["error"]["connector.name"] for record in found["records"]}, {name})

    def test_retry(self):
        self.make_sink()
        self.letters(5)
        self.rest.put("/connectors/snk/config", dict(self.rest.get("/connectors/snk/config").body, **{"value.converter": harness.STRING}))
        self.rest.await_state("snk", "RUNNING")
        picked = self.rest.post("/connectors/snk/dlq/retry", {"records": [{"partition": 0, "offset": 1}, {"partition": 0, "offset": 77}]})
        self.assertEqual((picked.status, picked.body), (200, {"retried": 1}), picked.body)
        harness.wait_for("bad 3", lambda: "bad 3" in harness.lines_of(self.path("snk.txt")))
        self.assertEqual(self.rest.post("/connectors/snk/dlq/retry", {"all": True}).body, {"retried": 5})
        def bad():
            return sorted(line for line in harness.lines_of(self.path("snk.txt")) if line not in "02468")
        wanted = ["bad 1", "bad 3", "bad 3", "bad 5", "bad 7", "bad 9"]
        harness.wait_for("the rest", lambda: len(bad()) == 6)
        self.assertEqual(bad(), wanted)

    def test_refused(self):
        self.assertEqual(self.rest.get("/connectors/nobody/dlq").status, 404)
        self.assertIn("has no dead letter queue", self.rest.get("/connectors/src/dlq").body["message"])
        self.make_sink(**{"errors.deadletterqueue.context.headers.enable": "false"})
        self.letters(5)
        for body in ({}, {"records": []}, {"records": [{}]}, {"records": "x"}, {"all": False}, {"records": [{"partition": 0, "offset": "1"}]}):
            got = self.rest.post("/connectors/snk/dlq/retry", body)
            self.assertEqual(got.status, 200 if body == {"records": []} else 400, (body, got.body))
        got = self.rest.post("/connectors/snk/dlq/retry", {"all": True})
        self.assertEqual(got.status, 400)
        self.assertIn("context.headers.enable", got.body["message"])


if __name__ == "__main__":
    harness.main()
