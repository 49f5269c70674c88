-- lc.spawn and what waits: coroutines on the task's own thread. They run while a hook waits and at its end, never
-- between hooks; those of an author's own coroutines are left alone.

local P = ...
local native, sdk, caught_in = P.native, P.sdk, P.caught_in
local type, error, pairs, select, rawequal, setmetatable, unpack = type, error, pairs, select, rawequal, setmetatable, unpack
local create, running, status, yield, isyieldable =
  coroutine.create, coroutine.running, coroutine.status, coroutine.yield, coroutine.isyieldable
local resume = P.libraries.coroutine.resume -- counts how deep coroutines nest
local floor, huge, pow = math.floor, math.huge, math.pow

local MOST, LONGEST_MS = 1000, 366 * 86400000
local GRACE_MS = 2000 -- for those who wait, after the task was asked to stop
local SLICE_MS = 100  -- of a poll that has nothing: then the runtime has its turn

local jobs, count = {}, 0 -- in the order they were made
local current -- the one that runs, innermost
local poll_at = 0 -- when the script's own poll is due
local failure -- of a job: fails the running call, whoever catches it on the way
local skipped = 0 -- milliseconds that passed only in a test
local stopping_since
local ended_all = false
local holder = {} -- who waits outside of jobs, in the running hook

local function now() return native.now() + skipped end

local function is_stopping()
  if not native.stopping() then return false end
  stopping_since = stopping_since or now()
  return true
end

-- Only hooks of connectors wait: a transform would hold up every record behind it.
local function check_hook(name)
  if not native.in_hook() then error(name .. " works in the hooks of a connector alone", 3) end
end

local function milliseconds(name, ms)
  if type(ms) ~= "number" or ms ~= ms then error(name .. " takes milliseconds", 3) end
  return ms < 0 and 0 or ms > LONGEST_MS and LONGEST_MS or ms
end

local function finish(job)
  if job.ended then return end
  job.ended = true
  count = count - 1
end

local function run(job)
  local outer, args = current, job.args
  current, job.args, job.wake, job.watch, job.ready = job, nil, nil, nil, nil
  local ok, e
  if args then ok, e = resume(job.thread, unpack(args, 1, args.n)) else ok, e = resume(job.thread) end
  current = outer
  if not ok then
    failure = failure or caught_in(job.thread, e)
    finish(job)
  elseif status(job.thread) == "dead" then
    finish(job)
  end
end

local function is_due(job, time)
  if job.ended or status(job.thread) ~= "suspended" then return false end
  if job.ready or not job.wake then return true end
  if stopping_since and not job.told then
    job.told = true
    return true
  end
  return time >= job.wake or (job.test and job.test() or false)
end

local function sweep()
  local kept = {}
  for _, job in ipairs(jobs) do
    if status(job.thread) == "dead" then finish(job) end
    if not job.ended then kept[#kept + 1] = job end
  end
  jobs = kept
end

-- One turn for each that has something to do; those that they spawn have theirs in the next one.
local function turn()
  local time, list, ran = now(), jobs, false
  for at = 1, #list do
    if is_due(list[at], time) then
      ran = true
      run(list[at])
      if failure then break end
    end
  end
  if ran then sweep() end
end

-- What is waited for, by socket owner: a task has one at most.
local function watched(extra)
  local list, handles, writes = {}, {}, {}
  local function add(watch)
    local handle = watch.socket.handle
    if not handle then watch.ready() return end -- somebody closed it
    list[#list + 1], handles[#handles + 1], writes[#writes + 1] = watch, handle, watch.writes
  end
  for _, job in ipairs(jobs) do
    if job.watch and not job.ended then add(job.watch) end
  end
  if extra then add(extra) end
  return list, handles, writes
end

-- Waits until something may go on, or so many milliseconds.
local function pause(ms, extra)
  local list, handles, writes = watched(extra)
  if #list == 0 then
    if ms > 0 then skipped = skipped + native.pause(ms) end
    return
  end
  local ready = {}
  native.tcp.wait(list[1].socket.owner, ms, handles, writes, ready)
  for i = 1, #list do
    if ready[i] then list[i].ready() end
  end
end

local function next_wake(limit)
  local wake = limit
  for _, job in ipairs(jobs) do
    if not job.ended and status(job.thread) == "suspended" then
      if job.ready or not job.wake or (job.test and job.test()) then return 0 end
      if job.wake < wake then wake = job.wake end
    end
  end
  return wake
end

-- Lets the jobs run until a time has come or `is_done` says so.
local function drive(until_ms, is_done, extra)
  while true do
    is_stopping()
    turn()
    if failure then error(failure, 0) end
    if is_done() then return end
    local time = now()
    if time >= until_ms then return end
    local left = next_wake(until_ms) - time
    pause(left > 0 and left or 0, extra)
  end
end

local function in_job()
  return current and rawequal(running(), current.thread) and isyieldable() and current or nil
end

-- Waits for a socket (watch = { socket =, writes = }), for `test` to be true, or for the time alone. Jobs let the
-- others go on; hooks and an author's own coroutines run the others meanwhile.
local function await(until_ms, watch, test)
  local job, is_ready = in_job(), false
  if watch then
    watch.ready = function() is_ready = true; if job then job.ready = true end end
  end
  if not job then
    drive(until_ms, function() return is_ready or (test and test()) or (stopping_since and not watch) end, watch)
    return
  end
  job.wake, job.watch, job.test = until_ms, watch, test
  yield()
  -- Somebody else than the scheduler may have resumed it: it waits on.
  while not rawequal(current, job) do yield() end
  job.wake, job.watch, job.test, job.ready = nil, nil, nil, nil
end

-- For operations of sockets: tries a step until it is done, failed, late, or the task ends.
function P.await(deadline, watch)
  if is_stopping() and now() - stopping_since >= GRACE_MS then return "stopped" end
  if now() >= deadline then return "timeout" end
  local limit, look = stopping_since and stopping_since + GRACE_MS or deadline, now() + SLICE_MS
  if look < limit then limit = look end
  await(limit < deadline and limit or deadline, watch)
end

function P.job_clock() return now() end
-- Stands for whoever runs: `ended` once it can't go on.
function P.job_holder() return in_job() or holder end
P.check_hook = check_hook

-- Jobs

local Job = { __metatable = false }
Job.__index = Job
local items = setmetatable({}, { __mode = "k" }) -- by what scripts hold

-- The script's own poll is called again, however long it asked to be left alone.
function sdk.wake()
  check_hook("lc.wake")
  poll_at = 0
end

local function item_of(job)
  return items[job] or error("call it as job:name(…)", 3)
end

function Job.is_done(job) return item_of(job).ended == true end

-- It never goes on after its present wait.
function Job.cancel(job) finish(item_of(job)) end

-- True once it ended; false when the time is over or the task must stop.
function Job.wait(job, ms)
  local item = item_of(job)
  check_hook("job:wait")
  if rawequal(item, in_job()) then error("a coroutine can't wait for itself", 2) end
  local until_ms = now() + (ms == nil and LONGEST_MS or milliseconds("job:wait", ms))
  while not item.ended and now() < until_ms and not is_stopping() do
    await(until_ms, nil, function() return item.ended end)
  end
  return item.ended == true
end

local function start(fn, ...)
  if ended_all then error("the task has ended", 3) end
  if count >= MOST then error("at most " .. MOST .. " coroutines can be spawned at once", 3) end
  local item = { thread = create(fn), args = { n = select("#", ...), ... } }
  local job = setmetatable({}, Job)
  jobs[#jobs + 1], count, items[job] = item, count + 1, item
  return job
end

function sdk.spawn(fn, ...)
  check_hook("lc.spawn")
  if type(fn) ~= "function" then error("lc.spawn takes a function", 2) end
  return start(fn, ...)
end

-- False when the task was asked to stop.
function sdk.sleep(ms)
  check_hook("lc.sleep")
  local until_ms = now() + milliseconds("lc.sleep", ms)
  if not (is_stopping() and not in_job()) then await(until_ms) end
  return not is_stopping()
end

local function later(ms, fn, ...)
  local until_ms = now() + ms
  await(until_ms)
  if not stopping_since then fn(...) end
end

local function again_and_again(ms, fn, ...)
  local next_ms = now() + ms
  while true do
    await(next_ms)
    if stopping_since then return end
    fn(...)
    local late = now() - next_ms
    next_ms = next_ms + ms * (1 + (late > 0 and floor(late / ms) or 0))
  end
end

local function check_timer(name, ms, fn)
  check_hook(name)
  milliseconds(name, ms)
  if type(fn) ~= "function" then error(name .. " takes milliseconds and a function", 3) end
end

-- Calls fn once, after so many milliseconds.
function sdk.timer(ms, fn, ...)
  check_timer("lc.timer", ms, fn)
  return start(later, milliseconds("lc.timer", ms), fn, ...)
end

-- Calls fn every so many milliseconds, leaving out what came while it was busy.
function sdk.every(ms, fn, ...)
  check_timer("lc.every", ms, fn)
  if ms < 1 then error("lc.every takes at least a millisecond", 2) end
  return start(again_and_again, milliseconds("lc.every", ms), fn, ...)
end

-- What C's hooks do around those of scripts

function P.begin_hook()
  failure, current, stopping_since = nil, nil, nil
  holder.ended = true
  holder = {}
  is_stopping()
end

-- Sockets and times that are ready already have their turn.
function P.end_hook(hook)
  if not failure and count > 0 then
    pause(0)
    turn()
  end
  if hook == "stop" then jobs, count, ended_all = {}, 0, true end
  if failure then
    local e = failure
    failure = nil
    error(e, 0)
  end
end

function P.poll_is_due() return count == 0 or now() >= poll_at end

-- In place of an idle task: runs the jobs for a while, or until they made records. Gives how long there is nothing to
-- do after that, which is nothing while they go on.
function P.poll_with_jobs(ms)
  if count == 0 then return ms end
  if ms then poll_at = ms < 0 and huge or now() + ms end
  local until_ms = now() + SLICE_MS
  drive(until_ms < poll_at and until_ms or poll_at,
    function() return P.S.count > 0 or count == 0 or stopping_since or now() >= poll_at end)
  if count > 0 or P.S.count > 0 then return 0 end
  if poll_at == huge then return -1 end
  local left = poll_at - now()
  return left > 0 and left or 0
end

-- lc.backoff

local backoff_keys = { initial_ms = 100, max_ms = 60000, factor = 2, jitter = 0.5 }
local Backoff = { __metatable = false }
Backoff.__index = Backoff
local states = setmetatable({}, { __mode = "k" })

-- Two tasks that begin with the same numbers would come back at the same time.
local function random() return tonumber(native.secret():sub(2, 9), 16) / 2 ^ 32 end

function Backoff.next(backoff)
  local state = states[backoff] or error("call it as backoff:next()", 2)
  local ms = state.initial_ms * pow(state.factor, state.times)
  if ms >= state.max_ms then ms = state.max_ms else state.times = state.times + 1 end
  return floor(ms * (1 - (state.jitter > 0 and state.jitter * random() or 0)))
end

function Backoff.reset(backoff)
  local state = states[backoff] or error("call it as backoff:reset()", 2)
  state.times = 0
end

function sdk.backoff(spec)
  local state = { times = 0 }
  for key, value in pairs(backoff_keys) do state[key] = value end
  for key, value in pairs(spec or {}) do
    if not backoff_keys[key] then error("lc.backoff has no '" .. P.tostring(key) .. "'" .. P.suggest(key, backoff_keys), 2) end
    if type(value) ~= "number" or value ~= value or value < 0 then error("'" .. key .. "' must be a number, not negative", 2) end
    state[key] = value
  end
  if state.factor < 1 or state.jitter > 1 then error("factor is 1 at least, and jitter 1 at most", 2) end
  local backoff = setmetatable({}, Backoff)
  states[backoff] = state
  return backoff
end
