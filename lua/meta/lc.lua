---@meta lc
error("annotations for editors: never loaded")

---The SDK of luaconnect: what `require "lc"` returns.
---@class lc
---@field null lc.Null stands for null inside of arrays and maps made by `lc.json.decode` and `lc.totable`
---@field boolean lc.Schema
---@field int8 lc.Schema
---@field int16 lc.Schema
---@field int32 lc.Schema
---@field int64 lc.Schema
---@field float32 lc.Schema
---@field float64 lc.Schema
---@field string lc.Schema
---@field bytes lc.Schema
---@field date lc.Schema Connect's Date: an int32 of days; read and written as milliseconds
---@field timestamp lc.Schema Connect's Timestamp: an int64 of milliseconds
local lc = {}

---@class lc.Null

---Names of the types of values.
---@alias lc.Type "null"|"boolean"|"int8"|"int16"|"int32"|"int64"|"float32"|"float64"|"string"|"bytes"|"array"|"map"|"struct"|"date"|"decimal"|"bigint"

---Something with cells: a record ("key", "value"), a header or box ("value"), a map or struct (a name) or a list
---(an index).
---@alias lc.Holder lc.Record|lc.Header|lc.Box|lc.Map|lc.Struct|lc.List

---What a field may be given.
---@alias lc.Value nil|boolean|number|string|table|lc.Map|lc.Struct|lc.List|lc.Decimal

-- Plug-ins ------------------------------------------------------------------------------------------------

---What every plug-in may say.
---@class lc.PluginSpec
---@field aliases? string[] further names, such as Java class names
---@field version? string shown by the REST API
---@field doc? string
---@field config? table<string, lc.Definition> settings by name
---@field needs? string[] capabilities, such as "file"

---@class lc.TransformSpec : lc.PluginSpec
---@field apply? fun(record: lc.Record, cfg: any): lc.Record|lc.Record[]|nil one record in; the same, others or none out
---@field apply_batch? fun(records: lc.Record[], cfg: any): lc.Record[]|nil all records of a batch; what stays of them, or nothing for all
---@field configure? fun(cfg: table): any runs once; what it returns is given to `apply` in place of `cfg`

---@class lc.PredicateSpec : lc.PluginSpec
---@field test? fun(record: lc.Record, cfg: any): boolean
---@field configure? fun(cfg: table): any

---@class lc.SourceSpec : lc.PluginSpec
---@field exactly_once? string[] settings without which it can't read every record exactly once; none needed: {}
---@field transaction_boundaries? string[] settings without which it can't say where transactions end; none needed: {}
---@field start? fun(task: lc.Task)
---@field poll? fun(task: lc.Task, out: lc.Out): lc.Idle?
---@field commit? fun(task: lc.Task)
---@field check? fun(task: lc.Task): table<string, string>|nil what is wrong, by settings, when someone validates them
---@field stop? fun(task: lc.Task)
---@field tasks? fun(config: table, max: integer): table[] settings of each task

---@class lc.SinkSpec : lc.PluginSpec
---@field start? fun(task: lc.Task)
---@field put? fun(task: lc.Task, records: lc.Records, ranges: lc.Range[])
---@field flush? fun(task: lc.Task)
---@field check? fun(task: lc.Task): table<string, string>|nil what is wrong, by settings, when someone validates them
---@field open? fun(task: lc.Task, partitions: lc.Partition[]): lc.Partition[]? may return where to go on reading; then the sink keeps offsets in its target
---@field close? fun(task: lc.Task, partitions: lc.Partition[])
---@field stop? fun(task: lc.Task)
---@field tasks? fun(config: table, max: integer): table[]

---@class lc.Transform : lc.TransformSpec
---@class lc.Predicate : lc.PredicateSpec
---@class lc.Source : lc.SourceSpec
---@class lc.Sink : lc.SinkSpec

---@param spec lc.TransformSpec
---@return lc.Transform
function lc.transform(spec) end

---@param spec lc.PredicateSpec
---@return lc.Predicate
function lc.predicate(spec) end

---@param spec lc.SourceSpec
---@return lc.Source
function lc.source(spec) end

---@param spec lc.SinkSpec
---@return lc.Sink
function lc.sink(spec) end

--- A file beside the script, which the worker follows like the script: what a .json file holds, or the text of a .csv,
--- .tsv, .txt or .xml file. At the top of a script, or in `configure`.
---@param name string "countries.json"
---@param as? "text" the text of a .json file
---@return any
function lc.data(name, as) end

--- A table whose content the next version of the script finds in its own, after a reload: text, numbers, int64,
--- booleans and tables of these. At the top of a script, once for each file. Each use of the script has its own.
---@generic T: table
---@param defaults? T what is in it at first
---@param options? { shared: boolean? } shared: one table for all uses of the file in the task
---@return T
function lc.kept(defaults, options) end

-- Values --------------------------------------------------------------------------------------------------

---Whether the field or key exists, null or not.
---@param holder lc.Holder|nil
---@param field string|integer
---@return boolean
function lc.has(holder, field) end

---The exact type, or nil when there is no such field.
---@param holder lc.Holder
---@param field string|integer
---@return lc.Type|nil
function lc.type(holder, field) end

---Assigns with exactly this type.
---@param holder lc.Holder
---@param field string|integer
---@param value lc.Value
---@param type lc.Type
function lc.put(holder, field, value, type) end

---Copies a cell with its exact type; containers are copied deeply.
---@param holder lc.Holder
---@param field string|integer
---@param from lc.Holder
---@param from_field string|integer
function lc.assign(holder, field, from, from_field) end

---As `lc.assign` without the deep copy: don't use the source again.
---@param holder lc.Holder
---@param field string|integer
---@param from lc.Holder
---@param from_field string|integer
function lc.move(holder, field, from, from_field) end

---Removes a key of a map; false when there was none.
---@param map lc.Map
---@param name string
---@return boolean
function lc.remove(map, name) end

---Fields in their order.
---@param container lc.Map|lc.Struct|lc.List
---@return fun(container: any, at: any): any, any
---@return any
---@return any
function lc.pairs(container) end

---@param list lc.List|lc.Records|lc.Headers|table
---@return fun(list: any, i: integer): integer?, any
---@return any
---@return integer
function lc.ipairs(list) end

---Number of fields or items.
---@param container lc.Map|lc.Struct|lc.List
---@return integer
function lc.size(container) end

---A new, empty map in the current batch.
---@return lc.Map
function lc.map() end

---A new, empty list in the current batch.
---@return lc.List
function lc.list() end

---A new struct in the current batch; its fields are null.
---@param schema lc.Schema
---@return lc.Struct
function lc.struct(schema) end

---A further record made from this one, for results of several records.
---@param record lc.Record
---@return lc.Record
function lc.copy(record) end

---Connect's Cast on a cell, in place.
---@param holder lc.Holder
---@param field string|integer
---@param type "boolean"|"int8"|"int16"|"int32"|"int64"|"float32"|"float64"|"string"
---@param schema? lc.Schema the value's, when the holder has another
function lc.cast(holder, field, type, schema) end

---A Lua table, deeply. Costs what tables cost: not for every record.
---@param value any
---@return any
function lc.totable(value) end

---Reads a struct's field without its schema's default.
---@param holder lc.Holder
---@param field string|integer
---@return any
function lc.raw(holder, field) end

---Java's `equals` of two cells.
---@param holder lc.Holder
---@param field string|integer
---@param from lc.Holder
---@param from_field string|integer
---@return boolean
function lc.equals(holder, field, from, from_field) end

---Java's `toString` of a cell, or of the record itself without `field`.
---@param holder lc.Holder
---@param field? string|integer
---@return string
function lc.text(holder, field) end

---Java's class name of a value, for messages; of the record itself without `field`.
---@param holder lc.Holder
---@param field? string|integer
---@return string
function lc.java_class(holder, field) end

---A holder of one cell "value". Made in `configure` it outlives batches.
---@return lc.Box
function lc.box() end

---Whether the record comes from a topic.
---@param record lc.Record
---@return boolean
function lc.is_sink(record) end

-- Waiting ----------------------------------------------------------------------------------------------------

---Runs a function as a coroutine on the task's own thread, while hooks wait and at their end. At most 1000 at once.
---@param fn fun(...)
---@param ... any what it is called with
---@return lc.Job
function lc.spawn(fn, ...) end

---Waits, without using up the script's time, and lets coroutines run. False when the task was asked to stop.
---@param ms number
---@return boolean
function lc.sleep(ms) end

---Calls a function once, after so many milliseconds.
---@param ms number
---@param fn fun(...)
---@param ... any
---@return lc.Job
function lc.timer(ms, fn, ...) end

---Calls a function every so many milliseconds.
---@param ms number
---@param fn fun(...)
---@param ... any
---@return lc.Job
function lc.every(ms, fn, ...) end

---`poll` is called again, however long it asked to be left alone.
function lc.wake() end

---How long to wait before each attempt: more each time, a part of it left to chance.
---@param spec? {initial_ms: number?, max_ms: number?, factor: number?, jitter: number?}
---@return lc.Backoff
function lc.backoff(spec) end

---@class lc.Job
local job = {}

---True once it ended; false when the time is over or the task was asked to stop.
---@param ms? number
---@return boolean
function job:wait(ms) end

---@return boolean
function job:is_done() end

---It doesn't go on after its present wait.
function job:cancel() end

---@class lc.Backoff
local backoff = {}

---Milliseconds.
---@return number
function backoff:next() end

---After a success.
function backoff:reset() end

-- Outcomes ------------------------------------------------------------------------------------------------

---Fails with one of Connect's exceptions: "DataException", "ConfigException", …
---@param class string
---@param message? string
function lc.raise(class, message) end

---Fails as retriable: `errors.retry.timeout` decides for a transform, `put` is called again.
---@param message? string
function lc.retry(message) end

---@class lc.Idle

---What `poll` returns when it has nothing now.
---@param ms number
---@return lc.Idle
function lc.idle(ms) end

---What `poll` returns when it will never have more.
---@return lc.Idle
function lc.done() end

-- Reshaping -----------------------------------------------------------------------------------------------

---@alias lc.Reshape
---| fun(value: lc.Map|lc.Struct, cfg: any): lc.Map|lc.Struct
---| fun(record: lc.Record, side: "key"|"value", cfg: any, target?: "key"|"value"): lc.Map|lc.Struct

---A change of fields, decided once per shape and then run in C.
---@param decide fun(from: lc.ReshapeFrom, cfg: any, to: lc.ReshapeTo)
---@return lc.Reshape
function lc.reshaper(decide) end

---@class lc.ReshapeField
---@field name string
---@field schema lc.Schema|nil
---@field type string what the value was when the plan was made; only for deciding to raise
---@field path integer[]
---@field nested fun(): lc.ReshapeFrom|nil

---@class lc.ReshapeFrom
---@field schema lc.Schema|nil
---@field fields lc.ReshapeField[]
---@field path integer[]

---@class lc.ReshapeTo
local to = {}

---Takes name, version, doc and parameters of a schema; with `whole` also optional and default.
---@param schema lc.Schema|nil
---@param whole? boolean
function to:like(schema, whole) end

---Sets build keys of the result's schema.
---@param changes lc.SchemaSpec
function to:set(changes) end

---@param field lc.ReshapeField
---@param name string
---@param options? lc.Schema|{schema: lc.Schema?, raw: boolean?, copy: boolean?, plain: boolean?, check: boolean?}
function to:take(field, name, options) end

---@param name string
---@param value lc.Value|lc.Box
---@param schema? lc.Schema
function to:constant(name, value, schema) end

-- Helpers of transforms of fields -------------------------------------------------------------------------

---The map in a cell; otherwise fails as Connect's transforms do, which name their purpose.
---@param holder lc.Holder
---@param field string|integer
---@param purpose string such as "field insertion"
---@return lc.Map
function lc.require_map(holder, field, purpose) end

---@param holder lc.Holder
---@param field string|integer
---@param purpose string
---@return lc.Struct
function lc.require_struct(holder, field, purpose) end

---The keys of a table of names in the order in which Java's HashMap would give them.
---@param set table<string, any>
---@param put? string[] the names in the order in which they were put there
---@return string[]
function lc.hash_order(set, put) end

---The way to a nested field. With "V2" dots separate names; otherwise the text is one name.
---@param text string
---@param version? string
---@return lc.Path
function lc.path(text, version) end

---@class lc.PathTree
---@field leaves table<string, any> what belongs to the fields themselves
---@field inner table<string, lc.PathTree> the fields inside of fields
---@field names string[] all names in order

---Fields by the containers that they are in.
---@param paths table texts, pairs of a text and anything, or anything by text
---@param version string|nil
---@return lc.PathTree
function lc.path_tree(paths, version) end

---@class lc.Path
---@field last string the name at the end
---@field outer string[] the names before it
local path = {}

---The container and the last name, or nil where something on the way is missing or null.
---@param holder lc.Holder
---@param field string|integer
---@return lc.Map|nil container
---@return string|nil name
function path:place(holder, field) end

---The schema of the field at the end, or nil.
---@param schema lc.Schema
---@return lc.Schema|nil
function path:schema(schema) end

---The map that has the last name, and that name; nil when something on the way is absent or null.
---@param holder lc.Holder
---@param field string|integer
---@return lc.Map|nil
---@return string|nil
function path:map(holder, field) end

---@param holder lc.Holder
---@param field string|integer
---@return lc.Struct|nil
---@return string|nil
function path:struct(holder, field) end

---@class lc.FieldChange
---@field field string
---@field schema? lc.Schema|fun(old: lc.Schema|nil): lc.Schema|nil
---@field add? boolean it may be missing
---@field drop? boolean

---A function that gets a struct ready for fields that change; of maps only what is dropped goes.
---@param changes lc.FieldChange[]
---@param version string|nil
---@return fun(record: lc.Record, side: "key"|"value")
function lc.field_changes(changes, version) end

---A function that edits each of the fields that isn't null, or the whole key or value without fields.
---@param options {fields: string[], version: string|nil, schema: lc.Schema|(fun(old: lc.Schema|nil): lc.Schema|nil)|nil, edit: fun(holder: lc.Holder, name: string)}
---@return fun(record: lc.Record, side: "key"|"value")
function lc.cell_editor(options) end

---A function of a record from a Lua expression over its parts.
---@param text string
---@return fun(record: lc.Record): any
function lc.expression(text) end

---A function that gives the digest of bytes: sha256, sha512, blake2b, blake2b-256 or siphash.
---@param name string
---@param key string|nil
---@return fun(bytes: string, form: "hex"|nil): string
function lc.hash(name, key) end

---A function that calls f(item, a, b, c) for each item that the list has now, without a loop.
---@param items any[]
---@param f fun(item: any, a: any, b: any, c: any)
---@return fun(a: any, b: any, c: any)
function lc.for_each(items, f) end

-- Regular expressions -------------------------------------------------------------------------------------

---@class lc.Regex
local regex = {}

---Whether the whole text matches.
---@param text string
---@return boolean
function regex:matches(text) end

---The groups of the first match, the whole of it at 0, named ones also by their names.
---@param text string
---@return table<integer|string, string>|nil
function regex:find(text) end

---Each match: its groups, its first and its last byte.
---@param text string
---@return fun(): table<integer|string, string>|nil, integer|nil, integer|nil
function regex:gmatch(text) end

---Every match replaced by a text as it is, or by what a function makes of its groups; nil keeps it.
---@param text string
---@param by any
---@param most? integer
---@return string
---@return integer count
function regex:gsub(text, by, most) end

---The parts between matches.
---@param text string
---@param most? integer how many parts at most
---@return string[]
function regex:split(text, most) end

---@param text string
---@param replacement string with $1 and so on, as in Java
---@return string
function regex:replace_first(text, replacement) end

---@param text string
---@param replacement string
---@return string
function regex:replace_all(text, replacement) end

---A regular expression in Java's syntax.
---@param pattern string
---@return lc.Regex
function lc.regex(pattern) end

---An exact number of a text, a number, an int64 or another decimal. It may be kept beyond its batch.
---@param x any
---@return lc.Decimal
function lc.decimal(x) end

---@param x any
---@return boolean
function lc.is_decimal(x) end

return lc
