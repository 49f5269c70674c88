"""The hot paths stay compiled: LuaJIT's own report of both flows of the main job has no loop that it gave up."""
import collections
import glob
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import flows  # noqa: E402
import harness  # noqa: E402
from harness import JSON, wait_for  # noqa: E402

LINES = 30000
STEPS = 6
# LuaJIT gives a place up after about a dozen aborts of traces that start there; a few are in order, until a trace is
# found that starts elsewhere.
MOST_ABORTS = 5


class Traces(harness.Case):
    def report(self, part):
        """The report of the state whose connector's name begins with `part`."""
        found = glob.glob(self.path("trace." + part + "*-0"))
        if not found:
            self.skipTest("not a development build: it writes no report of traces")
        return harness.read(found[0]).decode()

    def check(self, report):
        self.assertNotIn("blacklisted", report)
        aborts = collections.Counter(re.findall(r"^\[TRACE --- (?:\(\S+\) )?(\S+)", report, re.M))
        for place, count in aborts.items():
            # Each step's loop is made of the same text; built-in code has no lines, so a file is one place.
            copies = STEPS if place.startswith("chain:") or place.endswith(":0") else 1
            self.assertLessEqual(count, MOST_ABORTS * copies, "%s is aborted again and again:\n%s" % (place, report))

    def test_both_flows(self):
        path, out = self.path("orders"), self.path("out")
        flows.write_orders(path, LINES)
        worker = self.worker(env={"LC_JIT_TRACE": self.path("trace")})
        self.create(worker, self.source(name="read", file=path, topic="orders"))
        plain = {"value.converter": JSON, "value.converter.schemas.enable": "false"}
        self.create(worker, dict(self.sink(name="write", file=out, topics="orders"), **plain, **flows.chain(STEPS)))
        wait_for("all lines", lambda: harness.count_lines(out) == LINES, timeout=60)
        self.assertEqual(worker.stop(), 0)
        self.check(self.report("read"))  # C moves these lines: one call for thousands, so traces are few
        sink = self.report("write")
        self.check(sink)
        # Each step of the chain is a loop of its own, and each has become a trace.
        loops = re.findall(r"^\[TRACE +\d+ chain:\d+ loop\]", sink, re.M)
        self.assertGreaterEqual(len(loops), STEPS, sink)


if __name__ == "__main__":
    harness.main()
