/* luaconnect test: runs the tests of scripts and says which lines they never ran. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli.h"
#include "api/cli_play.h"
#include "api/cli_trial.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/thread.h"
#include "script/lint.h"
#include "script/test_file.h"

enum { EXIT_FAILED = 3, LARGEST_TEST = 1 << 20, LONGEST_LIST = 8 };

/* A script under test. */
typedef struct script {
    char *path;
    lc_coverage coverage;
    lc_findings known; /* its lines */
} script;

typedef struct job {
    int count;
    char **paths;
    lc_play play;
    char *folder;
    script *scripts;
    size_t script_count, script_cap;
    int passed, failed, status;
} job;

static lc_error *read_script(const char *path, script *s)
{
    lc_auto(lc_buf) text = {0};
    LC_TRY(lc_file_read(path, LARGEST_TEST, &text));
    LC_TRY(lc_script_lint((lc_text){text.data ? text.data : "", text.len}, false, &s->known));
    size_t lines = 2;
    for (size_t i = 0; i < text.len; i++) lines += text.data[i] == '\n';
    s->coverage.lines = lc_alloc(lines);
    s->coverage.count = lines;
    return NULL;
}

static lc_coverage *coverage_of(void *context, const char *path)
{
    job *j = context;
    for (size_t i = 0; i < j->script_count; i++)
        if (!strcmp(j->scripts[i].path, path)) return &j->scripts[i].coverage;
    script s = {.path = lc_strdup(path)};
    lc_error *error = read_script(path, &s);
    lc_error_free(error);
    const char *slash = strrchr(s.path, '/');
    s.coverage.file = slash ? slash + 1 : s.path;
    j->scripts = lc_grow(j->scripts, &j->script_cap, j->script_count + 1, sizeof *j->scripts);
    j->scripts[j->script_count++] = s;
    return &j->scripts[j->script_count - 1].coverage;
}

static void trial(void *context, lc_text request, lc_buf *answer)
{
    lc_play_run(&((job *)context)->play, request, answer);
}

static void report(void *context, const char *name, const char *problem)
{
    job *j = context;
    printf("%s %s\n", problem ? "FAIL" : "ok  ", name);
    if (problem) j->failed++;
    else j->passed++;
    while (problem && *problem) {
        int len = (int)strcspn(problem, "\n");
        printf("     %.*s\n", len, problem);
        problem += len + (problem[len] == '\n');
    }
}

static void run_file(job *j, const char *path)
{
    lc_auto(lc_buf) text = {0};
    const char *slash = strrchr(path, '/');
    free(j->folder);
    j->folder = lc_strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
    j->play.folder = j->folder;
    lc_test_host host = {j, trial, report};
    lc_error *error = lc_file_read(path, LARGEST_TEST, &text);
    printf("%s\n", path);
    if (!error)
        error = lc_test_file_run(slash ? slash + 1 : path, (lc_text){text.data ? text.data : "", text.len}, &host);
    if (!error) return;
    report(j, path, lc_error_message(error));
    lc_error_free(error);
}

/* "never run: 7, 9-11" */
static void print_missed(const script *s)
{
    int told = 0;
    for (size_t i = 0; i < s->known.line_count && told <= LONGEST_LIST; i++) {
        int first = s->known.lines[i], last = first;
        if (s->coverage.lines[first]) continue;
        while (i + 1 < s->known.line_count && !s->coverage.lines[s->known.lines[i + 1]]) last = s->known.lines[++i];
        if (++told > LONGEST_LIST) fputs(", …", stdout);
        else if (last > first) printf("%s%d-%d", told > 1 ? ", " : "; never run: ", first, last);
        else printf("%s%d", told > 1 ? ", " : "; never run: ", first);
    }
}

static void print_coverage(const script *s)
{
    size_t run = 0, all = s->known.line_count;
    if (!s->coverage.lines) return;
    for (size_t i = 0; i < all; i++) run += s->coverage.lines[s->known.lines[i]];
    printf("%s: %zu of %zu lines run", s->path, run, all);
    print_missed(s);
    putchar('\n');
}

static void run_all(void *arg)
{
    job *j = arg;
    lc_log_t *log = lc_log_new(LC_LOG_LOGFMT, lc_log_to_file, stderr);
    lc_log_set_level(log, "root", LC_LOG_ERROR, 0);
    j->play = (lc_play){.log = log, .coverage = coverage_of, .context = j};
    for (int i = 0; i < j->count; i++) run_file(j, j->paths[i]);
    for (size_t i = 0; i < j->script_count; i++) {
        script *s = &j->scripts[i];
        print_coverage(s);
        lc_findings_done(&s->known);
        free(s->coverage.lines);
        free(s->path);
    }
    free(j->scripts);
    free(j->folder);
    lc_log_free(log);
    printf("%d passed, %d failed\n", j->passed, j->failed);
    if (j->failed) j->status = EXIT_FAILED;
    fflush(stdout);
}

int lc_cmd_test(int argc, char **argv)
{
    job j = {.count = argc, .paths = argv};
    glob_t found = {0};
    lc_thread *thread = NULL;
    if (argc && argv[0][0] == '-') return lc_cli_usage_error("test has no option ", argv[0]);
    if (!argc && !glob("*_test.lua", 0, NULL, &found)) j.count = (int)found.gl_pathc, j.paths = found.gl_pathv;
    if (!j.count) return lc_cli_usage_error("there is no *_test.lua here: name the files", "");
    lc_error *error = lc_thread_start("test", LC_TRIAL_STACK, run_all, &j, &thread);
    if (error) {
        fprintf(stderr, "luaconnect: %s\n", lc_error_message(error));
        lc_error_free(error);
        return LC_EXIT_CONFIG;
    }
    (void)lc_thread_join(thread, -1);
    globfree(&found);
    return j.status;
}
