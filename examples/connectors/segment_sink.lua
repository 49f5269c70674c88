local lc = require "lc"

-- Writes every batch as a file of its own, each record exactly once whatever dies. A file is named after the offset
-- that its batch begins at and says in its first line where the next one begins, so the files of a partition are a
-- chain, and its end is where reading goes on. A file is made whole or not at all, and never twice: a task that was
-- replaced while it slept finds that its file is there, and ends.
local sink = lc.sink {
  version = "1.0.0",
  needs = { "file" }, -- the worker says in script.grants which directories this may reach
  config = {
    directory = lc.config.string { doc = "Existing directory for the files", required = true, importance = "high" },
  },
}

local function name_of(task, at, offset)
  return ("%s/%s-%d-%020d.txt"):format(task.config.directory, at.topic, at.partition, offset)
end

-- Kafka's offset is that of some file of the chain, since it is committed between batches: later ones follow from it.
function sink.open(task, partitions)
  for _, at in ipairs(partitions) do
    while at.offset >= 0 do
      local text = task.cap.file:read(name_of(task, at, at.offset))
      if not text then break end
      at.offset = tonumber(text:match("^next (%d+)\n"))
    end
  end
  return partitions -- from now on `put` gets ranges
end

function sink.put(task, records, ranges)
  local lines = {}
  for _, record in ipairs(records) do
    local place = record.original_topic .. "/" .. record.original_partition -- transforms may have changed the others
    lines[place] = lines[place] or {}
    table.insert(lines[place], tostring(record.value) .. "\n")
  end
  for _, range in ipairs(ranges) do
    local text = table.concat(lines[range.topic .. "/" .. range.partition] or {})
    local name = name_of(task, range, range.first)
    if not task.cap.file:create(name, ("next %d\n%s"):format(range.next, text)) then
      error(name .. " was written by another task")
    end
  end
end

return sink
