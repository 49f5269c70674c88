local lc = require "lc"
local jdbc = require "jdbc_lib"

-- Reads tables, or a query, again and again: all of it (bulk), or what is new by a column that grows, by the time of a
-- change, or by both. Rows are fetched some at a time, whatever the table's size.

local MEANINGLESS = {
  "connection.attempts", "connection.backoff.ms", "dialect.name", "catalog.pattern", "query.retry.attempts", "poll.linger.ms",
  "table.monitoring.startup.polling.limit.ms", "transaction.isolation.mode", "max.buffer.size", "timestamp.granularity",
  "timestamp.columns.mapping", "incrementing.column.mapping", "table.name.normalize", "jdbc.credentials.provider.class.name",
}
local LEAST_FETCH, BOUND_AGAIN_MS = 1000, 100

local settings = jdbc.with_connection {
  ["mode"] = lc.config.choice {
    doc = "bulk: all rows at each poll. incrementing: rows whose number grew. timestamp: rows whose time is newer. "
      .. "timestamp+incrementing: by both", valid = { "bulk", "timestamp", "incrementing", "timestamp+incrementing" },
    required = true, importance = "high", group = "Mode", display = "Table Loading Mode" },
  ["incrementing.column.name"] = lc.config.string {
    doc = "Column whose values only grow", default = "", importance = "medium", group = "Mode" },
  ["timestamp.column.name"] = lc.config.list {
    doc = "Columns of the time of the last change: the first that isn't null counts", default = {}, importance = "medium",
    group = "Mode" },
  ["timestamp.initial"] = lc.config.long {
    doc = "Where timestamps begin, in milliseconds since 1970; -1: now", importance = "low", group = "Mode" },
  ["validate.non.null"] = lc.config.boolean {
    doc = "Whether to check that incrementing and timestamp columns can't be null", default = true, importance = "low",
    group = "Mode" },
  ["query"] = lc.config.string {
    doc = "Query to read instead of tables; without WHERE unless mode is bulk", default = "", importance = "medium",
    group = "Mode", width = "long" },
  ["query.masked"] = lc.config.password { doc = "The same as query, kept secret", importance = "low", group = "Mode" },
  ["query.suffix"] = lc.config.string {
    doc = "Added at the end of each query", default = "", importance = "low", group = "Mode" },
  ["table.whitelist"] = lc.config.list { doc = "Tables to read", default = {}, importance = "medium", group = "Database" },
  ["table.blacklist"] = lc.config.list { doc = "Tables not to read", default = {}, importance = "medium", group = "Database" },
  ["table.include.list"] = lc.config.list {
    doc = "Regular expressions of the full names of tables to read", default = {}, importance = "medium", group = "Database" },
  ["table.exclude.list"] = lc.config.list {
    doc = "Regular expressions of the full names of tables not to read", default = {}, importance = "medium",
    group = "Database" },
  ["schema.pattern"] = lc.config.string {
    doc = "Pattern of the schemas to look for tables in, with % for any text", default = "", importance = "high",
    group = "Database" },
  ["table.types"] = lc.config.list { doc = "Kinds of tables: TABLE, VIEW, …", default = { "TABLE" }, importance = "low",
                                     group = "Database" },
  ["numeric.mapping"] = lc.config.choice {
    doc = "What decimals become: none (Decimal), precision_only (integers without a scale), best_fit (integers and doubles "
      .. "where they fit), best_fit_eager_double", valid = { "none", "precision_only", "best_fit", "best_fit_eager_double",
      ignore_case = true }, default = "none", importance = "low", group = "Database" },
  ["numeric.precision.mapping"] = lc.config.boolean {
    doc = "The old name of numeric.mapping=precision_only", default = false, importance = "low", group = "Database" },
  ["db.timezone"] = lc.config.string { doc = "Time zone of timestamps in the database", default = "UTC", importance = "medium",
                                       group = "Database" },
  ["topic.prefix"] = lc.config.string {
    doc = "Goes before the name of the table to make the topic; with a query, the topic", required = true, importance = "high",
    group = "Connector" },
  ["poll.interval.ms"] = lc.config.int { doc = "How often each table is looked at", default = 5000, importance = "high",
                                         group = "Connector" },
  ["batch.max.rows"] = lc.config.int {
    doc = "How many rows are fetched at a time; 1,000 are at least", default = 100, valid = { min = 1 }, importance = "low",
    group = "Connector" },
  ["table.poll.interval.ms"] = lc.config.long {
    doc = "How often to look for new tables", default = 60000, importance = "low", group = "Connector" },
  ["timestamp.delay.interval.ms"] = lc.config.long {
    doc = "How old a timestamp must be before its row is read, for rows that appear late", default = 0, importance = "high",
    group = "Connector" },
  ["task.part"] = lc.config.string { doc = "Which tables a task reads", default = "0/1", hidden = true },
}
jdbc.without_meaning(settings, MEANINGLESS)

local source = lc.source {
  aliases = { "io.confluent.connect.jdbc.JdbcSourceConnector", "io.aiven.connect.jdbc.JdbcSourceConnector" },
  version = "4.1.0",
  doc = "Reads tables or queries of PostgreSQL, MySQL, MariaDB or SQLite.",
  needs = { "sql" },
  config = settings,
}

local function query_of(config)
  if config.query ~= "" then return config.query end
  local masked = config["query.masked"]
  return masked ~= "" and masked or nil
end

-- Each task finds its tables by itself, and so those that are made later.
function source.tasks(config, max)
  local named, list = #config["table.whitelist"], {}
  local count = query_of(config) and 1 or named > 0 and math.min(max, named) or max
  for i = 1, count do list[i] = { ["task.part"] = (i - 1) .. "/" .. count } end
  return list
end

local function check_config(config)
  local mode = config.mode
  local by_number, by_time = mode:find("incrementing", 1, true) ~= nil, mode:find("timestamp", 1, true) ~= nil
  if by_time and #config["timestamp.column.name"] == 0 then
    lc.raise("ConfigException", "mode=" .. mode .. " needs timestamp.column.name")
  end
  if #config["table.whitelist"] > 0 and #config["table.blacklist"] > 0 then
    lc.raise("ConfigException", "table.whitelist and table.blacklist exclude each other")
  end
  if query_of(config) and (#config["table.whitelist"] > 0 or #config["table.blacklist"] > 0) then
    lc.raise("ConfigException", "query excludes table.whitelist and table.blacklist")
  end
  return by_number, by_time
end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name:lower()] = true end
  return set
end

local function patterns_of(list)
  local patterns = {}
  for i, text in ipairs(list) do patterns[i] = lc.regex(text) end
  return patterns
end

-- Tables.

local function any_matches(patterns, text)
  for _, pattern in ipairs(patterns) do
    if pattern:matches(text) then return true end
  end
  return false
end

local function is_named(set, item)
  for _, id in ipairs(item.ids) do
    if set[id:lower()] then return true end
  end
  return false
end

local function is_wanted(task, item)
  local lists = task.lists
  if next(lists.white) then return is_named(lists.white, item) end
  if is_named(lists.black, item) then return false end
  if #lists.include > 0 and not any_matches(lists.include, item.id) then return false end
  return not any_matches(lists.exclude, item.id)
end

local function hash(text)
  local sum = 0
  for i = 1, #text do sum = (sum * 31 + text:byte(i)) % 2147483647 end
  return sum
end

-- Named tables are dealt out in turn; others by their names, so that a new one moves no other.
local function is_mine(task, item, place)
  return (next(task.lists.white) and place or hash(item.id)) % task.part_count == task.part
end

local function load_offset(task, at)
  for _, id in ipairs(at.ids) do
    local partition = at.query and { query = id } or { protocol = "1", table = id }
    local saved = task.offsets:get(partition)
    if saved then return partition, saved end
  end
  return at.query and { query = at.ids[1] } or { protocol = "1", table = at.ids[1] }, {}
end

local function add_table(task, at)
  at.partition, at.offset = load_offset(task, at)
  at.due = 0
  at.late = {}
  task.known[at.ids[1]] = true
  task.queue[#task.queue + 1] = at
end

local function find_tables(task)
  task.next_search = lc.time.now() + task.config["table.poll.interval.ms"]
  local place = 0
  for _, item in ipairs(task.dialect.tables(task.db, task.config["table.types"], task.config["schema.pattern"])) do
    if is_wanted(task, item) then
      if is_mine(task, item, place) and not task.known[item.id] then
        item.name_in_sql = jdbc.full_name(item.path, task.quote)
        item.topic = task.config["topic.prefix"] .. item.name
        add_table(task, item)
        lc.log.info("table found", "table", item.id, "topic", item.topic)
      end
      place = place + 1
    end
  end
end

function source.start(task)
  local config = task.config
  task.by_number, task.by_time = check_config(config)
  task.part, task.part_count = config["task.part"]:match("(%d+)/(%d+)")
  task.part, task.part_count = tonumber(task.part), tonumber(task.part_count)
  task.lists = {
    white = set_of(config["table.whitelist"]), black = set_of(config["table.blacklist"]),
    include = patterns_of(config["table.include.list"]), exclude = patterns_of(config["table.exclude.list"]),
  }
  task.zone = config["db.timezone"] ~= "UTC" and config["db.timezone"] or nil
  task.zone_offset = task.zone and lc.time.zone(task.zone)
  task.mapping = config["numeric.precision.mapping"] and "precision_only" or config["numeric.mapping"]:lower()
  task.fetch = math.max(config["batch.max.rows"], LEAST_FETCH)
  task.known, task.queue, task.next_search = {}, {}, 0
  jdbc.say_without_meaning(task, MEANINGLESS)
  jdbc.connect(task, task.cap.sql)
  task.quote = jdbc.quoter(config, task.dialect)
  local query = query_of(config)
  if query then
    add_table(task, { query = query, ids = { "query" }, topic = config["topic.prefix"] })
    task.next_search = math.huge
  end
end

-- Schemas.

local function integer_for(precision)
  return precision < 3 and lc.int8 or precision < 5 and lc.int16 or precision < 10 and lc.int32 or lc.int64
end

-- What numeric.mapping makes of a number with this precision (nil: unlimited) and scale.
local function numeric_schema(mapping, precision, scale)
  local small = precision and precision < 19
  if mapping == "precision_only" and small and scale == 0 then return integer_for(precision) end
  if mapping:find("best_fit", 1, true) and precision then
    if small and scale <= 0 then return integer_for(precision) end
    if scale > 0 and (small or mapping == "best_fit_eager_double") then return lc.float64 end
  end
  return lc.schema.decimal(scale)
end

local function row_schema(task, at, columns)
  local nullable, fields = {}, {}
  for _, column in ipairs(at.columns or {}) do nullable[column.name] = not column.not_null end
  for i, column in ipairs(columns) do
    local schema, precision, scale = task.dialect.schema_of(column)
    schema = schema or numeric_schema(task.mapping, precision, scale)
    if nullable[column.name] ~= false then schema = lc.schema.optional(schema) end
    fields[i] = { column.name, schema }
  end
  return lc.schema.build { type = "struct", name = at.name, fields = fields }
end

-- Queries.

local function place_of(columns, name)
  for i, column in ipairs(columns) do
    if column.name == name then return i end
  end
  for i, column in ipairs(columns) do
    if column.name:lower() == name:lower() then return i end
  end
  lc.raise("ConnectException", "there is no column " .. name)
end

local function check_not_null(task, at, name)
  for _, column in ipairs(at.columns) do
    if column.name:lower() == name:lower() and not column.not_null then
      lc.raise("ConnectException", ("Cannot make incremental queries using the column %s of %s because it can be null; "
        .. "set validate.non.null=false to do so all the same"):format(name, at.id))
    end
  end
end

local function describe_table(task, at)
  at.columns = task.dialect.columns(task.db, at.name_in_sql)
  if not at.columns then return false end
  if task.config["validate.non.null"] then
    if task.by_number then check_not_null(task, at, at.number_name) end
    if task.by_time and #task.config["timestamp.column.name"] == 1 then
      check_not_null(task, at, task.config["timestamp.column.name"][1])
    end
  end
  return true
end

-- Without incrementing.column.name: the one column of the primary key.
local function find_number_name(task, at)
  local name = task.config["incrementing.column.name"]
  if name ~= "" or at.query then return name end
  for _, column in ipairs(task.dialect.columns(task.db, at.name_in_sql) or {}) do
    if column.key then return column.name end
  end
  lc.raise("ConnectException", "set incrementing.column.name: " .. at.id .. " has no primary key to go by")
end

local function time_expression(task)
  local names = {}
  for i, name in ipairs(task.config["timestamp.column.name"]) do names[i] = task.dialect.moment_column(task.quote(name)) end
  return #names > 1 and "COALESCE(" .. table.concat(names, ", ") .. ")" or names[1]
end

local function is_instant(task, at)
  local name = task.config["timestamp.column.name"][1]
  for _, column in ipairs(at.columns or {}) do
    if column.name:lower() == name:lower() then return task.dialect.is_instant(column) end
  end
  return at.instant == true
end

-- A moment as the column has it, in the dialect's unit.
local function moment_value(task, ms, nanos, instant)
  if task.zone_offset and not instant then ms = ms + task.zone_offset:offset(ms) end
  local unit = task.dialect.moment_unit
  if unit == 1 then return ms end
  return math.floor(ms / 1000) * 1000000 + math.floor((nanos or ms % 1000 * 1000000) / 1000)
end

local function first_moment(task, at)
  local offset = at.offset
  if offset.timestamp then return offset.timestamp, offset.timestamp_nanos or offset.timestamp % 1000 * 1000000 end
  local initial = task.config["timestamp.initial"]
  if initial == -1 then initial = task.dialect.now(task.db) end
  initial = initial or 0
  at.offset.timestamp, at.offset.timestamp_nanos = initial, initial % 1000 * 1000000
  return at.offset.timestamp, at.offset.timestamp_nanos
end

-- The part behind WHERE, its parameters and the order; nothing for bulk.
local function condition(task, at, bound)
  local dialect, params, parts = task.dialect, {}, {}
  local function parameter(value)
    params[#params + 1] = value
    return dialect.parameter(#params)
  end
  local number = task.by_number and task.quote(at.number_name)
  local time = task.by_time and time_expression(task)
  if time then
    local instant = is_instant(task, at)
    local function moment(ms, nanos)
      parameter(moment_value(task, ms, nanos, instant))
      return dialect.moment(#params, instant)
    end
    local ms, nanos = first_moment(task, at)
    local begin = moment(ms, nanos)
    parts[1] = ("%s < %s"):format(time, moment(dialect.now(task.db) - task.config["timestamp.delay.interval.ms"]))
    if number then
      local last = parameter(at.offset.incrementing or -1)
      parts[2] = ("((%s = %s AND %s > %s) OR %s > %s)"):format(time, begin, number, last, time, begin)
    else
      parts[2] = ("%s > %s"):format(time, begin)
    end
  elseif number then
    parts[1] = ("%s > %s"):format(number, parameter(at.offset.incrementing or -1))
  end
  if bound then parts[#parts + 1] = ("%s <= %s"):format(time or number, parameter(bound)) end
  local order = time and number and time .. ", " .. number or time or number
  return table.concat(parts, " AND "), params, order
end

local function select_from(task, at)
  if at.query then return at.query end
  local list = {}
  for i, column in ipairs(at.columns) do list[i] = task.dialect.selected(column, task.quote(column.name)) end
  return ("SELECT %s FROM %s"):format(table.concat(list, ", "), at.name_in_sql)
end

local function query_text(task, at, bound)
  local text, params = select_from(task, at), {}
  if task.by_number or task.by_time then
    local where, values, order = condition(task, at, bound)
    text, params = text .. " WHERE " .. where .. " ORDER BY " .. order, values
  end
  if task.config["query.suffix"] ~= "" then text = text .. " " .. task.config["query.suffix"] end
  return text, params
end

-- Rows that commit late: how far it is safe to go, or false to wait.
local function safe_bound(task, at)
  if not (task.by_number or task.by_time) or at.query then return nil end
  local column = task.by_time and time_expression(task) or task.quote(at.number_name)
  local bounded, bound = task.dialect.safe_bound(task.db, at.late, column, at.name_in_sql)
  if not bounded then return nil end
  return bound or false
end

local function bind(task, at, rows)
  local timestamps = {}
  if task.by_time then
    for i, name in ipairs(task.config["timestamp.column.name"]) do timestamps[i] = place_of(rows.columns, name) end
  end
  rows:bind {
    schema = row_schema(task, at, rows.columns), topic = at.topic, partition = at.partition, zone = task.zone,
    incrementing = task.by_number and place_of(rows.columns, at.number_name) or 0, timestamps = timestamps,
    ms = at.offset.timestamp, nanos = at.offset.timestamp_nanos,
  }
end

local function open_rows(task, at)
  local bound = safe_bound(task, at)
  if bound == false then return nil end
  local text, params = query_text(task, at, bound)
  local rows = task.db:query(text, params, task.fetch)
  local wrapped = at.query and task.dialect.wrapped(text, rows.columns)
  if wrapped then
    rows:close()
    rows = task.db:query(wrapped, params, task.fetch)
  end
  bind(task, at, rows)
  return rows
end

-- Begins to read a table; false when it can't be read to the end now.
local function begin(task, at)
  at.number_name = task.by_number and (at.number_name or find_number_name(task, at))
  if not at.query and not describe_table(task, at) then
    lc.log.warn("the table is gone", "table", at.id)
    return true
  end
  task.db:execute(task.dialect.begin_reading)
  task.rows = open_rows(task, at)
  task.current = at
  return task.rows ~= nil
end

local function finish(task, wait)
  if task.rows then task.rows:close() end
  task.db:execute("COMMIT")
  if task.current then task.current.due = lc.time.now() + wait end
  task.rows, task.current = nil, nil
end

-- Polling.

local function read_on(task, out)
  local at = task.current
  local count, more, last = task.rows:read(out)
  if count > 0 then
    if task.by_time then at.offset.timestamp, at.offset.timestamp_nanos = last.ms, last.nanos end
    if task.by_number then at.offset.incrementing = tonumber(last.number) < 9e15 and tonumber(last.number) or last.number end
  end
  if not more then finish(task, task.config["poll.interval.ms"]) end
end

local function next_table(task)
  local first
  for _, at in ipairs(task.queue) do
    if not first or at.due < first.due then first = at end
  end
  return first
end

local function poll_once(task, out)
  jdbc.connect(task, task.cap.sql)
  if task.rows then return read_on(task, out) end
  local now = lc.time.now()
  if now >= task.next_search then find_tables(task) end
  local at = next_table(task)
  local wait = math.min(at and at.due or math.huge, task.next_search) - now
  if wait > 0 then return wait end
  if not at or at.due > now then return 0 end
  if begin(task, at) then
    if task.rows then read_on(task, out) else at.due = now + task.config["poll.interval.ms"] end
  else
    finish(task, math.min(BOUND_AGAIN_MS, task.config["poll.interval.ms"]))
  end
end

-- What was read but isn't in Kafka comes again: offsets tell.
local function start_over(task)
  task.rows, task.current = nil, nil
  jdbc.disconnect(task)
end

function source.poll(task, out)
  local ok, result = pcall(poll_once, task, out)
  if not ok then
    start_over(task)
    if jdbc.is_retriable(result) then
      lc.log.warn("reading failed and is tried again", "error", tostring(result))
      return lc.idle(math.min(1000, task.config["poll.interval.ms"]))
    end
    error(result, 0)
  end
  if result then return lc.idle(result) end
end

function source.check(task) return jdbc.check(task, task.cap.sql) end

function source.stop(task) jdbc.disconnect(task) end

return source
