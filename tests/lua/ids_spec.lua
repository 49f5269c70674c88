-- lc.hex, lc.uuid and ISO 8601.
local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

function cases.hex()
  equal(lc.hex.encode("\0\255ab"), "00ff6162")
  equal(lc.hex.decode("00fF6162"), "\0\255ab")
  equal(lc.hex.decode(""), "")
  equal(lc.hex.decode("0"), nil)
  equal(lc.hex.decode("0g"), nil)
  raises("must be a string", lc.hex.encode, 5)
end

function cases.uuid()
  local a, b = lc.uuid.random(), lc.uuid.random()
  equal(a ~= b, true)
  equal(lc.uuid.is(a), true)
  equal(a:sub(15, 15), "4")
  equal(("89ab"):find(a:sub(20, 20), 1, true) ~= nil, true)
  local c = lc.uuid.ordered()
  equal(c:sub(15, 15), "7")
  local ms = tonumber(c:sub(1, 8), 16) * 65536 + tonumber(c:sub(10, 13), 16)
  equal(math.abs(ms - lc.time.now()) < 60000, true)
  equal(lc.uuid.is("x"), false)
  equal(lc.uuid.is(nil), false)
end

function cases.iso()
  equal(lc.time.iso(0), "1970-01-01T00:00:00.000Z")
  equal(lc.time.iso(1700000000123), "2023-11-14T22:13:20.123Z")
  equal(lc.time.iso(-1), "1969-12-31T23:59:59.999Z")
  equal(lc.time.iso(951782400000), "2000-02-29T00:00:00.000Z")
  for ms = -3e12, 5e12, 86399999999 do equal(lc.time.from_iso(lc.time.iso(ms)), ms) end
  equal(lc.time.from_iso("2023-11-14"), 1699920000000)
  equal(lc.time.from_iso("2023-11-14T22:13Z"), 1699999980000)
  equal(lc.time.from_iso("2023-11-14T23:13:20.5+01:00"), 1700000000500)
  equal(lc.time.from_iso("2023-11-14 22:13:20,123456"), 1700000000123)
  for _, bad in ipairs { "", "2023", "2023-02-29", "2023-13-01", "2023-11-14T24:00Z", "2023-11-14T22", "2023-11-14T22:13:20.Z",
    "2023-11-14T22:13:20X", "2023-11-14x" } do
    equal(lc.time.from_iso(bad), nil, bad)
  end
end

return kit.spec(cases)
