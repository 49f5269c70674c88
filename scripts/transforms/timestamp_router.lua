local lc = require "lc"

-- Puts the record's timestamp into its topic's name.
local function fill_in(form, place, text)
  return (form:gsub("%${" .. place .. "}", (text:gsub("%%", "%%%%"))))
end

return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.TimestampRouter" },
  version = "4.1.0",
  doc = "Puts the record's timestamp into the topic.",
  config = {
    ["topic.format"] = lc.config.string {
      doc = "The new name of a topic, with ${topic} and ${timestamp} for its parts.", default = "${topic}-${timestamp}",
      importance = "high" },
    ["timestamp.format"] = lc.config.string {
      doc = "The pattern of java.text.SimpleDateFormat by which timestamps are written.", default = "yyyyMMdd",
      importance = "high" },
  },
  configure = function(cfg)
    return { form = cfg["topic.format"], pattern = cfg["timestamp.format"] }
  end,
  apply = function(record, cfg)
    local ms, topic = record.timestamp, record.topic
    if ms == nil then lc.raise("DataException", "Timestamp missing on record: " .. lc.text(record)) end
    if not cfg.time then cfg.time = lc.time.format(cfg.pattern) end -- a bad pattern fails the record, not the task
    local time = cfg.time:write(ms)
    if topic == nil then lc.raise("NullPointerException", "the record has no topic") end
    if topic ~= cfg.topic or time ~= cfg.written then -- mostly the same as for the record before
      cfg.name = fill_in(fill_in(cfg.form, "topic", topic), "timestamp", time)
      cfg.topic, cfg.written = topic, time
    end
    record.topic = cfg.name
    return record
  end,
}
