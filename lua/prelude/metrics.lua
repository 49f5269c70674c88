-- lc.metrics: counters, gauges and histograms of a task, which the worker shows with its own metrics.
--
-- A meter's numbers are memory of the task (script/meters.h): counting writes them, without a call, lock or allocation.

local P = ...
local ffi, S, bridge, native, AT = P.ffi, P.S, P.bridge, P.native, P.AT
local istype, type, error, ipairs, pairs = ffi.istype, type, error, ipairs, pairs
local meter_p = ffi.typeof("lc_meter *")

local counter_t = P.view_type("counter", "lc_meter *const")
local gauge_t = P.view_type("gauge", "lc_meter *const")
local histogram_t = P.view_type("histogram", "lc_meter *const")
local counter, gauge, histogram = {}, {}, {}

-- Levels: whoever called the method.
local function check_number(x)
  if type(x) ~= "number" or x ~= x then error("a number expected, not " .. (x ~= x and "NaN" or P.type_name(x)), 3) end
end

function counter.add(view, n)
  if not istype(counter_t, view) then error("use a colon: counter:add(n)", 2) end
  if n == nil then n = 1 end
  check_number(n)
  if n < 0 then error("a counter only rises: use a gauge", 2) end
  if S.muted ~= 0 then return end
  local meter = view[AT]
  meter.value = meter.value + n
end

local function gauge_of(view)
  if not istype(gauge_t, view) then error("use a colon: gauge:set(x)", 3) end
  return view[AT]
end

function gauge.set(view, x)
  local meter = gauge_of(view)
  check_number(x)
  if S.muted == 0 then meter.value = x end
end

function gauge.add(view, x)
  local meter = gauge_of(view)
  check_number(x)
  if S.muted == 0 then meter.value = meter.value + x end
end

function histogram.observe(view, x)
  if not istype(histogram_t, view) then error("use a colon: histogram:observe(x)", 2) end
  check_number(x)
  if S.muted == 0 then bridge.meter_observe(view[AT], x) end
end

-- What a script, and its test, can ask for.
local function value(ctype, what)
  return function(view)
    if not istype(ctype, view) then error("use a colon: " .. what .. ":value()", 2) end
    return view[AT].value
  end
end
counter.value, gauge.value = value(counter_t, "counter"), value(gauge_t, "gauge")

-- How many values a histogram saw, and their sum.
function histogram.value(view)
  if not istype(histogram_t, view) then error("use a colon: histogram:value()", 2) end
  local meter, seen = view[AT], 0
  for at = 0, meter.bound_count do seen = seen + meter.hits[at] end
  return seen, meter.value
end

for name, of in pairs { counter = { counter_t, counter }, gauge = { gauge_t, gauge }, histogram = { histogram_t, histogram } } do
  ffi.metatype(of[1], { __index = of[2], __tostring = function() return name end, __eq = P.same(of[1]) })
end

local metrics = {}
P.sdk.metrics = metrics

local MOST_BOUNDS = 20
local DEFAULT_BOUNDS = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10 }

local function open(number, ctype, name, bounds, help)
  if type(name) ~= "string" then error("the name of a metric must be a string, not " .. P.type_name(name), 3) end
  if help ~= nil and type(help) ~= "string" then
    error("what a metric is about must be a string, not " .. P.type_name(help), 3)
  end
  local address = native.meter(number, name, bounds, help or "")
  if not address then P.throw() end
  return ctype(ffi.cast(meter_p, address), P.LASTING)
end

function metrics.counter(name, help) return (open(0, counter_t, name, {}, help)) end
function metrics.gauge(name, help) return (open(1, gauge_t, name, {}, help)) end

-- histogram(name, {bounds}, help): upper bounds, each larger than the one before.
function metrics.histogram(name, bounds, help)
  if type(bounds) == "string" and help == nil then bounds, help = nil, bounds end
  bounds = bounds or DEFAULT_BOUNDS
  if type(bounds) ~= "table" or #bounds == 0 or #bounds > MOST_BOUNDS then
    error("the bounds of a histogram are a list of 1 to " .. MOST_BOUNDS .. " numbers", 2)
  end
  local list = {}
  for i, bound in ipairs(bounds) do
    if type(bound) ~= "number" or bound ~= bound or bound == math.huge or i > 1 and bound <= list[i - 1] then
      error("the bounds of a histogram are numbers, each larger than the one before", 2)
    end
    list[i] = bound
  end
  return (open(2, histogram_t, name, list, help))
end
