local lc = require "lc"

-- True for records whose whole topic matches a regular expression.
local MOST_KNOWN = 1000

local function matches(topic, cfg)
  local answer = cfg.regex:matches(topic)
  if cfg.count < MOST_KNOWN then
    cfg.known[topic] = answer
    cfg.count = cfg.count + 1
  end
  return answer
end

return lc.predicate {
  aliases = { "org.apache.kafka.connect.transforms.predicates.TopicNameMatches" },
  version = "4.1.0",
  doc = "True for records whose whole topic matches a regular expression.",
  config = {
    pattern = lc.config.string { doc = "The regular expression that the topic is compared with.", required = true,
                                 importance = "medium", valid = "regex",
                                 validator = function(pattern) return pattern ~= "" or "String must be non-empty" end },
  },
  configure = function(cfg)
    if not cfg.pattern then
      lc.raise("ConfigException", "Invalid value null for configuration pattern: Invalid regex: null")
    end
    -- Topics are few: each is matched once.
    return { regex = lc.regex(cfg.pattern), known = {}, count = 0 }
  end,
  test = function(record, cfg)
    local topic = record.topic
    if topic == nil then return false end
    local known = cfg.known[topic]
    if known == nil then known = matches(topic, cfg) end
    return known
  end,
}
