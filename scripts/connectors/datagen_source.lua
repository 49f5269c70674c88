local lc = require "lc"

-- Generates records for trying things out: orders, users, pageviews, clickstream.
-- With a seed it makes the same records in every run; after a restart it goes on where it stopped.

local random = {} -- a small generator of its own (Lehmer): its state is one number

function random.next(r) -- 1 … 2^31-2
  r.state = r.state * 16807 % 2147483647
  return r.state
end
function random.between(r, low, high) return low + random.next(r) % (high - low + 1) end
function random.pick(r, list) return list[random.between(r, 1, #list)] end

local function struct(name, fields) return lc.schema.struct(name, fields) end

local FIRST_ORDER_TIME, FIRST_USER_TIME = 1487715775521, 1487715775521

local Address = struct("ksql.address", { { "city", lc.string }, { "state", lc.string }, { "zipcode", lc.int64 } })

local orders = {
  key = "orderid",
  schema = struct("ksql.orders", {
    { "ordertime", lc.int64 }, { "orderid", lc.int32 }, { "itemid", lc.string }, { "orderunits", lc.float64 },
    { "address", Address },
  }),
  fill = function(value, r, n)
    value.ordertime = FIRST_ORDER_TIME + n * 1000
    value.orderid = n
    value.itemid = "Item_" .. random.between(r, 1, 999)
    value.orderunits = random.between(r, 100, 9999) / 1000
    local address = lc.struct(Address)
    address.city = "City_" .. random.between(r, 1, 99)
    address.state = "State_" .. random.between(r, 1, 99)
    address.zipcode = random.between(r, 10000, 99999)
    value.address = address -- complete: a struct's fields are checked when it is put into another
  end,
}

local users = {
  key = "userid",
  schema = struct("ksql.users", {
    { "registertime", lc.int64 }, { "userid", lc.string }, { "regionid", lc.string }, { "gender", lc.string },
  }),
  fill = function(value, r)
    value.registertime = FIRST_USER_TIME + random.between(r, 0, 31536000) * 1000
    value.userid = "User_" .. random.between(r, 1, 9)
    value.regionid = "Region_" .. random.between(r, 1, 9)
    value.gender = random.pick(r, { "MALE", "FEMALE", "OTHER" })
  end,
}

local pageviews = {
  key = "viewtime",
  schema = struct("ksql.pageviews", { { "viewtime", lc.int64 }, { "userid", lc.string }, { "pageid", lc.string } }),
  fill = function(value, r, n)
    value.viewtime = 1 + n * 10
    value.userid = "User_" .. random.between(r, 1, 9)
    value.pageid = "Page_" .. random.between(r, 10, 99)
  end,
}

local requests = { "GET /index.html HTTP/1.1", "GET /images/track.png HTTP/1.1", "GET /site/login.html HTTP/1.1",
                   "GET /site/user_status.html HTTP/1.1", "GET /images/logo-small.png HTTP/1.1" }
local agents = { "Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (compatible; ExampleBot/2.1)" }

local clickstream = {
  key = "time",
  schema = struct("clickstream.events", {
    { "ip", lc.string }, { "userid", lc.int32 }, { "remote_user", lc.string }, { "time", lc.string }, { "_time", lc.int64 },
    { "request", lc.string }, { "status", lc.string }, { "bytes", lc.string }, { "referrer", lc.string }, { "agent", lc.string },
  }),
  fill = function(value, r, n)
    value.ip = ("%d.%d.%d.%d"):format(random.between(r, 1, 255), random.between(r, 0, 255), random.between(r, 0, 255),
                                      random.between(r, 1, 254))
    value.userid = random.between(r, 1, 40)
    value.remote_user = "-"
    value.time = tostring(1 + n * 10)
    value._time = 1 + n * 10
    value.request = random.pick(r, requests)
    value.status = random.pick(r, { "200", "302", "404", "405", "406", "407" })
    value.bytes = tostring(random.between(r, 278, 14096))
    value.referrer = "-"
    value.agent = random.pick(r, agents)
  end,
}

local quickstarts = { orders = orders, users = users, pageviews = pageviews, clickstream = clickstream }

local source = lc.source {
  aliases = { "io.confluent.kafka.connect.datagen.DatagenConnector", "DatagenConnector", "DatagenSource" },
  version = "4.1.0",
  doc = "Makes records up, for tests and demonstrations.",
  config = {
    ["kafka.topic"] = lc.config.string { doc = "Topic to write to", required = true, importance = "high" },
    quickstart = lc.config.choice {
      doc = "Kind of records to generate", valid = { "orders", "users", "pageviews", "clickstream" },
      default = "orders", importance = "high" },
    ["max.interval"] = lc.config.long { doc = "Longest time between two records in milliseconds; 0: as fast as possible",
                                        default = 500, importance = "high" },
    iterations = lc.config.int {
      doc = "Number of records each task generates; -1: without end", default = -1, importance = "high" },
    ["random.seed"] = lc.config.long { doc = "Seed, for the same records in every run", importance = "low" },
    ["schema.keyfield"] = lc.config.string {
      doc = "Field to use as the key; the quickstart's own when not set", importance = "high" },
  },
}

function source.tasks(config, max)
  local list = {}
  for id = 1, max do
    list[id] = {}
    for name, value in pairs(config) do list[id][name] = value end
    list[id]["task.number"] = tostring(id - 1)
  end
  return list
end

function source.start(task)
  local config = task.config
  task.kind = quickstarts[config.quickstart]
  task.partition = { ["task.id"] = task.id }
  local saved = task.offsets:get(task.partition) or {}
  task.made = saved.iteration or 0
  task.seed = saved.seed or tonumber(config["random.seed"] or lc.time.now()) % 1000003
  task.random = {}
  task.keyfield = config["schema.keyfield"] or task.kind.key
  task.limit = config.iterations
  task.next_at = 0
end

-- Each record has a seed of its own, so that its number says everything about it.
local function add(task, out)
  local kind, n = task.kind, task.made
  task.made = n + 1
  task.random.state = (task.seed * 7919 + task.id * 104729 + n * 16807) % 2147483645 + 1
  random.next(task.random)
  local record = out:add(task.config["kafka.topic"], kind.schema, task.partition, { iteration = task.made, seed = task.seed })
  kind.fill(record.value, task.random, n)
  lc.assign(record, "key", record.value, task.keyfield)
  record.key_schema = kind.schema.field[task.keyfield]
end

-- How many records may be made now, or nil and how long to wait.
local function due(task, room)
  local interval = task.config["max.interval"]
  if interval <= 0 then return room end
  local now = lc.time.now()
  if now < task.next_at then return nil, task.next_at - now end
  task.next_at = now + random.next(task.random) % interval
  return 1
end

function source.poll(task, out)
  if task.limit >= 0 and task.made >= task.limit then return lc.done() end
  task.random.state = task.random.state or 1
  local count, wait = due(task, out.room)
  if not count then return lc.idle(wait) end
  for _ = 1, count do
    if task.limit < 0 or task.made < task.limit then add(task, out) end
  end
end

return source
