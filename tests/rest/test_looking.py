"""The program as a client that looks into a running worker: luaconnect tap, top, history, dlq."""
import json
import subprocess

import harness
import test_client


class Looking(harness.Case):
    run_it, put_file = test_client.Client.run_it, test_client.Client.put_file

    def setUp(self):
        super().setUp()
        self.rest = self.worker({"offset.flush.interval.ms": 100})

    def orders(self):
        self.create(self.rest, {
            "name": "my orders", "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "kafka.topic": "generated",
            "quickstart": "orders", "iterations": "-1", "max.interval": "5", "transforms": "mask", "value.converter": harness.JSON,
            "transforms.mask.type": "org.apache.kafka.connect.transforms.MaskField$Value", "transforms.mask.fields": "itemid"})
        self.rest.await_state("my%20orders", "RUNNING")

    def test_tap(self):
        self.orders()
        shown = self.run_it("tap", "my orders", "--diff", "--count", "3", "--seconds", "20")
        self.assertEqual(shown.count("my orders-0  generated  passed"), 3, shown)
        self.assertEqual(shown.count("  mask: changed\n    ~ value.itemid: \"Item_"), 3, shown)
        self.assertEqual(shown.count("\n  > {"), 3, shown)
        self.assertNotIn("~", self.run_it("tap", "my orders", "--count", "1", "--seconds", "20"))
        lines = self.run_it("tap", "my orders", "--count", "2", "--step", "mask", "-o", "json", "--rate", "100").splitlines()
        self.assertEqual([json.loads(line)["steps"][0]["step"] for line in lines], ["mask", "mask"])
        self.run_it("tap", "nobody", status=4)
        self.run_it("tap", "my orders", "--step", "nothing", status=2)
        self.assertIn("it has: mask", self.err)
        self.run_it("tap", status=1)
        self.run_it("tap", "my orders", "--count", "x", status=1)

    def test_top_and_history(self):
        self.orders()
        table = self.run_it("top", "--once")
        self.assertRegex(table, r"CONNECTOR +TASK +STATE +IN/s +OUT/s +LAG +ERRORS +SLOWEST STEP")
        self.assertRegex(table, r"my orders +0 +running +\d+ +\d+ +0 +mask \d+\.\d ms/s")
        rows = json.loads(self.run_it("top", "--once", "-o", "json"))
        self.assertEqual((rows[0]["connector"], rows[0]["slowest_step"]), ("my orders", "mask"))
        self.assertGreater(rows[0]["out_per_second"], 1)
        self.run_it("pause", "my orders")
        self.rest.await_state("my%20orders", "PAUSED")
        told = self.run_it("history", "my orders")
        for event in ("started", "running", "pause asked for", "paused"):
            self.assertIn(" %s " % event, told)
        self.assertIn("by 127.0.0.1", told)

    def test_dlq(self):
        topic = self.topic()
        harness.write(self.path("in.txt"), "bad one\n1\nbad two\n")
        self.create(self.rest, self.source("src", file=self.path("in.txt"), topic=topic))
        self.create(self.rest, self.sink("snk", file=self.path("out.txt"), topics=topic, **{
            "value.converter": harness.JSON, "value.converter.schemas.enable": "false", "errors.tolerance": "all",
            "errors.deadletterqueue.topic.name": "dlq", "errors.deadletterqueue.context.headers.enable": "true"}))
        harness.wait_for("two letters", lambda: len((self.rest.get("/connectors/snk/dlq").body or {}).get("records", [])) == 2)
        listed = self.run_it("dlq", "list", "snk")
        self.assertRegex(listed, r"0:0 +%s-0@0 +VALUE_CONVERTER .* bad one" % topic)
        self.assertEqual(len(self.run_it("dlq", "list", "snk", "--limit", "1").splitlines()), 2)
        self.assertEqual(json.loads(self.run_it("dlq", "show", "snk", "0:1"))["value"], "bad two")
        self.run_it("dlq", "show", "snk", "0:77", status=4)
        self.run_it("dlq", "show", "snk", "first", status=1)
        self.run_it("dlq", "retry", "snk", status=1)
        self.assertEqual(self.run_it("dlq", "retry", "snk", "0:1"), "1 records sent back\n")
        self.assertEqual(self.run_it("dlq", "retry", "snk", "--all", "-o", "json").strip()[:11], '{"retried":')

    def test_record_and_replay(self):
        """Schemas, 64 bits, bytes and nulls come back as they were."""
        schema = {"type": "struct", "name": "example.Row", "version": 2, "optional": True, "fields": [
            {"type": "int64", "optional": False, "field": "id"}, {"type": "bytes", "optional": True, "field": "raw"},
            {"type": "bytes", "optional": True, "name": "org.apache.kafka.connect.data.Decimal", "version": 1,
             "parameters": {"scale": "2"}, "field": "price"}, {"type": "int8", "optional": True, "field": "small"}]}
        rows = [{"id": 9007199254740993 + n, "raw": "AAH/", "price": "BNI=", "small": None if n else -7} for n in range(3)]
        values = [{"schema": schema, "payload": row} for row in rows] + [{"schema": None, "payload": {"a": [1, 2.0, None], "b": "x"}}]
        topic = self.topic()
        harness.write(self.path("in.txt"), "".join(json.dumps(value) + "\n" for value in values))
        self.create(self.rest, self.sink("snk", file=self.path("out.txt"), topics=topic, **{
            "value.converter": harness.JSON, "value.converter.schemas.enable": "true"}))
        self.rest.await_state("snk", "RUNNING")
        self.run_it("pause", "snk")   # so that all come in one batch
        self.rest.await_state("snk", "PAUSED")
        file = self.path("kept.jsonl")
        recorder = subprocess.Popen([harness.PROGRAM, "record", "snk", "--batches", "1", "--seconds", "40", "-o", file, "--url", self.rest.url],
                                    stderr=subprocess.DEVNULL)
        harness.wait_for("the tap", lambda: harness.count_lines(file) == 1)
        self.create(self.rest, self.source("src", file=self.path("in.txt"), topic=topic))

        def written():
            tasks = self.rest.get("/connectors/src/activity").body["tasks"]
            return tasks and tasks[0]["records_written"] == 4
        harness.wait_for("all to be written", written)
        self.run_it("resume", "snk")
        self.assertEqual(recorder.wait(60), 0)
        head, *lines = [json.loads(line) for line in harness.lines_of(file)]
        self.assertEqual(head, {"luaconnect": "record", "version": 1, "connector": "snk"})
        self.assertEqual([(line["topic"], line["partition"], line["offset"]) for line in lines], [(topic, 0, n) for n in range(4)])
        self.assertEqual([line["value"] for line in lines], values)
        same = self.put_file("same.lua", 'local lc = require "lc"\nreturn lc.transform { apply = function(record) return record end }\n')
        config = self.put_file("c.properties", "value.converter=%s\nvalue.converter.schemas.enable=true\n" % harness.JSON)
        out = self.run_it("replay", file, "--script", same, "--config", config)
        self.assertEqual([json.loads(line)["value"] for line in out.splitlines()], values)
        self.assertRegex(self.err, r"4 records in \d+\.\d+ s; transforms took \d+\.\d ms of it")
        self.assertEqual(self.run_it("try", same, "--records", "--input", file, "--config", config), out)
        bad = self.put_file("bad.lua", 'local lc = require "lc"\nreturn lc.transform { apply = function(record) error("no") end }\n')
        self.run_it("replay", file, "--script", bad, status=3)
        self.run_it("replay", file, status=1)

    def test_completion(self):
        for name in ("tap", "history", "dlq", "retry"):
            self.assertIn(name, self.run_it("completion", "bash"))


if __name__ == "__main__":
    harness.main()
