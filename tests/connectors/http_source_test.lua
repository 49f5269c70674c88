local test = require "lc.test"
test.script "../../scripts/connectors/http_source"

local function source(config, http, count)
  local full = { ["kafka.topic"] = "t", ["http.request.url"] = "http://api/items" }
  for name, value in pairs(config) do full[name] = value end
  return test.run { config = full, http = http, count = count or 100 }
end

describe("records", function()
  it("are structs as castorm makes them", function()
    local answer = source({
      ["http.response.list.pointer"] = "/items",
      ["http.response.record.offset.pointer"] = "key=/id,timestamp=/at",
    }, { { url = "http://api/items", answer = { body = '{"items":[{"id":7,"at":"2024-03-05T06:07:08.009Z","n":1234567890123456789}]}' } } })
    expect(answer.records[1]).contains {
      topic = "t", timestamp = 1709618828009, key = { key = "7" },
      value = { key = "7", timestamp = 1709618828009, value = '{"id":7,"at":"2024-03-05T06:07:08.009Z","n":1234567890123456789}' },
    }
  end)

  it("are JSON when asked for, in order", function()
    local answer = source({ ["http.response.record.mapper"] = "json", ["http.response.list.order.direction"] = "DESC" },
      { { url = "http://api/items", answer = { body = '[{"a":[]},{"b":null}]' } } })
    expect(#answer.records).equals(2)
    expect(answer.records[2].value).equals { a = {} }
  end)

  it("are the object itself without a list", function()
    local answer = source({ ["http.response.record.mapper"] = "json", ["http.response.record.pointer"] = "/inner" },
      { { url = "http://api/items", answer = { body = '{"inner":{"x":1}}' } } })
    expect(answer.records[1].value).equals { x = 1 }
  end)
end)

describe("pages", function()
  local json = { ["http.response.record.mapper"] = "json", ["http.response.list.pointer"] = "/d" }
  local function with(more)
    for name, value in pairs(json) do more[name] = value end
    return more
  end

  it("by a link", function()
    local answer = source({ ["http.pagination"] = "link" }, {
      { url = "http://api/items", answer = { body = "[1,2]", headers = { Link = '</x>; rel="prev", </items?p=2>; rel="next"' } } },
      { url = "http://api/items?p=2", answer = { body = "[3]" } },
    })
    expect(#answer.records).equals(3)
  end)

  it("by a cursor", function()
    local answer = source(with { ["http.pagination"] = "cursor", ["http.pagination.param"] = "after", ["http.pagination.pointer"] = "/m/next" }, {
      { url = "http://api/items", answer = { body = '{"d":[1],"m":{"next":"a b"}}' } },
      { url = "http://api/items?after=a%20b", answer = { body = '{"d":[2],"m":{"next":null}}' } },
    })
    expect(#answer.records).equals(2)
  end)

  it("by number", function()
    local answer = source(with { ["http.pagination"] = "page", ["http.pagination.first"] = 1 }, {
      { url = "http://api/items?page=1", answer = { body = '{"d":[1,2]}' } },
      { url = "http://api/items?page=2", answer = { body = '{"d":[]}' } },
    })
    expect(#answer.records).equals(2)
  end)

  it("by offset", function()
    local answer = source(with { ["http.pagination"] = "offset", ["http.pagination.param"] = "from" }, {
      { url = "http://api/items?from=0", answer = { body = '{"d":[1,2]}' } },
      { url = "http://api/items?from=2", answer = { body = '{"d":[3]}' } },
      { url = "http://api/items?from=3", answer = { body = '{"d":[]}' } },
    })
    expect(#answer.records).equals(3)
  end)
end)

describe("requests", function()
  it("are templates of the offset", function()
    source({
      ["http.offset.initial"] = "timestamp=2024-01-01T00:00:00Z, id=5", ["http.request.headers"] = "X-Id: ${id}",
      ["http.request.params"] = "after=${offset.timestamp} & ms=${offset.timestamp?datetime.iso?long}&x=${offset.none!'d'}",
    }, { { url = "http://api/items?after=2024-01-01T00%3A00%3A00Z&ms=1704067200000&x=d", headers = { ["X-Id"] = "5" },
           answer = { body = "[]" } } })
  end)

  it("are authorized", function()
    source({ ["http.auth.type"] = "Basic", ["http.auth.user"] = "u", ["http.auth.password"] = "p" },
      { { url = "http://api/items", headers = { Authorization = "Basic dTpw" }, answer = { body = "[]" } } })
  end)

  it("go on after what passes, and fail after what stays", function()
    expect(#source({}, { { url = "http://api/items", answer = { status = 503 } } }).records).equals(0)
    expect(#source({}, { { url = "http://api/items", answer = { problem = "timeout" } } }).records).equals(0)
    expect(function() source({}, { { url = "http://api/items", answer = { status = 404, body = "no" } } }) end).fails("status 404: no")
    expect(function() source({}, { { url = "http://api/items", answer = { body = "<html>" } } }) end).fails("isn't JSON")
  end)
end)

describe("hooks", function()
  it("change what is asked and what is read", function()
    local answer = test.run {
      config = { ["kafka.topic"] = "t", ["http.request.url"] = "http://api/items", hooks = "odd", ["http.response.record.mapper"] = "json" },
      files = { ["odd.lua"] = [[
local lc = require "lc"
return {
  auth = function(request) request.headers["X-Sign"] = lc.hash("sha256")(request.url, "hex"):sub(1, 4) end,
  request = function(request) request.url = request.url .. "?v=2" end,
  response = function(answer) return (answer.body:gsub("^%)%]}'", "")) end,
  next = function(answer, page) return not page and "http://api/more" or nil end,
}]] },
      http = {
        { url = "http://api/items?v=2", headers = { ["X-Sign"] = "c165" }, answer = { body = ")]}'[1]" } },
        { url = "http://api/more?v=2", answer = { body = "[2]" } },
      },
    }
    expect(#answer.records).equals(2)
  end)
end)
