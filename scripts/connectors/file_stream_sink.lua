local lc = require "lc"

-- Appends every value as a line of text to a file; without a file, to standard output.
local sink = lc.sink {
  aliases = { "org.apache.kafka.connect.file.FileStreamSinkConnector" },
  version = "4.1.0",
  doc = "Appends the text of records to a file, a line each.",
  needs = { "file" },
  config = {
    file = lc.config.string {
      doc = "Destination filename. If not specified, the standard output will be used", importance = "high" },
  },
}

-- Every task appends to the same file, each the partitions that it was given.
function sink.tasks(_, max)
  local list = {}
  for i = 1, max do list[i] = {} end
  return list
end

function sink.start(task) task.file = task.cap.file:append(task.config.file) end

function sink.put(task, records) task.file:write_lines(records) end

function sink.flush(task) task.file:flush() end

function sink.stop(task)
  if task.file then task.file:close() end
end

return sink
