local lc = require "lc"

-- Drops every record it sees: give it a predicate.
return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.Filter" },
  version = "4.1.0",
  doc = "Drops every record; use it with a predicate.",
  apply = function() return nil end,
}
