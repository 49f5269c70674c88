"""What the REST API has beyond Kafka Connect's: metrics, its own description, a filter, notes on misspelt settings."""
import json
import os
import re

import harness

SAMPLE = re.compile(r'^(kafka_connect_\w+)(\{(?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)+\})? (-?[0-9.e+-]+)$')


def samples(text):
    """Name -> labels as text -> value; checks the format on the way."""
    found, current, typed, parts = {}, None, set(), ("",)
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            current, kind = line.split(" ")[2:4]
            parts = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
            assert current not in typed, "two blocks of " + current
            typed.add(current)
        elif not line.startswith("# HELP "):
            match = SAMPLE.match(line)
            assert match and match.group(1) in [current + part for part in parts], line
            found.setdefault(match.group(1), {})[match.group(2) or ""] = float(match.group(3))
    return found


CITIES = """local lc = require "lc"
local cities = { europe = { "Paris", "Rome" }, asia = { "Osaka" } }
return lc.sink {
  config = {
    region = lc.config.choice { valid = { "europe", "asia" }, default = "europe", group = "Place", dependents = { "city" } },
    city = lc.config.string { default = "", group = "Place", display = "City", width = "medium",
      recommended = function(cfg) return cities[cfg.region] end },
    umbrella = lc.config.boolean { default = false, visible = function(cfg) return cfg.region == "europe" end },
    count = lc.config.int { default = 1, recommended = { 1, 5 } },
    broken = lc.config.int { default = 1, recommended = function(cfg) return cfg.none.at_all end },
  },
  put = function() end,
}
"""


class Ours(harness.Case):
    def test_recommended(self):
        """Scripts recommend values and hide settings by what else is configured, transforms below their prefix too."""
        os.mkdir(self.path("plugins"))
        harness.write(self.path("plugins/city_sink.lua"), CITIES)
        harness.write(self.path("plugins/city.lua"), CITIES.replace("lc.sink", "lc.transform").replace("put", "apply"))
        worker = self.worker({"plugin.path": self.path("plugins")})
        own = {"connector.class": "city_sink", "name": "x", "topics": "t", "region": "asia"}
        below = {"connector.class": "FileStreamSink", "name": "x", "topics": "t", "transforms": "a", "transforms.a.type": "city",
                 "transforms.a.region": "asia"}
        for config, prefix in ((own, ""), (below, "transforms.a.")):
            answer = worker.put("/connector-plugins/%s/config/validate" % config["connector.class"], config)
            self.assertEqual(answer.status, 200, answer.body)
            found = {entry["value"]["name"]: entry for entry in answer.body["configs"]}
            values = {name: found[prefix + name]["value"] for name in ("region", "city", "umbrella", "count", "broken")}
            self.assertEqual(values["region"]["recommended_values"], ["europe", "asia"])
            self.assertEqual(values["city"]["recommended_values"], ["Osaka"])
            self.assertEqual(values["count"]["recommended_values"], ["1", "5"])
            self.assertEqual([values[name]["visible"] for name in ("city", "umbrella")], [True, False])
            self.assertIn(".lua:10:82: attempt to index field 'none'", values["broken"]["errors"][0])
            self.assertEqual(answer.body["error_count"], 1)
            city = found[prefix + "city"]["definition"]
            self.assertTrue(city["group"].endswith("Place"), city)
            self.assertEqual((city["display_name"], city["width"]), ("City", "MEDIUM"))
            self.assertEqual(found[prefix + "region"]["definition"]["dependents"], [prefix + "city"])

    def test_metrics(self):
        harness.write(self.path("in.txt"), "".join("line %d\n" % number for number in range(1000)))
        worker = self.worker({"offset.flush.interval.ms": 100})
        topic = self.topic()
        self.create(worker, self.source("src", file=self.path("in.txt"), topic=topic))
        self.create(worker, self.sink("snk", file=self.path("out.txt"), topics=topic))
        self.create(worker, self.source('b"a\\d', file=self.dir, topic=topic))
        self.await_lines(self.path("out.txt"), 1000)

        def settled():
            all_of = samples(worker.get("/metrics").body)
            commits = all_of["kafka_connect_sink_task_offset_commit_completion_total"]['{connector="snk",task="0"}']
            failed = '{connector="b\\"a\\\\d",task="0",status="failed"}' in all_of["kafka_connect_task_status"]
            return all_of if commits and failed else None
        got = harness.wait_for("commits and a failure", settled)
        here = '{connector="%s",task="0"}'
        for name, connector, value in (("source_task_source_record_poll_total", "src", 1000),
                                       ("source_task_source_record_write_total", "src", 1000),
                                       ("source_task_source_record_active_count", "src", 0), ("task_batch_size_max", "src", 1000),
                                       ("sink_task_sink_record_read_total", "snk", 1000), ("sink_task_sink_record_lag", "snk", 0),
                                       ("task_offset_commit_success_percentage", "snk", 100),
                                       ("task_error_total_record_errors", "snk", 0)):
            self.assertEqual(got["kafka_connect_" + name][here % connector], value, name)
        self.assertGreater(got["kafka_connect_task_running_ratio"][here % "src"], 0.1)
        self.assertEqual(got["kafka_connect_worker_connector_count"][""], 3)
        self.assertEqual(got["kafka_connect_worker_task_startup_attempts_total"][""], 3)
        self.assertEqual(got["kafka_connect_worker_connector_failed_task_count"]['{connector="b\\"a\\\\d"}'], 1)
        self.assertEqual(got["kafka_connect_connector_connector_type"]['{connector="snk",connector_type="sink"}'], 1)
        answer = worker.call("GET", "/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"})
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        worker.put("/connectors/src/stop")
        self.assertNotIn(here % "src", samples(worker.get("/metrics").body)["kafka_connect_source_task_source_record_poll_total"])

    def test_description(self):
        worker = self.worker()
        described = worker.get("/openapi.json").body
        self.assertTrue(described["openapi"].startswith("3."))
        names = [operation["operationId"] for path in described["paths"].values() for operation in path.values()]
        self.assertEqual(len(names), len(set(names)))
        for path, operations in described["paths"].items():
            allowed = worker.call("OPTIONS", re.sub(r"\{\w+\}", "0", path)).headers["Allow"].lower().split(",")
            self.assertLessEqual(set(operations), set(allowed), path)
            for operation in operations.values():
                in_path = [p["name"] for p in operation.get("parameters", []) if p["in"] == "path"]
                self.assertEqual(in_path, re.findall(r"\{(\w+)\}", path))

    def test_bodies_of_odd_tools(self):
        worker = self.worker()
        config = self.source("a", file="/nonexistent", topic="t")
        marked = b"\xef\xbb\xbf" + json.dumps(config).encode()
        self.assertEqual(worker.call("PUT", "/connectors/a/config", raw=marked).status, 201)
        for body in (dict(config, name="a\0b"), dict(config, x="a\0b"), dict(config, **{"x\0y": "1"})):
            answer = worker.put("/connectors/b/config", body)
            self.assertEqual((answer.status, "NUL" in answer.body["message"]), (400, True), body)
        self.assertEqual(worker.put("/connectors/b/config", dict(config, name="b", x="a\\u0000b")).status, 201)
        self.assertEqual(worker.get("/connectors/b/config").body["x"], "a\\u0000b")
        validated = worker.put("/connector-plugins/FileStreamSource/config/validate",
                               dict(config, transforms="r", **{"transforms.r.type": "RegexRouter"})).body
        self.assertEqual(validated["error_count"], 3)

    def test_filter_by_state(self):
        worker = self.worker()
        self.create(worker, self.source("good", file="/nonexistent", topic="t"))
        self.create(worker, self.source("bad", file=self.dir, topic="t"))
        worker.post("/connectors", {"name": "still", "initial_state": "STOPPED", "config": self.source("still", file="/x", topic="t")})
        worker.await_state("bad", "FAILED")
        worker.await_state("good", "RUNNING")
        self.assertEqual(worker.get("/connectors").body, ["bad", "good", "still"])
        for state, names in (("FAILED", ["bad"]), ("failed", ["bad"]), ("STOPPED", ["still"]), ("PAUSED", []), ("nope", []), ("", [])):
            self.assertEqual(worker.get("/connectors?state=" + state).body, names, state)
            self.assertEqual(sorted(worker.get("/connectors?expand=info&state=" + state).body), names, state)

    def test_notes(self):
        worker = self.worker()
        config = dict(self.source("n", file="/nonexistent", topic="t"), **{"tasks.maxx": "1", "unheard.of": "2"})
        created = worker.put("/connectors/n/config", config)
        self.assertEqual(created.status, 201)
        self.assertEqual(created.headers["Lc-Note"], "unknown configuration tasks.maxx, did you mean tasks.max?")
        worker.await_log("did you mean tasks.max")
        checked = worker.put("/connector-plugins/FileStreamSource/config/validate", dict(config, topicc="x"))
        self.assertIn("did you mean topic?", checked.headers["Lc-Note"])
        self.assertEqual(checked.body["error_count"], 0)
        odd = worker.put("/connectors/n/config", dict(config, **{"tasks.max\r\nX: y": "1"}))
        self.assertEqual(odd.status, 200)
        self.assertIsNone(odd.headers["X"])


if __name__ == "__main__":
    harness.main()
