"""Two hundred connectors in one worker: they share producers, so threads and memory stay modest."""
import os
import time

import harness

COUNT = 200


class Many(harness.Case):
    def test_200_connectors(self):
        kafka, topic = harness.broker(), self.topic()
        worker = self.worker(kafka=kafka)
        before_threads, before_memory = worker.threads(), worker.memory()
        began = time.monotonic()
        for i in range(COUNT):
            harness.write(self.path("in%d" % i), "".join("%d:%d\n" % (i, line) for line in range(20)))
            self.create(worker, self.source("s%03d" % i, file=self.path("in%d" % i), topic=topic))
        created = time.monotonic() - began
        harness.wait_for("all records", lambda: kafka.topics().get(topic) and kafka.end_offset(topic) == COUNT * 20, 60)
        states = worker.get("/connectors?expand=status").body
        self.assertEqual({task["state"] for entry in states.values() for task in entry["status"]["tasks"]}, {"RUNNING"})
        self.assertEqual(len(states), COUNT)
        threads, memory = worker.threads() - before_threads, worker.memory() - before_memory
        print("%d connectors: made in %.1f s, %d threads, %.1f MB more" % (COUNT, created, threads, memory / 1e6), flush=True)
        self.assertLessEqual(threads, COUNT + 20)          # one a task, and those of one producer and the watcher
        if not harness.SANITIZED:
            self.assertLessEqual(memory, COUNT * 2 * 1000000)
        descriptors = len(os.listdir("/proc/%d/fd" % worker.process.pid))
        self.assertLessEqual(descriptors, 4 * COUNT + 100)
        by_source = {}
        for value in kafka.values(topic):
            source, line = value.split(":")
            by_source.setdefault(source, []).append(int(line))
        self.assertEqual(by_source, {str(i): list(range(20)) for i in range(COUNT)})
        began = time.monotonic()
        self.assertEqual(worker.stop(60), 0)
        self.assertLess(time.monotonic() - began, 15 * harness.SCALE)

    def test_own_settings_make_an_own_producer(self):
        kafka, topic = harness.broker(), self.topic()
        worker = self.worker(kafka=kafka)

        def add(name, **override):
            self.create(worker, self.source(name, file=harness.write(self.path(name), "a\n"), topic=topic, **override))
            worker.await_state(name, "RUNNING")
            harness.wait_for("its record", lambda: worker.offsets(name))
            return sum(name == "lc-deliveries" for name in worker.thread_names())  # one in each producer
        self.assertEqual(add("a"), 1)
        self.assertEqual(add("b"), 1)
        self.assertEqual(add("c", producer__override__linger__ms=20), 2)
        self.assertEqual(add("d", producer__override__linger__ms=20), 2)
        for name in "c", "d":
            worker.delete("/connectors/" + name)
        harness.wait_for("the producer to close", lambda: worker.thread_names().count("lc-deliveries") == 1)


if __name__ == "__main__":
    harness.main()
