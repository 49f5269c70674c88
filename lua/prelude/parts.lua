-- Parts of the prelude and the SDK that many tasks never use. Each is loaded when something of it is first looked
-- up: a state holds a third less without them, and two hundred idle tasks are two hundred states.

local P = ...
local load_part, find, rawget, error, pairs, type, setmetatable, pcall, wrap =
  P.native.load_part, string.find, rawget, error, pairs, type, setmetatable, pcall, coroutine.wrap

-- By file: what it adds to which table (see P.open below).
local parts = {
  ["prelude/record.lua"] = {
    sdk = " is_sink copy ", P = " record_t headers_t header_t records_t record_of header_of ipairs_view ",
  },
  ["prelude/build.lua"] = {
    schema = " build with optional required as_optional_as basics default text array map struct decimal ",
    P = " build_schema ",
  },
  ["prelude/exchange.lua"] = { entries = " put ", P = " out_methods reject_record " },
  ["lc/describe.lua"] = { entries = " describe validate recommend " },
  ["lc/data.lua"] = { sdk = " data " },
  ["lc/kept.lua"] = { sdk = " kept ", entries = " give_kept take_kept " },
  ["prelude/cells.lua"] = {
    sdk = " has type raw put assign move remove size pairs ipairs map struct list box cast java_class text equals ",
    P = " cell_of cell_to_change cell_to_write cell_schema next_item new_box ",
  },
  ["prelude/tools.lua"] = { sdk = " values regex time base64 " },
  ["prelude/decimal.lua"] = { sdk = " decimal is_decimal ", P = " decimal_pointer decimal_meta decimal_methods " },
  ["prelude/content.lua"] = { sdk = " json hash " },
  ["lc/change.lua"] = { sdk = " field_changes cell_editor expression " },
  ["prelude/http.lua"] = { capabilities = " http " },
  ["lc/url.lua"] = { sdk = " url " },
  ["prelude/file.lua"] = { capabilities = " file " },
  ["prelude/tcp.lua"] = { capabilities = " tcp tls " },
  ["prelude/jobs.lua"] = {
    sdk = " spawn sleep timer every wake backoff ",
    P = " await job_clock job_holder check_hook begin_hook end_hook poll_is_due poll_with_jobs ",
  },
  ["prelude/sql.lua"] = { capabilities = " sql " },
  ["prelude/totable.lua"] = { sdk = " totable " },
  ["prelude/charset.lua"] = { sdk = " charset " },
  ["prelude/metrics.lua"] = { sdk = " metrics " },
  ["prelude/log.lua"] = { sdk = " log ", P = " log " },
  ["prelude/reshape.lua"] = { sdk = " reshaper ", P = " describe_nested default_box decided inner_plan " },
  ["prelude/driver.lua"] = { entries = " new_chain apply retry test configure " },
  ["prelude/batch.lua"] = { P = " batch_as_single batch_loop " },
  ["prelude/console.lua"] = { entries = " console_new console_run " },
  ["lc/ids.lua"] = { sdk = " hex uuid " },
  ["lc/each.lua"] = { sdk = " for_each " },
  ["lc/field.lua"] = {
    sdk = " require_map require_struct path path_tree hash_order ",
    config = " replace_null field_syntax field_syntax_beyond_kafka ",
  },
}
local tables = {} -- by the names that are used above
local loaded = {}
P.open_tables = tables

local function part_with(which, key)
  for file, names in pairs(parts) do
    if names[which] and find(names[which], " " .. key .. " ", 1, true) then return file end
  end
end

local function keys_of(t)
  local keys = {}
  for key in pairs(t) do keys[key] = true end
  return keys
end

-- What came new must be listed above, or it would be missing where its part isn't loaded yet; and what scripts see
-- of it is frozen.
local function adopt(which, before)
  local target = tables[which]
  for key, value in pairs(target) do
    if not before[key] then
      if not part_with(which, key) then error("prelude/parts.lua doesn't list '" .. key .. "' of " .. which, 0) end
      if which == "sdk" and P.sdk_frozen then target[key] = P.freeze_below(value) end
    end
  end
end

local function load_now(file, before)
  load_part(file, P)
  for which in pairs(tables) do adopt(which, before[which]) end
end

-- On a stack of its own: the script that asks may have used up all but the last of its. What a load that failed (for
-- want of memory, say) has left must not be seen by anyone, and nothing that needs it works in this state any more.
local function load(file)
  local before = {}
  for which, target in pairs(tables) do before[which] = keys_of(target) end
  loaded[file] = true
  local ok, problem = pcall(wrap(load_now), file, before)
  if ok then return end
  for which, target in pairs(tables) do
    for key in pairs(target) do
      if not before[which][key] then target[key] = nil end
    end
  end
  error(problem, 0)
end

-- Lets parts add to a table from now on.
function P.open(which, target)
  tables[which] = target
  return setmetatable(target, {
    __index = function(t, key)
      local file = type(key) == "string" and part_with(which, key)
      if not file or loaded[file] then return nil end
      load(file)
      return rawget(t, key)
    end,
  })
end
P.open("P", P)
P.open("sdk", P.sdk)
P.open("config", P.config)
P.open("entries", P.entries)

function P.is_open(t)
  for _, target in pairs(tables) do
    if t == target then return true end
  end
end

-- For those who look at all that there is.
function P.load_parts()
  for file in pairs(parts) do
    if not loaded[file] then load(file) end
  end
end
