"""The REST server as HTTP: limits, slow and broken clients, listeners, TLS, CORS, who may do what, and its end."""
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

import harness
import http_raw

LIMIT = 8 * 1024 * 1024
CONFIG = {"connector.class": "FileStreamSource", "topic": "t", "file": "/nonexistent"}


def address(url):
    host, port = url.partition("://")[2].rsplit(":", 1)
    return host, int(port)


class Http(harness.Case):
    def send(self, worker, text, **named):
        return http_raw.exchange(address(worker.url), text, **named)

    def ask(self, worker, method, path, headers=(), content=None, **named):
        return self.send(worker, http_raw.request(method, path, {"Connection": "close", **dict(headers)}, content, **named))

    def check_lives(self, worker):
        self.assertEqual(http_raw.status(self.ask(worker, "GET", "/health")), 200)


class Limits(Http):
    def test_large_bodies(self):
        worker = self.worker()
        json_type = {"Content-Type": "application/json"}
        head = b"POST /connectors HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        announced = self.send(worker, head + b"Content-Length: %d\r\n\r\n" % (LIMIT + 1))
        self.assertEqual(http_raw.status(announced), 413)
        self.assertIn(b"8 MiB", announced)
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        self.assertEqual(self.send(worker, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 9), b"")
        fits = self.ask(worker, "POST", "/connectors", json_type, b" " * LIMIT)
        self.assertEqual(http_raw.status(fits), 400)
        deep = self.ask(worker, "POST", "/connectors", json_type, b'{"a":' * 100000)
        self.assertEqual(http_raw.status(deep), 400)
        self.check_lives(worker)

    def test_large_heads(self):
        worker = self.worker()
        self.assertEqual(http_raw.status(self.ask(worker, "GET", "/connectors/" + "a" * 20000)), 404)
        for large in ("GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % ("a" * 200000), "GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n" % ("b" * 200000)):
            self.assertIn(http_raw.status(self.send(worker, large.encode())), (0, 413, 414, 431))
        self.check_lives(worker)

    def test_framing_that_can_be_read_twice(self):
        worker = self.worker()
        for lines in (["Content-Length: 2", "Content-Length: 2"], ["Content-Length: 2", "Content-Length: 3"],
                      ["Content-Length: 2", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
                      ["Transfer-Encoding: gzip, chunked"], ["Transfer-Encoding: xchunked"], ["Content-Length: +2"], ["Content-Length: -2"],
                      ["Content-Length: 0x2"], ["Content-Length: 2, 2"]):
            head = ["PUT /connectors/a/config HTTP/1.1", "Host: localhost", "Content-Type: application/json", *lines]
            answer = self.send(worker, "\r\n".join(head).encode() + b"\r\n\r\n{}")
            self.assertIn(http_raw.status(answer), (400, 0), lines)
            self.assertNotIn(b"contains no connector type", answer)
        without_host = self.send(worker, b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(http_raw.status(without_host), 400)
        self.check_lives(worker)

    def test_slow_heads_are_cut_off(self):
        worker = self.worker()
        with socket.create_connection(address(worker.url)) as slow:
            slow.settimeout(30 * harness.SCALE)
            began, ended = time.monotonic(), None
            try:
                while time.monotonic() - began < 25 * harness.SCALE and ended is None:
                    slow.sendall(b"G")
                    time.sleep(0.25)
                    slow.setblocking(False)
                    try:
                        ended = time.monotonic() if not slow.recv(100) else None
                    except BlockingIOError:
                        pass
                    slow.setblocking(True)
            except ConnectionError:
                ended = time.monotonic()
            self.assertIsNotNone(ended)
            self.assertGreater(ended - began, 8)

    def test_too_many_connections(self):
        worker = self.worker()
        held = [socket.create_connection(address(worker.url)) for _ in range(512)]
        try:
            surplus = harness.wait_for("a refusal", lambda: self.ask(worker, "GET", "/health"), 10)
            self.assertEqual(http_raw.status(surplus), 503, surplus)
        finally:
            for connection in held:
                connection.close()
        harness.wait_for("answers again", lambda: http_raw.status(self.ask(worker, "GET", "/health")) == 200, 20)

    def test_one_address_leaves_room(self):
        worker = self.worker()
        held = [socket.create_connection(address(worker.url), source_address=("127.0.0.2", 0)) for _ in range(256)]
        try:
            def refused():
                with socket.create_connection(address(worker.url), source_address=("127.0.0.2", 0)) as peer:
                    peer.sendall(http_raw.request("GET", "/health"))
                    return http_raw.status(peer.recv(65536)) == 503
            harness.wait_for("a refusal", refused, 10)
            self.assertEqual(http_raw.status(self.ask(worker, "GET", "/health")), 200)
        finally:
            for connection in held:
                connection.close()

    def test_keeps_connections(self):
        worker = self.worker()
        with socket.create_connection(address(worker.url)) as peer:
            for _ in range(50):
                peer.sendall(http_raw.request("GET", "/connectors"))
                got = b""
                while not http_raw.complete(got):
                    got += peer.recv(65536)
                self.assertEqual(http_raw.body(got), b"[]")

    def test_pipelined_requests(self):
        worker = self.worker()
        last = http_raw.request("GET", "/nope", {"Connection": "close"})
        with socket.create_connection(address(worker.url)) as peer:
            peer.sendall(http_raw.request("GET", "/connectors") * 3 + last)
            got = b""
            while piece := peer.recv(65536):
                got += piece
        self.assertEqual(got.count(b"HTTP/1.1 200"), 3)
        self.assertEqual(got.count(b"HTTP/1.1 404"), 1)


class Load(Http):
    def test_many_at_once(self):
        """200 creates in parallel: each once, none lost."""
        worker = self.worker()
        answers = []

        def create(number):
            answers.append(worker.post("/connectors", {"name": "c%d" % (number % 100), "config": CONFIG}).status)
        threads = [threading.Thread(target=create, args=(number,)) for number in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((answers.count(201), answers.count(409)), (100, 100))
        self.assertEqual(len(worker.get("/connectors").body), 100)
        self.assertEqual(worker.stop(60), 0)

    def test_end_while_requests_are_under_way(self):
        worker = self.worker()
        stop = threading.Event()
        problems = []

        def hammer(number):
            while not stop.is_set():
                try:
                    worker.put("/connectors/x%d/config" % number, CONFIG)
                    worker.post("/connectors/x%d/restart?includeTasks=true" % number)
                    worker.get("/connectors?expand=status&expand=info")
                except (OSError, ValueError):
                    return
                except Exception as problem:  # pylint: disable=broad-except
                    problems.append(problem)
                    return
        threads = [threading.Thread(target=hammer, args=(number,)) for number in range(30)]
        for thread in threads:
            thread.start()
        held = [socket.create_connection(address(worker.url)) for _ in range(5)]  # and some that say nothing
        time.sleep(1)
        began = time.monotonic()
        self.assertEqual(worker.stop(20), 0)
        self.assertLess(time.monotonic() - began, 10 * harness.SCALE)
        stop.set()
        for thread in threads:
            thread.join()
        for connection in held:
            connection.close()
        self.assertEqual(problems, [])

    def test_audit(self):
        worker = self.worker()
        worker.put("/connectors/a/config", CONFIG)
        worker.get("/connectors/a")
        worker.delete("/connectors/b")
        worker.await_log(r'msg=request method=PUT path=/connectors/a/config status=201 ms=\d+ client=127\.0\.0\.1')
        worker.await_log(r"msg=request method=DELETE path=/connectors/b status=404")
        worker.put("/connectors/c/config?dry_run=true", CONFIG)
        worker.await_log(r"method=PUT path=/connectors/c/config status=200 ms=\d+ client=127\.0\.0\.1 dry_run=true")
        self.assertNotIn("method=GET", worker.new_log())

    def test_pace(self):
        worker = self.worker({"rest.changes.per.minute": "30"})
        seen = [worker.delete("/connectors/none") for _ in range(32)]
        self.assertEqual([answer.status for answer in seen], [404] * 30 + [429] * 2)
        self.assertIn(seen[-1].headers["Retry-After"], ("1", "2"))
        self.assertIn("rest.changes.per.minute", seen[-1].body["message"])
        self.assertEqual(worker.get("/connectors").status, 200)
        worker.await_log("path=/connectors/none status=429")
        harness.wait_for("another one", lambda: worker.delete("/connectors/none").status == 404)


class Access(Http):
    def test_host(self):
        worker = self.worker({"rest.allowed.hosts": "connect.example"})
        for host, status in (("127.0.0.1", 200), ("localhost:1", 200), ("[::1]:80", 200), ("connect.example", 200),
                             ("CONNECT.example:8083", 200), ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("127.evil", 403)):
            self.assertEqual(http_raw.status(self.ask(worker, "GET", "/connectors", host=host)), status, host)

    def test_other_machines_may_read(self):
        """An address of this machine that isn't the loopback counts as this machine; so only the warning is seen here."""
        worker = self.worker({"listeners": "http://:0"})
        worker.await_log("clients of other machines may only read")
        trusting = self.worker({"listeners": "http://:0"}, name="trusting", env={"LUACONNECT_REST_ALLOW_UNAUTHENTICATED": "true"})
        trusting.await_log("anyone who reaches the REST listener can change connectors")

    def test_pages_of_other_sites(self):
        worker = self.worker({"access.control.allow.origin": "http://good.example, http://.*\\.fine\\.example",
                              "access.control.allow.methods": "GET,PUT"})
        for origin, allowed in (("http://good.example", True), ("http://a.fine.example", True), ("http://goodXexample", False),
                                ("http://evil.example", False)):
            simple = self.ask(worker, "GET", "/connectors", {"Origin": origin})
            self.assertEqual(http_raw.header(simple, "Access-Control-Allow-Origin"), origin if allowed else None)
            self.assertEqual(http_raw.header(simple, "Vary"), "Origin")
            first = self.ask(worker, "OPTIONS", "/connectors", {"Origin": origin, "Access-Control-Request-Method": "PUT"})
            self.assertEqual(http_raw.header(first, "Access-Control-Allow-Methods"), "GET,PUT" if allowed else None)
            change = self.ask(worker, "POST", "/connectors/x/restart", {"Origin": origin})
            self.assertEqual(http_raw.status(change), 404 if allowed else 403)

    def test_headers(self):
        plain = self.worker()
        answer = self.ask(plain, "GET", "/connectors")
        self.assertEqual(http_raw.header(answer, "X-Content-Type-Options"), "nosniff")
        self.assertEqual(http_raw.header(answer, "Cache-Control"), "no-store")
        own = self.worker({"response.http.headers.config": 'set X-A: b, "add Cache-Control: no-cache, private", setDate Expires: 0'},
                          name="own")
        answer = self.ask(own, "GET", "/nope")
        self.assertEqual(http_raw.header(answer, "X-A"), "b")
        self.assertEqual(http_raw.header(answer, "Cache-Control"), "no-cache, private")
        self.assertRegex(http_raw.header(answer, "Expires"), r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
        self.assertIsNone(http_raw.header(answer, "X-Content-Type-Options"))

    def test_settings_that_are_refused(self):
        for setting, value, words in (
                ("response.http.headers.config", "nope X: y", "Invalid header config action: 'nope'"),
                ("response.http.headers.config", "set X", "Invalid header config 'set X'"),
                ("response.http.headers.config", "set a b: c", "Invalid header name 'set a b: c'"),
                ("rest.extension.classes", "x.Y", "REST extensions are Java classes"),
                ("rest.advertised.listener", "https", "`listeners` has none of that protocol"),
                ("listeners", "ftp://x:1", "Listener protocol must be either"),
                ("listeners", "http://127.0.0.1", "Listener doesn't have the right format"),
                ("listeners", "http://127.0.0.1:0,,", "Empty URL found when parsing listeners list"),
                ("listeners", "http://192.0.2.200:0", "can't be opened"),
                ("listeners", "https://127.0.0.1:0", "An HTTPS listener needs ssl.keystore.location")):
            worker = self.prepare({setting: value}).launch()
            self.assertNotEqual(worker.await_exit(), 0, value)
            self.assertIn(words, worker.new_log())

    def test_admin_listeners(self):
        port = harness.free_port()
        apart = self.worker({"admin.listeners": "http://127.0.0.1:%d" % port})
        self.assertEqual(apart.get("/admin/loggers").status, 404)
        admin = harness.Rest("http://127.0.0.1:%d" % port)
        self.assertEqual(admin.get("/admin/loggers/root").body["level"], "INFO")
        self.assertEqual(admin.get("/connectors").status, 404)
        off = self.worker({"admin.listeners": ""}, name="off")
        self.assertEqual(off.get("/admin/loggers").status, 404)
        self.assertEqual(off.get("/connectors").status, 200)


@unittest.skipUnless(shutil.which("openssl"), "needs openssl")
class Tls(Http):
    def setUp(self):
        super().setUp()
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2",
                     "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        self.openssl("pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", "store.p12", "-passout", "pass:secret")
        harness.write(self.path("store.pem"), harness.read(self.path("key.pem")) + harness.read(self.path("cert.pem")))

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.dir, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def secure(self, settings, name="worker"):
        worker = self.prepare({"listeners": "https://127.0.0.1:0", **settings}, name=name).launch()
        worker.url = worker.await_log(r"rest=(https://\S+)").group(1)
        return worker

    def client(self, certificate=False):
        context = ssl.create_default_context(cafile=self.path("cert.pem"))
        if certificate:
            context.load_cert_chain(self.path("store.pem"))
        return context

    def get(self, worker, path="/connectors", certificate=False, **named):
        return self.send(worker, http_raw.request("GET", path, {"Connection": "close"}, host="localhost"), tls=self.client(certificate),
                         **named)

    def test_pem_and_pkcs12(self):
        for name, settings in (("pem", {"ssl.keystore.type": "PEM", "ssl.keystore.location": self.path("store.pem")}),
                               ("p12", {"listeners.https.ssl.keystore.location": self.path("store.p12"),
                                        "listeners.https.ssl.keystore.password": "secret"})):
            worker = self.secure(settings, name)
            self.assertEqual(http_raw.body(self.get(worker)), b"[]")
            self.assertNotEqual(http_raw.status(self.send(worker, http_raw.request("GET", "/"))), 200)
            self.assertEqual(worker.stop(), 0)

    def test_client_certificates(self):
        worker = self.secure({"ssl.keystore.location": self.path("store.p12"), "ssl.keystore.password": "secret",
                              "ssl.truststore.location": self.path("cert.pem"), "ssl.truststore.type": "PEM",
                              "ssl.client.auth": "required"})
        self.assertEqual(http_raw.status(self.get(worker)), 403)
        self.assertEqual(http_raw.status(self.get(worker, certificate=True)), 200)

    def test_stores_that_can_not_be_used(self):
        harness.write(self.path("x.jks"), b"\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x00")
        harness.write(self.path("junk.pem"), "no certificate")
        for settings, words in (({"ssl.keystore.location": self.path("store.p12"), "ssl.keystore.password": "wrong"}, "can't be used"),
                                ({"ssl.keystore.location": self.path("nope.p12")}, "can't be read"),
                                ({"ssl.keystore.location": self.path("x.jks")}, "keytool -importkeystore"),
                                ({"ssl.keystore.location": self.path("cert.pem")}, "holds no private key"),
                                ({"ssl.keystore.location": self.path("junk.pem")}, "neither PKCS12 nor PEM"),
                                ({"ssl.keystore.location": self.path("store.pem"), "ssl.truststore.location": self.path("junk.pem")},
                                 "holds no certificate"),
                                ({"ssl.keystore.location": self.path("store.pem"), "ssl.client.auth": "maybe"}, "ssl.client.auth")):
            worker = self.prepare({"listeners": "https://127.0.0.1:0", **settings}).launch()
            self.assertNotEqual(worker.await_exit(), 0)
            self.assertIn(words, worker.new_log())
            self.assertNotIn("wrong", worker.new_log())


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    os.environ.pop("LUACONNECT_REST_ALLOW_UNAUTHENTICATED", None)
    harness.main()
