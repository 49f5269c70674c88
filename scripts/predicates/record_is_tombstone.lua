local lc = require "lc"

-- True for records whose value is null.
return lc.predicate {
  aliases = { "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone" },
  version = "4.1.0",
  doc = "True for records whose value is null.",
  test = function(record) return lc.type(record, "value") == "null" end,
}
