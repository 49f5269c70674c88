#!/usr/bin/env python3
"""Scripts that mean harm, given to `luaconnect try`: they end with status 3 or 4 (or 0 where they do nothing), in time,
and never with a crash. With the JIT on and off. Usage: test_hostile.py PROGRAM TOP"""
import os
import subprocess
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
    # Time: where one turn of a loop takes long, or the loop is inside of a library function.
    "slow_upper": ((4,), "local s = ('x'):rep(2e6) for i = 1, 1e6 do end while true do local _ = s:upper() end"),
    "slow_reverse": ((4,), "local s = ('x'):rep(2e6) for i = 1, 1e6 do end while true do local _ = s:reverse() end"),
    "slow_concat": ((4,), "local s, i = ('x'):rep(2e6), 0 while true do i = i + 1 local _ = s .. i end"),
    "slow_sub": ((4,), "local s, i = ('x'):rep(2e6), 0 while true do i = i + 1 local _ = s:sub(i % 9 + 1) end"),
    "slow_less": ((4,), "local s = ('x'):rep(2e6) local t, u = s .. 'a', s .. 'b' while true do local _ = t < u end"),
    "slow_insert": ((4,), "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.insert(t, 1, 1) table.remove(t, 1) end"),
    "slow_maxn": ((4,), "local t = {} for i = 1, 1e5 do t[i] = i end while true do local _ = table.maxn(t) end"),
    "slow_join": ((4,), "local t = {} for i = 1, 1e5 do t[i] = 'ab' end while true do local _ = table.concat(t) end"),
    "slow_next": ((4,), "local t = {} for i = 1, 1e5 do t[i] = i end for i = 1, 99999 do t[i] = nil end while true do local _ = next(t) end"),
    "slow_byte": ((4,), "local s = ('x'):rep(7000) while true do local _ = s:byte(1, -1) end"),
    "slow_select": ((4,), "local t = {} for i = 1, 7000 do t[i] = i end while true do local _ = select('#', unpack(t)) end"),
    "slow_format": ((4,), "local s = ('x'):rep(2e6) while true do local _ = ('%s'):format(s) end"),
    "slow_quote": ((4,), "local s = ('\\0'):rep(1e6) while true do local _ = ('%q'):format(s) end"),
    "slow_error": ((4,), "local s = ('x'):rep(2e6) while true do pcall(error, s) end"),
    "slow_load": ((4,), "local s = 'return {' .. ('1,'):rep(1e5) .. '}' while true do local _ = load(s) end"),
    "slow_match": ((4,), "local s = ('a'):rep(10000) for i = 1, 1e6 do end while true do local _ = s:match('[^x]*$') end"),
    "slow_gmatch": ((4,), "local s = ('a '):rep(1e6) while true do for w in s:gmatch('%a+') do end end"),
    "slow_sort": ((4,), "local t = {} for i = 1, 1e5 do t[i] = tostring(i) end while true do table.sort(t) end"),
    "slow_hash": ((4,), "local h, s = lc.hash('sha256'), ('x'):rep(2e6) while true do local _ = h(s) end"),
    "slow_json": ((4,), "local s = '[' .. ('1,'):rep(2e4) .. '1]' while true do local _ = lc.json.decode(s) end"),
    "slow_base64": ((4,), "local s = ('x'):rep(2e6) while true do local _ = lc.base64.encode(s) end"),
    "slow_hex": ((4,), "local s = ('x'):rep(1e6) while true do local _ = lc.hex.encode(s) end"),
    "slow_totable": ((4,), "local t = {} for i = 1, 1e5 do t[i] = i end record.value = t while true do local _ = lc.totable(record.value) end"),
    "slow_assign": ((4,), "local t = {} for i = 1, 1e5 do t[i] = i end while true do record.value = t end"),
    "slow_text": ((4,), "local t = {} for i = 1, 1e5 do t[i] = i end record.value = t while true do local _ = lc.text(record, 'value') end"),
    "slow_for_each": ((4,), "local t = {} for i = 1, 1e5 do t[i] = i end while true do local _ = lc.for_each(t, print) end"),
    "slow_order": ((4,), "local t = {} for i = 1, 1e5 do t['k' .. i] = i end while true do local _ = lc.hash_order(t) end"),
    "slow_schema": ((4,), "local f, n = {}, 0 for i = 1, 1000 do f[i] = { 'f' .. i, lc.int32 } end while true do n = n + 1 lc.schema.struct('s' .. n, f) end"),
    "slow_find_header": ((4,), "for i = 1, 1e4 do record.headers:add('h' .. i) end while true do local _ = record.headers:find('x') end"),
    "pcall_after_end": ((4,), "local function spin() while true do end end while true do pcall(spin) pcall(pcall, spin) xpcall(spin, spin) end"),
    "coroutine_swallow": ((4,), "while true do coroutine.resume(coroutine.create(function() while true do pcall(function() while true do end end) end end)) end"),
    "numeric_limits": ((4,), "for i = -math.huge, 0 do end"),
    "while_concat": ((4,), "local x = '' while #x < 1e18 do x = tostring(#x) end"),
    "call_meta_chain": ((3, 4), "local t = setmetatable({}, {}) for i = 1, 300 do t = setmetatable({}, { __call = t }) end return t()"),
    "goto_nested": ((4,), "::a:: do ::b:: if math.random() < 2 then goto a end goto b end"),
    "vararg_loop": ((4,), "local function f(...) if select('#', ...) > 100 then return f() end return f(1, ...) end f()"),
    "bit_loop": ((4,), "local x = 1 while true do x = bit.bxor(bit.rol(x, 3), bit.tobit(x * 7)) end"),
    "int64_loop": ((4,), "local x = 1LL while true do x = x * 3LL + 1LL end"),
    "int64_divide": ((0, 3), "local a = -0x7fffffffffffffffLL - 1LL return nil, pcall(function() return a / -1LL, a % -1LL, a / 0LL, a % 0LL end)"),
    "pattern_balance": ((4,), "return (('('):rep(5e5)):find('%b()')"),
    "pattern_set": ((4,), "return (('z'):rep(1e5)):find('[' .. ('ab'):rep(2e5) .. ']*x')"),
    "pattern_frontier": ((4,), "return (('z'):rep(1e5)):find('%f[' .. ('ab'):rep(2e5) .. ']x')"),
    "pattern_back": ((0, 3, 4), "return (('a'):rep(1e5)):find('(.*)%1b')"),
    "pattern_start_nan": ((0,), "for _, n in ipairs { 0/0, 1/0, -1/0, -2^63, 2^64, 1e308 } do local _ = ('x'):find('.', n), ('x'):match('x', n), ('x'):find('x', n, true) end return record"),
    "regex_quadratic": ((0, 3, 4), "return lc.regex('x*[yz]'):find(('x'):rep(2e5))"),
    "regex_nested": ((3, 4), "return lc.regex('(x+x+)+[yz]'):find(('x'):rep(2e5))"),
    "regex_many": ((3, 4), "return lc.regex('x'):replace_all(('x'):rep(4e6), 'yyyyyyyyyyyy')"),
    "regex_loop": ((4,), "local r = lc.regex('b') local s = ('a'):rep(1e6) while true do r:find(s) end"),
    "digits": ((3, 4), "while true do pcall(lc.put, record.value, 'x', ('1'):rep(1e4), 'decimal') end"),
    # Texts that take long to read.
    "parse_numbers": ((3, 4), "return lc.values.parse('[' .. ('1,'):rep(2e5) .. '1]')"),
    "parse_digits": ((3, 4), "return lc.values.parse(('1'):rep(4e5))"),
    "parse_many_digits": ((3, 4), "return lc.values.parse('[' .. (('1'):rep(6e4) .. ','):rep(60) .. '1]')"),
    "parse_map": ((3, 4), "return lc.values.parse('{' .. ('\"a\":1,'):rep(1e5) .. '}')"),
    "parse_loop": ((4,), "local s = '[' .. ('1,'):rep(2e4) .. '1]' while true do local _ = lc.values.parse(s) end"),
    "convert_digits": ((3, 4), "record.value.x = ('1'):rep(4e5) lc.values.convert(record.value, 'x', 'long')"),
    "decimal_digits": ((3, 4), "lc.put(record.value, 'x', ('1'):rep(4e5), 'decimal')"),
    "parse_prose": ((0,), "local _ = lc.values.parse(('the 2nd, [third] '):rep(1e4)) return record"),
    # What one call makes.
    "copies_dropped": ((3, 4), "while true do lc.copy(record) end"),
    "text_of_one_record": ((3, 4), "record.value.x = {} for i = 1, 30 do record.value.x[i] = ('x'):rep(3e6) .. i end return record"),
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
    "frozen_next": ((0,), "for _, t in ipairs { string, table, math, bit, coroutine, lc, lc.json } do for k in pairs(t) do assert(not pcall(function() t[k] = 1 end)) assert(not pcall(rawset, t, k, 1)) assert(not pcall(setmetatable, t, {})) end end return record"),
    "frozen_remove": ((0,), "pcall(table.remove, string) pcall(table.insert, lc, 1) pcall(table.sort, lc) assert(('x'):upper() == 'X' and lc.json.encode({ 1 }) == '[1]') return record"),
    "frozen_metatable": ((0,), "assert(not getmetatable(string) and not getmetatable(lc) and not getmetatable('') and type(getmetatable(record)) ~= 'table') return record"),
    "globals_own": ((0,), "string = { format = error } tostring = nil assert(('%d'):format(1) == '1') return record"),
    "env_of_load": ((0,), "local env = {} assert(load('x = 1; y = string', 'n', 't', env))() assert(env.x == 1 and env.y == nil) return record"),
    "load_names": ((0,), "for _, n in ipairs { 'os', 'io', 'debug', 'ffi', 'jit', 'package', 'getfenv', 'setfenv', 'newproxy', 'gcinfo', 'dofile', 'loadfile', 'loadstring', 'module', 'collectgarbage' } do assert(load('return ' .. n)() == nil, n) end return record"),
    "string_parts": ((0,), "assert(string.dump == nil and string.buffer == nil and table.new == nil and table.clear == nil and debug == nil and math.randomseed) return record"),
    "require_buffer": ((3,), "return require('string.buffer')"),
    "require_table_new": ((3,), "return require('table.new')"),
    "require_dots": ((3,), "return require('lc..json')"),
    "require_percent": ((3,), "return require('%2e%2e/pass')"),
    "require_number": ((3,), "return require(5)"),
    "require_table": ((3,), "return require(setmetatable({}, { __tostring = function() return 'lc' end }))"),
    "require_long": ((3,), "return require(('x'):rep(1e5))"),
    "tick_name": ((0,), "assert(load('return __lc_tick')() == nil) return record"),
    "tick_set": ((4,), "assert(load('local __lc_tick = function() end while true do end'))()"),
    "tick_global": ((0, 4), "for k, v in pairs(_G) do assert(not k:find('^_%x+$')) end return record"),
    "upvalue_60": ((4,), "local s = '' for i = 1, 60 do s = s .. 'local a' .. i .. ' = 0 ' end s = s .. 'while true do a1 = a1' for i = 2, 60 do s = s .. ' + a' .. i end assert(load(s .. ' end'))()"),
    "gc_metamethod": ((0,), "for i = 1, 1000 do setmetatable({}, { __gc = function() error('finalizer') end }) end return record"),
    "weak_keys": ((0,), "local t = setmetatable({}, { __mode = 'kv' }) for i = 1, 100 do t[{}] = {} end return record"),
    "error_tostring_loop": ((3, 4), "local m = {} m.__tostring = function(e) return tostring(e) end error(setmetatable({}, m))"),
    "error_concat": ((3,), "error(setmetatable({}, { __concat = function() return print end }))"),
    "error_level": ((3,), "error('x', 1e15)"),
    "error_nan_level": ((3,), "error('x', 0/0)"),
    "error_coroutine": ((3,), "error(coroutine.create(print))"),
    "error_int64": ((3,), "error(1LL)"),
    "raise_odd": ((3,), "lc.raise('DataException', setmetatable({}, { __tostring = function() return print end }))"),
    "raise_unknown": ((3,), "lc.raise('java.lang.Error\0', 'x')"),
    "format_widths": ((0, 3, 4), "for _, f in ipairs { '%99d', '%100d', '%.99d', '%.100d', '%-99.99s', '%#99x', '%+99e', '%99.99g', '%a', '%99q', '%' } do pcall(string.format, f, 1e308) end return record"),
    "tohex_widths": ((0, 3, 4), "for _, n in ipairs { 0, 8, -8, 100, -100, 2^31, -2^31, 2^53, 1e308, 0/0 } do pcall(bit.tohex, -1, n) pcall(bit.lshift, -1, n) pcall(bit.rol, -1, n) end return record"),
    "unpack_edges": ((0, 3, 4), "for _, n in ipairs { 2^31, 2^31 - 1, -2^31, 2^53, 1e308, 0/0 } do pcall(unpack, {}, n, n) pcall(unpack, {}, 1, n) pcall(select, n, 1) pcall(string.char, n) end return record"),
    "concat_edges": ((0, 3, 4), "for _, n in ipairs { 2^31, -2^31, 2^53, 0/0 } do pcall(table.concat, {}, '', n, n) pcall(table.insert, {}, n, 1) pcall(table.remove, {}, n) pcall(string.rep, '', n) end return record"),
    "nan_key": ((3,), "local t = {} t[0/0] = 1"),
    "view_as_key": ((0,), "local t = {} t[record] = 1 t[record.value] = 2 return record"),
    "view_number": ((3,), "return tonumber(record) + 1"),
    "view_arithmetic": ((3,), "return record.value + 1"),
    "view_compare": ((3,), "return record < record.value"),
    "view_call": ((3,), "return record()"),
    "view_concat": ((3,), "return record .. 'x'"),
    "view_swap": ((3,), "return record.headers.add(record, 'x')"),
    "view_int_cast": ((0, 3), "return record.value[1LL], record.value[record]"),
    "schema_forged": ((3,), "record.value_schema = { type = 'struct' }"),
    "schema_write": ((3,), "lc.string.type = 'int8'"),
    "header_removed": ((3,), "local h = record.headers:add('h') record.headers:remove('h') h.value = 1"),
    "list_index": ((0, 3), "local l = lc.list() l[1] = 1 local _ = l[0], l[-1], l[2^53], l[0/0], l[1.5] l[2^40] = 1"),
    "partition_odd": ((3,), "record.partition = -2^31"),
    "timestamp_odd": ((0, 3), "for _, n in ipairs { 2^63, -2^63, 0/0, 1/0 } do pcall(function() record.timestamp = n end) end return record"),
    "topic_nul": ((0, 3), "record.topic = 'a\\0b' return record"),
    "kept_late": ((3,), "lc.kept {}"),
    "capability_odd": ((3,), "return lc.cap, lc.file, lc.sdk, record.cap"),
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


def measure():
    """The same on the clock of one process, so that nothing but the call counts."""
    program = os.environ.get("LC_OVERRUN")
    if not program:
        return
    paths = [os.path.join(kit.folder, f"x_{name}.lua") for name in (*BODIES, *SCRIPTS)]
    done = subprocess.run([program, "20", *paths], capture_output=True, text=True, timeout=240, check=False, errors="replace")
    kit.expect(done.returncode == 0, "lc_overrun", done)
    rows = [line.split() for line in done.stdout.splitlines()[:-1]]
    rows = sorted(((float(over), mode, os.path.basename(path)[2:-4]) for over, mode, path in rows), reverse=True)
    kit.expect(len(rows) > 300, f"only {len(rows)} scripts were measured", done)
    for over, mode, name in rows[:10]:
        print(f"{over:7.1f} ms over its limit: {name} (JIT {mode})")
    kit.expect(rows[0][0] < SLACK_S * 1000, f"{rows[0]} is far beyond its limit")


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
    measure()
    seconds_over.sort()
    print(f"slowest: {seconds_over[-1][1]}, {seconds_over[-1][0]:.3f} s over its limit")
    kit.finish()


main()
