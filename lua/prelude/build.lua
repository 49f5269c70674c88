-- Building schemas: most of lc.schema.

local P = ...
local ffi, S, bridge, K, schema = P.ffi, P.S, P.bridge, P.kind, P.open_tables.schema
local AT, schema_p, view_of, pointer_of = P.AT, P.schema_p, P.schema_view, P.schema_pointer
local PART, text, needed, described = P.schema_parts.part, P.schema_parts.text, P.schema_parts.needed, P.schema_parts.described
local istype, cast = ffi.istype, ffi.cast
local type, error, pairs, ipairs = type, error, pairs, ipairs
local tostring = P.tostring
local none = schema.none -- takes an attribute away in lc.schema.with

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
    P.tick()
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
