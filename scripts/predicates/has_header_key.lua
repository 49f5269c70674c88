local lc = require "lc"

-- True for records with a header of the given name.
return lc.predicate {
  aliases = { "org.apache.kafka.connect.transforms.predicates.HasHeaderKey" },
  version = "4.1.0",
  doc = "True for records with a header of the given name.",
  config = {
    name = lc.config.string { doc = "The name of the header.", required = true, importance = "medium",
                              valid = "non-empty" },
  },
  test = function(record, cfg) return cfg.name ~= nil and record.headers:has(cfg.name) end,
}
