-- lc.data: files beside a script, which the worker follows like the script itself.

local P = ...
local type, error = type, error

local ENDINGS = { csv = true, json = true, tsv = true, txt = true, xml = true }

local function check_name(name)
  if type(name) ~= "string" then error("lc.data takes the name of a file", 3) end
  local ending = #name <= 128 and name:match("^[%w_%-][%w_%-%.]*%.(%w+)$")
  if not ending or not ENDINGS[ending] then
    error("lc.data: '" .. name .. "' is no name of a .csv, .json, .tsv, .txt or .xml file beside the script", 3)
  end
  return ending
end

-- data(name [, "text"]): what a .json file holds, or the text of any.
function P.sdk.data(name, as)
  local ending = check_name(name)
  if as ~= nil and as ~= "text" then error('lc.data takes a name, and "text" for the text of a .json file', 2) end
  local script = P.loading and (P.loading_from == "./" and P.loading_in or P.loading_from .. P.loading_in) or P.configuring
  if not script then error("lc.data is called while the script is loaded, or in configure, not later", 2) end
  local ok, text = P.native.read_data(script, name)
  if not ok then error("lc.data: " .. name .. ": " .. text, 2) end
  if ending ~= "json" or as == "text" then return text end
  local value, problem = P.sdk.json.decode(text)
  if value == nil then error("lc.data: " .. name .. ": " .. problem, 2) end
  return value
end
