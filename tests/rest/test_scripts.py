"""Scripts that came over REST are taken away again: the file on disk, what is shipped, or nothing takes their place."""
import os
import subprocess

import harness

MARK = """local lc = require "lc"
return lc.transform { apply = function(record) record.value = "v%d " .. tostring(record.value) return record end }
"""


class Scripts(harness.Case):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("plugins"))

    def put(self, name, number):
        answer = self.rest.call("PUT", "/admin/scripts/transforms/" + name, raw=(MARK % number).encode())
        self.assertIn(answer.status, (200, 201), answer.body)

    def flow(self, name, word):
        """A connector with this transform; gives the first line that comes out."""
        harness.write(self.path("in-" + word), word + "\n")
        topic = "t-" + word
        self.create(self.rest, self.sink("out-" + word, file=self.path("out-" + word), topics=topic))
        self.create(self.rest, dict(self.source("in-" + word, file=self.path("in-" + word), topic=topic),
                                    **{"transforms": "m", "transforms.m.type": name}))
        self.await_lines(self.path("out-" + word), 1, 30, self.rest)
        return harness.read(self.path("out-" + word)).decode().strip()

    def test_back_to_the_file(self):
        disk = harness.write(self.path("plugins", "mark.lua"), MARK % 1)
        self.rest = self.worker({"plugin.path": self.path("plugins"), "script.canary.records": "0"})
        url = "/admin/scripts/transforms/mark"
        refused = self.rest.delete(url)
        self.assertEqual(refused.status, 409)
        self.assertIn("didn't come over REST", refused.body["message"])
        for number in range(2, 40):
            self.put("mark", number)
        self.assertEqual(self.flow("mark", "a"), "v39 a")
        self.rest.stop()
        self.rest.start()
        self.assertEqual(harness.read(disk).decode(), MARK % 39)
        gone = self.rest.delete(url)
        self.assertEqual((gone.status, gone.body["left"]), (200, "file"), gone.body)
        self.assertEqual(harness.read(disk).decode(), MARK % 1)
        self.assertEqual(self.flow("mark", "b"), "v1 b")
        self.assertEqual(self.rest.get(url).body["text"], MARK % 1)
        self.assertEqual(self.rest.delete(url).status, 409)
        self.rest.stop()

    def test_gone(self):
        self.rest = self.worker({"plugin.path": self.path("plugins")})
        url = "/admin/scripts/transforms/fresh"
        self.assertEqual(self.rest.delete(url).status, 404)
        self.put("fresh", 1)
        self.assertEqual(self.flow("fresh", "a"), "v1 a")
        refused = self.rest.delete(url)
        self.assertEqual(refused.status, 409)
        self.assertIn("used by in-a", refused.body["message"])
        self.assertEqual(self.rest.put("/connectors/in-a/stop").status, 204)
        self.assertEqual(self.rest.delete(url).status, 409)
        self.assertEqual(self.rest.delete("/connectors/in-a").status, 204)
        gone = harness.wait_for("the last task to end", lambda: (lambda a: a if a.status != 409 else None)(self.rest.delete(url)))
        self.assertEqual((gone.status, gone.body), (200, {"name": "fresh", "kind": "transforms", "left": "nothing"}))
        self.assertEqual(self.rest.get(url).status, 404)
        self.assertFalse(os.path.exists(self.path("plugins", "transforms", "fresh.lua")))
        self.assertEqual(os.listdir(self.path("plugins", ".versions", "transforms", "fresh")), [])
        config = dict(self.source("s", file=self.path("in-a"), topic="t"), **{"transforms": "m", "transforms.m.type": "fresh"})
        self.assertEqual(self.rest.put("/connectors/s/config", config).status, 400)
        self.rest.stop()
        self.rest.start()
        self.assertEqual(self.rest.get(url).status, 404)
        self.put("fresh", 2)
        self.assertEqual([v["version"] for v in self.rest.get(url + "/versions").body], [1])
        self.assertEqual(self.flow("fresh", "b"), "v2 b")
        self.rest.stop()

    def test_back_to_what_is_shipped(self):
        self.rest = self.worker({"plugin.path": self.path("plugins")})
        shipped = self.rest.get("/connector-plugins/hash/config").body
        self.put("hash", 1)
        self.assertNotEqual(self.rest.get("/connector-plugins/hash/config").body, shipped)
        self.assertEqual(self.flow("hash", "a"), "v1 a")
        self.assertEqual(self.rest.delete("/admin/scripts/transforms/hash").status, 409)
        self.assertEqual(self.rest.put("/connectors/in-a/stop").status, 204)
        gone = harness.wait_for("the task to end", lambda: (lambda a: a if a.status != 409 else None)(
            self.rest.delete("/admin/scripts/transforms/hash")))
        self.assertEqual((gone.status, gone.body["left"]), (200, "shipped"), gone.body)
        self.assertEqual(self.rest.get("/connector-plugins/hash/config").body, shipped)
        self.rest.stop()

    def test_versions(self):
        self.rest = self.worker({"plugin.path": self.path("plugins")})
        url = "/admin/scripts/transforms/mark"
        for number in (1, 2, 3):
            self.put("mark", number)
        self.assertEqual(self.rest.delete(url + "/versions/3").status, 409)
        self.assertEqual(self.rest.delete(url + "/versions/9").status, 404)
        self.assertEqual(self.rest.delete(url + "/versions/x").status, 400)
        self.assertEqual(self.rest.delete(url + "/versions/2").status, 204)
        self.assertEqual([v["version"] for v in self.rest.get(url + "/versions").body], [1, 3])
        self.rest.stop()
        self.rest.start()
        self.assertEqual([v["version"] for v in self.rest.get(url + "/versions").body], [1, 3])
        self.assertIn("version 1 is forgotten", self.command("transforms", "mark", "1"))
        self.assertIn("used now: nothing", self.command("transforms", "mark"))
        self.command("transforms", "mark", status=4)
        self.command("transforms", status=1)
        self.rest.stop()

    def command(self, *words, status=0):
        done = subprocess.run([harness.PROGRAM, "script", "delete", *words, "--url", self.rest.url], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, status, done)
        return done.stdout.decode()


if __name__ == "__main__":
    harness.main()
