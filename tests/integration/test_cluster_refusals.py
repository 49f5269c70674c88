"""Configurations with which a worker must not run: it ends at once, and says which setting to change."""
import socket
import struct
import subprocess

import harness
from test_cluster import DistributedWorker

KINDS = ("config", "offset", "status")


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def join_as_java(bootstrap, group, session_ms=6000):
    """A worker of Java that is killed right after it has joined: the group counts it until its session is over.
    True when the group has taken it."""
    host, port = bootstrap.rsplit(":", 1)
    find = struct.pack(">hhi", 10, 0, 1) + text("connect-java") + text(group)  # FindCoordinator, version 0
    join = (struct.pack(">hhi", 11, 2, 2) + text("connect-java") + text(group) + struct.pack(">ii", session_ms, session_ms)
            + text("") + text("connect") + struct.pack(">i", 1) + text("sessioned") + struct.pack(">i", 0))  # JoinGroup, version 2
    with socket.create_connection((host, int(port))) as to, to.makefile("rb") as answers:
        for request in find, join:
            to.sendall(struct.pack(">i", len(request)) + request)
            answer = answers.read(struct.unpack(">i", answers.read(4))[0])
    return answer[8:10] == b"\0\0"


class Refusals(harness.Case):
    def setUp(self):
        super().setUp()
        self.kafka = harness.broker()
        self.group = self.topic("group")

    def member(self, name="w", **settings):
        topics = {"%s.storage.topic" % kind: "%s-%s" % (self.group, kind) for kind in KINDS}
        factors = {"%s.storage.replication.factor" % kind: 1 for kind in KINDS}
        return self.prepare({"group.id": self.group, "session.timeout.ms": 6000, **topics, **factors, **settings},
                            kafka=self.kafka, name=name, kind=DistributedWorker)

    def make_topic(self, name, *arguments):
        subprocess.run([*harness.JAVA, "-cp", harness.LIBS + "/*", "org.apache.kafka.tools.TopicCommand", "--bootstrap-server",
                        self.kafka.bootstrap, "--create", "--topic", name, *arguments], check=True, stdout=subprocess.DEVNULL)

    def refused(self, worker, *words):
        worker.launch()
        self.assertEqual(worker.await_exit(60), 3)
        for word in words:
            self.assertIn(word, worker.new_log())

    def test_replication(self):
        for kind in KINDS:
            setting = kind + ".storage.replication.factor"
            self.refused(self.member(**{setting: 3, kind + ".storage.topic": self.topic(kind)}), setting, "property could not be created")

    def test_topics_that_will_not_do(self):
        loose = self.topic("loose")
        self.make_topic(loose, "--partitions", "1")
        for kind in KINDS:
            self.refused(self.member(**{kind + ".storage.topic": loose}), "'%s.storage.topic' property" % kind, "cleanup.policy=compact")
        wide = self.topic("wide")
        self.make_topic(wide, "--partitions", "2", "--config", "cleanup.policy=compact")
        self.refused(self.member(**{"config.storage.topic": wide}), "'config.storage.topic' property", "single partition")

    def test_one_topic_twice(self):
        same = self.topic("same")
        self.refused(self.member(**{"config.storage.topic": same, "status.storage.topic": same}), "storage.topic")

    def test_group_with_a_consumer(self):
        """As those of a sink, it is a member of the group that the worker wants."""
        name = self.topic("in")
        self.kafka.produce(name, ["a"])
        consumer = subprocess.Popen(["kcat", "-b", self.kafka.bootstrap, "-G", self.group, "-X", "auto.offset.reset=earliest", "-u",
                                     name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=harness.die_with_parent)
        self.assertEqual(consumer.stdout.readline(), b"a\n")
        self.refused(self.member(), "'group.id' property", "no worker")
        consumer.kill()
        consumer.wait()
        consumer.stdout.close()

    def test_a_java_worker_that_was_killed_is_waited_for(self):
        self.kafka.produce(self.topic("any"), ["a"])
        harness.wait_for("the group to take it", lambda: join_as_java(self.kafka.bootstrap, self.group))
        worker = self.member().start()
        worker.await_log("members of another kind")
        worker.await_log("this worker leads the cluster")

    def test_name_of_a_sink(self):
        worker = self.member().start()
        worker.await_log("this worker leads the cluster")
        sink = dict(self.sink(topics="any", file=self.path("out")), **{"consumer.override.group.id": self.group})
        answer = harness.wait_for("an answer", lambda: [a for a in [worker.post("/connectors", {
            "name": sink["name"], "config": sink})] if a.status != 409])[0]
        self.assertEqual(answer.status, 400)
        self.assertIn("conflicts with Connect worker group", answer.body["message"])

    def test_two_clusters_on_one_topic(self):
        first = self.member("first").start()
        first.await_log("this worker leads the cluster")
        self.refused(self.member("second", **{"group.id": self.group + "-other"}), "config.storage.topic", "group.id")
        self.assertEqual(first.get("/connectors").status, 200)


if __name__ == "__main__":
    harness.main()
