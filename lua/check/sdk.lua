-- What scripts can use, read from the annotations of lua/meta: classes with their fields, functions with their
-- parameters. One source for editors, the manual's tests and `luaconnect check`.

local sdk = { classes = {} }

local function class(name)
  local found = sdk.classes[name]
  if not found then
    found = { name = name, fields = {}, parents = {} }
    sdk.classes[name] = found
  end
  return found
end

-- A type's text as { class = name or nil, optional =, keys = set or nil, parameters = list or nil }.
local function read_type(text)
  local read = { optional = text:find("%f[%w]nil%f[%W]") ~= nil or text:find("%?%s*$") ~= nil or text == "any" }
  local inner = text:match("^fun(%b())")
  if inner then
    read.parameters = {}
    for type in inner:sub(2, -2):gmatch("[%w_.]+%??%s*:%s*([^,]+)") do
      read.parameters[#read.parameters + 1] = read_type(type)
    end
    return read
  end
  if text:find("^{.*:.*}") and not text:find("^{%[") then
    read.keys = {}
    for name in text:gmatch("[{,]%s*([%a_][%w_]*)%??%s*:") do read.keys[name] = true end
    return read
  end
  if text:find("string|", 1, true) or text:find("|string", 1, true) or text:find("^table<") then return read end
  local named = text:match("lc%.[%w_.]+")
  read.class = named
  read.is_array = named ~= nil and text:find(named .. "[]", 1, true) ~= nil
  return read
end

-- Where the type at the start of `text` ends: at the first blank outside of brackets.
local function type_text(text)
  local depth, at = 0, 1
  while at <= #text do
    local c = text:sub(at, at)
    if c:find("[%(%{<%[]") then depth = depth + 1 end
    if c:find("[%)%}>%]]") then depth = depth - 1 end
    if c == " " and depth == 0 and not text:sub(1, at - 1):find("[:|,]$") and not text:find("^%s*|", at) then break end
    at = at + 1
  end
  return text:sub(1, at - 1)
end

local function read_field(into, text)
  local index, rest = text:match("^(%b[])%??%s+(.*)$")
  if index then
    if index == "[string]" then into.open = true end
    if index == "[integer]" then into.item = read_type(type_text(rest)) end
    return
  end
  local name, optional, after = text:match("^([%w_]+)(%??)%s+(.*)$")
  local read = read_type(type_text(after))
  read.optional = read.optional or optional == "?"
  into.fields[name] = read
end

local function read_function(pending, owner, name, list)
  local made = { is_function = true, least = 0, most = 0, arguments = {}, returns = pending.returns }
  for parameter in list:gmatch("[^,%s]+") do
    local read = pending.parameters[parameter] or { optional = false }
    if parameter == "..." then
      made.most = math.huge
    else
      made.arguments[#made.arguments + 1] = read
      made.most = made.most + 1
      if not read.optional then made.least = made.most end
    end
  end
  owner.fields[name] = made
end

local function read_file(text)
  local locals, current = {}, nil
  local pending = { parameters = {} }
  for line in text:gmatch("[^\n]+") do
    local tag, rest = line:match("^%-%-%-@(%w+)%s*(.*)$")
    local owner, mark, name, list = line:match("^function ([%w_]+)([.:])([%w_]+)%((.-)%)")
    if tag == "class" then
      local named, parents = rest:match("^([%w_.]+)%s*:?%s*([%w_., ]*)")
      current = class(named)
      for parent in parents:gmatch("[%w_.]+") do current.parents[#current.parents + 1] = parent end
    elseif tag == "field" and current then
      read_field(current, rest)
    elseif tag == "param" then
      local parameter, optional, type = rest:match("^([%w_.]+)(%??)%s+(.*)$")
      local read = read_type(type_text(type))
      read.optional = read.optional or optional == "?"
      pending.parameters[parameter] = read
    elseif tag == "return" then
      pending.returns = pending.returns or read_type(type_text(rest))
    elseif owner then
      local into = locals[owner] or class("lc." .. owner)
      read_function(pending, into, name, list)
      into.fields[name].is_method = mark == ":"
      pending = { parameters = {} }
    elseif line:find("^function ") then
      pending = { parameters = {} }
    elseif line:find("^local [%w_]+ = {}") then
      local variable = line:match("^local ([%w_]+)")
      locals[variable] = current or class("lc." .. variable)
      pending = { parameters = {} }
    end
  end
end

-- The field of a class or of one it inherits from.
function sdk.field(named, name)
  local at = sdk.classes[named]
  if not at then return nil end
  if at.fields[name] then return at.fields[name] end
  for _, parent in ipairs(at.parents) do
    local found = sdk.field(parent, name)
    if found then return found end
  end
end

-- Whether the class may have fields that the annotations don't name.
function sdk.is_open(named)
  local at = sdk.classes[named]
  if not at or at.open then return true end
  for _, parent in ipairs(at.parents) do
    if sdk.is_open(parent) then return true end
  end
  return false
end

-- All names of a class's fields, sorted.
function sdk.names(named, into)
  local names = into or {}
  local at = sdk.classes[named]
  for name in pairs(at.fields) do names[#names + 1] = name end
  for _, parent in ipairs(at.parents) do sdk.names(parent, names) end
  if not into then table.sort(names) end
  return names
end

function sdk.load(texts)
  for _, text in ipairs(texts) do read_file(text) end
end

return sdk
