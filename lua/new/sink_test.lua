local test = require "lc.test"

describe("the sink", function()
  it("takes records with the field", function()
    local answer = test.run { values = { { id = 1 }, { id = 2 } } }
    expect(answer.records).has_length(2)
    expect(answer.failures).has_length(0)
  end)

  it("rejects the others", function()
    local answer = test.run { values = { { name = "x" } } }
    expect(answer.failures[1]).contains "there is no field id"
  end)
end)
