local lc = require "lc"

-- Sends each record to a topic named after one of its fields ("orders" and region "eu" give "orders-eu"),
-- and drops records of regions that nobody reads.
return lc.transform {
  config = {
    field = lc.config.string { doc = "Field that decides", required = true },
    drop = lc.config.list { doc = "Values of the field whose records are dropped", default = {} },
  },

  -- Runs once. What it returns is the second argument of apply.
  configure = function(cfg)
    local dropped = {}
    for _, value in ipairs(cfg.drop) do dropped[value] = true end
    return { field = cfg.field, dropped = dropped }
  end,

  apply = function(record, cfg)
    local value = record.value
    if not lc.has(value, cfg.field) then lc.raise("DataException", "the record has no field " .. cfg.field) end
    local region = tostring(value[cfg.field])
    if cfg.dropped[region] then return nil end
    record.topic = record.topic .. "-" .. region
    return record
  end,
}
