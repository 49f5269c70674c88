-- expect(actual).matcher(expected): raises an error that says what differs.

local json = require "json"
local null = json.null

local function show(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) == "table" and value ~= null then return json.encode(value) end
  return value == nil and "nothing" or tostring(value)
end

local function is_map(x) return type(x) == "table" and x ~= null end
local function is_null(x) return x == nil or x == null end

local compare

local function compare_tables(path, actual, expected, partly, into)
  local names, seen = {}, {}
  for name in pairs(expected) do names[#names + 1], seen[name] = name, true end
  for name in pairs(actual) do
    if not seen[name] and not partly then names[#names + 1] = name end
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do
    local inner = type(name) == "number" and path .. "[" .. name .. "]" or (path == "" and name or path .. "." .. name)
    compare(inner, actual[name], expected[name], partly, into)
  end
end

-- Adds a line for each place where the two differ; with `partly` only what is expected counts.
function compare(path, actual, expected, partly, into)
  if is_null(actual) and is_null(expected) then return end
  if is_map(actual) and is_map(expected) then
    if next(actual) ~= nil or next(expected) ~= nil then return compare_tables(path, actual, expected, partly, into) end
    return
  end
  if type(actual) == type(expected) and actual == expected then return end
  into[#into + 1] = ("  %s: %s instead of %s"):format(path == "" and "it" or path, show(actual), show(expected))
end

local function check(actual, expected, partly)
  local lines = {}
  compare("", actual, expected, partly, lines)
  if #lines > 0 then error("differs:\n" .. table.concat(lines, "\n"), 0) end
end

local function verdict(holds, form, actual, expected)
  if not holds then error(form:format(show(actual), show(expected)), 0) end
end

local matchers = {
  equals = function(actual, expected) check(actual, expected, false) end,
  contains = function(actual, expected)
    if type(actual) == "string" then
      return verdict(actual:find(expected, 1, true), "%s doesn't hold %s", actual, expected)
    end
    check(actual, expected, true)
  end,
  matches = function(actual, pattern)
    verdict(type(actual) == "string" and actual:find(pattern), "%s doesn't match %s", actual, pattern)
  end,
  is_null = function(actual) verdict(is_null(actual), "%s isn't null", actual) end,
  is_true = function(actual) verdict(actual == true, "%s isn't true", actual) end,
  is_false = function(actual) verdict(actual == false, "%s isn't false", actual) end,
  has_length = function(actual, n) verdict(#actual == n, "%s has not %s items", actual, n) end,
  fails = function(action, text)
    local ok, problem = pcall(action)
    if ok then error("it didn't fail", 0) end
    problem = tostring(problem)
    verdict(not text or problem:find(text, 1, true), "it failed with %s, not with %s", problem, text)
  end,
}

local suggest = require "suggest"

return {
  expect = function(actual)
    return setmetatable({}, {
      __index = function(_, name)
        local matcher = matchers[name]
        if not matcher then error("there is no matcher '" .. tostring(name) .. "'" .. suggest(name, matchers), 2) end
        return function(...) return matcher(actual, ...) end
      end,
      __newindex = function() error("expect(…) can't be changed", 2) end,
    })
  end,
  check = check,
}
