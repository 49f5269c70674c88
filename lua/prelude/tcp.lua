-- The capabilities `tcp` and `tls`: sockets to hosts that were granted. What waits lets spawned coroutines run.

local P = ...
local tcp, await, now = P.native.tcp, P.await, P.job_clock
local type, error, pairs, setmetatable, floor = type, error, pairs, setmetatable, math.floor

local DONE, FAILED = 0, 2
local LINE, SIZE, SOME = 0, 1, 2
local MIB, SOME_MOST, LONGEST_MS = 1024 * 1024, 64 * 1024, 3600000

local known = { host = "string", port = "number", tls = "table or boolean", timeout_ms = "number", max_bytes = "number" }
local known_tls = { ca_file = "string", cert_file = "string", key_file = "string", key_password = "string", insecure = "boolean" }

local Problem = { __metatable = false, __tostring = function(problem) return problem.message end }

local LATE = { timeout = "there was no answer in time", stopped = "the task ends", closed = "the socket was closed" }

local function problem(kind, message)
  return nil, setmetatable({ kind = kind, message = message or LATE[kind] or kind }, Problem)
end

local function check_keys(what, spec, keys)
  for key, value in pairs(spec) do
    local expected = keys[key]
    if not expected then error(what .. " has no '" .. P.tostring(key) .. "'" .. P.suggest(key, keys), 4) end
    if not expected:find(type(value), 1, true) then
      error("'" .. key .. "' must be a " .. expected .. ", not a " .. type(value), 4)
    end
    if type(value) == "string" and value:find("[%c]") then error("'" .. key .. "' can't hold control characters", 4) end
  end
end

local function number_in(name, value, least, most)
  if type(value) ~= "number" or value ~= value or value < least or value > most then
    error(name .. " must be a number from " .. least .. " to " .. most, 4)
  end
  return floor(value)
end

local function prepared(spec, only_tls)
  if type(spec) ~= "table" then error("connect takes a table", 3) end
  check_keys("connect", spec, known)
  if not spec.host or spec.host == "" then error("connect needs a host", 3) end
  local tls = spec.tls
  if tls == nil then tls = only_tls end
  if only_tls and not tls then error("the capability tls has no sockets without TLS: declare needs = { \"tcp\" }", 3) end
  local wanted = {
    host = spec.host, port = number_in("port", spec.port, 1, 65535), secure = tls and 1 or 0,
    timeout_ms = number_in("timeout_ms", spec.timeout_ms or 30000, 1, LONGEST_MS),
    max_bytes = number_in("max_bytes", spec.max_bytes or MIB, 1, 1024 * MIB),
  }
  if type(tls) == "table" then
    check_keys("tls", tls, known_tls)
    for key in pairs(known_tls) do wanted[key] = tls[key] end
    wanted.insecure = tls.insecure and 1 or 0
  end
  return wanted
end

local Socket = { __metatable = false }
Socket.__index = Socket
local sockets = setmetatable({}, { __mode = "k" }) -- by what scripts hold: { handle =, owner =, … }

local function socket_of(object)
  local socket = sockets[object]
  if not socket then error("call it as socket:name(…)", 3) end
  P.check_hook("a socket")
  return socket
end

-- Tries `step` until there is an answer. `busy`: the name of what only one may do at a time.
local function attempt(socket, busy, timeout_ms, step)
  if socket[busy] and not socket[busy].ended then error("another coroutine " .. busy .. " this socket", 3) end
  local deadline = now() + number_in("timeout_ms", timeout_ms or socket.timeout_ms, 0, LONGEST_MS)
  local watch = { socket = socket, writes = busy == "writes to" }
  while true do
    if not socket.handle then return problem("closed") end
    local state, a, b = step(socket.handle)
    if state == DONE then return a end
    if state == FAILED then return problem(a, b) end
    socket[busy] = P.job_holder()
    local late = await(deadline, watch)
    socket[busy] = nil
    if late then return problem(late) end
  end
end

local function read(socket, unit, size, timeout_ms)
  return attempt(socket, "reads from", timeout_ms, function(handle) return tcp.read(handle, unit, size) end)
end

-- Without its end; nil and a problem when there is none.
function Socket.read_line(object, timeout_ms)
  local socket = socket_of(object)
  return read(socket, LINE, socket.max_bytes, timeout_ms)
end

-- Exactly n bytes.
function Socket.read(object, n, timeout_ms)
  local socket = socket_of(object)
  return read(socket, SIZE, number_in("read takes a number of bytes, which", n, 0, socket.max_bytes), timeout_ms)
end

-- What has come, at least a byte.
function Socket.read_some(object, timeout_ms)
  return read(socket_of(object), SOME, SOME_MOST, timeout_ms)
end

-- True once all of it is on its way.
function Socket.write(object, text, timeout_ms)
  local socket, at = socket_of(object), 0
  if type(text) ~= "string" then error("write takes a string, not a " .. P.type_name(text), 2) end
  return attempt(socket, "writes to", timeout_ms, function(handle)
    local state, a, b = tcp.write(handle, text, at)
    if state == FAILED then return state, a, b end
    at = a
    return state, true
  end)
end

function Socket.close(object)
  local socket = sockets[object]
  if not socket then error("call it as socket:close()", 2) end
  local handle = socket.handle
  socket.handle = nil
  if handle then tcp.close(handle) end
end

local owners = setmetatable({}, { __mode = "k" })
local owner -- of the task's sockets

local function owner_of(capability)
  local kind = owners[capability]
  if not kind then error("call it as task.cap.tcp:connect { … }", 3) end
  return kind
end

local methods = {}

-- A socket that is connected, or nil and a problem.
function methods.connect(capability, spec)
  local kind = owner_of(capability)
  P.check_hook("connect")
  local wanted = prepared(spec, kind == "tls")
  local ok, handle = tcp.connect(owner, wanted)
  if not ok then P.throw() end
  local object = setmetatable({}, Socket)
  local socket = { handle = handle, owner = owner, timeout_ms = wanted.timeout_ms, max_bytes = wanted.max_bytes }
  sockets[object] = socket
  local done, why = attempt(socket, "connects", nil, function() return tcp.connected(handle) end)
  if why then
    Socket.close(object)
    return nil, why
  end
  return object, done
end

local function give(kind)
  return function()
    local capability = P.freeze(methods)
    local ok, handle = tcp.open()
    if not ok then P.throw() end
    owner = handle
    owners[capability] = kind
    return capability
  end
end

P.open_tables.capabilities.tcp = give("tcp")
P.open_tables.capabilities.tls = give("tls")
