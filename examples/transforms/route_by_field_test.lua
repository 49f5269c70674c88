local test = require "lc.test"

describe("route_by_field", function()
  local config = { field = "region", drop = { "test" } }

  it("names the topic after the field", function()
    local answer = test.run { config = config, records = { { topic = "orders", value = { region = "eu" } } } }
    expect(answer.records[1].topic).equals "orders-eu"
  end)

  it("drops what nobody reads", function()
    expect(test.run { config = config, values = { { region = "test" } } }.records).has_length(0)
  end)

  it("fails without the field", function()
    expect(test.run { config = config, values = { { id = 1 } } }.failures[1]).contains "no field region"
  end)
end)
