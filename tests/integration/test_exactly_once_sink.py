"""Sinks whose target holds the offsets: whatever dies, each record is written once and in order."""
import collections
import glob
import os
import re
import signal
import subprocess
import time

import harness
from test_cluster import DistributedWorker

PARTITIONS, EACH = 3, 2500


class ExactlyOnceSink(harness.Case):
    def setUp(self):
        super().setUp()
        self.kafka = harness.broker()
        self.group, self.source = self.topic("group"), self.topic("in")
        self.into = self.path("segments")
        os.makedirs(self.into)
        subprocess.run([*harness.JAVA, "-cp", harness.LIBS + "/*", "org.apache.kafka.tools.TopicCommand", "--bootstrap-server",
                        self.kafka.bootstrap, "--create", "--topic", self.source, "--partitions", str(PARTITIONS)],
                       check=True, stdout=subprocess.DEVNULL)

    def member(self, name):
        topics = {"%s.storage.topic" % kind: "%s-%s" % (self.group, kind) for kind in ("config", "offset", "status")}
        factors = {"%s.storage.replication.factor" % kind: 1 for kind in ("config", "offset", "status")}
        worker = self.prepare({"group.id": self.group, "session.timeout.ms": 4000, "heartbeat.interval.ms": 1000,
                               "offset.flush.interval.ms": 700, "script.grants": "dir:" + self.into,
                               "plugin.path": os.path.join(harness.TOP, "examples", "connectors"), **topics, **factors},
                              kafka=self.kafka, name=name, kind=DistributedWorker)
        return self.ready(worker.start())

    def ready(self, worker):
        harness.wait_for("%s to join" % worker.name, lambda: worker.get("/connectors").status == 200)
        return worker

    def written(self):
        """Lines by partition, along the chain of files from offset 0."""
        found = collections.defaultdict(list)
        for partition in range(PARTITIONS):
            at, name = 0, os.path.join(self.into, "%s-%d-%%020d.txt" % (self.source, partition))
            while os.path.exists(name % at):
                head, *lines = harness.lines_of(name % at)
                at = int(re.fullmatch(r"next (\d+)", head).group(1))
                found[partition] += lines
        return found

    def create(self, worker):
        config = {"name": self.sink_name, "connector.class": "segment_sink", "tasks.max": "2", "topics": self.source,
                  "directory": self.into, "consumer.override.session.timeout.ms": "6000", "transforms": "route",
                  "consumer.override.max.poll.records": "100",
                  "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
                  "transforms.route.regex": ".*", "transforms.route.replacement": "elsewhere"}
        answer = lambda: worker.post("/connectors", {"name": config["name"], "config": config}).status == 201
        harness.wait_for("the sink", answer)
        worker.await_state(self.sink_name, "RUNNING", tasks=2)

    def test_each_once_and_in_order(self):
        """Workers are killed, and put to sleep until their partitions are another's, while records come."""
        workers = [self.member("w0"), self.member("w1")]
        for partition in range(PARTITIONS):
            self.kafka.produce(self.source, ["%d" % n for n in range(100)], partition=partition)
        self.create(workers[0])
        sleeper = None
        for done in range(100, EACH, 300):
            for partition in range(PARTITIONS):
                self.kafka.produce(self.source, ["%d" % n for n in range(done, done + 300)], partition=partition)
            victim = workers[done // 300 % 2]
            if done // 300 in (1, 5):
                victim.kill()
                self.ready(victim.start())
            elif done // 300 == 2:
                sleeper = victim
                sleeper.process.send_signal(signal.SIGSTOP)
            elif done // 300 == 7:
                sleeper.process.send_signal(signal.SIGCONT)
            time.sleep(1)
        expected = ["%d" % n for n in range(EACH)]
        harness.wait_for("all records", lambda: all(len(self.written()[p]) >= EACH for p in range(PARTITIONS)),
                         timeout=90, every=0.5)
        for partition, lines in self.written().items():
            self.assertTrue(lines == expected, "partition %d: %d lines, first strange one %s" % (
                partition, len(lines), next((x for x in zip(lines, expected) if x[0] != x[1]), None)))
        on_chain = sum(1 for _ in glob.glob(self.into + "/*.txt"))
        self.assertGreater(on_chain, 3 * PARTITIONS, "several batches")

    def test_the_target_wins_over_committed_offsets(self):
        """Offsets that someone moves back in Kafka change nothing."""
        worker = self.member("w0")
        for partition in range(PARTITIONS):
            self.kafka.produce(self.source, ["a", "b", "c"], partition=partition)
        self.create(worker)
        harness.wait_for("all", lambda: [len(self.written()[p]) for p in range(PARTITIONS)] == [3] * PARTITIONS)
        worker.put("/connectors/%s/stop" % self.sink_name)
        harness.wait_for("the stop", lambda: worker.get("/connectors/%s/tasks" % self.sink_name).body == [])
        harness.wait_for("the reset", lambda: worker.delete("/connectors/%s/offsets" % self.sink_name).status == 200)
        self.kafka.produce(self.source, ["d"], partition=0)
        worker.put("/connectors/%s/resume" % self.sink_name)
        harness.wait_for("the last", lambda: self.written()[0] == ["a", "b", "c", "d"])
        self.assertEqual([self.written()[p] for p in (1, 2)], [["a", "b", "c"]] * 2)


if __name__ == "__main__":
    harness.main()
