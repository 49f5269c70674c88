local lc = require "lc"

-- Removes every header with one of the given names.
return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.DropHeaders" },
  version = "4.1.0",
  doc = "Drops headers by name.",
  config = {
    headers = lc.config.list { doc = "The names of the headers to be removed.", required = true, importance = "high",
                               valid = "non-empty-list" },
  },
  configure = function(cfg)
    return { drop = lc.for_each(cfg.headers, function(name, headers) headers:remove(name) end) }
  end,
  apply = function(record, cfg)
    cfg.drop(record.headers)
    return record
  end,
}
