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

local with_defaults = lc.reshaper(function(from, cfg, to)
  to:like(from.schema, true)
  for _, field in ipairs(from.fields) do
    local check = nil
    if cfg.is_masked[field.name] then check = false end -- it won't stay as it is
    to:take(field, field.name, { raw = cfg.raw, check = check })
  end
end)

return lc.transform {
  aliases = {
    "org.apache.kafka.connect.transforms.MaskField$Key", "org.apache.kafka.connect.transforms.MaskField$Value",
  },
  version = "4.1.0",
  config = {
    fields = lc.config.list { doc = "Names of fields to mask.", required = true, importance = "high",
                              valid = "non-empty-list" },
    replacement = lc.config.string {
      doc = "Custom value replacement, that will be applied to all 'fields' values "
        .. "(numeric or non-empty string values only).",
      importance = "low", valid = "non-empty" },
    ["replace.null.with.default"] = lc.config.replace_null(),
  },
  configure = function(cfg)
    local side, is_masked = cfg.side or "value", {}
    for _, name in ipairs(cfg.fields) do is_masked[name] = true end
    return {
      side = side, schema_side = side .. "_schema", is_masked = is_masked, raw = not cfg["replace.null.with.default"],
      replacement = cfg.replacement, masks = cfg.replacement and masks_of(cfg.replacement) or empty_masks(),
      hide = lc.for_each(cfg.fields, hide),
    }
  end,
  apply = function(record, cfg)
    local side = cfg.side
    if record[cfg.schema_side] == nil then
      cfg.hide(lc.require_map(record, side, "mask fields"), cfg, false)
      return record
    end
    lc.require_struct(record, side, "mask fields")
    cfg.hide(with_defaults(record, side, cfg), cfg, true)
    return record
  end,
}
