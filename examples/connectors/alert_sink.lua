local lc = require "lc"

-- Warns in the worker's log when a number stays beyond a limit for several records of one key.
local sink = lc.sink {
  version = "1.0.0",
  config = {
    field = lc.config.string { doc = "Field with the number", required = true },
    limit = lc.config.double { doc = "Largest value that is fine", required = true },
    times = lc.config.int { doc = "How many in a row are too many", default = 3, valid = { min = 1 } },
  },
}

function sink.start(task) task.beyond = {} end

local function check(task, record)
  local number = record.value ~= nil and tonumber(record.value[task.config.field])
  if not number then
    task:reject(record, "there is no number in the field " .. task.config.field)
    return
  end
  local key = tostring(record.key)
  local count = number > task.config.limit and (task.beyond[key] or 0) + 1 or 0
  task.beyond[key] = count
  if count == task.config.times then
    lc.log.warn("beyond the limit", "key", key, "value", number, "topic", record.topic, "offset", record.offset)
  end
end

function sink.put(task, records)
  for _, record in ipairs(records) do check(task, record) end
end

return sink
