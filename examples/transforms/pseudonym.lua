local lc = require "lc"

-- Replaces fields that tell who somebody is by a digest: the same person stays the same, but nobody reads who it is.
return lc.transform {
  config = {
    fields = lc.config.list { doc = "Names of the fields to replace", required = true },
    key = lc.config.password { doc = "Secret of the digest: without it names could be guessed", required = true },
    length = lc.config.int { doc = "Characters of the digest to keep", default = 16, valid = { min = 8, max = 64 } },
  },
  configure = function(cfg)
    return { fields = cfg.fields, length = cfg.length, digest = lc.hash("sha256", cfg.key) }
  end,
  apply = function(record, cfg)
    local value = record.value
    for _, name in ipairs(cfg.fields) do
      local found = value[name]
      if found ~= nil then value[name] = cfg.digest(tostring(found), "hex"):sub(1, cfg.length) end
    end
    return record
  end,
}
