-- lc.log: lines in the worker's log.

local P = ...
local sdk, native = P.sdk, P.native
local select, pairs = select, pairs

local log = {}
sdk.log = log

local function shown(x)
  if x == nil then return "nil" end
  return P.tostring(x)
end

local function writer(level)
  return function(message, ...)
    local pairs_of = {}
    for i = 1, select("#", ...) do pairs_of[i] = shown((select(i, ...))) end
    native.log(level, shown(message), pairs_of)
  end
end

for level, name in pairs { debug = "debug", info = "info", warn = "warn", error = "error" } do log[level] = writer(name) end
P.log = log
