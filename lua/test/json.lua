-- JSON for tests: exact whole numbers, null as the value `null`, empty arrays told from empty objects.

local null = setmetatable({}, { __tostring = function() return "null" end, __metatable = false })
local Array = {} -- of decoded arrays, so that an empty one stays one
local EXACT = 2 ^ 53

local json = { null = null, Array = Array }

-- Decoding

local value_at

local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local function utf8(code)
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
  if code < 0x10000 then
    return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end
  return string.char(0xF0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64,
    0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

local function unescape(text)
  text = text:gsub("\\u([dD][89abAB]%x%x)\\u([dD][c-fC-F]%x%x)", function(high, low)
    return utf8(0x10000 + (tonumber(high, 16) - 0xD800) * 1024 + tonumber(low, 16) - 0xDC00)
  end)
  return (text:gsub("\\(.)(%x?%x?%x?%x?)", function(mark, digits)
    if mark == "u" then return utf8(tonumber(digits, 16)) end
    return (escapes[mark] or mark) .. digits
  end))
end

local function string_at(text, at)
  local from = at + 1
  local to = from
  while true do
    to = text:find('["\\]', to)
    if text:sub(to, to) == '"' then break end
    to = to + 2
  end
  return unescape(text:sub(from, to - 1)), to + 1
end

local function blank(text, at) return text:match("^%s*()", at) end

local function object_at(text, at)
  local object = {}
  at = blank(text, at + 1)
  while text:sub(at, at) ~= "}" do
    local name
    name, at = string_at(text, at)
    at = blank(text, blank(text, at) + 1)
    object[name], at = value_at(text, at)
    at = blank(text, at)
    if text:sub(at, at) == "," then at = blank(text, at + 1) end
  end
  return object, at + 1
end

local function array_at(text, at)
  local array = setmetatable({}, Array)
  at = blank(text, at + 1)
  while text:sub(at, at) ~= "]" do
    array[#array + 1], at = value_at(text, at)
    at = blank(text, at)
    if text:sub(at, at) == "," then at = blank(text, at + 1) end
  end
  return array, at + 1
end

local function number_of(shown)
  local number = tonumber(shown)
  local is_whole = not shown:find("[.eE]")
  if is_whole and (number >= EXACT or number <= -EXACT) then return loadstring("return " .. shown .. "LL")() end
  return number
end

function value_at(text, at)
  local first = text:sub(at, at)
  if first == '"' then return string_at(text, at) end
  if first == "{" then return object_at(text, at) end
  if first == "[" then return array_at(text, at) end
  if first == "t" then return true, at + 4 end
  if first == "f" then return false, at + 5 end
  if first == "n" then return null, at + 4 end
  local shown = text:match("^[-+.%deE]+", at)
  return number_of(shown), at + #shown
end

-- Text that the engine wrote: it is JSON.
function json.decode(text) return (value_at(text, blank(text, 1))) end

-- Encoding

local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

function json.is_array(t)
  if getmetatable(t) == Array then return true end
  local n = 0
  for key in pairs(t) do
    if type(key) ~= "number" then return false end
    n = n + 1
  end
  return n > 0 and n == #t
end

local encode

local function encode_table(t)
  local parts = {}
  if json.is_array(t) then
    for i = 1, #t do parts[i] = encode(t[i]) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for i, name in ipairs(names) do parts[i] = quote(tostring(name)) .. ":" .. encode(t[name]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function encode_number(number)
  if number ~= number or number == math.huge or number == -math.huge then error("JSON has no " .. tostring(number), 0) end
  if number % 1 == 0 and math.abs(number) < EXACT then return ("%d"):format(number) end
  return ("%.17g"):format(number)
end

function encode(value)
  local kind = type(value)
  if value == nil or value == null then return "null" end
  if kind == "table" then return encode_table(value) end
  if kind == "string" then return quote(value) end
  if kind == "number" then return encode_number(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "cdata" then return (tostring(value):gsub("U?LL$", "")) end
  error("a test can't give a script a " .. kind, 0)
end
json.encode = encode

return json
