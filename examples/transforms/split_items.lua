local lc = require "lc"

-- Makes one record of each item in a list: an order with three items becomes three records. The other fields
-- stay on each of them. A record without the list, or with an empty one, passes as it is.
return lc.transform {
  config = {
    list = lc.config.string { doc = "Field with the list", default = "items" },
    item = lc.config.string { doc = "Field that gets one item", default = "item" },
  },
  apply = function(record, cfg)
    local value = record.value
    if record.value_schema ~= nil or not lc.has(value, cfg.list) then return record end
    local items = value[cfg.list]
    local count = items ~= nil and #items or 0
    if count == 0 then return record end

    local parts = {}
    for i = 1, count do
      local part = lc.copy(record)
      lc.assign(part.value, cfg.item, part.value[cfg.list], i)
      lc.remove(part.value, cfg.list)
      part.headers:add("item").value = i
      parts[i] = part
    end
    return parts
  end,
}
