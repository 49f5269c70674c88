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
---@field sql lc.SqlCapability granted to scripts that declare needs = { "sql" }

---@field http lc.HttpCapability granted to scripts that declare needs = { "http" }
---@field tcp lc.TcpCapability granted to scripts that declare needs = { "tcp" }
---@field tls lc.TcpCapability the same, with TLS alone: granted to scripts that declare needs = { "tls" }

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

---@class lc.TlsOptions
---@field ca_file? string PEM; without it those that the system trusts
---@field cert_file? string PEM
---@field key_file? string PEM
---@field key_password? string
---@field insecure? boolean the server's certificate isn't checked

---@class lc.SocketOptions
---@field host string a name or an address that was granted
---@field port integer
---@field tls? boolean|lc.TlsOptions
---@field timeout_ms? number of connecting, and of each later call that isn't given its own: 30000
---@field max_bytes? integer of a line, or of a `read`: 1 MiB

---@class lc.TcpCapability
local tcp = {}

---A socket that is connected, or nil and why there is none.
---@param options lc.SocketOptions
---@return lc.Socket|nil
---@return lc.HttpProblem|nil
function tcp:connect(options) end

---@class lc.Socket
local socket = {}

---A line without its end, or nil and a problem.
---@param timeout_ms? number
---@return string|nil
---@return lc.HttpProblem|nil
function socket:read_line(timeout_ms) end

---Exactly n bytes.
---@param n integer
---@param timeout_ms? number
---@return string|nil
---@return lc.HttpProblem|nil
function socket:read(n, timeout_ms) end

---What has come: at least a byte, at most 64 KiB.
---@param timeout_ms? number
---@return string|nil
---@return lc.HttpProblem|nil
function socket:read_some(timeout_ms) end

---True once all of it is on its way.
---@param text string
---@param timeout_ms? number
---@return boolean|nil
---@return lc.HttpProblem|nil
function socket:write(text, timeout_ms) end

function socket:close() end

---@class lc.SqlCapability
local sql = {}

---Opens a connection. Raises, as retriable where the server may be there a little later.
---@param spec {driver: "postgresql"|"mysql"|"sqlite", host: string?, port: integer?, database: string?, user: string?, password: string?, timeout: integer?, extra: table<string, string>?}
---@return lc.Database
function sql:connect(spec) end

---@class lc.Database
local database = {}

---Runs a statement and returns how many rows it changed.
---@param statement string
---@param params? any[] with `n` where there are nils
---@return integer
function database:execute(statement, params) end

---All rows of a small result, each a table by the names of columns.
---@param query string
---@param params? any[]
---@return table[]
function database:rows(query, params) end

---What the last error was, and its SQLSTATE.
---@return "data"|"again"|"lost"|"cancelled"|"other"
---@return string
function database:fault() end

---Whether another connection is needed.
---@return boolean
function database:is_lost() end

function database:close() end

---@class lc.WriterField
---@field name string the column, for messages
---@field side "key"|"value"|"topic"|"partition"|"offset"
---@field field? string of the struct; without it the whole key or value
---@field kind "bool"|"int"|"double"|"text"|"bytes"|"decimal"|"date"|"time"|"timestamp"|"instant"
---@field key? boolean belongs to what a row is known by

---A statement for many records of one topic, key schema and value schema.
---@param spec {head: string, tail: string?, fields: lc.WriterField[], key_schema: lc.Schema?, value_schema: lc.Schema?, last_wins: boolean?, zone: string?}
---@return lc.Writer
function database:writer(spec) end

---The place of the last record, from `first` on, of the same topic and schemas, with nulls in the same places.
---@param records lc.Records
---@param first integer
---@return integer
function database:run(records, first) end

---Writes records `first` to `last` of put, but for rejected ones; returns how many rows changed.
---@param writer lc.Writer
---@param records lc.Records
---@param first integer
---@param last integer
---@return integer
function database:write(writer, records, first, last) end

---Runs a query whose rows become records, some fetched at a time.
---@param query string
---@param params? any[]
---@param fetch? integer
---@return lc.Rows
function database:query(query, params, fetch) end

---@class lc.Writer
local writer = {}

function writer:close() end

---@class lc.Rows
---@field columns {name: string, type: string, precision: integer, scale: integer, kind: integer}[]
local rows = {}

---Says what records are made of; the schema's fields are the columns in order.
---@param spec {schema: lc.Schema, topic: string, partition: table?, incrementing: integer?, timestamps: integer[]?, zone: string?, ms: integer?, nanos: integer?}
function rows:bind(spec) end

---Adds records; returns how many, whether there are more rows, and where to go on after them.
---@param o lc.Out
---@param room? integer
---@return integer
---@return boolean
---@return {ms: integer, nanos: integer, number: string}
function rows:read(o, room) end

function rows:close() end

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
