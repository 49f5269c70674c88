-- lc.charset: text as bytes and back; base64 and hex take what it gives.
local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

function cases.both_ways()
  local text = "Blåbær €"
  equal(lc.charset.encode(text, "UTF-8"), text)
  equal(lc.charset.encode(text, "ISO-8859-1"), "Bl\229b\230r ?")
  equal(lc.charset.encode(text, "windows-1252"), "Bl\229b\230r \128")
  equal(lc.charset.encode("å", "UTF-16BE"), "\0\229")
  equal(lc.charset.encode("å", "UTF-16LE"), "\229\0")
  equal(lc.charset.encode("AZ", "IBM037"), "\193\233")
  for _, name in ipairs { "utf8", "UTF-16", "UTF-16LE", "UTF-32", "windows-1252", "Cp1252" } do
    equal(lc.charset.decode(lc.charset.encode(text, name), name), text, name)
  end
  equal(lc.charset.decode("\229", "latin1"), "å")
  equal(lc.charset.decode("\193\233", "Cp037"), "AZ")
  equal(lc.charset.decode("", "UTF-16"), "")
  equal(lc.charset.encode("", "latin1"), "")
end

function cases.malformed()
  equal(lc.charset.decode("a\255b", "UTF-8"), "a\239\191\189b")
  equal(lc.charset.encode("a\255b", "latin1"), "a?b")
  equal(lc.charset.encode("a\240\159", "UTF-8"):find("^a\239\191\189") ~= nil, true)
  equal(lc.charset.decode("\0", "UTF-16BE"), "\239\191\189")
end

function cases.other_tools()
  local bytes = lc.charset.encode("å\0€", "UTF-16LE")
  equal(lc.base64.decode(lc.base64.encode(bytes)), bytes)
  equal(lc.hex.encode(bytes), "e5000000ac20")
  equal(lc.charset.decode(lc.hex.decode("e5000000ac20"), "UTF-16LE"), "å\0€")
end

function cases.unknown()
  raises("there is no charset 'UTF-9' (did you mean 'UTF-8'?)", lc.charset.encode, "x", "UTF-9")
  raises("there is no charset 'ISO-8859-99'", lc.charset.decode, "x", "ISO-8859-99")
  for _, name in ipairs { "", "\0", "UTF-8\0", "UTF-8//IGNORE", ("x"):rep(1000) } do
    raises("there is no charset", lc.charset.decode, "x", name)
  end
  raises("must be a string", lc.charset.encode, "x")
  raises("must be a string", lc.charset.encode, 5, "UTF-8")
  raises("must be a string", lc.charset.decode, nil, "UTF-8")
end

return kit.spec(cases)
