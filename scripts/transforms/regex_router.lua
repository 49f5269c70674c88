local lc = require "lc"

-- Renames the topic when the whole of it matches a regular expression.
return lc.transform {
  aliases = { "org.apache.kafka.connect.transforms.RegexRouter" },
  version = "4.1.0",
  config = {
    regex = lc.config.string { doc = "Regular expression to use for matching.", required = true, importance = "high",
                               valid = "regex" },
    replacement = lc.config.string { doc = "Replacement string.", required = true, importance = "high" },
  },
  configure = function(cfg)
    -- Topics are few: each is matched once.
    return { regex = lc.regex(cfg.regex), replacement = cfg.replacement, known = {}, count = 0 }
  end,
  apply = function(record, cfg)
    local topic = record.topic
    local renamed = cfg.known[topic]
    if renamed == nil then
      renamed = topic
      if cfg.regex:matches(topic) then renamed = cfg.regex:replace_first(topic, cfg.replacement) end
      if cfg.count < 1000 then
        cfg.known[topic] = renamed
        cfg.count = cfg.count + 1
      end
    end
    if renamed ~= topic then record.topic = renamed end
    return record
  end,
}
