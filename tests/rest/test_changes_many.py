"""Many changes: thousands of creates one after another, hundreds at once, and all deleted again. Neither time nor memory grows by the way.

LC_CREATES (1000) says how many; LC_MODES (standalone distributed) where.
"""
import http.client
import json
import os
import sys
import threading
import time

import harness

sys.path.insert(0, os.path.join(harness.TOP, "tests", "integration"))
import test_cluster  # noqa: E402  pylint: disable=wrong-import-position

CREATES = int(os.environ.get("LC_CREATES", "1000"))
MODES = os.environ.get("LC_MODES", "standalone distributed").split()
AT_ONCE = 200


class Many(harness.Case):
    member = test_cluster.Cluster.member
    ready = test_cluster.Cluster.ready
    await_created = test_cluster.Cluster.await_created

    def one_after_another(self, worker, method, bodies):
        """Seconds of each request, over one connection."""
        host, port = worker.url[7:].rsplit(":", 1)
        peer = http.client.HTTPConnection(host, int(port), timeout=100)
        took = []
        for path, body, status in bodies:
            began = time.monotonic()
            peer.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"})
            answer = peer.getresponse()
            text = answer.read()
            took.append(time.monotonic() - began)
            self.assertEqual(answer.status, status, (path, text[:300]))
        return took

    def config(self):
        return {"connector.class": "FileStreamSource", "tasks.max": "1", "file": "/nonexistent", "topic": "t", "key.converter": harness.STRING}

    def middle(self, values):
        return sorted(values)[len(values) // 2]

    def tell(self, mode, what, took, worker):
        tenth = max(1, len(took) // 10)
        first, last = self.middle(took[:tenth]), self.middle(took[-tenth:])
        print("%s: %s %d: %.2f ms each at first, %.2f ms at last, %.1f s, %.0f MB" % (
            mode, what, len(took), first * 1000, last * 1000, sum(took), worker.memory() / 1e6), file=sys.stderr)
        return first, last

    def stopped(self, mode, worker):
        """STOPPED ones: what the worker keeps of each is all that there is."""
        create = [("/connectors", {"name": "n%d" % i, "config": self.config(), "initial_state": "STOPPED"}, 201) for i in range(CREATES)]
        remove = [("/connectors/n%d" % i, None, 204) for i in range(CREATES)]
        first, last = self.tell(mode, "creates", self.one_after_another(worker, "POST", create), worker)
        self.assertLess(last, 4 * first + 0.003, "a create doesn't take longer the more there are")
        after_first = worker.memory()
        self.assertEqual(len(worker.get("/connectors").body), CREATES)
        first, last = self.tell(mode, "deletes", self.one_after_another(worker, "DELETE", remove), worker)
        self.assertLess(first, 4 * last + 0.003)
        self.assertEqual(worker.get("/connectors").body, [])
        self.one_after_another(worker, "POST", create)
        self.one_after_another(worker, "DELETE", remove)
        again = worker.memory()
        print("%s: %.0f MB after the first round, %.0f MB after the second" % (mode, after_first / 1e6, again / 1e6), file=sys.stderr)
        if not harness.SANITIZED:
            self.assertLess(again, after_first * 1.15 + 8e6, "what was deleted leaves nothing behind")

    def at_once(self, mode, worker):
        seen = []

        def create(i):
            seen.append(worker.post("/connectors", {"name": "p%d" % i, "config": self.config()}).status)

        def run(function):
            threads = [threading.Thread(target=function, args=(i,)) for i in range(AT_ONCE)]
            began = time.monotonic()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return time.monotonic() - began
        took = run(create)
        self.assertEqual(seen, [201] * AT_ONCE)

        def all_run():
            about = worker.get("/connectors?expand=status").body
            return len(about) == AT_ONCE and all([t["state"] for t in c["status"]["tasks"]] == ["RUNNING"] for c in about.values())
        began = time.monotonic()
        harness.wait_for("all to run", all_run, 60, every=0.2)
        print("%s: %d creates at once: %.2f s, all run after %.2f s more" % (mode, AT_ONCE, took, time.monotonic() - began), file=sys.stderr)
        seen.clear()
        took = run(lambda i: seen.append(worker.delete("/connectors/p%d" % i).status))
        self.assertEqual(seen, [204] * AT_ONCE)
        print("%s: %d deletes at once: %.2f s, %.0f MB" % (mode, AT_ONCE, took, worker.memory() / 1e6), file=sys.stderr)

    def test_standalone(self):
        if "standalone" not in MODES:
            self.skipTest("not asked for")
        worker = self.worker()
        self.at_once("standalone", worker)
        self.stopped("standalone", worker)

    def test_distributed(self):
        if "distributed" not in MODES:
            self.skipTest("not asked for")
        self.kafka = harness.broker()
        self.group = self.topic("group")
        worker = self.ready(self.member("w").start())
        self.await_created(worker, dict(self.config(), name="first"))
        self.assertEqual(worker.delete("/connectors/first").status, 204)
        self.at_once("distributed", worker)
        self.stopped("distributed", worker)


if __name__ == "__main__":
    harness.main()
