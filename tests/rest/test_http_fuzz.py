"""The REST server under nonsense: mutated requests, cut ones, slow ones. It answers, and lives on.

LC_FUZZ_SECONDS (20) says for how long, LC_FUZZ_SEED with which numbers.
"""
import json
import os
import random
import socket
import threading
import time
import unittest

import harness
import http_raw

CONFIG = {"connector.class": "FileStreamSource", "tasks.max": "1", "topic": "t", "file": "/nonexistent"}
PATHS = ["/", "/health", "/connectors", "/connectors/a", "/connectors/a/config", "/connectors/a/status", "/connectors/a/tasks",
         "/connectors/a/tasks/0/status", "/connectors/a/tasks/0/restart", "/connectors/a/pause", "/connectors/a/resume",
         "/connectors/a/stop", "/connectors/a/restart?includeTasks=true", "/connectors/a/topics", "/connectors/a/offsets",
         "/connectors/a/topics/reset", "/connector-plugins", "/connector-plugins/FileStreamSource/config",
         "/connector-plugins/FileStreamSource/config/validate", "/admin/loggers", "/admin/loggers/x.y", "/connectors?expand=status",
         "/connectors?dry_run=true", "/connectors/a/config?dry_run=true", "/connectors/a/dlq?limit=3", "/connectors/a/dlq/retry",
         "/connectors/b/offsets", "/connectors/b/restart?onlyFailed=true", "/connectors/a/fence", "/admin/scripts", "/metrics",
         "/admin/scripts/transforms/x", "/admin/scripts/transforms/x/diff?from=1&to=2", "/admin/scripts/transforms/x/versions/1", "/admin/scripts/predicates/x/rollback?version=1",
         "/openapi.json", "/connectors?state=FAILED&expand=info"]
METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"]
BODIES = [b"", b"{}", b"[]", b"null", b"{", json.dumps(CONFIG).encode(), json.dumps({"name": "a", "config": CONFIG}).encode(),
          json.dumps({"name": "b", "config": dict(CONFIG, transforms="x", **{"transforms.x.type": "Flatten$Value"}),
                      "initial_state": "STOPPED"}).encode(),
          b'{"level":"DEBUG"}', b'{"offsets":[{"partition":{"filename":"x"},"offset":{"position":1}}]}', b"[" * 5000, b'{"a":' * 3000]
HEADERS = ["Content-Type: application/json", "Accept: application/json", "Accept: */*;q=0.5, text/html", "Origin: http://x.org",
           "Expect: 100-continue", "Connection: close", "Connection: upgrade", "Transfer-Encoding: chunked", "Content-Type: text/plain",
           "Host: evil.example", "X-" + "y" * 2000 + ": z", "Accept: " + "a/b," * 300, "Content-Length: 3", "Range: bytes=0-1",
           "Access-Control-Request-Method: PUT", "Cookie: a=b", "Authorization: Basic ====", "If-None-Match: *"]
# What stands where another value was.
VALUES = [None, True, 0, -1, 1e308, 2 ** 63, 2 ** 70, "", "x" * 5000, "\u0000", "\ud83d", "é", [], {}, [[]], {"": None}, ["a", 1], "${file:/x:y}",
          "[hidden]", "Flatten$Value", "JsonConverter", "regex(", "-1", "99999999999999999999", ",", "a,,b", "NaN"]
JUNK = [b"%", b"%00", b"%ff", b"%2f", b"//", b"..", b";", b"?", b"#", b"\x00", b"\xff\xfe", b" ", b"\r\n", b"\n", b"\t", b"%0d%0a",
        "é😀".encode(), b"'\"<script>", b"A" * 3000, b"{", b"}", b"&expand=info", b"=", b"\x7f", b"%c0%af", b"-1", b"99999999999999999999"]


def altered(random_, value):
    """JSON with some of its members changed, added, nested or gone."""
    if random_.random() < 0.15:
        return random_.choice(VALUES)
    if isinstance(value, dict):
        changed = {key: altered(random_, item) for key, item in value.items() if random_.random() < 0.9}
        if random_.random() < 0.2:
            key = random_.choice(["name", "config", "connector.class", "transforms", "errors.tolerance", "topics", "tasks.max", "x.y", ""])
            changed[key] = random_.choice(VALUES)
        return changed
    if isinstance(value, list):
        return [altered(random_, item) for item in value for _ in range(random_.randrange(3))]
    return value


def content_of(random_):
    text = random_.choice(BODIES)
    try:
        return json.dumps(altered(random_, json.loads(text))).encode() if random_.random() < 0.6 else text
    except (ValueError, RecursionError):
        return text


def well_formed(random_):
    content = content_of(random_)
    lines = ["%s %s HTTP/1.1" % (random_.choice(METHODS), random_.choice(PATHS)), "Host: localhost"]
    lines += random_.sample(HEADERS, random_.randrange(4))
    if random_.random() < 0.8:
        lines.append("Content-Length: %d" % len(content))
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def mutated(random_, text):
    for _ in range(random_.randrange(1, 5)):
        at = random_.randrange(len(text) + 1)
        kind = random_.randrange(4)
        if kind == 0:
            text = text[:at] + random_.choice(JUNK) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + random_.randrange(1, 30):]
        elif kind == 2:
            text = text[:at] + bytes([random_.randrange(256)]) + text[at + 1:]
        else:
            text = text[:at] + text[at:at + random_.randrange(200)] + text[at:]
    return text


class Fuzz(harness.Case):
    def attack(self, address, seed, until, statuses):
        random_ = random.Random(seed)
        while time.monotonic() < until:
            text = well_formed(random_)
            if random_.random() < 0.8:
                text = mutated(random_, text)
            try:
                with socket.create_connection(address, timeout=5) as peer:
                    peer.settimeout(0.2)
                    for piece in (text, text[len(text) // 2:])[:random_.randrange(1, 3)]:
                        peer.sendall(piece)
                    if random_.random() < 0.7:
                        peer.shutdown(socket.SHUT_WR)
                    answer = peer.recv(65536)
            except OSError:
                continue
            statuses.append(http_raw.status(answer))

    def test_nonsense(self):
        worker = self.worker()
        host, port = worker.url[7:].rsplit(":", 1)
        seed = int(os.environ.get("LC_FUZZ_SEED", "1"))
        until = time.monotonic() + float(os.environ.get("LC_FUZZ_SECONDS", "20"))
        statuses = []
        threads = [threading.Thread(target=self.attack, args=((host, int(port)), seed + i, until, statuses)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        worker.check_alive()
        self.assertEqual(worker.get("/health").status, 200)
        counts = {status: statuses.count(status) for status in sorted(set(statuses))}
        print("answers by status:", counts)
        self.assertGreater(len(statuses), 100)
        self.assertEqual(worker.stop(), 0)


if __name__ == "__main__":
    harness.main()
