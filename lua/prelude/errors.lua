-- Errors: what lc.raise makes, and how any Lua error becomes the table that C reads.

local P = ...
local ffi, S, bridge = P.ffi, P.S, P.bridge
local error, type, rawget, setmetatable = error, type, rawget, setmetatable
local tostring = P.tostring
local traceback, getinfo, metatable_of = debug.traceback, debug.getinfo, debug.getmetatable
local find, match, sub = string.find, string.match, string.sub
local ffi_string = ffi.string

local CODE_SCRIPT = bridge.error_code("LC_E_SCRIPT", 11)
local CODE_LIMIT = bridge.error_code("LC_E_LIMIT", 10)
local LONGEST = 8192 -- bytes of a message

local Error = { __metatable = false }
Error.__index = Error
function Error.__tostring(e) return e.message or e.class end

P.chunks = {} -- names of loaded scripts: the only ones whose positions are shown

local function position(level)
  for at = level, level + 20 do
    local info = getinfo(at, "Sl")
    if not info then return nil end
    if P.chunks[info.short_src] then return info.short_src .. ":" .. info.currentline end
  end
end

local function make(code, message, retriable, where)
  return setmetatable({ code = code, class = ffi_string(bridge.error_class(code)), message = message,
                        retriable = retriable or false, where = where }, Error)
end

-- Raises an error of a Java class.
function P.raise(class, message)
  local code = type(class) == "string" and bridge.error_code(class, #class) or 0
  if code == 0 then error("unknown error class '" .. tostring(class) .. "'", 2) end
  error(make(code, message ~= nil and tostring(message) or nil, false, position(2)))
end

function P.retry(message)
  local code = bridge.error_code("RetriableException", 18)
  error(make(code, message ~= nil and tostring(message) or nil, true, position(2)))
end

-- Raises what a bridge function left behind.
function P.throw()
  local code = bridge.take_error(S)
  local message = S.text.data ~= nil and ffi_string(S.text.data, S.text.len) or nil
  error(make(code, message, S.number ~= 0, position(2)))
end

-- Only frames of scripts are worth showing.
local function script_frames(text)
  local kept = {}
  for line in text:gmatch("[^\n]+") do
    local chunk = match(line, "^\t(.-):%d+:")
    if chunk and P.chunks[chunk] then kept[#kept + 1] = line end
  end
  return #kept > 0 and table.concat(kept, "\n") or nil
end

local function split_position(text)
  local chunk, line, rest = match(text, "^([^\n:]+):(%d+): (.*)$")
  if chunk and P.chunks[chunk] then return chunk .. ":" .. line, rest end
  if chunk and find(chunk, "^lc/.+%.lua$") then return nil, rest end -- a place in here says nothing
  return nil, text
end

local function describe(e)
  local kind = type(e)
  if kind == "string" or kind == "number" then return tostring(e) end
  if kind == "table" and type(rawget(e, "message")) == "string" then return e.message end
  return "a script raised " .. (e == nil and "nil" or "a " .. kind)
end

-- Any error value as an Error, with the trace of the coroutine that it came from.
local function told(e, trace)
  if type(e) == "table" and metatable_of(e) == Error then return e end
  local where, message = split_position(sub(describe(e), 1, LONGEST))
  local code = CODE_SCRIPT
  if find(message, "^not enough memory") then code = CODE_LIMIT end
  local made = make(code, message, false, where)
  made.trace = script_frames(trace)
  if not made.where and made.trace then made.where = match(made.trace, "^\t(.-:%d+):") end
  return made
end

-- The handler of running code: the stack is still there.
function P.caught(e)
  if type(e) == "table" and metatable_of(e) == Error then return e end
  return told(e, traceback("", 2))
end

-- Of a coroutine that failed.
function P.caught_in(thread, e) return told(e, traceback(thread, "")) end

-- The same as an array for C: code, message, retriable, where, trace.
function P.entries.caught(e)
  local made = P.caught(e)
  return { made.code, made.message or false, made.retriable, made.where or false, made.trace or false }
end

P.sdk.raise = P.raise
P.sdk.retry = P.retry

function P.limit_error(message) return make(CODE_LIMIT, message, false, position(2)) end
P.Error = Error
