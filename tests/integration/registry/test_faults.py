"""A registry that is down, slow, locked, far away behind TLS, or no registry at all."""
import base64
import http.server
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import harness

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peers

INT = {"schema": {"type": "int32", "optional": False}, "data": {"t": "int32", "v": 1}}
MESSAGE = base64.b64encode(b"\0\0\0\0\7\2").decode()  # an int under schema 7
FAST = {"max_retries": 0, "http_connect_timeout_ms": 500, "http_read_timeout_ms": 500}


class Fake:
    """A registry whose every answer is the test's."""

    def __init__(self, answer, context=None):
        fake, self.requests = self, []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode()
                fake.requests.append((self.command, self.path, dict(self.headers), body))
                status, text = answer(self, self.path, body)
                data = text if isinstance(text, bytes) else json.dumps(text).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = reply

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # clients may hang up
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = "%s://localhost:%d" % ("https" if context else "http", self.server.server_port)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def healthy(_, path, body):
    if path.startswith("/schemas/ids/7"):
        return 200, {"schema": "\"int\""}
    if body:
        return 200, {"id": 7, "version": 1, "subject": "t-value", "schema": "\"int\""}
    return 404, {"error_code": 40403, "message": "Schema not found"}


class Faults(unittest.TestCase):
    def fake(self, answer, context=None):
        fake = Fake(answer, context)
        self.addCleanup(fake.close)
        return fake

    def ours(self, url, **settings):
        peer = peers.ours(url, **settings)
        self.addCleanup(peer.close)
        return peer

    def read(self, peer, message=MESSAGE):
        return peer.ask(op="read", topic="t", bytes=message, expect={**INT})

    def assertReads(self, peer):
        answer = self.read(peer)
        self.assertTrue(answer.get("same"), answer)

    def assertFails(self, answer, retriable, *words):
        for word in words:
            self.assertIn(word, answer["error"])
        self.assertEqual(answer["retriable"], retriable, answer)

    def test_asks_once_for_each_schema(self):
        fake = self.fake(healthy)
        peer = self.ours(fake.url)
        for _ in range(5):
            self.assertReads(peer)
            self.assertEqual(base64.b64decode(peer.ask(op="write", topic="t", tv=INT)["bytes"]), b"\0\0\0\0\7\2")
        self.assertEqual(len(fake.requests), 3, fake.requests)  # by id, its version, registering

    def test_goes_to_another_url(self):
        closed = "http://127.0.0.1:%d" % harness.free_port()
        broken, good = self.fake(lambda *_: (503, {"message": "starting"})), self.fake(healthy)
        peer = self.ours(",".join([closed, broken.url, good.url]), **FAST)
        self.assertReads(peer)
        self.assertEqual(len(broken.requests), 1)

    def test_a_registry_that_is_down_costs_no_record_a_time_out(self):
        url = "http://127.0.0.1:%d" % harness.free_port()
        peer = self.ours(url, **FAST)
        self.assertFails(self.read(peer), True, url, "can't be reached", "/schemas/ids/7")
        began = time.monotonic()
        for _ in range(50):
            self.assertFails(self.read(peer), True, url, "tried again in")
        self.assertLess(time.monotonic() - began, 0.4)

    def test_a_registry_comes_back(self):
        port = harness.free_port()
        peer = self.ours("http://127.0.0.1:%d" % port, **FAST)
        self.assertFails(self.read(peer), True)
        fake = self.fake(healthy)
        relay = subprocess.Popen([sys.executable, "-c", RELAY, str(port), str(fake.server.server_port)])
        self.addCleanup(relay.wait)
        self.addCleanup(relay.kill)
        harness.wait_for("the registry to be found again", lambda: self.read(peer).get("same"), timeout=10)

    def test_retries_by_itself(self):
        answers = [(500, {}), (502, b"<html>"), None]
        fake = self.fake(lambda *request: answers.pop(0) or healthy(*request) if answers else healthy(*request))
        self.assertReads(self.ours(fake.url, retries_wait_ms=10))

    def test_a_slow_registry_is_not_waited_for(self):
        fake = self.fake(lambda *request: time.sleep(3) or healthy(*request))
        began = time.monotonic()
        self.assertFails(self.read(self.ours(fake.url, **FAST)), True, "timed out")
        self.assertLess(time.monotonic() - began, 2.5)

    def test_garbage_is_no_schema(self):
        for body in (b"<html>login</html>", b"", b"[]", b"{\"schema\":7}", b"{", b"\xff\xfe", b"[" * 100000):
            fake = self.fake(lambda *_, body=body: (200, body))
            self.assertFails(self.read(self.ours(fake.url, **FAST)), True, "/schemas/ids/7")

    def test_what_is_no_avro_schema_is_no_matter_of_time(self):
        for schema in ("{\"type\":\"nonsense\"}", "not json", "{\"type\":\"record\",\"name\":\"R\"}", "\"undefined\""):
            fake = self.fake(lambda *_, schema=schema: (200, {"schema": schema, "id": 7, "version": 1}))
            self.assertFails(self.read(self.ours(fake.url, **FAST)), False, "Schema 7 of registry " + fake.url)
        fake = self.fake(lambda *_: (200, {"schema": "{}", "schemaType": "JSON"}))
        self.assertFails(self.read(self.ours(fake.url, **FAST)), False, "It is a JSON schema")

    def test_answers_are_bounded(self):
        fake = self.fake(lambda *_: (200, b"{\"schema\":\"" + b"x" * (20 << 20) + b"\"}"))
        self.assertFails(self.read(self.ours(fake.url, **{**FAST, "http_read_timeout_ms": 20000})), False, "more than")

    def test_a_schema_that_refers_to_itself_ends(self):
        loop = {"schema": "\"int\"", "id": 7, "version": 1, "references": [{"name": "a", "subject": "s", "version": 1}]}
        self.assertReads(self.ours(self.fake(lambda *_: (200, loop)).url, **FAST))

    def test_an_unknown_id_is_asked_for_once(self):
        fake = self.fake(healthy)
        peer = self.ours(fake.url, **FAST)
        for _ in range(10):
            self.assertFails(self.read(peer, base64.b64encode(b"\0\0\0\0\x63\2").decode()), False, "Schema 99", "40403")
        self.assertEqual(len(fake.requests), 1)

    def test_other_formats_are_named(self):
        peer = self.ours(self.fake(healthy).url)
        self.assertFails(self.read(peer, base64.b64encode(b"{\"a\":1}").decode()), False, "Unknown magic byte!", "topic t")
        self.assertFails(self.read(peer, base64.b64encode(b"\0\0").decode()), False, "2 bytes")
        self.assertFails(self.read(peer, base64.b64encode(b"\0\0\0\0\7").decode()), False, "ends early", "schema 7")

    def locked(self, expected):
        def answer(handler, path, body):
            if handler.headers.get("Authorization") != expected:
                return 401, {"error_code": 401, "message": "Unauthorized"}
            return healthy(handler, path, body)
        return self.fake(answer)

    def test_basic_authentication(self):
        fake = self.locked("Basic " + base64.b64encode(b"ann:se:cret").decode())
        self.assertReads(self.ours(fake.url, basic_auth_credentials_source="USER_INFO", basic_auth_user_info="ann:se:cret"))
        self.assertReads(self.ours(fake.url.replace("://", "://ann:se:cret@"), **FAST))
        answer = self.read(self.ours(fake.url.replace("://", "://ann:wrong@"), **FAST))
        self.assertFails(answer, False, "401", "Unauthorized")
        self.assertNotIn("wrong", answer["error"])

    def test_bearer_token(self):
        fake = self.locked("Bearer abc")
        self.assertReads(self.ours(fake.url, bearer_auth_credentials_source="STATIC_TOKEN", bearer_auth_token="abc"))
        self.assertFails(self.read(self.ours(fake.url, **FAST)), False, "401", "basic.auth")

    def test_tls(self):
        with tempfile.TemporaryDirectory() as folder:
            key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days",
                            "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True,
                           capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, key)
            fake = self.fake(healthy, context)
            self.assertReads(self.ours(fake.url, schema_registry_ssl_truststore_location=cert,
                                       schema_registry_ssl_truststore_type="PEM"))
            with open(cert, encoding="ascii") as text:
                self.assertReads(self.ours(fake.url, schema_registry_ssl_truststore_certificates=text.read()))
            self.assertFails(self.read(self.ours(fake.url, **FAST)), False, "certificate")
            other = fake.url.replace("localhost", "127.0.0.1")
            trust = {"schema_registry_ssl_truststore_location": cert, "schema_registry_ssl_truststore_type": "PEM", **FAST}
            self.assertFails(self.read(self.ours(other, **trust)), False, "127.0.0.1")
            self.assertReads(self.ours(other, schema_registry_ssl_endpoint_identification_algorithm="", **trust))

    def test_settings_are_checked(self):
        for settings, word in (({"basic_auth_credentials_source": "USER_INFO"}, "basic.auth.user.info"),
                               ({"basic_auth_credentials_source": "SASL_INHERIT"}, "USER_INFO"),
                               ({"value_subject_name_strategy": "Mine"}, "TopicNameStrategy"),
                               ({"bearer_auth_credentials_source": "STATIC_TOKEN"}, "bearer.auth.token"),
                               ({"schema_registry_ssl_truststore_location": "/x.jks"}, "PEM")):
            peer = self.ours("http://localhost:1", **settings)
            answer = json.loads(peer.process.stdout.readline())
            self.assertIn(word, answer["error"])
            self.assertIn("ConfigException", answer["class"])


RELAY = """
import socket, sys, threading
def pump(a, b):
    while True:
        data = a.recv(65536)
        if not data: break
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    one, _ = server.accept()
    two = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    threading.Thread(target=pump, args=(one, two), daemon=True).start()
    threading.Thread(target=pump, args=(two, one), daemon=True).start()
"""

if __name__ == "__main__":
    harness.main()
