-- What texts and fields contain: JSON as Lua values and as values of records, digests.

local P = ...
local S, bridge, sdk, native, null = P.S, P.bridge, P.sdk, P.native, P.null
local ffi_string = P.ffi.string
local type, error, tostring, ipairs = type, error, P.tostring, ipairs

local function text_result() return (ffi_string(S.text.data, S.text.len)) end

local function text_argument(x)
  if type(x) ~= "string" then error("the text must be a string, not " .. P.type_name(x), 0) end
  return x
end

-- JSON.

local json = {}
sdk.json = json

-- The value, or nil and why not.
function json.decode(text)
  local ok, value = native.json_decode(text_argument(text), null, P.list_mark)
  if ok then return value end
  return nil, value
end

function json.encode(value)
  local ok, text = native.json_encode(sdk.totable(value), null, tostring, P.list_mark)
  if not ok then error(text, 0) end
  return text
end

-- lc.json.read(text, holder, field): the value goes into the cell. True, or nil and why not.
function sdk.json.read(text, holder, field)
  text_argument(text)
  local cell = P.cell_to_write(holder, field)
  local result = bridge.json_read(S, text, #text, cell)
  P.tick()
  if result < 0 then P.throw() end
  if result > 0 then return nil, text_result() end
  return true
end

-- lc.json.write(holder, field): the text of a cell; nil when there is no such field.
function sdk.json.write(holder, field)
  local cell = P.cell_of(holder, field)
  if not cell then return nil end
  if bridge.json_write(S, cell) ~= 0 then P.throw() end
  P.tick()
  return (text_result())
end

-- A schema that fits what JSON became: fields are optional, and so is all else; nil where nothing tells a type.
local schema_of

local function struct_schema(map)
  local fields = {}
  for name in sdk.pairs(map) do
    local schema = schema_of(map, name)
    if schema ~= nil then fields[#fields + 1] = { name, schema } end
  end
  return sdk.schema.build { type = "struct", optional = true, fields = fields }
end

-- Items have one type: structs get the fields of all, numbers become float64, and what else differs becomes text.
local numbers = { int64 = true, float64 = true }

local function merged(a, b)
  if a == nil or b == nil or a == b then return a or b end
  if numbers[a.type] and numbers[b.type] then return sdk.schema.optional(sdk.float64) end
  if a.type == "array" and b.type == "array" then
    return sdk.schema.optional(sdk.schema.array(merged(a.values, b.values)))
  end
  if a.type ~= "struct" or b.type ~= "struct" then return sdk.schema.optional(sdk.string) end
  local fields = {}
  for _, field in ipairs(a.fields) do fields[#fields + 1] = { field.name, merged(field.schema, b.field[field.name]) } end
  for _, field in ipairs(b.fields) do
    if not a.field[field.name] then fields[#fields + 1] = { field.name, field.schema } end
  end
  return sdk.schema.build { type = "struct", optional = true, fields = fields }
end

local function array_schema(list)
  local items = nil
  for i = 1, #list do items = merged(items, schema_of(list, i)) end
  return sdk.schema.build { type = "array", optional = true, values = items or sdk.schema.optional(sdk.string) }
end

function schema_of(holder, field)
  P.tick()
  local kind = sdk.type(holder, field)
  if kind == nil or kind == "null" then return nil end
  local value = sdk.raw(holder, field)
  if kind == "map" then return struct_schema(value) end
  if kind == "array" then return array_schema(value) end
  return sdk.schema[kind] and sdk.schema.optional(sdk.schema[kind])
end

sdk.json.schema = schema_of

-- lc.json.fit(from, from_field, schema, holder, field): what JSON became, as the schema wants it.
local function fit(from, from_field, schema, holder, field)
  P.tick()
  local kind = sdk.type(from, from_field)
  if kind == nil or kind == "null" then
    sdk.put(holder, field, nil, "null")
  elseif schema.type == "struct" and kind == "map" then
    local struct, map = sdk.struct(schema), sdk.raw(from, from_field)
    for _, f in ipairs(schema.fields) do
      if sdk.has(map, f.name) then fit(map, f.name, f.schema, struct, f.name) end
    end
    holder[field] = struct
  elseif schema.type == "array" and kind == "array" then
    local list, items = sdk.list(), sdk.raw(from, from_field)
    for i = 1, #items do fit(items, i, schema.values, list, i) end
    holder[field] = list
  elseif schema.type == "string" and (kind == "map" or kind == "array") then
    sdk.put(holder, field, sdk.json.write(from, from_field), "string")
  elseif schema.type == "string" then
    sdk.put(holder, field, sdk.text(from, from_field), "string")
  else
    sdk.put(holder, field, sdk.raw(from, from_field), schema.type)
  end
end

sdk.json.fit = fit

-- Digests.

-- lc.hash(name, key): a function that gives the digest of bytes; with a second argument "hex" as text. The key stays in
-- here, and no message has it.
function sdk.hash(name, key)
  if type(name) ~= "string" then error("the name of a digest is a string, not " .. P.type_name(name), 0) end
  if key ~= nil and type(key) ~= "string" then error("a key is a string, not " .. P.type_name(key), 0) end
  local secret = key or ""
  local kind = bridge.digest_find(S, name, #name, #secret)
  if kind < 0 then P.throw() end
  return function(bytes, form)
    if type(bytes) ~= "string" then error("bytes to hash are a string, not " .. P.type_name(bytes), 0) end
    if form ~= nil and form ~= "hex" then error("a digest has the form hex, not " .. tostring(form), 0) end
    S.a.u.s, S.a.len = bytes, #bytes
    S.b.u.s, S.b.len = secret, #secret
    bridge.digest(S, kind, form and 1 or 0)
    P.tick() -- what takes long ends with a tick, so that a profile knows the line
    return (text_result())
  end
end
