local test = require "lc.test"

describe("pseudonym", function()
  local config = { fields = { "name", "mail" }, key = "s3cret", length = 8 }

  it("gives the same person the same name", function()
    local answer = test.run { config = config, values = { { name = "Ada" }, { name = "Ada" }, { name = "Alan" } } }
    local one, two, three = answer.records[1].value.name, answer.records[2].value.name, answer.records[3].value.name
    expect(one).matches "^%x%x%x%x%x%x%x%x$"
    expect(two).equals(one)
    expect(three == one).is_false()
  end)

  it("leaves other fields alone", function()
    expect(test.run { config = config, values = { { city = "London" } } }.records[1].value).equals { city = "London" }
  end)

  it("needs a key", function()
    expect(function() test.run { config = { fields = "name" } } end).fails "key"
  end)
end)
