local lc = require "lc"

-- Keeps or drops records by an expression.
return lc.transform {
  aliases = { "FilterExpression" },
  version = "1.0.0",
  doc = "Keeps or drops records by an expression.",
  config = {
    condition = lc.config.string {
      doc = "A Lua expression over value, key, topic, partition, timestamp, offset and header(name), such as "
        .. "value.amount > 100 and topic ~= 'test'.",
      required = true, importance = "high", validator = function(text) lc.expression(text) end },
    action = lc.config.choice { doc = "Whether records for which it is true are kept, or dropped.",
                                valid = { "keep", "drop" }, default = "keep", importance = "high" },
    ["on.error"] = lc.config.choice {
      doc = "What an expression counts as that fails, as comparing null does; or fail, so that the record fails.",
      valid = { "fail", "true", "false" }, default = "fail" },
  },
  configure = function(cfg)
    return { test = lc.expression(cfg.condition), keeps = cfg.action == "keep", on_error = cfg["on.error"] }
  end,
  apply = function(record, cfg)
    local answer
    if cfg.on_error == "fail" then
      answer = cfg.test(record)
    else
      local ok, result = pcall(cfg.test, record)
      if ok then answer = result else answer = cfg.on_error == "true" end
    end
    if (answer and true or false) == cfg.keeps then return record end
    return nil
  end,
}
