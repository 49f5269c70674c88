"""Who may use the REST API: users with passwords and tokens, roles, patterns of connectors; Kafka Connect's basic authentication."""
import base64
import os
import subprocess
import time

import harness
import http_raw

EXTENSION = "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension"


def passwd(*arguments, text=""):
    return subprocess.run([harness.PROGRAM, "passwd", *arguments], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False)


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(("%s:%s" % (name, password)).encode()).decode()}


def bearer(token):
    return {"Authorization": "Bearer " + token}


class Passwd(harness.Case):
    def test_file(self):
        path = self.path("users")
        self.assertEqual(passwd(path, "ann", "--role", "admin", text="correct horse\n").returncode, 0)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        made = passwd(path, "ci", "--role", "operate", "--connectors", "a-*,b", "--token")
        token = made.stdout.decode().strip()
        lines = harness.lines_of(path)
        self.assertRegex(lines[0], r"^ann:\$argon2id\$v=19\$m=65536,t=2,p=1\$[^:]+:admin$")
        self.assertRegex(lines[1], r"^ci:token\$[0-9a-f]{64}:operate:a-\*,b$")
        self.assertNotIn(token, lines[1])
        self.assertEqual(len(token), 46)
        self.assertEqual(passwd(path, "ann", text="another one\n").returncode, 0)  # replaces the password
        self.assertEqual([line.split(":")[0] for line in harness.lines_of(path)], ["ci", "ann"])
        passwd(path, "ann", "--token")  # a name may have both
        self.assertEqual(len(harness.lines_of(path)), 3)
        self.assertEqual(passwd(path, "ann", "--remove").returncode, 0)
        self.assertEqual([line.split(":")[0] for line in harness.lines_of(path)], ["ci"])

    def test_wrong_orders(self):
        path = self.path("users")
        for arguments in ((), (path,), (path, "a:b"), (path, "a", "--role", "king"), (path, "a", "--what"), (path, "a", "b")):
            self.assertEqual(passwd(*arguments, text="long enough\n").returncode, 1, arguments)
        self.assertEqual(passwd(path, "a", text="short\n").returncode, 2)
        self.assertEqual(passwd(path, "a", text="").returncode, 2)
        self.assertEqual(passwd(path, "a", "--remove").returncode, 2)
        self.assertEqual(passwd(self.path("no", "users"), "a", text="long enough\n").returncode, 2)
        self.assertFalse(os.path.exists(path))


class Users(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.passwords = {"ann": "correct horse", "olga": "operates 7", "vic": "only looks", "lim": "limited to a"}

    def setUp(self):
        super().setUp()
        self.users = self.path("users")
        for name, role, more in (("ann", "admin", ()), ("olga", "operate", ()), ("vic", "view", ()),
                                 ("lim", "admin", ("--connectors", "a-*,böb"))):
            done = passwd(self.users, name, "--role", role, *more, text=self.passwords[name] + "\n")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.token = passwd(self.users, "ann", "--role", "admin", "--token").stdout.decode().strip()
        self.worker_ = self.launch()

    def launch(self, **settings):
        worker = self.prepare(dict({"rest.users.file": self.users}, **settings)).launch()
        worker.url = harness.wait_for("the worker", worker._address)  # pylint: disable=protected-access
        return worker

    def call(self, who, method, path, body=None):
        headers = bearer(self.token) if who == "token" else basic(who, self.passwords[who]) if who else {}
        return self.worker_.call(method, path, body, headers=headers)

    def test_everybody_has_to_log_in(self):
        for path in ("/", "/connectors", "/connectors/x", "/connector-plugins", "/admin/loggers", "/metrics", "/openapi.json"):
            got = self.worker_.get(path)
            self.assertEqual((got.status, got.body["error_code"]), (401, 401), path)
            self.assertIn("Basic realm", got.headers["WWW-Authenticate"])
            self.assertEqual(self.call("vic", "GET", path).status, 404 if path.endswith("/x") else 200, path)
        self.assertEqual(self.worker_.get("/health").status, 200)
        self.assertEqual(self.worker_.put("/connectors/x/pause").status, 401)
        self.assertEqual(self.call("token", "GET", "/").status, 200)

    def test_roles(self):
        config = self.source("r", file="/nonexistent", topic="t")
        self.assertEqual(self.call("ann", "PUT", "/connectors/r/config", config).status, 201)
        wanted = (("GET", "/connectors/r/config", None, "view"),
                  ("PUT", "/connector-plugins/FileStreamSource/config/validate", config, "view"),
                  ("PUT", "/connectors/r/pause", None, "operate"), ("PUT", "/connectors/r/resume", None, "operate"),
                  ("POST", "/connectors/r/restart", None, "operate"), ("PUT", "/connectors/r/topics/reset", None, "operate"),
                  ("PUT", "/connectors/r/stop", None, "operate"), ("GET", "/connectors/r/dlq", None, "operate"), ("DELETE", "/connectors/r/offsets", None, "admin"),
                  ("PATCH", "/connectors/r/config", {"topic": "u"}, "admin"), ("PUT", "/admin/loggers/root", {"level": "INFO"}, "admin"),
                  ("PUT", "/connectors/r/config", config, "admin"), ("POST", "/connectors", {"name": "q", "config": config}, "admin"),
                  ("DELETE", "/connectors/r", None, "admin"))
        ranks = ["view", "operate", "admin"]
        for method, path, body, role in wanted:
            for rank, who in enumerate(("vic", "olga")):
                got = self.call(who, method, path, body)
                if rank < ranks.index(role):
                    self.assertEqual(got.status, 403, (who, method, path))
                    self.assertIn(role, got.body["message"])
                else:
                    self.assertNotIn(got.status, (401, 403), (who, method, path, got.body))
            self.assertNotIn(self.call("token", method, path, body).status, (401, 403), path)
        self.worker_.await_log('user=olga')

    def test_connectors_of_a_user(self):
        config = {"connector.class": "FileStreamSource", "topic": "t", "file": "/nonexistent"}
        for name in ("a-1", "b-1"):
            self.assertEqual(self.call("ann", "PUT", "/connectors/%s/config" % name, config).status, 201)
        self.assertEqual(self.call("lim", "GET", "/connectors").body, ["a-1"])
        self.assertEqual(list(self.call("lim", "GET", "/connectors?expand=status").body), ["a-1"])
        self.assertEqual(list(self.call("lim", "GET", "/connectors?expand=info&state=RUNNING").body), ["a-1"])
        self.assertEqual(self.call("lim", "GET", "/connectors/a-1/status").status, 200)
        for method, path, body in (("GET", "/connectors/b-1", None), ("GET", "/connectors/b-1/tasks/0/status", None),
                                   ("DELETE", "/connectors/b-1", None), ("PUT", "/connectors/b-2/config", config),
                                   ("GET", "/connectors/%62-1/config", None), ("POST", "/connectors", {"name": " b-3", "config": config}),
                                   ("GET", "/metrics", None), ("GET", "/admin/loggers", None), ("PUT", "/admin/loggers/x", {"level": "INFO"})):
            self.assertEqual(self.call("lim", method, path, body).status, 403, (method, path))
        self.assertEqual(self.call("lim", "POST", "/connectors", {"name": "a-2", "config": config}).status, 201)
        self.assertEqual(self.call("lim", "PUT", "/connectors/b%C3%B6b/config", config).status, 201)
        self.assertEqual(self.call("ann", "GET", "/connectors").body, ["a-1", "a-2", "b-1", "böb"])

    def test_wrong_credentials(self):
        address = ("127.0.0.1", int(self.worker_.url.rsplit(":", 1)[1]))
        wrong = [basic("ann", "wrong"), basic("nobody", "x"), basic("ann", ""), {"Authorization": "Basic"}, {"Authorization": "Basic ####"},
                 {"Authorization": "Basic " + "QQ" * 3000}, {"Authorization": "Basic " + base64.b64encode(b"no colon").decode()},
                 bearer("lct0"), {"Authorization": "Digest x"}]
        for headers in wrong:
            raw = http_raw.exchange(address, http_raw.request("GET", "/connectors", headers))
            self.assertEqual(http_raw.status(raw), 401, headers)
        self.assertEqual(self.call("ann", "GET", "/connectors").status, 200)
        self.assertEqual(self.worker_.call("GET", "/", headers=bearer("lctx")).status, 401)
        slowed = self.worker_.call("GET", "/", headers=basic("ann", "guess"))
        self.assertEqual((slowed.status, slowed.headers["Retry-After"]), (429, "60"))
        self.assertNotIn("correct horse", self.worker_.new_log())

    def test_a_right_password_is_remembered(self):
        self.call("ann", "GET", "/")
        began = time.monotonic()
        for _ in range(50):
            self.assertEqual(self.call("ann", "GET", "/").status, 200)
        self.assertLess(time.monotonic() - began, 2 * harness.SCALE)

    def test_changed_file(self):
        self.assertEqual(self.call("vic", "GET", "/").status, 200)
        time.sleep(1.1)
        passwd(self.users, "vic", "--remove")
        harness.wait_for("vic to be gone", lambda: self.call("vic", "GET", "/").status == 401 or time.sleep(1.1))
        good = harness.read(self.users)
        harness.write(self.users, "nonsense\n")
        time.sleep(1.1)
        self.assertEqual(self.call("ann", "GET", "/").status, 200)  # those before stay
        self.worker_.await_log("the changed users can't be read")
        harness.write(self.users, good)


class Refused(harness.Case):
    def test_files_that_can_not_be_used(self):
        for text, problem in ((None, "No such file"), ("", "no users"), ("ann:secret:admin\n", "users:1: the second field"),
                              ("# ok\nann:$argon2id$x:king\n", "users:2: the third field"), (":$argon2id$x:admin", "a name is missing"),
                              ("ann:$argon2id$x:admin:", "names no connectors")):
            path = self.path("users")
            if text is not None:
                harness.write(path, text)
            worker = self.prepare({"rest.users.file": path}, name="w%d" % len(self.workers)).launch()
            self.assertNotEqual(worker.await_exit(), 0)
            self.assertIn(problem, worker.new_log())


class Extension(harness.Case):
    """Kafka Connect's own: a login configuration in Java's form, passwords in a properties file."""

    def login(self, text=None):
        harness.write(self.path("users.properties"), "fred=p\\u0061ss word\nmaria=x\\:y\n")
        return harness.write(self.path("jaas.conf"), text or """
            // for the clients
            KafkaClient { org.example.Other required; };
            KafkaConnect {
                org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required
                file="%s";
            };""" % self.path("users.properties"))

    def launch(self, settings, env=None):
        worker = self.prepare(dict({"rest.extension.classes": EXTENSION}, **settings), env=env).launch()
        worker.url = harness.wait_for("the worker", worker._address)  # pylint: disable=protected-access
        return worker

    def test_as_kafka_connect(self):
        worker = self.launch({}, env={"KAFKA_OPTS": "-Xmx1g -Djava.security.auth.login.config=%s -Da=b" % self.login()})
        for headers in ({}, basic("fred", "pass"), basic("nobody", "pass word"), {"Authorization": "Bearer pass word"}):
            got = worker.call("GET", "/connectors", headers=headers)
            self.assertEqual((got.status, got.body), (401, "User cannot access the resource."), headers)
        self.assertEqual(worker.get("/health").status, 401)
        for pair in (("fred", "pass word"), ("maria", "x:y")):
            self.assertEqual(worker.call("GET", "/connectors", headers=basic(*pair)).status, 200)
        config = self.source("x", file="/nonexistent", topic="t")
        self.assertEqual(worker.call("PUT", "/connectors/x/config", config, headers=basic("fred", "pass word")).status, 201)
        self.assertNotEqual(worker.post("/connectors/x/tasks", []).status, 401)  # between workers: signatures count there

    def test_by_setting(self):
        worker = self.launch({"java.security.auth.login.config": self.login()})
        self.assertEqual(worker.call("GET", "/", headers=basic("fred", "pass word")).status, 200)

    def test_refused(self):
        path = self.path("jaas.conf")
        for settings, text, problem in (
                ({"rest.extension.classes": "org.example.Mine"}, None, "can't be loaded"),
                ({}, None, "needs a login configuration"),
                ({"java.security.auth.login.config": path}, "KafkaClient { a.B required; };", "is missing"),
                ({"java.security.auth.login.config": path}, "KafkaConnect { a.B required; };", "has another module"),
                ({"java.security.auth.login.config": path}, "KafkaConnect { a.PropertyFileLoginModule required; };", "names no file"),
                ({"java.security.auth.login.config": path}, 'KafkaConnect { a.PropertyFileLoginModule required file="/x"; a.B required; };',
                 "several modules"),
                ({"java.security.auth.login.config": path}, None, "users.properties"),
                ({"java.security.auth.login.config": path, "rest.users.file": "/x"}, None, "exclude each other")):
            self.login(text)
            if problem == "users.properties":
                os.remove(self.path("users.properties"))
            worker = self.prepare(dict({"rest.extension.classes": EXTENSION}, **settings), name="w%d" % len(self.workers)).launch()
            self.assertNotEqual(worker.await_exit(), 0)
            self.assertIn(problem, worker.new_log())


if __name__ == "__main__":
    harness.main()
