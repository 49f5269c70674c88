-- lc.charset: text as bytes of a charset of Java's, and back.

local P = ...
local ffi_string, S, bridge = P.ffi.string, P.S, P.bridge
local type, error = type, error

local charset = {}
P.sdk.charset = charset

-- Names that a misspelt one may have meant.
local usual = {}
for name in ([[UTF-8 UTF-16 UTF-16BE UTF-16LE UTF-32 US-ASCII ISO-8859-1 ISO-8859-2 ISO-8859-5 ISO-8859-15 latin1 ascii utf8
    windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 Cp1252 IBM037 IBM437 IBM500 IBM850 Cp037 Cp500 KOI8-R
    Shift_JIS EUC-JP ISO-2022-JP EUC-KR GBK GB2312 GB18030 Big5]]):gmatch("%S+") do usual[name] = true end

local numbers = {} -- by name: the charset of the state

local function number_of(name)
  local known = numbers[name]
  if known then return known end
  if type(name) ~= "string" then error("the name of a charset must be a string, not " .. P.type_name(name), 0) end
  local number = bridge.charset_find(S, name, #name)
  if number == -2 then error("more charsets than a task may use", 0) end
  if number < 0 then error("there is no charset '" .. name:sub(1, 60) .. "'" .. P.suggest(name, usual), 0) end
  numbers[name] = number
  return number
end

-- The bytes of a text; what the charset lacks becomes '?'.
function charset.encode(text, name)
  if type(text) ~= "string" then error("the text must be a string, not " .. P.type_name(text), 0) end
  bridge.charset_convert(S, number_of(name), text, #text, 1)
  return (ffi_string(S.text.data, S.text.len))
end

-- The text that bytes are; malformed ones become U+FFFD.
function charset.decode(bytes, name)
  if type(bytes) ~= "string" then error("the bytes must be a string, not " .. P.type_name(bytes), 0) end
  bridge.charset_convert(S, number_of(name), bytes, #bytes, 0)
  return (ffi_string(S.text.data, S.text.len))
end
