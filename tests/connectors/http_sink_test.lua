local test = require "lc.test"
test.script "../../scripts/connectors/http_sink"

local function sink(config, http, records)
  local full = { ["http.url"] = "http://api/in", ["http.authorization.type"] = "none", ["retry.backoff.ms"] = 10 }
  for name, value in pairs(config) do full[name] = value end
  return test.run { config = full, http = http, records = records or { { value = "a" }, { value = { n = 1 } } } }
end

local function post(body, answer) return { method = "POST", url = "http://api/in", body = body, answer = answer } end

describe("bodies", function()
  it("are one record each", function() sink({}, { post("a"), post { n = 1 } }) end)

  it("are batches, with what goes around them", function()
    sink({ ["batching.enabled"] = true, ["batch.prefix"] = "[", ["batch.separator"] = ",", ["batch.suffix"] = "]\\n" },
      { post('["x",{"n":1}]\n') }, { { value = '"x"' }, { value = { n = 1 } } })
    sink({ ["batching.enabled"] = true, ["batch.max.size"] = 2 }, { post("1\n2\n"), post("3\n") },
      { { value = 1 }, { value = 2 }, { value = 3 } })
  end)

  it("go to the URL of their record", function()
    sink({ ["http.url"] = "http://api/${topic}/{key}" }, { { method = "POST", url = "http://api/t/a%2Fb", body = "x" } },
      { { topic = "t", key = "a/b", value = "x" } })
  end)

  it("carry headers", function()
    sink({ ["http.headers.additional"] = "X-A:1,X-B: 2", ["http.headers.content.type"] = "text/plain",
           ["idempotency.key.header"] = "Idempotency-Key" },
      { { method = "POST", url = "http://api/in", body = "x", headers = { ["X-A"] = "1", ["X-B"] = "2",
          ["Content-Type"] = "text/plain", ["Idempotency-Key"] = "t-3-9" } } },
      { { topic = "t", partition = 3, offset = 9, value = "x" } })
  end)

  it("aren't made of null", function()
    local records = { { key = "k", value = test.null } }
    expect(sink({}, {}, records).failures[1]).contains("must not be null")
    expect(#sink({ ["behavior.on.null.values"] = "ignore" }, {}, records).failures).equals(0)
    sink({ ["behavior.on.null.values"] = "delete", ["http.url"] = "http://api/${key}" },
      { { method = "DELETE", url = "http://api/k" } }, records)
  end)
end)

describe("answers", function()
  it("say when to try again", function()
    sink({ ["max.retries"] = 2 }, {
      post("a", { status = 503, headers = { ["Retry-After"] = "1" } }), post("a", { problem = "timeout" }), post("a"), post { n = 1 } })
  end)

  it("fail the task when nothing helps", function()
    expect(function() sink({ ["max.retries"] = 0 }, { post("a", { status = 500, body = "oh" }) }) end).fails("status 500: oh; no retries remain")
    expect(function() sink({}, { post("a", { status = 401 }) }) end).fails("status 401")
    expect(function() sink({}, { post("a", { problem = "tls" }) }) end).fails("tls")
  end)

  it("fail one record", function()
    local answer = sink({}, { post("a", { status = 422, body = "bad" }), post { n = 1 } })
    expect(#answer.failures).equals(1)
    expect(answer.failures[1]).contains("status 422: bad")
  end)

  it("find the bad one of a batch", function()
    local answer = sink({ ["batching.enabled"] = true }, {
      post("1\n2\n3\n", { status = 400 }), post("1\n"), post("2\n", { status = 400 }), post("3\n") },
      { { value = 1 }, { value = 2 }, { value = 3 } })
    expect(#answer.failures).equals(1)
  end)
end)

describe("authorization", function()
  it("is static", function()
    sink({ ["http.authorization.type"] = "static", ["http.headers.authorization"] = "Key 1" },
      { { method = "POST", url = "http://api/in", headers = { Authorization = "Key 1" } } }, { { value = "x" } })
  end)

  local oauth = { ["http.authorization.type"] = "oauth2", ["oauth2.access.token.url"] = "http://id/token", ["oauth2.client.id"] = "me",
    ["oauth2.client.secret"] = "s", ["oauth2.client.scope"] = "all" }
  local function token(name)
    return { method = "POST", url = "http://id/token", body = "grant_type=client_credentials&scope=all",
      headers = { Authorization = "Basic bWU6cw==" }, answer = { body = { access_token = name, expires_in = 3600 } } }
  end
  local function with(name, status)
    return { method = "POST", url = "http://api/in", headers = { Authorization = "Bearer " .. name }, answer = { status = status } }
  end

  it("is a token that is kept, and fetched anew when it is refused", function()
    sink(oauth, { token "t1", with("t1"), with("t1", 401), token "t2", with("t2") })
    expect(function()
      sink(oauth, { { method = "POST", url = "http://id/token", answer = { status = 400, body = "invalid_client" } } })
    end).fails("invalid_client")
  end)
end)

it("hooks change requests and judge answers", function()
  local answer = test.run {
    config = { ["http.url"] = "http://api/in", hooks = "odd" },
    files = { ["odd.lua"] = [[
return {
  request = function(request, records) request.headers["X-Count"] = tostring(#records) end,
  response = function(answer) if answer.body == "no" then return "reject", "it said no" end end,
}]] },
    values = { "a", "b" },
    http = { { method = "POST", url = "http://api/in", headers = { ["X-Count"] = "1" }, answer = { body = "no" } }, post("b") },
  }
  expect(answer.failures[1]).contains("it said no")
end)
