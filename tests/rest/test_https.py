"""https between workers, and from the client: who is trusted, whose name is on a certificate, and what is said when it isn't so."""
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import unittest
import urllib.request

import harness

sys.path.insert(0, os.path.join(harness.TOP, "tests", "integration"))
import test_cluster  # noqa: E402  pylint: disable=wrong-import-position


class SecureWorker(test_cluster.DistributedWorker):
    def _address(self):
        self.check_alive()
        found = re.search(r'"?worker started"?.*rest"?[=:]"?(https?://[^\s"]+)', self.new_log())
        return found and found.group(1)

    def start_at(self, host):
        """Started, and spoken to by another name than the advertised one."""
        self.launch()
        self.url = harness.wait_for("%s to start" % self.name, self._address).replace("127.0.0.1", host)
        return self


@unittest.skipUnless(shutil.which("openssl"), "needs openssl")
class Https(harness.Case):
    def setUp(self):
        super().setUp()
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                     "-subj", "/CN=the authority")
        self.certificate("worker", "DNS:localhost")
        self.certificate("caller", "DNS:caller")
        # Answers to urllib, which the harness uses.
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        context.load_cert_chain(self.path("caller.pem"), self.path("caller.key"))
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
        before = urllib.request._opener  # pylint: disable=protected-access
        urllib.request.install_opener(opener)
        self.addCleanup(urllib.request.install_opener, before)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.dir, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def certificate(self, name, names):
        harness.write(self.path(name + ".ext"), "subjectAltName=%s\n" % names)
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                     "-extfile", name + ".ext", "-out", name + ".pem")
        self.openssl("pkcs12", "-export", "-inkey", name + ".key", "-in", name + ".pem", "-out", name + ".p12", "-passout", "pass:secret")

    def stores(self, prefix="", **more):
        settings = {"ssl.keystore.location": self.path("worker.p12"), "ssl.keystore.password": "secret",
                    "ssl.truststore.location": self.path("ca.pem"), **more}
        return {prefix + key.replace("__", "."): value for key, value in settings.items()}

    def run_it(self, *arguments, status=0, **env):
        base = {name: value for name, value in os.environ.items() if not name.startswith("LUACONNECT")}
        done = subprocess.run([harness.PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              timeout=60 * harness.SCALE, env={**base, "LUACONNECT_CONTEXTS": self.path("contexts"), **env})
        self.assertEqual(done.returncode, status, (arguments, done.stdout, done.stderr))
        self.err = done.stderr.decode()
        return done.stdout.decode()

    def test_client(self):
        worker = self.prepare({"listeners": "https://localhost:0,http://127.0.0.1:0", "rest.advertised.listener": "https",
                               **self.stores("listeners.https.", ssl__client__auth="required")}, kind=SecureWorker)
        worker.command = lambda: [harness.PROGRAM, "standalone", worker.settings]
        worker.start()
        self.assertTrue(worker.url.startswith("https://localhost:"))
        ask = ("get", "plugins", "--url", worker.url)
        self.run_it(*ask, status=3)
        self.assertIn("can't be trusted", self.err)
        self.assertIn("--cacert FILE", self.err)
        trust = ("--cacert", self.path("ca.pem"))
        self.run_it(*ask, *trust, status=2)
        self.assertIn("asks for a client certificate", self.err)
        certificate = ("--cert", self.path("caller.pem"), "--key", self.path("caller.key"))
        self.assertIn("FileStreamSource", self.run_it(*ask, *trust, *certificate))
        both = harness.write(self.path("both.pem"), harness.read(self.path("caller.key")) + harness.read(self.path("caller.pem")))
        self.assertIn("FileStreamSource", self.run_it(*ask, LUACONNECT_CACERT=self.path("ca.pem"), LUACONNECT_CERT=both))
        self.run_it("context", "set", "safe", "--url", worker.url, *trust, *certificate)
        self.assertIn("FileStreamSource", self.run_it("get", "plugins"))
        self.run_it(*ask, "--cacert", self.path("nowhere.pem"), status=1)
        self.run_it(*ask, *trust, "--cert", self.path("caller.pem"), "--key", self.path("worker.key"), status=3)
        self.assertIn("certificate and key", self.err)
        numbered = worker.url.replace("localhost", "127.0.0.1")
        self.run_it("get", "plugins", "--url", numbered, status=3)
        self.assertIn("name in the certificate does not match", self.err)
        plain = re.search(r"http://127\.0\.0\.1:\d+", worker.new_log())
        self.assertTrue(plain, "each listener is told at start")
        self.assertIn("FileStreamSource", self.run_it("get", "plugins", "--url", plain.group(0)))
        self.run_it("get", "plugins", "--url", plain.group(0).replace("http:", "https:"), status=3)
        self.assertIn("https:// listener", self.err)


class Forwarding(Https):
    """What one worker can't do goes to another over https."""
    test_client = None
    ready = test_cluster.Cluster.ready
    await_created = test_cluster.Cluster.await_created

    def setUp(self):
        super().setUp()
        self.kafka = harness.broker()
        self.group = self.topic("group")

    def member(self, name, **settings):
        topics = {"%s.storage.topic" % kind: "%s-%s" % (self.group, kind) for kind in ("config", "offset", "status")}
        factors = {"%s.storage.replication.factor" % kind: 1 for kind in ("config", "offset", "status")}
        return self.prepare({"group.id": self.group, "listeners": "https://localhost:0", **topics, **factors, **settings},
                            kafka=self.kafka, name=name, kind=SecureWorker)

    def test_forwarding(self):
        one = self.ready(self.member("one", **self.stores(ssl__client__auth="required")).start())
        two = self.ready(self.member("two", **{"listeners": "http://localhost:0, https://localhost:0", "rest.advertised.listener": "https",
                                               **self.stores("listeners.https.", ssl__client__auth="required")}).start())
        for i, worker in enumerate((one, two, one, two)):
            self.assertTrue(worker.url.startswith("https://"))
            harness.write(self.path("in%d" % i), "")
            self.await_created(worker, self.source("s%d" % i, file=self.path("in%d" % i), topic=self.topic(str(i))))
        for i in range(4):
            one.await_state("s%d" % i, "RUNNING")
        for worker in (one, two):
            for i in range(4):
                self.assertEqual(worker.post("/connectors/s%d/restart" % i).status, 204)
                self.assertEqual(worker.post("/connectors/s%d/tasks/0/restart" % i).status, 204)
            self.assertEqual(worker.delete("/connectors/none").status, 404)
        self.assertEqual(sorted(worker.delete("/connectors/s%d" % i).status for i, worker in ((0, one), (1, two))), [204, 204])

    def outcomes(self, one, two):
        return [json.dumps(worker.delete("/connectors/none").body) for worker in (one, two)]

    def test_names_are_checked(self):
        wrong = {"rest.advertised.host.name": "127.0.0.1", **self.stores()}
        pair = [self.ready(self.member(name, **wrong).start_at("localhost")) for name in ("one", "two")]
        texts = self.outcomes(*pair)
        self.assertEqual(sum("name in the certificate does not match" in text for text in texts), 1, texts)
        self.assertEqual(sum("not found" in text for text in texts), 1, texts)
        for worker in pair:
            worker.stop()
        pair = [self.ready(self.member(name, **wrong, **{"ssl.endpoint.identification.algorithm": ""}).start_at("localhost"))
                for name in ("three", "four")]
        harness.wait_for("an answer of both", lambda: all("not found" in text for text in self.outcomes(*pair)))

    def test_who_is_trusted(self):
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "x.key", "-out", "x.pem", "-days", "2", "-subj", "/CN=other")
        other = dict(self.stores(), **{"ssl.truststore.location": self.path("x.pem")})
        pair = [self.ready(self.member(name, **other).start()) for name in ("one", "two")]
        texts = self.outcomes(*pair)
        self.assertEqual(sum("can't be trusted" in text for text in texts), 1, texts)


if __name__ == "__main__":
    harness.main()
