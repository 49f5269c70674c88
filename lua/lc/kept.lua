-- lc.kept: a table whose content the next version of the script finds in its own, after a reload.
--
-- It is handed over as text, so it holds what has one meaning in another state: texts, numbers, booleans, int64
-- and tables of these. Anything else in it is left out.

local P = ...
local type, pairs, error, tostring, next, rawset = type, pairs, error, tostring, next, rawset
local istype, int64_t = P.ffi.istype, P.ffi.typeof("int64_t")

local kept = {} -- by file, and by the use of its script unless it is shared: its table
local called = {}

-- kept(defaults, { shared = true }): at the top of a script or module, once.
function P.sdk.kept(defaults, options)
  local file = P.loading
  if not file then error("lc.kept is called while the script is loaded, not later", 2) end
  if defaults ~= nil and type(defaults) ~= "table" then error("lc.kept takes a table", 2) end
  if options ~= nil and type(options) ~= "table" then error("lc.kept takes a table of options", 2) end
  for name in pairs(options or {}) do
    if name ~= "shared" then error("lc.kept has no option " .. tostring(name) .. ", but shared", 2) end
  end
  local path = P.loading_from .. file
  local key = path .. "\n" .. P.loading_for
  if called[key] then error("lc.kept was called in this file already", 2) end
  called[key] = true
  if options and options.shared == true then key = path end
  kept[key] = kept[key] or defaults or {}
  return kept[key]
end

-- One value after the other: a letter, and the length and bytes of what follows.

local MOST = 1024 * 1024
local DEEPEST = 32

local function atom(value)
  local kind = type(value)
  if kind == "string" then return "s" .. #value .. ":" .. value end
  if kind == "boolean" then return value and "t" or "f" end
  if kind == "number" then
    local digits = ("%.17g"):format(value)
    return "n" .. #digits .. ":" .. digits
  end
  if kind == "cdata" and istype(int64_t, value) then
    local digits = tostring(value):gsub("LL$", "")
    return "i" .. #digits .. ":" .. digits
  end
end

local function write(value, parts, depth)
  if type(value) ~= "table" then
    parts[#parts + 1] = atom(value)
    return
  end
  parts[#parts + 1] = "{"
  for key, item in pairs(value) do
    local name = type(key) ~= "table" and atom(key)
    if name and (type(item) == "table" and depth < DEEPEST or type(item) ~= "table" and atom(item)) then
      parts[#parts + 1] = name
      write(item, parts, depth + 1)
    end
  end
  parts[#parts + 1] = "}"
end

function P.entries.give_kept()
  if next(kept) == nil then return nil end
  local parts = {}
  write(kept, parts, 0)
  local text = table.concat(parts)
  if #text > MOST then error("more than 1 MiB in lc.kept", 0) end
  return text
end

local int64 = P.entries.int64

local function read(text, at)
  local letter = text:sub(at, at)
  if letter == "t" or letter == "f" then return letter == "t", at + 1 end
  if letter ~= "{" then
    local len, colon = text:match("^(%d+)():", at + 1)
    local from = colon + 1
    local bytes = text:sub(from, from + len - 1)
    if letter == "n" then bytes = tonumber(bytes) elseif letter == "i" then bytes = int64(bytes) end
    return bytes, from + len
  end
  local t, key, value = {}
  at = at + 1
  while text:sub(at, at) ~= "}" do
    key, at = read(text, at)
    value, at = read(text, at)
    t[key] = value
  end
  return t, at + 1
end

-- The tables stay the ones that the scripts hold.
function P.entries.take_kept(text)
  for file, content in pairs((read(text, 1))) do
    local into = kept[file]
    if into then
      for key, value in pairs(content) do rawset(into, key, value) end
    end
  end
end
