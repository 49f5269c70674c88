-- Transforms with apply_batch(records, cfg): all live records of a batch in one call.
--
-- It changes records in place and returns nothing, or an array of those that stay; the order of the batch stays as
-- it is. When it fails, every record of the call fails: some are changed already, so that none could be given again.

local P = ...
local S, AT, record_t, caught = P.S, P.AT, P.record_t, P.caught
local istype = P.ffi.istype
local type, error, xpcall, rawequal = type, error, xpcall, rawequal
local LIVE, DROPPED = 0, 1

local function check_array(out)
  if type(out) == "table" and (#out > 0 or next(out) == nil) then return end
  error("apply_batch must return nothing or an array of its records, not a " .. P.type_name(out), 0)
end

-- The same as a transform of one record.
function P.batch_as_single(apply_batch)
  return function(view, cfg)
    local out = apply_batch({ view }, cfg)
    if out == nil then return view end
    check_array(out)
    if #out == 1 and rawequal(out[1], view) then return view end
    if #out == 0 then return nil end
    error("apply_batch returns records of its batch, once: use apply to make several of one", 0)
  end
end

-- Drops what isn't in `out`.
local function keep(views, out)
  local given = {}
  for i = 1, #views do given[views[i][AT]] = true end
  for i = 1, #out do
    local at = istype(record_t, out[i]) and out[i][AT]
    if not at or not given[at] then
      error("apply_batch returns records of its batch, once: use apply to make several of one", 0)
    end
    given[at] = nil
  end
  for at in pairs(given) do S.records[at].state = DROPPED end
end

local function run(apply_batch, views, cfg)
  local out = apply_batch(views, cfg)
  if out == nil then return end
  check_array(out)
  keep(views, out)
end

local function is_meant(step, view) return not step.test or (not step.test(view, step.test_cfg)) == step.negate end

-- One step over all records: as the loops of driver.lua, it gives n.
function P.batch_loop(number, step, fail)
  return function(n)
    local views, count = {}, 0
    S.step = number
    for i = 0, n - 1 do
      if S.records[i].state == LIVE then
        local view = record_t(i, S.generation)
        S.hoisted = 0
        local ok, meant = xpcall(is_meant, caught, step, view)
        if not ok then
          fail(i, meant)
        elseif meant then
          count = count + 1
          views[count] = view
        end
      end
    end
    if count == 0 then return n end
    local ok, e = xpcall(run, caught, step.apply_batch, views, step.cfg)
    for i = 1, ok and 0 or count do fail(views[i][AT], e) end
    return n
  end
end
