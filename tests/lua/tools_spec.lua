local lc = require "lc"
local kit = require "kit"
local equal, raises = kit.equal, kit.raises
local cases = {}

function cases.values(record)
  local box, schema = lc.values.parse("1")
  equal(lc.type(box, "value"), "int8")
  equal(schema.type, "int8")
  local list = lc.values.parse("[1, 2]")
  equal(tostring(list.value), "[1, 2]")
  record.value.x = "300"
  lc.values.convert(record.value, "x", "long")
  equal(record.value.x, 300)
  equal(lc.values.infer(record.value, "x").type, "int64")
  raises("no conversion to int", lc.values.convert, record.value, "x", "int")
end

local router = lc.regex("(.*)-v(\\d+)")

function cases.regexes()
  equal(router:matches("x-v12"), true)
  equal(router:matches("x-v12-y"), false)
  equal(router:replace_first("x-v12", "$1.$2"), "x.12")
  equal(lc.regex("a"):replace_all("banana", "o"), "bonono")
  local groups = router:find("x-v12-y")
  equal(groups[0], "x-v12")
  equal(groups[1], "x")
  equal(groups[2], "12")
  equal(router:find("none"), nil)
  raises("Unclosed group", lc.regex, "(ab")
  raises("No group 7", function() return router:replace_first("x-v1", "$7") end)
end

local day = lc.time.format("yyyy-MM-dd")
local to_text = lc.time.converter { target = "string", format = "yyyy-MM-dd HH:mm" }
local to_unix = lc.time.converter { target = "unix", format = "yyyy-MM-dd", precision = "seconds" }
local to_day = lc.time.converter { target = "Date" }

function cases.times(record)
  equal(day:write(1700000000000), "2023-11-14")
  equal(day:parse("2023-11-14"), 1699920000000)
  equal(day:parse("x"), nil)
  local v = record.value
  lc.put(v, "t", 1700000000123, "date")
  to_text(v, "t")
  equal(v.t, "2023-11-14 22:13")
  v.u = "2020-01-02"
  to_unix(v, "u")
  equal(v.u, 1577923200)
  lc.put(v, "d", 1700000000123, "date")
  to_day(v, "d", "Timestamp")
  equal(v.d, 1699920000000)
  equal(lc.type(v, "d"), "date")
  v.bad = "x"
  raises("Could not parse timestamp: value (x) does not match pattern (yyyy-MM-dd)", to_unix, v, "bad")
  raises("Expected Unix timestamp to be a Long, but found java.lang.String", to_day, v, "bad", "unix")
  raises("does not support java.lang.Boolean objects as timestamps", function() v.bad = true to_day(v, "bad") end)
  equal(lc.time.now() > 1.6e12, true)
end

function cases.regex_matches()
  local pair = lc.regex "(?<name>[a-z]+)=(?<number>\\d+)?"
  local found = pair:find("x ab=12")
  equal(found.name, "ab")
  equal(found.number, "12")
  equal(found[0], "ab=12")
  equal(pair:find("q=").number, nil)
  raises("no group named 'nam'", function() return found.nam end)
  local seen = {}
  for groups, first, last in pair:gmatch("a=1, b=, c=3") do
    seen[#seen + 1] = groups.name .. (groups.number or "-") .. first .. "/" .. last
  end
  equal(table.concat(seen, " "), "a11/3 b-6/7 c310/12")
  local text, count = pair:gsub("a=1, b=2", function(groups) return groups.name == "a" and groups.number * 10 or nil end)
  equal(text, "10, b=2")
  equal(count, 2)
  equal(pair:gsub("a=1, b=2", "$1"), "$1, $1")
  equal(pair:gsub("a=1, b=2", "x", 1), "x, b=2")
  equal((lc.regex "x*"):gsub("abxc", "-"), "-a-b--c-")
  equal(table.concat((lc.regex ",\\s*"):split("a, b,c,,"), "|"), "a|b|c||")
  equal(table.concat((lc.regex ","):split("a,b,c", 2), "|"), "a|b,c")
  equal(table.concat((lc.regex ""):split("äbc"), "|"), "ä|b|c")
  equal(#(lc.regex ","):split(""), 1)
  raises("a replacement must be a string", function() return pair:gsub("a=1", function() return {} end) end)
  raises("use a colon", function() return pair.split("a") end)
end

function cases.expressions()
  equal(lc.expression "value.a > 1 and lc.time.now() > 0 or header('x') ~= nil" ~= nil, true)
  equal(lc.expression "(function(x) local y = x return { z = y } end)(1).z == 1 -- and amout" ~= nil, true)
  equal(lc.expression "value['amout'] .. 'amout' .. topic .. [[ x ]]" ~= nil, true)
  equal(lc.expression "value.a == 0x1F or value.b == 1e5 or value.c == 5LL" ~= nil, true)
  raises("uses 'topc', which isn't known (did you mean 'topic'?)", lc.expression, "topc == 'a'")
  raises("uses 'amount'", lc.expression, "value.x .. amount")
  raises("uses 'os'", lc.expression, "os.time() > 1")
end

function cases.json()
  local t = lc.json.decode '{"a": [1, null, 2.5], "b": {"c": "x"}, "n": null, "big": 9223372036854775807}'
  equal(t.a[1], 1)
  equal(t.a[2], lc.null)
  equal(t.a[3], 2.5)
  equal(t.b.c, "x")
  equal(t.n, nil)
  equal(t.big, 9223372036854775807LL)
  equal(lc.json.encode({ a = { 1, lc.null, "x" } }), '{"a":[1,null,"x"]}')
  equal(lc.json.encode(9223372036854775807LL), "9223372036854775807")
  equal(lc.json.encode({ z = 9223372036854775807LL, a = -9223372036854775807LL, m = 18446744073709551615ULL }),
    '{"a":-9223372036854775807,"m":18446744073709551615,"z":9223372036854775807}')
  for _, text in ipairs { "[]", "{}", '{"a":[],"b":{},"c":[[],{}]}' } do equal(lc.json.encode(lc.json.decode(text)), text) end
  local list = lc.json.decode "[]"
  list[1] = "x"
  equal(lc.json.encode(list), '["x"]')
  list = lc.json.decode "[]"
  list.name = "x"
  equal(lc.json.encode(list), '{"name":"x"}')
  local value, why = lc.json.decode("{")
  equal(value, nil)
  equal(type(why), "string")
  raises("no JSON", lc.json.encode, print)
end

function cases.base64()
  equal(lc.base64.encode("hello"), "aGVsbG8=")
  equal(lc.base64.decode("aGVsbG8="), "hello")
  equal(lc.base64.decode("*"), nil)
end

function cases.errors()
  local ok, e = pcall(lc.raise, "DataException", "wrong")
  equal(ok, false)
  equal(e.message, "wrong")
  equal(e.class, "org.apache.kafka.connect.errors.DataException")
  equal(tostring(e), "wrong")
  raises("unknown error class", lc.raise, "Oops", "x")
end

-- What Lua 5.1 answers, for the matcher of our own.
function cases.patterns()
  equal(("hello world"):find("o w"), 5)
  equal(select("#", ("hello"):find("(l)(l)")), 4)
  equal(("key = value"):match("^(%w+)%s*=%s*(%w+)$"), "key")
  equal(("  x "):match("^%s*(.-)%s*$"), "x")
  equal(("a.b.c"):gsub("%.", "/"), "a/b/c")
  equal(("abc"):gsub("%w", "%0%0"), "aabbcc")
  equal(("abc"):gsub("", "-"), "-a-b-c-")
  equal((("abc"):gsub("%w*", "x")), "xx")
  equal(("hello"):gsub("l", { l = "L" }), "heLLo")
  equal(("hello"):gsub("(h)(e)", function(a, b) return b .. a end), "ehllo")
  equal((("abc"):gsub("b", function() return nil end)), "abc")
  equal((("aaa"):gsub("^a", "b")), "baa")
  equal(("f(a(b)c)d"):match("%b()"), "(a(b)c)")
  equal(("THE (quick) fox"):find("%f[%a]%a+%f[%A]"), 1)
  equal(("x=1,y=2"):gsub("(%w)=(%w)", "%2=%1"), "1=x,2=y")
  equal(("[[x]]"):match("^(%[+)"), "[[")
  equal(("a]b"):match("[]]"), "]")
  equal(("a-b"):match("[a%-]+"), "a-")
  equal(("abcabc"):match("(abc)%1"), "abc")
  equal(("hello"):match("()ll()"), 3)
  equal(("a\0b"):match("%z"), "\0")
  equal(("aaab"):match("a-b"), "aaab")
  equal(("ab"):match("a?b?c?"), "ab")
  local words = {}
  for word in ("one two  three"):gmatch("%a+") do words[#words + 1] = word end
  equal(table.concat(words, ","), "one,two,three")
  for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do words[k] = v end
  equal(words.b, "2")
  equal(("x"):find("x", 5), nil)
  equal(("a+b"):find("+", 1, true), 2)
  equal(("abc"):find("b", -2), 2)
  raises("malformed pattern (missing ']')", string.find, "a", "[a")
  raises("malformed pattern (ends with '%')", string.find, "a", "%")
  raises("unfinished capture", string.match, "a", "(a")
  raises("invalid pattern capture", string.match, "a", "a)")
end

function cases.sorting()
  local t = {}
  for i = 1, 100 do t[i] = (i * 37) % 101 end
  table.sort(t)
  for i = 2, 100 do equal(t[i - 1] <= t[i], true) end
  table.sort(t, function(a, b) return a > b end)
  equal(t[1], 100)
  table.sort(t, function() return true end)
  local names = { "b", "c", "a" }
  table.sort(names)
  equal(table.concat(names), "abc")
end

return kit.spec(cases)
