#include "script/script.h"

#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/strings.h"
#include "java/number.h"
#include "java/regex.h"
#include "script/internal.h"
#include "script/script_data.h"

enum { LARGEST_SCRIPT = 1 << 20, INSPECT_MEMORY = 32 << 20 };

struct lc_script {
    atomic_int refs;
    char *name, *path, *version, *doc;
    const char *java_class; /* an alias or the name */
    lc_buf text;
    bool shipped;
    lc_script_limits limits;
    lc_script_kind kind;
    lc_strings aliases, needs, hooks, exactly_once, boundaries;
    bool says_exactly_once, says_boundaries;
    lc_props *modules;              /* name → text */
    lc_script_data *data;
    bool closed;                    /* there are no others */
    lc_config_def *config, *hidden; /* hidden: all that isn't in config */
    lc_config_def *settings;        /* both */
};

static void script_free(lc_script *script)
{
    free(script->name);
    free(script->path);
    free(script->version);
    free(script->doc);
    lc_buf_done(&script->text);
    lc_strings_done(&script->aliases);
    lc_strings_done(&script->needs);
    lc_strings_done(&script->exactly_once);
    lc_strings_done(&script->boundaries);
    lc_strings_done(&script->hooks);
    lc_config_def_free(script->config);
    lc_config_def_free(script->hidden);
    lc_config_def_free(script->settings);
    lc_props_free(script->modules);
    lc_script_data_free(script->data);
    free(script);
}

lc_script *lc_script_ref(lc_script *script)
{
    atomic_fetch_add_explicit(&script->refs, 1, memory_order_relaxed);
    return script;
}

void lc_script_unref(lc_script *script)
{
    if (script && atomic_fetch_sub_explicit(&script->refs, 1, memory_order_acq_rel) == 1) script_free(script);
}

/* A state only to look at the script, thrown away afterwards. */

static void inspect(lua_State *lua, void *arg);

typedef struct look {
    lc_script *script;
    lc_error *error;
    /* for validators and recommenders */
    const char *setting;
    const lc_config_value *value;
    const lc_config_values *settings;
    lc_strings *recommended;
    bool visible;
} look;

static lc_error *look_into(look *job, void (*body)(lua_State *lua, void *arg))
{
    lc_types *types = lc_types_new();
    lc_state *state = NULL;
    lc_script_limits limits = job->script->limits;
    lc_state_options options = {.types = types,
                                .memory_limit = limits.memory_bytes ? limits.memory_bytes : INSPECT_MEMORY,
                                .timeout_ms = limits.timeout_ms,
                                .jit_off = true,
                                .task = -1};
    lc_error *error = lc_state_new(&options, &state);
    if (!error) {
        state->inspected = body == inspect ? job->script : NULL;
        error = lc_state_run(state, 1, body, job);
    }
    lc_state_free(state);
    lc_types_free(types);
    return error;
}

/* Reading the description; see describe in lua/lc/plugin.lua. */

static const char *field(lua_State *lua, int table, const char *key)
{
    lua_getfield(lua, table, key);
    const char *text = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : NULL;
    lua_pop(lua, 1); /* the table keeps it alive */
    return text;
}

static bool flag(lua_State *lua, int table, const char *key)
{
    lua_getfield(lua, table, key);
    bool value = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return value;
}

static bool number(lua_State *lua, int table, const char *key, double *ret)
{
    lua_getfield(lua, table, key);
    bool is_number = lua_type(lua, -1) == LUA_TNUMBER;
    if (is_number) *ret = lua_tonumber(lua, -1);
    lua_pop(lua, 1);
    return is_number;
}

static void strings_field(lua_State *lua, int table, const char *key, lc_strings *into)
{
    lua_getfield(lua, table, key);
    for (int i = 1; lua_istable(lua, -1); i++) {
        lua_rawgeti(lua, -1, i);
        const char *text = lua_tostring(lua, -1);
        if (text) lc_strings_add(into, text);
        lua_pop(lua, 1);
        if (!text) break;
    }
    lua_pop(lua, 1);
}

/* False when the script says nothing of it. */
static bool optional_field(lua_State *lua, int at, const char *name, lc_strings *into)
{
    lua_getfield(lua, at, name);
    bool is_there = lua_istable(lua, -1);
    lua_pop(lua, 1);
    if (is_there) strings_field(lua, at, name, into);
    return is_there;
}

/* Index of `word` in a list that ends with NULL, or -1. */
static int choice(const char *word, const char *const *words)
{
    for (int i = 0; word && words[i]; i++) {
        if (!strcmp(word, words[i])) return i;
    }
    return -1;
}

static const char *const TYPES[] = {"string", "boolean", "int",      "short",    "long",   "double",
                                    "list",   "class",   "password", "duration", "choice", NULL};
static const char *const IMPORTANCES[] = {"high", "medium", "low", NULL};
static const char *const WIDTHS[] = {"none", "short", "medium", "long", NULL};
static const char *const KINDS[] = {"source", "sink", "transform", "predicate", NULL};

static lc_error *check_regex(void *context, const char *name, const lc_config_value *value)
{
    (void)context;
    if (value->is_null || !value->text.data) return NULL;
    lc_autoptr(lc_regex) regex = NULL;
    lc_autoptr(lc_error) error = lc_regex_new(value->text, &regex);
    if (!error) return NULL;
    lc_auto(lc_buf) detail = {0};
    lc_buf_printf(&detail, "Invalid regex: %s", lc_error_message(error));
    return lc_config_invalid(name, value->text.data, detail.data);
}

/* RegexValidator, which trips over null: what is missing has two errors. */
static lc_error *check_given_regex(void *context, const char *name, const lc_config_value *value)
{
    if (value->is_null) return lc_config_invalid(name, NULL, "Invalid regex: null");
    return check_regex(context, name, value);
}

static lc_error *check_non_empty_list(void *context, const char *name, const lc_config_value *value)
{
    (void)context;
    return value->is_null || !value->list.count ? lc_config_invalid_value(name, value, "Empty list") : NULL;
}

/* Names that `valid` may have. */
static const struct {
    const char *name;
    lc_config_check check;
} CHECKS[] = {
    {"regex", {.kind = LC_CHECK_CALL, .call = check_regex}},
    {"non-empty", {.kind = LC_CHECK_NON_EMPTY}},
    {"non-empty-list", {.kind = LC_CHECK_CALL, .call = check_non_empty_list}},
    {"non-null", {.kind = LC_CHECK_NON_NULL}},
    {"no-control-chars", {.kind = LC_CHECK_NO_CONTROL_CHARS}},
    {"unique", {.kind = LC_CHECK_UNIQUE}},
};

static void named_check(lua_State *lua, const char *name, lc_config_check *check)
{
    for (size_t i = 0; i < sizeof CHECKS / sizeof CHECKS[0]; i++) {
        if (!strcmp(CHECKS[i].name, name)) {
            *check = CHECKS[i].check;
            return;
        }
    }
    luaL_error(
        lua, "unknown check '%s': use regex, non-empty, non-empty-list, non-null, no-control-chars or unique",
        name);
}

static void range_check(lc_config_type type, double min, double max, lc_config_check *check)
{
    if (type == LC_CONFIG_DOUBLE) {
        *check = (lc_config_check){.kind = isinf(max) ? LC_CHECK_AT_LEAST_REAL : LC_CHECK_BETWEEN_REAL,
                                   .min_real = min,
                                   .max_real = max};
        return;
    }
    *check = (lc_config_check){.kind = isinf(max) ? LC_CHECK_AT_LEAST : LC_CHECK_BETWEEN,
                               .min = lc_double_to_int64(min),
                               .max = lc_double_to_int64(max)};
}

/* A NULL at the end, as lists of choices have it; the texts stay Lua's. */
static const char *const *text_array(lua_State *lua, int table, const char *key)
{
    lua_getfield(lua, table, key);
    if (!lua_istable(lua, -1) || lua_objlen(lua, -1) == 0) {
        lua_pop(lua, 1);
        return NULL;
    }
    size_t count = lua_objlen(lua, -1);
    const char **texts = lua_newuserdata(lua, (count + 1) * sizeof *texts); /* stays on the stack */
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, -2, (int)i + 1);
        texts[i] = lua_tostring(lua, -1);
        lua_pop(lua, 1);
    }
    texts[count] = NULL;
    return texts;
}

static lc_check_kind choice_kind(lc_config_type type, bool ignore_case)
{
    if (type == LC_CONFIG_LIST) return LC_CHECK_LIST_OF;
    return ignore_case ? LC_CHECK_ONE_OF_NOCASE : LC_CHECK_ONE_OF;
}

static lc_error *check_by_script(void *context, const char *name, const lc_config_value *value);
static lc_error *advise_by_script(void *context, const char *name, const lc_config_values *settings,
                                  lc_strings *values, bool *ret_visible);

static void read_checks(lua_State *lua, int at, lc_script *script, lc_config_key *key,
                        lc_config_check *validator)
{
    double min = -INFINITY, max = INFINITY;
    bool has_min = number(lua, at, "min", &min), has_max = number(lua, at, "max", &max);
    const char *name = field(lua, at, "check");
    const char *const *choices = text_array(lua, at, "choices");
    if (name) named_check(lua, name, &key->check);
    if (key->check.call == check_regex && key->required) key->check.call = check_given_regex;
    else if (has_min || has_max) range_check(key->type, min, max, &key->check);
    else if (choices)
        key->check = (lc_config_check){.kind = choice_kind(key->type, flag(lua, at, "ignore_case")),
                                       .choices = choices};
    if (!flag(lua, at, "validator")) return;
    *validator = (lc_config_check){.kind = LC_CHECK_CALL, .call = check_by_script, .context = script};
    if (key->check.kind == LC_CHECK_NONE) key->check = *validator;
    else key->check.next = validator;
}

/* One setting, the table on top of the stack. */
static void read_setting(lua_State *lua, lc_script *script)
{
    int at = lua_gettop(lua);
    lc_config_check validator;
    double order = 0;
    const char *kind = field(lua, at, "kind"), *importance = field(lua, at, "importance"),
               *width = field(lua, at, "width");
    lc_config_key key = {.name = field(lua, at, "name"), .required = flag(lua, at, "required")};
    key.type = (lc_config_type)choice(kind, TYPES);
    key.fallback = field(lua, at, "default");
    key.doc = field(lua, at, "doc");
    key.group = field(lua, at, "group");
    key.display = field(lua, at, "display");
    if (!key.doc) key.doc = "";
    if (number(lua, at, "order", &order)) key.order = (int)order;
    key.importance = LC_IMPORTANCE_MEDIUM;
    if (importance && choice(importance, IMPORTANCES) < 0)
        luaL_error(lua, "'%s': importance is high, medium or low", key.name);
    if (importance) key.importance = (lc_importance)choice(importance, IMPORTANCES);
    if (width && choice(width, WIDTHS) < 0)
        luaL_error(lua, "'%s': width is none, short, medium or long", key.name);
    if (width) key.width = (lc_width)choice(width, WIDTHS);
    key.dependents = text_array(lua, at, "dependents");
    read_checks(lua, at, script, &key, &validator);
    if (flag(lua, at, "advises")) {
        key.advise = advise_by_script;
        key.advise_context = script;
    }
    lc_error *error = lc_config_def_add(flag(lua, at, "hidden") ? script->hidden : script->config, &key);
    if (!error) error = lc_config_def_add(script->settings, &key);
    if (error) lc_state_raise(lua, error);
    lua_settop(lua, at - 1);
}

static void choose_java_class(lc_script *script)
{
    script->java_class = script->name;
    for (size_t i = 0; i < script->aliases.count; i++) {
        if (!strchr(script->aliases.items[i], '.')) continue;
        script->java_class = script->aliases.items[i];
        return;
    }
}

static void inspect(lua_State *lua, void *arg)
{
    lc_script *script = ((look *)arg)->script;
    lc_state_entry(lua, "describe");
    lc_state_push_plugin(lua, script);
    lua_call(lua, 1, 1);
    int at = lua_gettop(lua);
    script->kind = (lc_script_kind)choice(field(lua, at, "kind"), KINDS);
    const char *version = field(lua, at, "version");
    script->version = lc_strdup(version ? version : "undefined");
    const char *doc = field(lua, at, "doc");
    script->doc = lc_strdup(doc ? doc : "");
    strings_field(lua, at, "aliases", &script->aliases);
    strings_field(lua, at, "needs", &script->needs);
    strings_field(lua, at, "hooks", &script->hooks);
    script->says_exactly_once = optional_field(lua, at, "exactly_once", &script->exactly_once);
    script->says_boundaries = optional_field(lua, at, "transaction_boundaries", &script->boundaries);
    choose_java_class(script);
    lua_getfield(lua, at, "config");
    size_t count = lua_objlen(lua, -1);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(lua, at + 1, (int)i);
        read_setting(lua, script);
    }
}

/* Validators and recommenders */

static void validate(lua_State *lua, void *arg)
{
    look *job = arg;
    lc_state_entry(lua, "validate");
    lc_state_push_plugin(lua, job->script);
    lua_pushstring(lua, job->setting);
    lc_push_setting(lua, job->value);
    lua_call(lua, 3, 1);
    const char *problem = lua_tostring(lua, -1);
    if (problem) job->error = lc_config_invalid_value(job->setting, job->value, problem);
}

static lc_error *check_by_script(void *context, const char *name, const lc_config_value *value)
{
    look job = {.script = context, .setting = name, .value = value};
    lc_error *error = look_into(&job, validate);
    if (!error) return job.error;
    if (lc_error_code(error) == LC_E_CONFIG) return error;
    lc_error *wrapped = lc_config_invalid_value(name, value, lc_error_message(error));
    lc_error_free(error);
    return wrapped;
}

static void recommend(lua_State *lua, void *arg)
{
    look *job = arg;
    lc_state_entry(lua, "recommend");
    lc_state_push_plugin(lua, job->script);
    lua_pushstring(lua, job->setting);
    lc_push_settings(lua, job->settings);
    lua_call(lua, 3, 1);
    int at = lua_gettop(lua);
    job->visible = flag(lua, at, "visible");
    strings_field(lua, at, "values", job->recommended);
}

static lc_error *advise_by_script(void *context, const char *name, const lc_config_values *settings,
                                  lc_strings *values, bool *ret_visible)
{
    look job = {.script = context, .setting = name, .settings = settings, .recommended = values};
    lc_error *error = look_into(&job, recommend);
    *ret_visible = error || job.visible;
    if (!error) return NULL;
    const char *where = lc_error_where(error);
    return lc_wrap(error, LC_E_CONFIG, "Recommended values of %s: %s%s%s", name, where ? where : "",
                   where ? ": " : "", lc_error_message(error));
}

/* Making one */

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "path:line: message", where the line is known: syntax errors bring it in their text, others know it. */
static lc_error *blame(const char *path, lc_error *error)
{
    const char *message = lc_error_message(error), *where = lc_error_where(error), *name = file_name(path);
    size_t len = strlen(name);
    if (!strncmp(message, name, len) && message[len] == ':')
        return lc_wrap(error, LC_E_SCRIPT, "%s%s", path, message + len);
    if (where && !strncmp(where, name, len) && where[len] == ':')
        return lc_wrap(error, LC_E_SCRIPT, "%s%s: %s", path, where + len, message);
    return lc_wrap(error, LC_E_SCRIPT, "%s: %s%s%s", path, where ? where : "", where ? ": " : "", message);
}

lc_error *lc_script_new_within(const char *name, const char *path, lc_text text, bool shipped,
                            lc_script_limits limits, lc_script **ret_script)
{
    if (text.len > LARGEST_SCRIPT) return lc_fail(LC_E_SCRIPT, "%s is larger than 1 MiB", path);
    lc_autoptr(lc_script) script = lc_alloc(sizeof *script);
    atomic_init(&script->refs, 1);
    script->name = lc_strdup(name);
    script->path = lc_strdup(path);
    script->shipped = shipped;
    script->limits = limits;
    script->config = lc_config_def_new();
    script->hidden = lc_config_def_new();
    script->settings = lc_config_def_new();
    script->modules = lc_props_new();
    script->data = lc_script_data_new();
    lc_buf_add(&script->text, text.data, text.len);
    look job = {.script = script};
    lc_error *error = look_into(&job, inspect);
    if (error) return blame(path, error);
    *ret_script = lc_steal(script);
    return NULL;
}

lc_error *lc_script_new(const char *name, const char *path, lc_text text, bool shipped,
                        lc_script **ret_script)
{
    return lc_script_new_within(name, path, text, shipped, (lc_script_limits){0}, ret_script);
}

lc_error *lc_script_read_file_within(const char *path, bool shipped, lc_script_limits limits,
                                     lc_script **ret_script)
{
    lc_auto(lc_buf) text = {0};
    LC_TRY(lc_file_read(path, LARGEST_SCRIPT, &text));
    const char *stem = file_name(path), *dot = strrchr(stem, '.');
    char *name = lc_strndup(stem, dot ? (size_t)(dot - stem) : strlen(stem));
    lc_text source = {text.data ? text.data : "", text.len};
    lc_error *error = lc_script_new_within(name, path, source, shipped, limits, ret_script);
    free(name);
    return error;
}

lc_error *lc_script_read_file(const char *path, bool shipped, lc_script **ret_script)
{
    return lc_script_read_file_within(path, shipped, (lc_script_limits){0}, ret_script);
}

bool lc_script_module(const lc_script *script, const char *name, lc_text *ret_text)
{
    *ret_text = lc_props_text(script->modules, name);
    return ret_text->data != NULL;
}

void lc_script_keep_module(lc_script *script, const char *name, lc_text text)
{
    lc_props_set_text(script->modules, lc_text_of(name), text);
}

lc_text lc_script_text(const lc_script *script)
{
    return lc_script_source(script);
}

size_t lc_script_module_count(const lc_script *script)
{
    return lc_props_count(script->modules);
}

lc_text lc_script_module_text(const lc_script *script, size_t at)
{
    return lc_props_text_at(script->modules, at);
}

void lc_script_close_modules(lc_script *script)
{
    script->closed = true;
}

bool lc_script_has_closed_modules(const lc_script *script)
{
    return script->closed;
}

lc_script_data *lc_script_data_of(const lc_script *script)
{
    return script->data;
}

const char *lc_script_module_at(const lc_script *script, size_t at)
{
    return lc_props_key_at(script->modules, at);
}

lc_text lc_script_source(const lc_script *script)
{
    return (lc_text){script->text.data ? script->text.data : "", script->text.len};
}

const char *lc_script_name(const lc_script *script)
{
    return script->name;
}

const char *lc_script_path(const lc_script *script)
{
    return script->path;
}

lc_script_kind lc_script_kind_of(const lc_script *script)
{
    return script->kind;
}

const char *lc_script_version(const lc_script *script)
{
    return script->version;
}

const char *lc_script_doc(const lc_script *script)
{
    return script->doc;
}

size_t lc_script_alias_count(const lc_script *script)
{
    return script->aliases.count;
}

const char *lc_script_alias(const lc_script *script, size_t index)
{
    return script->aliases.items[index];
}

const lc_config_def *lc_script_config_def(const lc_script *script)
{
    return script->config;
}

const lc_config_def *lc_script_hidden_def(const lc_script *script)
{
    return script->hidden;
}

const lc_config_def *lc_script_settings_def(const lc_script *script)
{
    return script->settings;
}

bool lc_script_needs(const lc_script *script, const char *capability)
{
    return lc_strings_has(&script->needs, capability);
}

const lc_strings *lc_script_exactly_once(const lc_script *script)
{
    return script->says_exactly_once ? &script->exactly_once : NULL;
}

const lc_strings *lc_script_transaction_boundaries(const lc_script *script)
{
    return script->says_boundaries ? &script->boundaries : NULL;
}

bool lc_script_has_hook(const lc_script *script, const char *hook)
{
    return lc_strings_has(&script->hooks, hook);
}

bool lc_script_is_shipped(const lc_script *script)
{
    return script->shipped;
}

const char *lc_script_java_class(const lc_script *script)
{
    return script->java_class;
}
