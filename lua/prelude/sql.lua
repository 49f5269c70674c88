-- The capability `sql`: databases. Rows of queries become records, and records rows of statements, in C.

local P = ...
local ffi, S = P.ffi, P.S
local type, error, setmetatable, tonumber, ipairs, pairs = type, error, setmetatable, tonumber, ipairs, pairs
local tostring = P.tostring
local sql = P.native.sql

local Database, Writer, Rows = {}, {}, {}
Database.__index, Writer.__index, Rows.__index = Database, Writer, Rows
Database.__metatable, Writer.__metatable, Rows.__metatable = false, false, false

local handles = setmetatable({}, { __mode = "k" }) -- by object: the C handle, which scripts never hold
local owners = setmetatable({}, { __mode = "k" }) -- by Rows: its database

local function handle_of(object)
  local handle = handles[object]
  if not handle then error("the database was closed", 3) end
  return handle
end

local function check(ok, ...)
  if not ok then P.throw() end
  return ...
end

-- Parameters as a letter and a value each.
local function letter_of(x)
  local kind = type(x)
  if x == nil or x == P.null then return "n", false end
  if kind == "boolean" then return "y", x end
  if kind == "string" then return "t", x end
  if kind == "number" then
    if x % 1 == 0 and x > -9007199254740992 and x < 9007199254740992 then return "i", ("%d"):format(x) end
    return "d", x
  end
  if ffi.istype("int64_t", x) then return "i", (tostring(x):gsub("LL$", "")) end
  error("a " .. P.type_name(x) .. " can't be a parameter", 4)
end

local function parameters(list)
  local letters, values = {}, {}
  for i = 1, list and (list.n or #list) or 0 do letters[i], values[i] = letter_of(list[i]) end
  return table.concat(letters), values
end

-- Runs a statement and returns how many rows it changed.
function Database.execute(database, statement, params)
  return check(sql.execute(handle_of(database), statement, parameters(params)))
end

-- All rows of a query, each a table by the names of columns: for results that are small.
function Database.rows(database, query, params)
  return check(sql.rows(handle_of(database), query, parameters(params)))
end

-- What the last error was: "data", "again", "lost", "cancelled" or "other"; its SQLSTATE.
function Database.fault(database)
  local fault, state = sql.fault(handle_of(database))
  return fault, state
end

function Database.is_lost(database)
  local handle = handles[database]
  if not handle then return true end
  local _, _, lost = sql.fault(handle)
  return lost
end

function Database.close(database)
  local handle = handles[database]
  handles[database] = nil
  if handle then sql.close(handle) end
end

-- Writing.

local KINDS = {
  bool = 1, int = 2, double = 3, text = 4, bytes = 5, decimal = 6, date = 7, time = 8, timestamp = 9, instant = 10,
}
local SIDES = { key = 0, value = 1, topic = 2, partition = 3, offset = 4 }

local function slot_in(schema, field)
  if field == nil then return -1 end
  for i, known in ipairs(schema.fields) do
    if known.name == field then return i - 1 end
  end
  error("the schema has no field " .. tostring(field), 0)
end

local function describe_field(given, spec)
  local kind, side = KINDS[given.kind], SIDES[given.side]
  if not kind or not side then error("a field of a writer needs a kind and a side", 0) end
  local schema = given.side == "key" and spec.key_schema or spec.value_schema
  return { name = given.name, kind = kind, side = side, key = given.key == true, slot = slot_in(schema, given.field) }
end

-- A statement for many records of one topic, key schema and value schema.
function Database.writer(database, spec)
  handle_of(database)
  local fields = {}
  for i, field in ipairs(spec.fields) do fields[i] = describe_field(field, spec) end
  local writer = setmetatable({}, Writer)
  handles[writer] = check(sql.plan {
    head = spec.head, tail = spec.tail, last_wins = spec.last_wins == true, zone = spec.zone, fields = fields,
  })
  return writer
end

function Writer.close(writer)
  local handle = handles[writer]
  handles[writer] = nil
  if handle then sql.close(handle) end
end

local function check_records(records)
  if not ffi.istype(P.records_t, records) then error("the records of put expected", 3) end
  P.check(records)
end

-- The place of the last record, from `first` on, that has the same topic and schemas, and nulls in the same places.
function Database.run(_, records, first)
  check_records(records)
  if type(first) ~= "number" or first < 1 or first > #records then error("there is no such record", 2) end
  return sql.run(first)
end

-- Writes records `first` to `last` of put, but for rejected ones; returns how many rows changed.
function Database.write(database, writer, records, first, last)
  check_records(records)
  return check(sql.write(handle_of(database), handle_of(writer), first, last))
end

-- Reading.

-- Runs a query whose rows become records: returns its rows, with `columns`. PostgreSQL wants a transaction around it.
function Database.query(database, query, params, fetch)
  local letters, values = parameters(params)
  local rows = setmetatable({ columns = check(sql.query(handle_of(database), query, letters, values, fetch or 2000)) }, Rows)
  owners[rows] = database
  return rows
end

-- What records are made of: { schema =, topic =, partition =, incrementing =, timestamps =, zone =, ms =, nanos = }.
function Rows.bind(rows, spec)
  S.schema = P.schema_pointer(spec.schema)
  check(sql.bind(handle_of(owners[rows]), {
    incrementing = spec.incrementing or 0, timestamps = spec.timestamps or {}, zone = spec.zone, ms = spec.ms or 0,
    nanos = spec.nanos or 0,
  }))
  rows.topic, rows.partition = spec.topic, spec.partition
end

-- Adds records; returns how many, whether there are more rows, and where the last one is.
function Rows.read(rows, out, room)
  if out ~= P.out then error("rows:read(out): the out of poll expected", 2) end
  if type(rows.topic) ~= "string" then error("rows:bind first", 2) end
  P.partition_cell(rows.partition, S.a)
  local count, more, ms, nanos, number = check(sql.read(handle_of(owners[rows]), rows.topic, room or S.room))
  return count, more, { ms = ms, nanos = nanos, number = number }
end

function Rows.close(rows)
  local handle = handles[owners[rows]]
  if handle then sql.end_query(handle) end
end

local capability = {}

-- { driver = "postgresql", host =, port =, database =, user =, password =, timeout = ms, extra = { sslmode = … } }
function capability.connect(_, spec)
  local extra = {}
  for name, value in pairs(spec.extra or {}) do
    extra[#extra + 1] = tostring(name)
    extra[#extra + 1] = tostring(value)
  end
  local database = setmetatable({}, Database)
  handles[database] = check(sql.connect {
    driver = tostring(spec.driver), host = spec.host, port = tonumber(spec.port) or 0, database = spec.database,
    user = spec.user, password = spec.password, timeout = spec.timeout or 0, extra = extra,
  })
  return database
end

P.open_tables.capabilities.sql = function() return P.freeze(capability) end
