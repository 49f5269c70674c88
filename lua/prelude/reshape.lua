-- lc.reshaper: a change of fields, computed in Lua once per shape and run in C for every record.
--
-- A map's fields are known by its shape, a struct's by its schema. What a script's function decides for one of
-- them becomes a plan (data/reshape.h), kept by configuration and shape or schema. Where the function looks into
-- nested containers, the plan is guarded by their shapes, and several plans may belong to one key.

local P = ...
local ffi, S, bridge, K, sdk = P.ffi, P.S, P.bridge, P.kind, P.sdk
local AT, GEN, stale = P.AT, P.GEN, P.stale
local object_t, record_t, schema_p = P.object_t, P.record_t, P.schema_p
local istype, ffi_string, cast = ffi.istype, ffi.string, ffi.cast
local type, tonumber, error, setmetatable = type, tonumber, error, setmetatable
local schema_view = P.schema_view

local TAKE_COPY, TAKE_LEAF, TAKE_DEFAULT, TAKE_REQUIRED, TAKE_PLAIN, TAKE_CHECKED, TAKE_NULL = 2, 4, 8, 16, 32, 64, 128
local MOST_PLANS = 8 -- per key; beyond it plans are made for one record
local MAP, STRUCT, NULL = K.map, K.struct, K.null
local OBJECT = 1 -- lc_value.flags: LC_V_OBJECT

-- Describing the input.

local Field = {}
Field.__index = Field

local function path_to(path, at)
  local longer = {}
  for i = 1, #path do longer[i] = path[i] end
  longer[#longer + 1] = at
  return longer
end

local function describe(guards, shape, schema, object, path)
  local from = { schema = schema_view(schema), fields = {}, path = path }
  for at = 0, shape.count - 1 do
    local field_schema = schema ~= nil and bridge.schema_field(schema, at) or nil
    local cell = object ~= nil and object.slots + at or nil
    from.fields[at + 1] = setmetatable({
      name = ffi_string(shape.names[at].text, shape.names[at].len),
      schema = schema_view(field_schema),
      type = cell ~= nil and P.kind_names[cell.kind] or nil,
      path = path_to(path, at),
      cell = cell,
      nested = function() return P.describe_nested(guards, from.fields[at + 1], field_schema, cell) end,
    }, Field)
  end
  return from
end

local function guard(guards, path, shape, may_be_null)
  guards[#guards + 1] = { path = path, shape = shape, may_be_null = may_be_null }
end

local function nested_struct(guards, field, schema, cell)
  local shape = bridge.schema_shape(schema)
  local object = cell ~= nil and cell.kind == STRUCT and cell.u.object or nil
  guard(guards, field.path, shape, 1)
  return describe(guards, shape, schema, object, field.path)
end

-- A field with a schema is what the schema says; another is what its value is now.
function P.describe_nested(guards, field, schema, cell)
  if schema ~= nil then
    if cast(schema_p, schema).type ~= STRUCT then return nil end
    return nested_struct(guards, field, schema, cell)
  end
  if cell ~= nil and cell.kind == STRUCT then
    return nested_struct(guards, field, cell.u.object.schema, cell)
  end
  if cell ~= nil and cell.kind == MAP and cell.flags == 1 then
    local object = cell.u.object
    guard(guards, field.path, object.shape, 0)
    return describe(guards, object.shape, nil, object, field.path)
  end
  field.leaf = true
  return nil
end

-- Saying the result.

local Target = {}
Target.__index = Target

function Target.like(to, schema, whole)
  if schema == nil then return end
  to.like_schema, to.whole = schema, whole
end

function Target.set(to, changes)
  for key, value in pairs(changes) do to.changes[key] = value end
end

local function add(to, name, step)
  if type(name) ~= "string" then error("a field needs a name", 0) end
  step.name = name
  local old = to.by_name[name]
  if old and not to.is_struct then
    to.steps[old] = step
    return
  end
  to.steps[#to.steps + 1] = step
  to.by_name[name] = #to.steps
end

local containers = { array = true, map = true, struct = true }

function Target.take(to, field, name, options)
  if getmetatable(field) ~= Field then error("take(field, name): a field of `from` expected", 0) end
  -- Only where a default can be met: a plain slot-to-slot move is the cheapest step.
  local may_default = field.schema ~= nil and field.schema.has_default
  local schema, flags, check = field.schema, may_default and TAKE_DEFAULT or 0, nil
  if options ~= nil and type(options) == "table" then
    schema = options.schema or schema
    if options.raw then flags = 0 end
    if options.copy then flags = flags + TAKE_COPY end
    if options.plain then flags = flags + TAKE_PLAIN end
    check = options.check
  elseif options ~= nil then
    schema = options
  end
  if schema ~= nil and not schema.optional then flags = flags + TAKE_REQUIRED end
  if check == nil then check = schema ~= nil and containers[schema.type] end
  if check then flags = flags + TAKE_CHECKED end
  add(to, name or field.name, { field = field, flags = flags, schema = schema })
end

-- Like take, for the map or struct in a field: `decide(from, to)` says what becomes of its own fields, as lc.reshaper's
-- function does for the whole. A null stays null.
function Target.within(to, field, name, decide, options)
  if getmetatable(field) ~= Field then error("within(field, name, f): a field of `from` expected", 0) end
  local schema, cell, may_default = field.schema, field.cell, false
  local is_object = cell ~= nil and (cell.kind == STRUCT or cell.kind == MAP and cell.flags == OBJECT)
  if schema ~= nil then
    if schema.type ~= "struct" then P.raise("DataException", "Cannot look up fields on non-struct type") end
    may_default = schema.has_default and not (options and options.raw)
  elseif cell == nil or cell.kind == NULL then
    return add(to, name, { field = field, flags = TAKE_NULL })
  elseif not is_object then
    P.raise("DataException", "Only Map objects supported in absence of schema for [nested field access], found: "
      .. ffi_string(bridge.java_class(cell)))
  end
  local object = is_object and cell.u.object or nil
  local pointer = schema ~= nil and P.schema_pointer(schema) or nil
  local shape = pointer ~= nil and bridge.schema_shape(pointer) or object.shape
  local function decide_inside(from, cfg, inner)
    decide(from, inner)
    if schema ~= nil and inner.changes.optional == nil then inner.changes.optional = schema.optional end
  end
  local inside = P.decided(decide_inside, shape, pointer, object)
  local flags = (may_default and TAKE_DEFAULT or 0) + (schema ~= nil and not schema.optional and TAKE_REQUIRED or 0)
  add(to, name, { field = field, flags = flags, schema = inside.made and schema_view(inside.made), inside = inside })
end

function Target.constant(to, name, value, schema)
  add(to, name, { value = value, schema = schema })
end

-- Making the plan.

local function path_array(path)
  local array = ffi.new("uint32_t[?]", #path)
  for i = 1, #path do array[i - 1] = path[i] end
  return array
end

local function result_schema(to)
  local changes = to.changes
  changes.type, changes.fields = "struct", {}
  for i, step in ipairs(to.steps) do
    if step.schema == nil then error("field '" .. step.name .. "' of a struct needs a schema", 0) end
    changes.fields[i] = { step.name, step.schema }
  end
  local like = to.like_schema
  if like == nil then return P.build_schema(changes, nil) end
  if to.whole then
    if changes.optional == nil then changes.optional = like.optional end
    if changes.default == nil and like.has_default then changes.default = P.default_box(like) end
  end
  for _, key in ipairs { "name", "version", "doc", "parameters" } do
    if changes[key] == nil then changes[key] = like[key] end
  end
  return P.build_schema(changes, nil)
end

function P.default_box(schema)
  local box = P.new_box()
  sdk.schema.default(schema, box, "value")
  return box
end

local constant = ffi.new("lc_value")

local function constant_cell(step)
  constant.kind = NULL
  constant.flags = 0
  if step.value == nil then return end
  local wanted = step.schema ~= nil and P.kind_of_schema(P.schema_pointer(step.schema)) or nil
  P.write(constant, step.value, wanted)
end

local function add_steps(plan, to, lasting)
  for _, step in ipairs(to.steps) do
    if step.inside then
      local path, inner = step.field.path, P.inner_plan(step.inside, lasting)
      if bridge.plan_inside(plan, path_array(path), #path, step.flags, inner) ~= 0 then
        error("a field nests too deep", 0)
      end
    elseif step.field then
      local path, flags = step.field.path, step.flags
      if step.field.leaf then flags = flags + TAKE_LEAF end
      if bridge.plan_take(plan, path_array(path), #path, flags) ~= 0 then error("a field nests too deep", 0) end
    else
      constant_cell(step)
      if bridge.copy(S, S.a, constant) ~= 0 then P.throw() end -- or fails: a value may have no end
      bridge.plan_constant(plan, S.a)
    end
  end
end

local function map_names(to)
  bridge.spec_begin(S, STRUCT, nil)
  for _, step in ipairs(to.steps) do bridge.spec_field(S, step.name, #step.name, nil) end
end

-- What the script's function decides for one object. Plans come later, so that nothing is left when it raises.
local function decided(decide, shape, schema, object, cfg)
  local to = setmetatable({ steps = {}, by_name = {}, changes = {}, is_struct = schema ~= nil, shape = shape, guards = {} },
    Target)
  decide(describe(to.guards, shape, schema, object, {}), cfg, to)
  to.made = (to.is_struct or to.like_schema ~= nil) and result_schema(to) or nil
  return to
end
P.decided = decided

local function fill_plan(plan, to, lasting)
  for _, g in ipairs(to.guards) do bridge.plan_guard(plan, path_array(g.path), #g.path, g.shape, g.may_be_null) end
  add_steps(plan, to, lasting)
  if to.made == nil then map_names(to) end
  bridge.plan_seal(S, plan, to.made, lasting and 1 or 0)
  return plan
end

function P.inner_plan(to, lasting)
  return fill_plan(bridge.plan_new_inner(S, to.shape, lasting and 1 or 0), to, lasting)
end

local function make_plan(decide, object, cfg, lasting)
  local to = decided(decide, object.shape, object.schema ~= nil and object.schema or nil, object, cfg)
  return fill_plan(bridge.plan_new(S, object.shape), to, lasting and object.shape.id ~= 0), to
end

-- The cell at a path, or nil when something on the way is null.
local function follow(object, path)
  for i = 1, #path - 1 do
    local cell = object.slots[path[i]]
    if cell.kind ~= STRUCT then return nil end
    object = cell.u.object
  end
  return object.slots[path[#path]]
end

-- What a step took: the cell at its path, or its default.
local function taken_by(step, object)
  local cell = follow(object, step.field.path)
  if cell == nil or cell.kind ~= NULL or step.flags % (2 * TAKE_DEFAULT) < TAKE_DEFAULT then return cell end
  return (bridge.schema_default(P.schema_pointer(step.field.schema)))
end

-- Why the plan that was just made for an object refuses it.
local function explain(to, object, is_inner)
  for _, step in ipairs(to.steps) do
    local cell = step.field and to.is_struct and taken_by(step, object) or nil
    if step.inside and cell ~= nil and cell.kind == STRUCT then
      explain(step.inside, cell.u.object, true)
    elseif cell ~= nil and (cell.kind == NULL or step.flags >= TAKE_CHECKED)
      and bridge.validate(S, P.schema_pointer(step.schema), step.name, cell) ~= 0 then
      P.throw()
    end
  end
  if not is_inner then error("a reshape doesn't fit the record it was made for", 0) end
end

-- Running it.

-- No plan of the list fits: makes one, runs it, and keeps it if it lasts.
local function run_new(decide, object, cfg, plans)
  local keep = plans ~= nil and #plans < MOST_PLANS
  local plan, to = make_plan(decide, object, cfg, keep)
  local made = bridge.plan_run(S, plan, object)
  if made == nil then explain(to, object) end
  if keep then plans[#plans + 1] = plan end
  return made
end

local function run_others(decide, object, cfg, plans)
  for i = 2, #plans do
    local made = bridge.plan_run(S, plans[i], object)
    if made ~= nil then return made end
  end
  return (run_new(decide, object, cfg, plans))
end

local function key_of(object)
  if object.schema ~= nil then return (tonumber(cast(schema_p, object.schema).id)) end
  return -tonumber(object.shape.id)
end

local function plans_of(by_key, key)
  local plans = {}
  by_key[key] = plans
  return plans
end

local NO_CFG = {}

-- The object made of `object`, as a pointer.
local function run(decide, by_cfg, object, cfg)
  local key = key_of(object)
  if key == 0 then return (run_new(decide, object, cfg, nil)) end -- an anonymous shape is known by no number
  local for_cfg = cfg == nil and NO_CFG or cfg
  local by_key = by_cfg[for_cfg]
  if not by_key then
    by_key = {}
    by_cfg[for_cfg] = by_key
  end
  local plans = by_key[key] or plans_of(by_key, key)
  local first = plans[1]
  if first then
    local made = bridge.plan_run(S, first, object)
    if made ~= nil then return made end
  end
  return (run_others(decide, object, cfg, plans))
end

local function no_object(x) error("a map or struct expected, not " .. P.type_name(x), 0) end

-- JIT: nothing looks at the record's view after the C call, so that none has to be made.
local function run_on_record(decide, by_cfg, view, side, cfg, target)
  local record = P.record_of(view)
  local cell = side == "key" and record.key or record.value
  if cell.kind ~= STRUCT and (cell.kind ~= MAP or cell.flags ~= OBJECT) then no_object(P.read(cell)) end
  local made = run(decide, by_cfg, cell.u.object, cfg)
  local to = (target or side) == "key" and record.key or record.value
  made.reserved = 0
  to.kind = made.schema ~= nil and STRUCT or MAP
  to.flags = made.schema ~= nil and 0 or OBJECT
  to.u.object = made
  if (target or side) == "key" then record.key_schema = made.schema else record.value_schema = made.schema end
  return (object_t(made, S.generation))
end

local sides = { key = true, value = true }

function sdk.reshaper(decide)
  if type(decide) ~= "function" then error("lc.reshaper takes a function", 0) end
  local by_cfg = setmetatable({}, { __mode = "k" })
  return function(view, a, b, c)
    if istype(record_t, view) then
      if not sides[a] or not sides[c or a] then error("the side of a record is key or value", 0) end
      return (run_on_record(decide, by_cfg, view, a, b, c))
    end
    if not istype(object_t, view) then no_object(view) end
    if view[GEN] ~= S.generation then stale(view[GEN]) end
    local object = view[AT]
    if P.is_lasting(view[GEN]) then object = P.copy_object(object) end
    return (object_t(run(decide, by_cfg, object, a), S.generation))
  end
end
