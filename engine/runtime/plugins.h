/* Plug-ins of a worker: shipped scripts, scripts of plugin.path, converters in C.
 *
 * A plug-in of plugin.path is one file NAME.lua directly in a directory of the path or in its connectors/,
 * transforms/ or predicates/; its name is NAME plus its aliases. It wins over a shipped one of the same
 * name. Lookup takes full Java class names, "…$Key"/"…$Value" names, file names, simple names
 * ("RegexRouter") and pruned names ("FileStreamSource" for FileStreamSourceConnector), as Connect does.
 * Scripts are replaced by reloads (lc_plugins_put): what was given out before stays good for another minute, longer
 * than whoever asked needs it; keep it longer with lc_script_ref. Thread-safe. */
#ifndef LC_RUNTIME_PLUGINS_H
#define LC_RUNTIME_PLUGINS_H

#include "base/log.h"
#include "base/map.h"
#include "script/script.h"

typedef struct lc_plugins lc_plugins;

/* Loads the shipped scripts from `script_dir` (NULL: found beside the program, in the build or install tree)
 * and those of plugin.path (comma-separated, may be NULL). A broken script is logged with its line and
 * skipped; asking for it by name gives its error. A missing directory of plugin.path is logged. */
lc_error *lc_plugins_load(const char *script_dir, const char *plugin_path, lc_log_t *log,
                          lc_plugins **ret_plugins) LC_RESULT;
struct lc_trusted_keys;
/* The same; scripts of plugin.path that none of these keys signed can't be used. The keys must outlive the plug-ins. */
lc_error *lc_plugins_load_signed(const char *script_dir, const char *plugin_path,
                                 const struct lc_trusted_keys *keys, lc_log_t *log,
                                 lc_plugins **ret_plugins) LC_RESULT;
/* One without any scripts. */
lc_plugins *lc_plugins_new(lc_log_t *log);
/* Takes a script (a reference), which wins over those of its names. Before others read. */
void lc_plugins_add(lc_plugins *plugins, lc_script *script);
void lc_plugins_free(lc_plugins *plugins); /* accepts NULL */

/* Puts a script in place of the one that was read from the same file, or adds it, which then wins over others of its
 * names. Takes a reference of its own. */
void lc_plugins_put(lc_plugins *plugins, lc_script *script);

/* Takes out the script that was read from this file: its names lead again to what it had won over. */
void lc_plugins_remove(lc_plugins *plugins, const char *path);

/* The script that was read from this file; NULL: none. Borrowed. */
lc_script *lc_plugins_of_file(const lc_plugins *plugins, const char *path);

/* Borrowed; LC_E_CONNECT "Failed to find any class that implements Connector and which name matches X, …"
 * with the nearest name, or the load error of a broken script of that name. */
lc_error *lc_plugins_connector(const lc_plugins *plugins, const char *name, lc_script **ret_script) LC_RESULT;
/* LC_E_CONFIG "Class X could not be found." with a suggestion, or "Not a Transformation"/"Not a Predicate".
 */
lc_error *lc_plugins_transform(const lc_plugins *plugins, const char *name, lc_script **ret_script) LC_RESULT;
lc_error *lc_plugins_predicate(const lc_plugins *plugins, const char *name, lc_script **ret_script) LC_RESULT;
/* All scripts, in order of name: for /connector-plugins and recommended values. */
size_t lc_plugins_count(const lc_plugins *plugins);
lc_script *lc_plugins_at(const lc_plugins *plugins, size_t at);
/* Scripts that can't be loaded: their names, and why. */
size_t lc_plugins_broken_count(const lc_plugins *plugins);
const char *lc_plugins_broken_at(const lc_plugins *plugins, size_t at, const lc_error **ret_why);

#endif
