-- lc.for_each: loops without a loop.
--
-- LuaJIT makes one trace of a whole chain, but a short loop inside of it would end that trace. So the calls are
-- written out, once per list.

local P = ...
local type, error, loadstring, concat = type, error, loadstring, table.concat

local MOST = 40 -- items are upvalues: LuaJIT allows 60 a function

local function written_out(items, from, to, f)
  local names, values, calls = {}, {}, {}
  for i = from, to do
    names[#names + 1] = "i" .. i
    values[#values + 1] = "items[" .. i .. "]"
    calls[#calls + 1] = "f(i" .. i .. ", a, b, c)"
  end
  local text = "local f, items = ...\nlocal " .. concat(names, ", ") .. " = " .. concat(values, ", ")
    .. "\nreturn function(a, b, c)\n" .. concat(calls, "\n") .. "\nend"
  return loadstring(text, "=for_each")(f, items)
end

local function call(part, a, b, c) return part(a, b, c) end

-- A function of up to three arguments that calls f(item, a, b, c) for each item that `items` has now.
function P.sdk.for_each(items, f)
  if type(items) ~= "table" or type(f) ~= "function" then error("lc.for_each takes a table and a function", 2) end
  local n = #items
  if n == 0 then return function() end end
  if n <= MOST then return written_out(items, 1, n, f) end
  local parts = {}
  for from = 1, n, MOST do
    P.tick()
    parts[#parts + 1] = written_out(items, from, from + MOST < n and from + MOST - 1 or n, f)
  end
  return P.sdk.for_each(parts, call)
end
