local lc = require "lc"

-- Makes a header's value the topic.
return lc.transform {
  aliases = { "io.confluent.connect.transforms.ExtractTopic$Header" },
  version = "1.0.0",
  doc = "Makes a header's value the topic.",
  config = {
    field = lc.config.string { doc = "The name of the header.", required = true, importance = "medium" },
    ["skip.missing.or.null"] = lc.config.boolean {
      doc = "Whether records without it pass with the topic they have; else they fail.", default = false, importance = "low" },
  },
  apply = function(record, cfg)
    local header = record.headers:find(cfg.field)
    local kind = header and lc.type(header, "value") or "null"
    if kind == "null" and cfg["skip.missing.or.null"] then return record end
    if kind ~= "string" then lc.raise("DataException", "the header " .. cfg.field .. " has no topic") end
    record.topic = header.value
    return record
  end,
}
