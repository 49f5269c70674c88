"""Bad input gets a message that says what to do, the right state over REST, and no crash. No broker is needed."""
import os
import re
import subprocess
import time
import unittest

import harness


class BadInput(harness.Case):
    def refused(self, settings=(), connectors=(), status=2, arguments=None):
        """Runs a worker that can't start; what it said."""
        worker = self.prepare(settings, connectors)
        if arguments is not None:
            worker.command = lambda: [harness.PROGRAM, *arguments]
        worker.launch()
        self.assertEqual(worker.await_exit(20), status, worker.new_log())
        return worker.new_log()

    def assertSays(self, text, *parts):
        for part in parts:
            self.assertIn(part, text)

    # The worker's own settings and files.

    def test_no_properties_file(self):
        text = self.refused(arguments=["standalone", self.path("none.properties")])
        self.assertSays(text, "none.properties", "No such file")

    def test_properties_file_is_a_directory(self):
        self.assertSays(self.refused(arguments=["standalone", self.dir]), self.dir, "directory")

    def test_usage(self):
        for arguments in ["standalone"], ["stand-alone"], []:
            text = self.refused(arguments=arguments, status=1)
            self.assertSays(text, "luaconnect --help")

    def test_help_of_a_command(self):
        told = {word: subprocess.run([harness.PROGRAM, *word.split()], capture_output=True, text=True, timeout=60)
                for word in ("get --help", "help describe", "restart NAME -h")}
        self.assertEqual({run.returncode for run in told.values()}, {0})
        self.assertIn("luaconnect get connectors", told["get --help"].stdout)
        self.assertEqual(told["get --help"].stdout, told["help describe"].stdout)
        self.assertIn("luaconnect restart NAME [TASK", told["restart NAME -h"].stdout)

    def test_malformed_property(self):
        text = self.refused({"offset.flush.interval.ms": "ten"})
        self.assertSays(text, "Invalid value ten for configuration offset.flush.interval.ms: Not a number of type LONG")
        path = harness.write(self.path("bad.properties"), "key.converter=a\\u00zz\n")
        self.assertSays(self.refused(arguments=["standalone", path]), "bad.properties", "\\u")

    def test_missing_property(self):
        text = self.refused({"key.converter": None})
        self.assertSays(text, 'Missing required configuration "key.converter" which has no default value.')

    def test_misspelt_property_is_told(self):
        worker = self.worker({"offset.flush.intervall.ms": "1000"})
        self.assertSays(worker.new_log(), "offset.flush.intervall.ms", "offset.flush.interval.ms")

    def test_unknown_converter(self):
        text = self.refused({"value.converter": "org.example.NoConverter"}, [self.source(file="/dev/null", topic="t")])
        self.assertSays(text, "Invalid value org.example.NoConverter for configuration value.converter")

    def test_bad_listener(self):
        self.assertSays(self.refused({"listeners": "ftp://x:1"}, status=3), "listeners", "http")
        worker = self.worker()
        text = self.refused({"listeners": worker.url}, status=3)
        self.assertSays(text, "Address already in use", "listeners")

    def test_offset_file_with_other_content(self):
        """The worker stops, and the file is as it was."""
        for content in b"garbage", b"\xac\xed\x00\x05", b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap\x05\x07", b"x" * 100000:
            path = harness.write(self.path("offsets"), content)
            text = self.refused()
            self.assertSays(text, path, "is not an offset file of Kafka Connect", "offset.storage.file.filename")
            self.assertEqual(harness.read(path), content)

    def test_offset_file_without_a_name(self):
        self.assertSays(self.refused({"offset.storage.file.filename": ""}), "offset.storage.file.filename is empty")

    def test_offset_file_in_a_missing_directory(self):
        """Nothing could ever be committed: the worker says so at once."""
        text = self.refused({"offset.storage.file.filename": self.path("no", "offsets")})
        self.assertSays(text, "no/offsets", "No such file or directory", "offset.storage.file.filename")

    def test_empty_offset_file(self):
        """Java reads an empty file as no offsets, and so do we."""
        harness.write(self.path("offsets"), "")
        self.worker(connectors=[self.source(file=harness.write(self.path("in.txt"), "a\n"), topic="t")])

    # Connectors given on the command line.

    def test_connector_file_missing(self):
        text = self.refused(connectors=[self.path("none.json")], status=3)
        self.assertSays(text, "none.json", "No such file")

    def test_connector_file_broken(self):
        text = self.refused(connectors=[harness.write(self.path("c.json"), '{"name": "x", ')], status=3)
        self.assertSays(text, "c.json", "JSON")

    def test_connector_without_name_or_class(self):
        text = self.refused(connectors=[harness.write(self.path("c.properties"), "connector.class=FileStreamSource\n")],
                            status=3)
        self.assertSays(text, "c.properties", '"name"')
        text = self.refused(connectors=[harness.write(self.path("c.properties"), "name=x\n")], status=3)
        self.assertSays(text, "connector.class")

    def test_unknown_class(self):
        source = dict(self.source(topic="t"), **{"connector.class": "FileStramSource"})
        text = self.refused(connectors=[source], status=3)
        self.assertSays(text, "Failed to find any class that implements Connector and which name matches FileStramSource",
                        "FileStreamSource")

    # Connectors of a running worker.

    def test_invalid_connectors_over_rest(self):
        worker = self.worker()
        cases = [
            ({"connector.class": "Nothing"}, "Failed to find any class that implements Connector"),
            ({"connector.class": "FileStreamSource"}, 'Missing required configuration "topic"'),
            ({"connector.class": "FileStreamSource", "topic": "t", "batch.size": "many"}, "Not a number of type INT"),
            ({"connector.class": "FileStreamSink"}, "Must configure one of topics or topics.regex"),
            ({"connector.class": "FileStreamSink", "topics": "a", "topics.regex": "b"}, "mutually exclusive"),
            ({"connector.class": "FileStreamSink", "topics.regex": "["}, "Invalid regex"),
            ({"connector.class": "FileStreamSink", "topics": "a", "tasks.max": "0"}, "Value must be at least 1"),
            ({"connector.class": "FileStreamSink", "topics": "a", "transforms": "x"}, "transforms.x.type"),
            ({"connector.class": "FileStreamSink", "topics": "a", "transforms": "x", "transforms.x.type": "No"},
             "Class No could not be found."),
            ({"connector.class": "FileStreamSink", "topics": "a", "errors.tolerance": "some"}, "errors.tolerance"),
        ]
        for number, (config, part) in enumerate(cases):
            name = "c%d" % number
            answer = worker.post("/connectors", {"name": name, "config": config})
            self.assertEqual((answer.status, answer.body["error_code"]), (400, 400), answer.body)
            self.assertIn(part, answer.body["message"])
            self.assertEqual(worker.get("/connectors/%s/status" % name).status, 404)
        self.assertEqual(worker.get("/connectors").body, [])

    def failed(self, worker, config, *parts):
        """A connector whose task fails; all else goes on."""
        self.create(worker, config)
        worker.await_state(config["name"], "FAILED")
        status = worker.status(config["name"])
        self.assertEqual(status["connector"]["state"], "RUNNING")
        self.assertSays(status["tasks"][0]["trace"], *parts)
        worker.check_alive()

    def test_missing_source_file_is_awaited(self):
        """As in Java: the task runs, says that the file is missing, and reads it once it is there."""
        worker = self.worker()
        self.create(worker, self.source(file=self.path("later.txt"), topic="t"))
        self.create(worker, self.sink(file=self.path("out.txt"), topics="t"))
        worker.await_state("source", "RUNNING")
        worker.await_log("later.txt")
        harness.write(self.path("later.txt"), "here I am\n")
        self.await_lines(self.path("out.txt"), 1, 10, worker)
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["here I am"])

    def test_source_file_is_a_directory(self):
        self.failed(self.worker(), self.source(file=self.dir, topic="t"), self.dir, "directory", "readable file")

    @unittest.skipIf(os.geteuid() == 0, "root may read every file")
    def test_source_file_unreadable(self):
        os.chmod(harness.write(self.path("in.txt"), "a\n"), 0)
        self.failed(self.worker(), self.source(file=self.path("in.txt"), topic="t"), "in.txt", "Permission denied")

    def test_sink_file_in_a_missing_directory(self):
        self.failed(self.worker(), self.sink(file=self.path("no", "out.txt"), topics="t"), "no/out.txt",
                    "No such file or directory", "Check its directory and rights")

    def test_sink_on_a_full_disk(self):
        """/dev/full answers every write with ENOSPC."""
        worker = self.worker()
        self.create(worker, self.source(file=harness.write(self.path("in.txt"), "a\nb\n"), topic="t"))
        self.failed(worker, self.sink(file="/dev/full", topics="t"), "/dev/full", "No space left on device",
                    "Free some space and restart the task")
        self.assertEqual(worker.task_states("source"), ["RUNNING"])

    @unittest.skipIf(os.geteuid() != 0, "mounting needs root")
    def test_small_disk(self):
        """A real file system that fills up: what was written stays whole, and after making room all arrives once."""
        disk = self.path("disk")
        os.mkdir(disk)
        if subprocess.call(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], stderr=subprocess.DEVNULL):
            self.skipTest("mounting is not allowed here")
        self.addCleanup(subprocess.call, ["umount", "-l", disk])
        out, lines = os.path.join(disk, "out.txt"), ["%06d %s" % (i, "x" * 93) for i in range(4000)]
        harness.write(os.path.join(disk, "ballast"), b"\0" * 100 * 1024)
        harness.write(self.path("in.txt"), "".join(line + "\n" for line in lines))
        worker = self.worker({"offset.flush.interval.ms": 100})
        sink = self.sink(file=out, topics="t")
        self.create(worker, self.source(file=self.path("in.txt"), topic="t"))
        self.create(worker, sink)
        worker.await_state(sink["name"], "FAILED")
        self.assertIn("No space left on device", worker.trace(sink["name"]))
        kept = harness.read(out)
        self.assertTrue(kept.endswith(b"\n"))
        self.assertEqual(kept.decode().splitlines(), lines[:kept.count(b"\n")])
        self.assertEqual(subprocess.call(["mount", "-o", "remount,size=2m", disk]), 0)
        self.assertEqual(worker.post("/connectors/%s/tasks/0/restart" % sink["name"]).status, 204)
        harness.wait_for("the last line", lambda: harness.read(out).endswith((lines[-1] + "\n").encode()))
        got = harness.lines_of(out)
        self.assertEqual(sorted(set(got)), lines)
        self.assertLess(len(got) - len(lines), len(lines))

    def test_offset_file_whose_directory_goes(self):
        """Offsets can't be written any more: told in the log, and the data goes on."""
        os.mkdir(self.path("place"))
        source = harness.write(self.path("in.txt"), "")
        worker = self.worker({"offset.storage.file.filename": self.path("place", "offsets"), "offset.flush.interval.ms": 100},
                             [self.source(file=source, topic="t"), self.sink(file=self.path("out.txt"), topics="t")])
        os.rmdir(self.path("place"))
        harness.append(source, "a\n")
        self.await_lines(self.path("out.txt"), 1, 20, worker)
        worker.await_log("offsets could not be committed")

    # Scripts.

    def test_broken_script_in_plugin_path(self):
        """Told with the line; the others work, and whoever asks for it hears why."""
        plugins = self.path("plugins")
        os.makedirs(plugins)
        harness.write(os.path.join(plugins, "broken.lua"), 'local lc = require "lc"\nreturn lc.transform {\n  apply = = 1\n}\n')
        harness.write(os.path.join(plugins, "raises.lua"), 'error("at home")\n')
        harness.write(os.path.join(plugins, "nothing.lua"), "return 1\n")
        harness.write(os.path.join(plugins, "binary.lua"), b"\x1bLJ\x02\x00")
        harness.write(os.path.join(plugins, "endless.lua"), "while true do end\n")
        harness.write(os.path.join(plugins, "fine.lua"), 'local lc = require "lc"\nreturn lc.transform { apply = '
                      'function(record) record.value = record.value .. "!" return record end }\n')
        worker = self.worker({"plugin.path": plugins + "," + self.path("missing")})
        for part in "broken.lua:3", "raises.lua:1", "nothing.lua", "binary.lua", "endless.lua", self.path("missing"):
            self.assertIn(part, worker.new_log())
        config = self.sink(file=self.path("out.txt"), topics="t", transforms="x", transforms__x__type="broken")
        answer = worker.post("/connectors", {"name": config["name"], "config": config})
        self.assertEqual(answer.status, 400)
        self.assertIn("broken.lua:3", answer.body["message"])
        self.create(worker, dict(config, **{"transforms.x.type": "fine"}))
        self.create(worker, self.source(file=harness.write(self.path("in.txt"), "a\n"), topic="t"))
        self.await_lines(self.path("out.txt"), 1, 10, worker)
        self.assertEqual(harness.lines_of(self.path("out.txt")), ["a!"])

    def test_script_that_fails_in_a_hook(self):
        plugins = self.path("plugins")
        os.makedirs(plugins)
        for hook, body in ("start", 'error("no start")'), ("poll", "local a = nil; return a.b"), ("endless", ""):
            text = 'local lc = require "lc"\nlocal s = lc.source { poll = function() %s end }\n' % (
                "while true do end" if hook == "endless" else "return lc.idle(1000)" if hook == "start" else body)
            if hook == "start":
                text += "function s.start() %s end\n" % body
            harness.write(os.path.join(plugins, "bad_%s.lua" % hook), text + "return s\n")
        worker = self.worker({"plugin.path": plugins, "script.timeout.ms": 300})
        self.failed(worker, {"name": "a", "connector.class": "bad_start"}, "no start", "bad_start.lua:3")
        self.failed(worker, {"name": "b", "connector.class": "bad_poll"}, "bad_poll.lua:2", "nil value")
        self.failed(worker, {"name": "c", "connector.class": "bad_endless"}, "script.timeout.ms",
                    "bad_endless.lua:2")
        self.assertEqual(worker.stop(), 0)

    # Kafka.

    def test_unreachable_broker(self):
        """Said at once with what to check; the worker keeps trying, answers REST, and stops when asked."""
        address = "127.0.0.1:%d" % harness.free_port()
        worker = self.worker({"bootstrap.servers": address},
                             [self.source(file=harness.write(self.path("in.txt"), "a\n"), topic="t"),
                              self.sink("matching", file=self.path("out.txt"), topics__regex="t.*")])
        worker.await_log(re.escape(address), 10)
        worker.await_log("check bootstrap.servers", 10)
        self.assertEqual(worker.status("source")["connector"]["state"], "RUNNING")
        self.assertIsNone(worker.get("/").body["kafka_cluster_id"])
        worker.await_log("topics.regex are not known yet", 10 * harness.SCALE)
        self.assertEqual(worker.task_states("matching"), ["RUNNING"])
        began = time.monotonic()
        self.assertEqual(worker.stop(), 0)
        self.assertLess(time.monotonic() - began, 7 * harness.SCALE)
        log = worker.new_log()
        self.assertNotIn("task failed", log)
        self.assertNotIn("stuck", log)


class BadTopics(harness.Case):
    """Topics that can't be made; a real broker refuses them."""

    def test_creation_left_to_the_broker(self):
        """With topic.creation.enable=false the broker makes the topic its own way, or doesn't."""
        kafka, topic = harness.broker(), self.topic()
        source = self.source(file=harness.write(self.path("in.txt"), "a\nb\n"), topic=topic,
                             topic__creation__default__partitions=3, topic__creation__default__replication__factor=1)
        worker = self.worker({"topic.creation.enable": "false"}, [source], kafka=kafka)
        harness.wait_for("records", lambda: topic in kafka.topics() and kafka.values(topic) == ["a", "b"])
        self.assertNotIn("created topic", worker.new_log())

    def failed(self, topic, *parts, **settings):
        kafka = harness.broker()
        source = self.source(file=harness.write(self.path("in.txt"), "a\n"), topic=topic, **settings)
        worker = self.worker(connectors=[source], kafka=kafka)
        worker.await_state("source", "FAILED")
        trace = worker.trace("source")
        for part in ("Task failed to create new topic", topic, "restart the task", *parts):
            self.assertIn(part, trace)
        self.assertEqual(worker.offsets("source"), [])
        self.assertEqual(worker.stop(), 0)

    def test_invalid_name(self):
        self.failed("no/slashes", topic__creation__default__replication__factor=1, topic__creation__default__partitions=1)

    def test_too_many_replicas(self):
        self.failed(self.topic(), "eplication", topic__creation__default__replication__factor=5,
                    topic__creation__default__partitions=1)

    def test_invalid_setting(self):
        self.failed(self.topic(), "retention.ms", topic__creation__default__replication__factor=1,
                    topic__creation__default__partitions=1, topic__creation__default__retention__ms="soon")

    def test_created_as_asked(self):
        kafka, topic = harness.broker(), self.topic()
        source = self.source(
            file=harness.write(self.path("in.txt"), "a\n"), topic=topic, topic__creation__groups="three",
            topic__creation__default__replication__factor=1, topic__creation__default__partitions=1,
            topic__creation__three__include=topic.replace(".", "\\.") + ".*", topic__creation__three__partitions=3)
        self.worker(connectors=[source], kafka=kafka)
        harness.wait_for("the topic", lambda: kafka.topics().get(topic) == 3)


if __name__ == "__main__":
    harness.main()
