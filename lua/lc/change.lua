-- What transforms of fields of their own share: schemas that change with the fields, functions of one cell, expressions.

local P = ...
local sdk = P.sdk
local type, pairs, ipairs, error = type, pairs, ipairs, error

-- Fields that change.

local function new_schema(change, old)
  local schema = change.schema
  if type(schema) == "function" then schema = schema(old) end
  return schema or old
end

local function take(from, to, tree)
  to:like(from.schema)
  if from.schema ~= nil then to:set { optional = from.schema.optional } end
  local is_there = {}
  for _, field in ipairs(from.fields) do
    local change, inner = tree.leaves[field.name], tree.inner[field.name]
    is_there[field.name] = true
    if inner and not change then
      to:within(field, field.name, function(inside, into) take(inside, into, inner) end)
    elseif not change then
      to:take(field, field.name)
    elseif not change.drop then
      to:take(field, field.name, field.schema ~= nil and { schema = new_schema(change, field.schema), check = false } or nil)
    end
  end
  for _, name in ipairs(tree.names) do
    local change = tree.leaves[name]
    if change and change.add and from.schema ~= nil and not is_there[name] then
      to:constant(name, nil, new_schema(change, nil))
    end
  end
end

-- lc.field_changes(changes, version): a function(record, side) that makes the struct there anew, with other schemas for
-- some fields; see lua/README.md. Of maps only fields that are dropped go.
function sdk.field_changes(changes, version)
  local entries, drops = {}, false
  for i, change in ipairs(changes) do
    entries[i] = { change.field, change }
    drops = drops or change.drop
  end
  local tree = sdk.path_tree(entries, version)
  local reshape = sdk.reshaper(function(from, _, to) take(from, to, tree) end)
  return function(record, side)
    local schema = side == "key" and record.key_schema or side == "value" and record.value_schema
    if schema then
      sdk.require_struct(record, side, "field changes")
    else
      sdk.require_map(record, side, "field changes")
      if not drops then return end
    end
    reshape(record, side)
  end
end

-- lc.cell_editor { fields =, version =, schema =, edit = }: a function(record, side) that runs edit(holder, name) for each
-- field that is there and not null, or for the whole key or value when there are no fields. `schema` is the new schema,
-- or a function that gives it for the old one.
function sdk.cell_editor(options)
  local changes, paths, edit = {}, {}, options.edit
  for i, field in ipairs(options.fields) do
    changes[i] = { field = field, schema = options.schema }
    paths[i] = sdk.path(field, options.version)
  end
  local function edit_place(path, record, side)
    local holder, name = path:place(record, side)
    if holder == nil then return end
    local kind = sdk.type(holder, name)
    if kind ~= nil and kind ~= "null" then edit(holder, name) end
  end
  local prepare, edit_all = sdk.field_changes(changes, options.version), sdk.for_each(paths, edit_place)
  if #paths > 0 then
    return function(record, side)
      if sdk.type(record, side) == "null" then return end
      prepare(record, side)
      edit_all(record, side)
    end
  end
  return function(record, side)
    local schema_side = side == "key" and "key_schema" or "value_schema"
    local schema = record[schema_side]
    if sdk.type(record, side) ~= "null" then edit(record, side) end
    if schema ~= nil then record[schema_side] = new_schema(options, schema) end
  end
end

-- Expressions.

local NAMES = { "value", "key", "topic", "partition", "timestamp", "headers", "offset", "key_schema", "value_schema" }

local function header(record, name)
  local found = record.headers:find(name)
  if found then return found.value end
end

-- What an expression may use besides the record. One table per expression: what one does to it is its own affair.
local function environment()
  local env = {
    lc = P.sdk_frozen, tostring = P.tostring, tonumber = tonumber, type = type, math = {}, string = {},
    is_null = function(x) return x == nil end,
  }
  for _, library in ipairs { "string", "math" } do
    for name, f in pairs(P.libraries[library]) do env[library][name] = f end
  end
  return env
end

local keywords = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while")
  :gmatch("%a+") do keywords[word] = true end

-- Without its texts and comments.
local function bare(text)
  text = text:gsub("\\.", " "):gsub("%[(=*)%[.-%]%1%]", " "):gsub("(['\"]).-%1", " ' ")
  return (text:gsub("%-%-[^\n]*", " "))
end

local function add_names(list, into)
  for name in list:gmatch("[%a_][%w_]*") do into[name] = true end
end

-- Names that functions inside of the expression bring along.
local function inner_names(text, into)
  for list in text:gmatch("%f[%w_]function%s*[%w_]*%s*(%b())") do add_names(list, into) end
  for list in text:gmatch("%f[%w_]local%s+([%w_,%s]+)") do add_names(list, into) end
  for list in text:gmatch("%f[%w_]for%s+([%w_,%s]+)%f[%W]") do add_names(list, into) end
end

-- A misspelt name would be nil for each record: the first that is no variable, or nil.
local function unknown_name(text, known)
  text = bare(text)
  inner_names(text, known)
  for at, name, behind in text:gmatch("()%f[%w_]([%a_][%w_]*)()") do
    local before, after = text:sub(1, at - 1), text:sub(behind)
    local is_field = before:find("[.:]%s*$") and not before:find("%.%.%s*$") or after:find("^%s*=[^=]")
    if not is_field and not keywords[name] and not known[name] then return name end
  end
end

local function check_names(text, env)
  local known = { header = true }
  for _, name in ipairs(NAMES) do known[name] = true end
  for name in pairs(env) do known[name] = true end
  local name = unknown_name(text, known)
  if name then
    P.raise("ConfigException", "'" .. text .. "' uses '" .. name .. "', which isn't known" .. P.suggest(name, known))
  end
end

-- lc.expression(text): a function(record) that gives what a Lua expression over the record's parts gives.
function sdk.expression(text)
  if type(text) ~= "string" then error("an expression is a string, not " .. P.type_name(text), 0) end
  local parts = { "local record, header_of = ...; " }
  for _, name in ipairs(NAMES) do
    if text:find("%f[%w_]" .. name .. "%f[^%w_]") then parts[#parts + 1] = "local " .. name .. " = record." .. name .. "; " end
  end
  parts[#parts + 1] = "local function header(name) return header_of(record, name) end; "
  if not text:find("%f[%w_]header%f[^%w_]") then parts[#parts] = "" end
  local env = environment()
  local alone, message = P.compile("return " .. text .. "\n", "expression", env)
  local f = alone and P.compile(table.concat(parts) .. "return (" .. text .. "\n)", "expression", env)
  if not f then
    P.raise("ConfigException", "'" .. text .. "' is no expression: " .. tostring(message or "one value is expected"))
  end
  check_names(text, env)
  return function(record) return (f(record, header)) end
end
