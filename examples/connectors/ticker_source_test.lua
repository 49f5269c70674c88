local test = require "lc.test"

it("has a price of every symbol", function()
  local answer = test.run { config = { topic = "prices", symbols = { "A", "B" } }, count = 2 }
  expect(answer.records).contains {
    { topic = "prices", key = "A", source_partition = { symbol = "A" }, source_offset = { round = 1 } },
    { key = "B", value = { symbol = "B" } },
  }
end)
