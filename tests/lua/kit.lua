-- For specs: checks that say what they saw, and the transform that runs the cases.
local lc = require "lc"

local kit = {}

local function show(x)
  if type(x) == "string" then return ("%q"):format(x) end
  return tostring(x)
end

function kit.equal(actual, expected, what)
  if actual ~= expected then
    error((what and what .. ": " or "") .. show(actual) .. " instead of " .. show(expected), 2)
  end
end

-- `f` must raise an error whose text holds `text`.
function kit.raises(text, f, ...)
  local ok, e = pcall(f, ...)
  if ok then error("no error, but one with '" .. text .. "' was expected", 2) end
  if not tostring(e):find(text, 1, true) then error("error '" .. tostring(e) .. "' instead of '" .. text .. "'", 2) end
end

-- cases: name → function(record). A record's own value is an empty map. Those that are named in `heavy` are run for
-- one record of a batch instead of for each.
function kit.spec(cases, heavy)
  local names = {}
  for name in pairs(cases) do names[#names + 1] = name end
  table.sort(names)
  return lc.transform {
    apply = function(record)
      for i = 1, #names do
        local name = names[i]
        local due = not (heavy and heavy[name]) or record.offset == 1000
        local ok, e = pcall(due and cases[name] or type, record)
        if not ok then error(name .. ": " .. tostring(e), 0) end
        record.value = lc.map()
        record.value_schema = nil
      end
      return record
    end,
  }
end

return kit
