local lc = require "lc"

-- Says in one sentence what it does to a record.
return lc.transform {
  version = "1.0.0",
  config = {
    field = lc.config.string { doc = "Name of the field that is added", default = "seen" },
  },
  apply = function(record, cfg)
    if record.value == nil then return record end -- a tombstone stays as it is
    record.value[cfg.field] = true
    return record -- returning nil would drop it, an array of records would make several of it
  end,
}
