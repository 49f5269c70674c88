/* Inside of the reloader, for reload*.c alone. Everything here is guarded by its lock, or belongs to its
 * thread. */
#ifndef LC_RUNTIME_RELOAD_INTERNAL_H
#define LC_RUNTIME_RELOAD_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/strings.h"
#include "base/thread.h"
#include "runtime/reload.h"
#include "secure/sign.h"

enum { LC_VERSIONS_KEPT = 30, LC_PAUSES_KEPT = 1024, LC_CHECK_MS = 50000 /* of one version, all in all */ };

typedef struct lc_reload_entry {
    int number;        /* 1, 2 … of its file */
    uint64_t id;       /* of all */
    lc_script *script; /* NULL: it could not be loaded, or nothing will go back to it soon */
    lc_buf text;
    lc_buf signature; /* that came with it over REST; else it is in the file */
    char sha[LC_SHA256_TEXT];
    int64_t when_ms;
    char *who;
    lc_version_state state;
    char *why, *diff; /* NULL: nothing to say */
    int undecided;    /* tasks that try it */
} lc_reload_entry;

typedef struct lc_script_file {
    char *path, *name;
    lc_script_kind kind;
    struct timespec modified, signed_at; /* signed_at: of its .sig file */
    off_t size;
    ino_t inode;
    lc_reload_entry **versions;
    size_t count, cap;
    lc_reload_entry *active; /* what tasks run or try; NULL: it was never good */
    lc_reload_entry *good;   /* what to go back to */
    lc_strings modules;      /* paths that its text requires */
} lc_script_file;

/* A data file as it was seen last. */
typedef struct lc_data_file {
    char *path;
    struct timespec modified;
    off_t size;
    ino_t inode;
} lc_data_file;

/* A verdict on its way from a task. */
typedef struct lc_verdict {
    uint64_t version;
    char *connector;
    int task;
    char *why, *diff;
} lc_verdict;

typedef struct lc_grave {
    lc_chain *chain;
    lc_state *state;
} lc_grave;

/* A text on its way to become a version: of a file that was saved, or of a request. */
typedef struct lc_reload_job {
    lc_script_file *file;
    lc_text text, signature;
    const char *who;
    const char *kind; /* of the request's path; NULL: whatever it is */
    lc_buf own;       /* of a request: where all of this lies */
    int64_t until_ms; /* monotonic: its check is to have ended then */
    /* What is to be done in place of making a version; NULL: nothing else. */
    lc_error *(*instead)(struct lc_reloader *reloader, const struct lc_reload_job *job);
    int number; /* of the version that `instead` is about */
    bool done;
    bool abandoned; /* nobody waits for it any more: the reloader frees it */
    lc_error *error;
    lc_reload_entry *version;
    uint64_t version_id; /* it may be gone when whoever asked looks */
} lc_reload_job;

/* A chain to be built for a task. */
typedef struct lc_reload_build {
    lc_seat *seat; /* pinned */
    lc_script *script;
} lc_reload_build;

struct lc_reloader {
    lc_worker_core *core;
    lc_strings roots; /* of plugin.path, and the upload directory */
    char *upload_dir; /* NULL: none */
    bool watch;
    char *tester; /* the program that runs tests; NULL: none does */
    int64_t test_ms;
    pthread_mutex_t storing; /* one writes files at a time; taken before the lock, which tasks wait for */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    lc_thread *thread;
    int changed_fd; /* eventfd: files changed */
    int work_fd;    /* eventfd: verdicts, graves, the end */
    atomic_bool stopping, look_again;
    char stage[200]; /* of the version that is being checked; "": none */
    lc_strings watched;
    bool has_links; /* a directory is a link, which may be pointed elsewhere without an event */
    lc_strings watches; /* numbers of the hub */
    lc_script_file **files;
    size_t file_count, file_cap;
    lc_data_file *data;
    size_t data_count, data_cap;
    lc_seat **seats;
    size_t seat_count, seat_cap;
    lc_reload_build *builds; /* first come, first served */
    size_t build_count, build_cap;
    int builders;
    int64_t picked_ms; /* when a builder took one last */
    lc_verdict *verdicts;
    size_t verdict_count, verdict_cap;
    lc_grave *graves;
    size_t grave_count, grave_cap;
    lc_reload_job *job; /* a request's; NULL: none */
    uint64_t next_id;
    int64_t pauses[LC_PAUSES_KEPT]; /* nanoseconds, the latest ones */
    size_t pause_count;
};

/* reload_files.c: what is known of each file. */
lc_script_file *lc_reload_file(lc_reloader *reloader, const char *path); /* NULL: unknown */
lc_script_file *lc_reload_add_file(lc_reloader *reloader, const char *path);
/* Looks at all directories, and calls `each` for every script that is new or was changed. Reloader's thread.
 */
void lc_reload_scan(lc_reloader *reloader, void (*each)(lc_reloader *reloader, lc_script_file *file));
void lc_reload_free_files(lc_reloader *reloader);
/* A version of a file, whose number is the next; forgets the oldest ones. Takes `script`; `text` is copied.
 */
lc_reload_entry *lc_reload_add_version(lc_reloader *reloader, lc_script_file *file, lc_script *script,
                                       lc_text text, const char *who);
/* The latest one that was found on disk and passed; NULL: all came over REST. */
lc_reload_entry *lc_reload_from_disk(const lc_script_file *file);
/* Forgets one, which nothing runs or goes back to; all of them. */
void lc_reload_drop_version(lc_script_file *file, const lc_reload_entry *version);
void lc_reload_drop_all(lc_script_file *file);
lc_reload_entry *lc_reload_find(lc_reloader *reloader, uint64_t id, lc_script_file **ret_file);
void lc_reload_knows(lc_script_file *file); /* its present state on disk is the one that was dealt with */

void lc_reload_poke(lc_reloader *reloader); /* wakes its thread */

/* With the lock: the same as lc_reloader_verdict. */
void lc_reload_note_verdict(lc_reloader *reloader, uint64_t version, const char *connector, int task,
                            const char *why, const char *diff);
void lc_reload_free_job(lc_reload_job *job);

/* reload_build.c: chains are built by threads of their own, as many as stand waiting for busy tasks and one more.
 * Begins what may begin; gives the milliseconds until it wants to look again, -1: no need. Reloader's thread. */
int lc_reload_tend(lc_reloader *reloader);
void lc_reload_forget_builds(lc_reloader *reloader, lc_seat *seat); /* that haven't begun; with the lock */
void lc_reload_end_builders(lc_reloader *reloader);                 /* waits for them */

/* reload_report.c, with the lock. */
lc_script_file *lc_reload_named(lc_reloader *reloader, const char *kind, const char *name);
lc_reload_entry *lc_reload_numbered(const lc_script_file *file, int number); /* 0: the one in use */
lc_json *lc_reload_version_json(const lc_reloader *reloader, const lc_script_file *file, const lc_reload_entry *version);

/* reload_store.c: requests. Gives the job to the reloader's thread and waits for it; it is freed when nobody waits. */
lc_error *lc_reload_check_name(const char *kind, const char *name) LC_RESULT;
lc_reload_job *lc_reload_new_job(lc_script_file *file, lc_text text, lc_text signature, const char *who,
                                 const char *kind);
lc_error *lc_reload_run_job(lc_reloader *reloader, lc_reload_job **job) LC_RESULT;
/* Makes the job's text a version and stores it. Takes the job. */
lc_error *lc_reload_bring_out(lc_reloader *reloader, lc_reload_job *job, lc_json **ret) LC_RESULT;
void lc_reload_history_path(const lc_reloader *reloader, const lc_script_file *file, int number, const char *end,
                            lc_buf *path);

/* With the lock: versions of earlier lives of the worker; the good text back into the file, for which the lock is
 * given up. */
void lc_reload_read_history(lc_reloader *reloader, lc_script_file *file);
void lc_reload_restore_file(lc_reloader *reloader, lc_script_file *file, const lc_reload_entry *failed);
/* The part of the API that a script of this kind is in. */
const char *lc_reload_kind_name(lc_script_kind kind);

#endif
