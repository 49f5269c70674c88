-- Cells: the functions of the SDK that take a holder and a field.
--
-- A holder is a record (fields "key" and "value"), a header or a box ("value"), a map or struct (a name) or a
-- list (an index).

local P = ...
local ffi, S, bridge, K, sdk = P.ffi, P.S, P.bridge, P.kind, P.sdk
local AT, GEN, stale, unwritable, is_lasting, check = P.AT, P.GEN, P.stale, P.unwritable, P.is_lasting, P.check
local object_t, list_t, entries_t, box_t = P.object_t, P.list_t, P.entries_t, P.box_t
local record_t, header_t = P.record_t, P.header_t
local slot_of, read, write, schema_pointer = P.slot_of, P.read, P.write, P.schema_pointer
local istype, ffi_string = ffi.istype, ffi.string
local type, tonumber, error, select = type, tonumber, error, select
local tostring = P.tostring
local NULL, ARRAY, MAP, STRUCT = K.null, K.array, K.map, K.struct
local kind_names = P.kind_names

local function object_cell(view, name)
  if view[GEN] ~= S.generation then stale(view[GEN]) end
  local object = view[AT]
  local at = slot_of(object, name)
  if at then return object.slots[at] end
end

local function list_cell(view, i)
  check(view)
  local list = view[AT]
  if type(i) == "number" and i >= 1 and i <= list.count and i % 1 == 0 then return list.items[i - 1] end
end

local function record_cell(view, field)
  local record = P.record_of(view)
  if field == "value" then return record.value end
  if field == "key" then return record.key end
  error("a record has the cells key and value, not " .. tostring(field), 0)
end

local function header_cell(view, field)
  if field ~= "value" then error("a header has the cell value, not " .. tostring(field), 0) end
  return P.header_of(view).value
end

local function box_cell(view, field)
  check(view)
  if field ~= "value" then error("a box has the cell value, not " .. tostring(field), 0) end
  return view[AT]
end

local function entries_cell(view, key)
  check(view)
  return (P.entry_cell(view[AT], key))
end

-- The cell, or nil when the container has no such field.
local function cell_of(holder, field)
  if istype(object_t, holder) then return (object_cell(holder, field)) end
  if istype(record_t, holder) then return (record_cell(holder, field)) end
  if istype(list_t, holder) then return (list_cell(holder, field)) end
  if istype(header_t, holder) then return (header_cell(holder, field)) end
  if istype(box_t, holder) then return (box_cell(holder, field)) end
  if istype(entries_t, holder) then return (entries_cell(holder, field)) end
  error("a record, map, struct, list, header or box expected, not " .. P.type_name(holder), 0)
end
P.cell_of = cell_of

-- The same for changing what is in it.
local function cell_to_change(holder, field)
  local cell = cell_of(holder, field)
  if holder[GEN] ~= S.generation then unwritable(holder[GEN]) end
  return cell
end
P.cell_to_change = cell_to_change

-- The cell to write to; a map gets the field when it is missing.
local function cell_to_write(holder, field)
  local cell = cell_to_change(holder, field)
  if cell then return cell end
  if istype(object_t, holder) then
    local object = holder[AT]
    if object.schema ~= nil then P.raise("DataException", tostring(field) .. " is not a valid field name") end
    if type(field) ~= "string" then error("the keys of a map are strings, not a " .. type(field), 0) end
    cell = bridge.map_add(S, object, field, #field)
  elseif istype(list_t, holder) and field == holder[AT].count + 1 then
    cell = bridge.list_add(S, holder[AT])
  else
    error("there is no place " .. tostring(field), 0)
  end
  if cell == nil then P.throw() end
  return cell
end
P.cell_to_write = cell_to_write

-- The schema that belongs to a cell, or nil.
local function schema_of(holder, field)
  if istype(object_t, holder) then
    local object = holder[AT]
    if object.schema == nil then return nil end
    local at = slot_of(object, field)
    return at and bridge.schema_field(object.schema, at) or nil
  end
  if istype(record_t, holder) then
    local record = P.record_of(holder)
    return field == "key" and record.key_schema or record.value_schema
  end
  if istype(header_t, holder) then return P.header_of(holder).schema end
end
P.cell_schema = schema_of

function sdk.has(holder, field)
  if istype(object_t, holder) then
    if holder[GEN] ~= S.generation then stale(holder[GEN]) end
    return slot_of(holder[AT], field) ~= nil
  end
  if holder == nil then return false end
  return cell_of(holder, field) ~= nil
end

function sdk.type(holder, field)
  local cell = cell_of(holder, field)
  if not cell then return nil end
  return kind_names[cell.kind]
end

function sdk.raw(holder, field)
  local cell = cell_of(holder, field)
  if not cell then return nil end
  return (P.read_of(holder[GEN], cell))
end

-- What lc.put writes, by kind: numbers are checked against the range of their type.
local function put_number(cell, x, kind)
  local n = tonumber(x)
  if not n then error("a number expected for " .. kind_names[kind] .. ", not " .. P.type_name(x), 0) end
  if type(x) == "string" then x = n end
  cell.kind = kind
  write(cell, x, kind)
  if cell.kind ~= kind then error(tostring(x) .. " is out of range for " .. kind_names[kind], 0) end
end

local function put_boolean(cell, x)
  if type(x) ~= "boolean" then error("true or false expected, not " .. P.type_name(x), 0) end
  write(cell, x)
end

local function put_text(cell, x, kind)
  if type(x) ~= "string" then x = tostring(x) end
  write(cell, x, kind)
end

local putters = {
  [K.boolean] = put_boolean, [K.int8] = put_number, [K.int16] = put_number, [K.int32] = put_number,
  [K.int64] = put_number, [K.float32] = put_number, [K.float64] = put_number, [K.date] = put_number,
  [K.string] = put_text, [K.bytes] = put_text, [K.decimal] = put_text, [K.bigint] = put_text,
  [ARRAY] = write, [MAP] = write, [STRUCT] = write,
}

-- What was put into a struct must fit the field's schema.
local function check_cell(holder, field, cell)
  if not istype(object_t, holder) or holder[AT].schema == nil then return end
  if bridge.validate(S, schema_of(holder, field), field, cell) ~= 0 then
    cell.kind = NULL
    P.throw()
  end
end

function sdk.put(holder, field, x, type_name)
  local kind = K[type_name]
  if not kind then error("unknown type " .. tostring(type_name), 0) end
  local cell = cell_to_write(holder, field)
  if x == nil or kind == NULL then
    cell.kind = NULL
    cell.flags = 0
  else
    putters[kind](cell, x, kind)
  end
  check_cell(holder, field, cell)
end

local function set_cell(to, from)
  to.kind, to.flags, to.len = from.kind, from.flags, from.len
  to.u.i = from.u.i
end

function sdk.assign(holder, field, from, from_field)
  local source = cell_of(from, from_field)
  local is_container = source and source.kind >= ARRAY and source.kind <= STRUCT
  if is_container then
    P.joined()
    if bridge.copy(S, S.a, source) ~= 0 then P.throw() end
    source = S.a
  end
  local cell = cell_to_write(holder, field)
  -- Adding a field may have moved the cells of the container that `source` lies in.
  if not is_container then source = cell_of(from, from_field) end
  if source then set_cell(cell, source) else cell.kind = NULL end
  check_cell(holder, field, cell)
end

-- Moving into a fresh map or struct, as HoistField does, can't make a circle.
local function note_join(holder)
  if istype(object_t, holder) and holder[AT].reserved ~= 0 then
    P.hoisted()
  elseif not istype(record_t, holder) then
    P.joined()
  end
end

function sdk.move(holder, field, from, from_field)
  cell_of(from, from_field) -- or fails: only holders have a generation
  if is_lasting(from[GEN]) then return (sdk.assign(holder, field, from, from_field)) end
  local cell = cell_to_write(holder, field)
  local source = cell_of(from, from_field) -- after the line above, which may have moved it
  if source and source.kind >= ARRAY and source.kind <= STRUCT then note_join(holder) end
  if source then set_cell(cell, source) else cell.kind = NULL end
  check_cell(holder, field, cell)
end

function sdk.remove(map, name)
  if not istype(object_t, map) then error("a map expected, not " .. P.type_name(map), 0) end
  if map[GEN] ~= S.generation then unwritable(map[GEN]) end
  local object = map[AT]
  if object.schema ~= nil then error("a struct can't lose a field: use lc.reshaper", 0) end
  if type(name) ~= "string" then return false end
  return bridge.map_remove(S, object, name, #name) == 1
end

function sdk.size(c)
  check(P.container(c))
  local t = c[AT]
  if istype(object_t, c) then return t.shape.count end
  return t.count
end

-- Iteration.

-- JIT: a stateless iterator, so that no closure is made. The frame's cursor makes the search for the next name
-- one comparison in the usual case.
local function name_at(shape, at) return (ffi_string(shape.names[at].text, shape.names[at].len)) end

-- Scripts can call these with anything.
local function expect(t, view)
  if not istype(t, view) then error("the iterator belongs to another value", 0) end
  check(view)
end

local function next_field(view, name)
  expect(object_t, view)
  local object, at = view[AT], 0
  if name ~= nil then
    local id = object.shape.id
    local last = id ~= 0 and slot_of(object, name) or S.cursor
    if id == 0 and (last >= object.shape.count or name_at(object.shape, last) ~= name) then
      last = slot_of(object, name)
      if not last then error("the map changed while lc.pairs went over it", 0) end
    end
    at = last + 1
  end
  if at >= object.shape.count then return nil end
  S.cursor = at
  return name_at(object.shape, at), P.read_field(object, at, view[GEN])
end

local function next_item(view, i)
  expect(list_t, view)
  i = i + 1
  if i > view[AT].count then return nil end
  return i, P.read_of(view[GEN], view[AT].items[i - 1])
end

local function next_entry(view, state)
  expect(entries_t, view.map)
  local at = state ~= nil and view.cursor + 1 or 0
  if at >= view.map[AT].count then return nil end
  view.cursor = at
  local key = read(view.map[AT].items[2 * at])
  return key == nil and P.null or key, P.read_of(view.map[GEN], view.map[AT].items[2 * at + 1])
end

function sdk.pairs(c)
  if istype(object_t, c) then return next_field, c, nil end
  if istype(list_t, c) then return next_item, c, 0 end
  if istype(entries_t, c) then return next_entry, { map = c, cursor = 0 }, nil end
  error("a map, struct or list expected, not " .. P.type_name(c), 0)
end

function sdk.ipairs(c)
  if istype(list_t, c) then return next_item, c, 0 end
  return P.ipairs(c)
end
P.next_item = next_item

-- New containers.

local function generation() return S.generation ~= 0 and S.generation or P.LASTING end

function sdk.map()
  local map = bridge.map_new(S)
  if map == nil then P.throw() end
  map.reserved = 1
  return (object_t(map, generation()))
end

function sdk.struct(schema)
  local struct = bridge.struct_new(S, schema_pointer(schema))
  if struct == nil then P.throw() end
  struct.reserved = 1
  return (object_t(struct, generation()))
end

function sdk.list()
  local list = bridge.list_new(S)
  if list == nil then P.throw() end
  P.loosen_list(list)
  return (list_t(list, generation()))
end

local function new_box()
  local cell = bridge.box_new(S)
  if cell == nil then P.throw() end
  return (box_t(cell, generation()))
end
P.new_box = new_box
sdk.box = new_box

-- Conversions.

local castable = {}
for _, name in ipairs { "boolean", "int8", "int16", "int32", "int64", "float32", "float64", "string" } do
  castable[name] = K[name]
end

-- `schema` is the value's, when the holder has another one.
function sdk.cast(holder, field, type_name, schema)
  local kind = castable[type_name]
  if not kind then error("a field can't be cast to " .. tostring(type_name), 0) end
  local cell = cell_to_change(holder, field)
  if not cell then return end
  if cell.kind == kind and kind ~= K.string then return end
  local from = schema ~= nil and schema_pointer(schema) or schema_of(holder, field)
  if bridge.cast(S, cell, from, kind) ~= 0 then P.throw() end
end

function sdk.java_class(...)
  local holder, field = ...
  if select("#", ...) == 1 and istype(record_t, holder) then
    return P.record_of(holder).side == 1 and "org.apache.kafka.connect.sink.SinkRecord"
      or "org.apache.kafka.connect.source.SourceRecord"
  end
  local cell = cell_of(holder, field)
  if not cell then return "null" end
  return (ffi_string(bridge.java_class(cell)))
end

function sdk.text(...)
  local holder, field = ...
  if select("#", ...) == 1 and istype(record_t, holder) then return tostring(holder) end
  local cell = cell_of(holder, field)
  if not cell then return "null" end
  return (P.text_of(cell))
end

function sdk.equals(holder, field, from, from_field)
  local a, b = cell_of(holder, field), cell_of(from, from_field)
  if not a or not b then return a == b end
  local answer = bridge.equals(S, a, b)
  if answer < 0 then P.throw() end
  return answer == 1
end
