-- Schemas as scripts see them: one immutable object per schema, so they compare with == and serve as keys.

local P = ...
local ffi, S, bridge, K, sdk = P.ffi, P.S, P.bridge, P.kind, P.sdk
local AT, schema_p = P.AT, P.schema_p
local istype, ffi_string, cast = ffi.istype, ffi.string, ffi.cast
local type, tonumber, error, pairs, ipairs = type, tonumber, error, pairs, ipairs
local tostring = P.tostring

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

-- Building.

-- Takes an attribute away in lc.schema.with.
local none = setmetatable({}, { __tostring = function() return "none" end, __metatable = false })
local schema = { none = none }
sdk.schema = schema

local function set_text(part, x)
  if x == none or x == nil then
    bridge.spec_text(S, part, nil, 0)
  else
    bridge.spec_text(S, part, x, #x)
  end
end

local function set_parameters(t)
  bridge.spec_flag(S, PART.no_parameters, 1)
  if t == none then return end
  for key, value in pairs(t) do
    value = tostring(value)
    bridge.spec_parameter(S, key, #key, value, #value)
  end
end

local function set_fields(fields)
  bridge.spec_flag(S, PART.no_fields, 1)
  for _, field in ipairs(fields) do
    local name, s = field[1] or field.name, field[2] or field.schema
    if type(name) ~= "string" then P.raise("SchemaBuilderException", "fieldName cannot be null.") end
    if field.optional then s = schema.optional(s) end
    bridge.spec_field(S, name, #name, needed(s))
  end
end

local function optional_fields(fields)
  for _, field in ipairs(fields) do
    if field.optional then schema.optional(field[2] or field.schema) end
  end
end

local function set_version(version)
  if version == none then
    bridge.spec_flag(S, PART.no_version, 1)
  else
    bridge.spec_flag(S, PART.version, version)
  end
end

local scalar_default = ffi.new("lc_value")

-- Copying fails where a value has no end.
local function copied_default(cell)
  if bridge.copy(S, S.a, cell) ~= 0 then P.throw() end
  bridge.spec_default(S, S.a)
end

local function set_default(x, pointer)
  if x == none then
    bridge.spec_flag(S, PART.no_default, 1)
  elseif istype(P.box_t, x) then
    P.check(x)
    copied_default(x[AT])
  else
    scalar_default.kind = K.null
    P.write(scalar_default, x, pointer)
    copied_default(scalar_default)
  end
end

local known = {
  type = true, name = true, version = true, doc = true, optional = true, default = true, parameters = true,
  keys = true, values = true, fields = true,
}

local function check_keys(t)
  for key in pairs(t) do
    if not known[key] then error("a schema has no attribute '" .. tostring(key) .. "'" .. P.suggest(key, known), 0) end
  end
end

local logical_of = {
  ["org.apache.kafka.connect.data.Decimal"] = K.decimal, ["org.apache.kafka.connect.data.Date"] = K.date,
  ["org.apache.kafka.connect.data.Time"] = K.date, ["org.apache.kafka.connect.data.Timestamp"] = K.date,
}

-- Applies the build table `t` to a spec that starts from `from` (may be nil) and gives the schema.
local function build(t, from)
  check_keys(t)
  local kind = t.type and K[t.type] or (from and cast(schema_p, from).type)
  if not kind or kind > K.struct or kind == K.null then error("a schema needs a type", 0) end
  if t.fields then optional_fields(t.fields) end -- before the spec begins: they use it too
  bridge.spec_begin(S, kind, from)
  if t.name ~= nil then set_text(PART.name, t.name) end
  if t.doc ~= nil then set_text(PART.doc, t.doc) end
  if t.version ~= nil then set_version(t.version) end
  if t.optional ~= nil then bridge.spec_flag(S, PART.optional, t.optional == true and 1 or 0) end
  if t.parameters ~= nil then set_parameters(t.parameters) end
  if t.keys ~= nil or t.values ~= nil then bridge.spec_parts(S, pointer_of(t.keys), pointer_of(t.values)) end
  if t.fields ~= nil then set_fields(t.fields) end
  if t.default ~= nil then set_default(t.default, logical_of[t.name] or kind) end
  local made = bridge.spec_end(S)
  if made == nil then P.throw() end
  return made
end
P.build_schema = build

function schema.build(t) return view_of(build(t, nil)) end
function schema.with(s, changes) return view_of(build(changes, needed(s))) end

function schema.optional(s)
  if described(s).optional then return s end
  return schema.with(s, { optional = true })
end

function schema.required(s)
  if not described(s).optional then return s end
  return schema.with(s, { optional = false })
end

-- `s`, optional where `old` is.
function schema.as_optional_as(s, old)
  if old == nil or described(old).optional then return schema.optional(s) end
  return s
end

function schema.basics(s)
  return { name = s.name, version = s.version, doc = s.doc, parameters = s.parameters }
end

function schema.default(s, holder, field)
  local default = bridge.schema_default(needed(s))
  if default == nil then return false end
  local cell = P.cell_to_write(holder, field)
  if bridge.copy(S, cell, default) ~= 0 then P.throw() end
  return true
end

function schema.text(s) return s == nil and "null" or text(needed(s), PART.java) end
function schema.array(items) return schema.build { type = "array", values = items } end
function schema.map(keys, values) return schema.build { type = "map", keys = keys, values = values } end
function schema.struct(name, fields) return schema.build { type = "struct", name = name, fields = fields } end

function schema.decimal(scale)
  return schema.build {
    type = "bytes", name = "org.apache.kafka.connect.data.Decimal", version = 1, parameters = { scale = scale },
  }
end

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
