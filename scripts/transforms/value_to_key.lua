local lc = require "lc"

-- Makes a new key of fields of the value.
local function find(from, path)
  for i = 1, #path.outer + 1 do
    local found, name = nil, path.outer[i] or path.last
    for _, field in ipairs(from.fields) do
      if field.name == name then found = field end
    end
    if not path.outer[i] then return found end
    from = found and found.nested()
    if not from then return nil end
  end
end

local key_of = lc.reshaper(function(from, cfg, to)
  local taken = {}
  for i, name in ipairs(cfg.fields) do
    local field = find(from, cfg.paths[i])
    if field then
      to:take(field, name, { raw = cfg.raw, copy = true })
    elseif from.schema then
      lc.raise("DataException", "Field does not exist: " .. name)
    else
      to:constant(name, nil)
    end
    if from.schema and taken[name] then
      lc.raise("SchemaBuilderException", "Cannot create field because of field name duplication " .. name)
    end
    taken[name] = true
  end
end)

-- Of maps by the ways to nested fields, which a plan couldn't know.
local function copy_nested(part, key, record)
  local container, name = part.path:place(record, "value")
  if container ~= nil and lc.has(container, name) then
    lc.assign(key, part.name, container, name)
  else
    key[part.name] = nil
  end
end

local function set_nested_key(record, cfg)
  local key = lc.map()
  cfg.copy_nested(key, record)
  record.key, record.key_schema = key, nil
  return record
end

return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.ValueToKey" },
  version = "4.1.0",
  doc = "Makes a new key of fields of the value.",
  config = {
    fields = lc.config.list { doc = "The fields of the value that make the key.", required = true, importance = "high",
                              valid = "non-empty-list" },
    ["replace.null.with.default"] = lc.config.replace_null(),
    ["field.syntax.version"] = lc.config.field_syntax_beyond_kafka(),
  },
  configure = function(cfg)
    local syntax, paths, parts = cfg["field.syntax.version"], {}, {}
    for i, name in ipairs(cfg.fields) do
      paths[i] = lc.path(name, syntax)
      parts[i] = { name = name, path = paths[i] }
    end
    return {
      fields = cfg.fields, paths = paths,
      copy_nested = syntax:upper() == "V2" and lc.for_each(parts, copy_nested),
      raw = not cfg["replace.null.with.default"],
    }
  end,
  apply = function(record, cfg)
    local require_it = record.value_schema == nil and lc.require_map or lc.require_struct
    require_it(record, "value", "copying fields from value to key")
    if cfg.copy_nested and record.value_schema == nil then return set_nested_key(record, cfg) end
    key_of(record, "value", cfg, "key")
    return record
  end,
}
