"""History, activity and taps of connectors whose tasks are on several workers."""
import json
import urllib.request

import harness
import test_cluster


class Looking(harness.Case):
    def setUp(self):
        super().setUp()
        self.kafka = harness.broker()
        self.group = self.topic("group")

    member = test_cluster.Cluster.member
    ready = test_cluster.Cluster.ready
    members = test_cluster.Cluster.members
    await_created = test_cluster.Cluster.await_created

    def test_across_workers(self):
        one, two = self.members(2)
        self.await_created(one, {
            "name": "orders", "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "tasks.max": "4",
            "kafka.topic": self.topic("out"), "quickstart": "orders", "iterations": "-1", "max.interval": "20"})
        one.await_state("orders", "RUNNING", 4, timeout=60)

        def places():
            tasks = one.status("orders")["tasks"]
            by = {worker.id: sorted(t["id"] for t in tasks if t["worker_id"] == worker.id and t["state"] == "RUNNING") for worker in (one, two)}
            return by if all(by.values()) and sum(map(len, by.values())) == 4 else None
        where = harness.wait_for("tasks on both workers", places, timeout=60)

        for worker in (one, two):
            tasks = worker.get("/connectors/orders/activity").body["tasks"]
            self.assertEqual({t["task"]: t["worker"] for t in tasks}, {t: i for i, all_of in where.items() for t in all_of})
            started = [e for e in worker.get("/connectors/orders/history").body["events"] if e["event"] == "started"]
            self.assertEqual({e["task"] for e in started}, {0, 1, 2, 3})
        local = one.get("/connectors/orders/activity?scope=worker").body["tasks"]
        self.assertEqual(sorted(t["task"] for t in local), where[one.id])

        foreign = one.get("/connectors/orders/tap?tasks=%d" % where[two.id][0])
        self.assertEqual(foreign.status, 409)
        self.assertIn("http://%s" % two.id, foreign.body["message"])
        with urllib.request.urlopen(one.url + "/connectors/orders/tap?limit=1&seconds=10", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        first = json.loads(next(line for line in lines if line.startswith("data: "))[6:])
        self.assertEqual((first["tasks"], sorted(e["task"] for e in first["elsewhere"])), (where[one.id], where[two.id]))

        two.stop()
        one.await_state("orders", "RUNNING", 4, timeout=60)

        def moved():
            events = one.get("/connectors/orders/history").body["events"]
            here = [e for e in events if e["event"] == "started" and e["task"] in where[two.id] and e["worker"] == one.id]
            return here or None
        self.assertTrue(harness.wait_for("tasks that moved", moved, timeout=60))


if __name__ == "__main__":
    harness.main()
