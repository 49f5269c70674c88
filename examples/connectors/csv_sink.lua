local lc = require "lc"

-- Appends chosen fields of every value to a file, one line of comma-separated text per record.
local sink = lc.sink {
  version = "1.0.0",
  needs = { "file" }, -- the worker says in script.grants which directories this may reach
  config = {
    file = lc.config.string { doc = "File to append to", required = true, importance = "high" },
    fields = lc.config.list { doc = "Fields to write, in this order", required = true, importance = "high" },
  },
}

-- Quotes a text that holds a comma, a quote or a line break.
local function cell(value)
  if value == nil then return "" end
  local text = tostring(value)
  if not text:find('[,"\r\n]') then return text end
  return '"' .. text:gsub('"', '""') .. '"'
end

function sink.start(task) task.file = task.cap.file:append(task.config.file) end

function sink.put(task, records)
  local fields = task.config.fields
  for _, record in ipairs(records) do
    local cells = {}
    for i, name in ipairs(fields) do cells[i] = cell(record.value[name]) end
    record.value_schema = nil
    record.value = table.concat(cells, ",") -- the record itself carries the line
  end
  task.file:write_lines(records)
end

-- Called before offsets are committed: what was put must be safe now.
function sink.flush(task) task.file:flush() end

function sink.stop(task)
  if task.file then task.file:close() end
end

return sink
