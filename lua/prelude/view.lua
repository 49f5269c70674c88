-- Views of values: what a script holds of a struct, map or list.
--
-- A view is a small cdata of two constant members, the address of the container and the generation of the
-- call it belongs to. Their names are random per state, so no script can name them; every other access goes
-- to the metamethods below. Where the JIT sees a view made and used in one trace it makes no object at all.
--
-- Whoever indexes a cdata with AT or GEN must know its type: an error text would otherwise name them.

local P = ...
local tostring = P.tostring
local ffi, S, bridge, K = P.ffi, P.S, P.bridge, P.kind
local istype, ffi_string, cast = ffi.istype, ffi.string, ffi.cast
local type, tonumber, error, rawequal, next, sort = type, tonumber, error, rawequal, next, table.sort
local metatable_of = P.metatable_of

local AT, GEN = P.native.secret(), P.native.secret()
local LASTING = -1 -- generation of what outlives batches
P.AT, P.GEN, P.LASTING = AT, GEN, LASTING

local function view_type(name, member)
  ffi.cdef("struct " .. name .. " { " .. member .. " $; const double $; };", AT, GEN)
  return ffi.typeof("struct " .. name)
end

local object_t = view_type("map", "lc_object *const")
local list_t = view_type("list", "lc_list *const")
local entries_t = view_type("entries", "lc_map *const")
local decimal_t = view_type("decimal", "const lc_decimal *const")
local box_t = view_type("box", "lc_value *const")
local schema_p, value_p = ffi.typeof("const lc_schema_head *"), ffi.typeof("lc_value *")
local int64_t, uint64_t, float_t = ffi.typeof("int64_t"), ffi.typeof("uint64_t"), ffi.typeof("float")
P.view_type = view_type
P.object_t, P.list_t, P.entries_t, P.box_t, P.decimal_t = object_t, list_t, entries_t, box_t, decimal_t
P.schema_p, P.value_p = schema_p, value_p

local NULL, BOOLEAN, INT64, FLOAT32, FLOAT64 = K.null, K.boolean, K.int64, K.float32, K.float64
local STRING, BYTES, ARRAY, MAP, STRUCT, DATE = K.string, K.bytes, K.array, K.map, K.struct, K.date
local OBJECT = 1 -- lc_value.flags: LC_V_OBJECT
local MAX_EXACT = 9007199254740992

-- Stands for null inside of Lua arrays.
P.null = setmetatable({}, {
  __tostring = function() return "null" end, __metatable = false,
  __newindex = function() error("lc.null can't be changed", 0) end,
})
P.sealed[P.null] = true
P.sdk.null = P.null

-- The metatable of empty tables that are lists.
P.list_mark = { __metatable = false }

local function stale(generation)
  if generation ~= LASTING then error("record used after its batch ended", 0) end
end
P.stale = stale

-- Slots by shape.

-- slots[shape id][name] = index. Filled when a shape is met; shapes are never changed or reused.
local slots = {}
P.slots = slots

local function learn(shape)
  local names = {}
  for i = 0, shape.count - 1 do names[ffi_string(shape.names[i].text, shape.names[i].len)] = i end
  slots[tonumber(shape.id)] = names
  return names
end

-- Index of a name in an object's shape, or nil.
local function slot_of(object, name)
  local shape = object.shape
  local id = shape.id
  if id ~= 0 then
    local names = slots[id] or learn(shape)
    return names[name]
  end
  if type(name) ~= "string" then return nil end
  local at = bridge.find(shape, name, #name)
  if at >= 0 then return at end
  return nil
end
P.slot_of = slot_of

-- Reading.

local function read_int(cell)
  local i = cell.u.i
  local n = tonumber(i)
  if n > -MAX_EXACT and n < MAX_EXACT then return n end
  if i == MAX_EXACT or i == -MAX_EXACT then return n end
  return i
end

local function read_float(cell) return cell.u.d end
local function read_text(cell) return (ffi_string(cell.u.s, cell.len)) end
local function read_boolean(cell) return cell.u.i ~= 0 end
local function read_object(cell) return (object_t(cell.u.object, S.generation)) end
local function read_list(cell) return (list_t(cell.u.list, S.generation)) end
local function read_decimal(cell) return (decimal_t(cell.u.decimal, S.generation)) end

local function read_map(cell)
  if cell.flags == OBJECT then return (object_t(cell.u.object, S.generation)) end
  return (entries_t(cell.u.map, S.generation))
end

local readers = {
  [NULL] = function() return nil end, [BOOLEAN] = read_boolean, [K.int8] = read_int, [K.int16] = read_int,
  [K.int32] = read_int, [INT64] = read_int, [FLOAT32] = read_float, [FLOAT64] = read_float,
  [STRING] = read_text, [BYTES] = read_text, [ARRAY] = read_list, [MAP] = read_map, [STRUCT] = read_object,
  [DATE] = read_int, [K.decimal] = read_decimal, [K.bigint] = read_decimal,
}

-- JIT: results in parentheses are no tail calls, of which a trace bears only so many.
-- JIT: the commonest kinds first, so that a site which sees one kind has one guard.
local function read(cell)
  local kind = cell.kind
  if kind == STRING then return (ffi_string(cell.u.s, cell.len)) end
  if kind == FLOAT64 then return cell.u.d end
  return (readers[kind](cell))
end
P.read = read

-- A value that lives as long as the state, such as a schema's default: containers are copied first.
local function read_lasting(cell)
  local kind = cell.kind
  if kind >= ARRAY and kind <= STRUCT then
    if bridge.copy(S, S.a, cell) ~= 0 then P.throw() end
    return (read(S.a))
  end
  return (read(cell))
end
P.read_lasting = read_lasting

-- What was made outside of batches outlives them. During a batch it is only read, and what it contains is read as
-- a copy: else it would come to hold values that end with the batch.
local function unwritable(generation)
  stale(generation)
  if S.generation ~= 0 then error("what was made outside of a batch can't be changed in one", 0) end
end
P.unwritable = unwritable

local function is_lasting(generation) return generation ~= S.generation and S.generation ~= 0 end
P.is_lasting = is_lasting

-- Reads a cell of a container by the generation of the container's view.
local function read_of(generation, cell)
  if is_lasting(generation) then return (read_lasting(cell)) end
  return (read(cell))
end
P.read_of = read_of

local function read_default(object, at)
  local cell = bridge.field_default(S, object, at)
  if cell == nil then return nil end
  return (read_lasting(cell))
end

local function read_field(object, at, generation)
  local cell = object.slots[at]
  if cell.kind == NULL and object.schema ~= nil then return (read_default(object, at)) end
  return (read_of(generation or S.generation, cell))
end

-- Writing.

local write -- assigned below

local function write_int(cell, kind, i)
  cell.kind = kind
  cell.flags = 0
  cell.u.i = i
end

local ranges = {
  [K.int8] = { -128, 127 }, [K.int16] = { -32768, 32767 }, [K.int32] = { -2147483648, 2147483647 },
  [INT64] = { -9223372036854775808, 9223372036854774784 }, [DATE] = { -9223372036854775808, 9223372036854774784 },
}

local function fits(kind, x)
  local range = ranges[kind]
  return range and x % 1 == 0 and x >= range[1] and x <= range[2]
end

-- Whole numbers become int64 unless the cell is of another numeric kind that can hold them.
local function write_number(cell, x, wanted)
  local kind = wanted or cell.kind
  if kind == FLOAT64 then
    cell.u.d = x
  elseif kind == FLOAT32 then
    cell.u.d = tonumber(cast(float_t, x))
  elseif fits(kind, x) then
    cell.u.i = x
  elseif fits(INT64, x) then
    kind = INT64
    cell.u.i = x
  else
    kind = FLOAT64
    cell.u.d = x
  end
  cell.kind = kind
  cell.flags = 0
end

local function write_text(cell, x, wanted)
  local kind = wanted or cell.kind
  if kind == K.decimal or kind == K.bigint then
    if bridge.set_decimal(S, cell, x, #x, kind) ~= 0 then P.throw() end
    return
  end
  if kind ~= BYTES then kind = STRING end
  if bridge.set_text(S, cell, x, #x, kind) ~= 0 then P.throw() end
end

-- Says that a container came into another: from then on C looks whether values end before it goes down them.
local function joined()
  if S.generation == 0 then S.joined = 2 elseif S.joined == 0 then S.joined = 1 end
end
P.joined = joined

-- A container came into a fresh one, which thus can't be inside of it: only many of these make a value deep.
local MOST_HOISTED = 30
function P.hoisted()
  local n = S.hoisted + 1
  S.hoisted = n
  if n > MOST_HOISTED then joined() end
end

-- Makes `object` the value of the cell. A loose one (fresh, without a parent) is taken as it is.
local LOOSE = 1
local function put_object(cell, object, lasting)
  local kind = object.schema ~= nil and STRUCT or MAP
  if object.reserved == LOOSE and not lasting then
    object.reserved = 0
    cell.kind = kind
    cell.flags = kind == MAP and OBJECT or 0
    cell.u.object = object
    return
  end
  local from = S.b
  from.kind = kind
  from.flags = kind == MAP and OBJECT or 0
  from.u.object = object
  if bridge.copy(S, cell, from) ~= 0 then P.throw() end
end
P.put_object = put_object

-- The same for the view of an object and a cell that lies in no container.
function P.put_alone(cell, view)
  if view[GEN] ~= S.generation then stale(view[GEN]) end
  put_object(cell, view[AT], is_lasting(view[GEN]))
end

-- A copy within the batch.
function P.copy_object(object)
  put_object(S.a, object, true)
  return S.a.u.object
end

local function put_copy(cell, kind, field, pointer)
  local from = S.b
  from.kind = kind
  from.flags = 0
  from.u[field] = pointer
  if bridge.copy(S, cell, from) ~= 0 then P.throw() end
end

-- Lists have no room for such a mark: addresses of loose ones of the running call.
local loose_lists, loose_generation = {}, 0

local function address(pointer) return (tonumber(cast("uintptr_t", pointer))) end

function P.loosen_list(list)
  if loose_generation ~= S.generation then loose_lists, loose_generation = {}, S.generation end
  loose_lists[address(list)] = true
end

local function put_list(cell, list)
  joined()
  local at = address(list)
  if loose_generation ~= S.generation or not loose_lists[at] then
    put_copy(cell, ARRAY, "list", list)
    return
  end
  loose_lists[at] = nil
  cell.kind = ARRAY
  cell.flags = 0
  cell.u.list = list
end

local function check(view)
  if view[GEN] ~= S.generation then stale(view[GEN]) end
end
P.check = check

local function write_int64(cell, x, kind)
  if kind == FLOAT64 or kind == FLOAT32 then
    write_number(cell, tonumber(x), kind)
  elseif kind ~= INT64 and kind ~= DATE and fits(kind, tonumber(x)) then
    write_int(cell, kind, x)
  else
    write_int(cell, kind == DATE and DATE or INT64, x)
  end
end

local function write_cdata(cell, x, wanted)
  if istype(object_t, x) then
    check(x)
    joined()
    put_object(cell, x[AT], is_lasting(x[GEN]))
  elseif istype(list_t, x) then
    check(x)
    put_list(cell, x[AT])
  elseif istype(int64_t, x) or istype(uint64_t, x) then
    write_int64(cell, x, wanted or cell.kind)
  elseif istype(entries_t, x) then
    check(x)
    put_copy(cell, MAP, "map", x[AT])
  elseif istype(decimal_t, x) then
    check(x)
    put_copy(cell, K.decimal, "decimal", x[AT])
  elseif istype(box_t, x) then
    check(x)
    if bridge.copy(S, cell, x[AT]) ~= 0 then P.throw() end
  else
    local pointer = P.decimal_pointer(x)
    if pointer == nil then error("a " .. tostring(x) .. " can't be the value of a field", 0) end
    put_copy(cell, K.decimal, "decimal", pointer)
  end
end

local function new_map_cell(cell)
  local map = bridge.map_new(S)
  if map == nil then P.throw() end
  cell.kind = MAP
  cell.flags = OBJECT
  cell.u.object = map
  return map
end

local DEEPEST = 512
local write_table

local function is_empty_list(t) return metatable_of(t) == P.list_mark and next(t) == nil end

local function write_nested(cell, x, level)
  if type(x) == "table" then write_table(cell, x, level + 1) else write(cell, x) end
end

local function write_list_table(cell, t, n, level)
  local list = bridge.list_new(S)
  if list == nil then P.throw() end
  for i = 1, n do
    P.tick()
    local item = bridge.list_add(S, list)
    if item == nil then P.throw() end
    write_nested(item, t[i], level)
  end
  cell.kind = ARRAY
  cell.flags = 0
  cell.u.list = list
end

-- In order of the names: the table's own order is another in each state.
local function sorted_names(t)
  local names, n = {}, 0
  for name in pairs(t) do
    if type(name) ~= "string" then error("the keys of a map must be strings, not a " .. type(name), 0) end
    n = n + 1
    names[n] = name
  end
  if n > 1 then sort(names) end
  return names, n
end

local function write_map_table(cell, t, level)
  local kept = ffi.new("lc_value")
  local map = new_map_cell(kept)
  local names, n = sorted_names(t)
  for i = 1, n do
    P.tick()
    local name = names[i]
    local slot = bridge.map_add(S, map, name, #name)
    if slot == nil then P.throw() end
    local value = ffi.new("lc_value")
    write_nested(value, t[name], level)
    map.slots[slot_of(map, name)] = value
  end
  ffi.copy(cell, kept, ffi.sizeof("lc_value"))
end

-- A table with items 1..n is a list, and so is an empty one that was a list before; any other is a map.
function write_table(cell, t, level)
  if rawequal(t, P.null) then
    cell.kind = NULL
    cell.flags = 0
    return
  end
  if level > DEEPEST then error("a table nests deeper than " .. DEEPEST .. " levels", 0) end
  local n = #t
  if n > 0 or is_empty_list(t) then write_list_table(cell, t, n, level) else write_map_table(cell, t, level) end
end

-- Assigns a Lua value. `wanted` is the kind that a schema gives, or nil: then the old kind is kept where it
-- can hold the value.
function write(cell, x, wanted)
  local t = type(x)
  if t == "number" then
    write_number(cell, x, wanted)
  elseif t == "string" then
    write_text(cell, x, wanted)
  elseif t == "boolean" then
    write_int(cell, BOOLEAN, x and 1 or 0)
  elseif t == "nil" then
    cell.kind = NULL
    cell.flags = 0
  elseif t == "cdata" then
    write_cdata(cell, x, wanted)
  elseif t == "table" then
    write_table(cell, x, 1)
  else
    error("a " .. t .. " can't be the value of a field", 0)
  end
end
P.write = write

-- The kind that values of a schema have.
local logical_kinds = { [1] = K.decimal, [2] = DATE, [3] = DATE, [4] = DATE }
local function kind_of_schema(schema)
  local head = cast(schema_p, schema)
  return logical_kinds[head.logical] or head.type
end
P.kind_of_schema = kind_of_schema

local function no_field(name)
  P.raise("DataException", tostring(name) .. " is not a valid field name")
end

local write_by_schema

-- A table for a struct: its fields by name.
local function write_struct_table(cell, t, schema)
  local object = bridge.struct_new(S, schema)
  if object == nil then P.throw() end
  for name, x in pairs(t) do
    local at = slot_of(object, name)
    if not at then no_field(name) end
    write_by_schema(object, at, name, x)
  end
  put_object(cell, object)
end
P.write_struct_table = write_struct_table

-- Assigns a field of a struct: the value must fit the field's schema.
function write_by_schema(object, at, name, x)
  local schema = bridge.schema_field(object.schema, at)
  local cell = object.slots[at]
  if x == nil then
    cell.kind = NULL
    return
  end
  local wanted = kind_of_schema(schema)
  if wanted == STRUCT and type(x) == "table" then
    write_struct_table(cell, x, schema)
    return
  end
  write(cell, x, wanted)
  if cell.kind ~= wanted or (wanted >= ARRAY and wanted <= STRUCT) then
    if bridge.validate(S, schema, name, cell) ~= 0 then
      cell.kind = NULL
      P.throw()
    end
  end
end

local function add_field(object, name)
  if object.schema ~= nil then no_field(name) end
  if type(name) ~= "string" then error("the keys of a map are strings, not a " .. type(name), 0) end
  local cell = bridge.map_add(S, object, name, #name)
  if cell == nil then P.throw() end
  return cell
end

local function write_field(object, name, x)
  local at = slot_of(object, name)
  if not at then
    write(add_field(object, name), x)
    return
  end
  local cell = object.slots[at]
  local kind = cell.kind
  -- JIT: an assignment that keeps the kind is the common case and needs no look at the schema.
  if kind == FLOAT64 and type(x) == "number" then
    cell.u.d = x
  elseif kind == STRING and type(x) == "string" then
    if bridge.set_text(S, cell, x, #x, STRING) ~= 0 then P.throw() end
  elseif object.schema ~= nil then
    write_by_schema(object, at, name, x)
  else
    write(cell, x)
  end
end

-- Metatypes.

local function object_index(view, name)
  if view[GEN] ~= S.generation then stale(view[GEN]) end
  local object = view[AT]
  local at = slot_of(object, name)
  if not at then return nil end
  return (read_field(object, at, view[GEN]))
end

local function object_newindex(view, name, x)
  if view[GEN] ~= S.generation then unwritable(view[GEN]) end
  write_field(view[AT], name, x)
end

local function text_of(cell)
  if bridge.to_text(S, cell) ~= 0 then P.throw() end
  return (ffi_string(S.text.data, S.text.len))
end
P.text_of = text_of

local function object_text(view)
  check(view)
  local cell, object = S.b, view[AT]
  cell.kind = object.schema ~= nil and STRUCT or MAP
  cell.flags = object.schema ~= nil and 0 or OBJECT
  cell.u.object = object
  return text_of(cell)
end

-- Equality of two views of type `t`: do they look at the same container?
local function same(t)
  return function(a, b) return istype(t, a) and istype(t, b) and a[AT] == b[AT] end
end
P.same = same

local function list_index(view, i)
  if view[GEN] ~= S.generation then stale(view[GEN]) end
  local list = view[AT]
  if type(i) ~= "number" or i < 1 or i > list.count or i % 1 ~= 0 then return nil end
  return (read_of(view[GEN], list.items[i - 1]))
end

local function list_newindex(view, i, x)
  if view[GEN] ~= S.generation then unwritable(view[GEN]) end
  local list = view[AT]
  if type(i) == "number" and i == list.count + 1 then
    local cell = bridge.list_add(S, list)
    if cell == nil then P.throw() end
    write(cell, x)
    return
  end
  if type(i) ~= "number" or i < 1 or i > list.count or i % 1 ~= 0 then
    error("a list of " .. list.count .. " items has no place " .. tostring(i), 0)
  end
  write(list.items[i - 1], x)
end

local function list_length(view)
  check(view)
  return view[AT].count
end

local function pointer_text(kind, field, pointer)
  local cell = S.b
  cell.kind = kind
  cell.flags = 0
  cell.u[field] = pointer
  return text_of(cell)
end
P.pointer_text = pointer_text

-- Maps with keys that aren't text: searched one by one.
local function entry_cell(map, key)
  for i = 0, map.count - 1 do
    if read(map.items[2 * i]) == key then return map.items[2 * i + 1] end
  end
end
P.entry_cell = entry_cell

local function entries_index(view, key)
  check(view)
  local cell = entry_cell(view[AT], key)
  if cell then return (read_of(view[GEN], cell)) end
end

local function entries_newindex(view, key, x)
  if view[GEN] ~= S.generation then unwritable(view[GEN]) end
  local cell = entry_cell(view[AT], key)
  if not cell then error("a map with keys other than strings can't get new ones", 0) end
  write(cell, x)
end

-- What decimals can do is in a part of its own.
local function of_decimals(event)
  return function(a, b) return (P.decimal_meta[event](a, b)) end
end

local function box_index(view, name)
  check(view)
  if name ~= "value" then return nil end
  return (read_of(view[GEN], view[AT]))
end

local function box_newindex(view, name, x)
  if view[GEN] ~= S.generation then unwritable(view[GEN]) end
  if name ~= "value" then error("a box has only a value", 0) end
  write(view[AT], x)
end

ffi.metatype(object_t, { __index = object_index, __newindex = object_newindex, __tostring = object_text, __eq = same(object_t) })
ffi.metatype(list_t, {
  __index = list_index, __newindex = list_newindex, __len = list_length, __eq = same(list_t),
  __tostring = function(view) check(view) return pointer_text(ARRAY, "list", view[AT]) end,
})
ffi.metatype(entries_t, {
  __index = entries_index, __newindex = entries_newindex, __eq = same(entries_t),
  __tostring = function(view) check(view) return pointer_text(MAP, "map", view[AT]) end,
})
ffi.metatype(decimal_t, {
  __index = function(_, name) return P.decimal_methods[name] end,
  __tostring = function(view) check(view) return pointer_text(K.decimal, "decimal", view[AT]) end,
  __add = of_decimals "__add", __sub = of_decimals "__sub", __mul = of_decimals "__mul", __div = of_decimals "__div",
  __mod = of_decimals "__mod", __pow = of_decimals "__pow", __unm = of_decimals "__unm", __lt = of_decimals "__lt",
  __le = of_decimals "__le", __eq = of_decimals "__eq", __concat = of_decimals "__concat",
})
ffi.metatype(box_t, {
  __index = box_index, __newindex = box_newindex, __eq = same(box_t), __tostring = function() return "box" end,
})

P.object_text = object_text
P.read_field = read_field

function P.container(x)
  if istype(object_t, x) or istype(list_t, x) or istype(entries_t, x) then return x end
  error("a map, struct or list expected, not " .. P.type_name(x), 0)
end

-- What a value is, for messages: never an address.
local view_names = { [tonumber(object_t)] = "map or struct", [tonumber(list_t)] = "list", [tonumber(entries_t)] = "map",
  [tonumber(decimal_t)] = "a decimal" }
function P.type_name(x)
  if type(x) ~= "cdata" then return type(x) end
  return view_names[tonumber(ffi.typeof(x))] or "an object"
end

-- ipairs, for tables and views alike.
local raw_ipairs = ipairs
function P.ipairs(t)
  if type(t) ~= "cdata" then return raw_ipairs(t) end
  local step, view, from = P.ipairs_view(t)
  return step, view, from
end
