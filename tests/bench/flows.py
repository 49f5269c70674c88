"""The two flows of the main job as measurements: one worker, one real broker, CPU, memory and time of each.

  file -> topic           FileStreamSource, JSON lines
  topic -> chain -> file  schemaless JSON through transforms into FileStreamSink

Used by `compare` and `growth`. Needs LC_KAFKA_LIBS (Kafka's jars) and kcat, as the integration tests do.
"""
import json
import os
import random
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

T = "org.apache.kafka.connect.transforms."
SIX = {"transforms": "flat,mask,cast,rep,ts,ins",
       "transforms.flat.type": T + "Flatten$Value", "transforms.flat.delimiter": "_",
       "transforms.mask.type": T + "MaskField$Value", "transforms.mask.fields": "ssn", "transforms.mask.replacement": "***",
       "transforms.cast.type": T + "Cast$Value", "transforms.cast.spec": "amount:float64,qty:int32",
       "transforms.rep.type": T + "ReplaceField$Value", "transforms.rep.exclude": "note",
       "transforms.rep.renames": "user_name:customer",
       "transforms.ts.type": T + "TimestampConverter$Value", "transforms.ts.field": "ts",
       "transforms.ts.target.type": "string", "transforms.ts.format": "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
       "transforms.ins.type": T + "InsertField$Value", "transforms.ins.offset.field": "_offset"}


def chain(length):
    """The first `length` steps of the six, repeated with harmless masks beyond them."""
    names = SIX["transforms"].split(",")[:length]
    config = {key: value for key, value in SIX.items() if key.split(".")[1:2] and key.split(".")[1] in names}
    for extra in range(length - len(names)):
        names.append("more%d" % extra)
        config.update({"transforms.more%d.type" % extra: T + "MaskField$Value", "transforms.more%d.fields" % extra: "ssn"})
    return dict(config, transforms=",".join(names)) if names else {}


def write_orders(path, count, size=190, seed=7):
    """`count` orders of about `size` bytes, one JSON object a line; below 150 bytes without the user."""
    rnd = random.Random(seed)
    with open(path, "w") as out:
        for i in range(count):
            order = {"id": i, "user": {"name": "user%06d" % rnd.randrange(10**6), "city": "Berlin"},
                     "ssn": "%09d" % rnd.randrange(10**9), "amount": "%.2f" % (rnd.random() * 1000),
                     "qty": rnd.randrange(1, 20), "ts": 1700000000000 + i * 37, "note": ""}
            if size < 150:
                del order["user"]
            order["note"] = "x" * max(0, size - len(json.dumps(order, separators=(",", ":"))))
            out.write(json.dumps(order, separators=(",", ":")) + "\n")


class Flow(harness.Case):
    """Runs workers of one build and measures them."""

    def __init__(self, program):
        super().__init__("runTest")
        self.program, self.workers = os.path.abspath(program), []
        self.dir = tempfile.mkdtemp(prefix="luaconnect-bench.")

    def runTest(self):
        """Not a test: Case only lends its ways to start workers."""

    def close(self):
        for worker in self.workers:
            worker.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, kafka, settings=()):
        harness.PROGRAM = self.program
        for worker in self.workers:
            worker.kill()
        name = "w%d" % len(self.workers)
        own = {"offset.flush.interval.ms": 5000, "offset.storage.file.filename": self.path("offsets-" + name)}
        return self.worker(dict(settings, **own), kafka=kafka, name=name)

    def measure(self, worker, run, done):
        """Runs, waits until done() and gives seconds, CPU seconds and peak memory in MB."""
        pid = worker.process.pid
        time.sleep(0.5)
        began, cpu = time.monotonic(), cpu_of(pid)
        run()
        harness.wait_for("the flow to end", lambda: worker.check_alive() or done(), timeout=900, every=0.01)
        return {"seconds": time.monotonic() - began, "cpu": cpu_of(pid) - cpu, "peak_mb": peak_of(pid)}

    def file_to_topic(self, kafka, path, count, partitions=1):
        topic = self.topic()
        worker = self.start(kafka)
        config = self.source(file=path, topic=topic)
        if partitions > 1:
            config.update({"topic.creation.default.partitions": str(partitions), "topic.creation.default.replication.factor": "1"})

        def is_stored():
            try:
                return topic in kafka.topics() and sum(kafka.end_offset(topic, p) for p in range(partitions)) >= count
            except AssertionError:  # the topic has no leader yet
                return False
        seen = self.measure(worker, lambda: self.create(worker, config), is_stored)
        return dict(seen, topic=topic)

    def topic_to_file(self, kafka, topic, count, steps=6, tasks=1):
        out = self.path("out-%d.txt" % len(self.workers))
        worker = self.start(kafka, {"value.converter": harness.JSON, "value.converter.schemas.enable": "false"})
        config = dict(self.sink(name="bench-%d-%d" % (os.getpid(), time.monotonic_ns()), file=out, topics=topic), **chain(steps))
        config["tasks.max"] = str(tasks)
        lines = LineCounter(out)
        return self.measure(worker, lambda: self.create(worker, config), lambda: lines.count() >= count)


class LineCounter:
    """Lines of a growing file, reading only what is new."""

    def __init__(self, path):
        self.path, self.at, self.lines = path, 0, 0

    def count(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.at)
                for block in iter(lambda: file.read(1 << 22), b""):
                    self.at += len(block)
                    self.lines += block.count(b"\n")
        except FileNotFoundError:
            return 0
        return self.lines


def cpu_of(pid):
    fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_of(pid):
    return next(int(line.split()[1]) for line in open("/proc/%d/status" % pid) if line.startswith("VmHWM")) / 1024
