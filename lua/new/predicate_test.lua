local test = require "lc.test"

test.case("is true where the field is", { given = { id = 1 }, expect = true })
test.case("is false where it isn't", { given = { name = "x" }, expect = false })
test.case("is false for tombstones", { given = test.null, expect = false })
