-- lc.url: texts as parts of URLs.

local P = ...
local sdk = P.sdk
local type, error, tonumber, pairs = type, error, tonumber, pairs
local format, byte, char = string.format, string.byte, string.char

local url = {}
sdk.url = url

local function text_argument(x)
  if type(x) == "number" then x = P.tostring(x) end
  if type(x) ~= "string" then error("the text must be a string, not a " .. P.type_name(x), 0) end
  return x
end

-- All but letters, digits and -._~ as %XX.
function url.encode(text)
  return (text_argument(text):gsub("[^%w%-._~]", function(c) return format("%%%02X", byte(c)) end))
end

function url.decode(text)
  return (text_argument(text):gsub("%%(%x%x)", function(digits) return char(tonumber(digits, 16)) end))
end

-- name=value&…, by names.
function url.query(values)
  local names, parts = {}, {}
  for name in pairs(values) do names[#names + 1] = text_argument(name) end
  table.sort(names)
  for i, name in P.ipairs(names) do parts[i] = url.encode(name) .. "=" .. url.encode(values[name]) end
  return table.concat(parts, "&")
end
