---@meta lc.tools
error("annotations for editors: never loaded")

---@class lc.values
local values = {}

---Connect's Values: the literal as the type that it looks like.
---@param text string
---@return lc.Box value
---@return lc.Schema|nil schema
function values.parse(text) end

---Converts a cell in place.
---@param holder lc.Holder
---@param field string|integer
---@param target "boolean"|"byte"|"short"|"integer"|"long"|"float"|"double"|"string"|"list"|"map"|"struct"|"time"|"date"|"timestamp"
function values.convert(holder, field, target) end

---The schema that Connect infers from a value.
---@param holder lc.Holder
---@param field string|integer
---@return lc.Schema|nil
function values.infer(holder, field) end

---Milliseconds and texts as Java's SimpleDateFormat has them.
---@class lc.TimeFormat
local format = {}

---@param ms number
---@return string
function format:write(ms) end

---@param text string
---@return number|nil milliseconds nil when the text doesn't fit
function format:parse(text) end

---Also the schema of Connect's Time: an int32 of milliseconds in a day.
---@class lc.time : lc.Schema
local time = {}

---@param pattern string
---@return lc.TimeFormat
function time.format(pattern) end

---@class lc.TimeZone
local zone = {}

---What to add to UTC at this time of UTC, in milliseconds.
---@param ms number
---@return number
function zone:offset(ms) end

---The same for a local time.
---@param ms number
---@return number
function zone:local_offset(ms) end

---@param name string of the tz database, or an offset such as "+02:00"
---@return lc.TimeZone
function time.zone(name) end

---Milliseconds since 1970.
---@return number
function time.now() end

---Milliseconds as ISO 8601 in UTC: "2023-11-14T22:13:20.123Z".
---@param ms number
---@return string
function time.iso(ms) end

---Milliseconds of an ISO 8601 date, or date and time; without a zone it is UTC.
---@param text string
---@return number|nil milliseconds nil when the text is none
function time.from_iso(text) end

---@class lc.hex
local hex = {}

---@param bytes string
---@return string
function hex.encode(bytes) end

---@param text string
---@return string|nil bytes nil when the text isn't hexadecimal
function hex.decode(text) end

---@class lc.uuid
local uuid = {}

---A random one: version 4.
---@return string
function uuid.random() end

---One that sorts by the time it was made: version 7.
---@return string
function uuid.ordered() end

---Whether a value is the text of a UUID.
---@param text any
---@return boolean
function uuid.is(text) end

---@alias lc.TimeForm "string"|"unix"|"Date"|"Time"|"Timestamp"

---TimestampConverter on a cell, in place.
---@param options {target: lc.TimeForm, format: string|lc.TimeFormat|nil, precision: "seconds"|"milliseconds"|"microseconds"|"nanoseconds"|nil}
---@return fun(holder: lc.Holder, field: string|integer, source: lc.TimeForm?)
function time.converter(options) end

---@class lc.base64
local base64 = {}
---@param bytes string
---@return string
function base64.encode(bytes) end
---@param text string
---@return string|nil
function base64.decode(text) end

---An exact number, as Java's BigDecimal. `+ - * / % ^` and comparison work with other decimals, whole numbers and int64.
---@class lc.Decimal
local decimal = {}

---@alias lc.Rounding "UP"|"DOWN"|"CEILING"|"FLOOR"|"HALF_UP"|"HALF_DOWN"|"HALF_EVEN"|"UNNECESSARY"

---With this many digits after the point.
---@param scale integer
---@param mode? lc.Rounding HALF_UP unless told
---@return lc.Decimal
function decimal:round(scale, mode) end

---The quotient with this many digits after the point; `/` gives the exact one, or raises.
---@param by any
---@param scale integer
---@param mode? lc.Rounding
---@return lc.Decimal
function decimal:divide(by, scale, mode) end

---Without zeros at the end.
---@return lc.Decimal
function decimal:strip() end

---@return lc.Decimal
function decimal:abs() end

----1, 0 or 1, by value.
---@param other any
---@return integer
function decimal:compare(other) end

---Whether both have the same digits and scale: 1.0 and 1.00 don't.
---@param other any
---@return boolean
function decimal:equals(other) end

---@return integer
function decimal:sign() end

---How many digits there are.
---@return integer
function decimal:precision() end

---How many of them are behind the point.
---@return integer
function decimal:scale() end

---The nearest Lua number.
---@return number
function decimal:tonumber() end

---The exact int64; raises when there is none.
---@return any
function decimal:int64() end

---The text without an exponent.
---@return string
function decimal:plain() end

---The digits without the point.
---@return string
function decimal:unscaled() end

---@class lc.json
local json = {}
---@param text string
---@return any value
---@return string? why_not
function json.decode(text) end
---@param value any
---@return string
function json.encode(value) end

---Puts what the text says into a cell.
---@param text string
---@param holder lc.Holder
---@param field string|integer
---@return true|nil
---@return string? why_not
function json.read(text, holder, field) end

---The text of a cell, or nil when there is no such field.
---@param holder lc.Holder
---@param field string|integer
---@return string|nil
function json.write(holder, field) end

---The schema that what was read has, all of it optional.
---@param holder lc.Holder
---@param field string|integer
---@return lc.Schema|nil
function json.schema(holder, field) end

---Puts what was read somewhere else, as a schema wants it.
---@param from lc.Holder
---@param from_field string|integer
---@param schema lc.Schema
---@param holder lc.Holder
---@param field string|integer
function json.fit(from, from_field, schema, holder, field) end

---Texts as parts of URLs.
---@class lc.url
local url = {}
---@param text string|number
---@return string
function url.encode(text) end
---@param text string
---@return string
function url.decode(text) end
---name=value&…, by names.
---@param values table<string, string|number>
---@return string
function url.query(values) end

---A message and pairs of name and value. Lines carry the connector and task by themselves.
---@class lc.log
local log = {}
---@param message string
---@param ... any
function log.debug(message, ...) end
---@param message string
---@param ... any
function log.info(message, ...) end
---@param message string
---@param ... any
function log.warn(message, ...) end
---@param message string
---@param ... any
function log.error(message, ...) end

---Text as bytes of a charset, and back.
---@class lc.charset
local charset = {}
---What the charset lacks becomes "?".
---@param text string
---@param name string a Java name or alias, such as "ISO-8859-1"
---@return string bytes
function charset.encode(text, name) end
---Malformed bytes become U+FFFD.
---@param bytes string
---@param name string
---@return string text
function charset.decode(bytes, name) end

---A number that rises.
---@class lc.Counter
local counter = {}
---@param n? number 1 without it; never negative
function counter:add(n) end
---@return number
function counter:value() end

---@class lc.Gauge
local gauge = {}
---@param x number
function gauge:set(x) end
---@param x number may be negative
function gauge:add(x) end
---@return number
function gauge:value() end

---@class lc.Histogram
local histogram = {}
---@param x number
function histogram:observe(x) end
---@return number count of values
---@return number sum of them
function histogram:value() end

---Metrics of the task, shown by GET /metrics as kafka_connect_script_<name>. All scripts of a task share them; at most 50.
---@class lc.metrics
local metrics = {}
---@param name string letters, digits and _
---@param help? string
---@return lc.Counter
function metrics.counter(name, help) end
---@param name string
---@param help? string
---@return lc.Gauge
function metrics.gauge(name, help) end
---@param name string
---@param bounds? number[]|string rising upper bounds, at most 20
---@param help? string
---@return lc.Histogram
function metrics.histogram(name, bounds, help) end

---@class lc
---@field values lc.values
---@field time lc.time
---@field base64 lc.base64
---@field hex lc.hex
---@field uuid lc.uuid
---@field url lc.url
---@field json lc.json
---@field log lc.log
---@field metrics lc.metrics
---@field charset lc.charset
