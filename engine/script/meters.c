#include "script/meters.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { LONGEST_NAME = 100, LONGEST_HELP = 200 };

typedef struct named_meter {
    lc_meter meter; /* first: its address is the prelude's */
    lc_meter_kind kind;
    char *name, *help;
} named_meter;

struct lc_meters {
    atomic_int refs;
    pthread_mutex_t lock; /* for who opens */
    atomic_size_t count;  /* of items that are whole */
    named_meter *items[LC_METERS_MOST];
};

static const char *const kinds[] = {"counter", "gauge", "histogram"};

lc_meters *lc_meters_new(void)
{
    lc_meters *meters = lc_alloc(sizeof *meters);
    atomic_init(&meters->refs, 1);
    pthread_mutex_init(&meters->lock, NULL);
    return meters;
}

lc_meters *lc_meters_ref(lc_meters *meters)
{
    if (meters) atomic_fetch_add(&meters->refs, 1);
    return meters;
}

void lc_meters_unref(lc_meters *meters)
{
    if (!meters || atomic_fetch_sub(&meters->refs, 1) > 1) return;
    for (size_t i = 0; i < meters->count; i++) {
        free(meters->items[i]->name);
        free(meters->items[i]->help);
        free(meters->items[i]);
    }
    pthread_mutex_destroy(&meters->lock);
    free(meters);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool ends_with(lc_text name, const char *end)
{
    size_t len = strlen(end);
    return name.len > len && !memcmp(name.data + name.len - len, end, len);
}

/* Histograms make samples of these endings: another metric's could be mistaken for them. */
static lc_error *check_name(lc_text name)
{
    static const char *const taken[] = {"_bucket", "_sum", "_count"};
    bool is_good = name.len > 0 && name.len <= LONGEST_NAME && is_letter(name.data[0]);
    for (size_t i = 0; is_good && i < name.len; i++)
        is_good = is_letter(name.data[i]) || (name.data[i] >= '0' && name.data[i] <= '9');
    if (!is_good)
        return lc_fail(LC_E_ILLEGAL_ARGUMENT,
                       "'%.*s' is no name of a metric: it is letters, digits and _, at most %d, not a digit first",
                       (int)(name.len < 200 ? name.len : 200), name.data, LONGEST_NAME);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (ends_with(name, taken[i]))
            return lc_fail(LC_E_ILLEGAL_ARGUMENT,
                           "the name of a metric can't end in %s, as in '%.*s': histograms show their parts so", taken[i],
                           (int)name.len, name.data);
    return NULL;
}

static named_meter *find(const lc_meters *meters, lc_text name)
{
    for (size_t i = 0; i < meters->count; i++)
        if (lc_text_is(name, meters->items[i]->name)) return meters->items[i];
    return NULL;
}

static bool has_bounds(const lc_meter *meter, const lc_meter_spec *spec)
{
    return meter->bound_count == spec->bound_count &&
           !memcmp(meter->bounds, spec->bounds, spec->bound_count * sizeof(double));
}

static lc_error *check_same(const named_meter *known, const lc_meter_spec *spec)
{
    if (known->kind != spec->kind)
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "the metric '%s' is a %s in this task already, not a %s", known->name,
                       kinds[known->kind], kinds[spec->kind]);
    if (spec->bound_count && !has_bounds(&known->meter, spec))
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "the histogram '%s' has other bounds in this task already", known->name);
    return NULL;
}

static lc_error *add(lc_meters *meters, const lc_meter_spec *spec, named_meter **ret)
{
    size_t count = meters->count;
    if (count == LC_METERS_MOST)
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "the metric '%.*s' is one too many: a task has %d at most", (int)spec->name.len,
                       spec->name.data, LC_METERS_MOST);
    named_meter *made = lc_alloc(sizeof *made);
    made->kind = spec->kind;
    made->name = lc_strndup(spec->name.data, spec->name.len);
    size_t help_len = spec->help.len < LONGEST_HELP ? spec->help.len : LONGEST_HELP;
    made->help = lc_strndup(help_len ? spec->help.data : "", help_len);
    made->meter.bound_count = (double)spec->bound_count;
    if (spec->bound_count) memcpy(made->meter.bounds, spec->bounds, spec->bound_count * sizeof(double));
    meters->items[count] = made;
    atomic_store_explicit(&meters->count, count + 1, memory_order_release);
    *ret = made;
    return NULL;
}

lc_error *lc_meters_open(lc_meters *meters, const lc_meter_spec *spec, lc_meter **ret_meter)
{
    LC_TRY(check_name(spec->name));
    pthread_mutex_lock(&meters->lock);
    named_meter *meter = find(meters, spec->name);
    lc_error *error = meter ? check_same(meter, spec) : add(meters, spec, &meter);
    pthread_mutex_unlock(&meters->lock);
    if (!error) *ret_meter = &meter->meter;
    return error;
}

/* The writer is compiled Lua, whose stores of doubles are whole; this keeps the reader's so. */
static double number(const double *at)
{
    double value;
    __atomic_load(at, &value, __ATOMIC_RELAXED);
    return value;
}

void lc_meters_each(lc_meters *meters, lc_meters_visit *visit, void *context)
{
    size_t count = atomic_load_explicit(&meters->count, memory_order_acquire);
    for (size_t i = 0; i < count; i++) {
        const named_meter *item = meters->items[i];
        lc_meter_reading reading = {.name = item->name, .help = item->help, .kind = item->kind};
        reading.now.value = number(&item->meter.value);
        reading.now.bound_count = item->meter.bound_count;
        memcpy(reading.now.bounds, item->meter.bounds, sizeof reading.now.bounds);
        for (size_t b = 0; b <= LC_METER_BOUNDS; b++) reading.now.hits[b] = number(&item->meter.hits[b]);
        visit(context, &reading);
    }
}
