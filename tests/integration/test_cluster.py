"""Distributed mode on one machine: sharing, forwarding, taking over, and workers that sleep through their session."""
import json
import signal
import time

import harness

SESSION_S = 6


class DistributedWorker(harness.Worker):
    def command(self):
        return [harness.PROGRAM, "distributed", self.settings]

    @property
    def id(self):
        return self.url.split("//")[1]


class Cluster(harness.Case):
    def setUp(self):
        super().setUp()
        self.kafka = harness.broker()
        self.group = self.topic("group")
        self.into = [self.topic("t%d" % i) for i in range(4)]

    def member(self, name, **settings):
        topics = {"%s.storage.topic" % kind: "%s-%s" % (self.group, kind) for kind in ("config", "offset", "status")}
        factors = {"%s.storage.replication.factor" % kind: 1 for kind in ("config", "offset", "status")}
        return self.prepare({"group.id": self.group, "session.timeout.ms": SESSION_S * 1000,
                             "heartbeat.interval.ms": 1500, "offset.flush.interval.ms": 500,
                             **topics, **factors, **settings}, kafka=self.kafka, name=name, kind=DistributedWorker)

    def ready(self, worker):
        harness.wait_for("%s to join" % worker.name,
                         lambda: worker.get("/connectors").status == 200 and "joined the cluster" in worker.new_log())
        return worker

    def members(self, count):
        return [self.ready(self.member("w%d" % i).start()) for i in range(count)]

    def create_sources(self, worker, count):
        for i in range(count):
            harness.write(self.path("in%d" % i), "")
            self.await_created(worker, self.source("s%d" % i, file=self.path("in%d" % i), topic=self.into[i]))

    def await_created(self, worker, config):
        def created():
            return worker.post("/connectors", {"name": config["name"], "config": config}).status == 201
        harness.wait_for("%s to be created" % config["name"], created)

    @staticmethod
    def places(worker):
        """Who runs what, when all of it is RUNNING: {"s0": worker, "s0-0": worker}."""
        found = {}
        for name, about in (worker.get("/connectors?expand=status").body or {}).items():
            status = about["status"]
            units = [(name, status["connector"])] + [("%s-%d" % (name, t["id"]), t) for t in status["tasks"]]
            if len(units) < 2 or any(unit["state"] != "RUNNING" for _, unit in units):
                return {}
            found.update((key, unit["worker_id"]) for key, unit in units)
        return found

    def await_spread(self, ask, workers, units, timeout=30):
        ids = {worker.id for worker in workers}

        def spread():
            places = self.places(ask)
            counts = [list(places.values()).count(i) for i in ids]
            return len(places) == units and set(places.values()) <= ids and max(counts) - min(counts) <= 1 and places
        try:
            return harness.wait_for("the work to be spread over %d workers" % len(ids), spread, timeout)
        except AssertionError as problem:
            seen = ask.get("/connectors?expand=status").body
            raise AssertionError("%s: %s" % (problem, json.dumps(seen, indent=1))) from None

    def test_work_is_shared_and_moves(self):
        first, second = self.members(2)
        self.create_sources(second, 4)
        before = self.await_spread(first, [first, second], 8)
        third = self.ready(self.member("w2").start())
        after = self.await_spread(first, [first, second, third], 8)
        self.assertTrue(all(after[unit] in (before[unit], third.id) for unit in after), "only the newcomer takes work")

        began = time.monotonic()
        self.assertEqual(third.stop(), 0)
        self.await_spread(first, [first, second], 8, timeout=3)
        self.assertLess(time.monotonic() - began, 3)

        second.kill()
        self.await_spread(first, [first], 8, timeout=SESSION_S + 1.5 + 2)

    def test_any_worker_answers(self):
        first, second = self.members(2)
        self.create_sources(first, 2)
        self.await_spread(first, [first, second], 4)
        for worker in (first, second):
            self.assertEqual(worker.delete("/connectors/none").status, 404)
            self.assertEqual(worker.post("/connectors/s0/restart?includeTasks=true").status, 202)
            self.await_spread(worker, [first, second], 4)
            for name in ("s0", "s1"):
                self.assertEqual(worker.post("/connectors/%s/restart" % name).status, 204)
                self.assertEqual(worker.post("/connectors/%s/tasks/0/restart" % name).status, 204)
        answers = sorted(worker.delete("/connectors/none?forward=false").status for worker in (first, second))
        self.assertEqual(answers, [404, 409])

    def test_internal_requests_need_a_signature(self):
        (worker,) = self.members(1)
        self.create_sources(worker, 1)
        tasks = [{"task.class": "x"}]
        self.assertEqual(worker.call("POST", "/connectors/s0/tasks", tasks).status, 400)
        forged = {"X-Connect-Authorization": "AAAA", "X-Connect-Request-Signature-Algorithm": "HmacSHA256"}
        self.assertEqual(worker.call("POST", "/connectors/s0/tasks", tasks, headers=forged).status, 403)
        forged["X-Connect-Request-Signature-Algorithm"] = "HmacMD5"
        self.assertEqual(worker.call("POST", "/connectors/s0/tasks", tasks, headers=forged).status, 400)

    def test_a_worker_that_slept_does_not_work_on(self):
        first, second = self.members(2)
        self.create_sources(first, 2)
        places = self.await_spread(first, [first, second], 4)
        sleeper, awake = (first, second) if places["s0-0"] == first.id else (second, first)
        harness.append(self.path("in0"), "".join("a%d\n" % i for i in range(100)))
        harness.wait_for("the first lines", lambda: len(self.kafka.values(self.into[0])) == 100)
        time.sleep(1)  # the offset is committed

        sleeper.process.send_signal(signal.SIGSTOP)
        self.await_spread(awake, [awake], 4, timeout=SESSION_S + 4)
        harness.append(self.path("in0"), "".join("b%d\n" % i for i in range(100)))
        harness.wait_for("lines of the other worker", lambda: len(self.kafka.values(self.into[0])) == 200)
        sleeper.process.send_signal(signal.SIGCONT)
        sleeper.await_log("its tasks stand still")
        harness.append(self.path("in0"), "".join("c%d\n" % i for i in range(100)))
        self.await_spread(awake, [awake, sleeper], 4)
        harness.append(self.path("in0"), "d\n")
        harness.wait_for("the last line", lambda: "d" in self.kafka.values(self.into[0]))
        values = self.kafka.values(self.into[0])
        self.assertEqual(values, ["%s%d" % (part, i) for part in "abc" for i in range(100)] + ["d"])

    def test_a_leader_that_slept_writes_nothing(self):
        first, second = self.members(2)
        leader, other = (first, second) if first.delete("/connectors/none?forward=false").status == 404 else (second, first)
        leader.process.send_signal(signal.SIGSTOP)
        other.await_log("this worker leads the cluster", timeout=SESSION_S + 10)
        self.create_sources(other, 1)
        leader.process.send_signal(signal.SIGCONT)
        status = leader.put("/connectors/s0/config", {**self.source("s0", file=self.path("in0"), topic="x")}).status
        self.assertIn(status, (200, 409, 500))
        harness.wait_for("both to agree", lambda: leader.get("/connectors/s0/config").body
                         == other.get("/connectors/s0/config").body)
        epochs = [json.loads(record.value)["epoch"] for record in self.records("config", "lc-leader")]
        self.assertEqual(epochs, sorted(set(epochs)), "epochs only grow")

    def records(self, kind, key):
        return [record for record in self.kafka.consume("%s-%s" % (self.group, kind)) if record.key == key]

    def test_a_session_that_brokers_refuse_ends_the_worker(self):
        worker = self.member("long", **{"session.timeout.ms": 3000000}).launch()
        self.assertEqual(worker.await_exit(), 3)
        self.assertIn("group.min.session.timeout.ms", worker.new_log())

    def test_health_while_there_is_no_broker(self):
        worker = self.member("waiting", **{"bootstrap.servers": "127.0.0.1:%d" % harness.free_port()}).start()
        answer = worker.get("/health")
        self.assertEqual((answer.status, answer.body["status"]), (503, "starting"))
        self.assertEqual(worker.get("/connectors").status, 409)
        self.assertEqual(worker.stop(), 0)


if __name__ == "__main__":
    harness.main()
