"""Transforms through the program: several records of one and their offsets, expressions, digests, Debezium's events."""
import hashlib
import hmac
import json
import random
import time

import harness

PARTS, LINES = 20, 3000


def line(number):
    return json.dumps({"n": number, "items": list(range(PARTS)), "mail": "m%d@example.org" % number})


class Transforms(harness.Case):
    @staticmethod
    def explode(prefix="transforms"):
        return {
            prefix: "parse,explode", prefix + ".parse.type": "ParseJson$Value", prefix + ".explode.type": "Explode$Value",
            prefix + ".explode.field": "items",
        }

    def check_parts(self, values, restarts):
        """Every part of every line is there, in order; what came again after a kill begins with a line's first part."""
        seen, previous, jumps = set(), None, 0
        for value in values:
            part = (value["n"], value["items"])
            if previous is not None and part != ((previous[0], previous[1] + 1) if previous[1] + 1 < PARTS
                                                 else (previous[0] + 1, 0)):
                jumps += 1
                self.assertEqual(part[1], 0, "came back in the middle of a line: %s after %s" % (part, previous))
                self.assertIn(part, seen, "parts are missing between %s and %s" % (previous, part))
            seen.add(part)
            previous = part
        self.assertEqual(len(seen), LINES * PARTS)
        self.assertLessEqual(jumps, restarts)

    def test_offsets_of_sources(self):
        kafka, topic = harness.broker(), self.topic()
        harness.write(self.path("in.txt"), "".join(line(i) + "\n" for i in range(LINES)))
        source = dict(self.source(file=self.path("in.txt"), topic=topic, value__converter=harness.JSON,
                                  value__converter__schemas__enable="false"), **self.explode())
        source["producer.override.batch.size"] = "2000"
        worker = self.prepare({"offset.flush.interval.ms": 50}, [source], kafka)
        size = len(harness.read(self.path("in.txt")))
        kills = 0
        for _ in range(4):
            worker.start()
            time.sleep(random.uniform(0.02, 0.25))
            worker.kill()
            kills += 1
        worker.start()
        harness.wait_for("the last offset", lambda: {"position": size} in [
            entry["offset"] for entry in worker.offsets("source")])
        self.assertEqual(worker.stop(), 0)
        self.check_parts([json.loads(value) for value in kafka.values(topic)], kills)

    def test_offsets_of_sinks(self):
        kafka, topic = harness.broker(), self.topic()
        sink = dict(self.sink(file=self.path("out.txt"), topics=topic), **self.explode())
        sink["transforms"] += ",text"
        sink["transforms.text.type"] = "ToJson$Value"
        settings = {"offset.flush.interval.ms": 50, "consumer.session.timeout.ms": 1500,
                    "consumer.heartbeat.interval.ms": 300}
        worker = self.prepare(settings, [sink], kafka)
        for part in range(3):
            kafka.produce(topic, [line(i) for i in range(part * LINES // 3, (part + 1) * LINES // 3)])
            worker.start()
            before = harness.count_lines(self.path("out.txt"))
            harness.wait_for("more lines", lambda: harness.count_lines(self.path("out.txt")) > before)
            time.sleep(random.uniform(0, 0.03))
            worker.kill()
        worker.start()
        harness.wait_for("the last offset", lambda: [entry["offset"]["kafka_offset"] for entry in worker.offsets(sink["name"])]
                         == [LINES])
        self.assertEqual(worker.stop(), 0)
        values = []
        for text in harness.lines_of(self.path("out.txt")):
            try:
                values.append(json.loads(text))
            except ValueError:
                pass  # the line that a kill cut
        seen = {(value["n"], value["items"]) for value in values}
        self.assertEqual(len(seen), LINES * PARTS)

    def test_expressions_and_digests(self):
        kafka, topic = harness.broker(), self.topic()
        harness.write(self.path("in.txt"), "".join(line(i) + "\n" for i in range(100)))
        source = self.source(file=self.path("in.txt"), topic=topic, value__converter=harness.JSON,
                             value__converter__schemas__enable="false")
        source.update({
            "transforms": "parse,odd,hash,nested,low",
            "transforms.parse.type": "ParseJson$Value",
            "transforms.odd.type": "FilterExpression", "transforms.odd.condition": "value.n % 2 == 1",
            "transforms.hash.type": "Hash$Value", "transforms.hash.fields": "mail", "transforms.hash.secret": "hunter2",
            "transforms.nested.type": "org.apache.kafka.connect.transforms.InsertField$Value",
            "transforms.nested.static.field": "meta.from", "transforms.nested.static.value": "test",
            "transforms.nested.field.syntax.version": "V2",
            "transforms.low.type": "org.apache.kafka.connect.transforms.Filter", "transforms.low.predicate": "low",
            "predicates": "low", "predicates.low.type": "Expression", "predicates.low.condition": "value.n < 50",
        })
        worker = self.worker(connectors=[source], kafka=kafka)
        harness.wait_for("25 records", lambda: kafka.topics().get(topic) and kafka.end_offset(topic) >= 25)
        values = [json.loads(value) for value in kafka.values(topic)]
        self.assertEqual([value["n"] for value in values], list(range(51, 100, 2)))
        for value in values:
            mail = "m%d@example.org" % value["n"]
            self.assertEqual(value["mail"], hmac.new(b"hunter2", mail.encode(), hashlib.sha256).hexdigest())
            self.assertEqual(value["meta"], {"from": "test"})
        self.assertNotIn("hunter2", worker.new_log())

    def test_configurations(self):
        """A hidden setting is checked where it is given, and listed nowhere else."""
        worker = self.worker()

        def keys(**settings):
            config = self.source(file="f", topic="t", transforms="m", transforms__m__type=(
                "org.apache.kafka.connect.transforms.MaskField$Value"), transforms__m__fields="a.b", **settings)
            answer = worker.put("/connector-plugins/FileStreamSource/config/validate", config)
            self.assertEqual(answer.status, 200, answer.body)
            return {entry["value"]["name"]: entry["value"]["errors"] for entry in answer.body["configs"]}

        name = "transforms.m.field.syntax.version"
        self.assertNotIn(name, keys())
        self.assertEqual(keys(transforms__m__field__syntax__version="v2")[name], [])
        self.assertEqual(len(keys(transforms__m__field__syntax__version="V3")[name]), 1)

    def test_change_events(self):
        kafka, topic, out = harness.broker(), self.topic(), self.path("out.txt")
        row = {"type": "struct", "optional": True, "name": "db.t.Value", "fields": [
            {"field": "id", "type": "int32", "optional": False}, {"field": "name", "type": "string", "optional": True}]}
        schema = {"type": "struct", "optional": False, "name": "db.t.Envelope", "fields": [
            dict(row, field="before"), dict(row, field="after"),
            {"field": "source", "type": "struct", "optional": False, "fields": [
                {"field": "table", "type": "string", "optional": True}]},
            {"field": "op", "type": "string", "optional": False}, {"field": "ts_ms", "type": "int64", "optional": True}]}

        def event(op, before, after):
            return json.dumps({"schema": schema, "payload": {
                "before": before, "after": after, "source": {"table": "t"}, "op": op, "ts_ms": 5}})

        a, b = {"id": 1, "name": "a"}, {"id": 1, "name": "b"}
        kafka.produce(topic, [event("c", None, a), event("u", a, b), event("d", b, None)])
        sink = self.sink(file=out, topics=topic, value__converter=harness.JSON, transforms="unwrap",
                         transforms__unwrap__type="io.debezium.transforms.ExtractNewRecordState",
                         transforms__unwrap__delete__tombstone__handling__mode="rewrite",
                         transforms__unwrap__add__fields="op,table")
        worker = self.worker(connectors=[sink], kafka=kafka)
        self.await_lines(out, 3, 30, worker)
        self.assertEqual(harness.lines_of(out), [
            "Struct{id=1,name=a,__deleted=false,__op=c,__table=t}", "Struct{id=1,name=b,__deleted=false,__op=u,__table=t}",
            "Struct{id=1,name=b,__deleted=true,__op=d,__table=t}"])


if __name__ == "__main__":
    harness.main()
