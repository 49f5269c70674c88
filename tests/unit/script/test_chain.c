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
        CHECK_EQ_STR(lc_error_where(r[1].error), "transform.lua:6");
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

int main(void)
{
    RUN(masks_fields);
    RUN(drops_fails_and_splits);
    RUN(stale_views_raise);
    return check_report();
}
