"""The dashboard and the alert rules of examples/observe against what a worker with all kinds of trouble really shows."""
import json
import os
import re

import harness
from test_ours import samples

FOLDER = os.path.join(harness.TOP, "examples", "observe")
USED = re.compile(r"(kafka_connect_\w+)(?:\{([^}]*)\})?")
PLAIN = re.compile(r'^(kafka_connect_\w+)(\{\w+="\w+"\})? (==|>) (\d+)$')


def rules():
    """The alert rules; their file is simple enough to do without a YAML library."""
    text = harness.read(os.path.join(FOLDER, "alerts.yml")).decode()
    return re.findall(r"- alert: (\w+)\n +expr: (.*)\n", text)


def expressions(dashboard):
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


class Observe(harness.Case):
    def scrape(self):
        worker = self.worker({"offset.flush.interval.ms": 100})
        topic = self.topic()
        harness.write(self.path("in.txt"), "no json\n" * 10)
        self.create(worker, self.source("src", file=self.path("in.txt"), topic=topic))
        self.create(worker, self.sink("snk", file=self.path("out.txt"), topics=topic, **{
            "value.converter": harness.JSON, "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dlq",
            "transforms": "hoist", "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.hoist.field": "x"}))
        self.create(worker, self.source("broken", file=self.dir, topic=topic))
        worker.await_state("broken", "FAILED")

        def skipped():
            seen = samples(worker.get("/metrics").body)
            return seen if seen["kafka_connect_task_error_total_records_skipped"].get('{connector="snk",task="0"}') == 10 else None
        return harness.wait_for("ten records to be skipped", skipped)

    def test_everything_is_there(self):
        shown = self.scrape()
        labels = {name: {label for labels in values for label in re.findall(r'(\w+)="', labels)} for name, values in shown.items()}
        with open(os.path.join(FOLDER, "dashboard.json"), encoding="utf-8") as file:
            dashboard = json.load(file)
        used = expressions(dashboard) + [expr for _, expr in rules()]
        self.assertGreater(len(used), 20)
        for expr in used:
            for name, matchers in USED.findall(expr):
                self.assertIn(name, shown, expr)
                self.assertLessEqual(set(re.findall(r"(\w+)=", matchers)), labels[name], expr)
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                name = USED.search(target["expr"]).group(1)
                wanted = set(re.findall(r"{{(\w+)}}", target["legendFormat"])) - {"instance"}
                self.assertLessEqual(wanted, labels[name], panel["title"])
        ids = [panel["id"] for panel in dashboard["panels"]]
        self.assertEqual(len(ids), len(set(ids)))

    def test_alerts_fire(self):
        shown = self.scrape()
        firing = {}
        for alert, expr in rules():
            plain = PLAIN.match(expr)
            if plain:
                name, matcher, sign, limit = plain.groups()
                values = {labels: value for labels, value in shown[name].items() if not matcher or matcher[1:-1] in labels}
                firing[alert] = [labels for labels, value in values.items()
                                 if (value == float(limit) if sign == "==" else value > float(limit))]
        self.assertEqual(set(firing), {"ConnectorFailed", "TaskFailed", "SinkLags", "CommitsFail"})
        self.assertEqual(firing["TaskFailed"], ['{connector="broken",task="0",status="failed"}'])
        self.assertEqual((firing["ConnectorFailed"], firing["SinkLags"], firing["CommitsFail"]), ([], [], []))


if __name__ == "__main__":
    harness.main()
