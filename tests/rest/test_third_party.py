"""A client for Kafka Connect that others made, unchanged: kafka-connect-py, its library and its program."""
import json
import os
import subprocess
import sys
import unittest

import harness

VERSION = "kafka-connect-py==1.0.0"
FOLDER = os.path.join(harness.BUILD, "tests", "third-party")
PYTHON = os.path.join(FOLDER, "bin", "python")

SESSION = """
import json, sys
from kafka_connect import KafkaConnect
client = KafkaConnect(url=sys.argv[1], auth=sys.argv[2])
name, config = "others", json.loads(sys.argv[3])
said = {"info": client.get_cluster_info()}
created = client.create_connector({"name": name, "config": config})
said["created"] = created
said["updated"] = client.update_connector(name, dict(config, topic="changed"))
said["connector"] = client.get_connector(name)
said["config"] = client.get_connector_config(name)
said["listed"] = client.list_connectors()
said["expanded"] = client.list_connectors(expand="status")
said["matched"] = client.list_connectors(expand="status", pattern="oth.*")
client.pause_connector(name); client.resume_connector(name); client.restart_connector(name)
client.restart_connector(name, include_tasks=True, only_failed=True)
client.restart_connector_task(name, 0)
said["tasks"] = client.list_connector_tasks(name)
said["task"] = client.get_connector_task_status(name, 0)
said["topics"] = client.list_connector_topics(name)
client.reset_connector_topics(name)
said["plugins"] = client.list_connector_plugins()
said["valid"] = client.validate_connector_config("FileStreamSource", config)
client.stop_connector(name)
said["status"] = client.get_connector_status(name)
client.delete_all_connectors(pattern="oth.*")
said["left"] = client.list_connectors()
print(json.dumps(said))
"""


def install():
    """Into a folder of its own; tests are skipped where no package can be fetched."""
    if os.path.exists(os.path.join(FOLDER, "bin", "kafka-connect")):
        return
    done = subprocess.run([sys.executable, "-m", "venv", FOLDER], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if not done.returncode:
        done = subprocess.run([PYTHON, "-m", "pip", "install", "-q", VERSION], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise unittest.SkipTest("%s can't be installed: %s" % (VERSION, done.stdout.decode()[-300:]))


class ThirdParty(harness.Case):
    @classmethod
    def setUpClass(cls):
        install()

    def setUp(self):
        super().setUp()
        users = self.path("users")
        subprocess.run([harness.PROGRAM, "passwd", users, "pat", "--role", "admin"], input=b"some password\n", check=True)
        self.guarded = self.prepare({"rest.users.file": users}).launch()
        self.guarded.url = harness.wait_for("the worker", self.guarded._address)  # pylint: disable=protected-access

    def test_library(self):
        config = self.source("others", file="/nonexistent", topic="t")
        del config["name"]
        done = subprocess.run([PYTHON, "-c", SESSION, self.guarded.url, "pat:some password", json.dumps(config)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        said = json.loads(done.stdout)
        self.assertEqual(said["created"]["config"]["topic"], "t")
        self.assertEqual(said["config"]["topic"], "changed")
        self.assertEqual((list(said["listed"]), list(said["expanded"]), list(said["matched"]), list(said["left"])),
                         (["others"], ["others"], ["others"], []))
        self.assertEqual(said["tasks"][0]["id"], {"connector": "others", "task": 0})
        self.assertEqual(said["task"]["id"], 0)
        self.assertEqual(said["topics"], {"others": {"topics": []}})
        self.assertEqual(said["valid"]["error_count"], 1)  # it has no name
        self.assertEqual(said["status"]["connector"]["state"], "STOPPED")

    def test_program(self):
        program = os.path.join(FOLDER, "bin", "kafka-connect")
        done = subprocess.run([program, "--url", self.guarded.url, "--auth", "pat:some password", "list-plugins"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertIn("FileStreamSource", done.stdout.decode())


if __name__ == "__main__":
    harness.main()
