-- The capability `file`: growing files line by line, and files to append to.

local P = ...
local ffi, S = P.ffi, P.S
local type, error, setmetatable = type, error, setmetatable
local file = P.native.file

local Tail, Append = {}, {}
Tail.__index, Append.__index = Tail, Append
Tail.__metatable, Append.__metatable = false, false

local handles = setmetatable({}, { __mode = "k" }) -- by object: the C handle, which scripts never hold

local function handle_of(object)
  local handle = handles[object]
  if not handle then error("the file was closed", 3) end
  return handle
end

local function check(ok, ...)
  if not ok then P.throw() end
  return ...
end

-- What happened to a file that is worth a line in the log: see lc_file_news.
local NEWS = {
  "the file is missing and waited for", "the file is there", "the file became shorter and is read from its start",
  "another file took the place of this one",
}

local paths = setmetatable({}, { __mode = "k" })

local function tell(tail, news)
  local write = news == 2 and P.log.info or P.log.warn
  if NEWS[news] then write(NEWS[news], "file", paths[tail] or "standard input") end
end

-- Lines go straight from the file into the batch: no Lua string is made.
function Tail.read_lines(tail, out, spec)
  if out ~= P.out then error("read_lines(out, spec): the out of poll expected", 2) end
  if type(spec.topic) ~= "string" then error("read_lines needs a topic", 2) end
  local room = spec.room and spec.room < S.room and spec.room or S.room
  P.partition_cell(spec.partition, S.a)
  S.schema = P.schema_pointer(spec.schema)
  local count, news = check(file.read(handle_of(tail), spec.topic, room))
  if news ~= 0 then tell(tail, news) end
  return count
end

function Tail.position(tail) return file.position(handle_of(tail)) end

-- What poll returns when there was nothing: wait until the file grows.
function Tail.idle(tail)
  return P.idle_on(file.wait(handle_of(tail)))
end

function Tail.close(tail)
  local handle = handles[tail]
  handles[tail] = nil
  if handle then file.close(handle) end
end

function Append.write_lines(append, records)
  if not ffi.istype(P.records_t, records) then error("write_lines takes the records of put", 2) end
  P.check(records)
  check(file.write(handle_of(append)))
end

function Append.flush(append) check(file.flush(handle_of(append))) end

function Append.close(append)
  local handle = handles[append]
  handles[append] = nil
  if handle then check(file.close(handle)) end
end

local capability = {}

local function open(open_function, class, ...)
  local object = setmetatable({}, class)
  handles[object] = check(open_function(...))
  return object
end

function capability.tail(_, path, options)
  options = options or {}
  local position = options.position or 0
  if type(position) == "table" or tonumber(position) == nil then error("position must be a number", 2) end
  local tail = open(file.tail, Tail, path, tonumber(position), options.encoding)
  paths[tail] = path
  return tail
end

local function path_of(path)
  if type(path) ~= "string" or path:find("\0", 1, true) then error("a path is a string", 3) end
  return path
end

local function content_of(content)
  if type(content) ~= "string" then error("the content is a string", 3) end
  return content
end

-- Whole files: they are there with all of their content, or not at all.
function capability.read(_, path) return check(file.load(path_of(path))) end
function capability.create(_, path, content) return check(file.create(path_of(path), content_of(content))) end
function capability.replace(_, path, content) check(file.replace(path_of(path), content_of(content))) end

function capability.append(_, path) return open(file.append, Append, path) end

P.open_tables.capabilities.file = function() return P.freeze(capability) end
