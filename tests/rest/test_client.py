"""The program as a client: luaconnect get, describe, apply, patch, steering, offsets, validate, contexts, completion."""
import json
import os
import subprocess

import harness


class Client(harness.Case):
    def run_it(self, *arguments, text="", env=None, status=0):
        where = {"LUACONNECT_URL": self.rest.url} if getattr(self, "rest", None) else {}
        base = {name: value for name, value in os.environ.items() if not name.startswith("LUACONNECT")}
        done = subprocess.run([harness.PROGRAM, *arguments], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60 * harness.SCALE, check=False,
                              env={**base, "LUACONNECT_CONTEXTS": self.path("c", "contexts"), **where, **(env or {})})
        self.assertEqual(done.returncode, status, (arguments, done.stdout, done.stderr))
        self.err = done.stderr.decode()
        return done.stdout.decode()

    def put_file(self, name, value):
        return harness.write(self.path(name), value if isinstance(value, str) else json.dumps(value))

    def test_apply(self):
        self.rest = self.worker()
        folder = self.path("conf")
        os.mkdir(folder)
        one = self.source("one", file="/nonexistent", topic="t")
        self.put_file("conf/1.json", {"name": "one", "config": one})
        self.put_file("conf/2.properties", harness.properties(self.source("two", file="/nonexistent", topic="t")))
        self.put_file("conf/3.json", dict(self.source("zwei drei", file="/nonexistent", topic="t"), **{"tasks.maxx": "3"}))
        self.put_file("conf/notes.txt", "not a connector")
        self.assertIn("one would be created", self.run_it("apply", "-f", folder, "--dry-run"))
        self.assertEqual(self.rest.get("/connectors").body, [])
        said = self.run_it("apply", "-f", folder)
        self.assertIn("+ topic=t", said)
        self.assertIn("? unknown configuration tasks.maxx, did you mean tasks.max?", said)
        self.assertEqual(self.rest.get("/connectors").body, ["one", "two", "zwei drei"])
        self.assertEqual(self.run_it("apply", "-f", folder).count("unchanged"), 3)
        self.put_file("conf/1.json", {"name": "one", "config": dict(one, topic="u")})
        said = self.run_it("apply", "-f", folder)
        self.assertIn("one changed\n  - topic=t\n  + topic=u\n", said)
        self.assertEqual(self.rest.get("/connectors/one/config").body["topic"], "u")
        self.put_file("conf/1.json", {"name": "one", "config": {"connector.class": "FileStreamSource", "tasks.max": "x"}})
        self.put_file("conf/2.properties", "connector.class=FileStreamSource\n")
        self.run_it("apply", "-f", folder, status=2)
        self.assertIn("tasks.max: Invalid value x", self.err)
        self.assertIn("topic: Missing required", self.err)
        self.assertIn("no name", self.err)
        self.run_it("validate", "-f", self.path("conf/1.json"), status=2)
        self.assertIn("valid", self.run_it("validate", "-f", self.path("conf/3.json")))

    def test_look_and_steer(self):
        self.rest = self.worker()
        self.create(self.rest, self.source("a/b ü", file="/nonexistent", topic="t"))
        self.create(self.rest, self.source("bad", file=self.dir, topic="t"))
        self.rest.await_state("bad", "FAILED")
        harness.wait_for("both", lambda: self.run_it("get", "connectors").count("1/1") == 1)
        table = self.run_it("get", "connectors").splitlines()
        self.assertRegex(table[0], r"^NAME +TYPE +STATE +TASKS +WORKER +CLASS$")
        self.assertRegex(table[1], r"^a/b ü +source +RUNNING +1/1 +127\.0\.0\.1:\d+ +FileStreamSource$")
        self.assertEqual(sorted(json.loads(self.run_it("get", "connectors", "-o", "json"))), ["a/b ü", "bad"])
        self.assertIn("directory", self.run_it("describe", "bad", status=5))
        self.assertIn("topic=t", self.run_it("describe", "a/b ü"))
        self.run_it("describe", "nobody", status=4)
        self.assertIn("nobody not found", self.err)
        self.run_it("pause", "a/b ü", "bad")
        harness.wait_for("a pause", lambda: self.rest.get("/connectors/a%2Fb%20%C3%BC/status").body["connector"]["state"] == "PAUSED")
        self.run_it("resume", "a/b ü", "bad")
        self.run_it("restart", "bad", "--tasks", "--failed")
        self.run_it("restart", "bad", "0")
        self.run_it("restart", "bad", "7", status=4)
        self.assertIn("+ topic=v", self.run_it("patch", "bad", "topic=v", "batch.size=7"))
        self.assertIn("- batch.size=7", self.run_it("patch", "bad", "batch.size-"))
        self.assertEqual(self.rest.get("/connectors/bad/config").body, self.source("bad", file=self.dir, topic="v"))
        self.run_it("patch", "bad", "tasks.max=none", status=2)
        self.run_it("stop", "bad")
        offsets = self.put_file("offsets.json", {"offsets": [{"partition": {"filename": self.dir}, "offset": {"position": 3}}]})
        self.assertIn("altered", self.run_it("offsets", "set", "bad", "-f", offsets))
        self.assertEqual(json.loads(self.run_it("offsets", "get", "bad"))["offsets"][0]["offset"], {"position": 3})
        self.assertIn("reset", self.run_it("offsets", "reset", "bad"))
        self.run_it("offsets", "set", "a/b ü", "-f", offsets, status=2)
        self.assertIn("STOPPED", self.err)
        self.run_it("delete", "bad", "a/b ü")
        self.assertEqual(self.rest.get("/connectors").body, [])

    def test_the_rest(self):
        self.rest = self.worker()
        self.assertIn("org.apache.kafka.connect.transforms.InsertField$Value", self.run_it("plugins"))
        self.assertRegex(self.run_it("plugins", "FileStreamSource"), r"topic +LIST|topic +STRING")
        self.assertRegex(self.run_it("logs"), r"root +INFO")
        self.run_it("logs", "rest.audit", "DEBUG")
        self.run_it("logs", "rest.audit", "LOUD", status=4)
        for wrong in (("get",), ("get", "cows"), ("describe",), ("apply",), ("patch", "x"), ("patch", "x", "y"), ("pause",), ("offsets", "get"),
                      ("offsets", "put", "x"), ("get", "connectors", "--what"), ("get", "connectors", "-o"), ("get", "connectors", "-o", "xml"),
                      ("context", "use", "nowhere"), ("completion", "fish"), ("logs", "x")):
            self.run_it(*wrong, status=1)
        script = self.run_it("completion", "bash")
        done = subprocess.run(["bash", "-n"], input=script.encode(), check=False, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn("bashcompinit", self.run_it("completion", "zsh"))

    def test_contexts_and_users(self):
        users = self.path("users")
        self.run_it("passwd", users, "ann", "--role", "admin", text="correct horse\n")
        token = self.run_it("passwd", users, "ci", "--token").strip()
        guarded = self.prepare({"rest.users.file": users}).launch()
        url = harness.wait_for("the worker", guarded._address)  # pylint: disable=protected-access
        self.run_it("get", "connectors", "--url", url, status=2)
        self.assertIn("LUACONNECT_TOKEN", self.err)
        self.run_it("get", "connectors", "--url", url, env={"LUACONNECT_TOKEN": token})
        self.run_it("get", "connectors", "--url", url, "--user", "ann", env={"LUACONNECT_PASSWORD": "correct horse"})
        self.run_it("context", "set", "prod", "--url", url + "/", "--user", "ann", "--password", text="correct horse\n")
        self.run_it("context", "set", "ci", "--url", url, "--token", text=token + "\n")
        self.assertEqual(self.run_it("context"), "* prod  %s/\n  ci  %s\n" % (url, url))
        self.assertEqual(os.stat(self.path("c", "contexts")).st_mode & 0o777, 0o600)
        self.run_it("logs", "root", "INFO")
        self.run_it("context", "use", "ci")
        self.run_it("get", "connectors")
        self.run_it("logs", "root", "INFO", status=2)
        self.run_it("logs", "root", "INFO", "--context", "prod")
        self.run_it("get", "connectors", "--context", "nowhere", status=1)
        guarded.stop()
        self.run_it("get", "connectors", status=3)
        self.assertIn("no answer from", self.err)


if __name__ == "__main__":
    harness.main()
