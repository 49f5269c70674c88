local test = require "lc.test"

describe("the alert", function()
  local config = { field = "heat", limit = 30, times = 2 }

  it("takes numbers", function()
    local answer = test.run {
      config = config,
      records = { { key = "a", value = { heat = 31 } }, { key = "a", value = { heat = "32" } } },
    }
    expect(answer.failures).has_length(0)
  end)

  it("rejects what is none", function()
    local answer = test.run { config = config, values = { { heat = "warm" }, { cold = 1 } } }
    expect(answer.failures).has_length(2)
    expect(answer.failures[1]).contains "heat"
  end)
end)
