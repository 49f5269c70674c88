-- lc.decimal: exact numbers. Those of records are views and end with their batch; what scripts make is theirs to keep.

local P = ...
local ffi, S, bridge, K, sdk = P.ffi, P.S, P.bridge, P.kind, P.sdk
local AT, check, decimal_t = P.AT, P.check, P.decimal_t
local istype, cast, copy, new, ffi_string = ffi.istype, ffi.cast, ffi.copy, ffi.new, ffi.string
local type, error, tonumber = type, error, tonumber
local tostring = P.tostring

-- The members of lc_decimal (java/decimal.h), and behind them the bytes that they point to.
local SCALE, LEN, UNSCALED, BYTES = P.native.secret(), P.native.secret(), P.native.secret(), P.native.secret()
local number_t = ffi.typeof("struct { int32_t $; uint32_t $; const uint8_t *$; uint8_t $[?]; }", SCALE, LEN, UNSCALED, BYTES)
local decimal_p = ffi.typeof("const lc_decimal *")
local int64_t, uint64_t = ffi.typeof("int64_t"), ffi.typeof("uint64_t")
local MAX_EXACT = 9007199254740992

local function result(failed)
  if failed ~= 0 then P.throw() end
  local len = tonumber(S.text.len)
  local made = new(number_t, len)
  made[SCALE], made[LEN] = S.number, len
  copy(made[BYTES], S.text.data, len)
  made[UNSCALED] = made[BYTES]
  return made
end

-- The lc_decimal of a decimal of either sort, or nil.
local function pointer_of(x)
  if istype(number_t, x) then return (cast(decimal_p, x)) end
  if istype(decimal_t, x) then
    check(x)
    return x[AT]
  end
end
P.decimal_pointer = pointer_of

local function read(text) return (result(bridge.decimal_read(S, text, #text))) end

-- A fractional number as Java's Double.toString writes it.
local function fraction_text(x)
  if x ~= x or x == math.huge or x == -math.huge then error(tostring(x) .. " is no decimal number", 0) end
  S.b.kind, S.b.flags, S.b.u.d = K.float64, 0, x
  return (P.text_of(S.b))
end

local function number_text(x)
  if x % 1 == 0 and x <= MAX_EXACT and x >= -MAX_EXACT then return ("%.0f"):format(x) end
  return fraction_text(x)
end

local function is_int64(x) return istype(int64_t, x) or istype(uint64_t, x) end

function sdk.is_decimal(x) return istype(number_t, x) or istype(decimal_t, x) end

-- lc.decimal(x): of a text, a number, an int64 or a decimal.
function sdk.decimal(x)
  local kind = type(x)
  if kind == "string" then return (read(x)) end
  if kind == "number" then return (read(number_text(x))) end
  if is_int64(x) then return (read((tostring(x):gsub("U?LL$", "")))) end
  local pointer = pointer_of(x)
  if pointer == nil then error("a decimal is made of a text or a number, not of " .. P.type_name(x), 0) end
  S.a.u.decimal = pointer
  return (result(bridge.decimal_math(S, ffi.C.LC_DECIMAL_COPY, 0, 0)))
end
local decimal = sdk.decimal

-- What stands beside a decimal in arithmetic.
local function operand(x)
  if istype(number_t, x) or istype(decimal_t, x) then return x end
  if type(x) == "number" and x % 1 ~= 0 then
    error(("%s may be inexact: write lc.decimal(\"%s\") to calculate with decimals"):format(tostring(x), tostring(x)), 0)
  end
  if x == nil or type(x) == "boolean" or type(x) == "table" then
    error("arithmetic of a decimal and " .. (x == nil and "nil" or "a " .. type(x)), 0)
  end
  return (decimal(x))
end

-- JIT: a and b stay reachable through the arguments during the call.
local function calculate(operation, a, b, scale, rounding)
  S.a.u.decimal = pointer_of(a)
  S.b.u.decimal = b ~= nil and pointer_of(b) or nil
  return (result(bridge.decimal_math(S, operation, scale or 0, rounding or 0)))
end

local function ask(question, a, b)
  S.a.u.decimal = pointer_of(a)
  if b ~= nil then S.b.u.decimal = pointer_of(b) end
  if bridge.decimal_ask(S, question) ~= 0 then P.throw() end
  return (tonumber(S.number))
end

local function compare(a, b) return (ask(0, decimal(a), decimal(b))) end

local roundings = {
  UP = 0, DOWN = 1, CEILING = 2, FLOOR = 3, HALF_UP = 4, HALF_DOWN = 5, HALF_EVEN = 6, UNNECESSARY = 7,
}

local function rounding_of(name)
  local rounding = roundings[name]
  if not rounding then error("'" .. tostring(name) .. "' is no rounding mode" .. P.suggest(name, roundings), 0) end
  return rounding
end

local function scale_of(scale)
  if type(scale) ~= "number" or scale % 1 ~= 0 or scale > 2147483647 or scale < -2147483648 then
    error("a scale is a whole number, not " .. tostring(scale), 0)
  end
  return scale
end

local function own(view)
  if not sdk.is_decimal(view) then error("use a colon: decimal:round(2)", 0) end
  return view
end

local methods = {}
P.decimal_methods = methods

function methods.round(view, scale, mode)
  return (calculate(5, own(view), nil, scale_of(scale), rounding_of(mode or "HALF_UP")))
end

function methods.divide(view, by, scale, mode)
  return (calculate(5, own(view), operand(by), scale_of(scale), rounding_of(mode or "HALF_UP")))
end

function methods.strip(view) return (calculate(7, own(view))) end
function methods.abs(view)
  if ask(2, own(view)) < 0 then return (calculate(6, view)) end
  return (decimal(view))
end

function methods.compare(view, other) return (compare(own(view), other)) end
function methods.equals(view, other) return ask(1, own(view), operand(other)) == 1 end
function methods.sign(view) return (ask(2, own(view))) end
function methods.precision(view) return (ask(3, own(view))) end
function methods.scale(view) return (ask(4, own(view))) end
function methods.tonumber(view) return tonumber((tostring(own(view)))) end

function methods.int64(view)
  ask(5, own(view))
  return int64_t(S.a.u.i)
end

local function text(question, view)
  ask(question, own(view))
  return (ffi_string(S.text.data, S.text.len))
end

function methods.plain(view) return (text(6, view)) end
function methods.unscaled(view) return (text(7, view)) end

local MOST_POWER = 999999999

local function power(a, n)
  if type(n) ~= "number" or n % 1 ~= 0 or n < 0 or n > MOST_POWER then
    error("a decimal's exponent is a whole number from 0 to " .. MOST_POWER .. ", not " .. tostring(n), 0)
  end
  local product, square = decimal(1), operand(a)
  while n > 0 do
    if n % 2 == 1 then product = calculate(2, product, square) end
    n = (n - n % 2) / 2
    if n > 0 then square = calculate(2, square, square) end
  end
  return product
end

local function is_comparable(x)
  if type(x) == "number" then return x - x == 0 end
  return sdk.is_decimal(x) or is_int64(x)
end

local function equal(a, b) return is_comparable(a) and is_comparable(b) and compare(a, b) == 0 end

local meta = {
  __add = function(a, b) return (calculate(0, operand(a), operand(b))) end,
  __sub = function(a, b) return (calculate(1, operand(a), operand(b))) end,
  __mul = function(a, b) return (calculate(2, operand(a), operand(b))) end,
  __div = function(a, b) return (calculate(3, operand(a), operand(b))) end,
  __mod = function(a, b) return (calculate(4, operand(a), operand(b))) end,
  __pow = power,
  __unm = function(a) return (calculate(6, a)) end,
  __lt = function(a, b) return compare(a, b) < 0 end,
  __le = function(a, b) return compare(a, b) <= 0 end,
  __eq = equal,
  __concat = function(a, b) return tostring(a) .. tostring(b) end,
}
P.decimal_meta = meta

local number_meta = {
  __index = function(_, name) return methods[name] end,
  __newindex = function() error("a decimal can't be changed", 0) end,
  __tostring = function(number) return (P.pointer_text(K.decimal, "decimal", pointer_of(number))) end,
}
for event, f in pairs(meta) do number_meta[event] = f end
ffi.metatype(number_t, number_meta)
