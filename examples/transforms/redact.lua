local lc = require "lc"

-- Replaces chosen fields by a fixed text, so that personal data never leaves the worker.
return lc.transform {
  config = {
    fields = lc.config.list { doc = "Names of the fields to replace", required = true },
    with = lc.config.string { doc = "Text written in their place", default = "***" },
  },
  apply = function(record, cfg)
    for _, name in ipairs(cfg.fields) do
      if lc.has(record.value, name) then record.value[name] = cfg.with end
    end
    return record -- returning nil would drop it
  end,
}
