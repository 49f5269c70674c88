local lc = require "lc"

-- Appends each record to a file as a line of JSON, with where it comes from.
local sink = lc.sink {
  version = "1.0.0",
  needs = { "file" },
  config = {
    file = lc.config.string { doc = "File to append to", required = true },
  },
}

function sink.start(task) task.out = task.cap.file:append(task.config.file) end

function sink.put(task, records)
  for _, record in ipairs(records) do
    record.value = lc.json.encode {
      topic = record.topic, partition = record.partition, offset = record.offset,
      key = record.key == nil and lc.null or lc.totable(record.key),
      value = record.value == nil and lc.null or lc.totable(record.value),
    }
  end
  task.out:write_lines(records)
end

function sink.flush(task) task.out:flush() end

function sink.stop(task) task.out:close() end

return sink
