"""Database servers for tests: PostgreSQL and MariaDB, each with data and a port of its own, as a user that isn't root."""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile

import harness


def _user(*names):
    """Who runs a server: this user, or when that is root, the first of `names` that there is."""
    if os.getuid():
        return {}
    for name in names:
        try:
            known = pwd.getpwnam(name)
            return {"user": known.pw_uid, "group": known.pw_gid, "extra_groups": []}
        except KeyError:
            pass
    return {"user": 65534, "group": 65534, "extra_groups": []}


class Server:
    """A server process with a folder of its own."""

    def __init__(self, *users):
        self.account = _user(*users)
        self.dir = tempfile.mkdtemp(prefix="lcdb")
        if self.account:
            os.chown(self.dir, self.account["user"], self.account["group"])
        self.port = harness.free_port()
        self.process = None

    def run(self, *command, **named):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, cwd=self.dir,
                              env={**os.environ, "HOME": self.dir, "LC_ALL": "C"}, **named)
        if done.returncode:
            raise AssertionError("%s: %s" % (" ".join(command), done.stdout.decode("utf-8", "replace")))
        return done.stdout.decode()

    def launch(self, *command):
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.dir, stdin=subprocess.DEVNULL,
                                            env={**os.environ, "HOME": self.dir, "LC_ALL": "C"}, start_new_session=True,
                                            **self.account)

    def remove(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


class Postgres(Server):
    """PostgreSQL, with a database and a user `shop`."""

    @staticmethod
    def programs():
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        return os.path.dirname(found[-1]) if found else None

    def __init__(self):
        super().__init__("postgres", "nobody")
        self.bin = self.programs()
        self.data = os.path.join(self.dir, "data")
        with open(os.path.join(self.dir, "password"), "w", encoding="utf-8") as file:
            file.write("secret")
        os.chmod(os.path.join(self.dir, "password"), 0o644)
        self.run(os.path.join(self.bin, "initdb"), "-D", self.data, "-U", "shop", "-A", "scram-sha-256", "-E", "UTF8",
                 "--locale=C", "--no-sync", "--pwfile", os.path.join(self.dir, "password"), **self.account)
        self.start()
        self.sql("CREATE DATABASE shop", database="postgres")
        self.url = "jdbc:postgresql://127.0.0.1:%d/shop" % self.port

    def start(self):
        self.launch(os.path.join(self.bin, "postgres"), "-D", self.data, "-p", str(self.port), "-h", "127.0.0.1",
                    "-k", self.dir, "-c", "fsync=off", "-c", "log_statement=none")
        harness.wait_for("PostgreSQL", self._answers, 60)
        return self

    def _answers(self):
        try:
            return self.sql("SELECT 1", database="postgres")
        except AssertionError:
            return None

    def stop(self, how=signal.SIGINT):
        """SIGINT: at once but cleanly. SIGQUIT: as a crash."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    def restart(self, how=signal.SIGINT):
        self.stop(how)
        return self.start()

    def session(self, database="shop", **named):
        """psql that reads statements from its standard input."""
        return subprocess.Popen(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self._address(database)], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **named)

    def _address(self, database):
        return "host=127.0.0.1 port=%d user=shop password=secret dbname=%s" % (self.port, database)

    def sql(self, text, database="shop"):
        """Lines of the result, columns with a bar between."""
        return self.run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self._address(database), "-c", text).splitlines()


class MariaDB(Server):
    """MariaDB, with a database and a user `shop`."""

    @staticmethod
    def programs():
        return shutil.which("mariadbd", path=os.environ["PATH"] + ":/usr/sbin") and shutil.which("mariadb-install-db")

    def __init__(self):
        super().__init__("mysql", "nobody")
        self.data, self.socket = os.path.join(self.dir, "data"), os.path.join(self.dir, "socket")
        self.run("mariadb-install-db", "--no-defaults", "--datadir=" + self.data, "--auth-root-authentication-method=normal",
                 "--skip-test-db", "--skip-name-resolve", **self.account)
        self.start()
        self.sql("CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE USER shop@'%' IDENTIFIED BY 'secret'; "
                 "GRANT ALL ON shop.* TO shop@'%'", database="mysql")
        self.url = "jdbc:mariadb://127.0.0.1:%d/shop" % self.port

    def start(self):
        self.launch(shutil.which("mariadbd", path=os.environ["PATH"] + ":/usr/sbin"), "--no-defaults", "--datadir=" + self.data,
                    "--port=%d" % self.port, "--socket=" + self.socket, "--bind-address=127.0.0.1", "--skip-name-resolve",
                    "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=64M", "--pid-file=" + self.data + "/pid")
        harness.wait_for("MariaDB", self._answers, 60)
        return self

    def _answers(self):
        try:
            return self.sql("SELECT 1", database="mysql")
        except AssertionError:
            return None

    def stop(self, how=signal.SIGTERM):
        """SIGTERM: cleanly. SIGKILL: as a crash."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    def session(self, database="shop"):
        """A client that reads statements from its standard input."""
        return subprocess.Popen(self._client(database) + ["--unbuffered"], text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def _client(self, database):
        return ["mariadb", "--no-defaults", "-uroot", "-S", self.socket, "--default-character-set=utf8mb4", "-BN", database]

    def sql(self, text, database="shop"):
        """Lines of the result, columns with a bar between."""
        return [line.replace("\t", "|") for line in self.run(*self._client(database), "-e", text).splitlines()]
