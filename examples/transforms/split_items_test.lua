local test = require "lc.test"

test.case("makes a record of every item", {
  given = { id = 1, items = { "tea", "milk" } },
  expect_records = { { value = { id = 1, item = "tea" } }, { value = { id = 1, item = "milk" } } },
})
