local lc = require "lc"

-- Debezium's change events become the row as it is after the change; deletes and tombstones are handled as the settings
-- say.

-- "op, source.ts_ms:time" as what to read and what to call it.
local homes = { op = false, ts_ms = false, id = "transaction", total_order = "transaction",
                data_collection_order = "transaction", updateDescription = "updateDescription" }

local function reference(entry, prefix)
  local text, alias, rest = entry:match("^([^:]*):?([^:]*)(.*)$")
  if rest ~= "" then lc.raise("IllegalArgumentException", "Unexpected field name: " .. entry) end
  local struct, name = text:match("^([^.]*)%.([^.]*)")
  local is_short = not struct
  if is_short then
    name, struct = text, homes[text]
    if struct == nil then struct = "source" end
  end
  if alias == "" then alias = is_short and name or struct .. "_" .. name end
  return { field = name, struct = struct or nil, name = prefix .. alias }
end

local function references(list, prefix)
  local parsed = {}
  for i, entry in ipairs(list) do parsed[i] = reference(entry, prefix) end
  return parsed
end

-- For one schema of envelopes: the references that lead somewhere, with the schemas of what they add.
local function resolve(list, envelope)
  local found = {}
  for _, ref in ipairs(list) do
    local parent = envelope
    if ref.struct then parent = envelope.field[ref.struct] end
    if parent == nil then lc.raise("DataException", "the envelope has no struct " .. ref.struct) end
    local is_inside = ref.struct and parent.field[ref.field] ~= nil
    local schema = parent.field[ref.field] or envelope.field[ref.field]
    if schema ~= nil then
      found[#found + 1] = {
        name = ref.name, field = ref.field, struct = ref.struct, is_inside = is_inside,
        schema = lc.schema.with(schema, { optional = true, default = lc.schema.none }),
      }
    end
  end
  return found
end

-- Puts what a reference leads to; null where the struct is missing, as that of a transaction often is.
local function copy(ref, holder, field, envelope)
  local parent = envelope
  if ref.struct then
    if lc.type(envelope, ref.struct) == "null" then return end
    if ref.is_inside then parent = envelope[ref.struct] end
  end
  lc.assign(holder, field, parent, ref.field)
end

local function add_field(ref, row, envelope) copy(ref, row, ref.name, envelope) end
local function add_header(ref, record, envelope)
  copy(ref, record.headers:add(ref.name, ref.schema), "value", envelope)
end

local row_of = lc.reshaper(function(from, how, to)
  to:like(from.schema)
  for _, field in ipairs(from.fields) do to:take(field, field.name, { raw = how.raw }) end
  if how.deleted then to:constant("__deleted", how.deleted, lc.schema.optional(lc.string)) end
  for _, ref in ipairs(how.added) do to:constant(ref.name, nil, ref.schema) end
end)

local function known(cfg, schema)
  local about = cfg.by_schema[schema]
  if about then return about end
  local added = resolve(cfg.fields, schema)
  about = {
    kept = { added = added, deleted = cfg.rewrite and "false" or nil, raw = cfg.raw },
    deleted = { added = added, deleted = "true", raw = cfg.raw },
    add_fields = lc.for_each(added, add_field), add_headers = lc.for_each(resolve(cfg.headers, schema), add_header),
  }
  cfg.by_schema[schema] = about
  return about
end

-- Dropping fields that a header names.

local without = lc.reshaper(function(from, dropped, to)
  to:like(from.schema)
  for _, field in ipairs(from.fields) do
    if not dropped[field.name] then to:take(field, field.name) end
  end
end)

local MOST_KNOWN = 200

local function dropped_of(cfg, schema, names)
  local text, dropped, any = lc.json.write(names, "value"), {}, false
  local by_names = cfg.drops[schema]
  if by_names and by_names[text] then return by_names[text] end
  for _, name in lc.ipairs(names.value) do
    local field = schema.field[name]
    if not cfg.compatible or (field ~= nil and field.optional) then dropped[name], any = true, true end
  end
  dropped = { names = any and dropped or false }
  if cfg.drop_count < MOST_KNOWN then
    cfg.drop_count = cfg.drop_count + 1
    by_names = by_names or {}
    by_names[text] = dropped
    cfg.drops[schema] = by_names
  end
  return dropped
end

local function drop_from(record, cfg, side, names)
  if lc.type(record, side) ~= "struct" then return end
  local dropped = dropped_of(cfg, record[side .. "_schema"], names)
  if dropped.names then without(record, side, dropped.names) end
end

local function drop_fields(record, cfg)
  local names = nil
  for _, header in ipairs(record.headers) do
    if header.name == cfg.drop_header then
      names = header
      break
    end
  end
  if names == nil or lc.type(names, "value") ~= "array" or #names.value == 0 then return end
  if cfg.drop_from_key then drop_from(record, cfg, "key", names) end
  drop_from(record, cfg, "value", names)
end

-- Events.

local function route(record, cfg, row)
  local topic = row[cfg.route]
  if topic ~= nil and topic:find("%S") then record.topic = topic end
end

local function tombstone(record, cfg)
  if cfg.drops_tombstones then return nil end
  for _, ref in ipairs(cfg.headers) do
    if ref.field == "op" then record.headers:add(ref.name, lc.string).value = "d" end
  end
  return record
end

local function unwrap(record, cfg, schema, envelope)
  local about = known(cfg, schema)
  about.add_headers(record, envelope)
  local is_delete = lc.type(envelope, "after") == "null"
  local side = is_delete and "before" or "after"
  if lc.type(envelope, side) == "null" then return nil end -- a table was emptied
  if is_delete and cfg.deletes == "drop" then return nil end
  local row = lc.require_struct(envelope, side, "source field insertion")
  if cfg.route then route(record, cfg, row) end
  if is_delete and cfg.deletes ~= "rewrite" then
    record.value = nil
    record.value_schema = cfg.deletes == "none" and schema.field.after or nil
  else
    lc.move(record, "value", envelope, side)
    record.value_schema = schema.field[side]
    about.add_fields(row_of(record, "value", is_delete and about.deleted or about.kept), envelope)
  end
  if cfg.drop_header then drop_fields(record, cfg) end
  return record
end

-- What the two generations of settings mean: what becomes of deletes, and whether tombstones go.
local modes = {
  drop = { "drop", true }, tombstone = { "none", true }, rewrite = { "rewrite", true },
  ["rewrite-with-tombstone"] = { "rewrite", false }, ["delete-to-tombstone"] = { "tombstone", true },
}

local function text(doc, default)
  return lc.config.string { doc = doc, default = default, importance = "low" }
end

return lc.transform {
  aliases = { "io.debezium.transforms.ExtractNewRecordState" },
  version = "3.0.8.Final",
  doc = "Takes the row out of Debezium's change events.",
  config = {
    ["drop.tombstones"] = lc.config.boolean { doc = "Whether tombstones are dropped.", default = true, importance = "low" },
    ["delete.handling.mode"] = lc.config.string {
      doc = "What deletes become: drop removes them, none leaves a record without value, rewrite keeps the row as it was. "
        .. "With rewrite all rows get a field __deleted.",
      default = "drop", valid = { "drop", "none", "rewrite", ignore_case = true } },
    ["delete.tombstone.handling.mode"] = lc.config.string {
      doc = "Both in one, and stronger: drop, tombstone (deletes become records without value, tombstones go), rewrite, "
        .. "rewrite-with-tombstone (tombstones stay) or delete-to-tombstone (without a schema either).",
      validator = function(mode)
        return mode == nil or modes[mode:lower()] ~= nil or "Value must be one of drop, tombstone, rewrite, "
          .. "rewrite-with-tombstone, delete-to-tombstone"
      end },
    ["route.by.field"] = text("The field of the row whose content becomes the topic.", ""),
    ["add.fields.prefix"] = text("What the names of added fields begin with.", "__"),
    ["add.fields"] = lc.config.list {
      doc = "Parts of the event to add to the row, as op,table,source.ts_ms,transaction.id; a new name follows a colon.",
      default = {}, importance = "low" },
    ["add.headers.prefix"] = text("What the names of added headers begin with.", "__"),
    ["add.headers"] = lc.config.list { doc = "Parts of the event to add as headers.", default = {}, importance = "low" },
    ["drop.fields.header.name"] = text("A header that has a list of the fields to drop."),
    ["drop.fields.from.key"] = lc.config.boolean { doc = "Whether these are dropped from the key as well.", default = false,
                                                   importance = "low" },
    ["drop.fields.keep.schema.compatible"] = lc.config.boolean {
      doc = "Whether only optional fields are dropped.", default = true, importance = "low" },
    ["replace.null.with.default"] = lc.config.boolean {
      doc = "Whether rewriting replaces nulls by the defaults of their fields.", default = true, importance = "low" },
  },
  configure = function(cfg)
    local mode = cfg["delete.tombstone.handling.mode"]
    local deletes, drops_tombstones = cfg["delete.handling.mode"]:lower(), cfg["drop.tombstones"]
    if mode and mode ~= "" then deletes, drops_tombstones = unpack(modes[mode:lower()]) end
    local is_rewrite, header = deletes == "rewrite", cfg["drop.fields.header.name"]
    return {
      deletes = deletes, drops_tombstones = drops_tombstones, rewrite = is_rewrite,
      raw = not (is_rewrite and cfg["replace.null.with.default"]), by_schema = {}, drops = {}, drop_count = 0,
      fields = references(cfg["add.fields"], cfg["add.fields.prefix"]),
      headers = references(cfg["add.headers"], cfg["add.headers.prefix"]),
      route = cfg["route.by.field"] ~= "" and cfg["route.by.field"] or nil,
      drop_header = header and header:find("%S") and header or nil, drop_from_key = cfg["drop.fields.from.key"],
      compatible = cfg["drop.fields.keep.schema.compatible"],
    }
  end,
  apply = function(record, cfg)
    if lc.type(record, "value") == "null" then return tombstone(record, cfg) end
    local schema = record.value_schema
    if schema == nil or schema.name == nil or schema.name:sub(-9) ~= ".Envelope" then return record end
    return unwrap(record, cfg, schema, lc.require_struct(record, "value", "source field insertion"))
  end,
}
