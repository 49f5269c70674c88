"""Following files: growth, truncation, rotation, line ends, positions in bytes, standard input and output."""
import os
import subprocess

import harness


class Tail(harness.Case):
    def pipeline(self, **source):
        """A worker that copies in.txt to out.txt."""
        return self.worker({"offset.flush.interval.ms": 200}, [
            self.source(file=self.path("in.txt"), topic="t", **source), self.sink(file=self.path("out.txt"), topics="t")])

    def out(self, worker, count):
        self.await_lines(self.path("out.txt"), count, 20, worker)
        return harness.lines_of(self.path("out.txt"))

    def position(self, worker):
        offsets = worker.offsets("source")
        return offsets[0]["offset"]["position"] if offsets else None

    def test_growth(self):
        harness.write(self.path("in.txt"), "one\ntwo\npart")
        worker = self.pipeline()
        self.assertEqual(self.out(worker, 2), ["one", "two"])
        harness.append(self.path("in.txt"), "ial\nfour\n")
        self.assertEqual(self.out(worker, 4), ["one", "two", "partial", "four"])
        for i in range(200):
            harness.append(self.path("in.txt"), "line %d\n" % i)
        self.assertEqual(self.out(worker, 204)[4:], ["line %d" % i for i in range(200)])
        harness.wait_for("the offset", lambda: self.position(worker) == os.path.getsize(self.path("in.txt")))

    def test_unfinished_line_is_not_committed(self):
        """What is not a whole line yet is read again after a restart."""
        harness.write(self.path("in.txt"), "one\nunfin")
        worker = self.pipeline()
        self.out(worker, 1)
        harness.wait_for("the offset", lambda: self.position(worker) == 4)
        worker.stop()
        harness.append(self.path("in.txt"), "ished\n")
        os.remove(self.path("out.txt"))
        worker.start()
        self.assertEqual(self.out(worker, 1), ["unfinished"])

    def test_truncation(self):
        harness.write(self.path("in.txt"), "old 1\nold 2\nold 3\n")
        worker = self.pipeline()
        self.out(worker, 3)
        harness.write(self.path("in.txt"), "new 1\n")
        self.assertEqual(self.out(worker, 4)[3:], ["new 1"])
        harness.append(self.path("in.txt"), "new 2\n")
        self.assertEqual(self.out(worker, 5)[4:], ["new 2"])
        worker.await_log("truncated|cut|shorter")
        harness.wait_for("the offset", lambda: self.position(worker) == 12)

    def test_rotation(self):
        """Renamed away and made anew: the rest of the old one comes first, then the new one from its beginning."""
        harness.write(self.path("in.txt"), "old 1\n")
        worker = self.pipeline()
        self.out(worker, 1)
        for turn in range(3):
            harness.append(self.path("in.txt"), "last of %d\n" % turn)
            os.rename(self.path("in.txt"), self.path("in.%d" % turn))
            harness.append(self.path("in.%d" % turn), "late for %d\n" % turn)
            harness.write(self.path("in.new"), "first of %d\n" % (turn + 1))
            os.rename(self.path("in.new"), self.path("in.txt"))
            self.assertEqual(self.out(worker, 4 + 3 * turn)[1 + 3 * turn:],
                             ["last of %d" % turn, "late for %d" % turn, "first of %d" % (turn + 1)])

    def test_line_ends(self):
        text = b"unix\nwindows\r\nmac\rold\r\n\nempty before\n\r\nend\r\n"
        harness.write(self.path("in.txt"), text)
        worker = self.pipeline()
        expected = ["unix", "windows", "mac", "old", "", "empty before", "", "end"]
        self.assertEqual(self.out(worker, len(expected)), expected)
        harness.append(self.path("in.txt"), b"split\r")
        harness.wait_for("the offset", lambda: self.position(worker) == len(text))
        harness.append(self.path("in.txt"), b"\nnext\n")
        self.assertEqual(self.out(worker, 10)[8:], ["split", "next"])

    def test_position_counts_bytes(self):
        """After non-ASCII text a restart goes on exactly where it was (Java counts characters and repeats)."""
        first, second = "".join("größe €%d 😀\n" % i for i in range(100)), "nächste\n"
        harness.write(self.path("in.txt"), first)
        worker = self.pipeline()
        self.out(worker, 100)
        harness.wait_for("the offset", lambda: self.position(worker) == len(first.encode()))
        worker.stop()
        harness.append(self.path("in.txt"), second)
        os.remove(self.path("out.txt"))
        worker.start()
        self.assertEqual(self.out(worker, 1), ["nächste"])
        harness.wait_for("the offset", lambda: self.position(worker) == len((first + second).encode()))

    def test_long_lines(self):
        lines = ["x" * size for size in (0, 1, 65535, 262143, 262144, 262145, 900000)] + ["end"]
        harness.write(self.path("in.txt"), "".join(line + "\n" for line in lines))
        worker = self.pipeline()
        self.assertTrue(self.out(worker, len(lines)) == lines)

    def test_sink_file_that_ends_within_a_line(self):
        """As a killed process may leave it: the piece stays, and what comes is on lines of its own."""
        harness.write(self.path("out.txt"), "whole\npie")
        harness.write(self.path("in.txt"), "one\ntwo\n")
        worker = self.pipeline()
        self.assertEqual(self.out(worker, 4), ["whole", "pie", "one", "two"])

    def test_standard_input_and_output(self):
        """Without a file: lines of standard input go to standard output, whose only content they are."""
        count = 20000
        text = "".join("line %d ü\n" % i for i in range(count))
        source = {"name": "source", "connector.class": "FileStreamSource", "topic": "t"}
        sink = {"name": self.sink_name, "connector.class": "FileStreamSink", "topics": "t"}
        worker = self.prepare((), [source, sink], stdin=subprocess.PIPE).start()
        worker.process.stdin.write(text.encode())
        worker.process.stdin.flush()
        self.await_lines(worker.out, count, 30, worker)
        worker.process.stdin.write(b"without end")
        worker.process.stdin.close()
        self.assertEqual(worker.offsets("source"), [])
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(harness.read(worker.out).decode()[:len(text)], text)
        self.assertEqual(harness.read(self.path("offsets")), b"")

    def test_many_files_one_watcher(self):
        """Fifty files, one inotify instance."""
        sources = [self.source("s%d" % i, file=harness.write(self.path("in%d" % i), ""), topic="t") for i in range(50)]
        worker = self.worker(connectors=sources + [self.sink(file=self.path("out.txt"), topics="t")])
        worker.await_state("s49", "RUNNING")
        for i in range(50):
            harness.append(self.path("in%d" % i), "from %d\n" % i)
        self.await_lines(self.path("out.txt"), 50, 20, worker)
        self.assertEqual(sorted(harness.lines_of(self.path("out.txt"))), sorted("from %d" % i for i in range(50)))
        folder = "/proc/%d/fd" % worker.process.pid
        kinds = [os.readlink(os.path.join(folder, name)) for name in os.listdir(folder)]
        self.assertEqual(kinds.count("anon_inode:inotify"), 1)


if __name__ == "__main__":
    harness.main()
