local test = require "lc.test"

it("writes the fields in order", function()
  local answer = test.run {
    config = { file = "${dir}/out.csv", fields = { "b", "a" } },
    files = {},
    values = { { a = 1, b = "x" }, { a = 2, b = 'say "y"' } },
  }
  expect(answer.files["out.csv"]).contains "x,1"
end)
