-- Tools over C: Connect's Values, Java's regexes and date formats, base64.

local P = ...
local ffi, S, bridge, sdk = P.ffi, P.S, P.bridge, P.sdk
local AT = P.AT
local istype, ffi_string = ffi.istype, ffi.string
local type, tonumber, error = type, tonumber, error
local tostring, tick = P.tostring, P.tick

local function text_result() return (ffi_string(S.text.data, S.text.len)) end

local function text_argument(x, what)
  if type(x) ~= "string" then error(what .. " must be a string, not " .. P.type_name(x), 0) end
  return x
end

-- Values.

local values = {}
sdk.values = values

function values.parse(text)
  text_argument(text, "the text")
  local box = P.new_box()
  if bridge.parse_value(S, text, #text, box[AT]) ~= 0 then P.throw() end
  return box, P.schema_view(S.schema)
end

local targets = {
  boolean = 0, byte = 1, short = 2, integer = 3, long = 4, float = 5, double = 6, string = 7, list = 8, map = 9,
  struct = 10, time = 11, date = 12, timestamp = 13,
}

function values.convert(holder, field, target)
  local number = targets[target]
  if not number then error("no conversion to " .. tostring(target) .. P.suggest(target, targets), 0) end
  local cell = P.cell_to_change(holder, field)
  if not cell then return end
  if bridge.convert(S, cell, P.cell_schema(holder, field), number) ~= 0 then P.throw() end
end

function values.infer(holder, field)
  local cell = P.cell_of(holder, field)
  if not cell then return nil end
  return P.schema_view(bridge.infer(S, cell))
end

-- Objects with memory outside of Lua's heap.

local MOST_ALIVE = 1000
local alive = 0

local function owned(view, free)
  alive = alive + 1
  return ffi.gc(view, function(dead)
    alive = alive - 1
    free(dead[AT])
  end)
end

local function check_alive()
  if alive < MOST_ALIVE then return end
  collectgarbage()
  if alive >= MOST_ALIVE then error("more than " .. MOST_ALIVE .. " regexes and date formats", 0) end
end

-- Regexes.

local regex_t = P.view_type("regex", "lc_regex *const")
local regex = {}

local function regex_of(view)
  if not istype(regex_t, view) then error("use a colon: regex:matches(text)", 0) end
  return view[AT]
end

function regex.matches(view, text)
  local result = bridge.regex_matches(S, regex_of(view), text_argument(text, "the text"), #text)
  if result < 0 then P.throw() end
  tick() -- what takes long ends with a tick, so that a profile knows the line
  return result == 1
end

-- Named groups are looked up when they are asked for.
local has_names = setmetatable({}, { __mode = "k" }) -- by regex

local function named(pointer, view)
  return {
    __metatable = false,
    __index = function(found, name)
      if type(name) ~= "string" then return nil end
      local number = regex_of(view) and bridge.regex_name(pointer, name, #name)
      if number < 0 then error("the pattern has no group named '" .. name .. "'", 0) end
      return found[number]
    end,
  }
end

local function groups(pointer, view)
  local found = {}
  if has_names[view] then setmetatable(found, named(pointer, view)) end
  for group = 0, 99 do
    local state = bridge.regex_group(S, pointer, group)
    if state < 0 then break end
    found[group] = state == 1 and text_result() or nil
  end
  return found
end

function regex.find(view, text)
  local pointer = regex_of(view)
  local result = bridge.regex_find(S, pointer, text_argument(text, "the text"), #text)
  if result < 0 then P.throw() end
  tick()
  return result == 1 and groups(pointer, view) or nil
end

-- Where the match is that begins at byte `from` or later: its first and last byte and the next place to look, from 0;
-- nil when there is none.
local function place_from(pointer, text, from)
  local result = bridge.regex_find_from(S, pointer, text, #text, from)
  if result < 0 then P.throw() end
  tick()
  if result == 0 then return nil end
  return tonumber(S.a.u.i), tonumber(S.b.u.i), tonumber(S.number)
end

-- Each match: its groups, and its first and last byte.
function regex.gmatch(view, text)
  local pointer, at = regex_of(view), 0
  text_argument(text, "the text")
  return function()
    local first, last, next_at = place_from(pointer, text, at)
    if not first then return nil end
    at = next_at
    return groups(pointer, view), first + 1, last
  end
end

local function part_of(x)
  if x == nil then return "" end
  if type(x) ~= "string" and type(x) ~= "number" then error("a replacement must be a string, not " .. P.type_name(x), 0) end
  return tostring(x)
end

-- Every match replaced by what a function makes of its groups (nil keeps it), or by a text as it is; and how many.
function regex.gsub(view, text, by, most)
  local pointer, at, copied, count, parts = regex_of(view), 0, 1, 0, {}
  text_argument(text, "the text")
  if type(by) ~= "function" then text_argument(by, "the replacement") end
  while not most or count < most do
    local first, last, next_at = place_from(pointer, text, at)
    if not first then break end
    local new = by
    if type(by) == "function" then
      new = by(groups(pointer, view))
      if new == nil then new = text:sub(first + 1, last) end
    end
    parts[#parts + 1] = text:sub(copied, first)
    parts[#parts + 1] = part_of(new)
    copied, at, count = last + 1, next_at, count + 1
  end
  parts[#parts + 1] = text:sub(copied)
  return table.concat(parts), count
end

-- The parts between matches; an empty match divides between characters, but not before the first.
function regex.split(view, text, most)
  local pointer, at, copied, parts = regex_of(view), 0, 1, {}
  text_argument(text, "the text")
  while not most or #parts < most - 1 do
    local first, last, next_at = place_from(pointer, text, at)
    if not first then break end
    at = next_at
    if last > first or (first > 0 and first < #text) then
      parts[#parts + 1] = text:sub(copied, first)
      copied = last + 1
    end
  end
  parts[#parts + 1] = text:sub(copied)
  return parts
end

-- JIT: texts go by pointer and length; both stay reachable through the arguments during the call.
local function replace(view, text, replacement, all)
  local pointer = regex_of(view)
  text_argument(text, "the text")
  text_argument(replacement, "the replacement")
  S.a.u.s, S.a.len = text, #text
  S.b.u.s, S.b.len = replacement, #replacement
  if bridge.regex_replace(S, pointer, all) ~= 0 then P.throw() end
  tick()
  return (text_result())
end

function regex.replace_first(view, text, replacement) return (replace(view, text, replacement, 0)) end
function regex.replace_all(view, text, replacement) return (replace(view, text, replacement, 1)) end

ffi.metatype(regex_t, { __index = regex, __tostring = function() return "regex" end, __eq = P.same(regex_t) })

function sdk.regex(pattern)
  check_alive()
  local made = bridge.regex_new(S, text_argument(pattern, "a pattern"), #pattern)
  if made == nil then P.throw() end
  local view = owned(regex_t(made, 0), bridge.regex_free)
  if pattern:find("(?<", 1, true) then has_names[view] = true end
  return view
end

-- Time.

local format_t = P.view_type("time_format", "lc_time_format *const")
local format, time = {}, {}

local function format_of(view)
  if not istype(format_t, view) then error("use a colon: format:write(ms)", 0) end
  return view[AT]
end

function format.write(view, ms)
  if tonumber(ms) == nil then error("milliseconds must be a number, not " .. P.type_name(ms), 0) end
  bridge.time_write(S, format_of(view), ms)
  return (text_result())
end

function format.parse(view, text)
  if bridge.time_parse(S, format_of(view), text_argument(text, "the text"), #text) ~= 1 then return nil end
  return (P.read(S.a))
end

ffi.metatype(format_t, { __index = format, __tostring = function() return "time format" end, __eq = P.same(format_t) })

local function new_format(pattern)
  check_alive()
  local made = bridge.time_format_new(S, text_argument(pattern, "a pattern"), #pattern)
  if made == nil then P.throw() end
  return owned(format_t(made, 0), bridge.time_format_free)
end

time.format = new_format
function time.now() return bridge.now(S) end

local floor = math.floor

-- Days since 1970 of a date of the Gregorian calendar, and back.
local function days_of(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  local era = floor(year / 400)
  local of_era = year - era * 400
  local of_year = floor((153 * (month - 3) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + floor(of_era / 4) - floor(of_era / 100) + of_year - 719468
end

local function date_of(days)
  days = days + 719468
  local era = floor(days / 146097)
  local rest = days - era * 146097
  local of_era = floor((rest - floor(rest / 1460) + floor(rest / 36524) - floor(rest / 146096)) / 365)
  local of_year = rest - (365 * of_era + floor(of_era / 4) - floor(of_era / 100))
  local month = floor((5 * of_year + 2) / 153)
  local day = of_year - floor((153 * month + 2) / 5) + 1
  local in_next = month >= 10
  return of_era + era * 400 + (in_next and 1 or 0), month + (in_next and -9 or 3), day
end

-- Milliseconds as ISO 8601 in UTC: 2023-11-14T22:13:20.123Z.
function time.iso(ms)
  local number = tonumber(ms)
  if not number then error("milliseconds must be a number, not " .. P.type_name(ms), 0) end
  number = floor(number)
  local days = floor(number / 86400000)
  local year, month, day = date_of(days)
  local of_day = number - days * 86400000
  return ("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ"):format(year, month, day, floor(of_day / 3600000), floor(of_day / 60000) % 60,
    floor(of_day / 1000) % 60, of_day % 1000)
end

local function offset_of(zone)
  if zone == "" or zone == "Z" or zone == "z" then return 0 end
  local sign, hours, minutes = zone:match("^([+-])(%d%d):?(%d%d)$")
  if not sign then return nil end
  return (sign == "-" and -1 or 1) * (hours * 60 + minutes) * 60000
end

local month_days = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

-- Milliseconds of an ISO 8601 date, or date and time; without a zone it is UTC. Nil when it is none.
function time.from_iso(text)
  text_argument(text, "the text")
  local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  if not year then return nil end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if not month_days[month] or day < 1 or day > month_days[month] then return nil end
  local ms = days_of(year, month, day) * 86400000
  local _, _, real_day = date_of(ms / 86400000)
  if real_day ~= day then return nil end
  if rest == "" then return ms end
  local hour, minute, after = rest:match("^[Tt ](%d%d):(%d%d)(.*)$")
  if not hour or tonumber(hour) > 23 or tonumber(minute) > 59 then return nil end
  local second, fraction, zone = after:match("^:(%d%d)([.,]?%d*)(.*)$")
  if not second then second, fraction, zone = 0, "", after end
  local offset = offset_of(zone)
  if not offset or tonumber(second) > 60 or fraction:find("^[.,]$") then return nil end
  local thousandths = tonumber((fraction:sub(2, 4) .. "000"):sub(1, 3))
  return ms + ((hour * 60 + minute) * 60 + second) * 1000 + thousandths - offset
end

-- Time zones.

local zone_t = P.view_type("time_zone", "lc_zone *const")
local zone = {}

local function zone_offset(view, ms, is_local)
  if not istype(zone_t, view) then error("use a colon: zone:offset(ms)", 0) end
  if tonumber(ms) == nil then error("milliseconds must be a number, not " .. P.type_name(ms), 0) end
  return (bridge.zone_offset(view[AT], ms, is_local))
end

-- What to add to UTC at a time of UTC, or at a local time.
function zone.offset(view, ms) return (zone_offset(view, ms, 0)) end
function zone.local_offset(view, ms) return (zone_offset(view, ms, 1)) end

ffi.metatype(zone_t, { __index = zone, __tostring = function() return "time zone" end, __eq = P.same(zone_t) })

-- By a name of the tz database or an offset such as +02:00.
function time.zone(name)
  check_alive()
  text_argument(name, "a zone")
  if name:find("^[+-]%d%d:%d%d$") then name = "GMT" .. name end
  local made = bridge.zone_new(S, name, #name)
  if made == nil then P.throw() end
  return owned(zone_t(made, 0), bridge.zone_free)
end

local sorts = { string = 1, unix = 2, Date = 3, Time = 4, Timestamp = 5 }
local units = { nanoseconds = 0, microseconds = 1, milliseconds = 2, seconds = 3 }

local function sort_of(name)
  local sort = sorts[name]
  if not sort then error("'" .. tostring(name) .. "' is none of string, unix, Date, Time, Timestamp", 0) end
  return sort
end

function time.converter(options)
  local target, unit = sort_of(options.target), units[options.precision or "milliseconds"]
  if not unit then error("unknown precision " .. tostring(options.precision), 0) end
  local shape = options.format
  if type(shape) == "string" and shape ~= "" then shape = new_format(shape) end
  if not istype(format_t, shape) then shape = nil end
  return function(holder, field, source)
    local cell = P.cell_to_change(holder, field)
    if not cell then return end
    local pointer = shape and shape[AT] or nil -- looked up here, so that the closure keeps the format alive
    local from = source and sort_of(source) or 0
    if bridge.time_convert(S, pointer, cell, from, target, unit) ~= 0 then P.throw() end
  end
end

-- `lc.time` is both: the schema Time and the tools.
sdk.time = setmetatable({}, {
  __index = function(_, key)
    local tool = time[key]
    if tool ~= nil then return tool end
    return sdk.schema.time[key]
  end,
  __newindex = function() error("lc.time can't be changed", 0) end,
  __metatable = false,
})
P.sealed[sdk.time] = true

-- Texts.

local base64 = {}
sdk.base64 = base64

function base64.encode(bytes)
  bridge.base64(S, text_argument(bytes, "the bytes"), #bytes, 0)
  return (text_result())
end

function base64.decode(text)
  if bridge.base64(S, text_argument(text, "the text"), #text, 1) ~= 0 then return nil end
  return (text_result())
end
