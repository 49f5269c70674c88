"""Chaos: three workers and a broker of their own, while sources and sinks run, are killed, put to sleep, stopped and
started anew, and connectors are changed, paused and restarted, at random.

  chaos.py [--seconds N] [--seed N] [--mode both|exactly|plain]      LC_TEST_SEED and LC_TEST_SECONDS say the same

What must hold, with exactly-once support for the sources and without:
  * exactly once: each number of each lane is there once and in order; otherwise none is missing
  * no task runs twice: every record carries a lease, which life of which task wrote it when. Where records are
    transactions lives follow each other in the log; otherwise the times of one life and the next don't overlap
  * sinks miss nothing; one whose target holds the offsets writes each record once and in order
  * offsets of a source never go back in the offsets topic
  * when it is quiet, all workers say the same status, all is RUNNING or as it is to be, and balanced within one
The seed decides what happens; when it happens depends on the machine. Nothing of it is a matter of speed.
"""
import argparse
import collections
import glob
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request

import broker
import harness
from test_cluster import DistributedWorker

HERE = os.path.dirname(os.path.abspath(__file__))
SESSION_S, QUIET_S = 6, 150
SOURCES = {"s0": 4, "s1": 3}  # connector -> lanes
STATES = {"pause": "PAUSED", "resume": "RUNNING"}


def log(text):
    print("%s %s" % (time.strftime("%H:%M:%S"), text), flush=True)


class Broker(harness.Kafka):
    """One that can be killed and comes back with its data at its address."""

    def __init__(self, directory):
        self.port = harness.free_port()
        self.settings, data = broker._format(directory, self.port)
        self.log = os.path.join(directory, "broker.log")
        super().__init__("127.0.0.1:%d" % self.port, data)
        self.java = None

    def start(self):
        with open(self.log, "ab") as out:
            self.java = subprocess.Popen([*harness.JAVA, "-cp", harness.LIBS + "/*", "kafka.Kafka", self.settings], stdout=out,
                                         stderr=out, stdin=subprocess.DEVNULL, preexec_fn=harness.die_with_parent)

    def end(self, how):
        self.java.send_signal(how)
        try:
            self.java.wait(60)
        except subprocess.TimeoutExpired:
            self.java.kill()
            self.java.wait()

    def answers(self):
        return not subprocess.run(["kcat", "-b", self.bootstrap, "-L", "-m", "2"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, check=False).returncode


class Member(DistributedWorker):
    """A worker that comes back at its address."""
    stopped = False  # by SIGSTOP

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def ask(self, method, path, body=None):
        """(status, body); status 0 when there was no answer."""
        request = urllib.request.Request(self.url + path, method=method, headers={"Content-Type": "application/json"},
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read().decode("utf-8", "replace")
        except (OSError, ValueError):
            return 0, None


class Chaos(harness.Case):
    mode, seed, seconds = "exactly", 1, 60

    # --- what there is ---

    def build(self):
        self.random = random.Random("%s-%s" % (self.mode, self.seed))
        self.is_exact = self.mode == "exactly"
        self.later = []  # (when, what it says, what it does)
        self.wanted, self.sizes, self.extras, self.deeds = {}, {}, 0, collections.Counter()
        self.kafka = Broker(self.path("broker"))
        self.addCleanup(lambda: self.kafka.java and self.kafka.end(signal.SIGKILL))
        self.kafka.start()
        harness.wait_for("the broker", self.kafka.answers, timeout=120, every=0.5)
        os.makedirs(self.path("segments"))
        self.members = [self.member(i) for i in range(3)]
        for member in self.members:
            member.launch()
        for name, lanes in SOURCES.items():
            self.put_source(name, 2)
        self.put("k0", {"connector.class": "lease_sink", "tasks.max": "2", "topics": "t0", "file": self.path("k0.txt"),
                        "errors.retry.timeout": "-1"})
        self.put("k1", {"connector.class": "segment_sink", "tasks.max": "2", "topics": "t0,t1", "directory": self.path("segments"),
                        "consumer.override.isolation.level": "read_committed"})

    def member(self, number):
        port = harness.free_port()
        topics = {"%s.storage.topic" % kind: "chaos-" + kind for kind in ("config", "offset", "status")}
        factors = {"%s.storage.replication.factor" % kind: 1 for kind in ("config", "offset", "status")}
        scripts = "%s,%s" % (os.path.join(HERE, "chaos"), os.path.join(harness.TOP, "examples", "connectors"))
        worker = self.prepare({"group.id": "chaos", "session.timeout.ms": SESSION_S * 1000, "heartbeat.interval.ms": 1500,
                               "offset.flush.interval.ms": 1000, "plugin.path": scripts, "listeners": "http://127.0.0.1:%d" % port,
                               "exactly.once.source.support": "enabled" if self.is_exact else "disabled",
                               "script.grants": "dir:" + self.dir, "consumer.session.timeout.ms": 8000,
                               "scheduled.rebalance.max.delay.ms": 0, **topics, **factors},
                              kafka=self.kafka, name="w%d" % number, kind=Member)
        worker.url = "http://127.0.0.1:%d" % port
        return worker

    def awake(self):
        return [m for m in self.members if m.alive() and not m.stopped]

    def put(self, name, config):
        def done():
            return any(m.ask("PUT", "/connectors/%s/config" % name, {"name": name, **config})[0] in (200, 201)
                       for m in self.awake())
        harness.wait_for("%s to be taken" % name, done, timeout=120, every=0.5)
        self.wanted[name] = "RUNNING"

    def source_config(self, name, tasks):
        return {"name": name, "connector.class": "lanes_source", "tasks.max": str(tasks), "count": str(SOURCES[name]),
                "topic": "t" + name[1:], "topic.creation.default.partitions": "3",
                "topic.creation.default.replication.factor": "1",
                **({"exactly.once.support": "required"} if self.is_exact else {})}

    def put_source(self, name, tasks):
        self.put(name, self.source_config(name, tasks))

    # --- what happens ---

    def in_a_while(self, least, most, text, deed):
        self.later.append((time.monotonic() + self.random.uniform(least, most), text, deed))

    def run_later(self, everything=False):
        due = [item for item in self.later if everything or item[0] <= time.monotonic()]
        self.later = [item for item in self.later if item not in due]
        for _, text, deed in due:
            log(text)
            deed()

    def some_member(self):
        awake = self.awake()
        return self.random.choice(awake) if awake else None

    def kill(self):
        member = self.some_member()
        if member:
            log("kill %s" % member.name)
            member.kill()
            self.in_a_while(0, 10, "start %s" % member.name, member.launch)

    def stop(self):
        member = self.some_member()
        if not member:
            return
        log("stop %s" % member.name)
        member.process.terminate()
        member.stopped = True  # nobody else's victim

        def again():
            try:
                member.process.wait(120)
            except subprocess.TimeoutExpired:
                self.fail("%s doesn't end" % member.name)
            member.stopped = False
            member.launch()
        self.in_a_while(1, 9, "start %s" % member.name, again)

    def sleep(self):
        member = self.some_member()
        if not member:
            return
        seconds = self.random.choice((self.random.uniform(0.3, 3), self.random.uniform(SESSION_S + 1, SESSION_S * 2.5)))
        log("put %s to sleep for %.1f s" % (member.name, seconds))
        member.process.send_signal(signal.SIGSTOP)
        member.stopped = True

        def wake():
            member.stopped = False
            member.process.send_signal(signal.SIGCONT)
        self.in_a_while(seconds, seconds, "wake %s" % member.name, wake)

    def restart_broker(self):
        if self.kafka.java.poll() is not None or any("broker" in text for _, text, _ in self.later):
            return
        how = self.random.choice((signal.SIGKILL, signal.SIGTERM))
        log("end the broker by %s" % how.name)
        self.kafka.end(how)
        self.in_a_while(0, 10, "start the broker", self.kafka.start)

    def request(self, method, path, body=None):
        member = self.some_member()
        status = member.ask(method, path, body)[0] if member else 0
        log("%s %s at %s: %d" % (method, path, member and member.name, status))
        return status

    def change(self):
        name = self.random.choice(sorted(SOURCES))
        self.request("PUT", "/connectors/%s/config" % name, self.source_config(name, self.random.randint(1, SOURCES[name])))

    def pause(self):
        name, verb = self.random.choice(sorted(self.wanted)), self.random.choice(sorted(STATES))
        self.request("PUT", "/connectors/%s/%s" % (name, verb))
        if verb == "pause":
            self.in_a_while(2, 12, "resume %s" % name, lambda: self.request("PUT", "/connectors/%s/resume" % name))

    def restart(self):
        name = self.random.choice(sorted(self.wanted))
        self.request("POST", "/connectors/%s/restart?includeTasks=true" % name)

    def add(self):
        name = "x%d" % self.extras
        self.extras += 1
        self.request("PUT", "/connectors/%s/config" % name, {"name": name, "connector.class": "lanes_source", "tasks.max": "2",
                                                             "count": "2", "topic": "extra", "topic.creation.default.partitions": "3",
                                                             "topic.creation.default.replication.factor": "1"})
        self.in_a_while(3, 25, "delete %s" % name, lambda: self.request("DELETE", "/connectors/%s" % name))

    def act(self):
        deeds = ((self.kill, 5), (self.sleep, 4), (self.stop, 3), (self.restart_broker, 1), (self.change, 3), (self.pause, 3),
                 (self.restart, 2), (self.add, 2))
        deed = self.random.choices([d for d, _ in deeds], [weight for _, weight in deeds])[0]
        self.deeds[deed.__name__] += 1
        deed()

    def storm(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.run_later()
            self.act()
            pause = time.monotonic() + self.random.choice((0.3, 1, 3, 8))
            while time.monotonic() < pause:
                self.run_later()
                time.sleep(0.1)
            self.look_after()

    def look_after(self):
        """A worker ends only when it is told to."""
        waiting = " ".join(text for _, text, _ in self.later)
        for member in self.members:
            if not member.alive() and member.name not in waiting:
                self.fail("%s ended with status %s" % (member.name, member.process.returncode))

    # --- what must hold ---

    def calm(self):
        """Everything is back; then all must come to rest."""
        log("quiet")
        while self.later:
            self.run_later(everything=True)
            time.sleep(0.2)
        harness.wait_for("the broker", self.kafka.answers, timeout=120, every=0.5)
        for member in self.members:
            if not member.alive():
                member.launch()
        for name in self.wanted:
            harness.wait_for("%s to be resumed" % name, lambda: self.members[0].ask(
                "PUT", "/connectors/%s/resume" % name)[0] == 202, timeout=QUIET_S, every=0.5)
        for number in range(self.extras):
            harness.wait_for("x%d to be deleted" % number, lambda: self.members[0].ask(
                "DELETE", "/connectors/x%d" % number)[0] in (204, 404), timeout=QUIET_S, every=0.5)
        self.problem = None
        try:
            harness.wait_for("rest", self.is_at_rest, timeout=QUIET_S, every=0.5)
        except AssertionError:
            raise AssertionError("no rest: %s" % self.problem) from None

    def is_at_rest(self):
        answers = [member.ask("GET", "/connectors?expand=status") for member in self.members]
        self.problem = answers
        if any(status != 200 for status, _ in answers):
            return False
        statuses = [{name: about["status"] for name, about in body.items()} for _, body in answers]
        self.problem = "workers disagree: %s" % json.dumps(statuses, indent=1)
        if statuses[0] != statuses[1] or statuses[1] != statuses[2]:
            return False
        self.problem = json.dumps(statuses[0], indent=1)
        units = [unit for status in statuses[0].values() for unit in [status["connector"], *status["tasks"]]]
        if set(statuses[0]) != set(self.wanted) or any(not status["tasks"] for status in statuses[0].values()):
            return False
        places = collections.Counter(unit["worker_id"] for unit in units)
        counts = [places[member.id] for member in self.members]
        return (all(unit["state"] == "RUNNING" for unit in units) and sum(counts) == len(units)
                and max(counts) - min(counts) <= 1)

    def stop_all(self):
        for name in SOURCES:
            harness.wait_for("%s to stop" % name, lambda: self.members[0].ask(
                "PUT", "/connectors/%s/stop" % name)[0] == 204, timeout=QUIET_S, every=0.5)
        for name in SOURCES:
            harness.wait_for("the end of %s" % name, lambda: all(
                m.ask("GET", "/connectors/%s/tasks" % name) == (200, []) and self.tasks_of(m, name) == [] for m in self.members),
                timeout=QUIET_S, every=0.5)

    @staticmethod
    def tasks_of(member, name):
        body = member.ask("GET", "/connectors/%s/status" % name)[1]
        return body["tasks"] if isinstance(body, dict) else None

    def check_sources(self):
        self.written = {}
        for name, lanes in SOURCES.items():
            records = self.kafka.consume("t" + name[1:])
            self.written["t" + name[1:]] = records
            by_lane = collections.defaultdict(list)
            for record in records:
                lane, number, life, when = record.value.split(":")
                by_lane[lane].append((int(number), life, int(when)))
            self.assertEqual(len(by_lane), lanes)
            for lane, seen in by_lane.items():
                self.check_lane("%s lane %s" % (name, lane), seen)

    def check_lane(self, what, seen):
        numbers = [number for number, _, _ in seen]
        log("%s: %d numbers, %d of them twice" % (what, len(numbers), len(numbers) - len(set(numbers))))
        missing = set(range(max(numbers) + 1)) - set(numbers)
        self.assertFalse(missing, "%s misses %s" % (what, sorted(missing)[:10]))
        lives = list(dict.fromkeys(life for _, life, _ in seen))
        if self.is_exact:
            odd = next(((i, n) for i, n in enumerate(numbers) if i != n), None)
            self.assertIsNone(odd, "%s: number %s" % (what, odd))
            changes = sum(1 for a, b in zip(seen, seen[1:]) if a[1] != b[1])
            self.assertEqual(changes, len(lives) - 1, "%s: a life that was over wrote on" % what)
        self.check_leases(what, [(life, when) for _, life, when in seen], most_late=0)

    def check_leases(self, what, leases, most_late):
        """Lives of a task in time: none begins before the one before is over. A life that was put to sleep between the
        look at its lease and its write may write that one batch late when no transaction shuts it out."""
        spans = {}
        for life, when in leases:
            spans.setdefault(life, set()).add(when)
        lives = sorted((sorted(times) for times in spans.values()), key=lambda times: times[0])
        names = {times[0]: life for life, times in ((life, sorted(t)) for life, t in spans.items())}
        for before, after in zip(lives, lives[1:]):
            late = [t for t in before if t > after[0]]
            self.assertLessEqual(len(late), most_late, "%s runs twice: %s until %s, %s from %s: %s" % (
                what, names[before[0]], before[-1], names[after[0]], after[0], late[:10]))
        log("%s: %d lives, one after another" % (what, len(lives)))

    def check_lease_sink(self):
        expected = {record.value for record in self.written["t0"]}
        harness.wait_for("k0 to have it all", lambda: not expected - self.lease_lines(), timeout=QUIET_S, every=2)
        leases = collections.defaultdict(list)
        for line in harness.lines_of(self.path("k0.txt")):
            head = line.split(" ")[0]
            life, when = head.rsplit(":", 1)
            leases[life.rsplit("-", 1)[1]].append((life, int(when)))
        for task, of_task in leases.items():
            self.check_leases("k0-%s" % task, of_task, most_late=1)

    def lease_lines(self):
        return {line.split(" ", 1)[1] for line in harness.lines_of(self.path("k0.txt")) if " " in line}

    def check_segments(self):
        expected = collections.defaultdict(list)
        for topic, records in self.written.items():
            for record in records:
                expected[topic, record.partition].append(record.value)

        def segments():
            return {place: self.chain(*place) for place in expected}
        harness.wait_for("k1 to have it all", lambda: all(
            len(lines) >= len(expected[place]) for place, lines in segments().items()), timeout=QUIET_S, every=2)
        for place, lines in segments().items():
            odd = next(((i, pair) for i, pair in enumerate(zip(lines, expected[place])) if pair[0] != pair[1]), None)
            self.assertTrue(odd is None and len(lines) == len(expected[place]), "k1 %s: %d lines of %d, first strange one %s" % (
                place, len(lines), len(expected[place]), odd))
        log("k1: %d lines in %d files, each once and in order" % (
            sum(map(len, expected.values())), len(glob.glob(self.path("segments", "*.txt")))))

    def chain(self, topic, partition):
        at, lines = self.first_segment(topic, partition), []
        while at is not None:
            path = self.path("segments", "%s-%d-%020d.txt" % (topic, partition, at))
            if not os.path.exists(path):
                return lines
            head, *more = harness.lines_of(path)
            at = int(re.fullmatch(r"next (\d+)", head).group(1))
            lines += more
        return lines

    def first_segment(self, topic, partition):
        names = glob.glob(self.path("segments", "%s-%d-*.txt" % (topic, partition)))
        return min((int(name[-24:-4]) for name in names), default=None)

    def check_offsets(self):
        last, count = {}, 0
        for record in self.kafka.consume("chaos-offset"):
            if not record.value or '"s' not in record.key:
                continue
            now = json.loads(record.value)["next"]
            self.assertGreaterEqual(now, last.get(record.key, 0), "offset %d of %s went back" % (record.offset, record.key))
            last[record.key] = now
            count += 1
        log("%d offsets of %d lanes, none of them back" % (count, len(last)))

    def test_chaos(self):
        log("mode %s, seed %s, %d s" % (self.mode, self.seed, self.seconds))
        self.build()
        self.calm()
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            self.storm(min(240, until - time.monotonic()))
            self.calm()
        log("what was done: %s" % dict(self.deeds))
        self.stop_all()
        self.check_sources()
        self.check_offsets()
        self.check_segments()
        self.check_lease_sink()
        for member in self.members:
            self.assertEqual(member.stop(timeout=60), 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("LC_TEST_SECONDS", 60)))
    parser.add_argument("--seed", default=os.environ.get("LC_TEST_SEED", str(int(time.time()))))
    parser.add_argument("--mode", choices=("exactly", "plain"), default="exactly")
    given = parser.parse_args()
    Chaos.mode, Chaos.seed, Chaos.seconds = given.mode, given.seed, given.seconds
    if not harness.LIBS:
        sys.exit(harness.SKIPPED)
    del sys.argv[1:]
    harness.main()


if __name__ == "__main__":
    main()
