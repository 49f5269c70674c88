local test = require "lc.test"

describe("the source", function()
  it("makes as many records as it is told to", function()
    local answer = test.run { config = { topic = "numbers", count = 2 } }
    expect(answer.records).contains { { topic = "numbers", value = { number = 1 } }, { value = { number = 2 } } }
    expect(answer.records).has_length(2)
  end)

  it("may have none", function()
    expect(test.run { config = { topic = "numbers", count = 0 } }.records).has_length(0)
  end)
end)
