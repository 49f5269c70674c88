local lc = require "lc"

-- True for records for which an expression is.
return lc.predicate {
  aliases = { "Expression" },
  version = "1.0.0",
  doc = "True for records for which an expression is.",
  config = {
    condition = lc.config.string {
      doc = "A Lua expression over value, key, topic, partition, timestamp, offset and header(name), such as "
        .. "value.amount > 100 and topic ~= 'test'.",
      required = true, importance = "high", validator = function(text) lc.expression(text) end },
    ["on.error"] = lc.config.choice {
      doc = "What an expression counts as that fails, as comparing null does; or fail, so that the record fails.",
      valid = { "fail", "true", "false" }, default = "fail" },
  },
  configure = function(cfg) return { test = lc.expression(cfg.condition), on_error = cfg["on.error"] } end,
  test = function(record, cfg)
    if cfg.on_error == "fail" then return cfg.test(record) and true or false end
    local ok, answer = pcall(cfg.test, record)
    if ok then return answer and true or false end
    return cfg.on_error == "true"
  end,
}
