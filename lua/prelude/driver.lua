-- The loops over a batch. Each step of a chain has a loop of its own, made of text, so that each is a function of
-- its own to LuaJIT and becomes one trace, however long the chain is: a trace through many steps would run out of
-- registers and be given up. Each record runs under its own xpcall, which costs nothing in a trace.
--
-- Once a transform makes several records of one, their order counts: from then on each record goes through all
-- steps before the next one does.

local P = ...
local tostring = P.tostring
local ffi, S, bridge = P.ffi, P.S, P.bridge
local AT, record_t = P.AT, P.record_t
local istype = ffi.istype
local type, error, xpcall, rawequal, setmetatable, next = type, error, xpcall, rawequal, setmetatable, next
local caught, go_on, lap = P.caught, P.native.go_on, P.native.lap
local LIVE, DROPPED = 0, 1

-- All steps of a record, one after another: for records that don't go with the loops.

local PARAMETERS = "local S, rawequal, several, apply, cfg, test, test_cfg = ...\n"

local function step_text(i, step)
  local lines, name = {}, i + 1
  local function put(text) lines[#lines + 1] = (text:gsub("#", tostring(name))) end
  put("if from <= " .. i .. " then")
  put("S.step, S.hoisted = " .. i .. ", 0")
  if step.test then put((step.negate and "if not" or "if") .. " test#(view, test_cfg#) then") end
  put("local out = apply#(view, cfg#)")
  put("if not rawequal(out, view) then return several(view, out, " .. i .. ") end")
  if step.test then put("end") end
  put("end")
  return table.concat(lines, "\n")
end

local function chain_text(steps)
  local lines = { PARAMETERS }
  for i = 1, #steps do
    lines[#lines + 1] = (("local apply#, cfg#, test#, test_cfg# = apply[#], cfg[#], test[#], test_cfg[#]"):gsub("#", tostring(i)))
  end
  lines[#lines + 1] = "return function(view, from)"
  for i, step in ipairs(steps) do lines[#lines + 1] = step_text(i - 1, step) end
  lines[#lines + 1] = "return true\nend"
  return table.concat(lines, "\n")
end

-- Upvalues are limited to 60: a longer chain reads its functions from the tables.
local MOST_STEPS = 12

local function looped(steps, several)
  return function(view, from)
    for i = from + 1, #steps do
      local step = steps[i]
      S.step = i - 1
      if not step.test or (not step.test(view, step.test_cfg)) == step.negate then
        local out = step.apply(view, step.cfg)
        if not rawequal(out, view) then return several(view, out, i - 1) end
      end
    end
    return true
  end
end

-- The same, telling C what each step made of the record.
local function watched(steps, several)
  return function(view, from)
    for i = from + 1, #steps do
      local step = steps[i]
      S.step, S.hoisted = i - 1, 0
      if not step.test or (not step.test(view, step.test_cfg)) == step.negate then
        local out = step.apply(view, step.cfg)
        if not rawequal(out, view) then return several(view, out, i - 1) end
      end
      lap(i - 1, view[AT])
    end
    return true
  end
end

local function column(steps, key)
  local t = {}
  for i, step in ipairs(steps) do t[i] = step[key] end
  return t
end

local function generate(steps, several)
  if #steps > MOST_STEPS then return looped(steps, several) end
  local make = loadstring(chain_text(steps), "=chain")
  return make(S, rawequal, several, column(steps, "apply"), column(steps, "cfg"), column(steps, "test"),
    column(steps, "test_cfg"))
end

-- Running it.

local Chain = {}
Chain.__index = Chain

-- The error of a record goes to C right away.
local function fail(index, e)
  if type(e) ~= "table" then -- for lack of memory xpcall doesn't call its handler
    P.native.collect()
    e = caught(e)
  end
  P.native.fail_record(index, S.step, e.code, e.message or false, e.retriable, e.where or false, e.trace or false)
end

local function check_result(view, out)
  if not istype(record_t, out) then
    error("apply must return its record, nil or an array of records, not a " .. P.type_name(out), 0)
  end
  P.check(out)
  if S.records[out[AT]].origin ~= S.records[view[AT]].origin then
    error("apply returned a record that isn't its own or a copy of it", 0)
  end
  return out[AT]
end

local function drop(view)
  S.records[view[AT]].state = DROPPED
  return false
end

local function tell(view, step)
  if S.watched ~= 0 then lap(step, view[AT]) end
end

local RETURNED = 2 -- lc_record.reserved, while the results of a step are looked at

-- Each result once, and none that has its place already; gives whether the record itself is among them.
local function check_results(view, results, n)
  local own = false
  for i = 1, n do own = check_result(view, results[i]) == view[AT] or own end
  for i = 1, n do
    local record = S.records[results[i][AT]]
    if record.reserved ~= 0 then
      for j = 1, i - 1 do S.records[results[j][AT]].reserved = 0 end
      error("apply returned a record twice: use lc.copy", 0)
    end
    record.reserved = RETURNED
  end
  for i = 1, n do S.records[results[i][AT]].reserved = 0 end
  return own
end

-- A step gave something else than its record: nothing, a copy, or an array.
local function make_several(chain)
  return function(view, out, step)
    if out == nil then
      drop(view)
      tell(view, step)
      return false
    end
    local results = type(out) == "table" and out or { out }
    local n = #results
    if n == 0 then
      if next(results) ~= nil then error("apply must return its record, nil or an array of records, not this table", 0) end
      drop(view)
      tell(view, step)
      return false
    end
    local own = check_results(view, results, n)
    if bridge.split(S, view[AT]) ~= 0 then P.throw() end
    if not own then
      drop(view)
      bridge.record_done(S, view[AT])
    end
    for i = 1, n do
      S.records[results[i][AT]].state = LIVE
      tell(results[i], step)
      chain:finish(results[i], step + 1)
    end
    return false, true
  end
end

-- Runs a record from a step on, and gives it its place when the batch has splits.
function Chain.finish(chain, view, from)
  local index = view[AT]
  local ok, e, placed = xpcall(S.watched ~= 0 and chain.watched or chain.resume, caught, view, from)
  if not ok then fail(index, e) end
  if S.split ~= 0 and not (ok and placed) then bridge.record_done(S, index) end
end

-- One step over all records, as text. The loop gives n, or less when the time is over; at a record that became
-- something else it stops and says so.
local LOOP = [[
local S, record_t, xpcall, caught, rawequal, drop, fail, go_on, apply, cfg, test, test_cfg = ...
local function run(view)
  IF
  local out = apply(view, cfg)
  if rawequal(out, view) then return false end
  if out == nil then return drop(view) end
  return true, out
  END
end
return function(n)
  S.step = NUMBER
  for i = 0, n - 1 do
    if S.records[i].state == LIVE then
      S.hoisted = 0
      local ok, changed, out = xpcall(run, caught, record_t(i, S.generation))
      if not ok then fail(i, changed) elseif changed then return i, true, out end
      if S.spent ~= 0 and not go_on() then return i + 1 end
    end
  end
  return n
end
]]

local function step_loop(number, step)
  local condition = step.test and (step.negate and "if not" or "if") .. " test(view, test_cfg) then" or "do"
  local text = LOOP:gsub("%u%u+", { IF = condition, END = "end return false", NUMBER = tostring(number), LIVE = tostring(LIVE) })
  return loadstring(text, "=chain")(S, record_t, xpcall, caught, rawequal, drop, fail, go_on, step.apply, step.cfg, step.test,
    step.test_cfg)
end

-- Runs one record from a step on; false when the time of the call is over.
local function continue(chain, i, from)
  if S.records[i].state == LIVE then
    chain:finish(record_t(i, S.generation), from)
  elseif S.split ~= 0 then
    bridge.record_done(S, i)
  end
  return S.spent == 0 or go_on()
end

-- Record `at` became `out` in step `step`: the ones before it have passed that step, the ones behind have not.
local function branch(chain, n, step, at, out)
  chain.branches = true
  for i = 0, at - 1 do
    if S.watched ~= 0 and S.records[i].state == LIVE then lap(step, i) end
    if not continue(chain, i, step + 1) then return i + 1 end
  end
  S.step = step
  local ok, e, placed = xpcall(chain.several, caught, record_t(at, S.generation), out, step)
  if not ok then fail(at, e) end
  if S.split ~= 0 and not (ok and placed) then bridge.record_done(S, at) end
  for i = at + 1, n - 1 do
    if not continue(chain, i, step) then return i + 1 end
  end
  return n
end

-- steps: array of { plugin =, cfg =, test_plugin =, test_cfg =, negate = }
function P.entries.new_chain(steps)
  local chain = setmetatable({ steps = steps }, Chain)
  for _, step in ipairs(steps) do
    local parts = step.plugin.parts
    step.apply_batch = parts.apply_batch
    step.apply = parts.apply or P.batch_as_single(parts.apply_batch)
    step.test = step.test_plugin and step.test_plugin.parts.test
    step.negate = step.negate == true
  end
  chain.several = make_several(chain)
  chain.resume = generate(steps, chain.several)
  chain.watched = watched(steps, chain.several)
  chain.loops = {}
  for i, step in ipairs(steps) do
    chain.loops[i] = step.apply_batch and P.batch_loop(i - 1, step, fail) or step_loop(i - 1, step)
  end
  return chain
end

-- Steps of a chain that makes several records of one are timed by the first record of a batch. Gives the index of the
-- one behind it.
local function first_timed(chain, n)
  local i = 0
  while i < n and S.records[i].state ~= LIVE do
    if not continue(chain, i, 0) then return n end
    i = i + 1
  end
  if i == n then return n end
  local watches = S.watched
  S.watched = 1
  lap(-1)
  local goes_on = continue(chain, i, 0)
  S.watched = watches
  return goes_on and i + 1 or n
end

-- Gives the number of records that are through; the live ones behind them weren't reached in time.
function P.entries.apply(chain, n)
  if chain.branches then
    for i = first_timed(chain, n), n - 1 do
      if not continue(chain, i, 0) then return i + 1 end
    end
    return n
  end
  for i, loop in ipairs(chain.loops) do
    local reached, changed, out = loop(n)
    lap(i - 1, not changed and -1)
    if changed then return branch(chain, n, i - 1, reached, out) end
    if reached < n then return 0 end
  end
  return n
end

function P.entries.retry(chain, index, step)
  S.records[index].state = LIVE
  chain:finish(record_t(index, S.generation), step)
end

function P.entries.test(chain, step, index)
  local at = chain.steps[step + 1]
  local record = record_t(index, S.generation)
  if at.test then return at.test(record, at.test_cfg) and true or false end
  return true
end

-- Configures a plug-in: what `configure` returns replaces cfg.
function P.entries.configure(plugin, cfg)
  local configure = plugin.parts.configure
  if not configure then return cfg end
  P.configuring = P.homes[plugin]
  local replaced = configure(cfg)
  P.configuring = nil
  if replaced == nil then return cfg end
  return replaced
end
