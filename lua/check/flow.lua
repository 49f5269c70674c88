-- Code that can't be reached: what follows a statement that never goes on.

local known = require "known"

local ends_block

local function raises(call)
  local callee = call.callee
  if call.tag ~= "call" then return false end
  if callee.tag == "name" then return known.raises[callee.name] and not callee.variable or false end
  return callee.full_name ~= nil and known.sdk_raises[callee.full_name] == true
end

local function has_break(block)
  for _, statement in ipairs(block) do
    if statement.tag == "break" or statement.tag == "goto" then return true end
    if statement.tag == "do" and has_break(statement.body) then return true end
    if statement.tag == "if" then
      for _, branch in ipairs(statement.branches) do
        if has_break(branch.body) then return true end
      end
      if statement.otherwise and has_break(statement.otherwise) then return true end
    end
  end
  return false
end

local function all_branches_end(statement)
  for _, branch in ipairs(statement.branches) do
    if not ends_block(branch.body) then return false end
  end
  return statement.otherwise ~= nil and ends_block(statement.otherwise)
end

local function ends(statement)
  local tag = statement.tag
  if tag == "return" or tag == "break" or tag == "goto" then return true end
  if tag == "do" then return ends_block(statement.body) end
  if tag == "if" then return all_branches_end(statement) end
  if tag == "while" then return statement.condition.tag == "true" and not has_break(statement.body) end
  return tag == "run" and raises(statement.call)
end

function ends_block(block)
  for _, statement in ipairs(block) do
    if ends(statement) then return true end
  end
  return false
end

-- Calls found(statement) for the first statement of the block that can't be reached.
return function(block, found)
  for i = 1, #block - 1 do
    if block[i + 1].tag == "label" then return end
    if ends(block[i]) then return found(block[i + 1]) end
  end
end
