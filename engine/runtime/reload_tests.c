#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "runtime/reload_tests.h"
#include "script/script_data.h"

enum { MOST_OUTPUT = 64 * 1024, MOST_TOLD = 2000, LOOK_MS = 20 };

/* A folder of its own with the version, what it requires and reads, and its test. */
typedef struct bench {
    char folder[200];
    lc_strings files;
    lc_buf test; /* the test's name */
} bench;

static void bench_done(bench *b)
{
    for (size_t i = 0; i < b->files.count; i++) unlink(b->files.items[i]);
    if (b->folder[0]) rmdir(b->folder);
    lc_strings_done(&b->files);
    lc_buf_done(&b->test);
}
LC_DEFINE_AUTO(bench, bench_done)

static lc_error *put_file(bench *b, const char *name, lc_text text)
{
    lc_auto(lc_buf) path = {0};
    lc_buf_printf(&path, "%s/%s", b->folder, name);
    int fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return lc_fail(LC_E_IO, "%s: %s", path.data, strerror(errno));
    lc_strings_add(&b->files, path.data);
    size_t done = 0;
    ssize_t n = 0;
    while (done < text.len && (n = write(fd, text.data + done, text.len - done)) > 0) done += (size_t)n;
    close(fd);
    return done == text.len ? NULL : lc_fail(LC_E_IO, "%s: %s", path.data, strerror(errno));
}

static lc_error *put_parts(bench *b, const lc_script *script)
{
    lc_auto(lc_strings) names = {0};
    lc_script_data_names(script, &names);
    for (size_t i = 0; i < names.count; i++) {
        lc_auto(lc_buf) content = {0};
        (void)lc_script_data_get(script, names.items[i], &content);
        LC_TRY(put_file(b, names.items[i], (lc_text){content.data, content.len}));
    }
    for (size_t i = 0; i < lc_script_module_count(script); i++) {
        lc_auto(lc_buf) name = {0};
        lc_buf_printf(&name, "%s.lua", lc_script_module_at(script, i));
        LC_TRY(put_file(b, name.data, lc_script_module_text(script, i)));
    }
    return NULL;
}

static lc_error *set_up(bench *b, const lc_script *script, lc_text test)
{
    const char *path = lc_script_path(script), *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    const char *temporary = getenv("TMPDIR");
    if (!temporary || strlen(temporary) > sizeof b->folder - 40) temporary = "/tmp";
    snprintf(b->folder, sizeof b->folder, "%s/luaconnect-test-XXXXXX", temporary);
    if (!mkdtemp(b->folder)) {
        b->folder[0] = '\0';
        return lc_fail(LC_E_IO, "no folder for its tests (script.tests=false does without): %s: %s", temporary, strerror(errno));
    }
    lc_buf_printf(&b->test, "%.*s_test.lua", (int)(strlen(file) - strlen(".lua")), file);
    LC_TRY(put_parts(b, script));
    LC_TRY(put_file(b, file, lc_script_text(script)));
    return put_file(b, b->test.data, test);
}

static int start(const bench *b, const char *program, int out, pid_t *ret_pid)
{
    char *arguments[] = {(char *)program, (char *)"test", b->test.data, NULL};
    char *const environment[] = {(char *)"LC_ALL=C.UTF-8", NULL}; /* secrets of the worker are none of its business */
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, b->folder);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, out, 2);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    int problem = posix_spawn(ret_pid, program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return problem;
}

/* What it prints until it ends or `until_ms`; false: it had to be ended. */
static bool listen_to(pid_t pid, int in, int64_t until_ms, lc_buf *output, int *ret_status)
{
    bool in_time = true, open = true;
    while (open) {
        char part[4096];
        struct pollfd one = {in, POLLIN, 0};
        int64_t left = until_ms - lc_monotonic_ms();
        if (left <= 0 && in_time) {
            in_time = false;
            kill(pid, SIGKILL);
        }
        if (poll(&one, 1, left > 0 && left < LOOK_MS ? (int)left : LOOK_MS) <= 0) continue;
        ssize_t n = read(in, part, sizeof part);
        if (n > 0 && output->len < MOST_OUTPUT) lc_buf_add(output, part, (size_t)n);
        open = n > 0 || (n < 0 && errno == EINTR);
    }
    while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR) continue;
    return in_time;
}

/* The lines of failing cases: "FAIL name" and those below it. */
static void pick_failures(lc_text output, lc_buf *told)
{
    bool failing = false;
    for (size_t at = 0; at < output.len && told->len < MOST_TOLD;) {
        const char *line = output.data + at;
        size_t len = strcspn(line, "\n");
        if (len > output.len - at) len = output.len - at;
        if (len && *line != ' ') failing = len > 5 && !memcmp(line, "FAIL ", 5);
        if (failing) lc_buf_printf(told, "%s%.*s", told->len ? "\n" : "", (int)len, line);
        at += len + 1;
    }
}

static lc_error *judge(const char *test, bool in_time, int status, int64_t limit_ms, const lc_buf *output)
{
    lc_auto(lc_buf) told = {0};
    if (!in_time)
        return lc_fail(LC_E_LIMIT, "%s: the tests take longer than script.tests.timeout.ms, %lld ms", test,
                       (long long)limit_ms);
    if (WIFEXITED(status) && !WEXITSTATUS(status)) return NULL;
    pick_failures((lc_text){output->data, output->len}, &told);
    return lc_fail(LC_E_SCRIPT, "%s: the script's tests fail:\n%s", test,
                   told.len ? told.data : output->len ? output->data : "they ended without a word");
}

static lc_error *run(const bench *b, const char *program, int64_t limit_ms)
{
    int ends[2], status = 0;
    pid_t pid;
    lc_auto(lc_buf) output = {0};
    if (pipe2(ends, O_CLOEXEC)) return lc_fail(LC_E_LIMIT, "no pipe for its tests: %s", strerror(errno));
    int problem = start(b, program, ends[1], &pid);
    close(ends[1]);
    bool in_time = problem || listen_to(pid, ends[0], lc_monotonic_ms() + limit_ms, &output, &status);
    close(ends[0]);
    if (problem) return lc_fail(LC_E_IO, "its tests can't be run: %s: %s", program, strerror(problem));
    return judge(b->test.data, in_time, status, limit_ms, &output);
}

char *lc_reload_tester(void)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0) return NULL;
    path[len] = '\0';
    const char *slash = strrchr(path, '/');
    return slash && !strcmp(slash, "/luaconnect") ? lc_strdup(path) : NULL;
}

bool lc_reload_test_of(const lc_script *script, lc_buf *path)
{
    const char *own = lc_script_path(script);
    lc_buf_printf(path, "%.*s_test.lua", (int)(strlen(own) - strlen(".lua")), own);
    return !access(path->data, R_OK);
}

lc_error *lc_reload_run_tests(const lc_script *script, lc_text test, const char *program, int64_t limit_ms)
{
    lc_auto(bench) b = {0};
    LC_TRY(set_up(&b, script, test));
    return run(&b, program, limit_ms);
}
