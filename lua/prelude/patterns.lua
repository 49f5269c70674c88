-- string.find, match, gmatch and gsub: the matcher is ours (engine/script/pattern.c), so that no pattern can run
-- for ever. Callbacks of gsub are called from Lua, so they cost no C stack however deep they nest.

local P = ...
local tostring = P.tostring
local native, tick = P.native.patterns, P.tick
local type, error, table_concat, sub = type, error, table.concat, string.sub
local native_find = string.find
local next_match, gsub_text = native.next_match, native.gsub_text

local patterns = { match = native.match }

local SHORT = 65536

-- JIT: LuaJIT compiles its own find of plain text. Its worst case is quadratic, so only for short ones.
function patterns.find(text, pattern, init, plain)
  if plain and type(text) == "string" and #text < SHORT then return native_find(text, pattern, init, true) end
  return native.find(text, pattern, init, plain)
end

local function pass(state, first, last, ...)
  if not first then return nil end
  state.from = last + 1
  if last < first then state.from = first + 1 end -- an empty match
  return ...
end

function patterns.gmatch(text, pattern)
  local state = { from = 1 }
  return function()
    if state.from > #text + 1 then return nil end
    return pass(state, next_match(text, pattern, state.from))
  end
end

-- What stands for a match: `found` is its first capture or all of it.
local function replaced(with, whole, found, ...)
  local value
  if type(with) == "function" then value = with(found, ...) else value = with[found] end
  if value == nil or value == false then return whole end
  if type(value) ~= "string" and type(value) ~= "number" then error("invalid replacement value (a " .. type(value) .. ")", 0) end
  return tostring(value)
end

local function step(parts, text, from, with, first, last, ...)
  if not first then return nil end
  parts[#parts + 1] = sub(text, from, first - 1)
  parts[#parts + 1] = replaced(with, sub(text, first, last), ...)
  if last >= first then return last + 1 end
  parts[#parts + 1] = sub(text, first, first)
  return first + 1
end

local function gsub_call(text, pattern, with, max)
  local parts, from, count = {}, 1, 0
  local anchored = sub(pattern, 1, 1) == "^"
  while count < max and from <= #text + 1 do
    tick()
    local next_from = step(parts, text, from, with, next_match(text, pattern, from))
    if not next_from then break end
    from = next_from
    count = count + 1
    if anchored then break end
  end
  parts[#parts + 1] = sub(text, from)
  return table_concat(parts), count
end

function patterns.gsub(text, pattern, with, max)
  local kind = type(with)
  if kind == "string" or kind == "number" then return gsub_text(text, pattern, with, max) end
  if kind ~= "function" and kind ~= "table" then
    error("bad argument #3 to 'gsub' (string/function/table expected, got " .. kind .. ")", 2)
  end
  if type(text) == "number" then text = tostring(text) end
  if type(text) ~= "string" or type(pattern) ~= "string" then error("gsub takes a text and a pattern", 2) end
  return gsub_call(text, pattern, with, max or #text + 1)
end

P.patterns = patterns
