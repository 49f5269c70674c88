#include "api/cli.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "include/luaconnect.h"

extern char **environ;

static const char prefix[] = "CONNECT_";
/* Set by container images for the start scripts of Java; no settings of a worker. */
static const char *const others[] = {"CONNECT_LOG4J_", "CONNECT_CUB_", "CONNECT_STARTUP_", "CONNECT_HEAP_"};

static bool is_setting(const char *variable)
{
    if (strncmp(variable, prefix, sizeof prefix - 1)) return false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strncmp(variable, others[i], strlen(others[i]))) return false;
    const char *name = variable + sizeof prefix - 1;
    return *name && *name != '=';
}

/* One underscore stands for a dot, two for an underscore, three for a dash. */
static void write_key(const char *name, size_t len, char *key)
{
    static const char stands_for[] = {'\0', '.', '_', '-'};
    enum { LONGEST = 3 };
    while (len) {
        size_t run = 0;
        while (run < len && run < LONGEST && name[run] == '_') run++;
        *key++ = run ? stands_for[run] : (char)tolower((unsigned char)*name);
        name += run ? run : 1;
        len -= run ? run : 1;
    }
    *key = '\0';
}

size_t lc_cli_take_environment(lc_settings *settings)
{
    size_t taken = 0;
    for (char **at = environ; *at; at++) {
        const char *equals = strchr(*at, '=');
        if (!equals || !is_setting(*at)) continue;
        const char *name = *at + sizeof prefix - 1;
        size_t len = (size_t)(equals - name);
        char *key = malloc(len + 1);
        if (!key) abort();
        write_key(name, len, key);
        lc_settings_set(settings, key, equals + 1);
        free(key);
        taken++;
    }
    return taken;
}
