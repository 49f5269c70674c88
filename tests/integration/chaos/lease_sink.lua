local lc = require "lc"

-- Appends each record to a file, and with every batch which life of which task wrote it, and when.
local sink = lc.sink {
  needs = { "file" },
  config = { file = lc.config.string { required = true } },
}

function sink.start(task)
  task.life = lc.uuid.random()
  task.file = task.cap.file:append(task.config.file)
end

function sink.put(task, records)
  local now = lc.time.now()
  for _, record in ipairs(records) do
    record.value = ("%s-%d:%d %s"):format(task.life, task.id, now, record.value)
  end
  task.file:write_lines(records)
end

function sink.flush(task) task.file:flush() end
function sink.stop(task) if task.file then task.file:close() end end

return sink
