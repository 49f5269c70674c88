-- lc.hex and lc.uuid.

local P = ...
local sdk, native = P.sdk, P.native
local type, error, tonumber = type, error, tonumber
local format, byte, char, floor = string.format, string.byte, string.char, math.floor

local function text_argument(x)
  if type(x) ~= "string" then error("the text must be a string, not a " .. P.type_name(x), 0) end
  return x
end

local hex = {}
sdk.hex = hex

function hex.encode(bytes)
  return (text_argument(bytes):gsub(".", function(c) return format("%02x", byte(c)) end))
end

-- The bytes, or nil when the text isn't hexadecimal.
function hex.decode(text)
  if #text_argument(text) % 2 ~= 0 or text:find("%X") then return nil end
  return (text:gsub("..", function(pair) return char(tonumber(pair, 16)) end))
end

local uuid = {}
sdk.uuid = uuid

local function shaped(digits, version)
  local variant = format("%x", 8 + tonumber(digits:sub(17, 17), 16) % 4)
  return digits:sub(1, 8) .. "-" .. digits:sub(9, 12) .. "-" .. version .. digits:sub(14, 16) .. "-" .. variant
    .. digits:sub(18, 20) .. "-" .. digits:sub(21, 32)
end

-- 32 random hexadecimal digits.
local function random_digits() return native.secret():sub(2, 33) end

function uuid.random() return shaped(random_digits(), "4") end

-- Ordered by the time: version 7 of RFC 9562.
function uuid.ordered()
  local now = sdk.time.now()
  local time = format("%04x%08x", floor(now / 2 ^ 32), now % 2 ^ 32)
  return shaped(time .. random_digits():sub(13), "7")
end

function uuid.is(text)
  return type(text) == "string" and #text == 36
    and text:find("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$") ~= nil
end
