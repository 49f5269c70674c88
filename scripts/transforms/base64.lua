local lc = require "lc"

-- Writes texts and bytes as Base64, or reads them.
local function encode(holder, name)
  local kind = lc.type(holder, name)
  if kind ~= "string" and kind ~= "bytes" then
    lc.raise("DataException", "Base64 needs text or bytes in field " .. name .. ", not " .. lc.java_class(holder, name))
  end
  lc.put(holder, name, lc.base64.encode(lc.raw(holder, name)), "string")
end

-- Each sequence of UTF-8 that is as it should be; what stays of other bytes is no text.
local sequences = {
  "\240[\144-\191][\128-\191][\128-\191]", "[\241-\243][\128-\191][\128-\191][\128-\191]",
  "\244[\128-\143][\128-\191][\128-\191]", "\224[\160-\191][\128-\191]", "[\225-\236\238\239][\128-\191][\128-\191]",
  "\237[\128-\159][\128-\191]", "[\194-\223][\128-\191]",
}

local function is_text(bytes)
  if not bytes:find("[\128-\255]") then return true end
  for _, sequence in ipairs(sequences) do bytes = bytes:gsub(sequence, " ") end
  return not bytes:find("[\128-\255]")
end

local function decoder(kind)
  return function(holder, name)
    local text = lc.type(holder, name) == "string" and lc.base64.decode(lc.raw(holder, name))
    if not text then lc.raise("DataException", "field " .. name .. " is no Base64") end
    if kind == "string" and not is_text(text) then
      lc.raise("DataException", "field " .. name .. " holds bytes that are no text in UTF-8: output=bytes takes them")
    end
    lc.put(holder, name, text, kind)
  end
end

return lc.transform {
  aliases = { "Base64$Key", "Base64$Value" },
  version = "1.0.0",
  doc = "Writes texts and bytes as Base64, or reads them.",
  config = {
    fields = lc.config.list { doc = "The fields; without any, the whole key or value.", default = {}, importance = "high" },
    operation = lc.config.choice { doc = "What to do: encode or decode.", valid = { "encode", "decode" }, default = "encode",
                                   importance = "high" },
    output = lc.config.choice { doc = "What decoding gives: a string or bytes.", valid = { "string", "bytes" },
                                default = "string" },
    ["field.syntax.version"] = lc.config.field_syntax(),
  },
  configure = function(cfg)
    local kind = cfg.operation == "encode" and "string" or cfg.output
    return {
      side = cfg.side or "value",
      edit = lc.cell_editor {
        fields = cfg.fields, version = cfg["field.syntax.version"],
        schema = function(old) return lc.schema.as_optional_as(lc.schema[kind], old) end,
        edit = cfg.operation == "encode" and encode or decoder(kind),
      },
    }
  end,
  apply = function(record, cfg)
    cfg.edit(record, cfg.side)
    return record
  end,
}
