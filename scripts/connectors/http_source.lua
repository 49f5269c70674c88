local lc = require "lc"
local http = require "http_lib"

-- Asks an API again and again and makes records of the JSON it answers. At least once: after a restart it asks from
-- the last offset that Kafka has.
local source = lc.source {
  aliases = { "com.github.castorm.kafka.connect.http.HttpSourceConnector" },
  version = "4.1.0",
  doc = "Polls a JSON API over HTTP and makes records of its answers, page by page.",
  needs = { "http" },
  config = http.with_settings {
    ["kafka.topic"] = lc.config.string {
      doc = "Topic to write to", required = true, importance = "high", valid = "non-empty" },
    ["http.timer.interval.millis"] = lc.config.long {
      doc = "Wait between two rounds", default = 60000, importance = "medium" },
    ["http.timer.catchup.interval.millis"] = lc.config.long {
      doc = "Wait while records that come are older than the interval", default = 30000, importance = "medium" },
    ["http.request.url"] = lc.config.string {
      doc = "URL to ask; ${offset.NAME} stands for what the last record left", required = true, importance = "high",
      validator = http.url_validator },
    ["http.request.method"] = lc.config.string { doc = "Method of the requests", default = "GET", importance = "medium" },
    ["http.request.headers"] = lc.config.string {
      doc = "Headers, as Name: Value with commas between them; a template", default = "", importance = "medium" },
    ["http.request.params"] = lc.config.string {
      doc = "Query, as name=value with & between them; a template", default = "", importance = "medium" },
    ["http.request.body"] = lc.config.string {
      doc = "Body of the requests; a template", default = "", importance = "medium" },
    ["http.offset.initial"] = lc.config.string {
      doc = "First offset, as name=value with commas between them", default = "", importance = "high" },
    ["http.auth.type"] = lc.config.choice {
      doc = "How requests are authorized", valid = { "None", "Basic", "Static", "OAuth2" }, default = "None",
      importance = "medium" },
    ["http.auth.user"] = lc.config.string { doc = "User, with Basic", default = "", importance = "medium" },
    ["http.auth.password"] = lc.config.password { doc = "Password, with Basic", importance = "medium" },
    ["http.auth.header"] = lc.config.password {
      doc = "Content of the header Authorization, with Static", importance = "medium" },
    ["http.client.connection.timeout.millis"] = lc.config.long {
      doc = "Time until connecting is given up", default = 2000, valid = { min = 1 }, importance = "low" },
    ["http.client.read.timeout.millis"] = lc.config.long {
      doc = "Time until an answer is given up after that", default = 2000, valid = { min = 1 }, importance = "low" },
    ["http.client.connection.ttl.millis"] = lc.config.long {
      doc = "Has no effect: connections are kept while the server keeps them", importance = "low" },
    ["http.client.proxy.host"] = lc.config.string { doc = "Proxy", default = "", importance = "low" },
    ["http.client.proxy.port"] = lc.config.int { doc = "Its port", default = 3128, importance = "low" },
    ["http.client.proxy.username"] = lc.config.string { doc = "User at the proxy", default = "", importance = "low" },
    ["http.client.proxy.password"] = lc.config.password { doc = "Password at the proxy", importance = "low" },
    ["http.response.policy.codes.process"] = lc.config.string {
      doc = "Statuses of answers that are read", default = "200..299", importance = "medium" },
    ["http.response.policy.codes.skip"] = lc.config.string {
      doc = "Statuses of answers that are passed over", default = "300..399", importance = "medium" },
    ["http.response.policy.codes.retry"] = lc.config.string {
      doc = "Statuses after which the request is made again, later each time; all others fail the task",
      default = "408,425,429,500..599", importance = "medium" },
    ["http.response.list.pointer"] = lc.config.string {
      doc = "JSON pointer to the array of records, or to one record", default = "/", importance = "high" },
    ["http.response.record.pointer"] = lc.config.string {
      doc = "JSON pointer to what becomes the value, within a record", default = "/", importance = "high" },
    ["http.response.record.offset.pointer"] = lc.config.string {
      doc = "What of a record goes into the offset, as name=/pointer with commas; key and timestamp are the record's, too",
      default = "", importance = "high" },
    ["http.response.record.timestamp.parser"] = lc.config.string {
      doc = "How timestamps are read: milliseconds and ISO 8601 whatever this says, others by the pattern",
      importance = "low" },
    ["http.response.record.timestamp.parser.pattern"] = lc.config.string {
      doc = "Pattern of timestamps that are neither milliseconds nor ISO 8601", importance = "low" },
    ["http.response.record.timestamp.parser.zone"] = lc.config.string {
      doc = "Has no effect: timestamps without a zone are in UTC", importance = "low" },
    ["http.response.list.order.direction"] = lc.config.choice {
      doc = "Order of the records in an answer; IMPLICIT goes by their timestamps", valid = { "ASC", "DESC", "IMPLICIT" },
      default = "IMPLICIT", importance = "medium" },
    ["http.record.filter.factory"] = lc.config.string {
      doc = "Which records were seen already: OffsetRecordFilterFactory goes by timestamp and offset, "
        .. "OffsetTimestampRecordFilterFactory by timestamp, PassthroughRecordFilterFactory takes all",
      default = "com.github.castorm.kafka.connect.http.record.OffsetRecordFilterFactory", importance = "medium" },
    ["http.response.record.mapper"] = lc.config.string {
      doc = "What records look like: SchemedKvSourceRecordMapper makes structs, StringKvSourceRecordMapper texts, json "
        .. "the JSON itself",
      default = "com.github.castorm.kafka.connect.http.record.SchemedKvSourceRecordMapper", importance = "medium" },
    ["http.record.schema.key.property.name"] = lc.config.string {
      doc = "Field of the key", default = "key", importance = "low" },
    ["http.record.schema.value.property.name"] = lc.config.string {
      doc = "Field of the value", default = "value", importance = "low" },
    ["http.pagination"] = lc.config.choice {
      doc = "How further pages are asked for: by the header Link, by a cursor in the answer, or by the number of a page or "
        .. "record",
      valid = { "none", "link", "cursor", "page", "offset" }, default = "none", importance = "high" },
    ["http.pagination.param"] = lc.config.string {
      doc = "Query parameter that gets cursor, page or offset", default = "page", importance = "medium" },
    ["http.pagination.pointer"] = lc.config.string {
      doc = "JSON pointer to the next cursor, which may be a URL", default = "/next", importance = "medium" },
    ["http.pagination.first"] = lc.config.long {
      doc = "Number of the first page or record", default = 0, importance = "low" },
    ["http.pagination.restart"] = lc.config.boolean {
      doc = "Begin each round at the first page; false: go on where the last one ended", default = true,
      importance = "medium" },
  },
}

-- "a=1, b=2"
local function pairs_of(text, separator)
  local list = {}
  for part in text:gmatch("[^" .. separator .. "]+") do
    local name, value = part:match("^%s*([^=]-)%s*=%s*(.-)%s*$")
    if name then list[#list + 1] = { name, value } end
  end
  return list
end

-- Time.

local function from_iso(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)-(%d%d)-(%d%d)(.*)$")
  if not year then return nil end
  local hour, minute, second, zone = rest:match("^[T ](%d%d):(%d%d):?([%d.]*)(.*)$")
  if not hour and rest ~= "" then return nil end
  local ms = http.utc(tonumber(year), tonumber(month), tonumber(day), tonumber(hour or 0), tonumber(minute or 0),
    tonumber(second ~= "" and second or 0) or 0)
  local sign, hours, minutes = (zone or ""):match("^([+-])(%d%d):?(%d*)$")
  if sign then ms = ms - (sign == "+" and 1 or -1) * (tonumber(hours) * 60 + (tonumber(minutes) or 0)) * 60000 end
  return math.floor(ms)
end

local function to_iso(ms)
  local days = math.floor(ms / 86400000)
  local rest = ms - days * 86400000
  local z = days + 719468
  local era = math.floor(z / 146097)
  local of_era = z - era * 146097
  local leap_days = math.floor(of_era / 1460) - math.floor(of_era / 36524) + math.floor(of_era / 146096)
  local of_year = math.floor((of_era - leap_days) / 365)
  local day_of_year = of_era - (365 * of_year + math.floor(of_year / 4) - math.floor(of_year / 100))
  local mp = math.floor((5 * day_of_year + 2) / 153)
  local month = mp + (mp < 10 and 3 or -9)
  local year = of_year + era * 400 + (month <= 2 and 1 or 0)
  local text = ("%04d-%02d-%02dT%02d:%02d:%02d"):format(year, month, day_of_year - math.floor((153 * mp + 2) / 5) + 1,
    math.floor(rest / 3600000), math.floor(rest / 60000) % 60, math.floor(rest / 1000) % 60)
  local fraction = rest % 1000
  return text .. (fraction > 0 and (".%03d"):format(fraction) or "") .. "Z"
end

local function timestamp_of(task, text)
  if not text then return nil end
  local ms = text:find("^-?%d+$") and tonumber(text) or from_iso(text)
  if not ms and task.format then ms = tonumber(task.format:parse(text)) end
  if not ms then lc.raise("DataException", "The timestamp " .. text .. " can't be read") end
  return ms
end

-- Templates: ${offset.name}, ${name}, ${offset.timestamp?datetime.iso?long}, ${offset.name!'default'}.

local function expand(text, offset)
  return (text:gsub("%${%s*(.-)%s*}", function(expression)
    local name, rest = expression:gsub("^offset%.", ""):match("^([%w_-]+)(.*)$")
    if not name then lc.raise("ConfigException", "The template ${" .. expression .. "} can't be read") end
    local value = offset[name]
    if value == nil then value = rest:match("^!['\"]?([^'\"?]*)['\"]?") end
    if value == nil then
      lc.raise("ConfigException", "The template needs the offset " .. name .. ": give it in http.offset.initial")
    end
    if rest:find("?long", 1, true) then value = ("%.0f"):format(from_iso(value) or tonumber(value) or 0) end
    if rest:find("?url", 1, true) then value = lc.url.encode(value) end
    return value
  end))
end

-- JSON pointers: the holder and the field, or nil.

local function steps_of(pointer)
  local steps = {}
  for step in pointer:gmatch("/([^/]+)") do steps[#steps + 1] = (step:gsub("~1", "/"):gsub("~0", "~")) end
  return steps
end

local function find(holder, field, steps)
  for _, step in ipairs(steps) do
    local kind = lc.type(holder, field)
    if kind == "array" then step = (tonumber(step) or -1) + 1
    elseif kind ~= "map" then return nil end
    holder, field = holder[field], step
    if not lc.has(holder, field) then return nil end
  end
  return holder, field
end

local is_container = { map = true, array = true, struct = true }

local function text_at(holder, field, steps)
  local where, name = find(holder, field, steps)
  local kind = where and lc.type(where, name)
  if not kind or kind == "null" then return nil end
  return is_container[kind] and lc.json.write(where, name) or lc.text(where, name)
end

-- The task.

local function authorization(config)
  local kind, options = config["http.auth.type"], {}
  if kind == "Basic" then options.user, options.password = config["http.auth.user"], config["http.auth.password"] end
  if kind == "Static" then options.authorization = config["http.auth.header"] end
  if kind == "OAuth2" then
    options.oauth2 = true
    if not config["oauth2.access.token.url"] then lc.raise("ConfigException", "OAuth2 needs oauth2.access.token.url") end
  end
  return options
end

local function open_client(task, capability)
  local config = task.config
  local options = authorization(config)
  options.connect_ms = tonumber(config["http.client.connection.timeout.millis"])
  options.timeout_ms = options.connect_ms + tonumber(config["http.client.read.timeout.millis"])
  if config["http.client.proxy.host"] ~= "" then
    options.proxy = "http://" .. config["http.client.proxy.host"] .. ":" .. config["http.client.proxy.port"]
    options.proxy_user = config["http.client.proxy.username"] ~= "" and config["http.client.proxy.username"] or nil
    options.proxy_password = config["http.client.proxy.password"]
  end
  return http.client(capability, task, options)
end

local function make_schemas(task)
  local config = task.config
  local key, value = config["http.record.schema.key.property.name"], config["http.record.schema.value.property.name"]
  local text = lc.schema.optional(lc.string)
  task.key_field, task.value_field = key, value
  task.key_schema = lc.schema.struct("com.github.castorm.kafka.connect.http.Key", { { key, text } })
  task.value_schema = lc.schema.struct("com.github.castorm.kafka.connect.http.Value", {
    { value, lc.string }, { key, text }, { "timestamp", lc.schema.optional(lc.int64) } })
end

local unused = { "http.client.connection.ttl.millis", "http.response.record.timestamp.parser.zone" }

function source.start(task)
  local config = task.config
  task.client = open_client(task, task.cap.http)
  task.partition = {}
  task.offset = task.offsets:get(task.partition)
  if not task.offset then
    task.offset = {}
    for _, pair in ipairs(pairs_of(config["http.offset.initial"], ",")) do task.offset[pair[1]] = pair[2] end
  end
  task.page, task.skip = task.offset.page, tonumber(task.offset.index) or 0
  task.is_read = http.status_codes(config["http.response.policy.codes.process"])
  task.is_skipped = http.status_codes(config["http.response.policy.codes.skip"])
  task.is_retried = http.status_codes(config["http.response.policy.codes.retry"])
  task.list, task.record = steps_of(config["http.response.list.pointer"]), steps_of(config["http.response.record.pointer"])
  task.pointers = pairs_of(config["http.response.record.offset.pointer"], ",")
  for _, pair in ipairs(task.pointers) do pair[2] = steps_of(pair[2]) end
  task.next_pointer = steps_of(config["http.pagination.pointer"])
  local pattern = config["http.response.record.timestamp.parser.pattern"]
  if pattern then task.format = lc.time.format(pattern:gsub("[%[%]]", "")) end
  make_schemas(task)
  task.due, task.failures, task.pending, task.at = 0, 0, {}, 1
  for _, name in ipairs(unused) do
    if config[name] then lc.log.info("a setting has no effect", "setting", name) end
  end
end

function source.check(task)
  source.start(task)
  local url = task.config["http.request.url"]:gsub("%${[^}]*}", "")
  return task.client:probe(url, "http.request.url", "http.auth.type")
end

-- Requests.

local function add_query(url, query)
  if query == "" then return url end
  return url .. (url:find("?", 1, true) and "&" or "?") .. query
end

local function query_of(task)
  local parts = {}
  for _, pair in ipairs(pairs_of(expand(task.config["http.request.params"], task.offset), "&")) do
    parts[#parts + 1] = pair[1] .. "=" .. lc.url.encode(lc.url.decode(pair[2]))
  end
  return table.concat(parts, "&")
end

local function is_url(text) return text:find("^https?://") ~= nil end

local function request_of(task)
  local config, mode, page = task.config, task.config["http.pagination"], task.page
  if not page and (mode == "page" or mode == "offset") then page = ("%.0f"):format(tonumber(config["http.pagination.first"])) end
  task.page = page
  local request = { method = config["http.request.method"], headers = {} }
  if page and is_url(page) then
    request.url = page
  else
    request.url = add_query(expand(config["http.request.url"], task.offset), query_of(task))
    if page and mode ~= "none" then
      request.url = add_query(request.url, config["http.pagination.param"] .. "=" .. lc.url.encode(page))
    end
  end
  request.headers = http.headers { "Accept: application/json" }
  for text in expand(config["http.request.headers"], task.offset):gmatch("[^,]+") do
    for name, value in pairs(http.headers { text }) do request.headers[name] = value end
  end
  local body = expand(config["http.request.body"], task.offset)
  if body ~= "" then request.body = body end
  local hook = task.client.hooks.request
  return hook and hook(request, task.offset, config) or request
end

-- Tries later: the task doesn't fail for what may pass.
local function later(task, why, answer)
  task.failures = task.failures + 1
  local wait = http.backoff(task.failures, 1000, true, answer)
  lc.log.warn("the API is asked again", "why", why, "in_ms", math.floor(wait))
  task.due = lc.time.now() + wait
  return lc.idle(wait)
end

-- A URL that is given relative to another.
local function absolute(url, link)
  if is_url(link) then return link end
  if link:sub(1, 1) == "/" then return url:match("^https?://[^/?]+") .. link end
  if link:sub(1, 1) == "?" then return url:match("^[^?]+") .. link end
  return url:match("^(.*://[^?]*/)") .. link
end

local function link_next(answer)
  for part in (answer.headers.link or ""):gmatch("<[^,]*") do
    local url, rest = part:match("^<([^>]*)>(.*)$")
    if url and rest:find('rel="?next"?') then return url end
  end
end

-- The page behind this one, or nil.
local function next_page(task, request, answer, box, count)
  local mode, hook = task.config["http.pagination"], task.client.hooks.next
  if hook then return hook(answer, task.page, count, task.config) end
  if mode == "link" then
    local link = link_next(answer)
    return link and absolute(request.url, link)
  elseif mode == "cursor" then
    local cursor = text_at(box, "value", task.next_pointer)
    if not cursor or cursor == "" or cursor == "false" then return nil end
    return cursor:sub(1, 1) == "/" and absolute(request.url, cursor) or cursor
  elseif count > 0 and mode == "page" then
    return ("%.0f"):format(tonumber(task.page) + 1)
  elseif count > 0 and mode == "offset" then
    return ("%.0f"):format(tonumber(task.page) + count)
  end
end

-- Answers.

-- The same key for the same content: a UUID of its digest (version 8 of RFC 9562).
local digest = lc.hash("sha256")
local function key_of(text)
  local digits = digest(text, "hex")
  return digits:sub(1, 8) .. "-" .. digits:sub(9, 12) .. "-8" .. digits:sub(14, 16) .. "-"
    .. ("%x"):format(8 + tonumber(digits:sub(17, 17), 16) % 4) .. digits:sub(18, 20) .. "-" .. digits:sub(21, 32)
end

local function item_of(task, holder, field)
  local item = { offset = {} }
  for _, pair in ipairs(task.pointers) do item.offset[pair[1]] = text_at(holder, field, pair[2]) end
  item.text = text_at(holder, field, task.record)
  item.key = item.offset.key or key_of(item.text or "null")
  item.offset.key = item.key
  item.timestamp = timestamp_of(task, item.offset.timestamp)
  if item.timestamp then item.offset.timestamp = to_iso(item.timestamp) end
  local where, name = find(holder, field, task.record)
  item.is_text = where and lc.type(where, name) == "string"
  return item
end

local function items_of(task, box)
  local items = {}
  local holder, field = find(box, "value", task.list)
  if not holder or lc.type(holder, field) == "null" then return items end
  if lc.type(holder, field) ~= "array" then return { item_of(task, holder, field) } end
  local list = holder[field]
  for i = 1, #list do items[i] = item_of(task, list, i) end
  return items
end

local function put_in_order(task, items)
  local direction = task.config["http.response.list.order.direction"]
  local first, last = items[1], items[#items]
  if direction == "IMPLICIT" and first and first.timestamp and last.timestamp and first.timestamp > last.timestamp then
    direction = "DESC"
  end
  if direction ~= "DESC" then return items end
  local turned = {}
  for i = #items, 1, -1 do turned[#turned + 1] = items[i] end
  return turned
end

local function same_offset(item, offset)
  for name, value in pairs(item.offset) do
    if offset[name] ~= value then return false end
  end
  return true
end

-- Leaves out what came in an earlier round: what isn't newer than the last record, and not behind it either.
local function unseen(task, items)
  local filter, offset = task.config["http.record.filter.factory"], task.offset
  if filter:find("Passthrough", 1, true) then return items end
  local by_time_alone = filter:find("Timestamp", 1, true)
  local newest, seen_at = offset.timestamp and timestamp_of(task, offset.timestamp), nil
  for i, item in ipairs(items) do
    if same_offset(item, offset) then seen_at = i end
  end
  local kept = {}
  for i, item in ipairs(items) do
    local is_behind = seen_at ~= nil and i > seen_at
    local has_times = newest and item.timestamp
    local is_new = has_times and item.timestamp > newest or not has_times and seen_at == nil
    if is_new or (is_behind and not (has_times and by_time_alone)) then kept[#kept + 1] = item end
  end
  return kept
end

-- The next request is due now, when there is another page, or else after the interval.
local function plan(task, items, page)
  local config, newest = task.config, nil
  for _, item in ipairs(items) do
    if item.timestamp then newest = math.max(newest or item.timestamp, item.timestamp) end
  end
  task.skip = 0
  if page and page ~= task.page then
    task.before = { page = task.page, count = task.count }
    task.page = page
    task.due = 0
    return
  end
  if config["http.pagination.restart"] then
    task.page = nil
  elseif task.count == 0 and config["http.pagination"] == "page" and task.before then
    task.page, task.skip = task.before.page, task.before.count -- it may have been filled half
  else
    task.skip = task.count
  end
  local now, interval = lc.time.now(), tonumber(config["http.timer.interval.millis"])
  local is_behind = newest and now - newest > interval
  task.due = now + (is_behind and tonumber(config["http.timer.catchup.interval.millis"]) or interval)
end

-- In modes with pages an offset also says which page it is of, and how much of that is done.
local function mark(task, items, had)
  if task.config["http.pagination"] == "none" and not task.client.hooks.next then return end
  for i, item in ipairs(items) do item.offset.page, item.offset.index = task.page, tostring(had + i) end
end

local function read_answer(task, request, answer)
  local box = lc.box()
  local hook = task.client.hooks.response
  local body = hook and hook(answer, task.config) or answer.body
  if body == "" then body = "[]" end
  local ok, why = lc.json.read(body, box, "value")
  if not ok then lc.raise("DataException", "The answer isn't JSON: " .. why .. "; " .. http.shown(answer)) end
  local items = items_of(task, box)
  local count, had = #items, math.min(task.skip, #items)
  local page = next_page(task, request, answer, box, count)
  task.count = count
  if had > 0 then
    local rest = {}
    for i = had + 1, count do rest[#rest + 1] = items[i] end
    items = rest
  end
  mark(task, items, had)
  if task.config["http.pagination"] == "none" then items = unseen(task, put_in_order(task, items)) end
  task.pending, task.at = items, 1
  plan(task, items, page)
end

-- Nothing, or what poll returns.
local function ask(task)
  local request = request_of(task)
  local answers, problems = task.client:send { request }
  local answer, problem = answers[1], problems[1]
  if not answer then
    if http.is_lasting(problem) then lc.raise("ConnectException", "No answer from the API: " .. problem.message) end
    return later(task, problem.message)
  end
  if task.is_read(answer.status) then
    task.failures = 0
    return read_answer(task, request, answer)
  end
  if task.is_skipped(answer.status) then
    task.due = lc.time.now() + tonumber(task.config["http.timer.interval.millis"])
    return nil
  end
  if task.is_retried(answer.status) then return later(task, http.shown(answer), answer) end
  lc.raise("ConnectException", "The API refused: " .. http.shown(answer))
end

-- Records.

local function add(task, out, item)
  local mapper = task.config["http.response.record.mapper"]
  local topic = task.config["kafka.topic"]
  local offset = item.offset
  if mapper:find("Schemed", 1, true) then
    local record = out:add(topic, task.value_schema, task.partition, offset)
    local key = lc.struct(task.key_schema)
    key[task.key_field] = item.key
    record.key = key
    record.value[task.value_field], record.value[task.key_field] = item.text or "null", item.key
    record.value.timestamp = item.timestamp or lc.time.now()
    record.timestamp = item.timestamp
    return
  end
  if mapper == "json" then
    local record = out:add(topic, nil, task.partition, offset)
    record.key, record.timestamp = item.key, item.timestamp
    if item.is_text then record.value = item.text
    else lc.json.read(item.text or "null", record, "value") end
    return
  end
  local record = out:add(topic, lc.string, task.partition, offset)
  record.key, record.timestamp, record.value = item.key, item.timestamp, item.text
end

local function emit(task, out)
  while task.at <= #task.pending and out.room > 0 do
    local item = task.pending[task.at]
    add(task, out, item)
    for name, value in pairs(item.offset) do task.offset[name] = value end
    task.at = task.at + 1
  end
end

function source.poll(task, out)
  if task.at > #task.pending then
    local wait = task.due - lc.time.now()
    if wait > 0 then return lc.idle(wait) end
    local answer = ask(task)
    if answer then return answer end
  end
  emit(task, out)
end

return source
