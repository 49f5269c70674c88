local lc = require "lc"

local Beat = lc.schema.struct("example.Heartbeat", {
  { "source", lc.string },
  { "number", lc.int64 },
  { "time", lc.timestamp },
})

-- Writes a numbered record at a steady pace. The offset is the number, so a restart goes on counting where it
-- stopped and no number is missing.
local source = lc.source {
  version = "1.0.0",
  config = {
    topic = lc.config.string { doc = "Topic to write to", required = true, importance = "high" },
    interval = lc.config.duration { doc = "Time between two heartbeats", default = "1s" },
    limit = lc.config.long { doc = "Number of heartbeats; 0: without end", default = 0 },
  },
}

function source.start(task)
  task.partition = { connector = task.connector }
  local saved = task.offsets:get(task.partition)
  task.number = saved and saved.number or 0
  task.due = lc.time.now()
end

function source.poll(task, out)
  local config = task.config
  if config.limit > 0 and task.number >= config.limit then return lc.done() end
  local wait = task.due - lc.time.now()
  if wait > 0 then return lc.idle(wait) end

  task.number = task.number + 1
  task.due = task.due + config.interval
  local record = out:add(config.topic, Beat, task.partition, { number = task.number })
  record.key = task.connector
  record.value.source = task.connector
  record.value.number = task.number
  record.value.time = lc.time.now()
end

return source
