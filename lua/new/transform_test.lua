local test = require "lc.test"

test.case("adds the field", {
  config = { field = "checked" },
  given = { id = 1 },
  expect = { id = 1, checked = true },
})

test.case("leaves tombstones alone", { record = { key = "k" }, expect_record = { key = "k", value = test.null } })
