#!/usr/bin/env python3
"""Scripts that mean harm, given to `luaconnect try`: they end with status 3 or 4 (or 0 where they do nothing), in time,
and never with a crash. With the JIT on and off. Usage: test_hostile.py PROGRAM TOP"""
import sys

from kit import Kit

kit = Kit(sys.argv[1])
LIMIT_MS = 100
SLACK_S = 3.0 if "--slow" in sys.argv else 1.0  # for a busy machine; the limit itself is kept within 0.1 s

# Bodies of apply(record). 0: harmless, 3: fails, 4: stopped; several: any of them.
BODIES = {
    # Time.
    "while": ((4,), "while true do end"),
    "while_count": ((4,), "local x = 0 while true do x = x + 1 end"),
    "repeat": ((4,), "repeat until false"),
    "for_huge": ((4,), "local t = {} for i = 1, 1e18 do t[i % 10 + 1] = i end"),
    "for_infinite": ((4,), "for i = 1, math.huge do end"),
    "for_zero_step": ((0, 4), "for i = 1, 0, 0 do end for i = 1, 2, 0 do end"),
    "goto": ((4,), "::again:: goto again"),
    "tail_call": ((4,), "local function f() return f() end f()"),
    "mutual": ((4,), "local a, b function a() return b() end function b() return a() end a()"),
    "fibonacci": ((4,), "local function f(n) if n < 2 then return n end return f(n - 1) + f(n - 2) end f(60)"),
    "pcall_loop": ((4,), "local function f() while true do end end while true do pcall(f) end"),
    "pcall_error": ((4,), "while true do pcall(error, {}) end"),
    "pcall_pcall": ((4,), "while true do pcall(pcall, pcall, error) end"),
    "xpcall_loop": ((4,), "local function f() while true do end end xpcall(f, f)"),
    "xpcall_handler": ((3, 4), "xpcall(error, function() xpcall(error, function() error('x') end) error('y') end) error('z')"),
    "handler_error": ((0, 3), "xpcall(error, function() error(setmetatable({}, { __tostring = error })) end)"),
    "handler_deep": ((0, 3, 4), "local function h() return xpcall(error, h) end xpcall(error, h)"),
    "coroutine_loop": ((4,), "coroutine.wrap(function() while true do end end)()"),
    "coroutine_many": ((4,), "while true do pcall(coroutine.wrap(function() while true do end end)) end"),
    "coroutine_ping": ((4,), "local c = coroutine.wrap(function() while true do coroutine.yield() end end) while true do c() end"),
    "coroutine_nest": ((3, 4), "local function f() return coroutine.wrap(f)() end f()"),
    "coroutine_outlive": ((0, 3, 4), "if keep then keep() end keep = coroutine.wrap(function() coroutine.yield(record) end)"),
    "yield_outside": ((3,), "coroutine.yield(1)"),
    "index_loop": ((4,), "local t = setmetatable({}, { __index = function() while true do end end }) return t.x"),
    "newindex_loop": ((4,), "local t = setmetatable({}, { __newindex = function() while true do end end }) t.x = 1"),
    "call_loop": ((4,), "setmetatable({}, { __call = function() while true do end end })()"),
    "eq_loop": ((4,), "local m = { __eq = function() while true do end end } return setmetatable({}, m) == setmetatable({}, m)"),
    "lt_loop": ((4,), "local m = { __lt = function() while true do end end } return setmetatable({}, m) < setmetatable({}, m)"),
    "concat_loop": ((4,), "return setmetatable({}, { __concat = function() while true do end end }) .. 'x'"),
    "tostring_loop": ((3, 4), "error(setmetatable({}, { __tostring = function() while true do end end }))"),
    "index_chain": ((3, 4), "local t = {} for i = 1, 1e6 do t = setmetatable({}, { __index = t }) end return t.x.y"),
    "index_self": ((3, 4), "local t = {} setmetatable(t, { __index = t }) return t.x.y"),
    "load_reader": ((4,), "load(function() while true do end end)"),
    "load_loop": ((4,), "load('while true do end')()"),
    "load_many": ((4,), "local n = 0 while true do n = n + 1 load('return ' .. n) end"),
    "sort_loop": ((4,), "table.sort({ 3, 2, 1 }, function() while true do end end)"),
    "sort_true": ((0, 3, 4), "local t = {} for i = 1, 3e5 do t[i] = i end table.sort(t, function() return true end)"),
    "gsub_loop": ((4,), "('x'):gsub('x', function() while true do end end)"),
    "gsub_recursive": ((3, 4), "local function g() return (('a'):gsub('a', function() return g() end)) end g()"),
    "insert_front": ((0, 4), "local t = {} for i = 1, 2e5 do table.insert(t, 1, i) end"),
    "pattern_1": ((0, 3, 4), "return ('a'):rep(3000):find(('.-'):rep(20) .. 'b')"),
    "pattern_2": ((0, 3, 4), "return ('a'):rep(300000):find('(a*)*b')"),
    "pattern_3": ((0, 3, 4), "return ('a'):rep(35):find(('a*'):rep(12) .. 'b')"),
    "pattern_4": ((0, 3, 4), "return ('a'):rep(1000):find(('(a?)'):rep(30) .. 'b')"),
    "pattern_5": ((0, 3, 4), "return ('a'):rep(1e6):match('.-.-.-b')"),
    "pattern_gmatch": ((0, 3, 4), "for _ in ('a'):rep(1e5):gmatch('.-.-b') do end"),
    "plain_find": ((0, 4), "local a = ('a'):rep(4e6) return a:find(('a'):rep(2e6) .. 'b', 1, true)"),
    "regex": ((0, 3, 4), "return lc.regex('(a+)+$'):find(('a'):rep(40) .. 'b')"),
    # Memory.
    "rep": ((3, 4), "return ('x'):rep(1e9)"),
    "rep_separator": ((3, 4), "return (''):rep(1e9, ' ')"),
    "rep_empty": ((0, 3, 4), "return nil, (''):rep(1e15)"),
    "rep_negative": ((0, 3), "return nil, ('x'):rep(-1e15), ('x'):rep(0/0)"),
    "doubling": ((3, 4), "local s = 'x' while true do s = s .. s end"),
    "table_grow": ((3, 4), "local t = {} for i = 1, 1e9 do t[i] = i end"),
    "table_nest": ((3, 4), "local t = {} while true do t = { t } end"),
    "closures": ((3, 4), "local t = {} while true do t[#t + 1] = function() return t end end"),
    "coroutines": ((3, 4), "local t = {} while true do t[#t + 1] = coroutine.create(print) end"),
    "concat": ((3, 4), "local s, t = ('x'):rep(1e6), {} for i = 1, 1e5 do t[i] = s end return table.concat(t)"),
    "gsub_grow": ((3, 4), "return (('x'):rep(5e6):gsub('x', '%0%0%0%0%0%0%0%0%0%0%0%0'))"),
    "format_grow": ((3, 4), "local s = ('x'):rep(3e7) return ('%s%s%s'):format(s, s, s)"),
    "pcall_rep": ((4,), "while true do pcall(string.rep, 'x', 1e9) end"),
    "weak": ((4,), "local t = setmetatable({}, { __mode = 'k' }) while true do t[{}] = {} end"),
    "value_grow": ((3, 4), "local i = 0 while true do i = i + 1 record.value['k' .. i] = ('x'):rep(1000) end"),
    "lists": ((3, 4), "local list = lc.list() for i = 1, 1e9 do list[i] = i end record.value = list"),
    "headers": ((3, 4), "while true do record.headers:add('h').value = 'x' end"),
    "copies": ((3, 4), "local all = {} while true do all[#all + 1] = lc.copy(record) end"),
    "regexes": ((3, 4), "local t = {} while true do t[#t + 1] = lc.regex('x') end"),
    "boxes": ((3, 4), "local t = {} while true do t[#t + 1] = lc.box() end"),
    "schemas": ((3, 4), "local i = 0 while true do i = i + 1 lc.schema.struct('s' .. i, {}) end"),
    "json_deep": ((0, 3, 4), "return lc.json.decode(('['):rep(1e6)) and record"),
    "unpack": ((3, 4), "return unpack({}, 1, 1e7)"),
    "unpack_range": ((3, 4), "return unpack({}, -2147483648, 2147483647)"),
    "unpack_2_53": ((0, 3, 4), "return unpack({}, 2^53, 2^53 + 1)"),
    "byte_all": ((3, 4), "return ('x'):rep(7e6):byte(1, -1)"),
    "char_many": ((3, 4), "local t = {} for i = 1, 8000 do t[i] = 65 end return string.char(unpack(t))"),
    "log_flood": ((4,), "while true do lc.log.debug(('x'):rep(100)) end"),
    # Stack.
    "recursion": ((3, 4), "local function f() return 1 + f() end f()"),
    "recursion_pcall": ((0, 3, 4), "local function f() return pcall(f) end f()"),
    "recursion_index": ((3, 4), "local t = setmetatable({}, {}) getmetatable(t).__index = function(x, k) return x[k] .. '' end return t.x"),
    "recursion_sort": ((3, 4), "local function f() table.sort({ 2, 1 }, function(a, b) f() return a < b end) end f()"),
    "recursion_load": ((3, 4), "function f() return load(function() f() end) .. '' end f()"),
    "vararg": ((3, 4), "local function f(...) return f(1, ...) end f()"),
    "parens": ((0, 3), "return load('return ' .. ('('):rep(1e5) .. '1' .. (')'):rep(1e5)) and record"),
    "braces": ((0, 3, 4), "return load('return ' .. ('{'):rep(2e5) .. ('}'):rep(2e5)) and record"),
    "concats": ((0, 3, 4), "return load('return ' .. ('x..'):rep(1e5) .. 'x') and record"),
    # Tampering and escape.
    "ffi": ((3,), "local f = require('ffi')"),
    "ffi_literal": ((3,), "local x = 1LL return require('ffi').C"),
    "io": ((3,), "return io.open('/etc/passwd')"),
    "os": ((3,), "os.exit(0)"),
    "os_execute": ((3,), "os.execute('true')"),
    "debug": ((3,), "return debug.getregistry()"),
    "package": ((3,), "return package.loaded"),
    "jit": ((3,), "jit.off()"),
    "jit_util": ((3,), "return require('jit.util')"),
    "loadfile": ((3,), "return loadfile('/etc/passwd')"),
    "dofile": ((3,), "return dofile('/etc/passwd')"),
    "loadstring": ((3,), "return loadstring('return 1')"),
    "getfenv": ((3,), "return getfenv(0)"),
    "setfenv": ((3,), "return setfenv(1, {})"),
    "newproxy": ((3,), "return newproxy(true)"),
    "collectgarbage": ((3,), "collectgarbage('stop')"),
    "string_dump": ((3,), "return string.dump(function() end)"),
    "bytecode": ((3,), "return assert(load('\\27LJ\\2\\2\\0'))()"),
    "bytecode_mode": ((3,), "return assert(load('\\27LJ\\2\\2\\0', 'x', 'b'))()"),
    "load_os": ((0, 3), "assert(load('return os')() == nil) assert(load('return io')() == nil) return record"),
    "string_meta": ((3,), "getmetatable('').__index = function() return print end"),
    "string_meta_add": ((3,), "getmetatable('').__add = function() return 1 end"),
    "string_write": ((3,), "string.format = nil"),
    "string_rawset": ((3,), "rawset(string, 'format', error)"),
    "string_setmeta": ((3,), "setmetatable(string, nil)"),
    "globals_meta": ((3,), "setmetatable(_G, { __index = error }) assert(nil)"),
    "lc_write": ((3,), "lc.raise = nil"),
    "lc_rawset": ((3,), "rawset(lc, 'raise', error)"),
    "record_meta": ((3,), "getmetatable(record).__index = nil"),
    "record_setmeta": ((3,), "setmetatable(record, {})"),
    "record_rawset": ((3,), "rawset(record, 1, 2)"),
    "record_index": ((3,), "return record[0], record[1], record + 1"),
    "record_number": ((3,), "return record[1e9].x"),
    "record_field": ((3,), "record.offset = 5"),
    "record_misspelt": ((3,), "record.topc = 'x'"),
    "tostring_address": ((0,), "assert(not tostring({}):find('0x')) assert(not tostring(print):find('0x'))"
                               " assert(not tostring(record):find('0x')) return record"),
    "format_pointer": ((3,), "return ('%p'):format({})"),
    "format_wide": ((0, 3), "return nil, ('%99.99f'):format(1e308)"),
    "format_sweep": ((0, 3), "for i = 0, 99 do pcall(string.format, '%.' .. i .. 'f', 1e308) end return record"),
    "tohex": ((0, 3), "return nil, bit.tohex(0, -2147483648), bit.lshift(1, 1e9)"),
    "error_nil": ((3,), "error()"),
    "error_table": ((3,), "error({})"),
    "error_function": ((3,), "error(print)"),
    "error_record": ((3,), "error(record)"),
    "error_huge": ((3, 4), "error(('x'):rep(1e7))"),
    "error_control": ((3,), "error('\\27[2J\\0\\n{\"level\":\"fatal\"}')"),
    "error_forged": ((3,), "error(setmetatable({ code = 1, message = print }, { __metatable = false }))"),
    "return_number": ((3,), "return 5"),
    "return_foreign": ((3,), "return setmetatable({ topic = 'x' }, {})"),
    "return_twice": ((3,), "return { record, record }"),
    "return_kept_copy": ((3,), "kept = kept or lc.copy(record) return { record, kept }"),
    "return_nested": ((3,), "return { { record } }"),
    "return_many": ((3, 4), "local all = {} for i = 1, 1e6 do all[i] = record end return all"),
    "value_self": ((3, 4), "local m = lc.map() m.m = m record.value = m return record"),
    "value_function": ((3,), "record.value.f = print return record"),
    "value_cycle": ((3, 4), "local t = {} t.t = t record.value = t return record"),
    "topic_huge": ((0, 3, 4), "record.topic = ('x'):rep(1e7) return record"),
    "topic_number": ((3,), "record.topic = {}"),
    "require_up": ((3,), "return require('../pass')"),
    "require_absolute": ((3,), "return require('/etc/passwd')"),
    "require_nul": ((3,), "return require('pass\\0x')"),
    "require_prelude": ((3,), "return require('lc.prelude')"),
}

KEPT = """
local kept
return lc.transform { apply = function(record)
  if kept then kept.{use} end
  kept = {what}
  return record
end }
"""

# Whole scripts.
SCRIPTS = {
    "kept_record": ((3,), KEPT.replace("{use}", "topic = 'x'").replace("{what}", "record")),
    "kept_value": ((3,), KEPT.replace("{use}", "a = 1").replace("{what}", "record.value")),
    "kept_headers": ((3,), KEPT.replace("{use}", "x = 1").replace("{what}", "record.headers")),
    "kept_list": ((3,), KEPT.replace("kept.{use}", "kept[1] = 5").replace("{what}", "record.value.list")),
    "kept_coroutine": ((3,), """
local resume
return lc.transform { apply = function(record)
  if not resume then resume = coroutine.wrap(function(r) while true do coroutine.yield() r.topic = "late" end end) end
  resume(record)
  return record
end }
"""),
    "kept_closure": ((0, 3), """
local late = {}
return lc.transform { apply = function(record)
  for _, f in ipairs(late) do assert(not pcall(f)) end
  late[#late + 1] = function() record.value.x = 1 end
  return record
end }
"""),
    "leak": ((4,), """
local all = {}
return lc.transform { apply = function(record)
  for i = 1, 100 do all[#all + 1] = ("x"):rep(10000) .. #all end
  return record
end }
"""),
    "top_loop": ((4,), "while true do end"),
    "top_memory": ((3, 4), "local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end"),
    "top_recursion": ((3, 4), "local function f() return f() .. 'x' end f()"),
    "top_error": ((3,), "error(nil)"),
    "no_return": ((3,), "local x = 1"),
    "returns_table": ((3,), "return { apply = print }"),
    "returns_forged": ((3,), "return setmetatable({ kind = 'transform', parts = { apply = print } }, getmetatable(lc.transform {}))"),
    "configure_loop": ((4,), "return lc.transform { configure = function() while true do end end, apply = print }"),
    "configure_error": ((3,), "return lc.transform { configure = function() error(setmetatable({}, {})) end, apply = print }"),
    "validator_loop": ((3, 4), "return lc.transform { config = { a = lc.config.string { default = 'x', "
                               "validator = function() while true do end end } }, apply = print }"),
    "misspelt_hook": ((3,), "return lc.transform { aply = print }"),
    "misspelt_option": ((3,), "return lc.transform { config = { a = lc.config.string { defualt = 'x' } }, apply = print }"),
    "source_loop": ((4,), "return lc.source { poll = function() while true do end end }"),
    "source_start": ((4,), "return lc.source { start = function() while true do end end, poll = function() end }"),
    "source_stop": ((4,), "return lc.source { stop = function() while true do end end, poll = function() return lc.done() end }"),
    "source_tasks": ((4,), "return lc.source { tasks = function() while true do end end, poll = function() end }"),
    "source_flood": ((3, 4), "return lc.source { poll = function(task, out) while true do out:add('t').value = 'x' end end }"),
    "source_idle": ((0, 3), "return lc.source { poll = function() return lc.idle(-1e300) end }"),
    "source_answer": ((3,), "return lc.source { poll = function() return 'x' end }"),
    "sink_loop": ((4,), "return lc.sink { put = function() while true do end end }"),
    "sink_flush": ((4,), "return lc.sink { put = function() end, flush = function() while true do end end }"),
    "sink_kept": ((3,), """
local kept
return lc.sink { put = function(task, records)
  if kept then kept.topic = "x" end
  kept = records[1]
end }
"""),
    "sink_beyond": ((0, 3), "return lc.sink { put = function(task, records) return records[1e9].topic, records[-1] end }"),
    "capability": ((3,), "return lc.sink { put = function(task) return task.cap.file:append('/tmp/x') end }"),
    "ungranted": ((3,), "return lc.sink { needs = { 'file' }, put = function(task) return task.cap.file:append('/etc/passwd') end }"),
    "predicate_loop": ((4,), "return lc.predicate { test = function() while true do end end }"),
}

INPUT = '{"a":1,"list":[1,2]}\n' * 150
seconds_over = []


def check(name, wanted, path, config):
    done = kit.run("try", path, "--config", config, text=INPUT)
    over = done.seconds - LIMIT_MS / 1000
    kit.expect(done.returncode in wanted, f"{name}: one of {wanted}", done)
    if done.returncode == 4:
        seconds_over.append((over, name))
        # A leak shows over many records, each in its own time.
        kit.expect(over < SLACK_S or name == "leak", f"{name}: {over:.2f} s over its limit", done)
    if done.returncode in (3, 4):
        kit.expect(done.stderr.startswith("luaconnect: "), f"{name}: a message", done)
        kit.expect("\x1b" not in done.stderr and "0x5" not in done.stderr, f"{name}: nothing odd in the message", done)
        kit.expect(len(done.stderr) < 20000, f"{name}: a short message")


def main():
    for jit in ("on", "off"):
        config = kit.write(f"{jit}.properties", f"script.timeout.ms={LIMIT_MS}\nscript.memory.bytes=16777216\nscript.jit={jit}\n")
        for name, (wanted, body) in BODIES.items():
            text = f'local lc = require "lc"\nreturn lc.transform {{ apply = function(record)\n  do {body} end\n  return record\nend }}\n'
            check(f"{name} ({jit})", wanted, kit.write(f"x_{name}.lua", text), config)
        for name, (wanted, text) in SCRIPTS.items():
            check(f"{name} ({jit})", wanted, kit.write(f"x_{name}.lua", 'local lc = require "lc"\n' + text), config)
    kit.write("dumped.lua", b"\x1bLJ\x02\x02\x00")
    kit.expect(kit.run("try", "dumped.lua").returncode == 3, "a script of bytecode")
    seconds_over.sort()
    print(f"slowest: {seconds_over[-1][1]}, {seconds_over[-1][0]:.3f} s over its limit")
    kit.finish()


main()
