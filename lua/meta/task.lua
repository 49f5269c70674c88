---@meta lc.task
error("annotations for editors: never loaded")

---A task of a connector. Scripts may keep what they need in fields of their own.
---@class lc.Task
---@field config table settings, typed by the plug-in's `config`
---@field connector string
---@field id integer from 0
---@field cap lc.Capabilities
---@field offsets lc.TaskOffsets
---@field transaction lc.Transaction|nil of a source with transaction.boundary=connector
---@field [string] any
local task = {}

---Makes one record of `put` fail by itself; `errors.tolerance` decides what becomes of it.
---@param record lc.Record
---@param message? string
function task:reject(record, message) end

---@return boolean
function task:stopping() end

---Waits, without using up the script's time. False when the task was asked to stop.
---@param ms number
---@return boolean
function task:sleep(ms) end

---What `hooks/NAME.lua` of a directory of plugin.path returns.
---@param name string
---@return table
function task:hooks(name) end

---@class lc.TaskOffsets
local offsets = {}

---The committed offset of a source partition.
---@param partition table
---@return table|nil
function offsets:get(partition) end

---Where the transactions of a source end that runs exactly once. Both are for use inside of `poll`.
---@class lc.Transaction
local transaction = {}

---Commits all records up to and with this one of the running poll; without a record, up to the end of its batch.
---@param record? lc.Record
function transaction:commit(record) end

---Throws the records of the transaction away, this one included. Their offsets are committed all the same: they
---don't come again.
---@param record? lc.Record
function transaction:abort(record) end

---Where `poll` puts its records.
---@class lc.Out
---@field room integer how many records may still be added
---@field count integer how many there are
local out = {}

---Adds a record and returns it; with a struct schema its value is a struct of it, otherwise null.
---@param topic string
---@param schema lc.Schema|nil
---@param partition table|nil
---@param offset table|nil
---@return lc.Record
function out:add(topic, schema, partition, offset) end

---A piece of input that is no record: `errors.tolerance` decides what becomes of it.
---@param raw string|nil
---@param message? string
function out:reject(raw, message) end

---A partition that a sink is given, or gives back. Its `offset` is that of the next record to read.
---@class lc.Partition
---@field topic string
---@field partition integer
---@field offset? integer

---What a batch of a sink holds of a partition, for sinks that keep offsets in their target.
---@class lc.Range
---@field topic string
---@field partition integer
---@field first integer the offset that the target holds before this batch
---@field next integer the offset to hold afterwards

---@class lc.Capabilities
---@field file lc.FileCapability granted to scripts that declare needs = { "file" }

---@field http lc.HttpCapability granted to scripts that declare needs = { "http" }

---@class lc.HttpRequest
---@field url string http or https, of a host that was granted
---@field method? string "GET", or "POST" when there is a body
---@field headers? table<string, string>
---@field body? string
---@field timeout_ms? number of the whole request: 30000
---@field connect_ms? number 10000
---@field max_bytes? number of the answer's body: 16 MiB
---@field redirects? integer that are followed: 5
---@field proxy? string "http://host:port"
---@field proxy_user? string
---@field proxy_password? string
---@field ca_file? string PEM
---@field cert_file? string PEM
---@field key_file? string PEM
---@field key_password? string
---@field insecure? boolean the server's certificate isn't checked

---@class lc.HttpAnswer
---@field status integer
---@field headers table<string, string> names in any case
---@field body string

---@class lc.HttpProblem
---@field kind "timeout"|"dns"|"connect"|"tls"|"closed"|"size"|"redirect"|"stopped"|"other"
---@field message string

---@class lc.HttpCapability
local http = {}

---One request: its answer, whatever the status, or nil and why there is none.
---@param request lc.HttpRequest
---@return lc.HttpAnswer|nil
---@return lc.HttpProblem|nil
function http:request(request) end

---Up to 64 requests at once: answers and problems by the requests' places.
---@param requests lc.HttpRequest[]
---@return table<integer, lc.HttpAnswer>
---@return table<integer, lc.HttpProblem>
function http:request_all(requests) end

---@class lc.FileCapability
local file = {}

---Follows a growing file from a byte position; without a path, standard input.
---@param path string|nil
---@param options? {position: integer?, encoding: string?}
---@return lc.Tail
function file:tail(path, options) end

---Appends to a file; without a path, to standard output.
---@param path string|nil
---@return lc.Append
function file:append(path) end

---The content of a file, at most 16 MiB; nil when there is no such file.
---@param path string
---@return string|nil
function file:read(path) end

---Makes a file, all of it or none, and safe on the disk. False when there is one of that name already, which stays as
---it is: of several that make it at once, one does.
---@param path string
---@param content string
---@return boolean
function file:create(path, content) end

---As `create`, but takes the place of a file of that name.
---@param path string
---@param content string
function file:replace(path, content) end

---@class lc.Tail
local tail = {}

---Adds a record for each complete line and returns how many.
---@param o lc.Out
---@param spec {topic: string, partition: table?, schema: lc.Schema?, room: integer?}
---@return integer
function tail:read_lines(o, spec) end

---Byte position behind the last line.
---@return integer
function tail:position() end

---What `poll` returns when there was nothing: waits until the file grows.
---@return lc.Idle
function tail:idle() end

function tail:close() end

---@class lc.Append
local append = {}

---Writes the text of every record's value as a line.
---@param records lc.Records
function append:write_lines(records) end

---Makes what was written safe.
function append:flush() end

function append:close() end
