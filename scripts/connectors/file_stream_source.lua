local lc = require "lc"

-- Reads a growing file line by line; without a file, standard input.
-- The position counts bytes (Kafka Connect counts characters and resumes wrongly after non-ASCII text).
local source = lc.source {
  aliases = { "org.apache.kafka.connect.file.FileStreamSourceConnector" },
  version = "4.1.0",
  doc = "Makes a record of each line of a file, and follows it while it grows.",
  needs = { "file" },
  exactly_once = { "file" },
  config = {
    file = lc.config.string { doc = "Source filename. If not specified, the standard input will be used", importance = "high" },
    topic = lc.config.string { doc = "The topic to publish data to", required = true, importance = "high", valid = "non-empty" },
    ["batch.size"] = lc.config.int {
      doc = "The maximum number of records the source task can read from the file each time it is polled",
      default = 2000, importance = "low" },
  },
}

function source.start(task)
  local path = task.config.file
  local saved
  if path then
    task.partition = { filename = path }
    saved = task.offsets:get(task.partition)
  end
  task.file = task.cap.file:tail(path, { position = saved and saved.position or 0 })
  task.lines = { topic = task.config.topic, partition = task.partition, schema = lc.string, room = task.config["batch.size"] }
end

function source.poll(task, out)
  if task.file:read_lines(out, task.lines) == 0 then return task.file:idle() end
end

function source.stop(task)
  if task.file then task.file:close() end
end

return source
