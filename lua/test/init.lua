-- `luaconnect test`: what a test file sees, and the running of its cases.
-- run(text, file, trial, report): trial(request) runs a script in its sandbox, both ways as JSON.

local json = require "json"
local expect = require "expect"
local suggest = require "suggest"
local new_clock = require "clock"
local null = json.null

local cases, path, before = {}, {}, {}

local function keys(set)
  local made = {}
  for name in set:gmatch("%S+") do made[name] = true end
  return made
end

local function check_keys(t, known, what)
  for name in pairs(t) do
    if not known[name] then error(what .. " has no '" .. tostring(name) .. "'" .. suggest(name, known), 3) end
  end
end

local function add_case(name, action)
  local full = {}
  for i, part in ipairs(path) do full[i] = part end
  full[#full + 1] = name
  local prepare = {}
  for i, f in ipairs(before) do prepare[i] = f end
  cases[#cases + 1] = { name = table.concat(full, " "), action = action, before = prepare }
end

-- The script that the running file tests: NAME.lua of NAME_test.lua.
local script_name

-- What test.clock made: while the file is loaded, for all of its cases; in a case, for that one.
local clock, clock_of_file

local run_keys = keys "script config records values count files http offsets clock"
local http_keys = keys "method url headers body answer"
local offset_keys = keys "partition offset"
local answer_keys = keys "status headers body problem"

local function text_of(value)
  if type(value) == "table" then return table.concat(value, ",") end
  return tostring(value)
end

-- What goes to the fake: bodies that are tables are JSON.
local function canned(list)
  local made = setmetatable({}, json.Array)
  for i, spec in ipairs(list or {}) do
    check_keys(spec, http_keys, "a request of http")
    if type(spec.url) ~= "string" then error("a request of http needs a url", 3) end
    local answer = {}
    check_keys(spec.answer or {}, answer_keys, "an answer")
    for key, value in pairs(spec.answer or {}) do answer[key] = value end
    if type(answer.body) == "table" then answer.body = json.encode(answer.body) end
    made[i] = { method = spec.method, url = spec.url, answer = answer }
  end
  return made
end

-- What of each request the test named must be in it.
local function check_requests(expected, answer)
  if answer.unexpected then error(answer.unexpected, 0) end
  for i, spec in ipairs(expected or {}) do
    local made = answer.requests[i]
    if not made then
      local why = answer.error or answer.failures[1]
      error("the request " .. (spec.method or "GET") .. " " .. spec.url .. " wasn't made" .. (why and ": " .. why or ""), 0)
    end
    local body = made.body
    if type(spec.body) == "table" then body = json.decode(body or "null") end
    local headers = {}
    for name, value in pairs(spec.headers or {}) do headers[name:lower()] = value end
    expect.check({ headers = made.headers, body = body }, { headers = headers, body = spec.body }, true)
  end
end

-- What task.offsets knows when the connector starts.
local function given_offsets(list)
  local made = setmetatable({}, json.Array)
  for i, spec in ipairs(list or {}) do
    check_keys(spec, offset_keys, "an offset")
    if type(spec.partition) ~= "table" or type(spec.offset) ~= "table" then
      error("offsets are { partition = {…}, offset = {…} }", 3)
    end
    made[i] = spec
  end
  return made
end

-- Runs a script: { config =, records = or values =, count =, files =, http =, offsets =, clock = } gives { records =, results =,
-- failures =, files =, requests =, metrics = }.
local function run(given)
  check_keys(given, run_keys, "test.run")
  local config = {}
  for name, value in pairs(given.config or {}) do config[name] = text_of(value) end
  local records = setmetatable({}, json.Array)
  for i, record in ipairs(given.records or {}) do records[i] = record end
  for _, value in ipairs(given.values or {}) do records[#records + 1] = { value = value } end
  local at = given.clock ~= nil and new_clock(given.clock) or clock
  local answer = json.decode(run_trial(json.encode {
    script = given.script or script_name, config = config, records = records, count = given.count, files = given.files,
    http = canned(given.http), offsets = given_offsets(given.offsets), clock = at and { at = at.at, step = at.step },
  }))
  if at then at.at = answer.clock or at.at end
  check_requests(given.http, answer)
  if answer.error then error(answer.error, 0) end
  return answer
end

local case_keys = keys "config given record expect expect_record expect_records drops fails files http clock"

local function check_case(spec, answer)
  if spec.drops then return expect.check(#answer.records, 0) end
  if spec.expect_records then return expect.check(answer.records, spec.expect_records, true) end
  if #answer.results > 0 then return expect.check(answer.results[1], spec.expect) end
  if #answer.records ~= 1 then error(#answer.records .. " records instead of one came out", 0) end
  if spec.expect_record then expect.check(answer.records[1], spec.expect_record, true) end
  if spec.expect ~= nil then expect.check(answer.records[1].value, spec.expect) end
end

local function run_case(spec)
  local record = spec.record or { value = spec.given }
  local ok, answer = pcall(run, {
    config = spec.config, records = { record }, files = spec.files, http = spec.http, clock = spec.clock,
  })
  local why = not ok and tostring(answer) or answer.failures[1]
  if spec.fails then
    if not why then error("it didn't fail", 0) end
    if not why:find(spec.fails, 1, true) then error("it failed with " .. why .. ", not with " .. spec.fails, 0) end
    return
  end
  if why then error(why, 0) end
  check_case(spec, answer)
end

local test = { null = null, run = run, expect = expect.expect }

function test.case(name, spec)
  check_keys(spec, case_keys, "a case")
  if spec.given ~= nil and spec.record then error("a case has a record or a given value, not both", 2) end
  add_case(name, function() run_case(spec) end)
end

function test.describe(name, body)
  path[#path + 1] = name
  local had = #before
  body()
  path[#path] = nil
  for i = #before, had + 1, -1 do before[i] = nil end
end

function test.it(name, body) add_case(name, body) end
function test.before_each(f) before[#before + 1] = f end
function test.script(name) script_name = name end

-- A clock in place of the machine's: clock:now(), clock:set(time), clock:advance(ms).
function test.clock(at, options)
  clock = new_clock(at, options)
  return clock
end

local test_names = {}
for name in pairs(test) do test_names[name] = true end

local sdk = setmetatable({
  test = setmetatable(test, {
    __index = function(_, name) error("lc.test has no '" .. tostring(name) .. "'" .. suggest(name, test_names), 2) end,
  }),
  null = null, json = { encode = json.encode, decode = json.decode },
}, { __index = function(_, name) error("tests have no lc." .. tostring(name) .. ": use test.run to run a script", 2) end })

local function environment()
  local env = {}
  local allowed = "assert error getmetatable ipairs math next pairs pcall print select setmetatable string table "
    .. "tonumber tostring type unpack"
  for name in allowed:gmatch("%S+") do env[name] = _G[name] end
  env._G = env
  env.describe, env.it, env.expect, env.before_each = test.describe, test.it, test.expect, test.before_each
  function env.require(name)
    if name == "lc" then return sdk end
    if name == "lc.test" then return test end
    error("a test requires lc.test alone, not '" .. tostring(name) .. "'", 2)
  end
  return env
end

local function one_line(problem)
  if type(problem) == "table" and problem ~= null then return "raised a table" end
  return tostring(problem)
end

return function(text, file, report)
  script_name = file:match("^(.*)_test%.lua$") or file:match("^(.*)%.lua$")
  local chunk, problem = loadstring(text, "=" .. file)
  if not chunk then return report(file, false, problem) end
  setfenv(chunk, environment())
  local ok, why = pcall(chunk)
  if not ok then return report(file, false, one_line(why)) end
  if #cases == 0 then return report(file, false, "there are no cases in it") end
  clock_of_file = clock and { clock = clock, at = clock.at }
  for _, case in ipairs(cases) do
    start_case()
    clock = clock_of_file and clock_of_file.clock
    if clock then clock.at = clock_of_file.at end
    local fine, failure = pcall(function()
      for _, f in ipairs(case.before) do f() end
      case.action()
    end)
    report(case.name, fine, not fine and one_line(failure) or nil)
  end
end
