local lc = require "lc"

-- Puts the record's timestamp into its topic's name.
return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.TimestampRouter" },
  version = "4.1.0",
  config = {
    ["topic.format"] = lc.config.string {
      doc = "Format string which can contain ${topic} and ${timestamp} as placeholders for the topic and timestamp, respectively.",
      default = "${topic}-${timestamp}", importance = "high" },
    ["timestamp.format"] = lc.config.string {
      doc = "Format string for the timestamp that is compatible with java.text.SimpleDateFormat.",
      default = "yyyyMMdd", importance = "high" },
  },
  configure = function(cfg)
    return { form = cfg["topic.format"], time = lc.time.format(cfg["timestamp.format"]) }
  end,
  apply = function(record, cfg)
    local ms = record.timestamp
    if ms == nil then lc.raise("DataException", "Timestamp missing on record: " .. lc.text(record)) end
    local topic = record.topic:gsub("%%", "%%%%")
    local named = cfg.form:gsub("%${topic}", topic)
    record.topic = named:gsub("%${timestamp}", (cfg.time:write(ms):gsub("%%", "%%%%")))
    return record
  end,
}
