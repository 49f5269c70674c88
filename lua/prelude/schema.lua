-- Schemas as scripts see them: one immutable object per schema, so they compare with == and serve as keys.

local P = ...
local ffi, S, bridge, K, sdk = P.ffi, P.S, P.bridge, P.kind, P.sdk
local AT, schema_p = P.AT, P.schema_p
local istype, ffi_string, cast = ffi.istype, ffi.string, ffi.cast
local tonumber, error, ipairs = tonumber, error, ipairs

local PART = {
  name = 1, doc = 2, keys = 3, values = 4, optional = 5, version = 6, no_version = 7, no_default = 8,
  no_parameters = 9, no_fields = 10, java = 11,
}

local schema_t = P.view_type("schema", "const lc_schema *const")
P.schema_t = schema_t

local views, info = {}, {} -- by schema id

local function view_of(pointer)
  if pointer == nil then return nil end
  local id = tonumber(cast(schema_p, pointer).id)
  local view = views[id]
  if not view then
    view = schema_t(pointer, P.LASTING)
    views[id] = view
  end
  return view
end
P.schema_view = view_of

-- The address inside of a schema object; nil stays nil.
local function pointer_of(schema)
  if istype(schema_t, schema) then return schema[AT] end
  if schema == nil then return nil end
  if schema == sdk.time then return sdk.schema.time[AT] end
  error("a schema expected, not " .. P.type_name(schema), 0)
end
P.schema_pointer = pointer_of

-- The same where there must be one.
local function needed(schema)
  return pointer_of(schema) or error("a schema expected, not nil", 0)
end

local function text(pointer, part)
  if bridge.schema_text(S, pointer, part) == 0 then return nil end
  return (ffi_string(S.text.data, S.text.len))
end

local function parameters(pointer)
  local t, at = {}, 0
  while bridge.schema_parameter(S, pointer, at, 0) ~= 0 do
    local key = ffi_string(S.text.data, S.text.len)
    bridge.schema_parameter(S, pointer, at, 1)
    t[key] = ffi_string(S.text.data, S.text.len)
    at = at + 1
  end
  return at > 0 and t or nil
end

local function describe_fields(d, pointer)
  local shape = bridge.schema_shape(pointer)
  d.fields, d.field = {}, {}
  for at = 0, shape.count - 1 do
    local name = ffi_string(shape.names[at].text, shape.names[at].len)
    local schema = view_of(bridge.schema_field(pointer, at))
    d.fields[at + 1] = { name = name, schema = schema }
    d.field[name] = schema
  end
end

local function describe(pointer)
  local head = cast(schema_p, pointer)
  local d = {
    id = tonumber(head.id), type = P.kind_names[head.type], optional = head.optional,
    version = head.has_version and head.version or nil, name = text(pointer, PART.name), doc = text(pointer, PART.doc),
    parameters = parameters(pointer), has_default = head.has_default,
    keys = view_of(bridge.schema_part(pointer, PART.keys)), values = view_of(bridge.schema_part(pointer, PART.values)),
  }
  if head.type == K.struct then describe_fields(d, pointer) end
  info[d.id] = d
  return d
end

local function described(view)
  local pointer = needed(view)
  return info[tonumber(cast(schema_p, pointer).id)] or describe(pointer)
end

local function schema_index(view, key)
  if key == "default" then
    local cell = bridge.schema_default(view[AT])
    if cell == nil then return nil end
    return (P.read_lasting(cell))
  end
  return described(view)[key]
end

local function schema_text(view) return text(view[AT], PART.java) end

ffi.metatype(schema_t, {
  __index = schema_index,
  __newindex = function() error("a schema can't be changed: use lc.schema.with", 0) end,
  __tostring = schema_text,
  __eq = P.same(schema_t),
})

-- lc.schema: the rest of it is in build.lua.
local schema = { none = setmetatable({}, { __tostring = function() return "none" end, __metatable = false }) }
P.sealed[schema.none] = true
sdk.schema = P.open("schema", schema)
P.schema_parts = { part = PART, text = text, needed = needed, described = described }

function schema.is(x) return istype(schema_t, x) end

for _, name in ipairs { "boolean", "int8", "int16", "int32", "int64", "float32", "float64", "string", "bytes" } do
  local made = view_of(bridge.schema_plain(S, K[name], 0, 0))
  schema[name] = made
  sdk[name] = made
end
schema.date = view_of(bridge.schema_plain(S, 0, 2, 0))
schema.time = view_of(bridge.schema_plain(S, 0, 3, 0))
schema.timestamp = view_of(bridge.schema_plain(S, 0, 4, 0))
sdk.date, sdk.timestamp = schema.date, schema.timestamp
