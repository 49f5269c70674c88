"""Errors that brokers give to each kind of request of tasks, by librdkafka's mock cluster: each is survived, or ends in
a FAILED task that says why and goes on where it was after a restart. Nothing is lost either way."""
import os
import subprocess

import harness

BROKER = os.path.join(harness.BUILD, "tests", "integration", "mock_broker")
API = {"Produce": 0, "Fetch": 1, "ListOffsets": 2, "Metadata": 3, "OffsetCommit": 8, "OffsetFetch": 9, "FindCoordinator": 10,
       "JoinGroup": 11, "Heartbeat": 12, "SyncGroup": 14, "InitProducerId": 22}
ERROR = {"NOT_LEADER_OR_FOLLOWER": 6, "REQUEST_TIMED_OUT": 7, "MESSAGE_TOO_LARGE": 10, "COORDINATOR_LOAD_IN_PROGRESS": 14,
         "COORDINATOR_NOT_AVAILABLE": 15, "NOT_COORDINATOR": 16, "NOT_ENOUGH_REPLICAS": 19, "ILLEGAL_GENERATION": 22,
         "UNKNOWN_MEMBER_ID": 25, "REBALANCE_IN_PROGRESS": 27, "TOPIC_AUTHORIZATION_FAILED": 29,
         "GROUP_AUTHORIZATION_FAILED": 30, "OUT_OF_ORDER_SEQUENCE_NUMBER": 45, "INVALID_PRODUCER_EPOCH": 47,
         "CONCURRENT_TRANSACTIONS": 51, "KAFKA_STORAGE_ERROR": 56, "UNKNOWN_PRODUCER_ID": 59}

# What a running pair of a source and a sink meets: errors in a row of each request.
SURVIVED = [
    {"Produce": "NOT_LEADER_OR_FOLLOWER REQUEST_TIMED_OUT NOT_ENOUGH_REPLICAS KAFKA_STORAGE_ERROR",
     "Metadata": "REQUEST_TIMED_OUT"},
    {"Fetch": "NOT_LEADER_OR_FOLLOWER KAFKA_STORAGE_ERROR REQUEST_TIMED_OUT"},
    {"OffsetCommit": "COORDINATOR_LOAD_IN_PROGRESS NOT_COORDINATOR REQUEST_TIMED_OUT REBALANCE_IN_PROGRESS"},
    {"Heartbeat": "NOT_COORDINATOR COORDINATOR_NOT_AVAILABLE REBALANCE_IN_PROGRESS"},
    {"Heartbeat": "UNKNOWN_MEMBER_ID", "OffsetCommit": "ILLEGAL_GENERATION"},
]

# What a sink meets that joins its group.
JOINING = [
    {"FindCoordinator": "COORDINATOR_NOT_AVAILABLE COORDINATOR_LOAD_IN_PROGRESS",
     "JoinGroup": "COORDINATOR_LOAD_IN_PROGRESS NOT_COORDINATOR",
     "SyncGroup": "NOT_COORDINATOR", "OffsetFetch": "COORDINATOR_LOAD_IN_PROGRESS NOT_COORDINATOR",
     "ListOffsets": "NOT_LEADER_OR_FOLLOWER"},
    {"JoinGroup": "UNKNOWN_MEMBER_ID", "SyncGroup": "REBALANCE_IN_PROGRESS"},
]

# What ends a producer of librdkafka, where Java's begins a new epoch.
LOST_SEQUENCE = ["OUT_OF_ORDER_SEQUENCE_NUMBER", "UNKNOWN_PRODUCER_ID", "INVALID_PRODUCER_EPOCH"]

# What no retry mends: request, error, which connector fails, words of its trace.
FINAL = [
    ("Produce", "TOPIC_AUTHORIZATION_FAILED", "source", "ACL"),
    ("Produce", "MESSAGE_TOO_LARGE", "source", "max.message.bytes"),
    ("FindCoordinator", "GROUP_AUTHORIZATION_FAILED", "sink", "group"),
]


class MockBroker:
    def __init__(self, case, *topics):
        self.process = subprocess.Popen([BROKER, *topics], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=harness.die_with_parent)
        self.bootstrap = self.process.stdout.readline().strip()
        case.addCleanup(self.stop)

    def stop(self):
        if self.process.poll() is None:
            self.process.communicate(timeout=30)

    def tell(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n"

    def fail(self, api, errors):
        self.tell("fail", API[api], *(ERROR[name] for name in errors.split()))

    def clear(self, api):
        self.tell("clear", API[api])


class Faults(harness.Case):
    """A source fills a topic from a file, a sink writes it to another."""

    def setUp(self):
        super().setUp()
        self.kafka = MockBroker(self, "t:1")
        self.written = []
        harness.write(self.path("in"), "")

    def start(self):
        base = {"offset.flush.interval.ms": 200, "topic.creation.enable": "false", "consumer.heartbeat.interval.ms": 200,
                "consumer.session.timeout.ms": 6000, "producer.retry.backoff.ms": 20, "consumer.retry.backoff.ms": 20,
                # The mock cluster doesn't look at sequences, so two batches on their way could change places.
                "producer.max.in.flight.requests.per.connection": 1}
        return self.worker(base, [self.source("source", file=self.path("in"), topic="t"),
                                  self.sink("sink", file=self.path("out"), topics="t")], kafka=self.kafka)

    def feed(self, count=20):
        lines = ["line %d" % (len(self.written) + i) for i in range(count)]
        harness.append(self.path("in"), "".join(line + "\n" for line in lines))
        self.written += lines

    def await_all(self, timeout=20):
        """Until everything that was fed has come through; returns what came."""
        harness.wait_for("all of %d lines" % len(self.written), lambda: not self.missing(), timeout)
        return self.read_out()

    def missing(self):
        return sorted(set(self.written) - set(self.read_out()))

    def read_out(self):
        path = self.path("out")
        return harness.read(path).decode().splitlines() if os.path.exists(path) else []

    def check_order(self, lines):
        """Every line, in the order it was fed in; some of it perhaps anew, from a committed offset on."""
        at, first = -1, -1
        for line in lines:
            number = int(line.split()[1])
            self.assertLessEqual(number, first + 1, "a line was left out before %s" % line)
            first = max(first, number)
            at = number
        self.assertEqual(at, len(self.written) - 1)

    def meet(self, scene):
        for api, errors in scene.items():
            self.kafka.fail(api, errors)

    def forget(self, scene):
        for api in scene:
            self.kafka.clear(api)

    def test_errors_that_are_survived(self):
        worker = self.start()
        for scene in SURVIVED:
            with self.subTest(**scene):
                self.meet(scene)
                self.feed()
                self.check_order(self.await_all())
                self.forget(scene)
        for name in "source", "sink":
            worker.await_state(name, "RUNNING")
        lines = self.read_out()
        # A sink that the group sent away reads again what it had not committed; nothing else may be doubled.
        self.assertLessEqual(len(lines) - len(set(lines)), 2 * 20)

    def test_errors_while_joining(self):
        worker = self.start()
        for scene in JOINING:
            with self.subTest(**scene):
                self.meet(scene)
                self.assertEqual(worker.post("/connectors/sink/tasks/0/restart").status, 204)
                self.feed()
                self.check_order(self.await_all(40))
                self.forget(scene)
                worker.await_state("sink", "RUNNING")

    def test_a_lost_sequence(self):
        worker = self.start()
        self.feed()
        self.await_all()
        for error in LOST_SEQUENCE:
            with self.subTest(error=error):
                self.kafka.fail("Produce", error)
                self.feed()
                self.await_all()  # what was sent behind a record that failed may stand before it
                worker.await_state("source", "RUNNING")
        self.assertRegex(worker.new_log(), "begins anew from its committed offsets with another")
        offsets = worker.offsets("source")
        self.assertEqual(offsets[0]["offset"]["position"], os.path.getsize(self.path("in")))

    def test_a_producer_that_gets_no_id(self):
        self.kafka.fail("InitProducerId", "COORDINATOR_LOAD_IN_PROGRESS REQUEST_TIMED_OUT CONCURRENT_TRANSACTIONS")
        self.start()
        self.feed()
        self.check_order(self.await_all())

    def test_errors_that_are_final(self):
        worker = self.start()
        self.feed()
        self.await_all()
        for api, error, name, words in FINAL:
            with self.subTest(api=api, error=error):
                self.kafka.fail(api, error)
                if name == "sink":
                    worker.post("/connectors/sink/tasks/0/restart")
                self.feed()
                worker.await_state(name, "FAILED")
                self.assertIn(words.lower(), worker.trace(name).lower())
                self.kafka.clear(api)
                self.assertEqual(worker.post("/connectors/%s/tasks/0/restart" % name).status, 204)
                self.await_all()
                worker.await_state(name, "RUNNING")

    def test_a_broker_that_comes_and_goes(self):
        worker = self.start()
        self.feed()
        self.kafka.tell("down")
        self.feed()
        self.kafka.tell("up")
        self.check_order(self.await_all())
        for name in "source", "sink":
            worker.await_state(name, "RUNNING")


if __name__ == "__main__":
    harness.main()
