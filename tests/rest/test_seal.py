"""Sealed secrets: luaconnect seal, the provider that opens them, keys that are replaced."""
import os
import subprocess

import harness

JAAS = "producer.override.sasl.jaas.config"


def seal(*arguments, text=""):
    return subprocess.run([harness.PROGRAM, "seal", *arguments], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False)


class Seal(harness.Case):
    def setUp(self):
        super().setUp()
        self.key = self.path("seal.key")
        self.public = seal("--new-key", self.key).stdout.decode().strip()

    def seal_text(self, text, key=None):
        return seal("--key", key or self.public, text=text + "\n").stdout.decode().strip()

    def test_program(self):
        self.assertEqual(os.stat(self.key).st_mode & 0o777, 0o600)
        self.assertRegex(self.public, "^lcpk1:[A-Za-z0-9_-]{43}$")
        sealed = self.seal_text("s3cret")
        self.assertRegex(sealed, r"^\$\{sealed:[A-Za-z0-9_-]+\}$")
        self.assertNotEqual(sealed, self.seal_text("s3cret"))  # never the same twice
        for arguments in ((), ("--key",), ("--new-key",), ("--key", self.key, "--what"), ("x",)):
            self.assertEqual(seal(*arguments).returncode, 1, arguments)
        self.assertEqual(seal("--key", "/nonexistent", text="x\n").returncode, 2)
        self.assertEqual(seal("--key", "lcpk1:short", text="x\n").returncode, 2)
        self.assertEqual(seal("--key", harness.write(self.path("bad"), "rubbish\n"), text="x\n").returncode, 2)

    def worker_with_keys(self):
        return self.worker({"config.providers": "sealed", "config.providers.sealed.class": "SealedConfigProvider",
                            "config.providers.sealed.param.key.file": self.key})

    def test_worker_opens_it(self):
        harness.write(self.path("in.txt"), "one\n")
        worker = self.worker_with_keys()
        topic = self.topic()
        sealed = self.seal_text(topic)
        config = dict(self.source("s", file=self.path("in.txt"), topic=sealed))
        self.create(worker, config)
        self.create(worker, self.sink("k", file=self.path("out.txt"), topics=topic))
        self.await_lines(self.path("out.txt"), 1)
        self.assertEqual(worker.get("/connectors/s/config").body["topic"], sealed)
        self.assertNotIn(topic, str(worker.get("/connectors/s/tasks").body))
        broken = sealed[:-5] + ("AAAA}" if sealed[-5:] != "AAAA}" else "BBBB}")
        refused = worker.put("/connectors/s/config", dict(config, topic=broken))
        self.assertIn("can't be opened", refused.body["message"])
        self.assertNotIn(topic, refused.body["message"])

    def test_rotation(self):
        worker = self.worker_with_keys()
        old = self.seal_text("t1")
        second = seal("--new-key", self.key).stdout.decode().strip()
        self.assertNotEqual(second, self.public)
        self.assertEqual(len(harness.lines_of(self.key)), 2)
        new = self.seal_text("t2", second)
        for name, topic in (("a", old), ("b", new)):  # without a restart
            self.create(worker, self.source(name, file="/nonexistent", topic=topic))
            worker.await_state(name, "RUNNING")
        file = '{"a": "%s", "b": "x%sy"}\nrest\n' % (old, new)
        renewed = seal("--key", self.key, "--renew", text=file).stdout.decode()
        self.assertNotIn(old, renewed)
        self.assertTrue(renewed.endswith('y"}\nrest\n'), renewed)
        newest = harness.lines_of(self.key)[0] + "\n"
        harness.write(self.key, newest)  # the old key is thrown away
        self.assertIn("can't be opened", worker.put("/connectors/a/config", self.source("a", file="/n", topic=old)).body["message"])
        again = renewed.split('"')[3]
        self.assertEqual(worker.put("/connectors/a/config", self.source("a", file="/n", topic=again)).status, 200)

    def test_provider_without_keys(self):
        for param in (None, "/nonexistent"):
            worker = self.prepare({"config.providers": "sealed", "config.providers.sealed.class": "SealedConfigProvider",
                                   "config.providers.sealed.param.key.file": param}, name="w%s" % bool(param)).launch()
            self.assertEqual(worker.await_exit(), 2)


if __name__ == "__main__":
    harness.main()
