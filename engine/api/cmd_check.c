/* luaconnect check: what is wrong with scripts, without running them on records. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/cli.h"
#include "include/luaconnect.h"
#include "script/lint.h"

#define NO_PLUGIN "the script must return what lc." /* of modules */

static char *read_text(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    struct stat about;
    if (!file || fstat(fileno(file), &about)) {
        if (file) fclose(file);
        return NULL;
    }
    char *text = malloc((size_t)about.st_size + 1);
    *ret_len = text ? fread(text, 1, (size_t)about.st_size, file) : 0;
    fclose(file);
    return text;
}

/* The line in "path:12: …", or 0. */
static int line_of(const char *message, const char *path)
{
    size_t len = strlen(path);
    return !strncmp(message, path, len) && message[len] == ':' ? atoi(message + len + 1) : 0;
}

/* What loading says, unless it was told before: the same line or the same words. */
static bool report_load(const char *path, lc_failure *failure, const lc_findings *findings)
{
    const char *message = lc_failure_message(failure);
    int line = line_of(message, path);
    for (size_t i = 0; i < findings->count; i++) {
        const lc_finding *finding = &findings->items[i];
        if (finding->is_error && (finding->line == line || strstr(message, finding->message))) return false;
    }
    fprintf(stderr, "%s\n", message);
    return true;
}

static size_t report_findings(const char *path, const lc_findings *findings, bool errors_only)
{
    size_t told = 0;
    for (size_t i = 0; i < findings->count; i++) {
        const lc_finding *finding = &findings->items[i];
        if (errors_only && !finding->is_error) continue;
        fprintf(stderr, "%s:%d:%d: %s: %s\n", path, finding->line, finding->column,
                finding->is_error ? "error" : "warning", finding->message);
        told++;
    }
    return told;
}

static bool check_text(const char *path, const char *text, size_t len, bool errors_only)
{
    lc_auto(lc_findings) findings = {0};
    char *json = NULL;
    size_t path_len = strlen(path);
    bool is_test = path_len > 9 && !strcmp(path + path_len - 9, "_test.lua");
    lc_error *error = lc_script_lint((lc_text){text, len}, is_test, &findings);
    if (error) fprintf(stderr, "%s: %s\n", path, lc_error_message(error));
    bool ok = !error && report_findings(path, &findings, errors_only) == 0;
    lc_error_free(error);
    lc_failure *failure = is_test ? NULL : lc_script_check(path, text, len, &json);
    bool is_module = failure && !findings.is_plugin && strstr(lc_failure_message(failure), NO_PLUGIN);
    if (failure && !is_module && report_load(path, failure, &findings)) ok = false;
    const char *kind = is_test ? "{\"kind\":\"test\"}" : is_module ? "{\"kind\":\"module\"}" : json;
    if (ok) printf("%s: ok %s\n", path, kind ? kind : "");
    lc_failure_free(failure);
    lc_text_free(json);
    return ok;
}

int lc_cmd_check(int count, char **paths)
{
    int status = 0, files = 0;
    bool errors_only = false;
    for (int i = 0; i < count; i++) {
        size_t len = 0;
        if (!strcmp(paths[i], "--errors")) {
            errors_only = true;
            continue;
        }
        if (!strncmp(paths[i], "--", 2)) return lc_cli_usage_error("check has no option ", paths[i]);
        files++;
        char *text = read_text(paths[i], &len);
        if (!text) fprintf(stderr, "luaconnect: %s: %s\n", paths[i], strerror(errno));
        if (!text || !check_text(paths[i], text, len, errors_only)) status = LC_EXIT_CONFIG;
        free(text);
    }
    return files ? status : lc_cli_usage_error("check needs at least one script", "");
}
