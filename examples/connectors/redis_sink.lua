local lc = require "lc"

-- Sets keys in a Redis server, or any that speaks its protocol: the value's text under the record's key. All commands of a
-- batch are sent at once, and only when all were answered are they done. To try again is safe: SET says the same twice.
local sink = lc.sink {
  version = "1.0.0",
  needs = { "tcp" },
  config = {
    host = lc.config.string { doc = "Server", required = true },
    port = lc.config.int { doc = "Its port", default = 6379 },
    tls = lc.config.boolean { doc = "Whether it speaks TLS", default = false },
    password = lc.config.password { doc = "What AUTH takes, if it must", default = "" },
    prefix = lc.config.string { doc = "Goes before each key", default = "" },
  },
}

-- A command is an array of texts that say how long they are.
local function command(...)
  local parts = { "*" .. select("#", ...) .. "\r\n" }
  for _, part in ipairs { ... } do parts[#parts + 1] = "$" .. #part .. "\r\n" .. part .. "\r\n" end
  return table.concat(parts)
end

local function give_up(task, why)
  if task.socket then task.socket:close() end
  task.socket = nil
  lc.retry("Redis: " .. tostring(why))
end

local function expect_ok(task, count)
  for _ = 1, count do
    local line, problem = task.socket:read_line()
    if not line then give_up(task, problem) end
    if line ~= "+OK" then give_up(task, line) end
  end
end

local function send(task, commands)
  local sent, problem = task.socket:write(table.concat(commands))
  if not sent then give_up(task, problem) end
  expect_ok(task, #commands)
end

local function connect(task)
  local config = task.config
  local socket, problem = task.cap.tcp:connect { host = config.host, port = config.port, tls = config.tls }
  if not socket then give_up(task, problem) end
  task.socket = socket
  if config.password ~= "" then send(task, { command("AUTH", config.password) }) end
end

local function text_of(value)
  return type(value) == "string" and value or lc.json.encode(value)
end

function sink.put(task, records)
  local commands = {}
  for _, record in ipairs(records) do
    if record.key == nil then
      task:reject(record, "a record without a key has no place in Redis")
    elseif record.value == nil then
      task:reject(record, "a record without a value can't be set")
    else
      commands[#commands + 1] = command("SET", task.config.prefix .. text_of(record.key), text_of(record.value))
    end
  end
  if #commands == 0 then return end
  if not task.socket then connect(task) end
  send(task, commands)
end

function sink.stop(task)
  if task.socket then task.socket:close() end
end

return sink
