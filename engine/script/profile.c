#include "script/profile.h"

#include <lauxlib.h>
#include <lua.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "script/internal.h"

enum { PLACES_MAX = 4096, DEEPEST = 48 };
#define NOBODY "(engine)"

/* One place in one stack of functions. */
typedef struct place {
    char *line, *stack;
    int64_t samples;
} place;

struct lc_profile {
    atomic_int refs;
    atomic_bool ended;
    pthread_mutex_t lock; /* guards what follows */
    place *places;
    size_t count, cap;
    int64_t samples; /* with those that found no room */
};

lc_profile *lc_profile_new(void)
{
    lc_profile *profile = lc_alloc(sizeof *profile);
    atomic_init(&profile->refs, 1);
    pthread_mutex_init(&profile->lock, NULL);
    return profile;
}

lc_profile *lc_profile_ref(lc_profile *profile)
{
    if (profile) atomic_fetch_add(&profile->refs, 1);
    return profile;
}

void lc_profile_unref(lc_profile *profile)
{
    if (!profile || atomic_fetch_sub(&profile->refs, 1) != 1) return;
    for (size_t i = 0; i < profile->count; i++) {
        free(profile->places[i].line);
        free(profile->places[i].stack);
    }
    free(profile->places);
    pthread_mutex_destroy(&profile->lock);
    free(profile);
}

void lc_profile_end(lc_profile *profile)
{
    atomic_store(&profile->ended, true);
}

void lc_state_set_profile(lc_state *state, lc_profile *profile)
{
    if (state->profile == profile) return;
    lc_profile_unref(state->profile);
    state->profile = lc_profile_ref(profile);
    lc_watch_sample(&state->watch, profile != NULL);
}

static void add(lc_profile *profile, const char *line, const char *stack, uint32_t samples)
{
    pthread_mutex_lock(&profile->lock);
    size_t i = 0;
    while (i < profile->count && (strcmp(profile->places[i].line, line) || strcmp(profile->places[i].stack, stack))) i++;
    if (i == profile->count && i < PLACES_MAX) {
        profile->places = lc_grow(profile->places, &profile->cap, i + 1, sizeof *profile->places);
        profile->places[profile->count++] = (place){lc_strdup(line), lc_strdup(stack), 0};
    }
    if (i < profile->count) profile->places[i].samples += samples;
    profile->samples += samples;
    pthread_mutex_unlock(&profile->lock);
}

/* Sampling, inside of a tick */

/* Frames of the prelude and of the loops that it makes aren't the script's. */
static bool is_of_script(const lua_Debug *at)
{
    return *at->what != 'C' && strncmp(at->short_src, "lc/", 3) != 0 && strcmp(at->short_src, "chain") != 0;
}

static void name_function(const lua_Debug *at, lc_buf *out)
{
    if (*at->what == 'm') lc_buf_printf(out, "(main) (%s)", at->short_src);
    else lc_buf_printf(out, "%s (%s:%d)", at->name ? at->name : "function", at->short_src, at->linedefined);
}

/* sample(): the tick found that samples are due. Reads the stack alone: nothing here may raise or allocate in Lua. */
int lc_profile_sample(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    uint32_t due = lc_watch_take_samples(&state->watch);
    lua_Debug frames[DEEPEST];
    char line[LUA_IDSIZE + 16] = NOBODY;
    size_t count = 0;
    if (!state->profile || !due) return 0;
    if (atomic_load(&state->profile->ended)) {
        lc_state_set_profile(state, NULL);
        return 0;
    }
    for (int level = 1; count < DEEPEST && lua_getstack(lua, level, &frames[count]); level++) {
        lua_getinfo(lua, "Sln", &frames[count]);
        count += is_of_script(&frames[count]);
    }
    lc_auto(lc_buf) stack = {0};
    for (size_t i = count; i-- > 0;) {
        name_function(&frames[i], &stack);
        if (i) lc_buf_put(&stack, ';');
    }
    if (count) snprintf(line, sizeof line, "%s:%d", frames[0].short_src, frames[0].currentline);
    add(state->profile, line, stack.data ? stack.data : NOBODY, due);
    return 0;
}

/* Telling */

typedef struct total {
    const char *name;
    size_t len;
    const char *function; /* of a line: the last of its stack */
    int64_t samples;
} total;

typedef struct totals {
    total *items;
    size_t count, cap;
} totals;

static void count_for(totals *t, lc_text name, const char *function, int64_t samples)
{
    size_t i = 0;
    while (i < t->count && !lc_text_eq((lc_text){t->items[i].name, t->items[i].len}, name)) i++;
    if (i == t->count) {
        t->items = lc_grow(t->items, &t->cap, i + 1, sizeof *t->items);
        t->items[t->count++] = (total){name.data, name.len, function, 0};
    }
    t->items[i].samples += samples;
}

/* A function that is on a stack several times counts once. */
static void count_functions(totals *functions, const place *p)
{
    for (const char *at = p->stack; *at;) {
        lc_text name = {at, strcspn(at, ";")};
        bool seen = false;
        for (const char *before = p->stack; before < at; before += strcspn(before, ";") + 1)
            seen |= lc_text_eq(name, (lc_text){before, strcspn(before, ";")});
        if (!seen) count_for(functions, name, NULL, p->samples);
        at += name.len + (at[name.len] == ';');
    }
}

static int by_samples(const void *a, const void *b)
{
    int64_t left = ((const total *)a)->samples, right = ((const total *)b)->samples;
    return left < right ? 1 : left > right ? -1 : 0;
}

static void write_totals(lc_json *into, const char *key, const char *name, totals *t, int64_t all)
{
    lc_json *list = lc_json_set(into, key, lc_json_new_array());
    if (t->count) qsort(t->items, t->count, sizeof *t->items, by_samples);
    for (size_t i = 0; i < t->count; i++) {
        const total *item = &t->items[i];
        lc_json *entry = lc_json_add(list, lc_json_new_object());
        lc_json_set(entry, name, lc_json_new_text((lc_text){item->name, item->len}));
        if (item->function) lc_json_set_string(entry, "function", item->function);
        int64_t basis_points = item->samples * 10000 / all;
        lc_json_set(entry, "samples", lc_json_new_int(item->samples));
        lc_json_set(entry, "share", lc_json_new_double((double)basis_points / 10000));
    }
    free(t->items);
}

static const char *last_function(const char *stack)
{
    const char *last = strrchr(stack, ';');
    return last ? last + 1 : stack;
}

lc_json *lc_profile_report(lc_profile *profile)
{
    lc_json *report = lc_json_new_object();
    totals lines = {0}, functions = {0}, stacks = {0};
    pthread_mutex_lock(&profile->lock);
    int64_t all = profile->samples ? profile->samples : 1;
    for (size_t i = 0; i < profile->count; i++) {
        const place *p = &profile->places[i];
        count_for(&lines, lc_text_of(p->line), last_function(p->stack), p->samples);
        count_functions(&functions, p);
        count_for(&stacks, lc_text_of(p->stack), NULL, p->samples);
    }
    lc_json_set(report, "samples", lc_json_new_int(profile->samples));
    write_totals(report, "lines", "line", &lines, all);
    write_totals(report, "functions", "function", &functions, all);
    write_totals(report, "stacks", "stack", &stacks, all);
    pthread_mutex_unlock(&profile->lock);
    return report;
}
