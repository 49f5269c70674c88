local lc = require "lc"
local http = require "http_lib"

-- Sends records to a URL, one by one or in batches. At least once: offsets are committed after the server has
-- said yes to everything before them; what it got before a crash it gets again.
local sink = lc.sink {
  aliases = { "io.aiven.kafka.connect.http.HttpSinkConnector" },
  version = "4.1.0",
  doc = "Sends records over HTTP, one by one or in batches.",
  needs = { "http" },
  config = http.with_settings {
    ["http.url"] = lc.config.string {
      doc = "URL to send to. ${topic} and ${key}, or {key}, stand for those of the record", required = true,
      importance = "high",
      validator = http.url_validator },
    ["request.method"] = lc.config.choice {
      doc = "Method of the requests", valid = { "POST", "PUT", "PATCH" }, default = "POST", importance = "medium" },
    ["http.authorization.type"] = lc.config.choice {
      doc = "How requests are authorized", valid = { "none", "oauth2", "static", "basic", "apikey" },
      default = "none", importance = "high" },
    ["http.headers.authorization"] = lc.config.password {
      doc = "Content of the header Authorization, with static", importance = "medium" },
    ["connection.user"] = lc.config.string { doc = "User, with basic", importance = "medium" },
    ["connection.password"] = lc.config.password { doc = "Password, with basic", importance = "medium" },
    ["http.headers.content.type"] = lc.config.string { doc = "Content-Type of the requests", importance = "low" },
    ["http.headers.additional"] = lc.config.list {
      doc = "Further headers, each as name:value", default = {}, importance = "low" },
    ["forward.kafka.headers"] = lc.config.boolean {
      doc = "Send headers of a record as headers of its request; not with batching", default = false, importance = "low" },
    ["idempotency.key.header"] = lc.config.string {
      doc = "Header that gets topic, partition and offset, so that the server can know what it has", importance = "low" },
    ["batching.enabled"] = lc.config.boolean {
      doc = "Send several records in one request", default = false, importance = "high" },
    ["batch.max.size"] = lc.config.int {
      doc = "Most records of a request", default = 500, valid = { min = 1, max = 1000000 }, importance = "medium" },
    ["batch.prefix"] = lc.config.string {
      doc = "Text before the first record; \\n and the like are understood", default = "", importance = "high" },
    ["batch.separator"] = lc.config.string { doc = "Text between records; a line end by default", importance = "high" },
    ["batch.suffix"] = lc.config.string { doc = "Text after the last record; a line end by default", importance = "high" },
    ["max.in.flight.requests"] = lc.config.int {
      doc = "Requests at once. With more than 1 the server may see records in another order", default = 1,
      valid = { min = 1, max = 64 },
      importance = "medium" },
    ["http.timeout"] = lc.config.int {
      doc = "Seconds until a request is given up", default = 30, valid = { min = 1 }, importance = "low" },
    ["http.connect.timeout.ms"] = lc.config.int {
      doc = "Milliseconds until connecting is given up", default = 10000, valid = { min = 1 }, importance = "low" },
    ["max.retries"] = lc.config.int {
      doc = "Times that a request is tried again", default = 1, valid = { min = 0 }, importance = "medium" },
    ["retry.backoff.ms"] = lc.config.int {
      doc = "Wait before that", default = 3000, valid = { min = 0 }, importance = "medium" },
    ["retry.backoff.policy"] = lc.config.choice {
      doc = "Whether the wait stays or doubles each time", valid = { "CONSTANT_VALUE", "EXPONENTIAL_WITH_JITTER" },
      default = "CONSTANT_VALUE", importance = "low" },
    ["kafka.retry.backoff.ms"] = lc.config.long {
      doc = "When set, a task whose retries are used up doesn't fail: the batch is delivered again, without end",
      importance = "medium" },
    ["retry.on.status.codes"] = lc.config.string {
      doc = "Statuses after which a request is tried again", default = "408,425,429,500-599", importance = "medium" },
    ["fail.on.status.codes"] = lc.config.string {
      doc = "Statuses that fail the task. Others from 400 fail the record, see errors.tolerance",
      default = "300-399,401,403,404,405,407",
      importance = "medium" },
    ["behavior.on.null.values"] = lc.config.choice {
      doc = "What becomes of a record without a value: fail it, ignore it, or send DELETE without a body",
      valid = { "fail", "ignore", "delete" }, default = "fail", importance = "low" },
    ["decimal.format"] = lc.config.string { doc = "Has no effect: JSON has decimals as numbers", importance = "low" },
  },
}

-- Longer waits would cost the consumer its membership in the group, see max.poll.interval.ms.
local LONGEST_WAIT = 60000

local escapes = { n = "\n", r = "\r", t = "\t", ["\\"] = "\\" }
local function unescape(text) return (text:gsub("\\(.)", escapes)) end

local function authorization(config)
  local kind = config["http.authorization.type"]
  local options = { oauth2 = kind == "oauth2" }
  if kind == "static" or kind == "apikey" then options.authorization = config["http.headers.authorization"] end
  if kind == "basic" then options.user, options.password = config["connection.user"] or "", config["connection.password"] end
  if options.oauth2 and not config["oauth2.access.token.url"] then
    lc.raise("ConfigException", "oauth2 needs oauth2.access.token.url, oauth2.client.id and oauth2.client.secret")
  end
  if kind == "static" and not options.authorization then
    lc.raise("ConfigException", "http.authorization.type=static needs http.headers.authorization")
  end
  return options
end

function sink.start(task)
  local config = task.config
  local options = authorization(config)
  options.timeout_ms, options.connect_ms = config["http.timeout"] * 1000, config["http.connect.timeout.ms"]
  task.client = http.client(task.cap.http, task, options)
  task.headers = http.headers(config["http.headers.additional"])
  task.headers["Content-Type"] = config["http.headers.content.type"]
  task.is_retried = http.status_codes(config["retry.on.status.codes"])
  task.is_fatal = http.status_codes(config["fail.on.status.codes"])
  task.prefix = unescape(config["batch.prefix"])
  task.separator = unescape(config["batch.separator"] or "\n")
  task.suffix = unescape(config["batch.suffix"] or "\n")
  task.batch_size = config["batching.enabled"] and config["batch.max.size"] or 1
  task.taken = {}
  task.exponential = config["retry.backoff.policy"] == "EXPONENTIAL_WITH_JITTER"
  if config["decimal.format"] then lc.log.info("decimal.format has no effect: JSON has decimals as numbers") end
end

function sink.check(task)
  sink.start(task)
  local url = task.config["http.url"]:gsub("%$?{%w+}", "")
  return task.client:probe(url, "http.url", "http.authorization.type")
end

local as_json = { map = true, struct = true, array = true }

local function body_of(record)
  local kind = lc.type(record, "value")
  if kind == "string" or kind == "bytes" then return record.value end
  if as_json[kind] then return lc.json.write(record, "value") end
  return lc.text(record, "value")
end

local function url_of(task, record)
  local url = task.config["http.url"]
  if not url:find("{", 1, true) then return url end
  local key = record.key ~= nil and lc.url.encode(lc.text(record, "key")) or ""
  local names = { key = key, topic = lc.url.encode(record.topic) }
  return (url:gsub("%$?{(%w+)}", names))
end

-- What goes into one request: { url =, method =, records =, bodies = }.
local function unit_for(task, record)
  local unit = { url = url_of(task, record), method = task.config["request.method"], records = { record }, bodies = {} }
  if record.value ~= nil then
    unit.bodies[1] = body_of(record)
    return unit
  end
  local behavior = task.config["behavior.on.null.values"]
  if behavior == "fail" then task:reject(record, "Record value must not be null") end
  if behavior ~= "delete" then return nil end
  unit.method = "DELETE"
  return unit
end

local function fits(task, unit, other)
  return unit and unit.method == other.method and unit.url == other.url and #unit.records < task.batch_size
    and unit.method ~= "DELETE"
end

-- What the server took of a batch that is delivered again isn't sent again.
local function place_of(record) return record.topic .. "\0" .. record.partition .. "\0" .. tostring(record.offset) end

local function remember(task, unit)
  if not task.config["kafka.retry.backoff.ms"] then return end
  for _, record in ipairs(unit.records) do task.taken[place_of(record)] = true end
end

local function units_of(task, records)
  local units, again = {}, next(task.taken) ~= nil
  for _, record in ipairs(records) do
    local unit = not (again and task.taken[place_of(record)]) and unit_for(task, record) or nil
    local last = units[#units]
    if unit and fits(task, last, unit) then
      last.records[#last.records + 1], last.bodies[#last.bodies + 1] = record, unit.bodies[1]
    elseif unit then
      units[#units + 1] = unit
    end
  end
  return units
end

local function request_of(task, unit)
  local config, first = task.config, unit.records[1]
  local request = { url = unit.url, method = unit.method, headers = {} }
  for name, value in pairs(task.headers) do request.headers[name] = value end
  if config["idempotency.key.header"] then
    local key = first.topic .. "-" .. first.partition .. "-" .. tostring(first.offset)
    if #unit.records > 1 then key = key .. "-" .. #unit.records end
    request.headers[config["idempotency.key.header"]] = key
  end
  if config["forward.kafka.headers"] and task.batch_size == 1 then
    for _, header in ipairs(first.headers) do
      if header.value ~= nil then request.headers[header.name] = lc.text(header, "value"):gsub("%c", " ") end
    end
  end
  if unit.method ~= "DELETE" then
    request.body = unit.bodies[1]
    if config["batching.enabled"] then
      request.body = task.prefix .. table.concat(unit.bodies, task.separator) .. task.suffix
    end
  end
  if task.client.hooks.request then request = task.client.hooks.request(request, unit.records, config) or request end
  return request
end

-- "ok", "retry", "reject" or "fail", and why.
local function verdict(task, unit, answer, problem)
  if not answer then
    return (http.is_lasting(problem) and "fail") or "retry", problem.message
  end
  local hook = task.client.hooks.response
  if hook then
    local said, why = hook(answer, unit.records, task.config)
    if said then return said, why or http.shown(answer) end
  end
  if answer.status < 300 then return "ok" end
  if task.is_retried(answer.status) then return "retry", http.shown(answer) end
  if task.is_fatal(answer.status) then return "fail", http.shown(answer) end
  return "reject", http.shown(answer)
end

local function give_up(task, unit, why)
  local message = "Sending to " .. unit.url:gsub("%?.*", "") .. " failed: " .. why
  if task:stopping() or task.config["kafka.retry.backoff.ms"] then
    task:sleep(task.config["kafka.retry.backoff.ms"] or 0)
    lc.retry(message)
  end
  lc.raise("ConnectException", message .. "; no retries remain")
end

-- Sends units until each is done. Those that the server refused are returned, with why.
local function send_all(task, units)
  local refused, config = {}, task.config
  for attempt = 1, config["max.retries"] + 2 do
    local requests, again, wait = {}, {}, 0
    for i, unit in ipairs(units) do requests[i] = request_of(task, unit) end
    local answers, problems = task.client:send(requests)
    for i, unit in ipairs(units) do
      local what, why = verdict(task, unit, answers[i], problems[i])
      if what == "fail" then
        lc.raise("ConnectException", "Sending to " .. unit.url:gsub("%?.*", "") .. " failed: " .. why)
      elseif what == "reject" then
        refused[#refused + 1] = unit
        unit.why = why
      elseif what == "retry" then
        again[#again + 1] = unit
        unit.why = why
        local pause = http.backoff(attempt, config["retry.backoff.ms"], task.exponential, answers[i])
        wait = math.max(wait, math.min(pause, LONGEST_WAIT))
      elseif what == "ok" then
        remember(task, unit)
      else
        error("the hook response must return nothing, ok, retry, reject or fail", 0)
      end
    end
    if #again == 0 then break end
    if attempt > config["max.retries"] then give_up(task, again[1], again[1].why) end
    lc.log.warn("a request is tried again", "why", again[1].why, "in_ms", math.floor(wait))
    if not task:sleep(wait) then give_up(task, again[1], again[1].why) end
    units = again
  end
  return refused
end

local deliver

-- A batch that was refused is sent record by record, so that only the bad ones fail.
local function isolate(task, unit)
  if #unit.records == 1 then return task:reject(unit.records[1], unit.why) end
  local single = {}
  for i, record in ipairs(unit.records) do
    single[i] = { url = unit.url, method = unit.method, records = { record }, bodies = { unit.bodies[i] } }
  end
  deliver(task, single)
end

function deliver(task, units)
  local window = task.config["max.in.flight.requests"]
  for from = 1, #units, window do
    local part = {}
    for i = from, math.min(from + window - 1, #units) do part[#part + 1] = units[i] end
    for _, unit in ipairs(send_all(task, part)) do isolate(task, unit) end
  end
end

function sink.put(task, records)
  deliver(task, units_of(task, records))
  if next(task.taken) then task.taken = {} end
end

return sink
