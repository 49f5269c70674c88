local lc = require "lc"

-- SQLite: one file, one writer at a time, types that belong to values.

local dialect = { name = "sqlite", begin_reading = "BEGIN" }

function dialect.quote(name) return '"' .. name:gsub('"', '""') .. '"' end

function dialect.options(spec, parameters)
  local unknown = {}
  if not spec.database then lc.raise("ConfigException", "connection.url must name a file: jdbc:sqlite:/data/shop.db") end
  for name, value in pairs(parameters) do
    if name == "busy_timeout" then spec.extra.busy_timeout = value else unknown[#unknown + 1] = name end
  end
  table.sort(unknown)
  return unknown
end

-- Tables.

function dialect.tables(db, types)
  local wanted = {}
  for _, kind in ipairs(types) do wanted[kind:lower()] = true end
  local found = {}
  for _, item in ipairs(db:rows("SELECT name, type FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")) do
    if wanted[item.type] then
      item.id, item.ids, item.path = item.name, { item.name }, { item.name }
      found[#found + 1] = item
    end
  end
  return found
end

function dialect.columns(db, name)
  local list = {}
  for i, column in ipairs(db:rows(("PRAGMA table_info(%s)"):format(name))) do
    list[i] = {
      name = column.name, type = (column.type or ""):lower(), base = (column.type or ""):lower(), key = column.pk > 0,
      not_null = column.notnull ~= 0 or column.pk > 0,
    }
  end
  return #list > 0 and list or nil
end

-- Types.

local types = {
  int8 = "INTEGER", int16 = "INTEGER", int32 = "INTEGER", int64 = "INTEGER", boolean = "INTEGER", float32 = "REAL",
  float64 = "REAL", string = "TEXT", bytes = "BLOB",
}
local logical = { decimal = "NUMERIC", date = "NUMERIC", time = "NUMERIC", timestamp = "NUMERIC" }

function dialect.column_type(kind, schema) return logical[kind] or types[schema.type] end

-- Dates are milliseconds, as the Java driver stores them.
local numbers = { date = "int", time = "int", timestamp = "int" }
function dialect.kind(kind) return numbers[kind] or kind end

-- Statements.

local function lists(fields)
  local names, marks = {}, {}
  for i, field in ipairs(fields) do names[i], marks[i] = field.quoted, "?" .. i end
  return table.concat(names, ", "), table.concat(marks, ", ")
end

local function split(fields, mark)
  local keys, changes, names = {}, {}, {}
  for i, field in ipairs(fields) do
    local list = field.key and keys or changes
    list[#list + 1] = field.quoted .. " = " .. (mark or "?" .. i):gsub("NAME", (field.quoted:gsub("%%", "%%%%")))
    if field.key then names[#names + 1] = field.quoted end
  end
  return keys, changes, names
end

function dialect.insert(name, fields, upsert)
  local names, marks = lists(fields)
  local _, changes, keys = split(fields, "excluded.NAME")
  local conflict = ""
  if upsert then
    local action = #changes > 0 and "UPDATE SET " .. table.concat(changes, ", ") or "NOTHING"
    conflict = (" ON CONFLICT (%s) DO %s"):format(table.concat(keys, ", "), action)
  end
  return { head = ("INSERT INTO %s (%s) VALUES (%s)%s"):format(name, names, marks, conflict) }
end

function dialect.update(name, fields)
  local keys, changes = split(fields)
  return { head = ("UPDATE %s SET %s WHERE %s"):format(name, table.concat(changes, ", "), table.concat(keys, " AND ")) }
end

function dialect.delete(name, fields)
  return { head = ("DELETE FROM %s WHERE %s"):format(name, table.concat((split(fields)), " AND ")) }
end

function dialect.add_columns(name, definitions)
  local list = {}
  for i, definition in ipairs(definitions) do list[i] = ("ALTER TABLE %s ADD COLUMN %s"):format(name, definition) end
  return list
end

function dialect.parameter(i) return "?" .. i end

-- Reading.

function dialect.selected(_, quoted) return quoted end
function dialect.wrapped() end

local schemas = {
  { "int", lc.int64 }, { "bool", lc.boolean }, { "char", lc.string }, { "clob", lc.string }, { "text", lc.string },
  { "blob", lc.bytes }, { "real", lc.float64 }, { "floa", lc.float64 }, { "doub", lc.float64 }, { "timestamp", lc.timestamp },
  { "datetime", lc.timestamp }, { "date", lc.date }, { "time", lc.schema.time },
}
function dialect.schema_of(column)
  local declared = column.type:lower()
  for _, item in ipairs(schemas) do
    if declared:find(item[1], 1, true) then return item[2] end
  end
  if declared:find("num") or declared:find("dec") then
    local precision, scale = declared:match("%((%d+)%s*,?%s*(%d*)%)")
    return nil, tonumber(precision), tonumber(scale) or (precision and 0) or 10
  end
  return lc.string
end

function dialect.moment(i) return "?" .. i end
function dialect.moment_column(expression)
  return ("CASE typeof(%s) WHEN 'text' THEN CAST(ROUND((julianday(%s) - 2440587.5) * 86400000) AS INTEGER) ELSE %s END"):format(
    expression, expression, expression)
end
dialect.moment_unit = 1

function dialect.is_instant() return false end
function dialect.now() return lc.time.now() end
function dialect.safe_bound() return false end -- one writer at a time: nothing commits late

return dialect
