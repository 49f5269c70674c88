/* luaconnect check: loads scripts as a worker would. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/cli.h"
#include "include/luaconnect.h"

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

int lc_cmd_check(int count, char **paths)
{
    if (count < 1) return lc_cli_usage_error("check needs at least one script", "");
    int status = 0;
    for (int i = 0; i < count; i++) {
        size_t len = 0;
        char *text = read_text(paths[i], &len), *json = NULL;
        if (!text) {
            fprintf(stderr, "luaconnect: %s: %s\n", paths[i], strerror(errno));
            status = LC_EXIT_CONFIG;
            continue;
        }
        lc_failure *failure = lc_script_check(paths[i], text, len, &json);
        free(text);
        if (failure) status = LC_EXIT_CONFIG, fprintf(stderr, "%s\n", lc_failure_message(failure));
        else printf("%s: ok %s\n", paths[i], json);
        lc_failure_free(failure);
        lc_text_free(json);
    }
    return status;
}
