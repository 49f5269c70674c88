#include "runtime/reload.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "io/file_hub.h"
#include "runtime/reload_internal.h"
#include "runtime/reload_tests.h"
#include "runtime/script_trust.h"
#include "script/lint.h"
#include "script/script_data.h"

enum {
    SCRIPT_STACK = 128 * 1024 * 1024, /* as for tasks */
    LARGEST_SCRIPT = 1 << 20,
    QUIET_MS = 20, /* without a further event a file counts as written */
    LOUD_MS = 250, /* however many events there are */
    LOOK_MS = 1000 /* where the kernel can't watch */
};

const char *lc_version_state_name(lc_version_state state)
{
    static const char *const names[] = {"active", "trial", "refused", "rolled back", "replaced"};
    return names[state];
}

void lc_reloader_lock(lc_reloader *reloader)
{
    pthread_mutex_lock(&reloader->lock);
}

void lc_reloader_unlock(lc_reloader *reloader)
{
    pthread_mutex_unlock(&reloader->lock);
}

void lc_reloader_lock_unpinned(lc_reloader *reloader, lc_seat *seat)
{
    lc_reloader_lock(reloader);
    lc_reload_forget_builds(reloader, seat);
    while (lc_seat_is_pinned(seat)) pthread_cond_wait(&reloader->changed, &reloader->lock);
}

void lc_reloader_add_seat(lc_reloader *reloader, lc_seat *seat)
{
    lc_reloader_lock(reloader);
    reloader->seats =
        lc_grow(reloader->seats, &reloader->seat_cap, reloader->seat_count + 1, sizeof(lc_seat *));
    reloader->seats[reloader->seat_count++] = seat;
    lc_reloader_unlock(reloader);
}

void lc_reloader_remove_seat(lc_reloader *reloader, lc_seat *seat)
{
    lc_reloader_lock_unpinned(reloader, seat);
    for (size_t i = 0; i < reloader->seat_count; i++) {
        if (reloader->seats[i] != seat) continue;
        reloader->seats[i] = reloader->seats[--reloader->seat_count];
        break;
    }
    lc_reloader_unlock(reloader);
}

static void poke(int fd)
{
    uint64_t one = 1;
    if (write(fd, &one, sizeof one) < 0) return; /* full: it is readable already */
}

void lc_reloader_look_again(lc_reloader *reloader)
{
    reloader->look_again = true;
    poke(reloader->work_fd);
}

void lc_reload_poke(lc_reloader *reloader)
{
    poke(reloader->work_fd);
}

void lc_reloader_bury(lc_reloader *reloader, lc_chain *chain, lc_state *state)
{
    lc_reloader_lock(reloader);
    reloader->graves =
        lc_grow(reloader->graves, &reloader->grave_cap, reloader->grave_count + 1, sizeof(lc_grave));
    reloader->graves[reloader->grave_count++] = (lc_grave){chain, state};
    lc_reloader_unlock(reloader);
    poke(reloader->work_fd);
}

void lc_reload_note_verdict(lc_reloader *reloader, uint64_t version, const char *connector, int task,
                            const char *why, const char *diff)
{
    lc_verdict verdict = {version, lc_strdup(connector), task, lc_strdup(why), lc_strdup(diff)};
    reloader->verdicts =
        lc_grow(reloader->verdicts, &reloader->verdict_cap, reloader->verdict_count + 1, sizeof verdict);
    reloader->verdicts[reloader->verdict_count++] = verdict;
    poke(reloader->work_fd);
}

void lc_reloader_verdict(lc_reloader *reloader, uint64_t version, const char *connector, int task,
                         const char *why, const char *diff)
{
    lc_reloader_lock(reloader);
    lc_reload_note_verdict(reloader, version, connector, task, why, diff);
    lc_reloader_unlock(reloader);
}

void lc_reloader_note_pause(lc_reloader *reloader, int64_t ns)
{
    lc_reloader_lock(reloader);
    reloader->pauses[reloader->pause_count++ % LC_PAUSES_KEPT] = ns;
    lc_reloader_unlock(reloader);
}

/* Bringing out a version */

/* Says what is being done, for whoever waits for it without end. */
static void set_stage(lc_reloader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void set_stage(lc_reloader *r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lc_reloader_lock(r);
    vsnprintf(r->stage, sizeof r->stage, format, arguments);
    lc_reloader_unlock(r);
    va_end(arguments);
}

static lc_error *in_time(lc_reloader *r, const lc_reload_job *job)
{
    if (lc_monotonic_ms() < job->until_ms) return NULL;
    return lc_fail(LC_E_LIMIT, "its check takes longer than %d s, at: %s", LC_CHECK_MS / 1000, r->stage);
}

/* The tasks of a connector have one chain: the first of them stands for all. */
static bool needs_check(lc_seat *const *seats, size_t at, const char *path)
{
    if (!lc_seat_uses(seats[at], path)) return false;
    if (lc_seat_connects_with(seats[at], path)) return true;
    for (size_t i = 0; i < at; i++)
        if (!strcmp(lc_seat_connector(seats[i]), lc_seat_connector(seats[at])) && lc_seat_uses(seats[i], path))
            return false;
    return true;
}

static lc_seat **pin_users(lc_reloader *r, const char *path, size_t *ret_count)
{
    lc_reloader_lock(r);
    lc_seat **seats = lc_alloc((r->seat_count + 1) * sizeof *seats);
    *ret_count = 0;
    for (size_t i = 0; i < r->seat_count; i++) {
        if (!needs_check(r->seats, i, path)) continue;
        lc_seat_pin(r->seats[i]);
        seats[(*ret_count)++] = r->seats[i];
    }
    lc_reloader_unlock(r);
    return seats;
}

static void unpin(lc_reloader *r, lc_seat *seat)
{
    lc_reloader_lock(r);
    lc_seat_unpin(seat);
    pthread_cond_broadcast(&r->changed);
    lc_reloader_unlock(r);
}

static lc_error *check_seat(lc_reloader *r, const lc_reload_job *job, lc_seat *seat, lc_script *script)
{
    set_stage(r, "the settings of connector %s, task %d", lc_seat_connector(seat), lc_seat_task(seat));
    LC_TRY(in_time(r, job));
    lc_error *error = lc_seat_check(seat, script);
    if (!error) return NULL;
    return lc_wrap(error, LC_E_CONFIG, "connector %s: %s%s%s", lc_seat_connector(seat),
                   lc_error_where(error) ? lc_error_where(error) : "", lc_error_where(error) ? ": " : "",
                   lc_error_message(error));
}

static lc_error *check_seats(lc_reloader *r, const lc_reload_job *job, lc_script *script)
{
    size_t count;
    lc_error *error = NULL;
    lc_seat **seats = pin_users(r, lc_script_path(script), &count);
    for (size_t i = 0; i < count; i++) {
        if (!error) error = check_seat(r, job, seats[i], script);
        unpin(r, seats[i]);
    }
    free(seats);
    return error;
}

/* With the lock: tasks that run another version of its file get it, unless it is on its way to them. */
static void owe_to_all(lc_reloader *r, lc_reload_entry *version)
{
    const char *path = lc_script_path(version->script);
    for (size_t i = 0; i < r->seat_count; i++) {
        lc_seat *seat = r->seats[i];
        if (!lc_seat_uses(seat, path) || lc_seat_running(seat, path) == version->script ||
            lc_seat_was_asked(seat, version->id))
            continue;
        lc_seat_owe(seat, version->script, version->id, lc_seat_rule(seat));
        version->undecided++;
    }
}

/* With the lock, which it gives up for a while. */
static void use_in_plugins(lc_reloader *r, lc_script *script)
{
    lc_reloader_unlock(r);
    lc_script *old = lc_plugins_of_file(r->core->plugins, lc_script_path(script));
    lc_plugins_put(r->core->plugins, script);
    lc_plugin_catalog_put(r->core->catalog, script, old);
    lc_reloader_lock(r);
}

static void list_modules(lc_script_file *file, const lc_script *script)
{
    const char *slash = strrchr(file->path, '/');
    lc_strings_clear(&file->modules);
    for (size_t i = 0; i < lc_script_module_count(script); i++)
        lc_strings_printf(&file->modules, "%.*s%s.lua", (int)(slash - file->path) + 1, file->path,
                          lc_script_module_at(script, i));
}

static void describe(lc_buf *text, const lc_error *error)
{
    const char *where = lc_error_where(error);
    lc_buf_printf(text, "%s%s%s", where ? where : "", where ? ": " : "", lc_error_message(error));
}

/* With the lock, which tasks need: it is given up meanwhile. Versions are made and freed by this thread
 * alone. */
static void log_version(lc_reloader *r, lc_log_level level, const char *message, const lc_script_file *file,
                        const lc_reload_entry *version)
{
    char number[16];
    lc_reloader_unlock(r);
    snprintf(number, sizeof number, "%d", version->number);
    lc_log(r->core->log, level, "runtime.reload", message, "script", file->name, "file", file->path,
           "version", number, "by", version->who, "error", version->why, "diff", version->diff, NULL);
    lc_reloader_lock(r);
}

static void refuse(lc_reloader *r, lc_script_file *file, lc_reload_entry *version, const lc_error *error)
{
    lc_buf why = {0};
    describe(&why, error);
    version->state = LC_VERSION_REFUSED;
    version->why = lc_buf_detach(&why);
    log_version(r, LC_LOG_ERROR, "script is refused; the version before goes on", file, version);
}

static void settle(lc_reloader *r, lc_script_file *file, lc_reload_entry *version)
{
    if (file->good && file->good != version) file->good->state = LC_VERSION_REPLACED;
    file->good = version;
    version->state = LC_VERSION_ACTIVE;
    log_version(r, LC_LOG_INFO, "script is in use", file, version);
}

/* With the lock. */
static void publish(lc_reloader *r, lc_script_file *file, lc_reload_entry *version)
{
    if (file->active && file->active != file->good) file->active->state = LC_VERSION_REPLACED;
    file->active = version;
    file->kind = lc_script_kind_of(version->script);
    list_modules(file, version->script);
    use_in_plugins(r, version->script);
    owe_to_all(r, version);
    if (!version->undecided) settle(r, file, version);
    else log_version(r, LC_LOG_INFO, "script is tried by the tasks that use it", file, version);
}

static lc_error *same_kind(const lc_script_file *file, const lc_script *script)
{
    static const char *const names[] = {"source", "sink", "transform", "predicate"};
    if (!file->good || file->kind == lc_script_kind_of(script)) return NULL;
    return lc_fail(LC_E_SCRIPT, "%s: was a %s and can't become a %s while the worker runs", file->path,
                   names[file->kind], names[lc_script_kind_of(script)]);
}

static lc_error *asked_kind(const lc_reload_job *job, const lc_script *script)
{
    const char *kind = lc_reload_kind_name(lc_script_kind_of(script));
    if (!job->kind || !strcmp(job->kind, kind)) return NULL;
    return lc_fail(LC_E_SCRIPT, "%s: belongs to the %s, not to the %s", job->file->path, kind, job->kind);
}

/* What `luaconnect check` calls an error. */
static lc_error *lint(const lc_reload_job *job)
{
    lc_auto(lc_findings) findings = {0};
    LC_TRY(lc_script_lint(job->text, false, &findings));
    for (size_t i = 0; i < findings.count; i++) {
        const lc_finding *finding = &findings.items[i];
        if (finding->is_error)
            return lc_fail(LC_E_SCRIPT, "%s:%d:%d: %s", job->file->path, finding->line, finding->column,
                           finding->message);
    }
    return NULL;
}

/* Where scripts must be signed, tests that aren't say nothing. */
static lc_error *run_tests(const lc_reloader *r, const lc_script *script)
{
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_buf) text = {0};
    if (!r->tester || !lc_reload_test_of(script, &path)) return NULL;
    LC_TRY(lc_file_read(path.data, LARGEST_SCRIPT, &text));
    lc_text test = {text.data ? text.data : "", text.len};
    lc_autoptr(lc_error) unsigned_test = lc_trust_check(r->core->trusted, path.data, test, (lc_text){0});
    return unsigned_test ? NULL : lc_reload_run_tests(script, test, r->tester, r->test_ms);
}

static lc_error *check(lc_reloader *r, lc_reload_job *job, lc_script **ret_script)
{
    const lc_trusted_keys *keys = r->core->trusted;
    set_stage(r, "the text of %s", job->file->name);
    LC_TRY(lc_trust_check(keys, job->file->path, job->text, job->signature));
    LC_TRY(lc_script_new(job->file->name, job->file->path, job->text, false, ret_script));
    LC_TRY(lc_trust_check_modules(keys, *ret_script));
    LC_TRY(lint(job));
    LC_TRY(asked_kind(job, *ret_script));
    LC_TRY(same_kind(job->file, *ret_script));
    set_stage(r, "the tests of %s", job->file->name);
    LC_TRY(run_tests(r, *ret_script));
    return check_seats(r, job, *ret_script);
}

/* Makes a version of the text and puts it into use, or refuses it. */
static void bring_out(lc_reloader *r, lc_reload_job *job)
{
    lc_script *script = NULL;
    job->until_ms = lc_monotonic_ms() + LC_CHECK_MS;
    job->error = check(r, job, &script);
    lc_reloader_lock(r);
    if (!job->error && job->abandoned)
        job->error = lc_fail(LC_E_LIMIT, "whoever sent it doesn't wait any more");
    job->version = lc_reload_add_version(r, job->file, script, job->text, job->who);
    lc_buf_add(&job->version->signature, job->signature.data, job->signature.len);
    if (job->error) refuse(r, job->file, job->version, job->error);
    else publish(r, job->file, job->version);
    r->stage[0] = '\0';
    lc_reloader_unlock(r);
}

/* Tasks that were starting when a version came out. */
static void catch_up(lc_reloader *r)
{
    if (!atomic_exchange(&r->look_again, false)) return;
    lc_reloader_lock(r);
    for (size_t i = 0; i < r->file_count; i++)
        if (r->files[i]->active && r->files[i]->active->script) owe_to_all(r, r->files[i]->active);
    lc_reloader_unlock(r);
}

static bool reads_data(const lc_script *script)
{
    lc_auto(lc_strings) names = {0};
    if (script) lc_script_data_names(script, &names);
    return names.count > 0;
}

static bool is_in_use(const lc_script_file *file, lc_text text)
{
    char sha[LC_SHA256_TEXT];
    lc_sha256(text, sha);
    return !file->modules.count && file->active && !reads_data(file->active->script) &&
           !strcmp(file->active->sha, sha);
}

/* What is signed keeps its signature: one that comes over REST takes the place of the file's. */
static void read_signature(const lc_reloader *r, const lc_script_file *file, lc_buf *signature)
{
    enum { LARGEST_SIGNATURE = 4096 };
    lc_auto(lc_buf) path = {0};
    if (!r->core->trusted) return;
    lc_buf_printf(&path, "%s.sig", file->path);
    lc_error_free(lc_file_read(path.data, LARGEST_SIGNATURE, signature));
}

static void reload_file(lc_reloader *r, lc_script_file *file)
{
    lc_auto(lc_buf) text = {0};
    lc_error *gone = lc_file_read(file->path, LARGEST_SCRIPT, &text);
    lc_reload_job job = {.file = file, .text = {text.data ? text.data : "", text.len}, .who = "file"};
    lc_auto(lc_buf) signature = {0};
    read_signature(r, file, &signature);
    job.signature = (lc_text){signature.data ? signature.data : "", signature.len};
    if (!gone && !is_in_use(file, job.text)) bring_out(r, &job);
    lc_error_free(job.error);
    lc_error_free(gone); /* the next event tells */
}

static void do_job(lc_reloader *r)
{
    lc_reloader_lock(r);
    lc_reload_job *job = r->job && !r->job->done ? r->job : NULL;
    lc_reloader_unlock(r);
    if (!job) return;
    if (job->instead) job->error = job->instead(r, job);
    else if (is_in_use(job->file, job->text)) job->version = job->file->active;
    else bring_out(r, job);
    lc_reloader_lock(r);
    if (job->version) job->version_id = job->version->id;
    job->done = true;
    r->job = NULL;
    if (job->abandoned) lc_reload_free_job(job);
    pthread_cond_broadcast(&r->changed);
    lc_reloader_unlock(r);
}

/* Verdicts */

/* With the lock: tasks that already count on a bad version get the good one. */
static void take_back(lc_reloader *r, const lc_reload_entry *bad, const lc_reload_entry *good)
{
    for (size_t i = 0; i < r->seat_count; i++) {
        if (!lc_seat_recall(r->seats[i], bad->id) && lc_seat_runs(r->seats[i], bad->script))
            lc_seat_owe(r->seats[i], good->script, 0, (lc_trial_rule){0});
    }
}

static void roll_back(lc_reloader *r, lc_script_file *file, lc_reload_entry *version, lc_verdict *verdict)
{
    version->state = LC_VERSION_ROLLED_BACK;
    version->why = lc_steal(verdict->why);
    version->diff = lc_steal(verdict->diff);
    log_version(r, LC_LOG_ERROR, "script is rolled back; the version before goes on", file, version);
    if (file->active != version || !file->good) return;
    file->active = file->good;
    use_in_plugins(r, file->good->script);
    list_modules(file, file->good->script);
    take_back(r, version, file->good);
    if (strcmp(version->who, "file")) lc_reload_restore_file(r, file, version);
}

static void judge(lc_reloader *r, lc_verdict *verdict)
{
    lc_script_file *file;
    lc_reload_entry *version = lc_reload_find(r, verdict->version, &file);
    if (!version) return;
    if (version->undecided) version->undecided--;
    if (version->state != LC_VERSION_TRIAL) return;
    if (verdict->why) roll_back(r, file, version, verdict);
    else if (!version->undecided) settle(r, file, version);
}

static void free_verdict(lc_verdict *verdict)
{
    free(verdict->connector);
    free(verdict->why);
    free(verdict->diff);
}

static void hear_verdicts(lc_reloader *r)
{
    lc_reloader_lock(r);
    while (r->verdict_count) {
        lc_verdict verdict = r->verdicts[0];
        memmove(r->verdicts, r->verdicts + 1, --r->verdict_count * sizeof verdict);
        judge(r, &verdict);
        free_verdict(&verdict);
    }
    lc_reloader_unlock(r);
}

static void dig(lc_reloader *r)
{
    for (;;) {
        lc_reloader_lock(r);
        bool any = r->grave_count > 0;
        lc_grave grave = any ? r->graves[--r->grave_count] : (lc_grave){0};
        lc_reloader_unlock(r);
        if (!any) return;
        lc_chain_free(grave.chain);
        lc_state_free(grave.state);
    }
}

/* The thread */

static bool readable(int fd, int wait_ms)
{
    struct pollfd one = {fd, POLLIN, 0};
    uint64_t count;
    return poll(&one, 1, wait_ms) > 0 && read(fd, &count, sizeof count) > 0;
}

/* Editors write a file in several steps. */
static void await_quiet(lc_reloader *r)
{
    int64_t end = lc_monotonic_ms() + LOUD_MS;
    while (readable(r->changed_fd, QUIET_MS) && lc_monotonic_ms() < end) continue;
}

static int wait_ms(const lc_reloader *r, int until_tended)
{
    bool blind = r->watch && (!r->watched.count || r->has_links);
    return until_tended >= 0 ? until_tended : blind ? LOOK_MS : -1;
}

static void run(void *argument)
{
    lc_reloader *r = argument;
    struct pollfd fds[2] = {{r->changed_fd, POLLIN, 0}, {r->work_fd, POLLIN, 0}};
    while (!r->stopping) {
        int ready = poll(fds, 2, wait_ms(r, lc_reload_tend(r)));
        (void)readable(r->work_fd, 0);
        hear_verdicts(r);
        do_job(r);
        catch_up(r);
        dig(r);
        if (r->stopping || !r->watch || (ready > 0 && !(fds[0].revents & POLLIN))) continue;
        if (ready > 0) await_quiet(r);
        lc_reload_scan(r, reload_file);
    }
}

/* Start and end */

static void add_roots(lc_reloader *r, const lc_reload_options *options)
{
    char *copy = lc_strdup(options->plugin_path), *rest = copy;
    for (char *item; copy && (item = strsep(&rest, ",")) != NULL;) {
        lc_text directory = lc_text_trim(lc_text_of(item));
        if (directory.len) lc_strings_add_text(&r->roots, directory.data, directory.len);
    }
    free(copy);
    if (options->upload_dir && !lc_strings_has(&r->roots, options->upload_dir))
        lc_strings_add(&r->roots, options->upload_dir);
}

/* What the worker started with: one of its history, or a version of its own. */
static lc_reload_entry *first_version(lc_reloader *r, lc_script_file *file, lc_script *script)
{
    char sha[LC_SHA256_TEXT];
    lc_sha256(lc_script_text(script), sha);
    for (size_t i = file->count; i-- > 0;) {
        lc_reload_entry *version = file->versions[i];
        if (strcmp(version->sha, sha) || version->state != LC_VERSION_REPLACED) continue;
        version->script = lc_script_ref(script);
        version->state = LC_VERSION_ACTIVE;
        return version;
    }
    lc_reload_entry *first =
        lc_reload_add_version(r, file, lc_script_ref(script), lc_script_text(script), "start");
    first->state = LC_VERSION_ACTIVE;
    read_signature(r, file, &first->signature);
    return first;
}

static void take_stock(lc_reloader *r)
{
    for (size_t i = 0; i < lc_plugins_count(r->core->plugins); i++) {
        lc_script *script = lc_plugins_at(r->core->plugins, i);
        if (lc_script_is_shipped(script)) continue;
        lc_script_file *file = lc_reload_add_file(r, lc_script_path(script));
        file->kind = lc_script_kind_of(script);
        lc_reload_read_history(r, file);
        file->active = file->good = first_version(r, file, script);
        list_modules(file, script);
    }
}

static void free_reloader(lc_reloader *r)
{
    for (size_t i = 0; i < r->watches.count; i++)
        lc_file_hub_unwatch(r->core->file_hub, atoi(r->watches.items[i]), r->changed_fd);
    dig(r);
    for (size_t i = 0; i < r->verdict_count; i++) free_verdict(&r->verdicts[i]);
    lc_reload_free_files(r);
    lc_strings_done(&r->roots);
    lc_strings_done(&r->watched);
    lc_strings_done(&r->watches);
    if (r->changed_fd >= 0) close(r->changed_fd);
    if (r->work_fd >= 0) close(r->work_fd);
    pthread_mutex_destroy(&r->storing);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->changed);
    free(r->seats);
    free(r->builds);
    free(r->verdicts);
    free(r->graves);
    free(r->upload_dir);
    free(r->tester);
    free(r);
}

lc_error *lc_reloader_start(lc_worker_core *core, const lc_reload_options *options,
                            lc_reloader **ret_reloader)
{
    lc_reloader *r = lc_alloc(sizeof *r);
    r->core = core;
    r->watch = options->watch;
    r->upload_dir = lc_strdup(options->upload_dir);
    r->tester = options->test ? lc_reload_tester() : NULL;
    r->test_ms = options->test_ms;
    pthread_mutex_init(&r->storing, NULL);
    pthread_mutex_init(&r->lock, NULL);
    lc_cond_init(&r->changed);
    r->changed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->work_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    add_roots(r, options);
    take_stock(r);
    lc_reload_scan(r, NULL);
    lc_error *error = r->changed_fd < 0 || r->work_fd < 0
                          ? lc_fail(LC_E_LIMIT, "No event descriptor for the watch of scripts: %m.")
                          : lc_thread_start("script-reload", SCRIPT_STACK, run, r, &r->thread);
    if (error) free_reloader(r);
    else *ret_reloader = r;
    return error;
}

void lc_reloader_stop(lc_reloader *reloader)
{
    if (!reloader) return;
    reloader->stopping = true;
    poke(reloader->work_fd);
    lc_thread_join(reloader->thread, -1);
    lc_reload_end_builders(reloader);
    free_reloader(reloader);
}
