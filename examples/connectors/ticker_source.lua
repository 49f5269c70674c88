local lc = require "lc"

local Price = lc.schema.struct("example.Price", {
  { "symbol", lc.string },
  { "price", lc.schema.decimal(2) },
  { "time", lc.timestamp },
})

-- Makes up prices: a task for some of the symbols, each with an offset of its own.
local source = lc.source {
  version = "1.0.0",
  config = {
    topic = lc.config.string { doc = "Topic to write to", required = true },
    symbols = lc.config.list { doc = "What there are prices of", default = { "ACME", "INIT" } },
    interval = lc.config.duration { doc = "Time between two rounds", default = "1s", valid = { min = 1 } },
  },
}

-- Deals the symbols out to at most `max` tasks.
function source.tasks(config, max)
  local tasks = {}
  for i, symbol in ipairs(config.symbols) do
    local at = (i - 1) % max + 1
    tasks[at] = tasks[at] or { symbols = {} }
    table.insert(tasks[at].symbols, symbol)
  end
  return tasks
end

function source.start(task)
  task.due = lc.time.now()
  task.round = {}
  for _, symbol in ipairs(task.config.symbols) do
    local saved = task.offsets:get { symbol = symbol }
    task.round[symbol] = saved and saved.round or 0
  end
end

-- Goes up and down between 90 and 110.
local function cents(symbol, round)
  return 10000 + math.floor(1000 * math.sin(round / 10 + #symbol))
end

function source.poll(task, out)
  local wait = task.due - lc.time.now()
  if wait > 0 then return lc.idle(wait) end
  task.due = task.due + task.config.interval
  for _, symbol in ipairs(task.config.symbols) do
    local round = task.round[symbol] + 1
    task.round[symbol] = round
    local record = out:add(task.config.topic, Price, { symbol = symbol }, { round = round })
    local amount = cents(symbol, round)
    record.key = symbol
    record.value.symbol = symbol
    record.value.price = ("%d.%02d"):format(math.floor(amount / 100), amount % 100)
    record.value.time = lc.time.now()
  end
end

return source
