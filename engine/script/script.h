/* Scripts: plug-ins in Lua, read once, checked once, shared by all tasks that use them.
 *
 * A plug-in is one file that returns a value made by lc.source, lc.sink, lc.transform or lc.predicate. An
 * lc_script holds its text, its name and aliases, and its definitions (config, needs, version, hooks) as
 * read in a throw-away sandboxed state. It is immutable and reference-counted: any thread. lua.h is
 * included by no header of this folder. */
#ifndef LC_SCRIPT_SCRIPT_H
#define LC_SCRIPT_SCRIPT_H

#include "base/config_def.h"
#include "base/error.h"
#include "base/text.h"

typedef struct lc_script lc_script;

typedef enum lc_script_kind { LC_SCRIPT_SOURCE, LC_SCRIPT_SINK, LC_SCRIPT_TRANSFORM, LC_SCRIPT_PREDICATE } lc_script_kind;

/* Reads a script's text (at most 1 MiB, no bytecode). `name` is the file's stem; `path` is for messages
 * ("file.lua:12"); `shipped` scripts come with the engine. Errors: LC_E_SCRIPT with line and reason. */
lc_error *lc_script_new(const char *name, const char *path, lc_text text, bool shipped, lc_script **ret_script) LC_RESULT;
lc_error *lc_script_read_file(const char *path, bool shipped, lc_script **ret_script) LC_RESULT; /* name from the path */
/* What the throw-away states may use in which the text of the script runs (and its validators later); 0: 32 MiB,
 * 1000 ms. LC_E_SCRIPT over LC_E_LIMIT when that isn't enough. */
typedef struct lc_script_limits {
    size_t memory_bytes;
    int64_t timeout_ms;
} lc_script_limits;
lc_error *lc_script_new_within(const char *name, const char *path, lc_text text, bool shipped, lc_script_limits limits,
                               lc_script **ret_script) LC_RESULT;
lc_error *lc_script_read_file_within(const char *path, bool shipped, lc_script_limits limits,
                                     lc_script **ret_script) LC_RESULT;
lc_script *lc_script_ref(lc_script *script);
void lc_script_unref(lc_script *script); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_script, lc_script_unref)

const char *lc_script_name(const lc_script *script);
const char *lc_script_path(const lc_script *script);
lc_script_kind lc_script_kind_of(const lc_script *script);
const char *lc_script_version(const lc_script *script);             /* "undefined" when it declares none */
const char *lc_script_doc(const lc_script *script);                 /* a sentence; "" when it has none */
size_t lc_script_alias_count(const lc_script *script);
const char *lc_script_alias(const lc_script *script, size_t index);
/* What it must be configured with. "$Key"/"$Value" variants share it. */
const lc_config_def *lc_script_config_def(const lc_script *script);
/* Settings that are understood, and checked when they are given, but not listed (`hidden = true`); and both. */
const lc_config_def *lc_script_hidden_def(const lc_script *script);
const lc_config_def *lc_script_settings_def(const lc_script *script);
bool lc_script_needs(const lc_script *script, const char *capability); /* declared in needs = {…} */
/* Settings that a source needs to read every record exactly once: exactly_once = {…}. NULL: it says nothing. */
const lc_strings *lc_script_exactly_once(const lc_script *script);
/* Settings that a source needs to say where its transactions end: transaction_boundaries = {…}. NULL: it doesn't. */
const lc_strings *lc_script_transaction_boundaries(const lc_script *script);
bool lc_script_has_hook(const lc_script *script, const char *hook);    /* "flush", "tasks" … */
bool lc_script_is_shipped(const lc_script *script);
/* The Java class that stands for it in answers and traces: its first alias with a dot in it, else its name. */
const char *lc_script_java_class(const lc_script *script);
/* The text that was read, and the modules beside it that were required then: states use these, whatever the files
 * have become. */
lc_text lc_script_text(const lc_script *script);
size_t lc_script_module_count(const lc_script *script);
const char *lc_script_module_at(const lc_script *script, size_t at); /* "helpers" */
lc_text lc_script_module_text(const lc_script *script, size_t at);
/* It can require nothing but these from now on. Before others see the script. */
void lc_script_close_modules(lc_script *script);

#endif
