"""Topics of sources that are deleted while records flow."""
import os
import subprocess

import harness


def delete(kafka, topic):
    """Deletes a topic by Kafka's own tool."""
    subprocess.run(harness.JAVA + ["-cp", os.path.join(harness.LIBS, "*"), "org.apache.kafka.tools.TopicCommand",
                                   "--bootstrap-server", kafka.bootstrap, "--delete", "--topic", topic],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Topic(harness.Case):
    def setUp(self):
        super().setUp()
        self.kafka = harness.broker()
        self.input = self.path("in.txt")

    def lines(self, first, last):
        return ["line %d" % i for i in range(first, last)]

    def add(self, first, last):
        harness.append(self.input, "".join(line + "\n" for line in self.lines(first, last)))

    def await_values(self, topic, expected):
        harness.wait_for("%d records in %s" % (len(expected), topic),
                         lambda: self.kafka.values(topic) == expected, timeout=60, every=1)

    def test_deleted_topic_is_made_again(self):
        """What had not been acknowledged when the topic went is in the new topic, in order."""
        topic = self.topic()
        self.add(0, 100)
        worker = self.worker({}, [self.source(file=self.input, topic=topic)], kafka=self.kafka)
        self.await_values(topic, self.lines(0, 100))
        harness.wait_for("the offset", lambda: worker.offsets("source")
                         and worker.offsets("source")[0]["offset"]["position"] == os.path.getsize(self.input))
        delete(self.kafka, topic)
        self.add(100, 200)
        worker.await_log("a topic was deleted", timeout=60)
        self.add(200, 300)
        self.await_values(topic, self.lines(100, 300))
        self.assertEqual(worker.task_states("source"), ["RUNNING"])

    def test_stop_while_the_topic_is_gone(self):
        topic = self.topic()
        self.add(0, 10)
        worker = self.worker({"topic.creation.enable": "false"}, [self.source(file=self.input, topic=topic)],
                             kafka=self.kafka)
        self.await_values(topic, self.lines(0, 10))
        delete(self.kafka, topic)
        self.add(10, 20)
        worker.stop(timeout=20)


if __name__ == "__main__":
    harness.main()
