-- `luaconnect check` without running the script: one walk over its tree that knows names, the SDK and its arity.
-- check(text, metas, is_test) gives an array of { line, column, severity, message }, sorted; whether the text makes a
-- plug-in; and the lines of statements inside of functions, which tests should run.

local parse = require "parser"
local sdk = require "sdk"
local known = require "known"
local find_unreachable = require "flow"

local W = {}
W.__index = W

local function report(w, at, severity, message)
  w.found[#w.found + 1] = { at.line, at.column, severity, message }
end

local function suggestion(w, word, names)
  local near = nearest(word, names)
  return near and " (did you mean '" .. near .. "'?)" or ""
end

local function keys_of(set, more)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  for name in pairs(more or {}) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Scopes

local function open_scope(w) w.scope = { outer = w.scope, names = {}, order = {} } end

local function find(w, name)
  local scope = w.scope
  while scope do
    if scope.names[name] then return scope.names[name] end
    scope = scope.outer
  end
end

local function close_scope(w)
  for _, variable in ipairs(w.scope.order) do
    if not variable.used and variable.what and not variable.name:find("^_") then
      report(w, variable, "warning", "unused " .. variable.what .. " '" .. variable.name .. "'")
    end
  end
  w.scope = w.scope.outer
end

-- `what` of variables that should be used: "variable", "function", "loop variable"; nil for parameters.
local function declare(w, at, what, type)
  local name, before = at.name, find(w, at.name)
  if before and not name:find("^_") and not at.implicit and before.name ~= "self" then
    report(w, at, "warning", "'" .. name .. "' hides the one of line " .. before.line)
  end
  local variable = { name = name, line = at.line, column = at.column, what = what, type = type }
  w.scope.names[name] = variable
  w.scope.order[#w.scope.order + 1] = variable
  return variable
end

-- Types: { class = "lc.Record" } or { settings = {…} } or a function of the SDK; nil when unknown.

local shown = {
  ["lc"] = "lc", ["lc.Record"] = "a record", ["lc.Headers"] = "record.headers", ["lc.Header"] = "a header",
  ["lc.Task"] = "a task", ["lc.Out"] = "out", ["lc.Records"] = "the array of records", ["lc.TaskOffsets"] = "task.offsets",
  ["lc.Transform"] = "a transform", ["lc.Predicate"] = "a predicate", ["lc.Source"] = "a source", ["lc.Sink"] = "a sink",
  ["lc.TransformSpec"] = "a transform", ["lc.PredicateSpec"] = "a predicate", ["lc.SourceSpec"] = "a source",
  ["lc.SinkSpec"] = "a sink", ["lc.DefinitionSpec"] = "a setting", ["lc.Schema"] = "a schema",
}

local function show(class) return shown[class] or class end

local function check_capability(w, at, name)
  w.capabilities_used[name] = w.capabilities_used[name] or at
end

local function unknown_field(w, at, class, name)
  if class == "lc.Capabilities" then return check_capability(w, at, name) end
  if sdk.is_open(class) then return end
  local verb = class == "lc" and "lc has no '" or show(class) .. " has no '"
  report(w, at, "error", verb .. name .. "'" .. suggestion(w, name, sdk.names(class)))
end

local function settings_field(w, node, settings, name)
  if settings.names[name] or settings.is_open then return end
  w.setting_uses[#w.setting_uses + 1] = { node = node, settings = settings, name = name }
end

local expression

-- The type of object.name, which is checked to exist.
local function field_type(w, node, object, name, is_written)
  if object.settings then
    if is_written then object.settings.names[name] = true else settings_field(w, node, object.settings, name) end
    return nil
  end
  if not object.class then return nil end
  if object.class == "lc.Task" and name == "config" and w.settings then return { settings = w.settings } end
  if object.class == "lc.Capabilities" then check_capability(w, node.key, name) end
  local field = sdk.field(object.class, name)
  if not field then return unknown_field(w, node.key, object.class, name) end
  if field.is_function then return { sdk_function = field, full_name = object.class .. "." .. name } end
  return field.class and not field.is_array and { class = field.class } or nil
end

local function index(w, node, is_written)
  local object, key = node.object, node.key
  local type = expression(w, object)
  if key.tag ~= "string" then
    expression(w, key)
    local class = type and type.class and sdk.classes[type.class]
    return class and class.item and class.item.class and { class = class.item.class } or nil
  end
  if object.tag == "name" and not object.variable then
    local library = known.libraries[object.name]
    if library and not library[key.value] then
      report(w, key, "error", object.name .. " has no '" .. key.value .. "'" .. suggestion(w, key.value, keys_of(library)))
    end
  end
  if not type then
    -- A task that came as an argument: what it is used for counts as used.
    if object.tag == "index" and object.key.value == "cap" and w.needs[key.value] then check_capability(w, key, key.value) end
    return nil
  end
  local found = field_type(w, node, type, key.value, is_written)
  node.full_name = found and found.full_name
  return found
end

-- Calls

local function argument_count(arguments)
  local last = arguments[#arguments]
  local is_open = last and (last.tag == "call" or last.tag == "method" or last.tag == "...")
  return is_open and #arguments - 1 or #arguments, is_open
end

local function plural(n) return n == 1 and "1 argument" or n .. " arguments" end

local function check_arity(w, node, name, f, arguments)
  local given, is_open = argument_count(arguments)
  if given > f.most then
    report(w, node, "error", name .. " takes " .. (f.most == f.least and "" or "at most ") .. plural(f.most) .. ", not " .. given)
  elseif given < f.least and not is_open then
    local bound = f.most == f.least and "" or "at least "
    report(w, node, "error", name .. " takes " .. bound .. plural(f.least) .. ", not " .. given)
  end
end

local function check_keys(w, literal, has, names, what)
  for _, item in ipairs(literal.items) do
    if item.key and item.key.tag == "string" and not has(item.key.value) then
      report(w, item.key, "error", what .. " has no '" .. item.key.value .. "'" .. suggestion(w, item.key.value, names()))
    end
  end
end

-- Tables given where the SDK takes certain names only.
local function check_literal(w, literal, expected, name)
  if literal.tag ~= "table" or not expected then return end
  if expected.keys then
    check_keys(w, literal, function(key) return expected.keys[key] end, function() return keys_of(expected.keys) end,
      "the table for " .. name)
  elseif expected.class and sdk.classes[expected.class] and not sdk.is_open(expected.class) then
    check_keys(w, literal, function(key) return sdk.field(expected.class, key) end,
      function() return sdk.names(expected.class) end, show(expected.class))
  end
end

-- Parameters of a hook get their types before its body is walked.
local function type_hook(w, f, expected, name, spec)
  if not f or f.tag ~= "function" or not expected or not expected.parameters then return end
  f.types = {}
  for i, parameter in ipairs(expected.parameters) do
    f.types[i] = parameter.class and not parameter.is_array and { class = parameter.class } or nil
  end
  local settings = w.settings
  if not settings then return end
  if name == "configure" or name == "tasks" then f.types[1] = { settings = settings } end
  local has_settings = name == "apply" or name == "apply_batch" or name == "test"
  if has_settings and not spec.configures then f.types[2] = { settings = settings } end
end

local function literal_item(literal, name)
  for _, item in ipairs(literal.items) do
    if item.key and item.key.tag == "string" and item.key.value == name then return item.value end
  end
end

-- The names in `config = { … }`.
local function settings_of(literal, kind)
  local config = literal_item(literal, "config")
  local settings = { names = { side = kind == "lc.transform" or nil }, is_open = false }
  if not config then return settings end
  if config.tag ~= "table" then
    settings.is_open = true
    return settings
  end
  for _, item in ipairs(config.items) do
    if item.key and item.key.tag == "string" then settings.names[item.key.value] = true else settings.is_open = true end
  end
  return settings
end

local function read_needs(w, literal)
  local needs = literal_item(literal, "needs")
  if not needs or needs.tag ~= "table" then
    w.needs_unknown = needs ~= nil
    return
  end
  for _, item in ipairs(needs.items) do
    if item.value.tag == "string" then
      w.needs[item.value.value] = item.value
      if not sdk.field("lc.Capabilities", item.value.value) then
        report(w, item.value, "error", "there is no capability '" .. item.value.value .. "'"
          .. suggestion(w, item.value.value, sdk.names("lc.Capabilities")))
      end
    else
      w.needs_unknown = true
    end
  end
end

local plugin_kinds = { ["lc.transform"] = true, ["lc.predicate"] = true, ["lc.source"] = true, ["lc.sink"] = true }

local function function_of(w, value)
  if value.tag == "name" then return w.local_functions[value.name] end
  return value
end

local function enter_plugin(w, kind, f, literal)
  w.is_plugin = true
  if not literal or literal.tag ~= "table" then return end
  local spec = f.arguments[1]
  w.settings = settings_of(literal, kind)
  read_needs(w, literal)
  local configures = literal_item(literal, "configure") ~= nil or w.assigned_hooks.configure
  for _, item in ipairs(literal.items) do
    if item.key and item.key.tag == "string" then
      local hook = item.key.value
      type_hook(w, function_of(w, item.value), sdk.field(spec.class, hook), hook, { configures = configures })
    end
  end
end

local function call(w, node)
  local callee, arguments = node.callee, node.arguments
  local is_require = callee.tag == "name" and callee.name == "require" and not find(w, "require")
  if is_require and #arguments == 1 and arguments[1].tag == "string" then
    local part = arguments[1].value:match("^lc%.(%w+)$")
    if arguments[1].value == "lc" then return { class = "lc" } end
    if arguments[1].value == "lc.test" and w.is_test then return { class = "lc.test" } end
    local field = part and sdk.field("lc", part)
    if part and not field then
      report(w, arguments[1], "error", "lc has no part '" .. part .. "'" .. suggestion(w, part, sdk.names("lc")))
    end
    return field and field.class and { class = field.class } or nil
  end
  local type = expression(w, callee)
  local f = type and type.sdk_function
  if f then
    check_arity(w, callee, type.full_name, f, arguments)
    if plugin_kinds[type.full_name] then enter_plugin(w, type.full_name, f, arguments[1]) end
    for i, argument in ipairs(arguments) do check_literal(w, argument, f.arguments[i], type.full_name) end
  end
  for _, argument in ipairs(arguments) do expression(w, argument) end
  return f and f.returns and f.returns.class and not f.returns.is_array and { class = f.returns.class } or nil
end

local function method(w, node)
  local object = expression(w, node.object)
  for _, argument in ipairs(node.arguments) do expression(w, argument) end
  if not object or not object.class then return nil end
  local f = sdk.field(object.class, node.name)
  if not f then
    if not sdk.is_open(object.class) then
      local near = suggestion(w, node.name, sdk.names(object.class))
      report(w, node, "error", show(object.class) .. " has no '" .. node.name .. "'" .. near)
    end
    return nil
  end
  if not f.is_function then return nil end
  if f.is_method then
    check_arity(w, node, show(object.class) .. ":" .. node.name, f, node.arguments)
    for i, argument in ipairs(node.arguments) do check_literal(w, argument, f.arguments[i], node.name) end
  end
  return f.returns and f.returns.class and not f.returns.is_array and { class = f.returns.class } or nil
end

-- Expressions

local block

local function function_value(w, node)
  open_scope(w)
  w.depth = w.depth + 1
  for i, parameter in ipairs(node.parameters) do declare(w, parameter, nil, node.types and node.types[i]) end
  block(w, node.body)
  w.depth = w.depth - 1
  close_scope(w)
end

local function name(w, node)
  local variable = find(w, node.name)
  node.variable = variable
  if variable then
    variable.used = true
    return variable.type
  end
  if w.is_test and known.test_globals[node.name] then
    local type = field_type(w, { key = node }, { class = "lc.test" }, node.name)
    return type
  end
  if not known.globals[node.name] then w.global_reads[#w.global_reads + 1] = node end
end

local readers = {
  name = name, index = index, call = call, method = method, ["function"] = function_value,
  parentheses = function(w, node) return expression(w, node.inner) end,
  unary = function(w, node) expression(w, node.operand) end,
  binary = function(w, node)
    local left, right = expression(w, node.left), expression(w, node.right)
    if node.operator == "or" then return left or right end
    if node.operator == "and" then return right end
  end,
  table = function(w, node)
    for _, item in ipairs(node.items) do
      if item.key then expression(w, item.key) end
      expression(w, item.value)
    end
  end,
}

function expression(w, node)
  local read = readers[node.tag]
  return read and read(w, node)
end

-- Statements

local walkers = {}

walkers["local"] = function(w, node)
  local types = {}
  for i, value in ipairs(node.values) do types[i] = expression(w, value) end
  for i, at in ipairs(node.names) do
    local what = node.values[i] and node.values[i].tag == "function" and "function" or "variable"
    declare(w, at, what, types[i])
  end
end

walkers["local function"] = function(w, node)
  declare(w, node.name, "function")
  function_value(w, node.value)
end

-- A hook given as plugin.hook = function … or function plugin.hook(…).
local function assigned_hook(w, target, value)
  if target.tag ~= "index" or target.key.tag ~= "string" or target.object.tag ~= "name" then return end
  local variable = find(w, target.object.name)
  local class = variable and variable.type and variable.type.class
  if not class or not class:find("^lc%.%u") then return end
  local hook = target.key.value
  type_hook(w, function_of(w, value), sdk.field(class, hook), hook, { configures = w.assigned_hooks.configure })
end

walkers["assign"] = function(w, node)
  for i, target in ipairs(node.targets) do
    if node.values[i] then assigned_hook(w, target, node.values[i]) end
  end
  for _, value in ipairs(node.values) do expression(w, value) end
  for _, target in ipairs(node.targets) do
    if target.tag == "index" then
      index(w, target, true)
    elseif not find(w, target.name) then
      if not known.globals[target.name] then w.global_writes[target.name] = w.global_writes[target.name] or target end
    else
      find(w, target.name).type = nil
    end
  end
end

walkers["run"] = function(w, node) expression(w, node.call) end

local function inner(w, body)
  open_scope(w)
  block(w, body)
  close_scope(w)
end

walkers["do"] = function(w, node) inner(w, node.body) end

walkers["while"] = function(w, node)
  expression(w, node.condition)
  inner(w, node.body)
end

walkers["repeat"] = function(w, node)
  open_scope(w)
  block(w, node.body)
  expression(w, node.condition)
  close_scope(w)
end

walkers["if"] = function(w, node)
  for _, branch in ipairs(node.branches) do
    expression(w, branch.condition)
    inner(w, branch.body)
  end
  if node.otherwise then inner(w, node.otherwise) end
end

-- What the second variable of `for _, x in ipairs(list)` is.
local function item_type(w, value)
  if value.tag ~= "call" or not value.arguments[1] then return nil end
  local callee = value.callee
  local called = callee.tag == "name" and callee.name or callee.full_name
  if called ~= "ipairs" and called ~= "lc.ipairs" then return nil end
  local list = value.arguments[1]
  local type = list.tag == "name" and find(w, list.name) and find(w, list.name).type or list.tag == "index" and index(w, list)
  local class = type and type.class and sdk.classes[type.class]
  return class and class.item and class.item.class and { class = class.item.class } or nil
end

walkers["for"] = function(w, node)
  for _, value in ipairs(node.values) do expression(w, value) end
  local type = #node.names == 2 and item_type(w, node.values[1]) or nil
  open_scope(w)
  for i, at in ipairs(node.names) do declare(w, at, "loop variable", i == 2 and type or nil) end
  block(w, node.body)
  close_scope(w)
end

walkers["return"] = function(w, node)
  for _, value in ipairs(node.values) do expression(w, value) end
end

function block(w, list)
  for _, statement in ipairs(list) do
    local walk = walkers[statement.tag]
    if w.depth > 0 and statement.tag ~= "label" then w.lines[statement.line] = true end
    if walk then walk(w, statement) end
  end
  find_unreachable(list, function(statement) report(w, statement, "warning", "this is never reached") end)
end

-- Before the walk: functions and hooks that are defined under a name.
local function collect(w, tree)
  for _, statement in ipairs(tree) do
    if statement.tag == "local function" then w.local_functions[statement.name.name] = statement.value end
    if statement.tag == "local" then
      for i, at in ipairs(statement.names) do
        local value = statement.values[i]
        if value and value.tag == "function" then w.local_functions[at.name] = value end
      end
    end
    if statement.tag == "assign" then
      for _, target in ipairs(statement.targets) do
        if target.tag == "index" and target.key.tag == "string" then w.assigned_hooks[target.key.value] = true end
      end
    end
  end
end

-- A function given by its name as a hook is walked before the plug-in: its types come from a look ahead.
local function type_named_hooks(w, tree)
  local function visit(node)
    if node.tag == "call" and node.callee.tag == "index" and node.callee.key.tag == "string" then
      local kind = "lc." .. node.callee.key.value
      local f = plugin_kinds[kind] and sdk.field("lc", node.callee.key.value)
      local literal = node.arguments[1]
      if f and literal and literal.tag == "table" then
        w.settings = settings_of(literal, kind)
        local configures = literal_item(literal, "configure") ~= nil or w.assigned_hooks.configure
        for _, item in ipairs(literal.items) do
          if item.key and item.key.tag == "string" and item.value.tag == "name" then
            type_hook(w, function_of(w, item.value), sdk.field(f.arguments[1].class, item.key.value), item.key.value,
              { configures = configures })
          end
        end
      end
    end
  end
  for _, statement in ipairs(tree) do
    for _, value in ipairs(statement.values or {}) do visit(value) end
  end
end

local function finish_globals(w)
  for _, node in ipairs(w.global_reads) do
    local advice = known.absent[node.name]
    if not w.global_writes[node.name] then
      report(w, node, "error", advice and "'" .. node.name .. "' isn't there for scripts: " .. advice
        or "unknown global '" .. node.name .. "'" .. suggestion(w, node.name, keys_of(known.globals, w.all_names)))
    end
  end
  for written, at in pairs(w.global_writes) do
    report(w, at, "warning", "'" .. written .. "' becomes a global: say local")
  end
end

local function finish_capabilities(w)
  for used, at in pairs(w.capabilities_used) do
    if not sdk.field("lc.Capabilities", used) then
      report(w, at, "error", "there is no capability '" .. used .. "'" .. suggestion(w, used, sdk.names("lc.Capabilities")))
    elseif not w.needs[used] and not w.needs_unknown then
      report(w, at, "error", "the capability '" .. used .. "' is used but not declared: needs = { \"" .. used .. "\" }")
    end
  end
  if w.needs_unknown then return end
  for declared, at in pairs(w.needs) do
    if not w.capabilities_used[declared] and not w.passes_caps then
      report(w, at, "warning", "the capability '" .. declared .. "' is declared but not used")
    end
  end
end

local function finish_settings(w)
  for _, use in ipairs(w.setting_uses) do
    if not use.settings.names[use.name] then
      local near = suggestion(w, use.name, keys_of(use.settings.names))
      report(w, use.node.key, "error", "there is no setting '" .. use.name .. "'" .. near)
    end
  end
end

local function by_place(a, b)
  if a[1] ~= b[1] then return a[1] < b[1] end
  if a[2] ~= b[2] then return a[2] < b[2] end
  if a[3] ~= b[3] then return a[3] < b[3] end
  return a[4] < b[4]
end

local function walk(w, tree)
  collect(w, tree)
  type_named_hooks(w, tree)
  open_scope(w)
  block(w, tree)
  close_scope(w)
  finish_globals(w)
  finish_capabilities(w)
  finish_settings(w)
end

local function sorted_lines(w)
  local lines = {}
  for line in pairs(w.lines) do lines[#lines + 1] = line end
  table.sort(lines)
  return lines
end

return function(text, metas, is_test)
  sdk.load(metas)
  local w = setmetatable({
    found = {}, is_test = is_test, global_reads = {}, global_writes = {}, capabilities_used = {}, needs = {},
    lines = {}, depth = 0, setting_uses = {}, local_functions = {}, assigned_hooks = {},
  }, W)
  local ok, problem = pcall(parse, text)
  if ok then
    walk(w, problem)
  elseif type(problem) == "table" and problem.syntax then
    report(w, problem, "error", problem.message)
  else
    local is_deep = tostring(problem):find("stack overflow", 1, true) or tostring(problem):find("C stack", 1, true)
    report(w, { line = 1, column = 1 }, "error", is_deep and "nests too deeply to be checked" or tostring(problem))
  end
  table.sort(w.found, by_place)
  return w.found, w.is_plugin or false, sorted_lines(w)
end
