local lc = require "lc"

-- Makes the key or value, or a field of it, the topic.
local function topic_of(record, cfg)
  local holder, name = record, cfg.side
  if cfg.path then holder, name = cfg.path:place(record, cfg.side) end
  local kind = holder ~= nil and lc.type(holder, name)
  if not kind or kind == "null" then return nil end
  if kind ~= "string" then
    lc.raise("DataException", "a topic must be a text, not " .. lc.java_class(holder, name))
  end
  return lc.raw(holder, name)
end

return lc.transform {
  aliases = {
    "io.confluent.connect.transforms.ExtractTopic$Key", "io.confluent.connect.transforms.ExtractTopic$Value",
    "io.aiven.kafka.connect.transforms.ExtractTopic$Key", "io.aiven.kafka.connect.transforms.ExtractTopic$Value",
  },
  version = "1.0.0",
  doc = "Makes the key or value, or a field of it, the topic.",
  config = {
    field = lc.config.string { doc = "The field; without one, the whole key or value.", default = "", importance = "medium" },
    ["field.name"] = lc.config.string { doc = "The same, as Aiven's class calls it.", default = "", importance = "medium" },
    ["field.format"] = lc.config.string {
      doc = "How the field is named: PLAIN, or JSON_PATH, of which names and dots are understood ($.a.b).", default = "PLAIN",
      importance = "medium", valid = { "PLAIN", "JSON_PATH", ignore_case = true } },
    ["skip.missing.or.null"] = lc.config.boolean {
      doc = "Whether records without it pass with the topic they have; else they fail.", default = false, importance = "low" },
    ["field.syntax.version"] = lc.config.field_syntax(),
  },
  configure = function(cfg)
    local field, version = cfg.field ~= "" and cfg.field or cfg["field.name"], cfg["field.syntax.version"]
    if cfg["field.format"]:upper() == "JSON_PATH" then
      local names = field:match("^%$%.([^%[%]%*%?@]+)$")
      if not names then
        lc.raise("ConfigException", "Invalid value " .. field .. " for configuration field: $.name.name is expected")
      end
      field, version = names, "V2"
    end
    return {
      side = cfg.side or "value", path = field ~= "" and lc.path(field, version) or nil, skips = cfg["skip.missing.or.null"],
    }
  end,
  apply = function(record, cfg)
    local topic = topic_of(record, cfg)
    if topic == nil or topic == "" then
      if not cfg.skips then lc.raise("DataException", "there is no topic in the " .. cfg.side .. " of the record") end
      return record
    end
    record.topic = topic
    return record
  end,
}
