local lc = require "lc"

-- Puts a time of the record's value into the topic.
local function ms_of(cfg, holder, name)
  local kind = lc.type(holder, name)
  if kind == "string" then
    for _, format in ipairs(cfg.read) do
      local ms = format:parse(lc.raw(holder, name))
      if ms then return ms end
    end
  elseif kind == "date" or kind == "int64" then
    return lc.raw(holder, name)
  end
  lc.raise("DataException", "field " .. name .. " has no time")
end

local function time_of(record, cfg)
  for _, path in ipairs(cfg.paths) do
    local holder, name = path:place(record, "value")
    local kind = holder ~= nil and lc.type(holder, name)
    if kind and kind ~= "null" then return ms_of(cfg, holder, name) end
  end
  lc.raise("DataException", "none of the fields of message.timestamp.keys has a time")
end

local function put_in(text, what, with) return (text:gsub(what, (with:gsub("%%", "%%%%")))) end

return lc.transform {
  aliases = { "io.confluent.connect.transforms.MessageTimestampRouter" },
  version = "1.0.0",
  doc = "Puts a time of the record's value into the topic.",
  config = {
    ["message.timestamp.keys"] = lc.config.list {
      doc = "Fields with the time, as milliseconds, a Timestamp or a text; the first that isn't null counts. Dots lead into "
        .. "nested fields.",
      required = true, importance = "high", valid = "non-empty-list" },
    ["topic.format"] = lc.config.string { doc = "The topic, with ${topic} and ${timestamp}.",
                                          default = "${topic}-${timestamp}", importance = "high" },
    ["topic.timestamp.format"] = lc.config.string { doc = "How the time is written, as java.text.SimpleDateFormat has it.",
                                                    default = "yyyy-MM-dd", importance = "high" },
    ["message.timestamp.format"] = lc.config.list { doc = "How times that are texts are read; several are tried in order.",
                                                    default = { "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "yyyy-MM-dd'T'HH:mm:ssXXX",
                                                                "yyyy-MM-dd" }, importance = "medium" },
  },
  configure = function(cfg)
    local paths, read = {}, {}
    for i, key in ipairs(cfg["message.timestamp.keys"]) do paths[i] = lc.path(key, "V2") end
    for i, pattern in ipairs(cfg["message.timestamp.format"]) do read[i] = lc.time.format(pattern) end
    return { paths = paths, read = read, topic = cfg["topic.format"], write = lc.time.format(cfg["topic.timestamp.format"]) }
  end,
  apply = function(record, cfg)
    if lc.type(record, "value") == "null" then lc.raise("DataException", "a record without value has no time") end
    local topic = put_in(cfg.topic, "%${topic}", record.topic)
    record.topic = put_in(topic, "%${timestamp}", cfg.write:write(time_of(record, cfg)))
    return record
  end,
}
