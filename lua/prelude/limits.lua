-- Library functions that could run for long inside one call, replaced by ones that can be stopped, and the
-- tick that scripts spend from.

local P = ...
local S, bridge = P.S, P.bridge
local type, error, collect, sample = type, error, P.native.collect, P.native.sample

-- The time is over, or there is too much memory (what nothing holds any more doesn't count), or a profile is taken.
local function stop(verdict)
  if verdict == 3 then return sample() end
  if verdict == 2 then
    collect()
    verdict = bridge.tick(S)
    if verdict == 0 or verdict == 3 then return end
  end
  if verdict == 2 then error(P.limit_error("not enough memory: the script holds more than script.memory.bytes allows"), 0) end
  error(P.limit_error("the script ran longer than script.timeout.ms allows"), 0)
end

-- Called at every loop turn and function entry of a script (see budget.c). A spent budget stays spent, so
-- that pcall can't swallow the error.
--
-- JIT: the ticks are counted in a double and looked at as the integer in its lower half, at the same address. So LuaJIT
-- reads it from memory at each turn, and sees what heap.c and watchdog.c wrote.
local function tick()
  if S.ticks_left <= 0 then
    local verdict = bridge.tick(S)
    if verdict ~= 0 then stop(verdict) end
  end
  S.budget = S.budget - 1
end
P.tick = tick

local DEEPEST = 150 -- coroutines inside of each other: each costs C stack

local function nest(resume)
  local function leave(...)
    S.nested = S.nested - 1
    return ...
  end
  return function(...)
    if S.nested >= DEEPEST then error("coroutines nest deeper than " .. DEEPEST, 2) end
    S.nested = S.nested + 1
    return leave(resume(...))
  end
end

local function wrapper(library)
  local create, resume = library.create, library.resume
  local function unpack_result(ok, ...)
    if ok then return ... end
    error((...), 0)
  end
  return function(f)
    local co = create(f)
    return function(...) return unpack_result(resume(co, ...)) end
  end
end

-- A heap sort: n log n whatever the comparator answers, and every comparison is a tick.
local function sift(t, from, last, less)
  local x, root = t[from], from
  while root * 2 <= last do
    tick()
    local child = root * 2
    if child < last and less(t[child], t[child + 1]) then child = child + 1 end
    if not less(x, t[child]) then break end
    t[root] = t[child]
    root = child
  end
  t[root] = x
end

local function smaller(a, b) return a < b end

local function sort(t, less)
  if type(t) ~= "table" then error("bad argument #1 to 'sort' (table expected, got " .. type(t) .. ")", 2) end
  less = less or smaller
  local n = #t
  for from = math.floor(n / 2), 1, -1 do sift(t, from, n, less) end
  for last = n, 2, -1 do
    t[1], t[last] = t[last], t[1]
    sift(t, 1, last - 1, less)
  end
end

-- Below the first place table.insert moves what isn't there, for as long as numbers last.
local function inserter(insert)
  return function(t, at, ...)
    if select("#", ...) == 0 then return insert(t, at) end
    local place = tonumber(at)
    if place and not (place >= 0 and place <= 1e9) then
      error("bad argument #2 to 'insert' (position out of bounds)", 2)
    end
    return insert(t, at, ...)
  end
end

function P.limit_libraries(libraries)
  local coroutines = libraries.coroutine
  coroutines.resume = nest(coroutines.resume)
  coroutines.wrap = wrapper(coroutines)
  libraries.table.sort = sort
  libraries.table.insert = inserter(libraries.table.insert)
  for name, f in pairs(P.patterns) do libraries.string[name] = f end
end
