local test = require "lc.test"

describe("the sink for Redis", function()
  local config = { host = "redis.example.com" }

  it("rejects what has no key or no value", function()
    local answer = test.run { config = config, records = { { value = "a" }, { key = "a" } } }
    expect(answer.failures).has_length(2)
    expect(answer.failures[1]).contains "key"
    expect(answer.failures[2]).contains "value"
  end)
end)
