"""What becomes of bad records: tolerance, the dead letter queue with its headers, the log, retries (KIP-298)."""
import os
import re
import time

import harness

DATA_EXCEPTION = "org.apache.kafka.connect.errors.DataException"
FLAKY = """
local lc = require "lc"
local failures = {}
-- Fails %(times)s times for a record before it succeeds.
return lc.transform {
  apply = function(record)
    local text = record.value
    failures[text] = (failures[text] or 0) + 1
    if text:find("shaky") and failures[text] <= %(times)s then lc.retry("not yet: " .. text) end
    return record
  end,
}
"""
PICKY = """
local lc = require "lc"
local sink = lc.sink { needs = { "file" }, config = { file = lc.config.string {}, refuse = lc.config.string { default = "-" } } }
function sink.start(task)
  task.file = task.cap.file:append(task.config.file)
  task.failures = 0
end
function sink.put(task, records)
  if #records > 0 and task.failures < 2 then
    task.failures = task.failures + 1
    lc.retry("target is busy")
  end
  for _, record in ipairs(records) do
    if record.value:find(task.config.refuse, 1, true) then task:reject(record, "refused: " .. record.value) end
  end
  task.file:write_lines(records)
end
function sink.flush(task) task.file:flush() end
return sink
"""


class Errors(harness.Case):
    def json_sink(self, topic, **settings):
        return self.sink(file=self.path("out.txt"), topics=topic, value__converter=harness.JSON,
                         value__converter__schemas__enable="false", **settings)

    def script(self, name, text):
        harness.os.makedirs(self.path("plugins"), exist_ok=True)
        harness.write(self.path("plugins", name + ".lua"), text)
        return {"plugin.path": self.path("plugins"), "script.grants": self.dir}

    def test_dead_letters(self):
        """Every second of 1000 records is broken: 500 arrive, 500 lie in the queue as they were, with their context."""
        kafka, topic, letters = harness.broker(), self.topic(), self.topic("-dlq")
        kafka.produce(topic, ['{"n":%d}' % i if i % 2 == 0 else "{broken %d" % i for i in range(1000)],
                      key=lambda value: "k" + re.search(r"\d+", value).group(), headers=[("given", "as it was")])
        sink = self.json_sink(topic, errors__tolerance="all", errors__deadletterqueue__topic__name=letters,
                              errors__deadletterqueue__topic__replication__factor=1,
                              errors__deadletterqueue__context__headers__enable="true")
        worker = self.worker(connectors=[sink], kafka=kafka)
        self.await_lines(self.path("out.txt"), 500, 30, worker)
        harness.wait_for("all letters", lambda: kafka.topics().get(letters) and kafka.end_offset(letters) == 500)
        harness.wait_for("the commit", lambda: [entry["offset"]["kafka_offset"] for entry in worker.offsets(sink["name"])]
                         == [1000])
        worker.await_state(sink["name"], "RUNNING")
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["{n=%d}" % i for i in range(0, 1000, 2)])
        self.assertEqual(kafka.topics()[letters], 1)
        originals = {record.offset: record for record in kafka.consume(topic)}
        for at, letter in enumerate(kafka.consume(letters)):
            number = 2 * at + 1
            self.assertEqual((letter.key, letter.value), ("k%d" % number, "{broken %d" % number))
            self.assertEqual(letter.timestamp, originals[number].timestamp)
            names = ["given"] + ["__connect.errors." + name for name in (
                "topic", "partition", "offset", "connector.name", "task.id", "stage", "class.name",
                "exception.class.name", "exception.message", "exception.stacktrace")]
            self.assertEqual([name for name, _ in letter.headers], names)
            values = [value for _, value in letter.headers]
            self.assertEqual(values[:8], ["as it was", topic, "0", str(number), sink["name"], "0", "VALUE_CONVERTER",
                                          harness.JSON])
            self.assertEqual(values[8], DATA_EXCEPTION)
            self.assertEqual(values[9], "Converting byte[] to Kafka Connect data failed due to serialization error: ")
            self.assertTrue(values[10].startswith("%s: %s" % (DATA_EXCEPTION, values[9])), values[10])

    def test_tolerance_none(self):
        """The task fails at the bad record, nothing behind it is committed; with tolerance it then goes on."""
        kafka, topic = harness.broker(), self.topic()
        kafka.produce(topic, ['{"n":%d}' % i if i != 10 else "{broken" for i in range(21)])
        sink = self.json_sink(topic)
        worker = self.worker(connectors=[sink], kafka=kafka)
        worker.await_state(sink["name"], "FAILED")
        self.assertEqual(worker.status(sink["name"])["connector"]["state"], "RUNNING")
        trace = worker.trace(sink["name"])
        self.assertTrue(trace.startswith("org.apache.kafka.connect.errors.ConnectException: "
                                         "Tolerance exceeded in error handler"), trace)
        self.assertIn("Caused by: " + DATA_EXCEPTION, trace)
        self.assertLessEqual(harness.count_lines(self.path("out.txt")), 10)
        self.assertTrue(all(entry["offset"]["kafka_offset"] <= 10 for entry in worker.offsets(sink["name"])))
        changed = dict(sink, **{"errors.tolerance": "all"})
        self.assertEqual(worker.put("/connectors/%s/config" % sink["name"], changed).status, 200)
        self.await_lines(self.path("out.txt"), 20, 30, worker)
        worker.stop()
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["{n=%d}" % i for i in range(21) if i != 10])

    def test_poison_reaches_the_queue_without_tolerance(self):
        kafka, topic, letters = harness.broker(), self.topic(), self.topic("-dlq")
        kafka.produce(topic, ["{broken"])
        sink = self.json_sink(topic, errors__deadletterqueue__topic__name=letters,
                              errors__deadletterqueue__topic__replication__factor=1)
        worker = self.worker(connectors=[sink], kafka=kafka)
        worker.await_state(sink["name"], "FAILED")
        letter, = kafka.consume(letters)
        self.assertEqual((letter.value, letter.headers), ("{broken", []))

    def test_letter_that_the_queue_refuses(self):
        """Its headers make it too large: the task fails and says so, instead of reading the same records again and again."""
        kafka, topic = harness.broker(), self.topic()
        out = self.path("out.txt")
        sink = self.json_sink(topic, errors__tolerance="all", errors__deadletterqueue__topic__name=topic + "-dlq",
                              errors__deadletterqueue__topic__replication__factor=1,
                              errors__deadletterqueue__context__headers__enable="true")
        worker = self.worker({"producer.max.request.size": "2000"}, [sink], kafka=kafka)
        kafka.produce(topic, ['{"n":1}', "x" * 1900])
        worker.await_state(self.sink_name, "FAILED")
        self.assertIn("could not be written to the dead letter queue", worker.trace(self.sink_name))
        self.assertIn("max.request.size", worker.trace(self.sink_name))
        self.assertEqual(harness.lines_of(out), ["{n=1}"])

    def test_queue_that_cannot_be_made(self):
        kafka, topic = harness.broker(), self.topic()
        sink = self.json_sink(topic, errors__tolerance="all", errors__deadletterqueue__topic__name=topic + "-dlq")
        worker = self.worker(connectors=[sink], kafka=kafka)
        worker.await_state(sink["name"], "FAILED")
        self.assertIn("Could not initialize dead letter queue with topic=%s-dlq" % topic, worker.trace(sink["name"]))
        self.assertIn("replication", worker.trace(sink["name"]).lower())

    def test_log(self):
        kafka, topic = harness.broker(), self.topic()
        kafka.produce(topic, ['{"n":0}', "{secret-payload", '{"n":2}'])
        sink = self.json_sink(topic, errors__tolerance="all", errors__log__enable="true",
                              errors__log__include__messages="true")
        worker = self.worker(connectors=[sink], kafka=kafka)
        self.await_lines(self.path("out.txt"), 2, 30, worker)
        line = next(line for line in worker.new_log().splitlines() if "Error encountered" in line)
        self.assertIn("Error encountered in task %s-0. Executing stage 'VALUE_CONVERTER' with class '%s', where consumed "
                      "record is {topic='%s', partition=0, offset=1, timestamp=" % (sink["name"], harness.JSON, topic), line)
        self.assertIn("timestampType=CreateTime}.", line)
        self.assertIn("DataException", line)
        self.assertEqual(worker.new_log().count("Error encountered"), 1)

    def test_transform_fails_amid_a_batch(self):
        """In a source: the bad line is skipped, the others arrive in order, and the offset goes past all of them."""
        kafka, topic = harness.broker(), self.topic()
        lines = ["%d" % i if i % 7 != 3 else "x%d" % i for i in range(1000)]
        harness.write(self.path("in.txt"), "\n".join(lines) + "\n")
        source = self.source(
            file=self.path("in.txt"), topic=topic, errors__tolerance="all", errors__log__enable="true",
            transforms="cast", transforms__cast__type="org.apache.kafka.connect.transforms.Cast$Value",
            transforms__cast__spec="int32", value__converter="org.apache.kafka.connect.converters.IntegerConverter")
        worker = self.worker(connectors=[source], kafka=kafka)
        end = {"position": len("\n".join(lines)) + 1}
        harness.wait_for("the commit", lambda: [entry["offset"] for entry in worker.offsets("source")] == [end])
        worker.await_state("source", "RUNNING")
        good = [i for i in range(1000) if i % 7 != 3]
        self.assertEqual(kafka.end_offset(topic), len(good))
        got = [int.from_bytes(value.encode("latin-1", "replace")[-2:], "big") for value in kafka.values(topic)[:18]]
        self.assertEqual(got, good[:18])
        self.assertEqual(worker.new_log().count("Executing stage 'TRANSFORMATION' with class "
                                                "'org.apache.kafka.connect.transforms.Cast$Value'"), 1000 - len(good))

    def test_source_fails_and_loses_nothing(self):
        kafka, topic = harness.broker(), self.topic()
        harness.write(self.path("in.txt"), "".join("%d\n" % i for i in range(50)) + "bad\n" + "7\n")
        cast = dict(transforms="cast", transforms__cast__type="org.apache.kafka.connect.transforms.Cast$Value",
                    transforms__cast__spec="int32")
        source = self.source(file=self.path("in.txt"), topic=topic, value__converter=harness.JSON, **cast)
        worker = self.worker(connectors=[source], kafka=kafka)
        worker.await_state("source", "FAILED")
        self.assertIn("Tolerance exceeded in error handler", worker.trace("source"))
        self.assertIn("bad", worker.trace("source"))
        changed = self.source(file=self.path("in.txt"), topic=topic)
        self.assertEqual(worker.put("/connectors/source/config", changed).status, 200)
        harness.wait_for("the rest", lambda: "7" in kafka.values(topic)[-1:], 20)
        seen = kafka.values(topic)
        self.assertIn("bad", seen)
        self.assertEqual(seen[-2:], ["bad", "7"])
        for i in range(50):
            self.assertTrue(str(i) in seen or any('"payload":%d}' % i in value for value in seen), i)

    def test_retry_until_it_works(self):
        kafka, topic = harness.broker(), self.topic()
        kafka.produce(topic, ["a", "shaky", "b"])
        settings = self.script("flaky", FLAKY % {"times": 2})
        sink = self.sink(file=self.path("out.txt"), topics=topic, errors__retry__timeout=20000, transforms="flaky",
                         transforms__flaky__type="flaky")
        began = time.monotonic()
        worker = self.worker(settings, [sink], kafka)
        self.await_lines(self.path("out.txt"), 3, 30, worker)
        self.assertGreaterEqual(time.monotonic() - began, 0.9)  # 300 ms, then 600 ms
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["a", "shaky", "b"])

    def test_retry_gives_up(self):
        kafka, topic = harness.broker(), self.topic()
        kafka.produce(topic, ["a", "shaky", "b"])
        settings = self.script("flaky", FLAKY % {"times": 1000})
        sink = self.sink(file=self.path("out.txt"), topics=topic, errors__retry__timeout=700, transforms="flaky",
                         transforms__flaky__type="flaky")
        worker = self.worker(settings, [sink], kafka)
        worker.await_state(sink["name"], "FAILED")
        trace = worker.trace(sink["name"])
        self.assertIn("Tolerance exceeded in error handler", trace)
        self.assertIn("not yet: shaky", trace)
        self.assertIn("flaky.lua:9", trace)
        worker.put("/connectors/%s/config" % sink["name"], dict(sink, **{"errors.tolerance": "all"}))
        self.await_lines(self.path("out.txt"), 2, 30, worker)
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["a", "b"])

    def test_put_is_retried_and_records_rejected(self):
        """A sink whose put fails retriably gets the same batch again; a record that it rejects is a dead letter."""
        kafka, topic, letters = harness.broker(), self.topic(), self.topic("-dlq")
        kafka.produce(topic, ["v%d" % i for i in range(100)])
        sink = {"name": self.sink_name, "connector.class": "picky", "topics": topic, "file": self.path("out.txt"),
                "refuse": "v50", "errors.tolerance": "all", "errors.deadletterqueue.topic.name": letters,
                "errors.deadletterqueue.topic.replication.factor": "1",
                "errors.deadletterqueue.context.headers.enable": "true"}
        worker = self.worker(self.script("picky", PICKY), [sink], kafka)
        self.await_lines(self.path("out.txt"), 99, 30, worker)
        worker.await_state(sink["name"], "RUNNING")
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["v%d" % i for i in range(100) if i != 50])
        letter, = harness.wait_for("the letter", lambda: kafka.topics().get(letters) and kafka.consume(letters))
        headers = dict(letter.headers)
        self.assertEqual(letter.value, "v50")
        self.assertEqual(headers["__connect.errors.stage"], "TASK_PUT")
        self.assertEqual(headers["__connect.errors.class.name"], "org.apache.kafka.connect.sink.SinkTask")
        self.assertIn("refused: v50", headers["__connect.errors.exception.message"])
        self.assertEqual(worker.new_log().count("put failed and is tried again"), 2)

    def test_record_that_kafka_refuses(self):
        """Too large for the producer: skipped with tolerance, else the end of the task."""
        kafka, topic = harness.broker(), self.topic()
        harness.write(self.path("in.txt"), "first\n" + "x" * 2000000 + "\nlast\n")
        source = self.source(file=self.path("in.txt"), topic=topic)
        worker = self.worker(connectors=[source], kafka=kafka)
        worker.await_state("source", "FAILED")
        self.assertIn("Unrecoverable exception from producer send callback", worker.trace("source"))
        worker.put("/connectors/source/config", dict(source, **{"errors.tolerance": "all"}))
        harness.wait_for("the last line", lambda: kafka.values(topic)[-1:] == ["last"])
        self.assertEqual([value for value in kafka.values(topic) if len(value) > 10], [])

    def test_failed_task_starts_again_by_itself(self):
        """Opt-in: what Kafka Connect leaves FAILED comes back once its cause is gone, and says when it will try."""
        place = self.path("later")
        settings = {"errors__restart__policy": "on-failure", "errors__restart__delay__ms": 100,
                    "errors__restart__delay__max__ms": 400}
        harness.write(self.path("in.txt"), "one\ntwo\n")
        sink = self.sink(file=place + "/out.txt", topics="t", **settings)
        worker = self.worker({}, [self.source(file=self.path("in.txt"), topic="t"), sink])
        worker.await_state(sink["name"], "FAILED")
        worker.await_log("restart 3 by errors.restart.policy")
        self.assertRegex(worker.trace(sink["name"]), "starts again by itself in [0-9]+ ms: restart [0-9]+")
        os.mkdir(place)
        self.await_lines(place + "/out.txt", 2)
        worker.await_state(sink["name"], "RUNNING")

    def test_restarts_end(self):
        sink = self.sink(file=self.path("none/out.txt"), topics="t", errors__restart__policy="on-failure",
                         errors__restart__delay__ms=50, errors__restart__attempts__max=2)
        worker = self.worker({}, [sink])
        worker.await_log("it will not recover until it is restarted")
        self.assertEqual(worker.new_log().count("it will be restarted"), 2)
        self.assertEqual(worker.task_states(sink["name"]), ["FAILED"])
        self.assertNotIn("starts again", worker.trace(sink["name"]))

    def test_stop_while_waiting_for_a_restart(self):
        sink = self.sink(file=self.path("none/out.txt"), topics="t", errors__restart__policy="on-failure",
                         errors__restart__delay__ms=60000)
        worker = self.worker({}, [sink])
        worker.await_log("it will be restarted")
        worker.put("/connectors/%s/stop" % sink["name"])
        harness.wait_for("no tasks", lambda: worker.get("/connectors/%s/tasks" % sink["name"]).body == [], timeout=5)
        worker.stop(timeout=5)

    def test_restart_policy_is_checked(self):
        worker = self.worker({}, [])
        config = self.sink(file="/dev/null", topics="t", errors__restart__policy="always", errors__restart__delay__ms=0)
        answer = worker.post("/connectors", {"name": config["name"], "config": config})
        self.assertEqual(answer.status, 400)
        self.assertIn("Invalid value always for configuration errors.restart.policy", answer.body["message"])
        self.assertIn("Invalid value 0 for configuration errors.restart.delay.ms", answer.body["message"])


if __name__ == "__main__":
    harness.main()
