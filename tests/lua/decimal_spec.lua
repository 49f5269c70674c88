-- lc.decimal: BigDecimal's arithmetic.
local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

local D = lc.decimal
local function text(x) return tostring(x) end

function cases.read()
  for _, t in ipairs { "0", "1.50", "-0.005", "1E+3", "1.2E-7", "123456789012345678901234567890.123" } do equal(text(D(t)), t) end
  equal(text(D(5)), "5")
  equal(text(D(-9007199254740992)), "-9007199254740992")
  equal(text(D(9223372036854775807LL)), "9223372036854775807")
  equal(text(D(-9223372036854775807LL - 1)), "-9223372036854775808")
  equal(text(D(0.1)), "0.1")
  equal(text(D(D "2.50")), "2.50")
  raises("'x' is no decimal number", D, "x")
  raises("'' is no decimal number", D, "")
  raises("nan is no decimal number", D, 0 / 0)
  raises("not of nil", D)
  raises("not of table", D, {})
end

function cases.sums()
  equal(text(D "0.1" + D "0.2"), "0.3")
  equal(text(D "1.50" + 1), "2.50")
  equal(text(2 - D "0.001"), "1.999")
  equal(text(D "1" - D "1.00"), "0.00")
  equal(text(D "-5" + D "3.5"), "-1.5")
  equal(text(D "99999999999999999999" + 1), "100000000000000000000")
  equal(text(D "18446744073709551615" + D "18446744073709551615"), "36893488147419103230")
  equal(text(D "1E+3" + 1), "1001")
  equal(text(D "340282366920938463463374607431768211456" - 1), "340282366920938463463374607431768211455")
  equal(text(D(9223372036854775807LL) + 1LL), "9223372036854775808")
  equal(text(D "1" + "0.5"), "1.5")
  equal(text(-D "1.5"), "-1.5")
  equal(text(-D "0.0"), "0.0")
  raises("0.1 may be inexact: write lc.decimal(\"0.1\")", function() return D "1" + 0.1 end)
  raises("arithmetic of a decimal and nil", function() return D "1" + nil end)
  raises("arithmetic of a decimal and a table", function() return {} * D "1" end)
end

function cases.products()
  equal(text(D "1.10" * D "3"), "3.30")
  equal(text(D "-0.25" * D "0.25"), "-0.0625")
  equal(text(D "12345678901234567890123" * D "98765432109876543210987"),
    "1219326311370217952261797134336296860222381401")
  equal(text(D "1.1" ^ 10), "2.5937424601")
  equal(text(D "2" ^ 200), "1606938044258990275541962092341162602522202993782792835301376")
  equal(text(D "7" ^ 0), "1")
  raises("exponent", function() return D "2" ^ -1 end)
  raises("exponent", function() return D "2" ^ 0.5 end)
end

function cases.quotients()
  equal(text(D "1" / 8), "0.125")
  equal(text(D "6.00" / 3), "2.00")
  equal(text(D "100" / D "0.5"), "2.0E+2")
  equal(text(D "600" / D "2.00"), "3E+2")
  equal(text(D "1219326311370217952261797134336296860222381401" / D "98765432109876543210987"), "12345678901234567890123")
  raises("Non-terminating decimal expansion; no exact representable decimal result.", function() return D "1" / 3 end)
  raises("Division by zero", function() return D "1" / 0 end)
  raises("Division by zero", function() return D "1" % 0 end)
  equal(text((D "1"):divide(3, 5)), "0.33333")
  equal(text((D "2"):divide(3, 5)), "0.66667")
  equal(text((D "2"):divide(3, 5, "DOWN")), "0.66666")
  equal(text((D "1234"):divide(1, -2, "HALF_UP")), "1.2E+3")
  equal(text(D "7.5" % 2), "1.5")
  equal(text(D "-7.5" % 2), "-1.5")
  equal(text(D "340282366920938463463374607431768211455" % D "18446744073709551616"), "18446744073709551615")
end

-- By the table of java.math.RoundingMode.
function cases.rounding()
  local inputs = { "5.5", "2.5", "1.6", "1.1", "1.0", "-1.0", "-1.1", "-1.6", "-2.5", "-5.5" }
  local expected = {
    UP = "6 3 2 2 1 -1 -2 -2 -3 -6", DOWN = "5 2 1 1 1 -1 -1 -1 -2 -5", CEILING = "6 3 2 2 1 -1 -1 -1 -2 -5",
    FLOOR = "5 2 1 1 1 -1 -2 -2 -3 -6", HALF_UP = "6 3 2 1 1 -1 -1 -2 -3 -6", HALF_DOWN = "5 2 2 1 1 -1 -1 -2 -2 -5",
    HALF_EVEN = "6 2 2 1 1 -1 -1 -2 -2 -6",
  }
  for mode, line in pairs(expected) do
    local got = {}
    for i, input in ipairs(inputs) do got[i] = text(D(input):round(0, mode)) end
    equal(table.concat(got, " "), line, mode)
  end
  raises("Rounding necessary", function() return D("1.1"):round(0, "UNNECESSARY") end)
  equal(text(D("1.0"):round(0, "UNNECESSARY")), "1")
  equal(text(D("2.345"):round(2)), "2.35")
  equal(text(D("2"):round(3)), "2.000")
  equal(text(D("1E-2000000000"):round(2)), "0.00")
  equal(text(D("1E-2000000000"):round(2, "CEILING")), "0.01")
  raises("did you mean 'HALF_UP'", function() return D("1"):round(0, "HALFUP") end)
  raises("a scale is a whole number", function() return D("1"):round() end)
end

function cases.compare()
  equal(D "1.0" == D "1.00", true)
  equal((D "1.0"):equals(D "1.00"), false)
  equal(D "1.0" == 1, true)
  equal(D "0.5" == 0.5, true)
  equal(D "1" ~= nil, true)
  equal(D "1" == "1", false)
  equal(D "1.5" > 1, true)
  equal(1 < D "1.5", true)
  equal(D "-2" < D "-1.99", true)
  equal(D "9007199254740993" > 9007199254740992, true)
  equal(D "2" <= 2LL, true)
  equal((D "1"):compare(2), -1)
end

function cases.parts()
  local d = D "-1200.00"
  equal(d:scale(), 2)
  equal(d:precision(), 6)
  equal(d:sign(), -1)
  equal(d:unscaled(), "-120000")
  equal(text(d:abs()), "1200.00")
  equal(text(d:strip()), "-1.2E+3")
  equal(text(D("0.000"):strip()), "0")
  equal(D("1.2E+3"):plain(), "1200")
  equal(d:tonumber(), -1200)
  equal(d:int64(), -1200LL)
  equal(D("9223372036854775807"):int64(), 9223372036854775807LL)
  raises("1.5 is no int64", function() return D("1.5"):int64() end)
  raises("9223372036854775808 is no int64", function() return D("9223372036854775808"):int64() end)
  equal("a" .. D "1.5", "a1.5")
  equal(lc.is_decimal(D "1"), true)
  equal(lc.is_decimal(1), false)
  raises("can't be changed", function() d.x = 1 end)
  raises("use a colon", function() return d.round(2) end)
  equal(lc.json.encode { price = D "1.50" }, '{"price":1.50}')
end

function cases.limits()
  raises("10000 digits", function() return D "1E+2000000000" + 1 end)
  raises("10000 digits", function() return D "2" ^ 999999999 end)
  raises("10000 digits", D, ("9"):rep(10021))
  raises("Overflow", function() return D "1E+2147483647" * D "1E+2147483647" end)
end

-- Quotients and remainders of long numbers fit together.
function cases.long()
  math.randomseed(7)
  local function number(digits)
    local parts = { tostring(math.random(1, 9)) }
    for i = 2, digits do parts[i] = math.random() < 0.3 and "0" or tostring(math.random(0, 9)) end
    return D(table.concat(parts))
  end
  for _ = 1, 60 do
    local a, b = number(math.random(1, 120)), number(math.random(1, 80))
    local q = a:divide(b, 0, "DOWN")
    equal(q * b + a % b == a, true, a .. " / " .. b)
    equal(a % b < b, true)
    equal(a * b / b == a, true)
    equal(a - b + b == a, true)
  end
  local limb = D "18446744073709551616"
  for _ = 1, 25 do
    local a = limb ^ math.random(2, 6) - math.random(0, 3)
    local b = limb ^ math.random(1, 3) - math.random(0, 3)
    equal(a:divide(b, 0, "DOWN") * b + a % b == a, true)
  end
end

function cases.fields(record)
  local Price = lc.schema.struct("Price", { { "amount", lc.schema.decimal(2) } })
  record.value = lc.struct(Price)
  record.value.amount = D "12345678901234567890.10" + D "0.02"
  equal(text(record.value.amount), "12345678901234567890.12")
  equal(lc.type(record.value, "amount"), "decimal")
  equal(text(record.value.amount * 2), "24691357802469135780.24")
  equal(record.value.amount == record.value.amount, true)
  equal(record.value.amount:scale(), 2)
  record.value.amount = (record.value.amount / 2):round(2)
  equal(text(record.value.amount), "6172839450617283945.06")
  local kept = lc.totable(record.value)
  equal(text(kept.amount), "6172839450617283945.06")
  lc.put(record.value, "amount", D "1.50", "decimal")
  equal(text(record.value.amount), "1.50")
end

return kit.spec(cases)
