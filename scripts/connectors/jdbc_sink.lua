local lc = require "lc"
local jdbc = require "jdbc_lib"

-- Writes records to tables of a database. A batch of put is one transaction; records that go the same way (table, key
-- schema, value schema) are one statement. With offsets.table, what was read is written in the same transaction.

local MEANINGLESS = {
  "connection.attempts", "connection.backoff.ms", "dialect.name", "table.types", "timestamp.fields.list",
  "timestamp.precision.mode", "trim.sensitive.log", "mssql.use.merge.holdlock", "date.timezone", "replace.null.with.default",
  "jdbc.credentials.provider.class.name", "table.name.normalize", "topics.to.tables.mapping",
}

local settings = jdbc.with_connection {
  ["insert.mode"] = lc.config.choice {
    doc = "insert, upsert (by the primary key), or update", valid = { "insert", "upsert", "update", ignore_case = true },
    default = "insert", importance = "high", group = "Writes", display = "Insert Mode" },
  ["batch.size"] = lc.config.int {
    doc = "How many records one statement writes at most", default = 3000, valid = { min = 1 }, importance = "medium",
    group = "Writes", display = "Batch Size" },
  ["delete.enabled"] = lc.config.boolean {
    doc = "Whether a record whose value is null deletes the row with its key; needs pk.mode=record_key", default = false,
    importance = "medium", group = "Writes", display = "Enable deletes" },
  ["offsets.table"] = lc.config.string {
    doc = "Table of the database that keeps how far each partition is written, in the same transaction as the records: every "
      .. "record is then written exactly once. Made when it is missing. Empty: at least once", default = "",
    importance = "medium", group = "Writes", display = "Offsets Table" },
  ["table.name.format"] = lc.config.string {
    doc = "Name of the table; ${topic} stands for the topic", default = "${topic}", importance = "medium",
    group = "Data Mapping", display = "Table Name Format", valid = "non-empty" },
  ["pk.mode"] = lc.config.choice {
    doc = "Where the primary key comes from: none, kafka (topic, partition, offset), record_key, record_value",
    valid = { "none", "kafka", "record_key", "record_value", ignore_case = true }, default = "none", importance = "high",
    group = "Data Mapping", display = "Primary Key Mode" },
  ["pk.fields"] = lc.config.list {
    doc = "Names of the primary key's columns; what they mean depends on pk.mode", default = {}, importance = "medium",
    group = "Data Mapping", display = "Primary Key Fields" },
  ["fields.whitelist"] = lc.config.list {
    doc = "Fields of the value to write; empty: all", default = {}, importance = "medium", group = "Data Mapping",
    display = "Fields Whitelist" },
  ["db.timezone"] = lc.config.string {
    doc = "Time zone of timestamps in the database", default = "UTC", importance = "medium", group = "Data Mapping",
    display = "DB Time Zone" },
  ["auto.create"] = lc.config.boolean {
    doc = "Whether a table that is missing is made", default = false, importance = "medium", group = "DDL Support",
    display = "Auto-Create" },
  ["auto.evolve"] = lc.config.boolean {
    doc = "Whether columns that are missing are added", default = false, importance = "medium", group = "DDL Support",
    display = "Auto-Evolve" },
  ["max.retries"] = lc.config.int {
    doc = "How often a batch is tried again before the task fails", default = 10, valid = { min = 0 }, importance = "medium",
    group = "Retries", display = "Maximum Retries" },
  ["retry.backoff.ms"] = lc.config.int {
    doc = "Wait before a batch is tried again, in milliseconds", default = 3000, valid = { min = 0 }, importance = "medium",
    group = "Retries", display = "Retry Backoff" },
  ["errors.tolerance"] = lc.config.string { doc = "Of the connector", default = "none", hidden = true },
}
jdbc.without_meaning(settings, MEANINGLESS)

local sink = lc.sink {
  aliases = {
    "io.confluent.connect.jdbc.JdbcSinkConnector", "io.aiven.connect.jdbc.JdbcSinkConnector",
  },
  version = "4.1.0",
  doc = "Writes records to tables of PostgreSQL, MySQL, MariaDB or SQLite.",
  needs = { "sql" },
  config = settings,
}

function sink.tasks(_, max)
  local list = {}
  for i = 1, max do list[i] = {} end
  return list
end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

local function check_config(config)
  local mode, pk_mode = config["insert.mode"]:lower(), config["pk.mode"]:lower()
  if config["delete.enabled"] and pk_mode ~= "record_key" then
    lc.raise("ConfigException", "Primary key mode must be 'record_key' when delete support is enabled")
  end
  if mode ~= "insert" and pk_mode == "none" then
    lc.raise("ConfigException", "insert.mode=" .. mode .. " needs a primary key: set pk.mode")
  end
  return mode, pk_mode
end

function sink.start(task)
  local config = task.config
  task.mode, task.pk_mode = check_config(config)
  task.pk_fields, task.wanted = config["pk.fields"], set_of(config["fields.whitelist"])
  task.wants_all = #config["fields.whitelist"] == 0
  task.zone = config["db.timezone"] ~= "UTC" and config["db.timezone"] or nil
  task.keeps_offsets = config["offsets.table"] ~= ""
  task.isolates = config["errors.tolerance"]:lower() == "all"
  task.attempts, task.not_before = 0, 0
  task.target = jdbc.target(config)
  task.dialect = task.target.dialect
  task.quote = jdbc.quoter(config, task.dialect)
  task.plans, task.tables = {}, {}
  jdbc.say_without_meaning(task, MEANINGLESS)
  jdbc.connect(task, task.cap.sql)
  lc.log.info("connected", "database", config["connection.url"]:match("^[^?]*"), "delivery",
              task.keeps_offsets and "exactly once" or "at least once")
end

-- Columns.

local LOGICAL = {
  ["org.apache.kafka.connect.data.Decimal"] = "decimal", ["org.apache.kafka.connect.data.Date"] = "date",
  ["org.apache.kafka.connect.data.Time"] = "time", ["org.apache.kafka.connect.data.Timestamp"] = "timestamp",
}
local KINDS = {
  boolean = "bool", int8 = "int", int16 = "int", int32 = "int", int64 = "int", float32 = "double", float64 = "double",
  string = "text", bytes = "bytes",
}

local function kind_of(schema, name)
  local kind = schema.name and LOGICAL[schema.name] or KINDS[schema.type]
  if not kind then
    lc.raise("DataException", ("the field %s is a %s, which has no column type: flatten it or leave it out"):format(
      name, schema.type))
  end
  return kind
end

local function column(list, known, name, side, schema, is_key, field)
  if known[name] then return end
  known[name] = true
  list[#list + 1] = { name = name, side = side, field = field, schema = schema, kind = kind_of(schema, name), key = is_key }
end

local function needs_struct(schema, what, record)
  if schema ~= nil and schema.type == "struct" then return schema end
  lc.raise("DataException", ("the %s of the record at %s, partition %s, offset %s is no struct with a schema, which a table "
    .. "needs: use a converter with schemas, or schemas.infer=true of JsonConverter"):format(what, record.topic,
    tostring(record.partition), tostring(record.offset)))
end

local KAFKA_NAMES = { "__connect_topic", "__connect_partition", "__connect_offset" }
local KAFKA_SIDES = { { "topic", lc.string }, { "partition", lc.int32 }, { "offset", lc.int64 } }

local primary = {}

function primary.none() end

function primary.kafka(task, list, known)
  local names = #task.pk_fields > 0 and task.pk_fields or KAFKA_NAMES
  if #names ~= 3 then lc.raise("ConfigException", "pk.mode=kafka needs three pk.fields: for topic, partition and offset") end
  for i, side in ipairs(KAFKA_SIDES) do column(list, known, names[i], side[1], side[2], true) end
end

local function struct_keys(task, list, known, schema, side)
  local names = task.pk_fields
  if #names == 0 then
    names = {}
    for i, field in ipairs(schema.fields) do names[i] = field.name end
  end
  for _, name in ipairs(names) do
    local field = schema.field[name]
    if not field then lc.raise("DataException", ("pk.fields names %s, which the record's %s doesn't have"):format(name, side)) end
    column(list, known, name, side, field, true, name)
  end
end

function primary.record_key(task, list, known, record)
  local schema = record.key_schema
  if schema == nil then
    lc.raise("DataException", "pk.mode=record_key, but the record's key has no schema")
  elseif schema.type == "struct" then
    struct_keys(task, list, known, schema, "key")
  elseif #task.pk_fields == 1 then
    column(list, known, task.pk_fields[1], "key", schema, true)
  else
    lc.raise("DataException", "the record's key is no struct, so pk.fields must name one column")
  end
end

function primary.record_value(task, list, known, record)
  struct_keys(task, list, known, needs_struct(record.value_schema, "value", record), "value")
end

-- What a record is to be in its table.
local function columns_of(task, record, is_delete)
  local list, known = {}, {}
  if not is_delete then needs_struct(record.value_schema, "value", record) end
  primary[task.pk_mode](task, list, known, record)
  if is_delete then return list end
  for _, field in ipairs(record.value_schema.fields) do
    if task.wants_all or task.wanted[field.name] then
      column(list, known, field.name, "value", field.schema, false, field.name)
    end
  end
  return list
end

-- Tables.

local function literal(value)
  if type(value) == "number" or type(value) == "cdata" then return (tostring(value):gsub("LL$", "")) end
  if type(value) == "boolean" then return value and "true" or "false" end
  if type(value) == "string" then return "'" .. value:gsub("'", "''") .. "'" end
end

local function definition(task, field)
  local schema = field.schema
  local text = task.quote(field.name) .. " " .. task.dialect.column_type(field.kind, schema, field.key)
  local default = schema.has_default and KINDS[schema.type] == field.kind and literal(schema.default)
  if default then text = text .. " DEFAULT " .. default end
  return text .. ((schema.optional and not field.key) and " NULL" or " NOT NULL")
end

local function create(task, name, fields)
  local parts, keys = {}, {}
  for i, field in ipairs(fields) do
    parts[i] = definition(task, field)
    if field.key then keys[#keys + 1] = task.quote(field.name) end
  end
  if #keys > 0 then parts[#parts + 1] = "PRIMARY KEY (" .. table.concat(keys, ", ") .. ")" end
  local ok, problem = pcall(task.db.execute, task.db, ("CREATE TABLE %s (%s)"):format(name, table.concat(parts, ", ")))
  -- Another task may have made it first.
  if not ok and not task.dialect.columns(task.db, name) then error(problem, 0) end
  if ok then lc.log.info("table made", "table", name) end
end

local function add_missing(task, name, missing)
  local definitions = {}
  for i, field in ipairs(missing) do
    if not field.schema.optional and not field.schema.has_default then
      lc.raise("ConnectException", ("Cannot ALTER %s to add missing field %s, as the field is not optional and does not "
        .. "have a default value"):format(name, field.name))
    end
    definitions[i] = definition(task, field)
  end
  for _, statement in ipairs(task.dialect.add_columns(name, definitions)) do
    task.db:execute(statement)
  end
  lc.log.info("columns added", "table", name)
end

local function known_columns(task, name)
  local columns = task.tables[name] or task.dialect.columns(task.db, name)
  if not columns then return nil end
  if not columns.by_name then
    local by_name = {}
    for _, item in ipairs(columns) do by_name[item.name] = item end
    columns.by_name = by_name
  end
  task.tables[name] = columns
  return columns.by_name
end

local function missing_in(known, fields)
  local missing = {}
  for _, field in ipairs(fields) do
    if not known[field.name] then missing[#missing + 1] = field end
  end
  return missing
end

-- The table's columns by name, once it has all that are needed.
local function prepare_table(task, name, fields)
  if not known_columns(task, name) then
    if not task.config["auto.create"] then
      lc.raise("ConnectException", ("Table %s is missing and auto-creation is disabled"):format(name))
    end
    create(task, name, fields)
  end
  local missing = missing_in(known_columns(task, name), fields)
  if #missing > 0 and task.config["auto.evolve"] then
    add_missing(task, name, missing)
    task.tables[name] = nil
    missing = missing_in(known_columns(task, name), fields)
  end
  if #missing > 0 then
    local names = {}
    for i, field in ipairs(missing) do names[i] = field.name end
    lc.raise("ConnectException", ("Table %s is missing the columns %s and auto-evolution is disabled"):format(
      name, table.concat(names, ", ")))
  end
  return known_columns(task, name)
end

-- Plans: by topic, key schema, value schema and whether rows are deleted.

local function statement_for(task, name, fields, is_delete)
  if is_delete then return task.dialect.delete(name, fields) end
  if task.mode == "update" then return task.dialect.update(name, fields) end
  return task.dialect.insert(name, fields, task.mode == "upsert")
end

local function new_plan(task, record, is_delete)
  local table_name = task.config["table.name.format"]:gsub("%${topic}", (record.topic:gsub("%%", "%%%%")))
  local name = jdbc.full_name(jdbc.name_parts(table_name), task.quote)
  local fields = columns_of(task, record, is_delete)
  if #fields == 0 then lc.raise("DataException", "the record has no field to write") end
  local known = prepare_table(task, name, fields)
  for _, field in ipairs(fields) do
    field.quoted, field.type = task.quote(field.name), known[field.name].type
    field.kind = task.dialect.kind(field.kind, known[field.name])
  end
  local statement = statement_for(task, name, fields, is_delete)
  return task.db:writer {
    head = statement.head, tail = statement.tail, fields = fields, zone = task.zone,
    key_schema = record.key_schema, value_schema = record.value_schema, last_wins = is_delete or task.mode ~= "insert",
  }
end

local function plan_for(task, record, is_delete)
  local key, value = record.key_schema, record.value_schema
  local id = ("%s %d %d %s"):format(record.topic, key and key.id or 0, value and value.id or 0, is_delete and "d" or "w")
  local plan = task.plans[id]
  if not plan then
    local ok
    ok, plan = pcall(new_plan, task, record, is_delete)
    if not ok then plan = { problem = plan } end
    task.plans[id] = plan
  end
  return plan
end

local function forget_tables(task)
  for _, plan in pairs(task.plans) do
    if not plan.problem then plan:close() end
  end
  task.plans, task.tables = {}, {}
end

-- Writing.

local function plan_of(task, records, first)
  local record = records[first]
  return plan_for(task, record, record.value == nil and task.config["delete.enabled"])
end

local function write_run(task, records, first, last)
  local plan = plan_of(task, records, first)
  if plan.problem then error(plan.problem, 0) end
  for from = first, last, task.config["batch.size"] do
    task.db:write(plan, records, from, math.min(last, from + task.config["batch.size"] - 1))
  end
end

-- Halves what fails until the record that is to blame stands alone, and hands that in.
local function write_carefully(task, records, first, last)
  task.db:execute("SAVEPOINT luaconnect")
  local ok, problem = pcall(write_run, task, records, first, last)
  if ok then
    task.db:execute("RELEASE SAVEPOINT luaconnect")
    return
  end
  if not jdbc.is_data(problem) then error(problem, 0) end
  task.db:execute("ROLLBACK TO SAVEPOINT luaconnect")
  if first == last then
    task:reject(records[first], tostring(problem))
    return
  end
  local middle = math.floor((first + last) / 2)
  write_carefully(task, records, first, middle)
  write_carefully(task, records, middle + 1, last)
end

local function each_run(task, records, write)
  local first = 1
  while first <= #records do
    local last = task.db:run(records, first)
    write(task, records, first, last)
    first = last + 1
  end
end

-- Offsets in the target.

local function offsets_name(task) return jdbc.full_name(jdbc.name_parts(task.config["offsets.table"]), task.quote) end

local function statement(task, text)
  return (text:gsub("TABLE_NAME", (offsets_name(task):gsub("%%", "%%%%"))):gsub("%?(%d)", task.dialect.parameter))
end

local CREATE_OFFSETS = [[CREATE TABLE IF NOT EXISTS TABLE_NAME (connector VARCHAR(255) NOT NULL, topic VARCHAR(255) NOT NULL,
  part INTEGER NOT NULL, next_offset BIGINT NOT NULL, PRIMARY KEY (connector, topic, part))]]
local HELD = "SELECT next_offset AS held FROM TABLE_NAME WHERE connector = ?1 AND topic = ?2 AND part = ?3"
local MOVE = "UPDATE TABLE_NAME SET next_offset = ?5 WHERE connector = ?1 AND topic = ?2 AND part = ?3 AND next_offset = ?4"
local FIRST = "INSERT INTO TABLE_NAME (connector, topic, part, next_offset) VALUES (?1, ?2, ?3, ?4)"

local function held_offset(task, at)
  local row = task.db:rows(statement(task, HELD), { task.connector, at.topic, at.partition })[1]
  return row and tonumber(row.held)
end

-- Where the database says reading goes on.
function sink.open(task, partitions)
  if not task.keeps_offsets then return nil end
  jdbc.connect(task, task.cap.sql)
  task.db:execute(statement(task, CREATE_OFFSETS))
  for _, at in ipairs(partitions) do at.offset = held_offset(task, at) or at.offset end
  return partitions
end

-- Moves the offsets of a batch; false when that, and so all of the batch, is done already.
local function move_offsets(task, ranges)
  for _, range in ipairs(ranges) do
    local place = { task.connector, range.topic, range.partition }
    local moved = task.db:execute(statement(task, MOVE), { place[1], place[2], place[3], range.first, range.next })
    if moved == 0 then
      local held = held_offset(task, range)
      if held == range.next then return false end
      if held then
        lc.raise("ConnectException", ("another task writes %s, partition %d: the database is at %d instead of %d"):format(
          range.topic, range.partition, held, range.first))
      end
      task.db:execute(statement(task, FIRST), { place[1], place[2], place[3], range.next })
    end
  end
  return true
end

-- Tables are made and changed before the transaction begins: MySQL would commit it.
local function transaction(task, records, ranges, write)
  each_run(task, records, plan_of)
  task.db:execute("BEGIN")
  if not task.keeps_offsets or not ranges or move_offsets(task, ranges) then each_run(task, records, write) end
  task.db:execute("COMMIT")
end

-- After an error: what was begun is undone, and what was known of tables may be wrong.
local function undo(task)
  forget_tables(task)
  if not task.db or task.db:is_lost() or not pcall(task.db.execute, task.db, "ROLLBACK") then jdbc.disconnect(task) end
end

local function attempt(task, records, ranges, write)
  local ok, problem = pcall(function()
    jdbc.connect(task, task.cap.sql)
    transaction(task, records, ranges, write)
  end)
  if ok then return true end
  undo(task)
  return false, problem
end

local function try_again(task, problem)
  if not jdbc.is_retriable(problem) then error(problem, 0) end
  task.attempts = task.attempts + 1
  if task.attempts > task.config["max.retries"] then
    lc.raise("ConnectException", ("giving up after %d retries: %s"):format(task.config["max.retries"], tostring(problem)))
  end
  task.not_before = lc.time.now() + task.config["retry.backoff.ms"]
  lc.log.warn("writing failed and is tried again", "attempt", task.attempts, "error", tostring(problem))
  lc.retry(tostring(problem))
end

function sink.put(task, records, ranges)
  if #records == 0 and not (task.keeps_offsets and ranges and #ranges > 0) then return end
  if lc.time.now() < task.not_before then lc.retry("waiting before the next attempt") end
  local ok, problem = attempt(task, records, ranges, write_run)
  if not ok and jdbc.is_data(problem) and task.isolates then
    ok, problem = attempt(task, records, ranges, write_carefully)
  end
  if not ok then try_again(task, problem) end
  task.attempts = 0
end

function sink.check(task) return jdbc.check(task, task.cap.sql) end

function sink.stop(task) jdbc.disconnect(task) end

return sink
