#include "script_kit.h"

static const char COUNTS[] = "local lc = require 'lc'\n"
                             "local kept = lc.kept({ n = 0 }%s)\n"
                             "return lc.transform { config = { step = lc.config.int { doc = 'Step', default = 1 } },\n"
                             "  apply = function(record, cfg)\n"
                             "    kept.n = kept.n + cfg.step\n"
                             "    record.topic = record.topic .. ' ' .. kept.n\n"
                             "    return record\n"
                             "  end }\n";

static lc_script *script_at(kit *k, const char *path, const char *options)
{
    char text[2000];
    lc_script *script = NULL;
    snprintf(text, sizeof text, COUNTS, options);
    kit_error(lc_script_new("tally", path, lc_text_of(text), false, &script));
    k->scripts[k->script_count++] = script;
    return script;
}

/* One record through the chain: its topic in the end. */
static void run(kit *k, lc_chain *chain, const char *expected)
{
    char topic[100];
    lc_batch_reset(&k->batch);
    lc_record *record = kit_record(k, "t");
    kit_error(lc_chain_apply(chain, &k->batch));
    record = &k->batch.records[0];
    snprintf(topic, sizeof topic, "%.*s", (int)record->topic_len, record->topic);
    CHECK_EQ_STR(topic, expected);
}

/* Three uses: twice one file, once a file of the same name elsewhere. */
static lc_chain *chain_of(kit *k, lc_state *state, const char *options, const lc_props *ten)
{
    lc_script *here = script_at(k, "a/tally.lua", options), *there = script_at(k, "b/tally.lua", options);
    lc_chain_step steps[] = {{.alias = "x", .transform = here},
                             {.alias = "y", .transform = here, .settings = ten},
                             {.alias = "z", .transform = there}};
    lc_chain *chain = NULL;
    kit_error(lc_chain_new(state, steps, 3, &chain));
    return chain;
}

static void hand_over(const char *options, const char *first, const char *second)
{
    kit k, next;
    kit_init(&k, 0);
    kit_init(&next, 0);
    lc_autoptr(lc_props) ten = lc_props_new();
    lc_props_set(ten, "step", "10");
    k.chain = chain_of(&k, k.state, options, ten);
    run(&k, k.chain, first);
    next.chain = chain_of(&next, next.state, options, ten);
    lc_state_hand_over(k.state, next.state);
    run(&next, next.chain, second);
    kit_done(&next);
    kit_done(&k);
}

TEST(each_use_has_its_own)
{
    hand_over("", "t 1 10 1", "t 2 20 2");
}

TEST(uses_of_a_file_may_share)
{
    hand_over(", { shared = true }", "t 1 11 1", "t 12 22 2");
}

int main(void)
{
    RUN(each_use_has_its_own);
    RUN(uses_of_a_file_may_share);
    return check_report();
}
