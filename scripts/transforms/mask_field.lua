local lc = require "lc"

-- Replaces the values of fields by empty ones (0, "", false …) or by a replacement.

-- What hides values of each type, in boxes.
local function empty_masks()
  local masks = {}
  local function mask(kind, value)
    masks[kind] = lc.box()
    lc.put(masks[kind], "value", value, kind)
  end
  for _, kind in ipairs { "int8", "int16", "int32", "int64", "float32", "float64", "date" } do mask(kind, 0) end
  for _, kind in ipairs { "decimal", "bigint" } do mask(kind, "0") end
  mask("boolean", false)
  mask("string", "")
  mask("array", lc.list())
  mask("map", lc.map())
  return masks
end

local targets = {
  int8 = "byte", int16 = "short", int32 = "integer", int64 = "long", float32 = "float", float64 = "double",
  string = "string",
}

-- The replacement as a value of each type; false where it can't be one.
local function masks_of(replacement)
  local masks = {}
  for kind, target in pairs(targets) do
    local box = lc.box()
    box.value = replacement
    masks[kind] = pcall(lc.values.convert, box, "value", target) and box
  end
  for _, kind in ipairs { "decimal", "bigint" } do
    local box = lc.box()
    masks[kind] = pcall(lc.put, box, "value", replacement, kind) and box
  end
  return masks
end

local function refuse(container, name, cfg, mask)
  local class = lc.java_class(container, name)
  if mask == false then
    lc.raise("DataException", "Unable to convert " .. cfg.replacement .. " (class java.lang.String) to number")
  elseif cfg.replacement then
    lc.raise("DataException", "Cannot mask value of type class " .. class .. " with custom replacement.")
  end
  lc.raise("DataException", "Cannot mask value of type: class " .. class)
end

local function hide(name, container, cfg, in_struct)
  local kind = lc.type(container, name)
  if kind == "null" then return end
  if kind == nil then -- a struct's fields stay as they are, a map gets the name
    if not in_struct then container[name] = nil end
    return
  end
  local mask = cfg.masks[kind]
  if not mask then refuse(container, name, cfg, mask) end
  lc.assign(container, name, mask, "value")
end

local function take_fields(from, cfg, to, tree)
  to:like(from.schema, true)
  for _, field in ipairs(from.fields) do
    local inner, check = tree.inner[field.name], nil
    if tree.leaves[field.name] then check = false end -- it won't stay as it is
    if inner and check == nil then
      to:within(field, field.name, function(inside, into) take_fields(inside, cfg, into, inner) end, { raw = cfg.raw })
    else
      to:take(field, field.name, { raw = cfg.raw, check = check })
    end
  end
end

local with_defaults = lc.reshaper(function(from, cfg, to) take_fields(from, cfg, to, cfg.tree) end)

-- One field by the way to it.
local function hide_nested(path, record, cfg, in_struct)
  local container, name = path:place(record, cfg.side)
  if container ~= nil then hide(name, container, cfg, in_struct) end
end

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.MaskField$Key", "org.apache.kafka.connect.transforms.MaskField$Value",
  },
  version = "4.1.0",
  doc = "Replaces the values of fields by empty ones, or by a replacement.",
  config = {
    fields = lc.config.list { doc = "Names of fields to mask.", required = true, importance = "high",
                              valid = "non-empty-list" },
    replacement = lc.config.string {
      doc = "Custom value replacement, that will be applied to all 'fields' values "
        .. "(numeric or non-empty string values only).",
      importance = "low", valid = "non-empty" },
    ["replace.null.with.default"] = lc.config.replace_null(),
    ["field.syntax.version"] = lc.config.field_syntax_beyond_kafka(),
  },
  configure = function(cfg)
    local side, syntax, paths = cfg.side or "value", cfg["field.syntax.version"], {}
    for i, name in ipairs(cfg.fields) do paths[i] = lc.path(name, syntax) end
    return {
      side = side, schema_side = side .. "_schema", tree = lc.path_tree(cfg.fields, syntax),
      nested = syntax:upper() == "V2" and lc.for_each(paths, hide_nested), raw = not cfg["replace.null.with.default"],
      replacement = cfg.replacement, masks = cfg.replacement and masks_of(cfg.replacement) or empty_masks(),
      hide = lc.for_each(cfg.fields, hide),
    }
  end,
  apply = function(record, cfg)
    local side = cfg.side
    if record[cfg.schema_side] == nil then
      local map = lc.require_map(record, side, "mask fields")
      if cfg.nested then cfg.nested(record, cfg, false) else cfg.hide(map, cfg, false) end
      return record
    end
    lc.require_struct(record, side, "mask fields")
    local struct = with_defaults(record, side, cfg)
    if cfg.nested then cfg.nested(record, cfg, true) else cfg.hide(struct, cfg, true) end
    return record
  end,
}
