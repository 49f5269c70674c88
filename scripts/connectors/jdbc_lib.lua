local lc = require "lc"

-- What the JDBC source and sink share: URLs as Java's drivers read them, dialects, names, connections.

local jdbc = {}

local mysql = require "jdbc_mysql_lib"
local dialects = {
  postgresql = require "jdbc_postgresql_lib", mysql = mysql, mariadb = mysql, sqlite = require "jdbc_sqlite_lib",
}

-- URLs.

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function parameters_of(text)
  local list = {}
  for pair in (text or ""):gmatch("[^&;]+") do
    local name, value = pair:match("^([^=]+)=(.*)$")
    list[decode(name or pair)] = value and decode(value) or ""
  end
  return list
end

-- "//host:port/database", "//host/", "database"
local function place_of(text)
  local authority, database = text:match("^//([^/]*)/?(.*)$")
  if not authority then return { database = decode(text) } end
  local host, port = authority:match("^(.-):(%d+)$")
  host = host or authority
  return { host = host:match("^%[(.*)%]$") or host, port = tonumber(port), database = decode(database) }
end

-- { driver =, host =, port =, database =, parameters = }, or raises.
function jdbc.parse_url(url)
  local kind, rest = url:match("^jdbc:(%a+):(.*)$")
  local dialect = kind and dialects[kind]
  if not dialect then
    lc.raise("ConfigException", "connection.url must begin with jdbc:postgresql:, jdbc:mysql:, "
      .. "jdbc:mariadb: or jdbc:sqlite:, not " .. url:match("^[^/?]*"))
  end
  local place, query = rest:match("^([^?]*)%??(.*)$")
  local at = kind == "sqlite" and { database = place } or place_of(place)
  at.driver, at.dialect, at.parameters = dialect.name, dialect, parameters_of(query)
  return at
end

-- Why a URL won't do; for validators.
function jdbc.check_url(url)
  if url == nil or url == "" then return end
  local ok, problem = pcall(jdbc.parse_url, url)
  if not ok then return tostring(problem) end
end

local function set(text) return text ~= nil and text ~= "" and text or nil end

-- What capability sql connects by.
function jdbc.target(config)
  local at = jdbc.parse_url(config["connection.url"])
  local user, password = set(config["connection.user"]), set(config["connection.password"])
  local spec = {
    driver = at.driver, host = set(at.host), port = at.port, database = set(at.database),
    user = user or at.parameters.user, password = password or at.parameters.password,
    timeout = 10000, extra = {}, dialect = at.dialect,
  }
  at.parameters.user, at.parameters.password = nil, nil
  local unknown = at.dialect.options(spec, at.parameters)
  if #unknown > 0 then
    lc.log.info("parameters of the URL that mean nothing here", "parameters", table.concat(unknown, ", "))
  end
  return spec
end

-- The task's connection, opened when there is none, by its capability `sql`.
function jdbc.connect(task, sql)
  if task.db and not task.db:is_lost() then return task.db end
  jdbc.disconnect(task)
  task.target = task.target or jdbc.target(task.config)
  task.dialect = task.target.dialect
  task.db = sql:connect(task.target)
  return task.db
end

function jdbc.disconnect(task)
  if task.db then task.db:close() end
  task.db = nil
end

-- Whether the database can be used, for those who validate the settings.
function jdbc.check(task, sql)
  local ok, problem = pcall(jdbc.connect, task, sql)
  jdbc.disconnect(task)
  if not ok then return { ["connection.url"] = tostring(problem) } end
end

-- Errors.

function jdbc.is_data(problem)
  return type(problem) == "table" and type(problem.class) == "string" and problem.class:find("DataException", 1, true) ~= nil
end

function jdbc.is_retriable(problem) return type(problem) == "table" and problem.retriable == true end

-- Names.

-- "schema.table" as its parts; a part in double quotes may hold dots.
function jdbc.name_parts(name)
  local parts, rest = {}, name
  while rest ~= "" do
    local part, after = rest:match('^"([^"]+)"%.?(.*)$')
    if not part then part, after = rest:match("^([^.]*)%.?(.*)$") end
    parts[#parts + 1], rest = part, after
  end
  return parts
end

-- A function that quotes a name, or leaves it, as quote.sql.identifiers says.
function jdbc.quoter(config, dialect)
  if (config["quote.sql.identifiers"] or "always"):lower() == "never" then return function(name) return name end end
  return dialect.quote
end

function jdbc.full_name(parts, quote)
  local quoted = {}
  for i, part in ipairs(parts) do quoted[i] = quote(part) end
  return table.concat(quoted, ".")
end

-- Settings.

local group = "Connection"
local connection_settings = {
  ["connection.url"] = lc.config.string {
    doc = "JDBC connection URL, such as jdbc:postgresql://localhost:5432/shop, jdbc:mariadb://localhost:3306/shop or "
      .. "jdbc:sqlite:/data/shop.db",
    required = true, importance = "high", group = group, width = "long", display = "JDBC URL", validator = jdbc.check_url },
  ["connection.user"] = lc.config.string {
    doc = "JDBC connection user", importance = "high", group = group, display = "JDBC User" },
  ["connection.password"] = lc.config.password {
    doc = "JDBC connection password", importance = "high", group = group, display = "JDBC Password" },
  ["quote.sql.identifiers"] = lc.config.choice {
    doc = "When to quote names of tables and columns in SQL", valid = { "always", "never", ignore_case = true },
    default = "always", importance = "medium", group = group },
}

function jdbc.with_connection(settings)
  for name, definition in pairs(connection_settings) do settings[name] = definition end
  return settings
end

-- Keys of the Java connector that have no meaning here: accepted, and said once.
function jdbc.without_meaning(settings, keys)
  for _, key in ipairs(keys) do
    settings[key] = lc.config.string { doc = "Accepted; has no meaning here", default = "", importance = "low", hidden = true }
  end
end

function jdbc.say_without_meaning(task, keys)
  local given = {}
  for _, key in ipairs(keys) do
    if task.config[key] ~= "" then given[#given + 1] = key end
  end
  if #given > 0 and task.id == 0 then
    lc.log.info("settings that have no meaning here", "settings", table.concat(given, ", "))
  end
end

return jdbc
