local lc = require "lc"

-- Takes every record and does nothing with it: for measuring, and for draining a topic.
return lc.sink {
  version = "4.1.0",
  put = function() end,
}
