local lc = require "lc"

-- What becomes of tombstones.
return lc.transform {
  aliases = { "io.confluent.connect.transforms.TombstoneHandler" },
  version = "1.0.0",
  doc = "Drops tombstones, or fails on them.",
  config = {
    behavior = lc.config.string {
      doc = "drop_silent, drop_warn (with a line in the log), fail or ignore (they pass).", default = "drop_warn",
      importance = "high", valid = { "drop_silent", "drop_warn", "fail", "ignore", ignore_case = true } },
  },
  configure = function(cfg) return { behavior = cfg.behavior:lower() } end,
  apply = function(record, cfg)
    if cfg.behavior == "ignore" or lc.type(record, "value") ~= "null" then return record end
    if cfg.behavior == "fail" then
      lc.raise("DataException", "Tombstone record encountered, failing due to configured 'fail' behavior")
    end
    if cfg.behavior == "drop_warn" then lc.log.warn("a tombstone is dropped", "topic", record.topic) end
    return nil
  end,
}
