local lc = require "lc"

-- Adds a header with the age of each record in milliseconds, and drops those that are too old.
return lc.transform {
  config = {
    header = lc.config.string { doc = "Name of the header", default = "age.ms" },
    most = lc.config.duration { doc = "Older records are dropped", default = "1d" },
  },
  apply = function(record, cfg)
    if record.timestamp == nil then return record end
    local age = lc.time.now() - record.timestamp
    if age > cfg.most then return nil end
    record.headers:add(cfg.header).value = age
    return record
  end,
}
