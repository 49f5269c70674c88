"""The programs of these tests: our converter, Java's, a registry; each spoken to in lines of JSON."""
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request

import harness

HERE = os.path.dirname(os.path.abspath(__file__))
LIBS = os.environ.get("LC_REGISTRY_LIBS", "")
PROBE = os.path.join(harness.BUILD, "tests", "integration", "registry_probe")


class Lines:
    """A program that answers each line with a line."""

    def __init__(self, command):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)

    def ask(self, **line):
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            self.log.seek(0)
            raise AssertionError("no answer to %s: %s" % (line, self.log.read()[-2000:].decode(errors="replace")))
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
        self.log.close()


def ours(url, converter="AvroConverter", role=None, **settings):
    """Our converter; settings with _ for dots."""
    pairs = ["%s=%s" % (key.replace("_", "."), value) for key, value in settings.items()]
    return Lines([PROBE, converter, "schema.registry.url=" + url] + pairs + (["role=key"] if role == "key" else []))


def java_available():
    return bool(LIBS) and os.path.isdir(os.path.join(LIBS, "registry"))


def compiled(folder, peer="Peer"):
    """The class path of Peer.java (or another), compiled into `folder`."""
    subprocess.run(["javac", "-cp", os.path.join(LIBS, "*"), "-d", folder, os.path.join(HERE, peer + ".java")], check=True)
    return folder + os.pathsep + os.path.join(LIBS, "*")


def java(class_path, peer="Peer", **settings):
    pairs = ["%s=%s" % (key.replace("_", "."), value) for key, value in settings.items()]
    return Lines(harness.JAVA + ["-cp", class_path, peer] + pairs)


class Registry:
    """Apicurio in memory."""

    def __init__(self, folder):
        self.port = harness.free_port()
        root = os.path.join(LIBS, "registry")
        jar = next(name for name in os.listdir(root) if name.endswith("-runner.jar"))
        self.log = open(os.path.join(folder, "registry.log"), "wb")
        command = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dquarkus.http.host=127.0.0.1",
                   "-Dquarkus.http.port=%d" % self.port, "-jar", os.path.join(root, jar)]
        self.process = subprocess.Popen(command, cwd=root, stdout=self.log, stderr=self.log)
        self.base = "http://127.0.0.1:%d" % self.port
        self.url = self.base + "/apis/ccompat/v7"
        harness.wait_for("the registry", self.answers, timeout=90, every=0.2)

    def answers(self):
        try:
            return self.call("GET", "/subjects") is not None
        except OSError:
            return False

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data, 20) as answer:
            return json.loads(answer.read() or b"null")

    def register(self, subject, schema, **more):
        return self.call("POST", "/subjects/%s/versions" % subject, {"schema": json.dumps(schema, separators=(",", ":")), **more})["id"]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
