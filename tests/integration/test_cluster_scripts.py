"""Scripts in a cluster: what one worker gets over REST all of them use, also those that come later."""
import os
import subprocess
import urllib.parse

import harness
import test_cluster

STAMP = """local lc = require "lc"
return lc.transform { apply = function(record)
  %s
  record.value = "v%d " .. tostring(record.value)
  return record
end }
"""

URL = "/admin/scripts/transforms/mark"


class ClusterScripts(test_cluster.Cluster):
    test_work_is_shared_and_moves = test_any_worker_answers = test_internal_requests_need_a_signature = None
    test_a_worker_that_slept_does_not_work_on = test_a_leader_that_slept_writes_nothing = None
    test_a_session_that_brokers_refuse_ends_the_worker = test_health_while_there_is_no_broker = None

    def scripted(self, name, **settings):
        os.makedirs(self.path("scripts-" + name), exist_ok=True)
        return self.ready(self.member(name, **{"plugin.path": self.path("scripts-" + name), "script.canary.records": "5", **settings}).start())

    @staticmethod
    def send(worker, number, body=""):
        return worker.call("PUT", URL, raw=(STAMP % (body, number)).encode())

    def states(self, worker):
        return {each["worker"]: (each["state"], each.get("error")) for each in worker.get(URL).body["workers"]}

    def await_all(self, worker, state, line):
        """Records come until the version is decided everywhere."""
        def decided():
            for i in range(2):
                harness.append(self.path("in%d" % i), (line + "\n") * 3)
            return {each for each, _ in self.states(worker).values()} == {state}
        harness.wait_for("all to say %s" % state, decided, every=0.3)

    def test_scripts_go_to_all_workers(self):
        first, second = self.scripted("w0"), self.scripted("w1")
        put = self.send(second, 1)
        self.assertEqual(put.status, 201, put.body)
        self.assertEqual({each["worker"]: each["state"] for each in put.body["workers"]}, {first.id: "active", second.id: "active"})
        self.assertEqual(first.get(URL).body["text"], STAMP % ("", 1))
        self.assertRegex(first.get(URL).body["latest"]["by"], "^rest ")

        # Tasks of both workers change over.
        for i in range(2):
            harness.write(self.path("in%d" % i), "a\n")
            self.await_created(first, dict(self.source("s%d" % i, file=self.path("in%d" % i), topic=self.into[i]), transforms="m",
                                           **{"transforms.m.type": "mark"}))
        self.await_spread(first, [first, second], 4)
        self.assertEqual(self.send(first, 2).status, 200)
        self.await_all(first, "active", "b")
        for i in range(2):
            harness.wait_for("version 2 in the topic", lambda: "v2 b" in "".join(self.kafka.values(self.into[i])))

        # What fails on live records is taken back, and whoever asks hears where and why.
        self.assertEqual(self.send(first, 3, "error('no luck')").status, 200)
        self.await_all(second, "rolled back", "c")
        self.assertTrue(all("no luck" in error for _, error in self.states(second).values()))
        refused = self.send(second, 4, "local x = (")
        self.assertEqual(refused.status, 400)
        self.assertEqual(self.send(first, 5, "--" + "x" * 600000).status, 400)

        # A worker that comes later has it before it runs anything; earlier texts come back everywhere.
        self.assertEqual(self.send(first, 6).status, 200)
        third = self.scripted("w2")
        self.assertEqual(third.get(URL).body["text"], STAMP % ("", 6))
        back = third.post(URL + "/rollback?version=1")
        self.assertIn(back.status, (200, 404))
        versions = {v["sha256"]: v["version"] for v in second.get(URL + "/versions").body}
        one = [v["version"] for v in second.get(URL + "/versions").body][0]
        self.assertEqual(second.post("%s/rollback?version=%d" % (URL, one)).status, 200, versions)
        for worker in (first, second, third):
            harness.wait_for("version 1 on %s" % worker.name, lambda: worker.get(URL).body["text"] == STAMP % ("", 1))
        for worker in (third, second, first):
            worker.stop()

    def test_deleted_everywhere(self):
        """What came over REST goes from all workers; one that has the script on disk goes back to that."""
        os.makedirs(self.path("scripts-w1"))
        on_disk = harness.write(self.path("scripts-w1", "mark.lua"), STAMP % ("", 0))
        first, second = self.scripted("w0"), self.scripted("w1")
        self.assertEqual(self.send(first, 1).status, 201)
        self.assertEqual(second.get(URL).body["text"], STAMP % ("", 1))
        harness.write(self.path("in0"), "a\n")
        self.await_created(first, dict(self.source("s0", file=self.path("in0"), topic=self.into[0]), transforms="m", **{"transforms.m.type": "mark"}))
        refused = second.get(URL) and first.delete(URL)
        self.assertEqual(refused.status, 409, refused.body)
        self.assertIn("used by s0", refused.body["message"])
        self.assertEqual(first.delete("/connectors/s0").status, 204)
        harness.wait_for("the task to end", lambda: not first.get(URL).body["tasks"] and not second.get(URL).body["tasks"])
        gone = first.delete(URL)
        self.assertEqual((gone.status, gone.body["left"]), (200, "nothing"), gone.body)
        self.assertEqual({each["worker"]: each["state"] for each in gone.body["workers"]}, {first.id: "removed", second.id: "removed"})
        self.assertEqual(first.get(URL).status, 404)
        self.assertEqual(second.get(URL).body["text"], STAMP % ("", 0))
        self.assertEqual(harness.read(on_disk).decode(), STAMP % ("", 0))
        first.stop()
        first = self.ready(first.start())
        self.assertEqual(first.get(URL).status, 404)
        self.assertEqual(self.send(second, 2).status, 200)
        harness.wait_for("the next one everywhere", lambda: first.get(URL).body.get("text") == STAMP % ("", 2))
        for worker in (second, first):
            worker.stop()

    def test_signed_ones_only(self):
        """Each worker verifies for itself what another one was sent."""
        def run(*words):
            return subprocess.run([harness.PROGRAM, "script", *words], check=True, stdout=subprocess.PIPE).stdout.decode().strip()

        def key(name):
            return run("sign", "--new-key", self.path(name))

        def signed(by, number):
            path = harness.write(self.path("text.lua"), STAMP % ("", number))
            run("sign", "--key", self.path(by), path)
            signature = harness.read(path + ".sig").strip()
            return STAMP % ("", number), "?signature=" + urllib.parse.quote(signature, safe="")

        def settings(*keys):
            return {"script.signature.required": "true", "script.signature.keys": ",".join(keys)}

        ours, others = key("ours"), key("others")
        first, second = self.scripted("w0", **settings(ours, others)), self.scripted("w1", **settings(ours))
        for worker in (first, second):
            refused = self.send(worker, 1)
            self.assertEqual(refused.status, 400, refused.body)
            self.assertIn("not signed", refused.body["message"])
            self.assertFalse([v for v in worker.get(URL + "/versions").body if isinstance(v, dict) and v.get("current")])
        text, query = signed("ours", 2)
        self.assertEqual(first.call("PUT", URL + query, raw=(text + "-- changed").encode()).status, 400)
        put = first.call("PUT", URL + query, raw=text.encode())
        self.assertIn(put.status, (200, 201), put.body)
        self.assertEqual({each["worker"]: each["state"] for each in put.body["workers"]}, {first.id: "active", second.id: "active"})
        self.assertEqual(second.get(URL).body["text"], text)

        # The key is one that only the asked worker trusts: the other one goes on with what it has.
        text3, query = signed("others", 3)
        put = first.call("PUT", URL + query, raw=text3.encode())
        self.assertEqual(put.status, 200, put.body)
        states = self.states(first)
        self.assertEqual((states[first.id][0], states[second.id][0]), ("active", "refused"))
        self.assertIn("none of script.signature.keys", states[second.id][1])
        self.assertEqual(second.get(URL).body["text"], text)

        # A worker that comes later, or again, verifies it as well; what was stored keeps its signature.
        text4, query = signed("ours", 4)
        self.assertEqual(second.call("PUT", URL + query, raw=text4.encode()).status, 200)
        third = self.scripted("w2", **settings(ours))
        self.assertEqual(third.get(URL).body["text"], text4)
        first.stop()
        first = self.ready(first.start())
        self.assertEqual(first.get(URL).body["text"], text4)
        for worker in (third, second, first):
            worker.stop()


if __name__ == "__main__":
    harness.main()
