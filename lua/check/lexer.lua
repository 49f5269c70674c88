-- Splits the text of a script into tokens as LuaJIT does: type, value, line and column (bytes, from 1).

local keywords = {}
local words = "and break do else elseif end false for function if in local nil not or repeat return then true until while"
for word in words:gmatch("%S+") do
  keywords[word] = true
end

local Lexer = {}
Lexer.__index = Lexer

local function new(text)
  local at = text:sub(1, 3) == "\239\187\191" and 4 or 1
  if text:sub(at, at) == "#" then at = text:find("[\r\n]", at) or #text + 1 end
  return setmetatable({ text = text, at = at, line = 1, line_start = 1 }, Lexer)
end

function Lexer.fail(lexer, message, line, column)
  error({ syntax = true, line = line or lexer.line, column = column or lexer.at - lexer.line_start + 1, message = message }, 0)
end

-- Counts the line ends of what is passed.
local function pass(lexer, to)
  local text, from = lexer.text, lexer.at
  while true do
    local line_end = text:find("\n", from, true)
    if not line_end or line_end >= to then break end
    lexer.line, lexer.line_start = lexer.line + 1, line_end + 1
    from = line_end + 1
  end
  lexer.at = to
end

-- Behind a long bracket that opens at lexer.at, or nil.
local function long_end(lexer, at)
  local level = lexer.text:match("^%[(=*)%[", at)
  if not level then return nil end
  local _, last = lexer.text:find("]" .. level .. "]", at, true)
  if not last then lexer:fail("unfinished long string or comment") end
  return last + 1, level
end

local function skip_blank(lexer)
  local text = lexer.text
  while true do
    local next_at = text:match("^%s*()", lexer.at)
    pass(lexer, next_at)
    if text:sub(lexer.at, lexer.at + 1) ~= "--" then return end
    local to = text:sub(lexer.at + 2, lexer.at + 2) == "[" and long_end(lexer, lexer.at + 2)
    pass(lexer, to or text:find("[\r\n]", lexer.at) or #text + 1)
  end
end

local function string_end(lexer, quote)
  local text, at = lexer.text, lexer.at + 1
  while true do
    at = text:find("[\\\r\n" .. quote .. "]", at)
    local mark = at and text:sub(at, at)
    if not at or mark == "\n" or mark == "\r" then lexer:fail("unfinished string") end
    if mark == quote then return at + 1 end
    if text:sub(at + 1, at + 1) == "z" then at = text:match("^%s*()", at + 2) else at = at + 2 end
  end
end

local function number_end(lexer)
  local text, at = lexer.text, lexer.at
  local marks = text:find("^0[xX]", at) and "[pP]" or "[eE]"
  while true do
    if text:find("^" .. marks .. "[+-]", at) then at = at + 2
    elseif text:find("^[%w_.]", at) then at = at + 1
    else break end
  end
  local shown = text:sub(lexer.at, at - 1)
  if not tonumber((shown:gsub("[uU]?[lL][lL]$", ""):gsub("i$", ""))) then lexer:fail("malformed number '" .. shown .. "'") end
  return at
end

local marks = { "...", "..", "==", "~=", "<=", ">=", "::" }

local function mark_at(text, at)
  for _, mark in ipairs(marks) do
    if text:sub(at, at + #mark - 1) == mark then return mark end
  end
  return text:sub(at, at)
end

local function word(lexer, at)
  local name = lexer.text:match("^[%a_\128-\255][%w_\128-\255]*", at)
  return keywords[name] and name or "name", name, at + #name
end

-- Type, value, where it ends.
local function read(lexer)
  local text, at = lexer.text, lexer.at
  local first = text:sub(at, at)
  if first == "" then return "end of file", nil, at end
  if first:find("[%a_\128-\255]") then return word(lexer, at) end
  if first:find("%d") or text:find("^%.%d", at) then
    local to = number_end(lexer)
    return "number", text:sub(at, to - 1), to
  end
  if first == '"' or first == "'" then
    local to = string_end(lexer, first)
    return "string", text:sub(at + 1, to - 2), to
  end
  local to, level
  if first == "[" then to, level = long_end(lexer, at) end
  if to then return "string", text:sub(at + 2 + #level, to - 3 - #level), to end
  local mark = mark_at(text, at)
  if not mark:find("^[-+*/%%^#=<>~(){}%[%];:,.]") then lexer:fail("unexpected symbol near '" .. mark .. "'") end
  return mark, nil, at + #mark
end

-- The next token: { type =, value =, line =, column = }.
function Lexer.next(lexer)
  skip_blank(lexer)
  local line, column = lexer.line, lexer.at - lexer.line_start + 1
  local type, value, to = read(lexer)
  pass(lexer, to)
  return { type = type, value = value, line = line, column = column }
end

return new
