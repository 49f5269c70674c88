---@meta lc.test
error("annotations for editors: never loaded")

---What files of tests (NAME_test.lua) require as "lc.test".
---@class lc.test
---@field null any stands for null
local test = {}

---A record as tests write and read it.
---@class lc.TestRecord
---@field topic? string
---@field partition? integer
---@field offset? integer
---@field timestamp? integer
---@field key? any
---@field value? any
---@field headers? table

---@class lc.TestCase
---@field config? table<string, any> settings of the script
---@field given? any a record's value
---@field record? lc.TestRecord a whole record in its place
---@field expect? any the value that comes out, or what a predicate answers
---@field expect_record? lc.TestRecord what of the record that comes out counts
---@field expect_records? lc.TestRecord[] several of them
---@field drops? boolean nothing comes out
---@field fails? string text of the failure
---@field files? table<string, string> files in the folder that settings name as ${dir}
---@field http? lc.TestRequest[]
---@field clock? integer|string what time it is: milliseconds since 1970, or 2024-05-01T12:00:00Z

---A request that is expected, in its turn, and its answer. A test never reaches the network.
---@class lc.TestRequest
---@field method? string "GET" without it
---@field url string
---@field headers? table<string, string> those that must be in it
---@field body? string|table the text, or what its JSON must hold
---@field answer? lc.TestHttpAnswer

---@class lc.TestHttpAnswer
---@field status? integer 200 without it
---@field headers? table<string, string>
---@field body? string|table a table becomes JSON
---@field problem? string "timeout", "connect" … in place of an answer

---One record in, and what is to come out.
---@param name string
---@param spec lc.TestCase
function test.case(name, spec) end

---@class lc.TestRun
---@field script? string another script than the one that the file is named after
---@field config? table<string, any>
---@field records? lc.TestRecord[]
---@field values? any[] values of records, in place of them
---@field count? integer of records of a source
---@field files? table<string, string> also those of hooks, as NAME.lua
---@field offsets? {partition: table, offset: table}[] what task.offsets knows when the connector starts
---@field http? lc.TestRequest[]
---@field clock? integer|string what time it is for this run

---@class lc.TestAnswer
---@field records table[] records that came out
---@field results boolean[] of a predicate
---@field failures string[] of records
---@field files table<string, string> what the folder holds afterwards
---@field metrics table<string, number|{count: number, sum: number}> what the script counted in lc.metrics
---@field requests table[] that were made: method, url, headers by small names, body

---Runs a script in its sandbox. An error of a whole connector is raised; failures of records are in the answer.
---@param spec lc.TestRun
---@return lc.TestAnswer
function test.run(spec) end

---The script of the file's cases: without it NAME.lua of NAME_test.lua.
---@param name string
function test.script(name) end

---A clock in place of the machine's, for the case it is called in, or for all cases of the file.
---@class lc.TestClock
local clock = {}

---Milliseconds since 1970; after a run, when that ended.
---@return integer
function clock:now() end

---@param at integer|string milliseconds since 1970, or 2024-05-01T12:00:00Z
function clock:set(at) end

---@param ms integer
function clock:advance(ms) end

---Scripts see this time, and waiting moves it on at once.
---@param at integer|string milliseconds since 1970, or 2024-05-01T12:00:00Z
---@param options? {step: integer} milliseconds between two records or polls of a run
---@return lc.TestClock
function test.clock(at, options) end

---A group of cases.
---@param name string
---@param body fun()
function test.describe(name, body) end

---A case.
---@param name string
---@param body fun()
function test.it(name, body) end

---Runs before each case of the group.
---@param body fun()
function test.before_each(body) end

---@class lc.Expectation
local expectation = {}

---The same, deeply; null and nothing are the same.
---@param expected any
function expectation.equals(expected) end

---Everything in `expected` is there; of a text, that it holds another.
---@param expected any
function expectation.contains(expected) end

---A text fits a pattern of Lua.
---@param pattern string
function expectation.matches(pattern) end

function expectation.is_null() end

function expectation.is_true() end

function expectation.is_false() end

---@param count integer
function expectation.has_length(count) end

---A function fails, with this in its message.
---@param text? string
function expectation.fails(text) end

---@param actual any
---@return lc.Expectation
function test.expect(actual) end

describe, it, before_each, expect = test.describe, test.it, test.before_each, test.expect

return test
