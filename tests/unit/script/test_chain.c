#include "script_kit.h"

static const char MASK[] =
    "local lc = require 'lc'\n"
    "-- Replaces chosen fields, so that personal data never leaves the worker.\n"
    "return lc.transform {\n"
    "  config = {\n"
    "    fields = lc.config.list { doc = 'Names of the fields to mask', required = true },\n"
    "    with = lc.config.string { doc = 'Text written in their place', default = '***' },\n"
    "  },\n"
    "  apply = function(record, cfg)\n"
    "    for _, name in ipairs(cfg.fields) do\n"
    "      if lc.has(record.value, name) then record.value[name] = cfg.with end\n"
    "    end\n"
    "    return record\n"
    "  end,\n"
    "}\n";

static void fill(kit *k, int count)
{
    lc_batch_reset(&k->batch);
    for (int i = 0; i < count; i++) {
        lc_record *record = kit_record(k, "orders");
        kit_set_text(k, &record->value, "email", "a@example.org");
        kit_set(k, &record->value, "amount", lc_value_double(i + 0.5));
        kit_set(k, &record->value, "id", lc_value_int(LC_INT64, i));
    }
}

static void masks(int mode)
{
    kit k;
    kit_init(&k, mode);
    lc_autoptr(lc_props) settings = lc_props_new();
    lc_props_set(settings, "fields", "email, phone");
    kit_chain(&k, MASK, settings);
    for (int round = 0; round < 50 && k.chain; round++) {
        fill(&k, 100);
        kit_error(lc_chain_apply(k.chain, &k.batch));
        CHECK_EQ_INT(k.batch.count, 100);
        for (uint32_t i = 0; i < k.batch.count; i++) {
            CHECK_EQ_INT(k.batch.records[i].state, LC_LIVE);
            if (kit_record_error(&k.batch.records[i]))
                fprintf(stderr, "%s\n", kit_record_error(&k.batch.records[i]));
        }
        CHECK_EQ_STR(kit_text(&k.batch.records[7].value), "{email=***, amount=7.5, id=7}");
    }
    kit_done(&k);
}

TEST(masks_fields)
{
    for (int mode = 0; mode < 3; mode++) masks(mode);
}

static const char MIXED[] =
    "local lc = require 'lc'\n"
    "return lc.transform {\n"
    "  apply = function(record)\n"
    "    local v = record.value\n"
    "    if v.id % 5 == 0 then return nil end\n"
    "    if v.id % 5 == 1 then error('bad ' .. v.id) end\n"
    "    if v.id % 5 == 2 then lc.raise('DataException', 'wrong') end\n"
    "    if v.id % 5 == 3 then local c = lc.copy(record) c.value.id = -1 return { c, record } end\n"
    "    v.amount = v.amount * 2\n"
    "    return record\n"
    "  end,\n"
    "}\n";

static void mixed(int mode)
{
    kit k;
    kit_init(&k, mode);
    kit_chain(&k, MIXED, NULL);
    for (int round = 0; round < 30 && k.chain; round++) {
        fill(&k, 20);
        kit_error(lc_chain_apply(k.chain, &k.batch));
        CHECK_EQ_INT(k.batch.count, 24);
        const lc_record *r = k.batch.records;
        CHECK_EQ_INT(r[0].state, LC_DROPPED);
        CHECK_EQ_INT(r[1].state, LC_FAILED);
        CHECK_EQ_STR(kit_record_error(&r[1]), "bad 1");
        CHECK_EQ_STR(lc_error_where(r[1].error), "transform.lua:6:27");
        CHECK_EQ_INT(lc_error_code(r[1].error), LC_E_SCRIPT);
        CHECK_EQ_INT(lc_error_code(r[2].error), LC_E_DATA);
        CHECK_EQ_STR(kit_record_error(&r[2]), "wrong");
        CHECK_EQ_STR(kit_text(&r[3].value), "{email=a@example.org, amount=3.5, id=-1}");
        CHECK_EQ_STR(kit_text(&r[4].value), "{email=a@example.org, amount=3.5, id=3}");
        CHECK_EQ_INT(r[3].origin, 3);
        CHECK_EQ_INT(r[3].last_of_origin, 0);
        CHECK_EQ_INT(r[4].last_of_origin, 1);
        CHECK_EQ_STR(kit_text(&r[5].value), "{email=a@example.org, amount=9.0, id=4}");
    }
    kit_done(&k);
}

TEST(drops_fails_and_splits)
{
    for (int mode = 0; mode < 3; mode++) mixed(mode);
}

/* Adds its letter to the text of a record, so that the text tells which steps it went through. */
#define MARK(letter)                                                \
    "local lc = require 'lc'\n"                                     \
    "return lc.transform { apply = function(record)\n"              \
    "  local v = record.value\n"                                    \
    "  if v.id == 2 and '" letter "' == 'c' then error('no') end\n" \
    "  if v.id == 5 and '" letter "' == 'a' then return nil end\n"  \
    "  if (v.id == 3 or v.id == 6) and '" letter "' == 'b' then\n"  \
    "    v.text = v.text .. 'b'\n"                                  \
    "    local c = lc.copy(record)\n"                               \
    "    c.value.text = c.value.text .. '+'\n"                      \
    "    return { record, c }\n"                                    \
    "  end\n"                                                       \
    "  v.text = v.text .. '" letter "'\n"                           \
    "  return record\n"                                             \
    "end }"

static void marks(int mode)
{
    static const char *const texts[] = {"abc", "abc", "ab", "abc", "ab+c", "abc", "", "abc", "ab+c", "abc"};
    static const char *const scripts[] = {MARK("a"), MARK("b"), MARK("c")};
    kit k;
    kit_init(&k, mode);
    lc_chain_step steps[3] = {{.alias = "a"}, {.alias = "b"}, {.alias = "c"}};
    for (size_t i = 0; i < 3; i++) steps[i].transform = kit_script(&k, steps[i].alias, scripts[i]);
    kit_error(lc_chain_new(k.state, steps, 3, &k.chain));
    for (int round = 0; round < 20 && k.chain; round++) {
        lc_batch_reset(&k.batch);
        for (int i = 0; i < 8; i++) {
            lc_record *record = kit_record(&k, "t");
            kit_set(&k, &record->value, "id", lc_value_int(LC_INT64, i));
            kit_set_text(&k, &record->value, "text", "");
        }
        kit_error(lc_chain_apply(k.chain, &k.batch));
        CHECK_EQ_INT(k.batch.count, 10);
        for (uint32_t i = 0; i < k.batch.count; i++) {
            const lc_record *record = &k.batch.records[i];
            CHECK_EQ_STR(kit_text(lc_value_field(&record->value, LC_TEXT("text"))), texts[i]);
            CHECK_EQ_INT(record->state, i == 2 ? LC_FAILED : i == 6 ? LC_DROPPED : LC_LIVE);
            CHECK_EQ_INT(record->failed_step, i == 2 ? 2 : 0);
        }
    }
    kit_done(&k);
}

TEST(every_record_goes_through_every_step_once)
{
    for (int mode = 0; mode < 3; mode++) marks(mode);
}

/* One record in three comes to contain itself. */
static const char ENDLESS[] =
    "local lc = require 'lc'\n"
    "return lc.transform { apply = function(record)\n"
    "  if record.value.id % 3 == 0 then lc.move(record.value, 'email', record, 'value') end\n"
    "  return record\n"
    "end }";

static void endless(int mode)
{
    kit k;
    kit_init(&k, mode);
    kit_chain(&k, ENDLESS, NULL);
    for (int round = 0; round < 10 && k.chain; round++) {
        fill(&k, 20);
        kit_error(lc_chain_apply(k.chain, &k.batch));
        for (uint32_t i = 0; i < 20; i++) {
            const lc_record *record = &k.batch.records[i];
            CHECK_EQ_INT(record->state, i % 3 ? LC_LIVE : LC_FAILED);
            CHECK_EQ_INT(record->value.kind, i % 3 ? LC_MAP : LC_NULL);
            if (record->error) CHECK_EQ_INT(lc_error_code(record->error), LC_E_LIMIT);
        }
    }
    kit_done(&k);
}

TEST(values_without_end_fail_their_records)
{
    for (int mode = 0; mode < 3; mode++) endless(mode);
}

static const char KEEP[] = "local lc = require 'lc'\n"
                           "local kept\n"
                           "return lc.transform {\n"
                           "  apply = function(record)\n"
                           "    if not kept then kept = { record, record.value } end\n"
                           "    local ok, e = pcall(function() return kept[2].id end)\n"
                           "    record.value.ok = tostring(ok) .. (ok and '' or ' ' .. tostring(e))\n"
                           "    return record\n"
                           "  end,\n"
                           "}\n";

TEST(stale_views_raise)
{
    for (int mode = 0; mode < 3; mode++) {
        kit k;
        kit_init(&k, mode);
        kit_chain(&k, KEEP, NULL);
        for (int round = 0; round < 30 && k.chain; round++) {
            fill(&k, 3);
            kit_error(lc_chain_apply(k.chain, &k.batch));
            const lc_value *text = lc_value_field(&k.batch.records[1].value, LC_TEXT("ok"));
            CHECK(text != NULL);
            if (text)
                CHECK_EQ_STR(kit_text(text), round ? "false record used after its batch ended" : "true");
            if (!text && k.batch.records[1].error) kit_error(lc_error_copy(k.batch.records[1].error));
        }
        kit_done(&k);
    }
}

static const char ADD[] =
    "local lc = require 'lc'\n"
    "return lc.transform {\n"
    "  config = { by = lc.config.int { default = 1 }, fail = lc.config.boolean { default = false } },\n"
    "  configure = function(cfg) return { by = cfg.by, fail = cfg.fail, side = cfg.side, seen = 0 } end,\n"
    "  apply = function(record, cfg)\n"
    "    cfg.seen = cfg.seen + 1\n"
    "    if cfg.fail and cfg.seen % 2 == 1 then lc.retry('again') end\n"
    "    record.value.id = record.value.id + cfg.by\n"
    "    if cfg.side then record.value.side = cfg.side end\n"
    "    return record\n"
    "  end,\n"
    "}\n";

static const char IS_SMALL[] =
    "local lc = require 'lc'\n"
    "return lc.predicate {\n"
    "  config = { below = lc.config.int { required = true, valid = { min = 0 } } },\n"
    "  test = function(record, cfg) return record.value.id < cfg.below end,\n"
    "}\n";

enum { LONG_CHAIN = 20 };

static int64_t id_of(const kit *k, uint32_t at)
{
    const lc_value *id = lc_value_field(&k->batch.records[at].value, LC_TEXT("id"));
    return id ? id->u.i : -1;
}

/* Steps with predicates, one of which fails each record once. */
static void long_chain(int mode)
{
    kit k;
    kit_init(&k, mode);
    lc_script *add = kit_script(&k, "add", ADD), *small = kit_script(&k, "small", IS_SMALL);
    lc_autoptr(lc_props) below = lc_props_new();
    lc_autoptr(lc_props) failing = lc_props_new();
    lc_props_set(below, "below", "5");
    lc_props_set(failing, "fail", "TRUE");
    lc_chain_step steps[LONG_CHAIN];
    for (int i = 0; i < LONG_CHAIN; i++) steps[i] = (lc_chain_step){.alias = "add", .transform = add};
    steps[0].predicate = steps[1].predicate = small;
    steps[0].predicate_settings = steps[1].predicate_settings = below;
    steps[0].predicate_alias = steps[1].predicate_alias = "small";
    steps[1].negate = true;
    steps[2].class_name = "x$Key";
    steps[3].settings = failing;
    kit_error(lc_chain_new(k.state, steps, LONG_CHAIN, &k.chain));
    if (!k.chain) return;
    CHECK_EQ_INT(lc_chain_length(k.chain), LONG_CHAIN);
    CHECK_EQ_STR(lc_chain_step_class(k.chain, 2), "x$Key");
    for (int round = 0; round < 20; round++) {
        fill(&k, 10);
        kit_error(lc_chain_apply(k.chain, &k.batch));
        for (uint32_t i = 0; i < 10; i++) {
            bool fails = i % 2 == 0; /* every second call of step 3 */
            CHECK_EQ_INT(k.batch.records[i].state, fails ? LC_FAILED : LC_LIVE);
            if (!fails) continue;
            CHECK_EQ_INT(k.batch.records[i].failed_step, 3);
            CHECK(lc_error_is_retriable(k.batch.records[i].error));
            CHECK_EQ_INT(id_of(&k, i), i + 1 + (i < 4 ? 1 : i == 4 ? 2 : 1));
        }
        for (uint32_t i = 0; i < 10; i += 2) {
            kit_error(lc_chain_retry(k.chain, &k.batch, i));
            if (k.batch.records[i].state == LC_FAILED) kit_error(lc_chain_retry(k.chain, &k.batch, i));
        }
        for (uint32_t i = 0; i < 10; i++) {
            CHECK_EQ_INT(k.batch.records[i].state, LC_LIVE);
            CHECK_EQ_INT(id_of(&k, i), i + (i == 4 ? 2 : 1) + LONG_CHAIN - 2);
        }
    }
    bool is_small = false;
    kit_error(lc_chain_test(k.chain, 0, &k.batch, 0, &is_small));
    CHECK(!is_small);
    kit_done(&k);
}

TEST(predicates_and_retries)
{
    for (int mode = 0; mode < 3; mode++) long_chain(mode);
}

static const struct {
    const char *text, *message;
} BROKEN[] = {
    {"return 5", "the script must return what lc.source"},
    {"return require('lc').transform { aply = print }", "a transform has no 'aply' (did you mean 'apply'?)"},
    {"return require('lc').transform { apply = 5 }", "'apply' must be a function, not a number"},
    {"return require('lc').transform { }", "a transform needs the hook 'apply'"},
    {"return require('lc').transform { apply = print, config = { x = 5 } }", "setting 'x' must be made by"},
    {"return require('lc').transform { apply = print, config = { x = require('lc').config.int { deflt = 1 } "
     "} }",
     "a setting has no option 'deflt' (did you mean 'default'?)"},
    {"return require('lc').transform { apply = print, config = { x = require('lc').config.int { default = "
     "'a' } } }",
     "Not a number of type INT"},
    {"local x = = 5", "unexpected symbol near '='"},
    {"x.y = 1", "attempt to index global 'x' (a nil value)"},
    {"while true do end", "longer than script.timeout.ms"},
    {"\27LJ", "broken.lua"},
};

TEST(broken_scripts_are_refused)
{
    for (size_t i = 0; i < sizeof BROKEN / sizeof BROKEN[0]; i++) {
        lc_script *script = NULL;
        lc_error *error =
            lc_script_new("broken", "dir/broken.lua", lc_text_of(BROKEN[i].text), false, &script);
        CHECK(error && strstr(lc_error_message(error), BROKEN[i].message));
        if (error && !strstr(lc_error_message(error), BROKEN[i].message))
            fprintf(stderr, "%s: %s\n", BROKEN[i].text, lc_error_message(error));
        lc_error_free(error);
        lc_script_unref(script);
    }
}

static const char DESCRIBED[] =
    "local lc = require 'lc'\n"
    "return lc.sink { version = '2.1', aliases = { 'org.x.MySink', 'mine' }, needs = { 'file' },\n"
    "  config = {\n"
    "    z = lc.config.string { required = true, doc = 'last letter', importance = 'high', valid = "
    "'non-empty' },\n"
    "    a = lc.config.list { default = { 'x', 'y' }, valid = { 'x', 'y', 'z' } },\n"
    "    n = lc.config.int { default = 5, valid = { min = 1, max = 9 }, group = 'G', order = 3 },\n"
    "    v = lc.config.string { default = 'ok', validator = function(value) if value == 'bad' then return "
    "'is bad' end end },\n"
    "    r = lc.config.string { default = '.*', valid = 'regex' },\n"
    "  },\n"
    "  put = function() end, flush = function() end }";

static void check_config(const lc_script *script, const char *key, const char *value, const char *message)
{
    lc_autoptr(lc_props) props = lc_props_new();
    lc_autoptr(lc_config_values) values = NULL;
    lc_props_set(props, "z", "z");
    lc_props_set(props, key, value);
    lc_autoptr(lc_error) error = lc_config_parse(lc_script_config_def(script), props, &values);
    CHECK_EQ_STR(error ? lc_error_message(error) : NULL, message);
}

TEST(describes_scripts)
{
    lc_autoptr(lc_script) script = NULL;
    kit_error(lc_script_new("mysink", "mysink.lua", lc_text_of(DESCRIBED), true, &script));
    if (!script) return;
    CHECK_EQ_INT(lc_script_kind_of(script), LC_SCRIPT_SINK);
    CHECK_EQ_STR(lc_script_version(script), "2.1");
    CHECK_EQ_STR(lc_script_java_class(script), "org.x.MySink");
    CHECK_EQ_INT(lc_script_alias_count(script), 2);
    CHECK(lc_script_needs(script, "file") && !lc_script_needs(script, "net"));
    CHECK(lc_script_has_hook(script, "flush") && !lc_script_has_hook(script, "open"));
    CHECK_EQ_INT(lc_config_def_count(lc_script_config_def(script)), 5);
    CHECK_EQ_STR(lc_config_def_at(lc_script_config_def(script), 0)->name, "z");
    check_config(script, "n", "7", NULL);
    check_config(script, "n", "10", "Invalid value 10 for configuration n: Value must be no more than 9");
    check_config(script, "a", "x,q", "Invalid value q for configuration a: String must be one of: x, y, z");
    check_config(script, "v", "fine", NULL);
    check_config(script, "v", "bad", "Invalid value bad for configuration v: is bad");
    check_config(script, "z", "", "Invalid value  for configuration z: String must be non-empty");
    check_config(script, "r", "(a",
                 "Invalid value (a for configuration r: Invalid regex: Unclosed group near index 2\n(a");
}

int main(void)
{
    RUN(masks_fields);
    RUN(drops_fails_and_splits);
    RUN(every_record_goes_through_every_step_once);
    RUN(values_without_end_fail_their_records);
    RUN(stale_views_raise);
    RUN(predicates_and_retries);
    RUN(broken_scripts_are_refused);
    RUN(describes_scripts);
    return check_report();
}
