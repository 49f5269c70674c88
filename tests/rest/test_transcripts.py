"""What Kafka Connect 4.1 answered, step by step, and what we answer where docs/rest-differences.md says otherwise.

A transcript is a JSON file of steps; each holds a request (or an act: write a file, produce, consume …) and the answer to expect.
Texts for people (messages, documentation) are only looked at for the words of `words`. ${run}, ${tmp} and ${host} stand for
what is new in every run. Names of transcripts as arguments choose some of them.
"""
import glob
import json
import os
import random
import re
import string
import threading
import time

import harness
import http_raw

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transcripts")
FOR_PEOPLE = ("message", "documentation", "display_name")
COMPARED_HEADERS = ("location", "allow", "access-control-allow-origin", "access-control-allow-methods",
                    "access-control-allow-headers", "x-harness", "cache-control", "x-content-type-options")


def substitute(value, variables):
    if isinstance(value, str):
        for key, text in variables.items():
            value = value.replace("${%s}" % key, text)
        return value
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    if isinstance(value, dict):
        return {substitute(key, variables): substitute(item, variables) for key, item in value.items()}
    return value


def stable(value, names, key=None):
    """Without what differs from run to run, and in one order where there is none."""
    if isinstance(value, dict):
        return {stable(name, names): stable(item, names, name) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((stable(item, names, key) for item in value), key=order)
    return stable_text(value, names, key)


def stable_text(value, names, key=None):
    if key == "last_modified" and value is not None:
        return "<TS>"
    if not isinstance(value, str):
        return value
    if key in ("version", "commit", "kafka_cluster_id", "trace") and value:
        return "<%s>" % key.upper()
    for text, name in names:
        value = value.replace(text, name)
    return value


def order(item):
    if isinstance(item, dict):
        for key in ("class", "id", "partition", "name"):
            if key in item:
                item = [item.get("type"), item[key]] if key == "class" else item[key]
                break
        else:
            if isinstance(item.get("definition"), dict):
                item = item["definition"]["name"]
    return json.dumps(item, sort_keys=True, ensure_ascii=False)


def differences(expected, got, step, path="$"):
    """Where an answer isn't what is expected, as texts."""
    key = path.rsplit(".", 1)[-1]
    if key in step.get("ignore", ()):
        return []
    if isinstance(expected, dict) and isinstance(got, dict):
        missing = ["%s.%s is missing" % (path, name) for name in expected if name not in got]
        surplus = [name for name in got if name not in expected and name not in FOR_PEOPLE and name not in step.get("ignore", ())]
        found = missing + ["%s.%s is too much: %r" % (path, name, got[name]) for name in surplus]
        for name in expected:
            if name in got:
                found += differences(expected[name], got[name], step, path + "." + name)
        return found
    if isinstance(expected, list) and isinstance(got, list):
        return list_differences(expected, got, step, path)
    if key in FOR_PEOPLE and isinstance(expected, str) and isinstance(got, str):
        lost = [word for word in step.get("words", ()) if word.lower() not in got.lower()]
        return ["%s lacks %r: %r" % (path, lost, got)] if lost or not got else []
    return [] if type(expected) is type(got) and expected == got else ["%s: %r, not %r" % (path, got, expected)]


def list_differences(expected, got, step, path):
    if path.endswith(".recommended_values"):
        return [] if set(map(str, expected)) <= set(map(str, got)) else ["%s: %r lacks some of %r" % (path, got, expected)]
    if path.endswith(".errors"):
        return [] if len(expected) == len(got) else ["%s: %r, not %d" % (path, got, len(expected))]
    if step.get("compare") == "some":
        known = {order(item): item for item in got}
        got = [known.get(order(item)) for item in expected]
    if len(expected) != len(got):
        return ["%s has %d items, not %d: %r" % (path, len(got), len(expected), got)]
    return [text for at, pair in enumerate(zip(expected, got)) for text in differences(*pair, step, "%s[%d]" % (path, at))]


class Player:
    """One transcript against one worker."""

    def __init__(self, case, transcript, kafka):
        self.case, self.kafka = case, kafka
        self.variables = {"run": "".join(random.choices(string.ascii_lowercase, k=6)), "tmp": case.dir,
                          "wid": "".join(random.choices(string.ascii_lowercase, k=6))}
        worker = substitute(transcript.get("worker", {}), self.variables)
        files = [harness.write(case.path(name), text) for name, text in worker.get("files", {}).items()]
        settings = dict({"offset.flush.interval.ms": 200}, **worker.get("settings", {}))
        # A recorded answer shows the home directory of whoever recorded it.
        self.worker = case.worker(settings, files, kafka=kafka, env={"HOME": "/root"})
        self.host = self.worker.url[len("http://"):]
        self.variables["host"] = self.host
        self.names = [(self.host, "<WORKER>"), (case.dir, "<TMP>"), (self.variables["run"], "<RUN>"), (kafka.bootstrap, "<BOOTSTRAP>")]

    def address(self):
        host, port = self.host.rsplit(":", 1)
        return host, int(port)

    def http(self, step):
        """Status, headers and body that one request gives."""
        content = step["body"].encode() if "body" in step else json.dumps(step["json"]).encode() if "json" in step else None
        headers = {"Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        headers.update(step.get("headers", {}))
        headers = {name: value for name, value in headers.items() if value is not None}
        path = step["path"] + ("?" + step["query"] if "query" in step else "")
        raw = http_raw.exchange(self.address(), http_raw.request(step["method"], path, headers, content, self.host), 100)
        answer = {"status": http_raw.status(raw), "headers": {}}
        for name in COMPARED_HEADERS:
            value = http_raw.header(raw, name)
            if value is not None:
                answer["headers"][name] = stable(value, self.names)
        try:
            answer["body"] = stable(json.loads(http_raw.body(raw)), self.names) if http_raw.body(raw) else None
        except ValueError:
            answer["body"] = "<TEXT>"
        return answer

    def parallel(self, step):
        answers = [None] * len(step["requests"])
        def one(at, request):
            answers[at] = str(self.http(request)["status"])
        threads = [threading.Thread(target=one, args=pair) for pair in enumerate(step["requests"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {"body": {"statuses": {status: answers.count(status) for status in set(answers)}}}

    def text(self, value):
        return stable_text(value, self.names)

    def consume(self, step):
        records = self.kafka.consume(step["topic"]) if step["topic"] in self.kafka.topics() else []
        if "headers" in step:
            return {"body": [{"key": self.text(r.key), "value": self.text(r.value), "header_keys": sorted(n for n, _ in r.headers)}
                             for r in records]}
        return {"body": [{"key": self.text(r.key), "value": self.text(r.value)} for r in records]}

    def read_file(self, step):
        return {"body": [self.text(line) for line in harness.read(step["file"]).decode().split("\n")]}

    def topics(self, step):
        found = {name: count for name, count in self.kafka.topics().items() if re.search(step["match"], name)}
        return {"body": stable(found, self.names)}

    def act(self, step):
        kind = step["act"]
        if kind == "write_file":
            (harness.append if step.get("append") else harness.write)(step["file"], step["content"])
        elif kind == "rm":
            if os.path.exists(step["file"]):
                os.remove(step["file"])
        elif kind == "sleep":
            time.sleep(step["s"])
        elif kind == "produce":
            key = (lambda line: line.split(step["sep"])[0]) if "sep" in step else None
            self.kafka.produce(step["topic"], step["lines"], key)
        else:
            return getattr(self, kind)(step)
        return None

    def compare(self, step, got):
        expected = step["answer"]
        found = []
        if expected.get("status") != got.get("status"):
            found.append("status: %r, not %r: %r" % (got.get("status"), expected.get("status"), got.get("body")))
        for name, value in expected.get("headers", {}).items():
            mine = got["headers"].get(name)
            if name in ("allow", "access-control-allow-methods"):
                value, mine = sorted((value or "").split(",")), sorted((mine or "").split(","))
            if value != mine:
                found.append("%s: %r, not %r" % (name, mine, value))
        if "body" not in expected or found:
            return found
        if step.get("compare") == "keys":
            return differences(expected["body"], {key: got["body"].get(key) for key in step["keys"]}, step)
        return differences(expected["body"], got["body"], step)

    def play(self, number, step):
        """Runs a step until its answer is as expected, for some seconds where the answer comes about by itself."""
        step = substitute(step, self.variables)
        deadline = time.monotonic() + (step.get("patience", 0) * harness.SCALE)
        while True:
            got = self.act(step) if "act" in step else self.http(step)
            found = self.compare(step, got) if "answer" in step else []
            if not found:
                return
            if time.monotonic() > deadline:
                shown = {key: value for key, value in step.items() if key != "answer"}
                raise AssertionError("step %d %s\n  %s" % (number, json.dumps(shown)[:600], "\n  ".join(found[:20])))
            time.sleep(0.1)


class Transcripts(harness.Case):
    """One test a file."""


def add_test(path):
    name = os.path.basename(path)[:-len(".json")]

    def test(self):
        with open(path, encoding="utf-8") as file:
            transcript = json.load(file)
        player = Player(self, transcript, harness.broker())
        for number, step in enumerate(transcript["steps"]):
            player.play(number, step)
        self.assertEqual(player.worker.stop(), 0)

    setattr(Transcripts, "test_" + name, test)


for transcript_path in sorted(glob.glob(os.path.join(FOLDER, "*.json"))):
    add_test(transcript_path)

if __name__ == "__main__":
    harness.main()
