-- Starts the prelude: declares the C layout, checks that both sides agree on it, and gathers what the other
-- prelude files share in one table, P. Runs once per state with the real globals; nothing here is reachable
-- from scripts.

local native, frame_address, bridge_address, cdef = ...
local ffi = ffi

ffi.cdef(cdef)

local P = {
  ffi = ffi,
  native = native,
  S = ffi.cast("lc_frame *", frame_address),
  bridge = ffi.cast("const lc_bridge *", bridge_address),
  entries = {}, -- what C calls, by name
  sdk = {},     -- what `require "lc"` gives
  config = {},  -- lc.config
  modules = {}, -- what `require "lc.<name>"` gives
  modes = {},   -- kind of each frozen table
  sealed = setmetatable({}, { __mode = "k" }), -- shared tables with a metatable of their own: no rawset for scripts
}

local sizes = {
  size_value = "lc_value", size_object = "lc_object", size_shape = "lc_shape", size_record = "lc_record",
  size_header = "lc_header", size_frame = "lc_frame", size_bridge = "lc_bridge",
}

if P.bridge.abi_version ~= ffi.C.LC_ABI_VERSION then error("prelude and library disagree on the ABI version") end
for member, ctype in pairs(sizes) do
  if P.bridge[member] ~= ffi.sizeof(ctype) then error("prelude and library disagree on the size of " .. ctype) end
end

-- Kinds of values as plain numbers: an enum constant read through ffi.C would be looked up each time.
P.kind = {
  null = 0, boolean = 1, int8 = 2, int16 = 3, int32 = 4, int64 = 5, float32 = 6, float64 = 7, string = 8,
  bytes = 9, array = 10, map = 11, struct = 12, date = 13, decimal = 14, bigint = 15,
}
P.kind_names = {}
for name, kind in pairs(P.kind) do P.kind_names[kind] = name end

-- " (did you mean 'x'?)" for a misspelt key of `set`, or "".
function P.suggest(word, set)
  if type(word) ~= "string" then return "" end
  local names = {}
  for name in pairs(set) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  local nearest = native.nearest(word, names)
  return nearest and " (did you mean '" .. nearest .. "'?)" or ""
end

local metatable_of, native_tostring, type, pcall, rawget = debug.getmetatable, tostring, type, pcall, rawget
P.metatable_of = metatable_of

-- tostring without addresses.
P.nameless = { table = true, ["function"] = true, thread = true, userdata = true }

function P.tostring(x)
  local kind = type(x)
  if P.nameless[kind] then
    local metatable = metatable_of(x)
    if not metatable or not rawget(metatable, "__tostring") then return kind end
  end
  if kind == "cdata" and not pcall(native_tostring, x) then return P.type_name(x) end
  return native_tostring(x)
end

return P
