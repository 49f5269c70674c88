local test = require "lc.test"

it("beats once, and then waits", function()
  local answer = test.run { config = { topic = "beats" }, count = 3 }
  expect(answer.records).has_length(1)
  expect(answer.records[1]).contains { topic = "beats", value = { number = 1 }, source_offset = { number = 1 } }
end)

it("goes on where it stopped", function()
  local answer = test.run {
    config = { name = "beats", topic = "beats" }, count = 1,
    offsets = { { partition = { connector = "beats" }, offset = { number = 41 } } },
  }
  expect(answer.records[1]).contains { value = { number = 42 } }
end)
