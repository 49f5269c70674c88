-- A script as a tree. Each node has tag, line and column; which members more, the functions that make them say.
-- Raises { syntax = true, line =, column =, message = } for what is no Lua.

local new_lexer = require "lexer"

local P = {}
P.__index = P

local function node(tag, token, members)
  members.tag, members.line, members.column = tag, token.line, token.column
  return members
end

function P.advance(p)
  local token = p.token
  p.token = p.ahead or p.lexer:next()
  p.ahead = nil
  return token
end

function P.peek(p)
  p.ahead = p.ahead or p.lexer:next()
  return p.ahead
end

function P.fail(p, message)
  local token = p.token
  local shown = token.value or token.type
  if token.type == "end of file" then shown = "end of file" end
  p.lexer:fail(message .. " near '" .. shown .. "'", token.line, token.column)
end

function P.accept(p, type) return p.token.type == type and P.advance(p) or nil end

function P.expect(p, type, opened)
  if p.token.type == type then return P.advance(p) end
  local of = opened and opened.line ~= p.token.line and " (to close '" .. opened.type .. "' of line " .. opened.line .. ")" or ""
  P.fail(p, "'" .. type .. "' expected" .. of)
end

local expression, block

local function expression_list(p)
  local list = { expression(p) }
  while P.accept(p, ",") do list[#list + 1] = expression(p) end
  return list
end

local function name_node(token) return node("name", token, { name = token.value }) end

-- Tables: items { key = node or nil, value =, line =, column = }.
local function table_item(p)
  local token = p.token
  if P.accept(p, "[") then
    local key = expression(p)
    P.expect(p, "]")
    P.expect(p, "=")
    return { key = key, value = expression(p), line = token.line, column = token.column }
  end
  if token.type == "name" and P.peek(p).type == "=" then
    P.advance(p)
    P.advance(p)
    local key = node("string", token, { value = token.value })
    return { key = key, value = expression(p), line = token.line, column = token.column }
  end
  return { value = expression(p), line = token.line, column = token.column }
end

local function constructor(p)
  local opened, items = P.expect(p, "{"), {}
  while p.token.type ~= "}" do
    items[#items + 1] = table_item(p)
    if not (P.accept(p, ",") or P.accept(p, ";")) then break end
  end
  P.expect(p, "}", opened)
  return node("table", opened, { items = items })
end

local function parameters(p, list)
  local opened, vararg = P.expect(p, "("), false
  while p.token.type ~= ")" do
    if P.accept(p, "...") then
      vararg = true
      break
    end
    list[#list + 1] = name_node(P.expect(p, "name"))
    if not P.accept(p, ",") then break end
  end
  P.expect(p, ")", opened)
  return vararg
end

local function function_body(p, token, is_method)
  local list = {}
  if is_method then list[1] = node("name", token, { name = "self", implicit = true }) end
  local vararg = parameters(p, list)
  local made = node("function", token, { parameters = list, vararg = vararg })
  made.body = block(p)
  P.expect(p, "end", token)
  return made
end

local function call_arguments(p)
  local token = p.token
  if token.type == "string" then return { node("string", P.advance(p), { value = token.value }) } end
  if token.type == "{" then return { constructor(p) } end
  P.expect(p, "(")
  local list = p.token.type == ")" and {} or expression_list(p)
  P.expect(p, ")", token)
  return list
end

local function field(p, object)
  local token = P.expect(p, "name")
  return node("index", token, { object = object, key = node("string", token, { value = token.value }) })
end

local function suffix(p, object)
  local token = p.token
  if P.accept(p, ".") then return field(p, object) end
  if P.accept(p, "[") then
    local key = expression(p)
    P.expect(p, "]", token)
    return node("index", token, { object = object, key = key })
  end
  if P.accept(p, ":") then
    local name = P.expect(p, "name")
    return node("method", name, { object = object, name = name.value, arguments = call_arguments(p) })
  end
  if token.type == "(" or token.type == "string" or token.type == "{" then
    return node("call", token, { callee = object, arguments = call_arguments(p) })
  end
end

local function suffixed(p)
  local token = p.token
  local object
  if P.accept(p, "(") then
    object = node("parentheses", token, { inner = expression(p) })
    P.expect(p, ")", token)
  else
    if token.type ~= "name" then P.fail(p, "unexpected symbol") end
    object = name_node(P.advance(p))
  end
  while true do
    local longer = suffix(p, object)
    if not longer then return object end
    object = longer
  end
end

local constants = { ["nil"] = true, ["true"] = true, ["false"] = true, ["..."] = true }

local function simple(p)
  local token = p.token
  if token.type == "string" or token.type == "number" then
    return node(token.type, P.advance(p), { value = token.value })
  end
  if constants[token.type] then return node(token.type, P.advance(p), {}) end
  if token.type == "{" then return constructor(p) end
  if P.accept(p, "function") then return function_body(p, token) end
  return suffixed(p)
end

local binary = { -- how strongly an operator binds to its left and right
  ["or"] = { 1, 1 }, ["and"] = { 2, 2 }, ["<"] = { 3, 3 }, [">"] = { 3, 3 }, ["<="] = { 3, 3 }, [">="] = { 3, 3 },
  ["~="] = { 3, 3 }, ["=="] = { 3, 3 }, [".."] = { 5, 4 }, ["+"] = { 6, 6 }, ["-"] = { 6, 6 }, ["*"] = { 7, 7 },
  ["/"] = { 7, 7 }, ["%"] = { 7, 7 }, ["^"] = { 10, 9 },
}
local unary = { ["not"] = true, ["-"] = true, ["#"] = true }

function expression(p, least)
  least = least or 0
  local token = p.token
  local left
  if unary[token.type] then
    P.advance(p)
    left = node("unary", token, { operator = token.type, operand = expression(p, 8) })
  else
    left = simple(p)
  end
  while true do
    local mark = p.token
    local power = binary[mark.type]
    if not power or power[1] <= least then return left end
    P.advance(p)
    left = node("binary", mark, { operator = mark.type, left = left, right = expression(p, power[2]) })
  end
end

-- Statements

local statements = {}

local function body(p, token)
  local inner = block(p)
  P.expect(p, "end", token)
  return inner
end

statements["do"] = function(p, token) return node("do", token, { body = body(p, token) }) end

statements["while"] = function(p, token)
  local condition = expression(p)
  P.expect(p, "do")
  return node("while", token, { condition = condition, body = body(p, token) })
end

statements["repeat"] = function(p, token)
  local inner = block(p)
  P.expect(p, "until", token)
  return node("repeat", token, { body = inner, condition = expression(p) })
end

statements["if"] = function(p, token)
  local made = node("if", token, { branches = {} })
  local condition = expression(p)
  P.expect(p, "then")
  made.branches[1] = { condition = condition, body = block(p) }
  while P.accept(p, "elseif") do
    condition = expression(p)
    P.expect(p, "then")
    made.branches[#made.branches + 1] = { condition = condition, body = block(p) }
  end
  if P.accept(p, "else") then made.otherwise = block(p) end
  P.expect(p, "end", token)
  return made
end

statements["for"] = function(p, token)
  local names = { name_node(P.expect(p, "name")) }
  if P.accept(p, "=") then
    local values = expression_list(p)
    P.expect(p, "do")
    return node("for", token, { names = names, values = values, body = body(p, token) })
  end
  while P.accept(p, ",") do names[#names + 1] = name_node(P.expect(p, "name")) end
  P.expect(p, "in")
  local values = expression_list(p)
  P.expect(p, "do")
  return node("for", token, { names = names, values = values, body = body(p, token) })
end

statements["function"] = function(p, token)
  local target, is_method = name_node(P.expect(p, "name")), false
  while P.accept(p, ".") do target = field(p, target) end
  if P.accept(p, ":") then target, is_method = field(p, target), true end
  return node("assign", token, { targets = { target }, values = { function_body(p, token, is_method) }, is_function = true })
end

statements["local"] = function(p, token)
  if P.accept(p, "function") then
    local name = name_node(P.expect(p, "name"))
    return node("local function", token, { name = name, value = function_body(p, token) })
  end
  local names, values = { name_node(P.expect(p, "name")) }, {}
  while P.accept(p, ",") do names[#names + 1] = name_node(P.expect(p, "name")) end
  if P.accept(p, "=") then values = expression_list(p) end
  return node("local", token, { names = names, values = values })
end

statements["return"] = function(p, token)
  local ends = { ["end"] = true, ["else"] = true, ["elseif"] = true, ["until"] = true, ["end of file"] = true, [";"] = true }
  local values = ends[p.token.type] and {} or expression_list(p)
  P.accept(p, ";")
  return node("return", token, { values = values })
end

statements["break"] = function(_, token) return node("break", token, {}) end

statements["::"] = function(p, token)
  local name = P.expect(p, "name")
  P.expect(p, "::")
  return node("label", token, { name = name.value })
end

local function expression_statement(p)
  local token, first = p.token, suffixed(p)
  if p.token.type ~= "=" and p.token.type ~= "," then
    if first.tag ~= "call" and first.tag ~= "method" then P.fail(p, "'=' expected") end
    return node("run", token, { call = first })
  end
  local targets = { first }
  while P.accept(p, ",") do targets[#targets + 1] = suffixed(p) end
  P.expect(p, "=")
  for _, target in ipairs(targets) do
    if target.tag ~= "name" and target.tag ~= "index" then P.fail(p, "a variable is expected before '='") end
  end
  return node("assign", token, { targets = targets, values = expression_list(p) })
end

local block_ends = { ["end"] = true, ["else"] = true, ["elseif"] = true, ["until"] = true, ["end of file"] = true }

local function statement(p)
  local token = p.token
  if token.type == "name" and token.value == "goto" and P.peek(p).type == "name" then -- elsewhere it is a name
    P.advance(p)
    return node("goto", token, { name = P.advance(p).value })
  end
  local read = statements[token.type]
  if not read then return expression_statement(p) end
  P.advance(p)
  return read(p, token)
end

local DEEPEST = 190

function block(p)
  local made = { last_line = 0 }
  p.depth = p.depth + 1
  if p.depth > DEEPEST then P.fail(p, "blocks nest deeper than " .. DEEPEST .. " levels") end
  while not block_ends[p.token.type] do
    if not P.accept(p, ";") then
      local one = statement(p)
      made[#made + 1] = one
      if one.tag == "return" then break end
    end
  end
  p.depth = p.depth - 1
  return made
end

return function(text)
  local p = setmetatable({ lexer = new_lexer(text), depth = 0 }, P)
  P.advance(p)
  local tree = block(p)
  if p.token.type ~= "end of file" then P.fail(p, "end of file expected") end
  return tree
end
