local test = require "lc.test"

test.case("replaces fields that are there", {
  config = { fields = { "card", "pin" }, with = "###" },
  given = { id = 1, card = "4111" },
  expect = { id = 1, card = "###" },
})
