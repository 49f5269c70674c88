-- lc.totable: containers as plain tables, deeply.

local P = ...
local ffi, sdk = P.ffi, P.sdk
local AT, check, read = P.AT, P.check, P.read
local object_t, list_t, entries_t = P.object_t, P.list_t, P.entries_t
local istype, ffi_string = ffi.istype, ffi.string
local type, tostring = type, P.tostring

local function name_at(shape, at) return (ffi_string(shape.names[at].text, shape.names[at].len)) end

local totable
local tick = P.tick -- what is as large as a script's values takes time of the script

local function object_table(view)
  local t, object = {}, view[AT]
  for at = 0, object.shape.count - 1 do
    tick()
    t[name_at(object.shape, at)] = totable(P.read_field(object, at))
  end
  return t
end

local function list_table(view)
  local t, list = {}, view[AT]
  for i = 1, list.count do
    tick()
    local x = totable(read(list.items[i - 1]))
    if x == nil then x = P.null end
    t[i] = x
  end
  return list.count == 0 and setmetatable(t, P.list_mark) or t
end

local function entries_table(view)
  local t, map = {}, view[AT]
  for i = 0, map.count - 1 do
    tick()
    local key = read(map.items[2 * i])
    if type(key) == "cdata" then key = tostring(key) end
    if key ~= nil then t[key] = totable(read(map.items[2 * i + 1])) end
  end
  return t
end

function totable(x)
  if type(x) ~= "cdata" then return x end
  if istype(object_t, x) then check(x) return (object_table(x)) end
  if istype(list_t, x) then check(x) return (list_table(x)) end
  if istype(entries_t, x) then check(x) return (entries_table(x)) end
  if istype(P.decimal_t, x) then return (sdk.decimal(x)) end
  return x
end
sdk.totable = totable
