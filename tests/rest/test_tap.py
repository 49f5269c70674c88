"""Looking at records of running tasks over REST, and times of their transforms."""
import json
import os
import threading
import urllib.request

import harness
from test_ours import samples

EVENS = """local lc = require "lc"
return lc.transform {
  config = { word = lc.config.string { doc = "A word", default = "" } },
  apply = function(record, cfg)
    local n = record.value.orderid
    if n % 7 == 3 then error("no sevens: " .. n) end
    if n % 5 == 1 then return nil end
    record.value.itemid = cfg.word
    return record
  end,
}
"""

DOUBLES = """local lc = require "lc"
return lc.transform { apply = function(record) return { record, lc.copy(record) } end }
"""


def events(worker, path, most=10000):
    """Events of a stream until it ends."""
    found, name = [], None
    with urllib.request.urlopen(worker.url + path, timeout=60) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream", answer.headers
        for line in answer:
            line = line.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                found.append((name, json.loads(line[6:])))
            if len(found) >= most:
                break
    return found


class Tap(harness.Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("plugins"))
        harness.write(self.path("plugins", "evens.lua"), EVENS)
        harness.write(self.path("plugins", "doubles.lua"), DOUBLES)
        self.rest = self.worker({"plugin.path": self.path("plugins"), "value.converter": harness.JSON})

    def make(self, name="orders", tasks=1, transforms="mask,evens", interval=5, **more):
        self.create(self.rest, dict({
            "name": name, "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "kafka.topic": "generated",
            "quickstart": "orders", "iterations": "-1", "max.interval": str(interval), "tasks.max": str(tasks), "transforms": transforms,
            "transforms.mask.type": "org.apache.kafka.connect.transforms.MaskField$Value", "transforms.mask.fields": "itemid",
            "transforms.evens.type": "evens", "transforms.doubles.type": "doubles", "errors.tolerance": "all"}, **more))
        self.rest.await_state(name, "RUNNING", tasks)

    def test_before_and_after(self):
        self.make()
        found = events(self.rest, "/connectors/orders/tap?limit=40&rate=1000&seconds=20")
        self.assertEqual(found[0], ("tap", {"connector": "orders", "tasks": [0], "elsewhere": []}))
        self.assertEqual(found[-1], ("end", {"reason": "limit"}))
        records = [data for name, data in found if name == "record"]
        self.assertEqual(len(records), 40)
        for data in records:
            number, item = data["record"]["value"]["orderid"], data["record"]["value"]["itemid"]
            self.assertTrue(item.startswith("Item_"), data)
            self.assertEqual([step["step"] for step in data["steps"]], ["mask", "evens"], data)
            mask, evens = data["steps"]
            self.assertEqual((mask["result"], mask["record"]["value"]["itemid"]), ("changed", ""), data)
            if number % 7 == 3:
                self.assertEqual((evens["result"], data["result"]), ("failed", "failed"), data)
                self.assertEqual((evens["error"], evens["where"]), ("no sevens: %d" % number, "evens.lua:6:24"), data)
            elif number % 5 == 1:
                self.assertEqual((evens["result"], data["result"]), ("dropped", "dropped"), data)
            else:
                self.assertEqual((evens["result"], data["result"]), ("unchanged", "passed"), data)

    def test_one_step_and_its_times(self):
        self.make()
        found = events(self.rest, "/connectors/orders/tap?step=evens&limit=5&rate=100&seconds=20")
        for name, data in found:
            if name == "record":
                self.assertEqual(data["record"]["value"]["itemid"], "", data)   # as mask has left it
                self.assertEqual([step["step"] for step in data["steps"]], ["evens"], data)
        shown = samples(self.rest.get("/metrics").body)
        labels = '{connector="orders",task="0",transform="%s"}'
        for step in ("mask", "evens"):
            count = shown["kafka_connect_transform_batch_time_ms_count"][labels % step]
            self.assertGreater(count, 0)
            last = shown["kafka_connect_transform_batch_time_ms_bucket"][(labels % step)[:-1] + ',le="+Inf"}']
            self.assertGreaterEqual(last, count)
            self.assertGreater(shown["kafka_connect_transform_batch_time_ms_sum"][labels % step], 0)
            self.assertGreater(shown["kafka_connect_transform_record_total"][labels % step], 0)

    def test_several_of_one(self):
        self.make(transforms="doubles,mask")
        found = events(self.rest, "/connectors/orders/tap?limit=10&rate=100&seconds=20")
        whole = [data for name, data in found if name == "record" and len(data["steps"]) == 4]
        self.assertGreater(len(whole), 5, found)
        for data in whole:
            self.assertEqual(sorted(step["step"] for step in data["steps"]), ["doubles", "doubles", "mask", "mask"], data)
            self.assertEqual(sum(step.get("copy", False) for step in data["steps"]), 2, data)
        shown = samples(self.rest.get("/metrics").body)
        self.assertGreater(shown["kafka_connect_transform_batch_time_ms_sum"]['{connector="orders",task="0",transform="mask"}'], 0)

    def test_tasks_and_batches(self):
        self.make(tasks=3)
        found = events(self.rest, "/connectors/orders/tap?tasks=0,2&limit=30&rate=200&seconds=20")
        self.assertEqual(found[0][1]["tasks"], [0, 2])
        self.assertEqual({data["task"] for name, data in found if name == "record"}, {0, 2})
        exact = events(self.rest, "/connectors/orders/tap?exact=true&limit=4&seconds=20")
        value = [data for name, data in exact if name == "exact"][0]["record"]["value"]
        self.assertEqual(value["schema"]["name"], "ksql.orders")
        self.assertEqual(value["schema"]["fields"][0], {"type": "int64", "optional": False, "field": "ordertime"})

    def test_secrets_stay(self):
        harness.write(self.path("secret.properties"), "word=very\\"[:-1] + "secretword\n")
        self.make(**{"transforms.evens.word": "${file:%s:word}" % self.path("secret.properties"),
                     "transforms.mask.replacement": "literal\"pass", "database.password": "literal\"pass"})
        found = events(self.rest, "/connectors/orders/tap?limit=30&rate=1000&seconds=20")
        text = json.dumps(found)
        self.assertNotIn("secretword", text)
        self.assertNotIn("literal", text)
        self.assertIn("[hidden]", text)

    def test_slow_client_loses(self):
        """A client that doesn't read neither stops the task nor is waited for."""
        self.make(interval=1, transforms="mask")
        held = urllib.request.urlopen(self.rest.url + "/connectors/orders/tap?limit=100000&rate=1000&seconds=60", timeout=60)
        def written():
            return samples(self.rest.get("/metrics").body)["kafka_connect_source_task_source_record_write_total"]['{connector="orders",task="0"}']
        first = written()
        harness.wait_for("records to go on", lambda: written() > first + 500)
        held.close()

    def test_bounds(self):
        self.make()
        for query in ("step=nothing", "limit=0", "rate=x", "tasks=a", "seconds=-1", "exact=true&step=mask"):
            self.assertEqual(self.rest.get("/connectors/orders/tap?" + query).status, 400, query)
        self.assertEqual(self.rest.get("/connectors/nobody/tap").status, 404)
        held = [urllib.request.urlopen(self.rest.url + "/connectors/orders/tap?limit=100000&rate=1&seconds=60", timeout=60)
                for _ in range(16)]
        refused = self.rest.get("/connectors/orders/tap")
        self.assertEqual(refused.status, 409, refused.body)
        self.assertIn("16 taps", refused.body["message"])
        for tap in held:
            tap.close()
        harness.wait_for("room", lambda: self.rest.get("/connectors/orders/tap?limit=1&seconds=5").status == 200, every=0.5)

    def test_ends(self):
        """With the time that was asked for, and with the worker."""
        self.make(interval=1000000)
        self.assertEqual(events(self.rest, "/connectors/orders/tap?seconds=1")[-1], ("end", {"reason": "time"}))
        seen = []
        reader = threading.Thread(target=lambda: seen.extend(events(self.rest, "/connectors/orders/tap?seconds=60")))
        reader.start()
        harness.wait_for("the tap", lambda: self.rest.get("/connectors/orders/status"))
        self.rest.stop()
        reader.join(20)
        self.assertFalse(reader.is_alive())


if __name__ == "__main__":
    harness.main()
