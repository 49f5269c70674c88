local lc = require "lc"

-- PostgreSQL: names, types, and statements that take a whole batch as one array per column.

local dialect = { name = "postgresql" }

function dialect.quote(name) return '"' .. name:gsub('"', '""') .. '"' end

-- Connecting.

local passed_on = {
  sslmode = "sslmode", sslrootcert = "sslrootcert", sslcert = "sslcert", sslkey = "sslkey", sslpassword = "sslpassword",
  ApplicationName = "application_name", gssEncMode = "gssencmode", channelBinding = "channel_binding",
  targetServerType = false, connectTimeout = false, loginTimeout = false, socketTimeout = false, tcpKeepAlive = false,
}

-- Parameters of the URL as libpq's; returns those that mean nothing.
function dialect.options(spec, parameters)
  local unknown, options = {}, { "-c TimeZone=UTC" }
  spec.host, spec.port = spec.host or "localhost", spec.port or 5432
  spec.database = spec.database or spec.user
  for name, value in pairs(parameters) do
    if passed_on[name] then
      spec.extra[passed_on[name]] = value
    elseif name == "ssl" then
      if value ~= "false" and not parameters.sslmode then spec.extra.sslmode = "verify-full" end
    elseif name == "currentSchema" then
      options[#options + 1] = "-c search_path=" .. value:gsub("([\\ ])", "\\%1")
    elseif name == "options" then
      options[#options + 1] = value
    elseif name == "connectTimeout" or name == "loginTimeout" then
      spec.timeout = tonumber(value) and tonumber(value) * 1000 or spec.timeout
    else
      unknown[#unknown + 1] = name
    end
  end
  spec.extra.options = table.concat(options, " ")
  table.sort(unknown)
  return unknown
end

-- Tables.

local TABLES = [[
SELECT current_database() AS catalog, n.nspname AS schema, c.relname AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
  AND c.relkind::text = ANY (string_to_array($1, ',')) AND NOT c.relispartition AND ($2 = '' OR n.nspname LIKE $2)
ORDER BY 2, 3]]

local kinds = {
  TABLE = "r,p", VIEW = "v", ["MATERIALIZED VIEW"] = "m", ["FOREIGN TABLE"] = "f", ["PARTITIONED TABLE"] = "p",
}

-- { {catalog =, schema =, name =, id = "db.schema.table"}, … }
function dialect.tables(db, types, schema_pattern)
  local wanted = {}
  for _, kind in ipairs(types) do wanted[#wanted + 1] = kinds[kind:upper()] end
  local found = db:rows(TABLES, { table.concat(wanted, ","), schema_pattern or "" })
  for _, item in ipairs(found) do
    item.id = item.catalog .. "." .. item.schema .. "." .. item.name
    item.ids = { item.id, item.schema .. "." .. item.name, item.name }
    item.path = { item.schema, item.name }
  end
  return found
end

local COLUMNS = [[
SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attnotnull AS not_null, t.typname AS base,
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey::int2[])) AS key
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum]]

-- Columns of a table in order, or nil when there is none. `name` is as it stands in SQL.
function dialect.columns(db, name)
  local columns = db:rows(COLUMNS, { name })
  return #columns > 0 and columns or nil
end

-- Types.

local types = {
  int8 = "SMALLINT", int16 = "SMALLINT", int32 = "INT", int64 = "BIGINT", float32 = "REAL", float64 = "DOUBLE PRECISION",
  boolean = "BOOLEAN", string = "TEXT", bytes = "BYTEA",
}
local logical = { decimal = "DECIMAL", date = "DATE", time = "TIME", timestamp = "TIMESTAMP" }

function dialect.column_type(kind, schema) return logical[kind] or types[schema.type] end

function dialect.kind(kind, column)
  return kind == "timestamp" and column.type == "timestamp with time zone" and "instant" or kind
end

-- Statements.

local items = {
  bool = "bool", int = "int8", double = "float8", text = "text", bytes = "bytea", decimal = "text", date = "date",
  time = "time", timestamp = "timestamp", instant = "timestamptz",
}
local texts = { text = true, ["character varying"] = true, character = true, name = true, citext = true }

-- "unnest($1::int8[], …) AS r(c1, …)", and how each column is read from it.
local function rows_of(fields)
  local arrays, names, values = {}, {}, {}
  for i, field in ipairs(fields) do
    arrays[i] = ("$%d::%s[]"):format(i, items[field.kind])
    names[i] = "c" .. i
    -- Without length or precision: a text that is too long shall be an error, not be cut.
    local is_text = field.kind == "text" or field.kind == "decimal"
    values[i] = is_text and not texts[field.type] and ("r.c%d::%s"):format(i, field.type) or "r.c" .. i
  end
  return ("unnest(%s) AS r(%s)"):format(table.concat(arrays, ", "), table.concat(names, ", ")), values
end

local function conflict(fields, upsert)
  local keys, changes = {}, {}
  for _, field in ipairs(fields) do
    if field.key then keys[#keys + 1] = field.quoted else
      changes[#changes + 1] = field.quoted .. " = EXCLUDED." .. field.quoted
    end
  end
  if not upsert then return "" end
  local action = #changes > 0 and "UPDATE SET " .. table.concat(changes, ", ") or "NOTHING"
  return (" ON CONFLICT (%s) DO %s"):format(table.concat(keys, ", "), action)
end

local function quoted_names(fields)
  local names = {}
  for i, field in ipairs(fields) do names[i] = field.quoted end
  return table.concat(names, ", ")
end

function dialect.insert(name, fields, upsert)
  local rows, values = rows_of(fields)
  return {
    head = ("INSERT INTO %s (%s) SELECT %s FROM %s%s"):format(name, quoted_names(fields), table.concat(values, ", "), rows,
                                                              conflict(fields, upsert)),
  }
end

local function matches(fields, values)
  local list = {}
  for i, field in ipairs(fields) do
    if field.key then list[#list + 1] = ("t.%s = %s"):format(field.quoted, values[i]) end
  end
  return table.concat(list, " AND ")
end

function dialect.update(name, fields)
  local rows, values = rows_of(fields)
  local changes = {}
  for i, field in ipairs(fields) do
    if not field.key then changes[#changes + 1] = field.quoted .. " = " .. values[i] end
  end
  local set, which = table.concat(changes, ", "), matches(fields, values)
  return { head = ("UPDATE %s AS t SET %s FROM %s WHERE %s"):format(name, set, rows, which) }
end

function dialect.delete(name, fields)
  local rows, values = rows_of(fields)
  return { head = ("DELETE FROM %s AS t USING %s WHERE %s"):format(name, rows, matches(fields, values)) }
end

-- Adds columns; one statement.
function dialect.add_columns(name, definitions)
  local list = {}
  for i, definition in ipairs(definitions) do list[i] = "ADD COLUMN " .. definition end
  return { ("ALTER TABLE %s %s"):format(name, table.concat(list, ", ")) }
end

function dialect.parameter(i) return "$" .. i end

-- Reading.

dialect.begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

-- A column as it is selected: what has no binary form that is known is read as text.
local known = {
  bool = true, bytea = true, char = true, name = true, int8 = true, int2 = true, int4 = true, text = true, oid = true, xid = true,
  json = true, xml = true, float4 = true, float8 = true, bpchar = true, varchar = true, date = true, time = true,
  timestamp = true, timestamptz = true, timetz = true, numeric = true, uuid = true, jsonb = true,
}
function dialect.selected(column, quoted)
  return known[column.base] and quoted or ("%s::text AS %s"):format(quoted, quoted)
end

-- A query whose columns have no known form, with those as text.
function dialect.wrapped(query, columns)
  local list, needed = {}, false
  for i, column in ipairs(columns) do
    local quoted = dialect.quote(column.name)
    list[i] = column.type ~= "" and quoted or quoted .. "::text"
    needed = needed or column.type == ""
  end
  if not needed then return nil end
  return ("SELECT %s FROM (%s) AS q"):format(table.concat(list, ", "), query)
end

local schemas = {
  bool = lc.boolean, int2 = lc.int16, int4 = lc.int32, int8 = lc.int64, oid = lc.int64, xid = lc.int64, float4 = lc.float32,
  float8 = lc.float64, bytea = lc.bytes, date = lc.date, time = lc.time, timetz = lc.time, timestamp = lc.timestamp,
  timestamptz = lc.timestamp,
}
-- Connect's schema of a column of a result; a precision for numbers of decimals.
function dialect.schema_of(column)
  if column.type == "numeric" then
    return nil, column.precision > 0 and column.precision or nil, column.precision > 0 and column.scale or 127
  end
  return column.type == "time" and lc.schema.time or schemas[column.type] or lc.string
end

-- The moment in parameter i, as microseconds, to compare a column with.
function dialect.moment(i, is_instant)
  return ("('epoch'::%s + $%d::bigint * interval '1 microsecond')"):format(is_instant and "timestamptz" or "timestamp", i)
end
function dialect.moment_column(expression) return expression end
dialect.moment_unit = 1000 -- of a millisecond

function dialect.is_instant(column) return column.base == "timestamptz" end

function dialect.now(db) return tonumber(db:rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms")[1].ms) end

local SNAPSHOT = [[
SELECT pg_snapshot_xmin(s)::text AS low, pg_snapshot_xmax(s)::text AS high FROM pg_current_snapshot() s]]

-- Transactions that were running when a row was seen may yet commit rows that come before it. What is seen now is
-- safe to go past once all of them have ended: `state` remembers how far that is. Returns whether there is a bound and
-- the bound (nil: nothing is safe yet).
function dialect.safe_bound(db, state, column, name)
  local seen = db:rows(SNAPSHOT)[1]
  local low, high = tonumber(seen.low), tonumber(seen.high)
  if low == high then
    state.safe, state.pending = nil, nil
    return false
  end
  if state.pending and low >= state.pending.high then state.safe, state.pending = state.pending.maximum, nil end
  if not state.pending then
    local maximum = db:rows(("SELECT max(%s)::text AS maximum FROM %s"):format(column, name))[1].maximum
    state.pending = { maximum = maximum, high = high }
  end
  return true, state.safe
end

return dialect
