local lc = require "lc"

-- Takes every record and does nothing with it: for measuring, and for draining a topic.
return lc.sink {
  version = "4.1.0",
  doc = "Takes records and forgets them.",
  put = function() end,
  tasks = function(_, max)
    local list = {}
    for i = 1, max do list[i] = {} end
    return list
  end,
}
