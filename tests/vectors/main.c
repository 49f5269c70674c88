/* Runs golden vectors: lc_vectors [--jit=off] [--hotloop=N] FILE.jsonl…
 *
 * Every line that isn't blank counts: as passed, or as failed when it can't be read, its kind is unknown, its
 * outcome differs, it crashes or gives no answer within ten seconds. Vectors run in a child process, which is
 * replaced when it dies. The last line of output is "N passed, N failed". */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "kinds.h"

enum { ANSWER_MS = 10000, REPORT_MAX = 600, FILE_MAX = 1 << 30 };

typedef struct line {
    lc_text text;
    size_t file; /* index of its file */
    size_t number;
} line;

typedef struct suite {
    char **files;
    size_t file_count;
    line *lines;
    size_t count, cap;
    vector_options options;
} suite;

/* What the child tells: that it starts a vector (text: id and class, each ended by a NUL), then the verdict
 * (text: the report). */
typedef enum news { NEWS_START, NEWS_PASSED, NEWS_FAILED } news;

typedef struct frame {
    uint32_t index;
    uint32_t news;
    uint32_t len;
} frame;

/* Passed and failed of one class of one file. */
typedef struct tally {
    size_t file;
    char *name;
    size_t passed, failed;
} tally;

typedef struct results {
    tally *items;
    size_t count, cap;
    size_t passed, failed;
    char *id, *class_name; /* of the vector that runs */
} results;

static bool is_blank(lc_text text)
{
    return lc_text_trim(text).len == 0;
}

static void add_lines(suite *all, size_t file, const char *data, size_t len)
{
    size_t number = 0;
    for (const char *at = data, *end = data + len; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        lc_text text = {at, (size_t)((stop ? stop : end) - at)};
        at += text.len + 1;
        number++;
        if (is_blank(text)) continue;
        all->lines = lc_grow(all->lines, &all->cap, all->count + 1, sizeof *all->lines);
        all->lines[all->count++] = (line){text, file, number};
    }
}

static bool send_frame(int out, uint32_t index, news what, const char *text, size_t len)
{
    lc_auto(lc_buf) all = {0};
    frame head = {index, what, (uint32_t)len};
    lc_buf_add(&all, &head, sizeof head);
    lc_buf_add(&all, text, len);
    for (size_t sent = 0; sent < all.len;) {
        ssize_t n = write(out, all.data + sent, all.len - sent);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) sent += (size_t)n;
    }
    return true;
}

static bool send_start(int out, uint32_t index, const lc_json *json)
{
    const char *id = lc_json_string(lc_json_get(json, "id"));
    const char *class_name = lc_json_string(lc_json_get(json, "class"));
    lc_auto(lc_buf) text = {0};
    lc_buf_text(&text, id ? id : "(no id)");
    lc_buf_put(&text, '\0');
    lc_buf_text(&text, class_name ? class_name : "(no class)");
    lc_buf_put(&text, '\0');
    return send_frame(out, index, NEWS_START, text.data, text.len);
}

static bool run_kind(vector *v)
{
    const char *kind = lc_json_string(lc_json_get(v->json, "kind"));
    vector_fn *run = kind_find(kind);
    if (!run) {
        lc_buf_printf(&v->report, "nothing runs vectors of kind %s", kind ? kind : "(none)");
        return false;
    }
    bool passed = false;
    lc_autoptr(lc_error) broken = run(v, &passed);
    if (!broken) return passed;
    lc_buf_printf(&v->report, "vector can't be read: %s", lc_error_message(broken));
    return false;
}

static bool run_vector(const suite *all, const lc_json *json, lc_buf *report)
{
    vector v = {.json = json, .expect = lc_json_get(json, "expect"), .options = &all->options};
    v.scope.types = lc_types_new();
    lc_batch_init(&v.batch, v.scope.types);
    v.scope.arena = &v.batch.arena;
    bool passed = run_kind(&v);
    lc_batch_done(&v.batch);
    lc_types_free(v.scope.types);
    *report = v.report;
    return passed;
}

static bool run_line(const suite *all, uint32_t index, int out)
{
    lc_autoptr(lc_json) json = NULL;
    lc_auto(lc_buf) report = {0};
    lc_text text = all->lines[index].text;
    lc_autoptr(lc_error) malformed = lc_json_parse(text.data, text.len, 0, &json);
    if (!send_start(out, index, json)) return false;
    bool passed = false;
    if (malformed) lc_buf_printf(&report, "malformed line: %s", lc_error_message(malformed));
    else passed = run_vector(all, json, &report);
    return send_frame(out, index, passed ? NEWS_PASSED : NEWS_FAILED, report.data, report.len);
}

/* Runs all vectors from `first` on in a child; its news come out of *ret_in. */
static pid_t start_child(const suite *all, size_t first, int *ret_in)
{
    int ends[2];
    fflush(stdout);
    if (pipe(ends) != 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        bool going = true;
        for (size_t i = first; going && i < all->count; i++) going = run_line(all, (uint32_t)i, ends[1]);
        fflush(NULL);
        _exit(0);
    }
    close(ends[1]);
    *ret_in = ends[0];
    return child;
}

typedef enum reading { READ_DONE, READ_ENDED, READ_SILENT } reading;

static reading read_all(int in, void *into, size_t len)
{
    for (size_t have = 0; have < len;) {
        struct pollfd ready = {.fd = in, .events = POLLIN};
        int n = poll(&ready, 1, ANSWER_MS);
        if (n == 0) return READ_SILENT;
        if (n < 0) continue;
        ssize_t got = read(in, (char *)into + have, len - have);
        if (got == 0 || (got < 0 && errno != EINTR)) return READ_ENDED;
        if (got > 0) have += (size_t)got;
    }
    return READ_DONE;
}

static tally *tally_of(results *all, size_t file, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].file == file && !strcmp(all->items[i].name, name)) return &all->items[i];
    }
    all->items = lc_grow(all->items, &all->cap, all->count + 1, sizeof *all->items);
    all->items[all->count] = (tally){.file = file, .name = lc_strdup(name)};
    return &all->items[all->count++];
}

static void count_one(results *all, const line *where, const char *file, bool passed, const char *report)
{
    tally *t = tally_of(all, where->file, all->class_name ? all->class_name : "(unread)");
    t->passed += passed;
    t->failed += !passed;
    all->passed += passed;
    all->failed += !passed;
    if (passed) return;
    printf("FAIL %s (%s:%zu): %.*s\n", all->id ? all->id : "(unread)", file, where->number, REPORT_MAX,
           report);
}

static void note_start(results *all, const char *text, size_t len)
{
    free(all->id);
    free(all->class_name);
    all->id = all->class_name = NULL;
    if (!len) return;
    all->id = lc_strdup(text);
    all->class_name = lc_strdup(text + strlen(text) + 1);
}

/* Follows a child from vector `first` on. Returns the first vector that has no verdict; *ret_how says why the
 * child told no more. */
static size_t follow(const suite *all, int in, size_t first, results *tallies, reading *ret_how)
{
    lc_auto(lc_buf) text = {0};
    for (size_t next = first;;) {
        frame head;
        *ret_how = read_all(in, &head, sizeof head);
        if (*ret_how != READ_DONE) return next;
        lc_buf_reset(&text);
        lc_buf_reserve(&text, head.len);
        *ret_how = read_all(in, text.data, head.len);
        if (*ret_how != READ_DONE) return next;
        text.data[head.len] = '\0';
        if (head.news == NEWS_START) {
            note_start(tallies, text.data, head.len);
            continue;
        }
        const line *where = &all->lines[next++];
        count_one(tallies, where, all->files[where->file], head.news == NEWS_PASSED, text.data);
        note_start(tallies, NULL, 0);
    }
}

/* Ends the child; says how it ended by itself, if it did. */
static void end_child(pid_t child, reading how, char *report, size_t size)
{
    int status = 0;
    if (how == READ_SILENT) kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (how == READ_SILENT) snprintf(report, size, "no answer within %d s", ANSWER_MS / 1000);
    else if (WIFSIGNALED(status)) snprintf(report, size, "crashed: %s", strsignal(WTERMSIG(status)));
    else snprintf(report, size, "ended the process with status %d", WEXITSTATUS(status));
}

static bool run_all(const suite *all, results *tallies)
{
    for (size_t next = 0; next < all->count;) {
        int in;
        reading how;
        char report[200];
        pid_t child = start_child(all, next, &in);
        if (child < 0) return false;
        next = follow(all, in, next, tallies, &how);
        close(in);
        end_child(child, how, report, sizeof report);
        if (next == all->count) break;
        const line *where = &all->lines[next++];
        count_one(tallies, where, all->files[where->file], false, report);
        note_start(tallies, NULL, 0);
    }
    return true;
}

static void print_tallies(const suite *all, const results *tallies)
{
    for (size_t file = 0; file < all->file_count; file++) {
        size_t passed = 0, failed = 0;
        for (size_t i = 0; i < tallies->count; i++) {
            const tally *t = &tallies->items[i];
            if (t->file != file) continue;
            passed += t->passed;
            failed += t->failed;
            printf("  %6zu passed %6zu failed  %s\n", t->passed, t->failed, t->name);
        }
        printf("%8zu passed %6zu failed  %s\n", passed, failed, all->files[file]);
    }
}

static bool take_option(const char *arg, vector_options *options)
{
    if (!strcmp(arg, "--jit=off")) options->jit_off = true;
    else if (!strcmp(arg, "--jit=on")) options->jit_off = false;
    else if (!strncmp(arg, "--hotloop=", 10)) options->hotloop = atoi(arg + 10);
    else return false;
    return true;
}

static bool read_files(suite *all, char **args, int count, lc_buf *contents)
{
    for (int i = 0; i < count; i++) {
        if (!strncmp(args[i], "--", 2)) {
            if (take_option(args[i], &all->options)) continue;
            fprintf(stderr, "unknown option %s\n", args[i]);
            return false;
        }
        lc_buf *content = &contents[all->file_count];
        lc_autoptr(lc_error) err = lc_file_read(args[i], FILE_MAX, content);
        if (err) {
            fprintf(stderr, "%s\n", lc_error_message(err));
            return false;
        }
        all->files[all->file_count] = args[i];
        add_lines(all, all->file_count, content->data, content->len);
        all->file_count++;
    }
    return true;
}

int main(int argc, char **argv)
{
    suite all = {.files = lc_alloc((size_t)argc * sizeof(char *))};
    lc_buf *contents = lc_alloc((size_t)argc * sizeof *contents);
    results tallies = {0};
    int status = 2;
    if (read_files(&all, argv + 1, argc - 1, contents) && run_all(&all, &tallies)) {
        print_tallies(&all, &tallies);
        printf("%zu passed, %zu failed\n", tallies.passed, tallies.failed);
        status = tallies.failed ? 1 : 0;
    }
    for (size_t i = 0; i < tallies.count; i++) free(tallies.items[i].name);
    for (size_t i = 0; i < all.file_count; i++) lc_buf_done(&contents[i]);
    free(tallies.items);
    free(contents);
    free(all.files);
    free(all.lines);
    return status;
}
