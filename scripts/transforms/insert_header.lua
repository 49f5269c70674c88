local lc = require "lc"

-- Appends a header with a fixed value, read once by Connect's rules for literals ("1" is an int8).
return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.InsertHeader" },
  version = "4.1.0",
  doc = "Adds a header with a fixed value.",
  config = {
    header = lc.config.string { doc = "The name of the header.", required = true, importance = "high",
                                valid = "non-null" },
    ["value.literal"] = lc.config.string { doc = "The value of the header, as a literal.", required = true,
                                           importance = "high", valid = "non-null" },
  },
  configure = function(cfg)
    local box, schema = lc.values.parse(cfg["value.literal"])
    return { name = cfg.header, box = box, schema = schema }
  end,
  apply = function(record, cfg)
    lc.assign(record.headers:add(cfg.name, cfg.schema), "value", cfg.box, "value")
    return record
  end,
}
