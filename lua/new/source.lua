local lc = require "lc"

local source = lc.source {
  version = "1.0.0",
  config = {
    topic = lc.config.string { doc = "Topic to write to", required = true },
    count = lc.config.int { doc = "How many records there are", default = 3, valid = { min = 0 } },
  },
}

function source.start(task)
  task.partition = { name = task.connector } -- where records come from
  local saved = task.offsets:get(task.partition) -- how far it was before
  task.number = saved and saved.number or 0
end

function source.poll(task, out)
  while out.room > 0 and task.number < task.config.count do
    task.number = task.number + 1
    local record = out:add(task.config.topic, nil, task.partition, { number = task.number })
    record.key = task.connector
    record.value = { number = task.number }
  end
  if out.count == 0 then return lc.done() end
end

return source
