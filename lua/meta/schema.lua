---@meta lc.schema
error("annotations for editors: never loaded")

---An immutable schema. Equal ones are the same object, so they compare with == and serve as table keys.
---@class lc.Schema
---@field id integer
---@field type lc.Type
---@field name string|nil
---@field version integer|nil
---@field doc string|nil
---@field optional boolean
---@field has_default boolean
---@field default any
---@field parameters table<string, string>|nil
---@field keys lc.Schema|nil of a map
---@field values lc.Schema|nil of a map or array
---@field fields {name: string, schema: lc.Schema}[]|nil of a struct
---@field field table<string, lc.Schema>|nil of a struct, by name

---@class lc.SchemaSpec
---@field type? lc.Type
---@field name? string
---@field version? integer
---@field doc? string
---@field optional? boolean
---@field default? any a Lua value, or a box for an exact type
---@field parameters? table<string, string|number>
---@field keys? lc.Schema
---@field values? lc.Schema
---@field fields? lc.FieldSpec[]

---{ name, schema } or { name, schema, optional = true }.
---@class lc.FieldSpec
---@field [1]? string
---@field [2]? lc.Schema
---@field name? string
---@field schema? lc.Schema
---@field optional? boolean

---@class lc.schema
---@field none table in `lc.schema.with`: takes an attribute away
---@field boolean lc.Schema
---@field int8 lc.Schema
---@field int16 lc.Schema
---@field int32 lc.Schema
---@field int64 lc.Schema
---@field float32 lc.Schema
---@field float64 lc.Schema
---@field string lc.Schema
---@field bytes lc.Schema
---@field date lc.Schema
---@field time lc.Schema
---@field timestamp lc.Schema
local schema = {}

---@param spec lc.SchemaSpec
---@return lc.Schema
function schema.build(spec) end

---A schema that differs from `from` in the given attributes.
---@param from lc.Schema
---@param changes lc.SchemaSpec
---@return lc.Schema
function schema.with(from, changes) end

---@param from lc.Schema
---@return lc.Schema
function schema.optional(from) end

---`from`, optional where `old` is.
---@param from lc.Schema
---@param old lc.Schema|nil
---@return lc.Schema
function schema.as_optional_as(from, old) end

---@param from lc.Schema
---@return lc.Schema
function schema.required(from) end

---Name, version, doc and parameters as a build table.
---@param from lc.Schema
---@return lc.SchemaSpec
function schema.basics(from) end

---Copies the default to a cell; false when there is none.
---@param from lc.Schema
---@param holder lc.Holder
---@param field string|integer
---@return boolean
function schema.default(from, holder, field) end

---Java's `toString`.
---@param from lc.Schema|nil
---@return string
function schema.text(from) end

---@param items lc.Schema
---@return lc.Schema
function schema.array(items) end

---@param keys lc.Schema
---@param values lc.Schema
---@return lc.Schema
function schema.map(keys, values) end

---@param name string|nil
---@param fields lc.FieldSpec[]
---@return lc.Schema
function schema.struct(name, fields) end

---Connect's Decimal with this number of digits after the point.
---@param scale integer
---@return lc.Schema
function schema.decimal(scale) end

---@param value any
---@return boolean
function schema.is(value) end

---@class lc
---@field schema lc.schema

return schema
