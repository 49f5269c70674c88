local lc = require "lc"

-- Renames the topic when the whole of it matches a regular expression.
local MOST_KNOWN = 1000

local function rename(topic, cfg)
  local renamed = topic
  if cfg.regex:matches(topic) then renamed = cfg.regex:replace_first(topic, cfg.replacement) end
  if cfg.count < MOST_KNOWN then
    cfg.known[topic] = renamed
    cfg.count = cfg.count + 1
  end
  return renamed
end

return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.RegexRouter" },
  version = "4.1.0",
  doc = "Renames topics by a regular expression.",
  config = {
    regex = lc.config.string { doc = "The regular expression that topics are compared with.", required = true,
                               importance = "high", valid = "regex" },
    replacement = lc.config.string { doc = "The new name of a topic; $1 stands for the first group.", required = true,
                                     importance = "high" },
  },
  configure = function(cfg)
    if not cfg.regex then
      lc.raise("ConfigException", "Invalid value null for configuration regex: Invalid regex: null")
    end
    -- Topics are few: each is matched once.
    return { regex = lc.regex(cfg.regex), replacement = cfg.replacement, known = {}, count = 0 }
  end,
  apply = function(record, cfg)
    local topic = record.topic
    if topic == nil then lc.raise("NullPointerException", "the record has no topic") end
    local renamed = cfg.known[topic] or rename(topic, cfg)
    if renamed ~= topic then record.topic = renamed end
    return record
  end,
}
