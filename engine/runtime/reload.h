/* Hot reload: follows the scripts of plugin.path, checks what changed, and brings it to the tasks that use
 * it.
 *
 *   file saved ─▶ reloader's thread: compile, describe, settings of every task that uses it, in states of
 * their own ─▶ plugins (new tasks start with it) ─▶ seats (tasks swap between two batches) ─▶ verdicts
 *
 * A version that fails anywhere on this way is refused or rolled back: the version before goes on as if
 * nothing had happened, and the log and GET /admin/scripts say what was wrong. One a worker; thread-safe. */
#ifndef LC_RUNTIME_RELOAD_H
#define LC_RUNTIME_RELOAD_H

#include "base/json.h"
#include "runtime/seat.h"
#include "runtime/worker.h"

typedef struct lc_reloader lc_reloader;

typedef struct lc_reload_options {
    const char *plugin_path; /* directories, separated by commas; may be NULL */
    const char *upload_dir;  /* where REST puts scripts; NULL: it may not */
    bool watch;              /* script.reload */
    bool test;               /* script.tests */
    int64_t test_ms;         /* script.tests.timeout.ms */
} lc_reload_options;

/* `core` must have its plug-ins, catalog and file hub, and outlive it. */
lc_error *lc_reloader_start(lc_worker_core *core, const lc_reload_options *options,
                            lc_reloader **ret_reloader) LC_RESULT;
void lc_reloader_stop(lc_reloader *reloader); /* tasks have ended; accepts NULL */

typedef enum lc_version_state {
    LC_VERSION_ACTIVE,      /* what tasks run */
    LC_VERSION_TRIAL,       /* the first records decide */
    LC_VERSION_REFUSED,     /* never ran */
    LC_VERSION_ROLLED_BACK, /* failed on live records, or to start */
    LC_VERSION_REPLACED     /* by a later one */
} lc_version_state;
const char *lc_version_state_name(lc_version_state state); /* "active" … */

/* For REST. `kind` is "connectors", "transforms" or "predicates". LC_E_NOT_FOUND where there is none. */
lc_json *lc_reloader_list(lc_reloader *reloader);
lc_error *lc_reloader_show(lc_reloader *reloader, const char *kind, const char *name,
                           lc_json **ret) LC_RESULT;
lc_error *lc_reloader_versions(lc_reloader *reloader, const char *kind, const char *name,
                               lc_json **ret) LC_RESULT;
/* Version `number`; 0: the one in use. */
lc_error *lc_reloader_version(lc_reloader *reloader, const char *kind, const char *name, int number,
                              lc_json **ret) LC_RESULT;
/* Appends the text of version `number` (0: the one in use), and its signature when it is known. */
lc_error *lc_reloader_text(lc_reloader *reloader, const char *kind, const char *name, int number, lc_buf *text,
                           lc_buf *signature) LC_RESULT;
/* A unified diff of two versions' texts. */
lc_error *lc_reloader_diff(lc_reloader *reloader, const char *kind, const char *name, int from, int to,
                           lc_buf *ret) LC_RESULT;
/* Stores a version, and puts it into use when it passes; else LC_E_BAD_REQUEST with the reason. `signature`
 * may be empty. *ret_created: there was no script of this name. */
lc_error *lc_reloader_put(lc_reloader *reloader, const char *kind, const char *name, lc_text text,
                          lc_text signature, const char *who, bool *ret_created, lc_json **ret) LC_RESULT;
lc_error *lc_reloader_roll_back(lc_reloader *reloader, const char *kind, const char *name, int number,
                                const char *who, lc_json **ret) LC_RESULT;

/* Takes away what came over REST: the text that was found on disk is brought out again, as a version of its own, and
 * *ret is that with "left":"file"; without one the script is gone with all its versions, and "left" says whether one
 * that comes with luaconnect is used from now on ("shipped") or "nothing". LC_E_CONFLICT while tasks use a script that
 * would be gone, and when what is in use didn't come over REST. */
lc_error *lc_reloader_remove(lc_reloader *reloader, const char *kind, const char *name, const char *who,
                             lc_json **ret) LC_RESULT;
/* Whether removing it would leave nothing of it but what is shipped; *ret_path: its file, to be freed. */
lc_error *lc_reloader_would_end(lc_reloader *reloader, const char *kind, const char *name, bool *ret_ends,
                                char **ret_path) LC_RESULT;
/* Forgets a version. LC_E_CONFLICT for one that is in use or would be gone back to. */
lc_error *lc_reloader_forget(lc_reloader *reloader, const char *kind, const char *name, int number) LC_RESULT;

/* For seats. */
void lc_reloader_lock(lc_reloader *reloader);
void lc_reloader_unlock(lc_reloader *reloader);
void lc_reloader_lock_unpinned(lc_reloader *reloader,
                               lc_seat *seat); /* waits until nothing is built for it */
void lc_reloader_add_seat(lc_reloader *reloader, lc_seat *seat);
/* A task started with another version than the newest. */
void lc_reloader_look_again(lc_reloader *reloader);
void lc_reloader_remove_seat(lc_reloader *reloader, lc_seat *seat);
/* Frees a chain and its state on the reloader's thread. */
void lc_reloader_bury(lc_reloader *reloader, lc_chain *chain, lc_state *state);
/* `why` NULL: the version stays. */
void lc_reloader_verdict(lc_reloader *reloader, uint64_t version, const char *connector, int task,
                         const char *why, const char *diff);
void lc_reloader_note_pause(lc_reloader *reloader, int64_t ns);

#endif
