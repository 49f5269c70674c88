---@meta lc.config
error("annotations for editors: never loaded")

---@class lc.Definition

---@class lc.DefinitionSpec
---@field doc? string one sentence, shown by the REST API
---@field required? boolean
---@field default? any
---@field importance? "high"|"medium"|"low"
---@field valid? string|any[]|{min: number?, max: number?} choices, a range, "regex", "non-empty" or "non-empty-list"
---@field recommended? any[]|fun(settings: table): any[]|nil values that a user may pick from, as they fit the other settings
---@field visible? fun(settings: table): boolean|nil whether the setting matters, as the others are
---@field group? string settings of one subject
---@field order? integer place in the group; that in the script unless told
---@field width? "none"|"short"|"medium"|"long"
---@field display? string
---@field dependents? string[]
---@field hidden? boolean understood, but not listed
---@field validator? fun(value: any, name: string): string|boolean|nil why the value won't do; nothing when it will

---@class lc.config
local config = {}

---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.string(spec) end

---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.int(spec) end

---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.short(spec) end

---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.long(spec) end

---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.double(spec) end

---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.boolean(spec) end

---An array of strings.
---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.list(spec) end

---A string that the REST API never shows.
---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.password(spec) end

---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.class(spec) end

---Milliseconds, written as "500ms", "10s", "5m", "2h", "1d" or a plain number.
---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.duration(spec) end

---One of the values in `valid`.
---@param spec? lc.DefinitionSpec
---@return lc.Definition
function config.choice(spec) end

---The setting field.syntax.version where Connect's class has none: hidden.
---@return lc.Definition
function config.field_syntax_beyond_kafka() end

---The setting field.syntax.version of Connect's transforms, for `lc.path`.
---@return lc.Definition
function config.field_syntax() end

---The setting replace.null.with.default of Connect's transforms.
---@return lc.Definition
function config.replace_null() end

---@class lc
---@field config lc.config

return config
