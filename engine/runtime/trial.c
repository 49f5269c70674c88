#include "runtime/trial.h"

#include <stdlib.h>

#include "base/memory.h"
#include "runtime/reload.h"

typedef struct lc_trial {
    uint64_t version;
    lc_chain *other;       /* the one that the pipeline doesn't use now: the old one, or the shadow */
    lc_state *other_state; /* NULL: the pipeline's own */
    lc_script *old;        /* to put back */
    bool shadow;
    int64_t left; /* records */
    lc_batch spare;
    lc_buf kept; /* of the new chain's scripts, before the present batch */
} lc_trial;

static void bury(lc_pipeline *p, lc_chain *chain, lc_state *state)
{
    if (state) lc_reloader_bury(p->task->worker->reloader, chain, state);
    else lc_chain_free(chain);
}

static void swap_chains(lc_pipeline *p, lc_trial *trial)
{
    lc_chain *chain = p->chain;
    lc_state *state = p->chain_state;
    p->chain = trial->other;
    p->chain_state = trial->other_state;
    trial->other = chain;
    trial->other_state = state;
}

/* Ends the trial; what the pipeline doesn't use is gone. */
static void finish(lc_pipeline *p)
{
    lc_trial *trial = lc_steal(p->trial);
    bury(p, trial->other, trial->other_state);
    lc_script_unref(trial->old);
    if (trial->spare.types) lc_batch_done(&trial->spare);
    lc_buf_done(&trial->kept);
    free(trial);
    p->ran = p->chain;
}

static void promote(lc_pipeline *p)
{
    uint64_t version = p->trial->version;
    if (p->trial->shadow) {
        lc_state_mute(p->trial->other_state, false);
        swap_chains(p, p->trial);
    }
    finish(p);
    lc_seat_promoted(p->task->seat, version);
}

static void roll_back(lc_pipeline *p, const char *why, const char *diff)
{
    uint64_t version = p->trial->version;
    if (!p->trial->shadow) swap_chains(p, p->trial);
    lc_script_unref(lc_seat_replace(p->task->seat, p->trial->old));
    finish(p);
    lc_seat_rolled_back(p->task->seat, version, why, diff);
}

void lc_trial_recall(lc_pipeline *pipeline, uint64_t version, const char *why)
{
    if (pipeline->trial && pipeline->trial->version == version) roll_back(pipeline, why, NULL);
}

void lc_trial_drop(lc_pipeline *pipeline)
{
    if (!pipeline->trial) return;
    uint64_t version = pipeline->trial->version;
    finish(pipeline);
    lc_seat_promoted(pipeline->task->seat, version);
}

/* A version that comes while another is on trial takes its place; the one before both is what to go back to.
 */
static lc_script *end_earlier(lc_pipeline *p, lc_script *replaced)
{
    if (!p->trial) return replaced;
    if (strcmp(lc_script_path(p->trial->old), lc_script_path(replaced))) {
        promote(p);
        return replaced;
    }
    lc_script *old = lc_script_ref(p->trial->old);
    if (!p->trial->shadow) swap_chains(p, p->trial);
    finish(p);
    lc_script_unref(replaced);
    return old;
}

void lc_trial_begin(lc_pipeline *pipeline, lc_offer *offer)
{
    lc_script *replaced = lc_seat_replace(pipeline->task->seat, offer->script);
    if (!replaced) {
        lc_seat_promoted(pipeline->task->seat, offer->version);
        lc_offer_free(offer);
        return;
    }
    lc_state *running = pipeline->chain_state ? pipeline->chain_state : pipeline->state;
    lc_state_settle(offer->state);
    lc_state_hand_over(running, offer->state);
    lc_trial *trial = lc_alloc(sizeof *trial);
    trial->old = end_earlier(pipeline, replaced);
    trial->version = offer->version;
    trial->left = offer->rule.records;
    trial->shadow = offer->rule.shadow;
    trial->other = lc_steal(offer->chain);
    trial->other_state = lc_steal(offer->state);
    lc_offer_free(offer);
    lc_state_mute(trial->other_state, trial->shadow);
    pipeline->trial = trial;
    if (!trial->shadow) swap_chains(pipeline, trial);
    if (trial->left <= 0) promote(pipeline);
}

/* Copies of records, so that either can be changed without the other. */
static void copy_batch(lc_batch *to, const lc_batch *from)
{
    if (to->types) lc_batch_reset(to);
    else lc_batch_init(to, from->types);
    for (uint32_t i = 0; i < from->count; i++) lc_batch_copy(to, &from->records[i]);
    to->origins = from->origins;
}

/* The batch as it was before a chain ran over it. */
static void put_back(lc_batch *batch, lc_batch *kept)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        lc_error_free(batch->records[i].error);
        batch->records[i].error = NULL;
    }
    batch->count = 0;
    for (uint32_t i = 0; i < kept->count; i++) lc_batch_copy(batch, &kept->records[i]);
    batch->origins = kept->origins;
}

static bool is_failure(const lc_record *record)
{
    return record->state == LC_FAILED && record->failed_stage == LC_STAGE_TRANSFORMATION;
}

/* Whether a record of that origin failed as well. */
static bool fails_too(const lc_batch *batch, uint32_t origin)
{
    for (uint32_t i = 0; i < batch->count; i++)
        if (batch->records[i].origin == origin && is_failure(&batch->records[i])) return true;
    return false;
}

/* "path:line: message", and which record it was. */
static void describe_failure(lc_buf *text, const lc_error *error, const lc_record *record)
{
    const char *where = lc_error_where(error);
    lc_buf_printf(text, "%s%s%s", where ? where : "", where ? ": " : "", lc_error_message(error));
    if (record && record->has_offset)
        lc_buf_printf(text, " (record %.*s-%d@%lld)", (int)record->original_topic_len, record->original_topic,
                      (int)record->original_partition, (long long)record->original_offset);
}

/* The first failures of the new version, by origin: what is left of them is against it. */
typedef struct failures {
    uint32_t *origins;
    lc_buf *texts;
    size_t count;
} failures;

static failures collect_failures(lc_batch *batch)
{
    failures f = {.origins = lc_alloc((batch->count + 1) * sizeof(uint32_t)),
                  .texts = lc_alloc((batch->count + 1) * sizeof(lc_buf))};
    for (uint32_t i = 0; i < batch->count; i++) {
        const lc_record *record = &batch->records[i];
        if (!is_failure(record)) continue;
        f.origins[f.count] = record->origin;
        describe_failure(&f.texts[f.count++], record->error, record);
    }
    return f;
}

static void free_failures(failures *f)
{
    for (size_t i = 0; i < f->count; i++) lc_buf_done(&f->texts[i]);
    free(f->texts);
    free(f->origins);
}

static const char *first_of_its_own(const failures *f, const lc_batch *old)
{
    for (size_t i = 0; i < f->count; i++)
        if (!fails_too(old, f->origins[i])) return f->texts[i].data;
    return NULL;
}

static void count_down(lc_pipeline *p, uint32_t records)
{
    p->trial->left -= records;
    if (p->trial->left <= 0) promote(p);
}

/* The new version failed: the old one runs the batch, and shows whether it would have failed as well. */
static lc_error *run_old(lc_pipeline *p, lc_batch *batch, failures *f, const char *broken)
{
    lc_trial *trial = p->trial;
    put_back(batch, &trial->spare);
    p->ran = trial->other;
    lc_state *old_state = trial->other_state ? trial->other_state : p->state;
    lc_state_take_kept(old_state, (lc_text){trial->kept.data, trial->kept.len});
    LC_TRY(lc_chain_apply(p->ran, batch));
    const char *why = broken ? broken : first_of_its_own(f, batch);
    if (why) roll_back(p, why, NULL);
    else count_down(p, trial->spare.count);
    return NULL;
}

static lc_error *canary(lc_pipeline *p, lc_batch *batch)
{
    uint32_t count = batch->count;
    lc_buf_reset(&p->trial->kept);
    lc_state_give_kept(p->chain_state, &p->trial->kept);
    copy_batch(&p->trial->spare, batch);
    p->ran = p->chain;
    lc_autoptr(lc_error) broken = lc_chain_apply(p->chain, batch);
    failures f = collect_failures(batch);
    if (!broken && !f.count) {
        free_failures(&f);
        count_down(p, count);
        return NULL;
    }
    lc_auto(lc_buf) text = {0};
    if (broken) describe_failure(&text, broken, NULL);
    lc_error *error = run_old(p, batch, &f, text.data);
    free_failures(&f);
    return error;
}

/* Shadow */

static bool same_text(const char *a, uint32_t a_len, const char *b, uint32_t b_len)
{
    return a_len == b_len && (!a_len || !memcmp(a, b, a_len));
}

static bool same_headers(const lc_record *a, const lc_record *b)
{
    if (a->header_count != b->header_count) return false;
    for (uint32_t i = 0; i < a->header_count; i++) {
        const lc_header *x = &a->headers[i], *y = &b->headers[i];
        if (!same_text(x->name, x->name_len, y->name, y->name_len) || x->schema != y->schema ||
            !lc_value_equal(&x->value, &y->value))
            return false;
    }
    return true;
}

static bool same_place(const lc_record *a, const lc_record *b)
{
    return same_text(a->topic, a->topic_len, b->topic, b->topic_len) &&
           a->has_partition == b->has_partition && (!a->has_partition || a->partition == b->partition) &&
           a->has_timestamp == b->has_timestamp && (!a->has_timestamp || a->timestamp == b->timestamp);
}

static bool same_record(const lc_record *a, const lc_record *b)
{
    if (a->state != b->state || a->origin != b->origin) return false;
    if (a->state != LC_LIVE) return true;
    return same_place(a, b) && a->key_schema == b->key_schema && a->value_schema == b->value_schema &&
           lc_value_equal(&a->key, &b->key) && lc_value_equal(&a->value, &b->value) && same_headers(a, b);
}

static void describe_result(lc_buf *text, const char *label, const lc_record *record)
{
    lc_buf_printf(text, "%s ", label);
    if (!record) lc_buf_text(text, "no record");
    else if (record->state == LC_DROPPED) lc_buf_text(text, "dropped");
    else if (record->state == LC_FAILED) describe_failure(text, record->error, record);
    else lc_record_to_text(text, record);
    lc_buf_put(text, '\n');
}

/* False, with what differs first, when the two didn't make the same of a batch. */
static bool compare(const lc_batch *old, const lc_batch *made, lc_buf *diff)
{
    uint32_t most = old->count > made->count ? old->count : made->count;
    for (uint32_t i = 0; i < most; i++) {
        const lc_record *a = i < old->count ? &old->records[i] : NULL;
        const lc_record *b = i < made->count ? &made->records[i] : NULL;
        if (a && b && same_record(a, b)) continue;
        describe_result(diff, "-", a);
        describe_result(diff, "+", b);
        return false;
    }
    return true;
}

static lc_error *shadow(lc_pipeline *p, lc_batch *batch)
{
    lc_trial *trial = p->trial;
    uint32_t count = batch->count;
    copy_batch(&trial->spare, batch);
    p->ran = p->chain;
    LC_TRY(lc_chain_apply(p->chain, batch));
    lc_autoptr(lc_error) broken = lc_chain_apply(trial->other, &trial->spare);
    lc_auto(lc_buf) text = {0};
    if (broken) {
        describe_failure(&text, broken, NULL);
        roll_back(p, text.data, NULL);
    } else if (!compare(batch, &trial->spare, &text)) {
        roll_back(p, "its records differ from those of the version before", text.data);
    } else {
        count_down(p, count);
    }
    return NULL;
}

lc_error *lc_trial_apply(lc_pipeline *pipeline, lc_batch *batch)
{
    return pipeline->trial->shadow ? shadow(pipeline, batch) : canary(pipeline, batch);
}
