local test = require "lc.test"

test.case("drops what is too old", { record = { value = 1, timestamp = 1000 }, drops = true })
test.case("keeps records without a time", { record = { value = 1 }, expect_record = { value = 1, headers = {} } })

it("says how old a record is", function()
  local answer = test.run { config = { most = "100000d" }, records = { { value = 1, timestamp = 1000 } } }
  expect(answer.records[1].headers["age.ms"] > 1600000000000).is_true()
end)
