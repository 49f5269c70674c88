"""What integration tests stand on: workers (ours and Java's), a Kafka broker, REST, kcat, waiting.

A test file holds unittest cases derived from `Case` and ends with `harness.main()`. Environment:
  LC_BUILD_DIR   the build folder with the program `luaconnect`
  LC_KAFKA_LIBS  Kafka's jars; without them tests that need a broker are skipped (exit status 77)
  LC_TEST_SCALE  multiplies every deadline (slow machines, sanitizers)
  LC_TEST_SETTINGS  worker settings for all workers, as `script.isolation=seccomp`, separated by spaces
  LC_TEST_KEEP   keeps the folders of tests that passed, too
"""
import collections
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("LC_BUILD_DIR", os.path.join(TOP, "build")))
PROGRAM = os.path.join(BUILD, "luaconnect")
LIBS = os.environ.get("LC_KAFKA_LIBS", "")
SETTINGS = dict(item.split("=", 1) for item in os.environ.get("LC_TEST_SETTINGS", "").split())
SCALE = float(os.environ.get("LC_TEST_SCALE", "1"))
SANITIZED = any(name in os.environ for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"))
SKIPPED = 77
STRING = "org.apache.kafka.connect.storage.StringConverter"
JSON = "org.apache.kafka.connect.json.JsonConverter"
BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter"
JAVA = ["java", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]


def wait_for(what, condition, timeout=30, every=0.05):
    """The first true value of condition(); fails naming `what` and the last value when time is up."""
    deadline = time.monotonic() + timeout * SCALE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("waited %gs for %s; last seen: %.2000r" % (timeout * SCALE, what, value))
        time.sleep(every)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent():
    """In a child: ends it when the test does, whatever way the test ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def tail(path, lines=60):
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - 200 * lines))
            return b"\n".join(file.read().splitlines()[-lines:]).decode("utf-8", "replace")
    except OSError as problem:
        return str(problem)


def write(path, text):
    with open(path, "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
    return path


def append(path, text):
    with open(path, "ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


def read(path):
    """The bytes of a file; none when it isn't there yet."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def lines_of(path):
    """Complete lines of a text file."""
    return read(path).decode().split("\n")[:-1]


def count_lines(path):
    return read(path).count(b"\n")


def properties(settings):
    def quoted(value):
        return str(value).replace("\\", "\\\\").replace("\n", "\\n")
    return "".join("%s=%s\n" % (key, quoted(value)) for key, value in settings.items() if value is not None)


# --- Kafka ------------------------------------------------------------------------------------------------------

Record = collections.namedtuple("Record", "topic partition offset timestamp headers key value")


def _record(line):
    seen = json.loads(line)
    flat = seen.get("headers") or []
    headers = list(zip(flat[::2], flat[1::2]))
    return Record(seen["topic"], seen["partition"], seen["offset"], seen["ts"], headers, seen["key"], seen["payload"])


class Kafka:
    """A broker by its address, through kcat."""

    def __init__(self, bootstrap, data=None):
        self.bootstrap = bootstrap
        self.data = data  # log directory of the broker, to look into segments

    def _kcat(self, *arguments, text=None):
        done = subprocess.run(["kcat", "-b", self.bootstrap, *arguments], input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120 * SCALE, check=False)
        if done.returncode:
            raise AssertionError("kcat %s: %s" % (" ".join(arguments), done.stderr.decode()))
        return done.stdout

    def produce(self, topic, values, key=None, partition=None, headers=()):
        """One record a value; with `key` a function of the value. Values and keys hold no newline and no 0x1f."""
        place = ["-p", str(partition)] if partition is not None else []
        for name, value in headers:
            place += ["-H", "%s=%s" % (name, value)]
        if key:
            place += ["-K", "\x1f"]
            values = ["%s\x1f%s" % (key(value), value) for value in values]
        self._kcat("-P", "-t", topic, "-X", "partitioner=murmur2_random", *place, text="\n".join(values).encode())

    def consume(self, topic):
        """Every record of a topic, in order of offsets within each partition; none when there is no such topic."""
        if topic not in self.topics():
            return []
        out = self._kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J")
        return [_record(line) for line in out.decode("utf-8", "replace").splitlines()]

    def values(self, topic):
        return [record.value for record in self.consume(topic)]

    def topics(self):
        """Topic name -> number of partitions."""
        meta = json.loads(self._kcat("-L", "-J"))
        return {topic["topic"]: len(topic["partitions"]) for topic in meta["topics"]}

    def end_offset(self, topic, partition=0):
        out = self._kcat("-Q", "-t", "%s:%d:-1" % (topic, partition)).decode()
        return int(re.search(r"offset (\d+)", out).group(1))


def broker():
    """The broker of this run: the fixture's if it was started, else one for this process; skips without jars."""
    if not LIBS:
        raise unittest.SkipTest("LC_KAFKA_LIBS is not set: no Kafka broker")
    import broker as fixture
    state = fixture.running(fixture.DIRECTORY) or fixture.own()
    return Kafka(state["bootstrap"], state["data"])


# --- Workers ----------------------------------------------------------------------------------------------------

class Answer(collections.namedtuple("Answer", "status body headers")):
    """What a REST call answered; `body` is parsed JSON, or the raw text."""


class Rest:
    """A worker's REST API."""

    def __init__(self, url):
        self.url = url

    def call(self, method, path, body=None, raw=None, headers=None):
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers or {})
        if data is not None and "Content-type" not in request.headers:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=100 * SCALE) as answer:
                return self._answer(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as problem:
            return self._answer(problem.code, problem.read(), problem.headers)

    @staticmethod
    def _answer(status, text, headers):
        try:
            return Answer(status, json.loads(text) if text else None, headers)
        except ValueError:
            return Answer(status, text.decode(), headers)

    def get(self, path):
        return self.call("GET", path)

    def put(self, path, body=None):
        return self.call("PUT", path, body)

    def post(self, path, body=None):
        return self.call("POST", path, body)

    def patch(self, path, body=None):
        return self.call("PATCH", path, body)

    def delete(self, path):
        return self.call("DELETE", path)

    def status(self, name):
        return self.get("/connectors/%s/status" % name).body

    def task_states(self, name):
        status = self.status(name)
        return [task["state"] for task in status.get("tasks", [])]

    def await_state(self, name, state, tasks=1, timeout=30):
        """Until the connector has that many tasks and all are in `state`; its status."""
        def reached():
            status = self.status(name)
            states = [task["state"] for task in status.get("tasks", [])]
            return status if states == [state] * tasks else None
        try:
            return wait_for("%s to have %d tasks %s" % (name, tasks, state), reached, timeout)
        except AssertionError as problem:
            raise AssertionError("%s: %s" % (problem, json.dumps(self.status(name), indent=1))) from None

    def trace(self, name, task=0):
        return self.status(name)["tasks"][task].get("trace", "")

    def offsets(self, name):
        """Committed offsets; none while the connector isn't there yet (those of the command line come after the start)."""
        answer = self.get("/connectors/%s/offsets" % name)
        return [] if answer.status == 404 else answer.body["offsets"]


class Worker(Rest):
    """A worker process. `connectors` are paths of files, or maps that become .properties files."""

    def __init__(self, case, settings, connectors, name, env, stdin):
        super().__init__(None)
        self.case, self.name, self.env, self.stdin = case, name, env, stdin
        self.log = os.path.join(case.dir, name + ".log")
        self.out = os.path.join(case.dir, name + ".out")
        self.settings = os.path.join(case.dir, name + ".properties")
        write(self.settings, properties({**settings, **SETTINGS}))
        self.files = [item if isinstance(item, str) else self._file(item) for item in connectors]
        self.process = None
        self.logged_before = 0

    def _file(self, config):
        return write(os.path.join(self.case.dir, "%s.properties" % config["name"]), properties(config))

    def command(self):
        return [PROGRAM, "standalone", self.settings, *self.files]

    def launch(self):
        """Starts the process and waits for nothing."""
        self.logged_before = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "ab") as log, open(self.out, "ab") as out:
            self.process = subprocess.Popen(
                self.command(), stdin=self.stdin or subprocess.DEVNULL, stdout=out, stderr=log, cwd=self.case.dir,
                env={**os.environ, **self.env}, preexec_fn=die_with_parent)
        return self

    def start(self, timeout=30):
        self.launch()
        self.url = wait_for("%s to start" % self.name, self._address, timeout)
        wait_for("the connectors of %s" % self.name, self._has_connectors, timeout)
        return self

    def _has_connectors(self):
        self.check_alive()
        return len(self.get("/connectors").body) >= len(self.files)

    def _address(self):
        self.check_alive()
        found = re.search(r'"?worker started"?.*rest"?[=:]"?(http://[^\s"]+)', self.new_log())
        return found and found.group(1)

    def check_alive(self):
        if self.process.poll() is not None:
            raise AssertionError("%s ended with status %s" % (self.name, self.process.returncode))

    def new_log(self):
        """What this run of the process has logged."""
        return read(self.log)[self.logged_before:].decode("utf-8", "replace")

    def await_log(self, pattern, timeout=30):
        return wait_for("/%s/ in the log" % pattern, lambda: re.search(pattern, self.new_log()), timeout)

    def await_exit(self, timeout=30):
        wait_for("%s to end" % self.name, lambda: self.process.poll() is not None, timeout)
        return self.process.returncode

    def stop(self, timeout=30):
        """Graceful: SIGTERM. Its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.await_exit(timeout)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def memory(self):
        """Resident bytes."""
        return int(re.search(rb"VmRSS:\s+(\d+)", read("/proc/%d/status" % self.process.pid)).group(1)) * 1024

    def thread_names(self):
        folder = "/proc/%d/task" % self.process.pid
        return [read(os.path.join(folder, thread, "comm")).decode().strip() for thread in os.listdir(folder)]

    def threads(self):
        return len(self.thread_names())

    def report(self):
        text = "---- %s: %s\n%s\n" % (self.name, self.log, tail(self.log))
        return text + ("---- %s\n%s\n" % (self.out, tail(self.out)) if read(self.out) else "")


class JavaWorker(Worker):
    """Kafka Connect's own standalone worker on the same files."""

    def command(self):
        return [*JAVA, "-cp", LIBS + "/*", "org.apache.kafka.connect.cli.ConnectStandalone", self.settings, *self.files]

    def start(self, timeout=90):
        port = free_port()
        append(self.settings, "listeners=http://127.0.0.1:%d\n" % port)
        self.url = "http://127.0.0.1:%d" % port
        self.launch()
        wait_for("%s to start" % self.name, self._answers, timeout, every=0.2)
        return self

    def _answers(self):
        self.check_alive()
        try:
            return self.get("/connectors").status == 200
        except OSError:
            return False


# --- Cases ------------------------------------------------------------------------------------------------------

class Case(unittest.TestCase):
    """A test with a folder of its own; its workers end with it, and their logs are shown when it fails."""
    maxDiff = 2000

    def setUp(self):
        self.workers = []
        self.sink_name = "sink-%d-%d" % (os.getpid(), time.monotonic_ns() // 1000)
        self.dir = os.path.join(BUILD, "tests", "integration", self.id().replace("__main__.", ""))
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.addCleanup(self._clean)

    def _clean(self):
        for worker in self.workers:
            if SANITIZED and worker.process and worker.process.poll() is None:
                worker.process.terminate()  # leaks are looked for at the end
                try:
                    worker.process.wait(60)
                except subprocess.TimeoutExpired:
                    pass
            worker.kill()
        self._check_sanitizers()
        broken = any(test is self for test, _ in self._outcome.result.failures + self._outcome.result.errors)
        if not broken and "LC_TEST_KEEP" not in os.environ:
            shutil.rmtree(self.dir, ignore_errors=True)

    def _check_sanitizers(self):
        for worker in self.workers:
            found = re.search(rb"(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:)", read(worker.log))
            if found:
                self.fail("a sanitizer complains in %s:\n%s" % (worker.log, read(worker.log)[found.start():][:6000].decode()))

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def topic(self, name=""):
        """A topic name that no other test and no earlier run on this broker uses."""
        return "%s.%d.%d%s" % (type(self).__name__, os.getpid(), time.monotonic_ns() // 1000, name)

    def prepare(self, settings=(), connectors=(), kafka=None, name="worker", env=None, stdin=None, kind=Worker):
        base = {
            "bootstrap.servers": kafka.bootstrap if kafka else "embedded",
            "key.converter": STRING,
            "value.converter": STRING,
            "offset.storage.file.filename": self.path("offsets"),
            "offset.flush.interval.ms": 500,
            "listeners": "http://127.0.0.1:0",
        }
        if kind is JavaWorker:
            base["plugin.discovery"] = "service_load"
            del base["listeners"]
        base.update(settings)
        worker = kind(self, base, connectors, name, env or {}, stdin)
        self.workers.append(worker)
        return worker

    def worker(self, *arguments, **named):
        """A started worker with these settings (None leaves a default out) and connectors."""
        return self.prepare(*arguments, **named).start()

    def source(self, name="source", **settings):
        return self._config(name, "FileStreamSource", settings)

    def sink(self, name=None, **settings):
        """Its name is new in each test: consumer groups are named after it, and tests share a broker."""
        return self._config(name or self.sink_name, "FileStreamSink", settings)

    @staticmethod
    def _config(name, class_name, settings):
        config = {"name": name, "connector.class": class_name, "tasks.max": "1"}
        config.update({key.replace("__", "."): str(value) for key, value in settings.items()})
        return config

    def await_lines(self, path, count, timeout=30, worker=None):
        """Until the file has at least that many lines."""
        def enough():
            if worker:
                worker.check_alive()
            return count_lines(path) >= count
        try:
            wait_for("%d lines in %s" % (count, path), enough, timeout)
        except AssertionError:
            raise AssertionError("%s has %d lines of %d" % (path, count_lines(path), count)) from None

    def create(self, worker, config, status=201):
        """Creates a connector over REST."""
        answer = worker.post("/connectors", {"name": config["name"], "config": config})
        self.assertEqual(answer.status, status, answer.body)
        return answer


class _Result(unittest.TextTestResult):
    """Shows logs at once: the folder of a failed test is kept, but may be on another machine."""

    def _show(self, test):
        for worker in getattr(test, "workers", []):
            self.stream.writeln(worker.report())

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._show(test)

    def addError(self, test, err):
        super().addError(test, err)
        self._show(test)

    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()

    def addSuccess(self, test):
        super().addSuccess(test)
        self.stream.writeln("    %.1fs" % (time.monotonic() - self._began))


def main():
    if not os.access(PROGRAM, os.X_OK):
        sys.exit("%s is not built; set LC_BUILD_DIR" % PROGRAM)
    runner = unittest.TextTestRunner(verbosity=2, resultclass=_Result)
    result = unittest.main(testRunner=runner, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped and len(result.skipped) == result.testsRun else 0)
