"""Sources that run exactly once (KIP-618): whatever dies, readers of committed records see each of theirs once and in order."""
import time

import harness
from test_cluster import DistributedWorker

LANES, EACH = 4, 3000
# Counts in several lanes, which are shared out among the tasks; every record says its lane and number.
COUNTER = """
local lc = require "lc"
local source = lc.source {
  exactly_once = {},
  config = { topic = lc.config.string { required = true }, lanes = lc.config.string { default = "" } },
}

function source.tasks(config, max)
  local tasks = {}
  for i = 1, math.min(max, %(lanes)d) do tasks[i] = { lanes = "" } end
  for lane = 0, %(lanes)d - 1 do
    local task = tasks[lane %% #tasks + 1]
    task.lanes = task.lanes .. (task.lanes == "" and "" or ",") .. lane
  end
  return tasks
end


function source.start(task)
  task.next = {}
  for lane in task.config.lanes:gmatch("%%d+") do
    local saved = task.offsets:get { lane = lane }
    task.next[lane] = saved and tonumber(saved.next) or 0
  end
end

function source.poll(task, out)
  local any = false
  for lane, from in pairs(task.next) do
    for n = from, math.min(from + 10, %(each)d) - 1 do
      out:add(task.config.topic, lc.string, { lane = lane }, { next = n + 1 }).value = ("%%s:%%d"):format(lane, n)
      task.next[lane], any = n + 1, true
    end
  end
  return lc.idle(any and 5 or 1000)
end

return source
""" % {"lanes": LANES, "each": EACH}
# Says itself where transactions end: behind every tenth number; of every third ten the first half is thrown away. Behind the
# last ten there are five more that no transaction ever commits.
DECIDER = """
local lc = require "lc"
local source = lc.source {
  exactly_once = {},
  transaction_boundaries = { "topic" },
  config = { topic = lc.config.string { required = true }, whole = lc.config.boolean { default = false } },
}

function source.start(task)
  local saved = task.offsets:get { c = 1 }
  task.next = saved and tonumber(saved.next) or 0
end

function source.poll(task, out)
  if task.next >= 605 then return lc.done() end
  for _ = 1, task.config.whole and 10 or 23 do
    local n = task.next
    if n >= 605 then break end
    local record = out:add(task.config.topic, lc.string, { c = 1 }, { next = n + 1 })
    record.value, task.next = tostring(n), n + 1
    if not task.config.whole and n % 10 == 9 then task.transaction:commit(record) end
    if n % 30 == 24 then task.transaction:abort(record) end
  end
  if task.config.whole and task.next % 10 == 0 then task.transaction:commit() end
end

return source
"""


class ExactlyOnce(harness.Case):
    def setUp(self):
        super().setUp()
        self.kafka = harness.broker()
        self.group, self.into = self.topic("group"), self.topic("into")
        harness.write(self.path("counter.lua"), COUNTER)

    def member(self, name, support="enabled"):
        topics = {"%s.storage.topic" % kind: "%s-%s" % (self.group, kind) for kind in ("config", "offset", "status")}
        factors = {"%s.storage.replication.factor" % kind: 1 for kind in ("config", "offset", "status")}
        worker = self.prepare({"group.id": self.group, "session.timeout.ms": 4000, "heartbeat.interval.ms": 1000,
                               "exactly.once.source.support": support, "plugin.path": self.dir, **topics, **factors},
                              kafka=self.kafka, name=name, kind=DistributedWorker)
        return self.ready(worker.start())

    def ready(self, worker):
        harness.wait_for("%s to join" % worker.name,
                         lambda: worker.get("/connectors").status == 200 and "joined the cluster" in worker.new_log())
        return worker

    def config(self, tasks, **more):
        return {"name": "c", "connector.class": "counter", "tasks.max": str(tasks), "topic": self.into,
                "exactly.once.support": "required", **more}

    def create(self, worker, config, status=201):
        def answered():
            answer = worker.post("/connectors", {"name": config["name"], "config": config})
            return answer if answer.status != 409 else None
        answer = harness.wait_for("an answer", answered)
        self.assertEqual(answer.status, status, answer.body)
        return answer

    def lanes(self):
        seen = {}
        for value in self.kafka.values(self.into):
            lane, number = value.split(":")
            seen.setdefault(lane, []).append(int(number))
        return seen

    def fenced(self):
        """How many earlier tasks were shut out, as the config topic tells it, in order."""
        return [r.value for r in self.kafka.consume(self.group + "-config") if r.key == "tasks-fencing-c"]

    def test_each_once_and_in_order(self):
        """Workers die and return, and the lanes are shared out anew, while the source counts."""
        workers = [self.member("w0"), self.member("w1")]
        self.create(workers[0], self.config(3))
        workers[0].await_state("c", "RUNNING", tasks=3)
        for victim in (0, 1):
            time.sleep(1)
            workers[victim].kill()
            self.ready(workers[victim].start())
            workers[victim].await_state("c", "RUNNING", tasks=3)
        harness.wait_for("the change", lambda: workers[0].put("/connectors/c/config", self.config(2)).status == 200)
        harness.wait_for("two tasks", lambda: workers[0].task_states("c") == ["RUNNING"] * 2, timeout=30)
        expected = {str(lane): list(range(EACH)) for lane in range(LANES)}
        harness.wait_for("all records", lambda: sum(map(len, self.lanes().values())) >= LANES * EACH, timeout=90, every=1)
        time.sleep(1)
        seen = self.lanes()
        for lane, numbers in expected.items():
            self.assertTrue(seen[lane] == numbers, "lane %s: %d records, first strange one %s" % (
                lane, len(seen[lane]), next((x for x in zip(seen[lane], numbers) if x[0] != x[1]), None)))
        self.assertEqual(self.fenced(), ['{"task-count":3}', '{"task-count":2}'])

    def test_interval_and_stop(self):
        """What an interval has gathered is committed by a stop; offsets and records stay together."""
        worker = self.member("w0")
        self.create(worker, self.config(1, **{"transaction.boundary": "interval", "transaction.boundary.interval.ms": "60000"}))
        worker.await_state("c", "RUNNING")
        time.sleep(1)
        self.assertEqual(self.lanes(), {})
        worker.put("/connectors/c/stop")
        harness.wait_for("the stop", lambda: worker.get("/connectors/c/tasks").body == [])
        harness.wait_for("the records", self.lanes)
        offsets = {o["partition"]["lane"]: o["offset"]["next"] for o in worker.offsets("c")}
        self.assertEqual({lane: len(numbers) for lane, numbers in self.lanes().items()}, offsets)

    def decided(self, worker, **more):
        config = {"name": "d", "connector.class": "decider", "tasks.max": "1", "topic": self.into,
                  "exactly.once.support": "required", "transaction.boundary": "connector", **more}
        self.create(worker, config)
        wanted = [str(n) for n in range(600) if n % 30 not in range(20, 25)]

        def seen():
            values = self.kafka.values(self.into) if self.into in self.kafka.topics() else []
            return values if len(values) >= len(wanted) else None
        return wanted, seen

    def test_boundaries_of_the_connector(self):
        """Numbers that the script threw away never appear and don't come again, whoever dies; its last five are never seen."""
        harness.write(self.path("decider.lua"), DECIDER)
        worker = self.member("w0")
        wanted, seen = self.decided(worker)
        time.sleep(0.3)
        worker.kill()
        self.ready(worker.start())
        self.assertEqual(harness.wait_for("all", seen), wanted)
        offset = harness.wait_for("the offset", lambda: worker.offsets("d"))
        self.assertEqual(offset[0]["offset"], {"next": 600})
        worker.put("/connectors/d/pause")
        worker.await_state("d", "PAUSED")
        worker.put("/connectors/d/stop")
        harness.wait_for("the stop", lambda: worker.get("/connectors/d/tasks").body == [])
        self.assertEqual(self.kafka.values(self.into), wanted)
        self.assertEqual(worker.offsets("d")[0]["offset"], {"next": 600})

    def test_boundaries_of_whole_polls(self):
        harness.write(self.path("decider.lua"), DECIDER)
        wanted, seen = self.decided(self.member("w0"), whole="true")
        self.assertEqual(harness.wait_for("all", seen), wanted)

    def test_what_can_not_be_promised_is_refused(self):
        worker = self.member("w0")
        answer = self.create(worker, {**self.source("f", topic=self.into), "exactly.once.support": "required"}, status=400)
        self.assertIn("does not support exactly-once semantics", answer.body["message"])
        answer = self.create(worker, self.config(1, **{"transaction.boundary": "connector"}), status=400)
        self.assertIn("does not support connector-defined transaction boundaries", answer.body["message"])


if __name__ == "__main__":
    harness.main()
