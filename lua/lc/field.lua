-- What transforms of fields share: what they demand of a key or value, paths to nested fields, two settings.

local P = ...
local S, K, sdk, config = P.S, P.kind, P.sdk, P.config
local object_t, entries_t, cell_of = P.object_t, P.entries_t, P.cell_of
local setmetatable, concat, type, pairs, ipairs = setmetatable, table.concat, type, pairs, ipairs

local OBJECT = 1 -- lc_value.flags: LC_V_OBJECT

-- Demands.

local function refuse(form, holder, field, purpose)
  P.raise("DataException", form:format(purpose, sdk.java_class(holder, field)))
end

-- The map in a cell; anything else fails as Connect's transforms do, which name their purpose.
function sdk.require_map(holder, field, purpose)
  local cell = cell_of(holder, field)
  if cell and cell.kind == K.map then
    if cell.flags == OBJECT then return object_t(cell.u.object, S.generation) end
    return entries_t(cell.u.map, S.generation)
  end
  refuse("Only Map objects supported in absence of schema for [%s], found: %s", holder, field, purpose)
end

function sdk.require_struct(holder, field, purpose)
  local cell = cell_of(holder, field)
  if cell and cell.kind == K.struct then return object_t(cell.u.object, S.generation) end
  refuse("Only Struct objects supported for [%s], found: %s", holder, field, purpose)
end

-- Paths (KIP-821).

local function incomplete(text, at)
  P.raise("ConfigException", ("Incomplete backtick pair in path: [%s], consider adding a backslash before backtick "
    .. "at position %d to escape it"):format(text, at - 1))
end

-- A step in backticks that begins at `from`: its name and where the next step begins. A backtick inside counts
-- when no dot follows; one before a dot counts when a backslash stands before it.
local function quoted_step(text, from)
  local parts, start, at = {}, from + 1, from + 1
  while true do
    at = text:find("`", at, true)
    if not at then incomplete(text, from) end
    local escaped = text:sub(at - 1, at - 1) == "\\"
    if at == #text then
      if escaped then incomplete(text, from) end
      parts[#parts + 1] = text:sub(start, at - 1)
      return concat(parts), at + 1
    elseif text:sub(at + 1, at + 1) ~= "." then
      at = at + 1
    elseif escaped then
      parts[#parts + 1] = text:sub(start, at - 2) .. "`"
      at = at + 1
      start = at
    else
      parts[#parts + 1] = text:sub(start, at - 1)
      return concat(parts), at + 2
    end
  end
end

local function plain_step(text, from)
  local dot = text:find(".", from, true)
  if dot then return text:sub(from, dot - 1), dot + 1 end
  return text:sub(from), #text + 1
end

local function steps_of(text)
  local steps, at = {}, 1
  while at <= #text do
    local read = text:sub(at, at) == "`" and quoted_step or plain_step
    steps[#steps + 1], at = read(text, at)
  end
  if text:sub(-1) == "." then steps[#steps + 1] = "" end
  return steps
end

local Path = {}
Path.__index = Path

-- lc.path("a.b", "V2"): the way to a nested field. Without "V2" the text is the name of one field.
function sdk.path(text, version)
  local steps = { text }
  if version and version:upper() == "V2" then steps = steps_of(text) end
  local path = setmetatable({ last = steps[#steps], outer = {}, is_empty = #steps == 0 and text ~= nil }, Path)
  for i = 1, #steps - 1 do path.outer[i] = steps[i] end
  return path
end

local function check_steps(path)
  if path.is_empty then P.raise("IllegalArgumentException", "fromIndex(0) > toIndex(-1)") end
end

local function schema_field(schema, name)
  if schema.type ~= "struct" then P.raise("DataException", "Cannot look up fields on non-struct type") end
  return schema.field[name]
end

-- The schema of the field at the end of the path, or nil.
function Path.schema(path, schema)
  check_steps(path)
  for i = 1, #path.outer do
    schema = schema_field(schema, path.outer[i])
    if schema == nil then return nil end
  end
  return schema_field(schema, path.last)
end

local PURPOSE = "nested field access"

local function is_null(holder, field)
  local cell = cell_of(holder, field)
  return not cell or cell.kind == K.null
end

-- The map that has the last step and the step's name; nil when a map on the way is absent or null.
function Path.map(path, holder, field)
  check_steps(path)
  local map = sdk.require_map(holder, field, PURPOSE)
  for i = 1, #path.outer do
    if is_null(map, path.outer[i]) then return nil end
    map = sdk.require_map(map, path.outer[i], PURPOSE)
  end
  return map, path.last
end

-- The same for structs; nulls on the way read as their defaults.
function Path.struct(path, holder, field)
  check_steps(path)
  local struct = sdk.require_struct(holder, field, PURPOSE)
  for i = 1, #path.outer do
    struct = struct[path.outer[i]]
    if struct == nil then return nil end
  end
  return struct, path.last
end

-- The same for maps and structs alike: nil where something on the way is missing or null.
function Path.place(path, holder, field)
  check_steps(path)
  local outer = path.outer
  for i = 0, #outer do
    local cell = cell_of(holder, field)
    if not cell or cell.kind == K.null then return nil end
    holder = cell.kind == K.struct and object_t(cell.u.object, S.generation) or sdk.require_map(holder, field, PURPOSE)
    field = outer[i + 1]
  end
  return holder, path.last
end

-- Fields to be changed, by the maps and structs they are in: `leaves` has what was added for the fields themselves,
-- `inner` the trees of the fields that have such fields, `names` all of them in order.
local function new_tree() return { leaves = {}, inner = {}, names = {} } end

local function name_in(tree, name)
  if tree.leaves[name] == nil and not tree.inner[name] then tree.names[#tree.names + 1] = name end
end

-- lc.path_tree(paths, version): `paths` is an array of texts, an array of pairs of a text and what belongs to it, or a
-- table that has it by text.
function sdk.path_tree(paths, version)
  local tree = new_tree()
  local function add(text, what)
    local path, at = sdk.path(text, version), tree
    check_steps(path)
    for _, step in ipairs(path.outer) do
      name_in(at, step)
      at.inner[step] = at.inner[step] or new_tree()
      at = at.inner[step]
    end
    name_in(at, path.last)
    at.leaves[path.last] = what
  end
  for key, value in pairs(paths) do
    if type(key) ~= "number" then
      add(key, value)
    elseif type(value) == "table" then
      add(value[1], value[2])
    else
      add(value, true)
    end
  end
  return tree
end

-- Java's order.

local band, bxor, rshift, tobit = bit.band, bit.bxor, bit.rshift, bit.tobit

-- String.hashCode, which is over UTF-16 units; a byte of text that isn't UTF-8 counts as one.
local function hash_of(text)
  local hash, at = 0, 1
  local function add(unit) hash = tobit(hash * 31 + unit) end
  while at <= #text do
    P.tick()
    local first, more = text:byte(at), 0
    if first >= 0xc0 then more = first >= 0xf0 and 3 or first >= 0xe0 and 2 or 1 end
    local code = more == 0 and first or band(first, rshift(0x3f, more))
    for i = 1, more do code = code * 64 + band(text:byte(at + i) or 0, 0x3f) end
    at = at + 1 + more
    if code >= 0x10000 then
      add(0xd800 + rshift(code - 0x10000, 10))
      code = 0xdc00 + band(code, 0x3ff)
    end
    add(code)
  end
  return hash
end

-- The keys of a table of names in the order in which a HashMap would give them; keys of one place come in the order
-- of the list `put`, which names each of them, or by name. Where several entries compete, Connect's result depends on
-- it.
function sdk.hash_order(set, put)
  local names, places, turns, size = {}, {}, {}, 16
  for name in pairs(set) do
    P.tick()
    names[#names + 1] = name
  end
  while #names > size * 0.75 do size = size * 2 end
  for i, name in ipairs(put or {}) do turns[name] = turns[name] or i end
  for _, name in ipairs(names) do
    local hash = hash_of(name)
    places[name] = band(bxor(hash, rshift(hash, 16)), size - 1)
  end
  table.sort(names, function(a, b)
    P.tick()
    if places[a] ~= places[b] then return places[a] < places[b] end
    if turns[a] and turns[b] then return turns[a] < turns[b] end
    return a < b
  end)
  return names
end

-- Settings.

function config.replace_null()
  return config.boolean {
    doc = "Whether to replace fields that have a default value and that are null to the default value. "
      .. "When set to true, the default value is used, otherwise null is used.",
    default = true, importance = "medium", valid = "non-null",
  }
end

function config.field_syntax()
  return config.string {
    doc = "How a field is named: V1 takes the text as one name; with V2 dots separate the names of nested fields.",
    default = "V1", importance = "high", valid = { "V1", "V2", ignore_case = true },
  }
end

-- The same where Kafka Connect's class has no such setting, so that lists of its settings stay as they are.
function config.field_syntax_beyond_kafka()
  return config.string {
    doc = "How a field is named: V1 takes the text as one name; with V2 dots separate the names of nested fields.",
    default = "V1", importance = "low", valid = { "V1", "V2", ignore_case = true }, hidden = true,
  }
end
