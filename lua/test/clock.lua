-- The clock of a test: a time that scripts see in place of the machine's, and that their waits move on at once.

local suggest = require "suggest"

local Clock = {}
Clock.__index = Clock

local month_days = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function days_before(year, month)
  local days, last = 0, year - 1
  for i = 1, month - 1 do days = days + month_days[i] end
  local is_leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  if is_leap and month > 2 then days = days + 1 end
  return last * 365 + math.floor(last / 4) - math.floor(last / 100) + math.floor(last / 400) - 719162 + days
end

local function from_text(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  local hour, minute, second, fraction = 0, 0, 0, ""
  if year and rest ~= "" then
    hour, minute, second, fraction = rest:match("^T(%d%d):(%d%d):(%d%d)%.?(%d*)Z$")
  end
  if not year or not hour or not month_days[tonumber(month)] then
    error("'" .. text .. "' is no time: write 2024-05-01T12:00:00Z, or milliseconds since 1970", 4)
  end
  local days = days_before(tonumber(year), tonumber(month)) + tonumber(day) - 1
  local of_day = (tonumber(hour) * 60 + tonumber(minute)) * 60 + tonumber(second)
  return (days * 86400 + of_day) * 1000 + tonumber((fraction .. "000"):sub(1, 3))
end

-- Milliseconds since 1970 of what a test says.
local function moment(at)
  if type(at) == "string" then return from_text(at) end
  if type(at) ~= "number" or at ~= at or math.abs(at) > 1e15 then
    error("a clock takes a time: milliseconds since 1970, or 2024-05-01T12:00:00Z", 4)
  end
  return math.floor(at)
end

local function milliseconds(ms)
  if type(ms) ~= "number" or ms ~= ms or math.abs(ms) > 1e15 then error("milliseconds expected", 3) end
  return math.floor(ms)
end

function Clock:now() return self.at end
function Clock:set(at) self.at = moment(at) end
function Clock:advance(ms) self.at = self.at + milliseconds(ms) end

local function new(at, options)
  for name in pairs(options or {}) do
    if name ~= "step" then error("a clock has no '" .. tostring(name) .. "'" .. suggest(name, { step = true }), 3) end
  end
  return setmetatable({ at = moment(at), step = milliseconds(options and options.step or 0) }, Clock)
end

return new
