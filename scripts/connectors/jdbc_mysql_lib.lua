local lc = require "lc"

-- MySQL and MariaDB: names in backticks, many rows in one statement, tables that are changed at once.

local dialect = { name = "mysql", begin_reading = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY" }

function dialect.quote(name) return "`" .. name:gsub("`", "``") .. "`" end

-- Connecting.

local verified = {
  ["verify-ca"] = true, ["verify-full"] = true, verify_ca = true, verify_identity = true,
}
local encrypted = { trust = true, require = true, required = true }

local function set_tls(spec, mode)
  if not (verified[mode] or encrypted[mode]) then return end
  spec.extra.ssl = "1"
  if verified[mode] then spec.extra.ssl_verify = "1" end
end

local files = { serverSslCert = "ssl_ca", clientSslCert = "ssl_cert", clientSslKey = "ssl_key" }

-- Parameters of the URL; returns those that mean nothing.
function dialect.options(spec, parameters)
  local unknown = {}
  spec.host, spec.port = spec.host or "localhost", spec.port or 3306
  for name, value in pairs(parameters) do
    if name == "sslMode" then
      set_tls(spec, value:lower())
    elseif name == "useSSL" or name == "requireSSL" then
      if value == "true" and not parameters.sslMode then set_tls(spec, "require") end
    elseif files[name] then
      spec.extra[files[name]] = value
    elseif name == "localSocket" then
      spec.host = value
    elseif name == "connectTimeout" then
      spec.timeout = tonumber(value) or spec.timeout
    else
      unknown[#unknown + 1] = name
    end
  end
  table.sort(unknown)
  return unknown
end

-- Tables.

local TABLES = [[
SELECT table_schema AS `catalog`, table_name AS `name`, table_type AS `type` FROM information_schema.tables
WHERE table_schema = DATABASE() ORDER BY table_name]]

local kinds = { TABLE = "BASE TABLE", VIEW = "VIEW" }

-- { {catalog =, name =, id = "shop.orders"}, … }
function dialect.tables(db, types)
  local wanted, found = {}, {}
  for _, kind in ipairs(types) do wanted[kinds[kind:upper()] or kind] = true end
  for _, item in ipairs(db:rows(TABLES)) do
    if wanted[item.type] then
      item.id = item.catalog .. "." .. item.name
      item.ids, item.path = { item.id, item.name }, { item.catalog, item.name }
      found[#found + 1] = item
    end
  end
  return found
end

local NO_SUCH_TABLE = "42S02"

function dialect.columns(db, name)
  local ok, rows = pcall(db.rows, db, "SHOW COLUMNS FROM " .. name)
  if not ok then
    local _, state = db:fault()
    if state == NO_SUCH_TABLE then return nil end
    error(rows, 0)
  end
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = {
      name = row.Field, type = row.Type, base = row.Type:match("^%a*"), key = row.Key == "PRI", not_null = row.Null == "NO",
    }
  end
  return list
end

-- Types.

local types = {
  int8 = "TINYINT", int16 = "SMALLINT", int32 = "INT", int64 = "BIGINT", float32 = "FLOAT", float64 = "DOUBLE",
  boolean = "TINYINT", string = "TEXT", bytes = "VARBINARY(1024)",
}
local logical = { date = "DATE", time = "TIME(3)", timestamp = "DATETIME(3)" }
local KEY_TEXT = "VARCHAR(256)" -- a TEXT can't be a key

function dialect.column_type(kind, schema, is_key)
  if kind == "decimal" then return ("DECIMAL(65,%d)"):format(math.min(tonumber(schema.parameters.scale) or 0, 38)) end
  if kind == "text" and is_key then return KEY_TEXT end
  return logical[kind] or types[schema.type]
end

function dialect.kind(kind, column) return kind == "timestamp" and column.base == "timestamp" and "instant" or kind end

-- Statements.

local function names_of(fields)
  local names = {}
  for i, field in ipairs(fields) do names[i] = field.quoted end
  return table.concat(names, ", ")
end

local function on_duplicate(fields)
  local changes = {}
  for _, field in ipairs(fields) do
    if not field.key then changes[#changes + 1] = ("%s = VALUES(%s)"):format(field.quoted, field.quoted) end
  end
  local first = fields[1].quoted
  if #changes == 0 then changes[1] = first .. " = " .. first end
  return " ON DUPLICATE KEY UPDATE " .. table.concat(changes, ", ")
end

function dialect.insert(name, fields, upsert)
  return {
    head = ("INSERT INTO %s (%s) VALUES "):format(name, names_of(fields)), tail = upsert and on_duplicate(fields) or "",
  }
end

-- Row by row.
function dialect.update(name, fields)
  local keys, changes = {}, {}
  for i, field in ipairs(fields) do
    local list = field.key and keys or changes
    list[#list + 1] = ("%s = ?%d"):format(field.quoted, i)
  end
  return { head = ("UPDATE %s SET %s WHERE %s"):format(name, table.concat(changes, ", "), table.concat(keys, " AND ")) }
end

function dialect.delete(name, fields)
  return { head = ("DELETE FROM %s WHERE (%s) IN ("):format(name, names_of(fields)), tail = ")" }
end

function dialect.add_columns(name, definitions)
  local list = {}
  for i, definition in ipairs(definitions) do list[i] = "ADD COLUMN " .. definition end
  return { ("ALTER TABLE %s %s"):format(name, table.concat(list, ", ")) }
end

function dialect.parameter(i) return "?" .. i end

-- Reading.

function dialect.selected(_, quoted) return quoted end
function dialect.wrapped() end

local schemas = {
  tinyint = lc.int8, smallint = lc.int16, int = lc.int32, bigint = lc.int64, float = lc.float32, double = lc.float64,
  blob = lc.bytes, date = lc.date, time = lc.schema.time, datetime = lc.timestamp, timestamp = lc.timestamp,
}
function dialect.schema_of(column)
  if column.type == "decimal" then return nil, column.precision, column.scale end
  return schemas[column.type] or lc.string
end

-- The session's zone is UTC, so all columns compare as they stand.
function dialect.moment(i) return ("(TIMESTAMP'1970-01-01 00:00:00' + INTERVAL ?%d MICROSECOND)"):format(i) end
function dialect.moment_column(expression) return expression end
dialect.moment_unit = 1000 -- of a millisecond

function dialect.is_instant(column) return column.base == "timestamp" end

function dialect.now(db) return tonumber(db:rows("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS ms")[1].ms) end

function dialect.safe_bound() return false end

return dialect
