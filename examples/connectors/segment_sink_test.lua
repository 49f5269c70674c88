local test = require "lc.test"

it("names files after offsets, and goes on behind what is there", function()
  local answer = test.run {
    config = { directory = "${dir}" },
    files = { ["try-0-00000000000000000000.txt"] = "next 2\na\nb\n" },
    records = {
      { topic = "try", partition = 0, offset = 2, value = "c" },
      { topic = "try", partition = 0, offset = 5, value = "d" },
    },
  }
  expect(answer.files["try-0-00000000000000000002.txt"]).equals "next 6\nc\nd\n"
end)
