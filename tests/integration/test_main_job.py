"""The main job on a real broker: FileStreamSource -> topic -> six transforms -> FileStreamSink, with the files of
Kafka Connect as they are, in all forms that connect-standalone takes."""
import json

import harness

CHAIN = {
    "transforms": "flat,mask,cast,rename,when,where",
    "transforms.flat.type": "org.apache.kafka.connect.transforms.Flatten$Value",
    "transforms.flat.delimiter": "_",
    "transforms.mask.type": "org.apache.kafka.connect.transforms.MaskField$Value",
    "transforms.mask.fields": "address_zipcode",
    "transforms.cast.type": "org.apache.kafka.connect.transforms.Cast$Value",
    "transforms.cast.spec": "orderunits:string,itemid:int32",
    "transforms.rename.type": "org.apache.kafka.connect.transforms.ReplaceField$Value",
    "transforms.rename.exclude": "address_state",
    "transforms.rename.renames": "address_city:city",
    "transforms.when.type": "org.apache.kafka.connect.transforms.TimestampConverter$Value",
    "transforms.when.target.type": "string",
    "transforms.when.field": "ordertime",
    "transforms.when.format": "yyyy-MM-dd HH:mm:ss.SSS",
    "transforms.where.type": "org.apache.kafka.connect.transforms.InsertField$Value",
    "transforms.where.offset.field": "offset",
    "transforms.where.static.field": "origin",
    "transforms.where.static.value": "shop",
}
FIRST_TIME = 1487715775521


def order(number):
    return {"ordertime": FIRST_TIME + number, "orderid": number, "itemid": "%d" % (number * 7 % 1000),
            "orderunits": number * 13 % 1000 / 8, "note": "ä%d" % number if number % 10 == 0 else "n",
            "address": {"city": "City_%d" % (number % 100), "state": "State_%d" % (number % 50),
                        "zipcode": 10000 + number % 90000}}


def expected(number):
    """What the chain makes of an order, field by field."""
    millis = FIRST_TIME + number - 1487715775000  # within the hour that follows 22:22:55 of that day
    seconds = 22 * 3600 + 22 * 60 + 55 + millis // 1000
    clock = "%02d:%02d:%02d.%03d" % (seconds // 3600, seconds // 60 % 60, seconds % 60, millis % 1000)
    return {"ordertime": "2017-02-21 " + clock, "orderid": str(number), "itemid": str(number * 7 % 1000),
            "orderunits": str(number * 13 % 1000 / 8), "note": "ä%d" % number if number % 10 == 0 else "n",
            "city": "City_%d" % (number % 100), "address_zipcode": "0", "offset": str(number), "origin": "shop"}


def parse(line):
    """A map's text in Java, {a=1, b=x}, as a dict of texts."""
    assert line[0] == "{" and line[-1] == "}", line
    return dict(field.split("=", 1) for field in line[1:-1].split(", "))


class MainJob(harness.Case):
    def write_orders(self, count):
        return harness.write(self.path("orders.jsonl"), "".join(json.dumps(order(i)) + "\n" for i in range(count)))

    def check(self, count):
        lines = harness.lines_of(self.path("out.txt"))
        self.assertEqual(len(lines), count)
        for number, line in enumerate(lines):
            if parse(line) != expected(number):
                self.assertEqual(parse(line), expected(number))

    def configs(self, orders, topic):
        source = {"name": "orders-source", "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector",
                  "tasks.max": "1", "file": orders, "topic": topic,
                  "value.converter": harness.STRING}
        sink = {"name": self.sink_name, "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
                "tasks.max": "1", "file": self.path("out.txt"), "topics": topic, "value.converter": harness.JSON,
                "value.converter.schemas.enable": "false", **CHAIN}
        return source, sink

    def run_job(self, count, files, kafka, timeout):
        worker = self.worker(connectors=files, kafka=kafka)
        self.await_lines(self.path("out.txt"), count, timeout, worker)
        for name in "orders-source", self.sink_name:
            worker.await_state(name, "RUNNING")
            self.assertEqual(worker.status(name)["connector"]["state"], "RUNNING")
        self.assertEqual(worker.stop(), 0)
        self.check(count)

    def test_properties_100k(self):
        kafka, topic, count = harness.broker(), self.topic(), 100000
        orders = self.write_orders(count)
        source, sink = self.configs(orders, topic)
        comment = "# as shipped\n! with both kinds of comment\n"
        files = [harness.write(self.path("source.properties"), comment + harness.properties(source)),
                 harness.write(self.path("sink.properties"), harness.properties(sink))]
        self.run_job(count, files, kafka, 60)
        self.assertEqual(kafka.end_offset(topic), count)
        self.assertEqual(harness.read(orders).decode().splitlines(), kafka.values(topic))

    def test_json_forms(self):
        """A flat map and a create request; the latter starts paused by initial_state."""
        kafka, topic, count = harness.broker(), self.topic(), 2000
        source, sink = self.configs(self.write_orders(count), topic)
        request = {"name": sink["name"], "initial_state": "PAUSED",
                   "config": {key: value for key, value in sink.items() if key != "name"}}
        files = [harness.write(self.path("source.json"), json.dumps(source, indent=2)),
                 harness.write(self.path("sink.json"), json.dumps(request))]
        worker = self.worker(connectors=files, kafka=kafka)
        status = worker.status(self.sink_name)  # Connect makes its tasks when it is resumed
        self.assertEqual((status["connector"]["state"], status["tasks"]), ("PAUSED", []))
        harness.wait_for("the source to finish", lambda: kafka.topics().get(topic) and kafka.end_offset(topic) == count)
        self.assertEqual(harness.read(self.path("out.txt")), b"")
        self.assertEqual(worker.put("/connectors/%s/resume" % self.sink_name).status, 202)
        self.await_lines(self.path("out.txt"), count, 30, worker)
        worker.stop()
        self.check(count)

    def test_documented_source_transforms(self):
        """The chain of Kafka's own Connect tutorial: lines become maps with a static field, as JSON with a schema."""
        kafka, topic, count = harness.broker(), self.topic(), 500
        harness.write(self.path("test.txt"), "".join("line %d \"q\" é\n" % i for i in range(count)))
        source = self.source(
            file=self.path("test.txt"), topic=topic, transforms="MakeMap,InsertSource",
            transforms__MakeMap__type="org.apache.kafka.connect.transforms.HoistField$Value",
            transforms__MakeMap__field="line",
            transforms__InsertSource__type="org.apache.kafka.connect.transforms.InsertField$Value",
            transforms__InsertSource__static__field="data_source",
            transforms__InsertSource__static__value="test-file-source")
        settings = {"key.converter": harness.JSON, "value.converter": harness.JSON}
        sink = self.sink(file=self.path("out.txt"), topics=topic)
        worker = self.worker(settings, [source, sink], kafka)
        self.await_lines(self.path("out.txt"), count, 30, worker)
        worker.stop()
        self.assertEqual(harness.lines_of(self.path("out.txt"))[7],
                         "Struct{line=line 7 \"q\" é,data_source=test-file-source}")
        records = kafka.consume(topic)
        self.assertEqual(len(records), count)
        fields = [{"type": "string", "optional": False, "field": "line"},
                  {"type": "string", "optional": True, "field": "data_source"}]
        for number, record in enumerate(records):
            self.assertEqual(json.loads(record.value), {
                "schema": {"type": "struct", "fields": fields, "optional": False},
                "payload": {"line": "line %d \"q\" é" % number, "data_source": "test-file-source"}})
            self.assertIsNone(record.key)


if __name__ == "__main__":
    harness.main()
