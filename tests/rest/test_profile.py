"""Where live scripts spend their time: luaconnect profile and its route."""
import json
import os
import threading
import time

import harness
import test_client

SLOW = """local lc = require "lc"

local function quick(x)
  for i = 1, 300 do x = x + i end
  return x
end

local function slow(x)
  for i = 1, 60000 do x = (x * 31 + i) %% 1000003 end -- line 9
  return x
end

return lc.transform { apply = function(record) -- line 13
  record.value.orderid = slow(quick(1)) + %d
  return record
end }
"""

HASHES = """local lc = require "lc"
local digest = lc.hash("sha256")
local text = ("x"):rep(200000)

return lc.transform { apply = function(record) -- line 5
  local hashed = digest(text, "hex") -- line 6
  record.value.itemid = hashed
  return record
end }
"""


class Profile(harness.Case):
    run_it, put_file = test_client.Client.run_it, test_client.Client.put_file

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("plugins"))
        harness.write(self.path("plugins", "slow.lua"), SLOW % 0)
        harness.write(self.path("plugins", "hashes.lua"), HASHES)
        self.rest = self.worker({"plugin.path": self.path("plugins"), "value.converter": harness.JSON})

    def make(self, name, script="slow"):
        self.create(self.rest, {
            "name": name, "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector", "kafka.topic": name,
            "quickstart": "orders", "iterations": "-1", "max.interval": "5", "transforms": "s", "transforms.s.type": script})
        self.rest.await_state(name, "RUNNING")

    def profile(self, name, query="seconds=2"):
        answer = self.rest.get("/connectors/%s/profile?%s" % (name, query))
        self.assertEqual(answer.status, 200, answer.body)
        return answer.body

    def top(self, report, line="slow.lua:9", share=0.6):
        self.assertGreater(report["samples"], 50, report)
        self.assertEqual(report["lines"][0]["line"], line, report["lines"])
        self.assertGreater(report["lines"][0]["share"], share, report["lines"])

    def test_slow_line(self):
        self.make("orders")
        for _ in range(2):
            report = self.profile("orders")
            self.top(report)
            self.assertEqual(report["lines"][0]["function"], "slow (slow.lua:8)")
            self.assertEqual(report["stacks"][0]["stack"], "apply (slow.lua:13);slow (slow.lua:8)")
            self.assertEqual(report["functions"][0]["function"], "apply (slow.lua:13)")
        shown = self.run_it("profile", "orders", "--seconds", "1")
        self.assertRegex(shown, r"SHARE +SAMPLES +LINE +IN\n *\d+\.\d % +\d+ +slow\.lua:9 +slow \(slow\.lua:8\)")
        folded = self.run_it("profile", "orders", "--seconds", "1", "--task", "0", "-o", "folded")
        self.assertRegex(folded, r"(?m)^apply \(slow\.lua:13\);slow \(slow\.lua:8\) \d+$")
        self.top(json.loads(self.run_it("profile", "orders", "-o", "json", "--seconds", "1")))
        self.run_it("profile", "nobody", status=4)
        self.run_it("profile", status=1)
        self.run_it("profile", "orders", "--task", "x", status=1)
        self.assertEqual(self.rest.get("/connectors/orders/profile?seconds=0").status, 400)

    def test_function_of_the_sdk(self):
        self.make("hashed", "hashes")
        self.top(self.profile("hashed"), "hashes.lua:6")

    def test_two_connectors_at_once(self):
        self.make("one")
        self.make("two")
        reports = {}
        threads = [threading.Thread(target=lambda n=name: reports.update({n: self.profile(n, "seconds=3")})) for name in ("one", "two")]
        for thread in threads:
            thread.start()
        time.sleep(1)
        refused = self.rest.get("/connectors/one/profile?seconds=1")
        self.assertEqual(refused.status, 409)
        self.assertIn("is being taken already", refused.body["message"])
        for thread in threads:
            thread.join()
        self.top(reports["one"])
        self.top(reports["two"])
        self.profile("one", "seconds=1")

    def test_reload(self):
        self.make("orders")
        reports = []
        thread = threading.Thread(target=lambda: reports.append(self.profile("orders", "seconds=4")))
        thread.start()
        for i in range(1, 8):
            time.sleep(0.4)
            harness.write(self.path("plugins", "slow.lua"), SLOW % i)
        thread.join()
        self.top(reports[0])
        self.assertEqual(self.rest.get("/connectors/orders/status").body["tasks"][0]["state"], "RUNNING")
        self.top(self.profile("orders"))


if __name__ == "__main__":
    harness.main()
