local lc = require "lc"

-- Counts in lanes, which are shared out among the tasks. Each record says its lane and number, and as a lease which life of
-- which task wrote it, and when.
local source = lc.source {
  exactly_once = {},
  config = {
    topic = lc.config.string { required = true },
    count = lc.config.int { doc = "How many lanes", required = true },
    lanes = lc.config.string { doc = "Those of a task", default = "", hidden = true },
  },
}

function source.tasks(config, max)
  local tasks = {}
  for i = 1, math.min(max, config.count) do tasks[i] = { lanes = "" } end
  for lane = 0, config.count - 1 do
    local task = tasks[lane % #tasks + 1]
    task.lanes = task.lanes .. (task.lanes == "" and "" or ",") .. lane
  end
  return tasks
end

function source.start(task)
  task.life = lc.uuid.random()
  task.next = {}
  for lane in task.config.lanes:gmatch("%d+") do
    local saved = task.offsets:get { lane = lane }
    task.next[lane] = saved and tonumber(saved.next) or 0
  end
end

function source.poll(task, out)
  task.sleeps = not task.sleeps
  if not task.sleeps or not next(task.next) then return lc.idle(60) end
  local now = lc.time.now()
  for lane, from in pairs(task.next) do
    for n = from, from + 2 do
      local record = out:add(task.config.topic, lc.string, { lane = lane }, { next = n + 1 })
      record.partition = tonumber(lane) % 3
      record.value = ("%s:%d:%s-%d:%d"):format(lane, n, task.life, task.id, now)
    end
    task.next[lane] = from + 3
  end
end

return source
