local lc = require "lc"

local sink = lc.sink {
  version = "1.0.0",
  config = {
    required = lc.config.string { doc = "Field that every record must have", default = "id" },
  },
}

function sink.start(task) task.taken = 0 end

function sink.put(task, records)
  for _, record in ipairs(records) do
    if record.value == nil or not lc.has(record.value, task.config.required) then
      task:reject(record, "there is no field " .. task.config.required)
    else
      task.taken = task.taken + 1
    end
  end
end

-- Called before offsets are committed: what was put must be safe now.
function sink.flush(task) lc.log.info("records taken", "count", task.taken) end

return sink
