-- The capability `http`: requests to hosts that were granted, several at once.

local P = ...
local http = P.native.http
local type, error, pairs, ipairs, setmetatable, rawget = type, error, pairs, ipairs, setmetatable, rawget
local floor = math.floor

local MIB = 1024 * 1024
local known = {
  method = "string", url = "string", headers = "table", body = "string", timeout_ms = "number", connect_ms = "number",
  max_bytes = "number", redirects = "number", proxy = "string", proxy_user = "string", proxy_password = "string",
  ca_file = "string", cert_file = "string", key_file = "string", key_password = "string", insecure = "boolean",
}
local defaults = { timeout_ms = 30000, connect_ms = 10000, max_bytes = 16 * MIB, redirects = 5 }
local most = { timeout_ms = 3600000, connect_ms = 3600000, max_bytes = 1024 * MIB, redirects = 20 }

local function check_keys(spec)
  for key, value in pairs(spec) do
    local expected = known[key]
    if not expected then error("a request has no '" .. P.tostring(key) .. "'" .. P.suggest(key, known), 4) end
    if type(value) ~= expected then error("'" .. key .. "' must be a " .. expected .. ", not a " .. type(value), 4) end
  end
  if not spec.url then error("a request needs a url", 4) end
end

-- Nothing that would end a line, or a text in C.
local function check_text(what, text)
  if text and text:find("[%c]") then error(what .. " can't hold control characters", 4) end
end

local function header_lines(headers)
  local lines = {}
  for name, value in pairs(headers or {}) do
    if type(name) ~= "string" or not name:find("^[%w!#$%%&'*+.^_`|~-]+$") then error("a header's name can't be used", 4) end
    value = P.tostring(value)
    if value:find("[%z\1-\8\10-\31\127]") then error("the header " .. name .. " can't hold control characters", 4) end
    lines[#lines + 1] = value == "" and name .. ";" or name .. ": " .. value
  end
  return lines
end

local function prepared(spec)
  if type(spec) ~= "table" then error("a request is a table", 4) end
  check_keys(spec)
  local request = { headers = header_lines(spec.headers), body = spec.body, insecure = spec.insecure and 1 or 0 }
  for key, expected in pairs(known) do
    if expected == "string" and key ~= "body" then
      check_text(key, spec[key])
      request[key] = spec[key]
    elseif expected == "number" then
      local number = spec[key] or defaults[key]
      if number ~= number or number < 0 then error("'" .. key .. "' must not be negative", 4) end
      request[key] = floor(number < most[key] and number or most[key])
    end
  end
  request.method = (spec.method or (spec.body and "POST") or "GET"):upper()
  if not request.method:find("^%u+$") or request.method == "CONNECT" then error("the method can't be used", 4) end
  if request.timeout_ms == 0 then request.timeout_ms = 1 end
  if request.connect_ms == 0 then request.connect_ms = 1 end
  return request
end

local Problem = { __metatable = false, __tostring = function(problem) return problem.message end }
local Headers = {
  __metatable = false,
  __index = function(headers, name) return type(name) == "string" and rawget(headers, name:lower()) or nil end,
}

-- Names in small letters; what came several times is joined by commas.
local function read_headers(lines)
  local headers = {}
  for line in lines:gmatch("[^\n]+") do
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if name then
      name = name:lower()
      local earlier = rawget(headers, name)
      headers[name] = earlier and earlier .. ", " .. value or value
    end
  end
  return setmetatable(headers, Headers)
end

local function given(raw)
  if raw[1] then return nil, setmetatable({ kind = raw[1], message = raw[2] or raw[1] }, Problem) end
  return { status = raw[3], headers = read_headers(raw[4]), body = raw[5] }
end

local handles = setmetatable({}, { __mode = "k" })

local function run(capability, list)
  local handle = handles[capability]
  if not handle then error("call it as task.cap.http:request(…)", 3) end
  local ok, raws = http.run(handle, list)
  if not ok then P.throw() end
  return raws
end

local methods = {}

-- The answer, or nil and the problem.
function methods.request(capability, spec)
  return given(run(capability, { prepared(spec) })[1])
end

-- Answers by the places of their requests, and problems; each place has one of the two.
function methods.request_all(capability, list)
  if type(list) ~= "table" then error("request_all takes a list of requests", 2) end
  local requests, answers, problems = {}, {}, {}
  for i, spec in ipairs(list) do requests[i] = prepared(spec) end
  if #requests > 64 then error("at most 64 requests can be made at once", 2) end
  for i, raw in ipairs(run(capability, requests)) do answers[i], problems[i] = given(raw) end
  return answers, problems
end

P.open_tables.capabilities.http = function()
  local capability = P.freeze(methods)
  local ok, handle = http.open()
  if not ok then P.throw() end
  handles[capability] = handle
  return capability
end
