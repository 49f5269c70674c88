local lc = require "lc"

-- Removes every header with one of the given names.
return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.DropHeaders" },
  version = "4.1.0",
  config = {
    headers = lc.config.list { doc = "The names of the headers to be removed.", required = true,
                               importance = "high", valid = "non-empty list" },
  },
  apply = function(record, cfg)
    for _, name in ipairs(cfg.headers) do record.headers:remove(name) end
    return record
  end,
}
