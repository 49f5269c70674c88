---@meta lc.record
error("annotations for editors: never loaded")

---A view of a record. It lives as long as its batch.
---@class lc.Record
---@field topic string|nil
---@field partition integer|nil
---@field timestamp integer|nil milliseconds since 1970
---@field timestamp_type "NoTimestampType"|"CreateTime"|"LogAppendTime" read-only
---@field offset integer|nil read-only; sink records only
---@field original_topic string|nil read-only; sink records only: before any transform
---@field original_partition integer|nil read-only; sink records only
---@field original_offset integer|nil read-only; sink records only
---@field key any
---@field value any
---@field key_schema lc.Schema|nil
---@field value_schema lc.Schema|nil
---@field headers lc.Headers
---@field source_partition lc.Map|nil read-only
---@field source_offset lc.Map|nil read-only

---The records of a sink's batch.
---@class lc.Records
---@field [integer] lc.Record
---@operator len: integer

---A map with text keys and no schema: `map.name`. A field that is null reads as nil, as does one that is missing.
---@class lc.Map
---@field [string] any

---A struct with a schema: `struct.name`.
---@class lc.Struct
---@field [string] any

---@class lc.List
---@field [integer] any
---@operator len: integer

---@class lc.Decimal
local decimal = {}
---@return number
function decimal.tonumber() end

---@class lc.Box
---@field value any

---@class lc.Header
---@field name string read-only
---@field value any
---@field schema lc.Schema|nil

---@class lc.Headers
---@field [integer] lc.Header
---@operator len: integer
local headers = {}

---Appends a header with a null value and returns it.
---@param name string
---@param schema? lc.Schema
---@return lc.Header
function headers:add(name, schema) end

---Removes every header of that name; false when there was none.
---@param name string
---@return boolean
function headers:remove(name) end

---@param name string
---@return boolean
function headers:has(name) end

---The last header of that name.
---@param name string
---@return lc.Header|nil
function headers:find(name) end
