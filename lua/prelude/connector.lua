-- Connector hooks: what C calls for start, poll, put and the rest, and the objects that scripts get there.

local P = ...
local tostring = P.tostring
local ffi, S, native, K, sdk = P.ffi, P.S, P.native, P.kind, P.sdk
local type, error, setmetatable, rawequal, tonumber = type, error, setmetatable, rawequal, tonumber

-- Answers of poll.
local Idle = {}
Idle.__index = Idle

function sdk.idle(ms)
  if type(ms) ~= "number" then error("lc.idle takes milliseconds", 2) end
  return setmetatable({ ms = ms < 0 and 0 or ms }, Idle)
end

-- Descriptors that end a wait, by answer: scripts can't name any.
local waits = setmetatable({}, { __mode = "k" })

function P.idle_on(ms, fd)
  local answer = setmetatable({ ms = ms }, Idle)
  waits[answer] = fd
  return answer
end

local DONE = setmetatable({}, Idle)
function sdk.done() return DONE end

-- The object `out` of poll.

local cells = {} -- by partition table: its cell, good for one call
local cells_generation = 0

local function partition_cell(t, cell)
  if t == nil then
    cell.kind = K.null
    return
  end
  if cells_generation ~= S.generation then
    cells, cells_generation = {}, S.generation
  end
  local known = cells[t]
  if not known then
    known = ffi.new("lc_value")
    P.write(known, t)
    cells[t] = known
  end
  cell.kind, cell.flags, cell.u.i = known.kind, known.flags, known.u.i
end
P.partition_cell = partition_cell

local out = setmetatable({}, {
  __metatable = false,
  __index = function(_, key)
    if key == "room" then return S.room end
    if key == "count" then return S.count end
    return P.out_methods[key]
  end,
  __newindex = function() error("out can't be changed", 0) end,
})
P.out = out

-- Tasks.

local function capability(task, name)
  return function(_, key)
    error("the capability '" .. tostring(key) .. "' wasn't granted: declare it in needs and see script.grants", 0)
  end
end

local offsets = {}

function offsets.get(_, partition)
  if type(partition) ~= "table" then error("task.offsets:get takes a table", 2) end
  local asked = ffi.new("lc_value")
  P.write(asked, partition)
  S.a.kind, S.a.flags, S.a.u.i = asked.kind, asked.flags, asked.u.i
  if not native.offset() then P.throw() end
  return sdk.totable(P.read(S.b))
end

local task_methods = {}

function task_methods.reject(_, record, message) P.reject_record(record, message) end
function task_methods.stopping() return native.stopping() end

-- False when the task was asked to stop.
function task_methods.sleep(_, ms)
  if type(ms) ~= "number" or ms ~= ms then error("task:sleep takes milliseconds", 2) end
  return native.sleep(ms)
end

-- What hooks/NAME.lua of a directory of plugin.path returns: a table.
function task_methods.hooks(_, name)
  if type(name) ~= "string" or not name:find("^[%w_-]+$") then
    error("the name of a file of hooks is letters, digits, - and _, without .lua", 2)
  end
  local ok, text, folder = native.read_hooks(name)
  if not ok then P.throw() end
  local hooks = P.load_beside(text, name .. ".lua", folder)
  if type(hooks) ~= "table" then error("hooks/" .. name .. ".lua must return a table of functions", 0) end
  return hooks
end

-- Where transactions end: at the end of the batch that poll is filling, or behind one of its records.

local transaction = {}

local function boundary(record, aborts)
  if record == nil then return native.boundary(-1, aborts) end
  if not ffi.istype(P.record_t, record) then error("a record of this poll expected, or nothing", 3) end
  P.record_of(record)
  return native.boundary(record[P.AT], aborts)
end

function transaction.commit(_, record) boundary(record, false) end
function transaction.abort(_, record) boundary(record, true) end

-- Around every hook, for prelude/jobs.lua where it is in use.
function P.begin()
  local begin_hook = rawget(P, "begin_hook")
  if begin_hook then begin_hook() end
end

function P.finish(hook)
  local end_hook = rawget(P, "end_hook")
  if end_hook then end_hook(hook) end
end

-- config: typed settings; needs: names of the capabilities that the script declared.
function P.entries.new_task(plugin, config, connector, id, transactions)
  local caps = {}
  for _, name in ipairs(plugin.parts.needs or {}) do
    local make = P.open_tables.capabilities[name]
    if make then caps[name] = make() end
  end
  local task = {
    config = config, connector = connector, id = id,
    cap = setmetatable(caps, { __index = capability(), __metatable = false }),
    transaction = transactions and transaction or nil,
    offsets = offsets, reject = task_methods.reject, stopping = task_methods.stopping,
    sleep = task_methods.sleep, hooks = task_methods.hooks,
  }
  return { plugin = plugin, task = task }
end

-- open of a sink: nothing, or the offsets that its target holds, by the places of their partitions.
local function place_of(partition)
  if type(partition) ~= "table" then error("open must return a list of partitions", 0) end
  return tostring(partition.topic) .. "/" .. tostring(partition.partition)
end

function P.entries.open(connector, partitions)
  local places, held = {}, {}
  for i, partition in ipairs(partitions) do places[place_of(partition)] = i end
  P.begin()
  local kept = connector.plugin.parts.open(connector.task, partitions)
  P.finish("open")
  if kept == nil then return nil end
  if type(kept) ~= "table" then error("open must return nothing or a list of partitions", 0) end
  for _, partition in ipairs(kept) do
    local place = place_of(partition)
    local at = places[place] or error("open returned a partition that it wasn't given: " .. place, 0)
    local offset = partition.offset ~= nil and tonumber(partition.offset)
    if offset == nil or offset and offset % 1 ~= 0 then error("the offset of " .. place .. " is no whole number", 0) end
    if offset and offset >= 0 then held[at] = offset end
  end
  return held
end

P.open("capabilities", {})

function P.entries.call(connector, hook, argument)
  local f = connector.plugin.parts[hook]
  if not f then return end
  P.begin()
  local answer = f(connector.task, argument)
  P.finish(hook)
  return answer
end

-- nothing, or how long to wait; -1 for done.
local function poll(connector)
  local answer = connector.plugin.parts.poll(connector.task, out)
  if type(answer) == "table" and P.metatable_of(answer) == Idle then
    if rawequal(answer, DONE) then return -1, -1 end
    return tonumber(answer.ms) or 0, waits[answer] or -1
  end
  if answer ~= nil then error("poll must return nothing, lc.idle(ms) or lc.done()", 0) end
  return 0, -1
end

-- Coroutines run here for as long as the script has nothing to do; they are no part of most scripts.
function P.entries.poll(connector)
  local ms, fd
  P.begin()
  local with_jobs = rawget(P, "poll_with_jobs")
  if not with_jobs or P.poll_is_due() then ms, fd = poll(connector) end
  with_jobs = rawget(P, "poll_with_jobs")
  if with_jobs and S.count == 0 and (fd or -1) < 0 then ms = with_jobs(ms) end
  P.finish("poll")
  return ms or 0, fd or -1
end

-- tasks(config, max): an array of tables of texts.
function P.entries.tasks(plugin, config, max)
  local list = plugin.parts.tasks(config, max)
  if type(list) ~= "table" then error("tasks must return a list of configurations", 0) end
  local texts = {}
  for i, settings in ipairs(list) do
    texts[i] = {}
    if type(settings) ~= "table" then error("tasks must return a list of configurations", 0) end
    for key, value in pairs(settings) do
      if type(value) == "table" then value = table.concat(value, ",") end
      texts[i][P.tostring(key)] = P.tostring(value)
    end
  end
  return texts
end
