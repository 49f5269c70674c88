/* Shared by the files of this folder alone: the inside of a state, and how C enters Lua.
 *
 * C calls Lua only through lc_state_run, so every Lua error and every lack of memory ends there as an
 * lc_error. The prelude leaves its entry points in one table; a file asks for one by name with
 * lc_state_entry. */
#ifndef LC_SCRIPT_INTERNAL_H
#define LC_SCRIPT_INTERNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/config_def.h"
#include "script/abi.h"
#include "script/gate.h"
#include "script/heap.h"
#include "script/state.h"
#include "script/watchdog.h"

struct lua_State;
struct lc_chain;

enum { LC_SECRET_NAME = 34, LC_TICKS_MAX = 100000, LC_CHARSETS_MOST = 32 };
#define LC_TICK "__lc_tick"
enum { LC_RECORD_PLACED = 1 }; /* lc_record.reserved: has its place in `order` of its state */

/* A schema in the making: see the spec_… functions of abi.h. */
typedef struct lc_spec {
    lc_schema_spec schema;
    lc_parameter *parameters;
    lc_text *names;
    const lc_schema **schemas;
    size_t parameter_cap, name_cap, schema_cap;
} lc_spec;

struct lc_state {
    lc_frame frame; /* first: bridge functions get its address */
    lc_heap heap;
    struct lc_profile *profile; /* who looks where it spends its time; NULL: nobody */
    lc_watch watch;
    lc_watchdog *own_watchdog; /* NULL: it was lent one */
    struct lua_State *lua;
    char tick_name[LC_SECRET_NAME]; /* a global that no script can name: see budget.c */
    lc_types *types;
    lc_gate *gate; /* while a thread other than the task's builds it; else NULL */
    lc_log_t *log;
    char *connector;
    int task;
    int64_t timeout_ms;
    bool same_time;      /* every call gets timeout_ms, whatever its share */
    int64_t deadline_ns; /* of the running call */
    int64_t looked_ns;   /* when the clock was looked at last */
    uint32_t ticks;      /* that the budget got then */
    int overruns;        /* records of the running call that met arena_room */
    int timeouts;        /* records of the running call that took too long */
    size_t arena_limit;  /* bytes of one batch's values */
    size_t arena_room;   /* of the running call: grows a little with each record that met it, three times */
    uint32_t record_limit, record_room; /* the same for records that a call makes beside those it got */
    uint64_t log_window_ms; /* rate limit of lc.log: bytes within the running second */
    size_t log_bytes;
    lc_batch *batch;    /* of the running call; NULL: none */
    lc_arena *arena;    /* where new values go: the batch's, or `permanent` */
    lc_arena permanent; /* values made outside of batches */
    lc_arena scratch;   /* texts of a spec */
    lc_arena numbers;   /* of the last operation on decimals */
    lc_error *error;    /* why the last bridge function failed */
    double calls;       /* generations given so far */
    struct lc_laps *laps; /* of the running chain: see chain.h */
    uint32_t warming;   /* records until the JIT is worth its memory; 0: it is on, or never will be */
    size_t rested;      /* bytes of Lua values after the last collection at rest */
    uint32_t *order;    /* after a split: places of finished records (in the batch's arena) */
    uint32_t order_count, order_cap;
    lc_spec spec;
    lc_buf text;          /* result texts of bridge functions */
    struct lc_json *json; /* of the running lc.json call: kept here, since that may raise */
    lc_script **scripts; /* loaded here, referenced */
    size_t script_count, script_cap;
    lc_script *inspected; /* in a throw-away state: it remembers what it requires */
    struct lc_connector_script *connector_script; /* of the task; NULL: none (yet) */
    struct lc_charset *charsets[LC_CHARSETS_MOST]; /* that scripts asked for */
    size_t charset_count;
    double *clock_ms;                             /* of a test; NULL: the machine's */
    struct lc_meters *meters;                     /* of lc.metrics; NULL: none yet */
    bool in_hook;                                 /* a hook of its connector runs */
    struct lc_handle *handles;                    /* that scripts have open: see handles.h */
};

static inline lc_state *lc_frame_state(lc_frame *frame)
{
    return (lc_state *)frame;
}

/* sample() of the prelude: see profile.h. */
int lc_profile_sample(struct lua_State *lua);
extern const lc_bridge lc_bridge_table;
/* C functions for trusted Lua, by name; lists end with a NULL name. */
typedef struct lc_native {
    const char *name;
    int (*call)(struct lua_State *lua);
} lc_native;
extern const lc_native lc_native_state[], lc_native_json[], lc_native_task[], lc_native_file[],
    lc_native_http[], lc_native_data[], lc_native_meters[], lc_native_sql[], lc_native_tcp[],
    lc_native_patterns[];

/* What `lua/` holds, baked in: names like "prelude/view.lua". */
typedef struct lc_embedded {
    const char *name;
    const char *text;
    const size_t *len;
} lc_embedded;
extern const lc_embedded lc_embedded_files[]; /* ends with a NULL name */

/* Runs `body` with its argument in protected mode. It may use the stack freely and raise. Errors are those
 * that Lua code raised, with where and trace; LC_E_LIMIT for lack of memory or time. `share` of the state's
 * timeout is granted (5: five times it). */
lc_error *lc_state_run(lc_state *state, int share, void (*body)(struct lua_State *lua, void *arg),
                       void *arg) LC_RESULT;
/* For a task that has nothing to do: frees what its calls left behind, once that is worth it. */
void lc_state_rest(lc_state *state);
/* Whether JSON text isn't beyond what the state's memory limit lets a script read. */
bool lc_json_fits(const lc_state *state, const char *text, size_t len);
/* Whether the running call of a state has time left: for C code that may take long. Asked as often as it likes. */
bool lc_state_may_go_on(void *state);
/* The running call's time starts anew. */
void lc_state_restart_clock(lc_state *state);
/* Inside a body: pushes the prelude's entry point `name`. */
void lc_state_entry(struct lua_State *lua, const char *name);
lc_state *lc_state_of(struct lua_State *lua);

/* Makes `batch` the one that views look at, until lc_state_leave. Records whose values nest without end fail
 * then, and lose them. */
void lc_state_enter(lc_state *state, lc_batch *batch);
void lc_state_leave(lc_state *state);

/* Pushes the plug-in of a script, loading it into the state when it is not there yet. Raises. */
void lc_state_push_plugin(struct lua_State *lua, lc_script *script);
/* The same, of a step of the chain: each alias has variables of its own. */
void lc_state_push_instance(struct lua_State *lua, lc_script *script, const char *alias);
/* Pushes the prelude's object of a chain. */
void lc_chain_push(struct lua_State *lua, const struct lc_chain *chain);
/* The error in the table that the prelude makes of an error (see errors.lua), at stack index `at`. */
lc_error *lc_state_error_at(struct lua_State *lua, int at);
/* Raises `error` as a Lua error, inside of Lua code. Takes it. */
int lc_state_raise(struct lua_State *lua, lc_error *error);

/* Pushes the message of an error, which it frees first: pushing may raise. */
void lc_state_push_message(struct lua_State *lua, lc_error *error);
/* Remembers why a bridge function failed. Returns 1, for `return lc_state_fail(…)`. Takes the error. */
int lc_state_fail(lc_state *state, lc_error *error);

/* A random identifier; false when the system has no random numbers. */
bool lc_secret_name(char name[LC_SECRET_NAME]);

/* Inside a body: pushes a table of typed settings by name; one of them. May raise. */
void lc_push_settings(struct lua_State *lua, const lc_config_values *values);
void lc_push_setting(struct lua_State *lua, const lc_config_value *value);

lc_text lc_script_source(const lc_script *script);
/* The text of a module as it was when the script was made; false: it wasn't required then. */
bool lc_script_module(const lc_script *script, const char *name, lc_text *ret_text);
bool lc_script_has_closed_modules(const lc_script *script);
void lc_script_keep_module(lc_script *script, const char *name, lc_text text);

/* What the steps of a chain cost, and who looks at them. */
typedef struct lc_laps {
    int64_t *ns; /* by step: of the running call, of `records` of its records */
    size_t count;
    int64_t last_ns;
    uint32_t records; /* that were timed one by one; 0: all together */
    const struct lc_chain_watcher *watcher;
} lc_laps;

/* Text of a script rewritten so that each loop turn and function entry calls `tick` first, on the same line;
 * see budget.c. LC_E_SCRIPT when the text uses that very name. */
lc_error *lc_budget_rewrite(lc_text source, const char *tick, lc_buf *out) LC_RESULT;

#endif
