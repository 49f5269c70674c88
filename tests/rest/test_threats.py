"""Threats that docs/security.md lists and that no other test has: what connectors may not set, and requests that can't be honoured."""
import os
import shutil
import socket
import subprocess
import time

import harness
import http_raw

RUNS_CODE = ("plugin.library.paths", "ssl.engine.location", "ssl.engine.id", "ssl.providers", "sasl.kerberos.kinit.cmd")
OPENS_FILES = ("ssl.ca.location", "ssl.crl.location", "ssl.key.location", "ssl.certificate.location", "ssl.keystore.location",
               "ssl.truststore.location", "sasl.kerberos.keytab")
REACHES_OTHERS = ("bootstrap.servers", "metadata.broker.list", "sasl.oauthbearer.token.endpoint.url", "sasl.oauthbearer.config",
                  "sasl.oauthbearer.method")
CLIENTS = (("producer.override.", "FileStreamSource"), ("admin.override.", "FileStreamSource"), ("consumer.override.", "FileStreamSink"),
           ("producer.override.", "FileStreamSink"), ("admin.override.", "FileStreamSink"))
SLOW = """local lc = require "lc"
local function spin() while true do end end
return lc.source { tasks = function() spin() end, poll = function() end }
"""


class ClientSettings(harness.Case):
    def config(self, name, connector):
        """One that has all the clients that its kind may have."""
        if connector == "FileStreamSink":
            return self.sink(name, file=self.path("out"), topics="t", errors__tolerance="all", errors__deadletterqueue__topic__name="dead")
        return self.source(name, file="/dev/null", topic="t", topic__creation__default__partitions=1,
                           topic__creation__default__replication__factor=1)

    def refused(self, worker, client, key, value):
        prefix, connector = client
        setting = prefix + key
        config = {**self.config("x", connector), setting: value}
        validated = worker.put("/connector-plugins/%s/config/validate" % connector, config)
        told = [one["value"]["errors"] for one in validated.body["configs"] if one["value"]["name"] == setting]
        self.assertTrue(told and told[0], setting)
        for answer in (worker.post("/connectors", {"name": "x", "config": config}), worker.put("/connectors/x/config", config),
                       worker.patch("/connectors/good-%s/config" % connector, {setting: value})):
            self.assertEqual(answer.status, 400, setting)
            self.assertIn(key, answer.body["message"])

    def test_overrides_that_harm(self):
        """None gets in, by no route, under the policy that allows all; nothing is run or opened on the way."""
        canary, library = self.path("canary"), self.path("canary.so")
        if shutil.which("cc"):
            source = harness.write(self.path("canary.c"), '#include <stdio.h>\n__attribute__((constructor)) static void run(void) '
                                   '{ FILE *f = fopen("%s", "w"); if (f) fclose(f); }\nint conf_init(void) { return 0; }\n' % canary)
            subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        worker = self.worker()
        for connector in ("FileStreamSource", "FileStreamSink"):
            self.create(worker, self.config("good-" + connector, connector))
        for prefix in CLIENTS:
            for key in RUNS_CODE:
                self.refused(worker, prefix, key, "touch " + canary if key.endswith("cmd") else library)
            for key in OPENS_FILES + REACHES_OTHERS:
                self.refused(worker, prefix, key, self.path("some.file"))
        self.assertEqual(sorted(worker.get("/connectors").body), ["good-FileStreamSink", "good-FileStreamSource"])
        self.assertFalse(os.path.exists(canary))

    def test_not_as_anything_else(self):
        """Without the prefix, or in a step's settings, such a key means nothing to a client."""
        canary = self.path("canary")
        worker = self.worker()
        config = {"plugin.library.paths": canary, "producer.plugin.library.paths": canary, "sasl.kerberos.kinit.cmd": "touch " + canary,
                  "transforms": "m", "transforms.m.type": "org.apache.kafka.connect.transforms.InsertField$Value",
                  "transforms.m.static.field": "a",
                  "transforms.m.static.value": "b", "transforms.m.producer.override.sasl.kerberos.kinit.cmd": "touch " + canary,
                  "value.converter": "org.apache.kafka.connect.json.JsonConverter",
                  "value.converter.producer.override.plugin.library.paths": canary}
        self.create(worker, {**self.source("s", file="/dev/null", topic="t"), **config})
        worker.await_state("s", "RUNNING")
        self.assertFalse(os.path.exists(canary))

    def test_not_for_the_worker_either(self):
        for key in RUNS_CODE[:4]:
            worker = self.worker({"producer." + key: self.path("x.so")}, name=key)
            self.create(worker, self.source("s", file="/dev/null", topic="t"))
            harness.wait_for("a refusal", lambda w=worker, k=key: k in w.new_log() or k in str(w.status("s")))
            worker.stop()


READER = """local lc = require "lc"
local s = lc.source { needs = { "file" }, config = { file = lc.config.string {}, topic = lc.config.string {} } }
function s.start(task) task.file = task.cap.file:tail(task.config.file) end
function s.poll(task, out) return lc.idle(1000) end
return s
"""
PROBE = """local lc = require "lc"
local ok, what = pcall(require, "%s")
return lc.transform { apply = function(record) record.topic = ok and "got" or "none" return record end }
"""


class Scripts(harness.Case):
    def test_shadow_gets_no_grants(self):
        """A script under a shipped connector's name may not open what the shipped one might."""
        os.makedirs(self.path("scripts"))
        secret = harness.write(self.path("secret.txt"), "x\n")
        harness.write(self.path("scripts", "FileStreamSource.lua"), READER)
        worker = self.worker({"plugin.path": self.path("scripts")})
        self.create(worker, self.source("s", file=secret, topic="t"))
        worker.await_state("s", "FAILED")
        self.assertIn("script.grants", worker.trace("s"))

    def test_modules_from_elsewhere(self):
        """Links that lead out of the folder, pipes and devices are no modules, and nothing waits for them."""
        os.makedirs(self.path("scripts"))
        harness.write(self.path("outside.lua"), "return { secret = 1 }")
        os.symlink(self.path("outside.lua"), self.path("scripts", "linked.lua"))
        os.symlink("/dev/zero", self.path("scripts", "zero.lua"))
        os.mkfifo(self.path("scripts", "pipe.lua"))
        harness.write(self.path("scripts", "real.lua"), "return {}")
        for module, topic in (("real", b"got"), ("linked", b"none"), ("zero", b"none"), ("pipe", b"none")):
            script = harness.write(self.path("scripts", "probe_%s.lua" % module), PROBE % module)
            began = time.monotonic()
            tried = subprocess.run([harness.PROGRAM, "try", script, "--records"], input=b'{"topic":"t","value":1}\n', timeout=60,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            self.assertLess(time.monotonic() - began, 20, module)
            self.assertIn(topic, tried.stdout, module)


class Requests(harness.Case):
    def address(self, worker):
        host, port = worker.url.partition("://")[2].rsplit(":", 1)
        return host, int(port)

    def test_refusals_are_audited(self):
        """Also those before there is a request: what was too large, framed in two ways, or one too many."""
        worker = self.worker()
        head = b"POST /connectors HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        http_raw.exchange(self.address(worker), head + b"Content-Length: 9000000\r\n\r\n")
        worker.await_log(r"msg=request method=POST path=/connectors status=413 ms=\d+ client=127\.0\.0\.1")
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        http_raw.exchange(self.address(worker), head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 9)
        harness.wait_for("the chunked one", lambda: worker.new_log().count("status=413") >= 2)
        http_raw.exchange(self.address(worker), b"DELETE /connectors/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")
        worker.await_log(r"method=DELETE path=/connectors/a status=400")
        held = [socket.create_connection(self.address(worker)) for _ in range(512)]
        try:
            def refused():
                return http_raw.status(http_raw.exchange(self.address(worker), http_raw.request("PUT", "/connectors/b/pause"))) == 503
            harness.wait_for("a refusal", refused)
        finally:
            for connection in held:
                connection.close()
        worker.await_log(r"method=PUT path=/connectors/b/pause status=503")

    def test_ends_by_its_deadline(self):
        """A request that waits for what takes too long says what it waited for."""
        os.makedirs(self.path("scripts"))
        harness.write(self.path("scripts", "slow.lua"), SLOW)
        worker = self.worker({"plugin.path": self.path("scripts"), "script.timeout.ms": "6000", "rest.request.timeout.ms": "1000"})
        began = time.monotonic()
        answer = worker.post("/connectors", {"name": "a", "config": {"connector.class": "slow"}})
        self.assertEqual(answer.status, 500)
        self.assertRegex(answer.body["message"], "^Request timed out. The worker is currently creating or changing connector a, which began")
        self.assertLess(time.monotonic() - began, 5 * harness.SCALE)
        self.assertEqual(worker.get("/").status, 200)

    def test_versions(self):
        worker = self.worker()
        for version, status in (("%20", 400), ("", 400), ("%5B1", 400), ("latest", 200), ("9", 400)):
            answer = worker.get("/connector-plugins/FileStreamSource/config?version=" + version)
            self.assertEqual(answer.status, status, version)

    def test_nested_json(self):
        worker = self.worker()
        for text in ("[" * 5000, '{"a":' * 5000 + "1" + "}" * 5000, '{"name":"a","config":' + '{"a":' * 100 + "1" + "}" * 101,
                     '{"name":"a","config":{"a":1e400}}', '{"name":"a\\u0000","config":{}}', '{"name":"\\ud800","config":{}}',
                     '{"name":"a"}}', "\ufeff{}"):
            answer = worker.call("POST", "/connectors", raw=text.encode(), headers={"Content-Type": "application/json"})
            self.assertEqual(answer.status, 400, text[:50])
            self.assertIn("error_code", answer.body)
        self.assertEqual(worker.get("/connectors").body, [])


if __name__ == "__main__":
    harness.main()
