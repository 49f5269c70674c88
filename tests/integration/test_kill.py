"""kill -9 at random moments: after the restart nothing is lost, order is kept, and what comes twice is bounded."""
import os
import random
import threading
import time

import harness

SEED = int(os.environ.get("LC_TEST_SEED", time.time_ns() % 1000000))
KILLS = int(os.environ.get("LC_TEST_KILLS", 5))


# Some 10 µs for each record, so that kills come while there is work.
SLOW = """
local lc = require "lc"
return lc.transform {
  apply = function(record)
    local x = 0
    for i = 1, 10000 do x = x + i % 7 end
    return x > 0 and record or nil
  end,
}
"""


class Growing(threading.Thread):
    """Appends numbered lines at a steady rate until told to stop."""

    def __init__(self, path, rate):
        super().__init__(daemon=True)
        self.path, self.rate, self.written, self.stopping = path, rate, 0, threading.Event()

    def run(self):
        began = time.monotonic()
        while not self.stopping.is_set():
            due = int((time.monotonic() - began) * self.rate)
            harness.append(self.path, "".join("line-%08d\n" % i for i in range(self.written, due)))
            self.written = due
            time.sleep(0.005)

    def finish(self):
        self.stopping.set()
        self.join()
        return self.written


class Kill(harness.Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        print("seed %d, %d kills" % (SEED, KILLS), flush=True)

    def check(self, lines, count, restarts):
        """Every number is there; the sequence only ever goes on by one or jumps back, once a restart at most."""
        seen, top, previous, jumps, again = set(), -1, -1, 0, 0
        for line in lines:
            number = int(line[5:])
            self.assertEqual(line, "line-%08d" % number)
            if number != top + 1 and number not in seen:
                self.fail("%d came after %d: %d are missing between" % (number, top, number - top - 1))
            if number <= top and number != previous + 1:
                jumps += 1
            again += number in seen
            seen.add(number)
            previous, top = number, max(top, number)
        self.assertEqual(len(seen), count, "lost records")
        self.assertLessEqual(jumps, restarts, "went back more often than it was killed")
        print("%d records, %d twice, %d jumps back in %d kills" % (count, again, jumps, restarts), flush=True)
        return again

    def test_source(self):
        kafka, topic, rate = harness.broker(), self.topic(), 4000
        growing = Growing(self.path("in.txt"), rate)
        harness.write(self.path("in.txt"), "")
        settings = {"offset.flush.interval.ms": 100}
        worker = self.prepare(settings, [self.source(file=self.path("in.txt"), topic=topic)], kafka)
        growing.start()
        slowest = 0
        for _ in range(KILLS):
            began = time.monotonic()
            worker.start()
            time.sleep(self.random.uniform(0.05, 1.0))
            worker.kill()
            slowest = max(slowest, time.monotonic() - began)
        worker.start()
        count = growing.finish()
        harness.wait_for("the last offset", lambda: {"position": 14 * count} in [
            entry["offset"] for entry in worker.offsets("source")])
        self.assertEqual(worker.stop(), 0)
        again = self.check(kafka.values(topic), count, KILLS)
        # A restart reads at once what gathered meanwhile; then up to an interval of commits may come again.
        self.assertLessEqual(again, KILLS * rate * (slowest + 1))

    def test_sink(self):
        kafka, topic, count = harness.broker(), self.topic(), 150000
        kafka.produce(topic, ["line-%08d" % i for i in range(count)])
        settings = {"offset.flush.interval.ms": 50, "consumer.session.timeout.ms": 1500,
                    "consumer.heartbeat.interval.ms": 300, "plugin.path": self.dir}
        harness.write(self.path("slow.lua"), SLOW)
        sink = self.sink(file=self.path("out.txt"), topics=topic, transforms="slow", transforms__slow__type="slow")
        worker = self.prepare(settings, [sink], kafka)
        for _ in range(KILLS):
            before = harness.count_lines(self.path("out.txt"))
            worker.start()
            harness.wait_for("progress", lambda: harness.count_lines(self.path("out.txt")) > before, 30, 0.001)
            time.sleep(self.random.uniform(0, 1 / KILLS))
            worker.kill()
        worker.start()
        harness.wait_for("the committed end", lambda: any(
            entry["offset"]["kafka_offset"] == count for entry in worker.offsets(self.sink_name)), 60, 0.2)
        self.assertEqual(worker.stop(), 0)
        # A kill may cut a write in two; the piece stays on a line of its own, and its record comes again.
        lines = harness.lines_of(self.path("out.txt"))
        whole = [line for line in lines if len(line) == 13]
        pieces = [line for line in lines if len(line) != 13]
        self.assertLessEqual(len(pieces), KILLS)
        self.assertTrue(all("line-".startswith(piece[:5]) for piece in pieces), pieces)
        self.check(whole, count, KILLS)

    def test_both_in_one_worker(self):
        kafka, topic, rate = harness.broker(), self.topic(), 3000
        harness.write(self.path("in.txt"), "")
        growing = Growing(self.path("in.txt"), rate)
        settings = {"offset.flush.interval.ms": 100, "consumer.session.timeout.ms": 1500,
                    "consumer.heartbeat.interval.ms": 300}
        source = self.source(file=self.path("in.txt"), topic=topic)
        worker = self.prepare(settings, [source, self.sink(file=self.path("out.txt"), topics=topic)], kafka)
        growing.start()
        for _ in range(3):
            worker.start()
            time.sleep(self.random.uniform(0.05, 2.0))
            worker.kill()
        worker.start()
        count = growing.finish()
        last = "line-%08d" % (count - 1)
        harness.wait_for("the last line", lambda: last in harness.read(self.path("out.txt"))[-2000:].decode(), 30, 0.1)
        self.assertEqual(worker.stop(), 0)
        seen = {line for line in harness.lines_of(self.path("out.txt"))}
        missing = [i for i in range(count) if "line-%08d" % i not in seen]
        self.assertEqual(missing, [])


if __name__ == "__main__":
    harness.main()
