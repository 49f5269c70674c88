local lc = require "lc"

-- Replaces values by digests, with a key (HMAC) or without. Numbers and other values count by their text.
local function bytes_of(holder, name)
  local kind = lc.type(holder, name)
  if kind == "string" or kind == "bytes" then return lc.raw(holder, name) end
  return lc.text(holder, name)
end

local writers = {
  hex = function(digest) return function(bytes) return digest(bytes, "hex") end, "string" end,
  base64 = function(digest) return function(bytes) return lc.base64.encode(digest(bytes)) end, "string" end,
  bytes = function(digest) return digest, "bytes" end,
}

return lc.transform {
  aliases = { "Hash$Key", "Hash$Value" },
  version = "1.0.0",
  doc = "Replaces values by digests, with a key or without.",
  config = {
    fields = lc.config.list { doc = "The fields; without any, the whole key or value.", default = {}, importance = "high" },
    algorithm = lc.config.choice {
      doc = "The digest. With a key, sha256 and sha512 are HMAC; siphash needs a key of 16 bytes.",
      valid = { "sha256", "sha512", "blake2b", "blake2b-256", "siphash" }, default = "sha256", importance = "high" },
    secret = lc.config.password {
      doc = "The key, as a text. Without one anybody can tell by trying which value a digest belongs to.",
      importance = "high" },
    encoding = lc.config.choice { doc = "How a digest is written.", valid = { "hex", "base64", "bytes" }, default = "hex" },
    ["field.syntax.version"] = lc.config.field_syntax(),
  },
  configure = function(cfg)
    local write, kind = writers[cfg.encoding](lc.hash(cfg.algorithm, cfg.secret))
    return {
      side = cfg.side or "value",
      edit = lc.cell_editor {
        fields = cfg.fields, version = cfg["field.syntax.version"],
        schema = function(old) return lc.schema.as_optional_as(lc.schema[kind], old) end,
        edit = function(holder, name) lc.put(holder, name, write(bytes_of(holder, name)), kind) end,
      },
    }
  end,
  apply = function(record, cfg)
    cfg.edit(record, cfg.side)
    return record
  end,
}
