"""Settings of Kafka clients: defaults, prefixes, overrides and their policy, seen in what reaches the broker."""
import os
import re
import struct

import harness

COMPRESSION = {0: None, 1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}


def batches(kafka, topic, partition=0):
    """(producer id, compression, records) of each batch in the broker's log (message format 2)."""
    folder = os.path.join(kafka.data, "%s-%d" % (topic, partition))
    found = []
    for name in sorted(os.listdir(folder)):
        data = harness.read(os.path.join(folder, name)) if name.endswith(".log") else b""
        at = 0
        while at + 61 <= len(data):
            length, = struct.unpack_from(">i", data, at + 8)
            attributes, = struct.unpack_from(">h", data, at + 21)
            producer, = struct.unpack_from(">q", data, at + 43)
            records, = struct.unpack_from(">i", data, at + 57)
            found.append((producer, COMPRESSION[attributes & 7], records))
            at += 12 + length
    return found


class Clients(harness.Case):
    def send(self, kafka, topic, settings=(), count=300, **source):
        harness.write(self.path("in.txt"), "".join("line %d\n" % i for i in range(count)))
        worker = self.worker(settings, [self.source(file=self.path("in.txt"), topic=topic, **source)], kafka)
        harness.wait_for("all records", lambda: kafka.topics().get(topic) and kafka.end_offset(topic) == count)
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(kafka.values(topic), ["line %d" % i for i in range(count)])
        found = batches(kafka, topic)
        self.assertEqual(sum(records for _, _, records in found), count)
        return worker, found

    def test_idempotent_by_default(self):
        kafka, topic = harness.broker(), self.topic()
        _, found = self.send(kafka, topic)
        self.assertTrue(all(producer >= 0 and compression is None for producer, compression, _ in found), found)

    def test_idempotence_off(self):
        kafka, topic = harness.broker(), self.topic()
        _, found = self.send(kafka, topic, {"producer.enable.idempotence": "false"})
        self.assertTrue(all(producer == -1 for producer, _, _ in found), found)

    def test_worker_prefix_and_connector_override(self):
        kafka = harness.broker()
        settings = {"producer.compression.type": "gzip", "producer.batch.size": "1000"}
        _, found = self.send(kafka, self.topic("a"), settings, 3000)
        self.assertEqual(self.kinds(found), {"gzip"})
        os.remove(self.path("offsets"))
        _, found = self.send(kafka, self.topic("b"), settings, 3000, producer__override__compression__type="zstd")
        self.assertEqual(self.kinds(found), {"zstd"})

    @staticmethod
    def kinds(found):
        """How batches are compressed; one of a few records stays as it is when that is shorter."""
        return {compression for _, compression, records in found if records > 20}

    def test_setting_that_has_no_equal_is_told_once(self):
        kafka = harness.broker()
        worker, _ = self.send(kafka, self.topic(), {"producer.interceptor.classes": "org.example.Spy"})
        told = [line for line in worker.new_log().splitlines() if "interceptor.classes" in line and "level=WARN" in line]
        self.assertEqual(len(told), 1, worker.new_log())

    def test_consumer_settings(self):
        kafka, topic = harness.broker(), self.topic()
        kafka.produce(topic, ["old"])
        group = "group-" + topic
        sink = self.sink(file=self.path("out.txt"), topics=topic, consumer__override__group__id=group)
        worker = self.worker({"consumer.auto.offset.reset": "latest"}, [sink], kafka)
        worker.await_state(sink["name"], "RUNNING")

        def arrives():
            kafka.produce(topic, ["new"])
            return harness.count_lines(self.path("out.txt")) > 0
        harness.wait_for("a new record", arrives, every=0.5)
        worker.stop()
        self.assertEqual(set(harness.lines_of(self.path("out.txt"))), {"new"})
        again = self.worker((), [dict(sink, name="other")], kafka, name="again")
        self.assertEqual(again.offsets("other")[0]["partition"]["kafka_topic"], topic)

    def test_override_policy(self):
        worker = self.worker({"connector.client.config.override.policy": "None"})
        source = self.source(file=self.path("in.txt"), topic="t", producer__override__acks="1")
        answer = worker.post("/connectors", {"name": "source", "config": source})
        self.assertEqual(answer.status, 400)
        self.assertIn("The 'None' policy does not allow 'acks' to be overridden in the connector configuration.",
                      answer.body["message"])
        worker.stop()
        worker = self.worker({"connector.client.config.override.policy": "Principal"}, name="principal")
        self.assertEqual(worker.post("/connectors", {"name": "source", "config": source}).status, 400)
        allowed = self.source(file=self.path("in.txt"), topic="t", producer__override__security__protocol="PLAINTEXT")
        self.create(worker, allowed)

    def test_nonsense_setting_fails_the_task(self):
        """Named in the trace; other connectors go on."""
        kafka = harness.broker()
        worker = self.worker(kafka=kafka)
        for name, key, value in (("a", "producer.override.compression.type", "tar"), ("b", "producer.override.acks", "most")):
            self.create(worker, self.source(name, file="/dev/null", topic=self.topic(), **{key.replace(".", "__"): value}))
            worker.await_state(name, "FAILED")
            self.assertRegex(worker.trace(name), re.escape(key.split(".")[-2] if key.endswith("type") else "acks"))
            self.assertIn(value, worker.trace(name))
        self.create(worker, self.source("c", file="/dev/null", topic=self.topic()))
        worker.await_state("c", "RUNNING")

    def test_secrets_are_resolved_and_not_shown(self):
        """${env:} and ${file:} in connectors: REST shows the reference, the task gets the value."""
        kafka, topic = harness.broker(), self.topic()
        secret = harness.write(self.path("secret.properties"), "where=%s\n" % topic)
        settings = {"config.providers": "env,file",
                    "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
                    "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider"}
        harness.write(self.path("in.txt"), "a\n")
        config = self.source(file="${env:LC_TEST_FOLDER}/in.txt", topic="${file:%s:where}" % secret)
        worker = self.worker(settings, [config], kafka, env={"LC_TEST_FOLDER": self.dir})
        harness.wait_for("the record", lambda: kafka.values(topic) == ["a"])
        self.assertEqual(worker.get("/connectors/source/config").body, config)
        self.assertEqual(worker.get("/connectors/source/tasks").body[0]["config"]["topic"], config["topic"])


if __name__ == "__main__":
    harness.main()
