local test = require "lc.test"

it("writes a line for each record", function()
  local answer = test.run {
    config = { file = "${dir}/out.jsonl" },
    files = {},
    records = { { topic = "t", key = "k", value = { a = 1 } }, { topic = "t", partition = 2, offset = 9 } },
  }
  expect(answer.files["out.jsonl"]).contains '"a":1'
  expect(answer.files["out.jsonl"]).contains '"offset":9'
end)
