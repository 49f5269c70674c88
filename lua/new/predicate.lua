local lc = require "lc"

-- Says in one sentence which records it is true for.
return lc.predicate {
  version = "1.0.0",
  config = {
    field = lc.config.string { doc = "Name of the field that must be there", default = "id" },
  },
  test = function(record, cfg)
    return record.value ~= nil and lc.has(record.value, cfg.field)
  end,
}
