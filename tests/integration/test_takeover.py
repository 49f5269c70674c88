"""Stopping gracefully and going on: by ourselves, and by turns with Kafka Connect on the same files."""
import threading
import time

import harness


class GracefulStop(harness.Case):
    def test_restarts_double_nothing(self):
        """A worker stopped while data flows goes on exactly where it was."""
        kafka, topic = harness.broker(), self.topic()
        harness.write(self.path("in.txt"), "")
        settings = {"offset.flush.interval.ms": 60000}  # only the commit at the end counts
        source = self.source(file=self.path("in.txt"), topic=topic)
        worker = self.prepare(settings, [source, self.sink(file=self.path("out.txt"), topics=topic)], kafka)
        stopping, written = threading.Event(), [0]

        def grow():
            while not stopping.is_set():
                harness.append(self.path("in.txt"), "".join("%d\n" % i for i in range(written[0], written[0] + 20)))
                written[0] += 20
                time.sleep(0.005)
        thread = threading.Thread(target=grow, daemon=True)
        thread.start()
        for turn in range(4):
            before = harness.count_lines(self.path("out.txt"))
            worker.start()
            self.await_lines(self.path("out.txt"), before + 500, 30, worker)
            if turn == 3:
                stopping.set()
                thread.join()
                self.await_lines(self.path("out.txt"), written[0], 30, worker)
            self.assertEqual(worker.stop(), 0)
        expected = [str(i) for i in range(written[0])]
        self.assertEqual(kafka.values(topic), expected)
        self.assertEqual(harness.lines_of(self.path("out.txt")), expected)


class JavaAndBack(harness.Case):
    def run_turn(self, kind, name, kafka, first, count):
        """One worker's turn: it takes the lines `first` … and leaves; returns the offsets it reports at the end."""
        worker = self.prepare(self.settings, [self.source_file, self.sink_file], kafka, name=name, kind=kind).start()
        harness.append(self.path("in.txt"), "".join("record %d\n" % i for i in range(first, first + count)))
        self.await_lines(self.path("out.txt"), first + count, 60, worker)
        source = self.await_offset(worker, "source", {"position": len(harness.read(self.path("in.txt")))})
        sink = self.await_offset(worker, self.sink_name, {"kafka_offset": first + count})
        self.leave(worker)
        return source, sink

    def leave(self, worker):
        """Java's worker sometimes hangs in its exit; all it had to write is written by then."""
        if isinstance(worker, harness.JavaWorker):
            try:
                worker.stop(10)
            except AssertionError:
                worker.kill()
        else:
            self.assertEqual(worker.stop(), 0)

    def await_offset(self, worker, connector, offset):
        seen = []

        def committed():
            seen[:] = worker.offsets(connector)
            return [entry["offset"] for entry in seen] == [offset]
        try:
            harness.wait_for("the offset", committed, 15, 0.2)
        except AssertionError:
            self.assertEqual(seen, [offset])
        return seen[0]["partition"]

    def test_offsets_survive_both_ways(self):
        kafka, topic, count = harness.broker(), self.topic(), 2000
        harness.write(self.path("in.txt"), "")
        self.settings = {"offset.flush.interval.ms": 1000}
        self.source_file = self.source(
            file=self.path("in.txt"), topic=topic,
            connector__class="org.apache.kafka.connect.file.FileStreamSourceConnector")
        self.sink_file = self.sink(file=self.path("out.txt"), topics=topic,
                                   connector__class="org.apache.kafka.connect.file.FileStreamSinkConnector")
        java = self.run_turn(harness.JavaWorker, "java-1", kafka, 0, count)
        offsets_of_java = harness.read(self.path("offsets"))
        self.assertTrue(offsets_of_java.startswith(b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap"))
        ours = self.run_turn(harness.Worker, "ours", kafka, count, count)
        again = self.run_turn(harness.JavaWorker, "java-2", kafka, 2 * count, count)
        partitions = {"filename": self.path("in.txt")}, {"kafka_topic": topic, "kafka_partition": 0}
        self.assertEqual([java, ours, again], [partitions] * 3)
        expected = ["record %d" % i for i in range(3 * count)]
        self.assertEqual(kafka.values(topic), expected)
        self.assertEqual(harness.lines_of(self.path("out.txt")), expected)


if __name__ == "__main__":
    harness.main()
