/* Scripts that never end or eat memory: each is stopped, and the next record runs as if nothing had been. */
#include "script_kit.h"

#include "base/clock.h"

/* Sanitizers and busy machines slow the sweep after a memory bomb, which counts against the next record's time. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { TIMEOUT_MS = 300, SLACK_MS = 12000 };
#else
enum { TIMEOUT_MS = 150, SLACK_MS = 6000 };
#endif

static const char *const HANGS[] = {
    "while true do end",
    "local x = 0 while true do x = x + 1 end",
    "local t = {} for i = 1, 1e18 do t[i % 10 + 1] = i end",
    "local function f() return f() end f()",
    "local function loop() while true do end end while true do pcall(loop) end",
    "while true do pcall(error, {}) end",
    "while true do pcall(pcall, pcall, error) end",
    "local function loop() while true do end end xpcall(loop, loop)",
    "xpcall(function() error('x') end, function() while true do end end)",
    "while true do pcall(coroutine.wrap(function() while true do end end)) end",
    "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
    "table.sort({3, 1, 2}, function() while true do end end)",
    "('a'):gsub('a', function() while true do end end)",
    "for _ in ('aaa'):gmatch('a') do while true do end end",
    "return setmetatable({}, {__index = function() while true do end end}).x",
    "setmetatable({}, {__newindex = function() while true do end end}).x = 1",
    "setmetatable({}, {__call = function() while true do end end})()",
    "return setmetatable({}, {__add = function() while true do end end}) + 1",
    "return setmetatable({}, {__concat = function() while true do end end}) .. ''",
    "return -setmetatable({}, {__unm = function() while true do end end})",
    "local t = setmetatable({}, {__tostring = function() while true do end end}) return tostring(t)",
    "error(setmetatable({}, {__tostring = function() while true do end end})) while true do end",
    "repeat until false",
    "::again:: goto again",
    "local function f(n) if n < 2 then return n end return f(n - 1) + f(n - 2) end f(60)",
    "while true do load('return 1') end",
    "load(function() while true do end end)",
    "load('while true do end')()",
    "('a'):rep(3000):find(('.-'):rep(20) .. 'b')",
    "('a'):rep(200000):find('(a*)*b')",
    "('a'):rep(35):match(('a*'):rep(12) .. 'b')",
    "('a'):rep(1000):match(('(a?)'):rep(30) .. 'b')",
    "('a'):rep(1000000):match('.-.-.-b')",
    "('a'):rep(1000):gsub(('a-'):rep(30) .. 'b', 'x')",
    "local t = {} for i = 1, 1e5 do t[i] = i end while true do for k in pairs(t) do t[k] = nil end for i = "
    "1, 10 do t[i] = i end end",
    "local t = {} for i = 1, 1e7 do table.insert(t, 1, i) end",
    "while true do pcall(string.rep, 'x', 1e9) end",
    "local s = 'local x = 0 ' for i = 1, 190 do s = s .. 'local a' .. i .. ' = 0 ' end load(s .. ' while "
    "true do x = x + 1 end')()",
    "local s = '' for i = 1, 60 do s = s .. 'local a' .. i .. ' = 0 ' end s = s .. 'return function() return "
    "a1' "
    "for i = 2, 60 do s = s .. ' + a' .. i end load('local function spin() while true do end end ' .. "
    "s:gsub('return a1', 'while true do end return a1'))()()",
};

static const char *const BOMBS[] = {
    "return ('x'):rep(1e9)",
    "local s = 'x' while true do s = s .. s end",
    "local t = {} for i = 1, 1e9 do t[i] = i end",
    "local t = {} while true do t[#t + 1] = function() return t end end",
    "local t = {} while true do t = { t } end",
    "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
    "local s = ('x'):rep(1e6) local t = {} for i = 1, 1e5 do t[i] = s end return table.concat(t)",
    "local s = ('x'):rep(5e6) return s:gsub('.', '%0%0%0%0')",
    "local s = ('x'):rep(7e6) return ('%s%s%s%s'):format(s, s, s, s)",
    "return load('return {' .. ('{'):rep(1e6))",
    "return load(('('):rep(1e5) .. '1' .. (')'):rep(1e5))",
    "for i = 1, 1e9 do record.value['k' .. i] = ('x'):rep(1000) end",
    "local m = require('lc').list() while true do m[#m + 1] = ('x'):rep(10000) end",
    "while true do record.headers:add('name', nil).value = ('x'):rep(10000) end",
    "local lc = require('lc') while true do lc.copy(record).value.x = ('x'):rep(1e5) end",
    "local lc = require('lc') local i = 0 while true do i = i + 1 lc.schema.build { type = 'int8', name = "
    "('n'):rep(1000) .. i } end",
    "local lc = require('lc') local t = {} while true do t[#t + 1] = lc.regex('a*b') end",
    "local lc = require('lc') local t = {} while true do t[#t + 1] = lc.time.format('yyyy') end",
    "local lc = require('lc') local i = 0 while true do i = i + 1 lc.reshaper(function(from, _, to) "
    "to:constant('a' .. i, 1) end)(lc.map()) end",
};

static void add_records(kit *k)
{
    lc_batch_reset(&k->batch);
    for (int i = 0; i < 2; i++) {
        lc_record *record = kit_record(k, "t");
        kit_set(k, &record->value, "first", lc_value_bool(i == 0));
    }
}

static void run_hostile(const char *body, int mode)
{
    lc_buf text = {0};
    lc_buf_printf(
        &text,
        "local function hostile(record) %s end\nreturn require('lc').transform { apply = function(record)\n"
        "if record.value.first then hostile(record) error('came back') end\nrecord.value.ok = 1 return "
        "record end }",
        body);
    kit k = {.types = lc_types_new()};
    lc_state_options options = {.types = k.types,
                                .jit_off = KIT_MODES[mode].jit_off,
                                .hotloop = KIT_MODES[mode].hotloop,
                                .task = -1,
                                .timeout_ms = TIMEOUT_MS,
                                .memory_limit = 12 << 20};
    kit_error(lc_state_new(&options, &k.state));
    lc_batch_init(&k.batch, k.types);
    kit_chain(&k, text.data, NULL);
    for (int round = 0; k.chain && round < 3; round++) {
        add_records(&k);
        int64_t began = lc_monotonic_ms();
        kit_error(lc_chain_apply(k.chain, &k.batch));
        int64_t took = lc_monotonic_ms() - began;
        bool stopped = k.batch.records[0].state == LC_FAILED && took < SLACK_MS;
        bool went_on =
            k.batch.records[1].state == LC_LIVE && lc_value_field(&k.batch.records[1].value, LC_TEXT("ok"));
        if (!stopped || !went_on)
            fprintf(stderr, "%s: after %lld ms: %s\n", body, (long long)took,
                    k.batch.records[0].error ? lc_error_message(k.batch.records[0].error) : "no error");
        CHECK(stopped);
        CHECK(went_on);
        if (!stopped) break;
    }
    kit_done(&k);
    lc_buf_done(&text);
}

TEST(endless_scripts_are_stopped)
{
    for (size_t i = 0; i < sizeof HANGS / sizeof HANGS[0]; i++) run_hostile(HANGS[i], (int)(i % 3));
    run_hostile(HANGS[0], 0);
    run_hostile(HANGS[0], 2);
}

TEST(memory_is_bounded)
{
    for (size_t i = 0; i < sizeof BOMBS / sizeof BOMBS[0]; i++) run_hostile(BOMBS[i], (int)(i % 3));
}

static const char BENIGN[] =
    "local lc = require 'lc'\n"
    "local drop = lc.reshaper(function(from, _, to) for _, f in ipairs(from.fields) do to:take(f, f.name .. "
    "'x') end end)\n"
    "return lc.transform { config = { a = lc.config.string { default = 'b' } }, apply = function(record, "
    "cfg)\n"
    "  local v = record.value\n"
    "  v.text = ('x'):rep(100) .. cfg.a v.list = { 1, { 2 } } v.s = tostring(lc.json.decode('[1]')[1])\n"
    "  record.headers:add('h', lc.string).value = v.text:gsub('x', 'y')\n"
    "  record.value = drop(v)\n"
    "  return record end }";

/* Wherever memory runs out, in making a state, a chain or a record: an error comes back, and nothing else
 * happens. */
static bool run_with(size_t memory)
{
    lc_types *types = lc_types_new();
    lc_state *state = NULL;
    lc_script *script = NULL;
    lc_chain *chain = NULL;
    lc_state_options options = {.types = types, .task = -1, .memory_limit = memory, .hotloop = 2};
    lc_error *error = lc_script_new("benign", "benign.lua", lc_text_of(BENIGN), false, &script);
    if (!error) error = lc_state_new(&options, &state);
    lc_chain_step step = {.alias = "b", .transform = script};
    if (!error) error = lc_chain_new(state, &step, 1, &chain);
    kit k = {.types = types};
    lc_batch_init(&k.batch, types);
    for (int i = 0; i < 20 && !error; i++) {
        add_records(&k);
        error = lc_chain_apply(chain, &k.batch);
        if (!error && k.batch.records[0].error) error = lc_error_copy(k.batch.records[0].error);
    }
    if (error && lc_error_code(error) != LC_E_LIMIT) {
        fprintf(stderr, "with %zu bytes: %s\n", memory, lc_error_message(error));
        CHECK(false);
    }
    bool ok = !error;
    lc_error_free(error);
    lc_batch_done(&k.batch);
    lc_chain_free(chain);
    lc_state_free(state);
    lc_script_unref(script);
    lc_types_free(types);
    return ok;
}

TEST(lack_of_memory_is_an_error)
{
    CHECK(run_with(4 << 20));
    for (size_t memory = 1000; memory < 800000; memory += memory < 50000 ? 333 : 2111) (void)run_with(memory);
}

/* What `body` makes of the first record of two: its error, or NULL. */
static const char *error_within(kit *k, const lc_state_options *limits, const char *body)
{
    static char message[300];
    lc_auto(lc_buf) text = {0};
    lc_state_options options = *limits;
    *k = (kit){.types = lc_types_new()};
    options.types = k->types;
    options.task = -1;
    lc_buf_printf(&text, "local lc = require 'lc' return lc.transform { apply = function(record) %s end }", body);
    kit_error(lc_state_new(&options, &k->state));
    lc_batch_init(&k->batch, k->types);
    kit_chain(k, text.data, NULL);
    add_records(k);
    kit_error(lc_chain_apply(k->chain, &k->batch));
    const char *error = kit_record_error(&k->batch.records[0]);
    snprintf(message, sizeof message, "%s", error ? error : "");
    kit_done(k);
    return error ? message : NULL;
}

TEST(output_is_bounded)
{
    static const char copies[] =
        "local all = {} for i = 1, %s do all[i] = lc.copy(record) end do return all end";
    lc_state_options few = {.output_records = 100}, small = {.output_bytes = 1 << 20};
    kit k;
    char body[200];
    snprintf(body, sizeof body, copies, "50");
    CHECK_EQ_STR(error_within(&k, &few, body), NULL);
    snprintf(body, sizeof body, copies, "101");
    CHECK_EQ_STR(error_within(&k, &few, body), "one call made more than 100 records: see script.output.records");
    static const char texts[] = "record.value.x = ('x'):rep(%s) do return record end";
    snprintf(body, sizeof body, texts, "5e5");
    CHECK_EQ_STR(error_within(&k, &small, body), NULL);
    snprintf(body, sizeof body, texts, "2e6");
    CHECK(strstr(error_within(&k, &small, body), "see script.output.bytes"));
    CHECK(strstr(error_within(&k, &small, "for i = 1, 1e6 do record.value['k' .. i] = ('x'):rep(1000) end"),
                 "see script.output.bytes"));
}

int main(void)
{
    RUN(output_is_bounded);
    RUN(endless_scripts_are_stopped);
    RUN(memory_is_bounded);
    RUN(lack_of_memory_is_an_error);
    return check_report();
}
