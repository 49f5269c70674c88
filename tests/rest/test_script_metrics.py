"""Metrics that scripts keep with lc.metrics: shown with the worker's own, kept over a reload, of one task each."""
import os

import harness
from test_ours import samples

COUNTS = """local lc = require "lc"
local m = lc.metrics
local seen = m.counter("orders_seen_total", "Orders that came by.")
local units = m.histogram("order_units", { 2, 5 }, "Units of an order.")
local version = m.gauge("version")
return lc.transform {
  apply = function(record)
    seen:add()
    units:observe(record.value.orderunits)
    version:set(%d)
    return record
  end,
}
"""

BAD = """local lc = require "lc"
local g = lc.metrics.gauge("orders_seen_total")
return lc.transform { apply = function(record) g:set(1) return record end }
"""

PREFIX = "kafka_connect_script_"
LABELS = '{connector="orders",task="%d"}'


class ScriptMetrics(harness.Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("plugins"))
        self.script = self.path("plugins", "counts.lua")
        harness.write(self.script, COUNTS % 1)
        harness.write(self.path("plugins", "bad.lua"), BAD)
        self.rest = self.worker({"plugin.path": self.path("plugins"), "value.converter": harness.JSON})

    def make(self, tasks=1, transforms="counts,again", name="orders", **more):
        self.create(self.rest, dict({
            "name": name, "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "kafka.topic": "generated",
            "quickstart": "orders", "iterations": "-1", "max.interval": "2", "tasks.max": str(tasks), "transforms": transforms,
            "transforms.counts.type": "counts", "transforms.again.type": "counts", "transforms.bad.type": "bad"}, **more))

    def sample(self, name, task=0):
        return samples(self.rest.get("/metrics").body).get(PREFIX + name, {}).get(LABELS % task, 0)

    def test_scrape_and_reload(self):
        self.make(tasks=2)
        self.rest.await_state("orders", "RUNNING", 2)
        for task in (0, 1):
            harness.wait_for("counts", lambda: self.sample("orders_seen_total", task) > 20)
        text = self.rest.get("/metrics").body
        shown = samples(text)
        self.assertIn("# HELP %sorders_seen_total Orders that came by.\n# TYPE %sorders_seen_total counter\n" % (PREFIX, PREFIX), text)
        labels = LABELS % 0
        parts = [shown[PREFIX + "order_units_bucket"][labels[:-1] + ',le="%s"}' % bound] for bound in ("2", "5", "+Inf")]
        self.assertEqual(parts, sorted(parts))
        self.assertEqual(parts[-1], shown[PREFIX + "order_units_count"][labels])
        self.assertGreater(shown[PREFIX + "order_units_sum"][labels], 0)
        self.assertEqual(shown[PREFIX + "version"][labels], 1)
        # Both uses of the script count in the same: twice the records that were sent, give or take those under way.
        sent = shown["kafka_connect_source_task_source_record_poll_total"][labels]
        self.assertLess(abs(shown[PREFIX + "orders_seen_total"][labels] - 2 * sent), 40)
        before = self.sample("orders_seen_total")
        harness.write(self.script, COUNTS % 2)
        harness.wait_for("the new version", lambda: self.sample("version") == 2)
        self.assertGreaterEqual(self.sample("orders_seen_total"), before)

    def test_a_shadow_counts_nothing(self):
        self.make(**{"script.canary": "shadow:200"})
        harness.wait_for("counts", lambda: self.sample("version") == 1)
        harness.write(self.script, COUNTS % 2)
        harness.wait_for("the new version", lambda: self.sample("version") == 2)
        shown = samples(self.rest.get("/metrics").body)
        sent = shown["kafka_connect_source_task_source_record_poll_total"][LABELS % 0]
        self.assertGreater(sent, 200)
        self.assertLess(abs(shown[PREFIX + "orders_seen_total"][LABELS % 0] - 2 * sent), 100)

    def test_another_kind_of_the_same_name(self):
        self.make(transforms="counts,bad")
        self.rest.await_state("orders", "FAILED")
        self.assertIn("'orders_seen_total' is a counter in this task already, not a gauge", self.rest.trace("orders"))
        self.rest.delete("/connectors/orders")
        harness.wait_for("the end", lambda: PREFIX not in self.rest.get("/metrics").body)


if __name__ == "__main__":
    harness.main()
