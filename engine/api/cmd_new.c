/* luaconnect new: a script that works, its settings, its test, and what editors need. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/cli.h"
#include "base/buf.h"
#include "script/texts.h"

#define META_INSTALLED "/usr/local/share/luaconnect/meta"

/* How each kind is used; %s is the name. */
static const struct {
    const char *kind, *settings;
} KINDS[] = {
    {"transform",
     "# Settings for `luaconnect try`. In a connector's configuration:\n"
     "#   transforms=%1$s\n#   transforms.%1$s.type=%1$s\n#   transforms.%1$s.field=seen\n"
     "field=seen\n"},
    {"predicate",
     "# Settings for `luaconnect try`. In a connector's configuration:\n"
     "#   predicates=%1$s\n#   predicates.%1$s.type=%1$s\n#   predicates.%1$s.field=id\n"
     "field=id\n"},
    {"source", "name=%1$s\nconnector.class=%1$s\ntasks.max=1\ntopic=%1$s\ncount=3\n"},
    {"sink", "name=%1$s\nconnector.class=%1$s\ntasks.max=1\ntopics=%1$s\nrequired=id\n"},
};

static bool is_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return len && !name[len] && !isdigit((unsigned char)name[0]) && name[0] != '-' && name[len - 1] != '-';
}

/* A file that must not be there yet; with `keep` one that is there stays as it is. */
static bool write_file(const char *path, const char *text, size_t len, bool keep)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST && keep) return true;
    bool ok = fd >= 0 && write(fd, text, len) == (ssize_t)len;
    if (!ok) fprintf(stderr, "luaconnect: %s: %s\n", path, strerror(errno));
    else printf("%s\n", path);
    if (fd >= 0) close(fd);
    return ok;
}

static bool write_embedded(const char *kind, const char *end, const char *name)
{
    lc_auto(lc_buf) from = {0};
    lc_auto(lc_buf) to = {0};
    lc_buf_printf(&from, "new/%s%s.lua", kind, end);
    lc_buf_printf(&to, "%s%s.lua", name, end);
    lc_text text = lc_embedded_text(from.data);
    return write_file(to.data, text.data, text.len, false);
}

/* Annotations beside the program, as installed or as in the sources. */
static void find_meta(char path[PATH_MAX])
{
    static const char *const places[] = {"../share/luaconnect/meta", "../lua/meta"};
    char program[PATH_MAX] = "", candidate[2 * PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash = len > 0 ? strrchr(program, '/') : NULL;
    if (slash) *slash = '\0';
    for (size_t i = 0; slash && i < sizeof places / sizeof *places; i++) {
        snprintf(candidate, sizeof candidate, "%s/%s", program, places[i]);
        if (realpath(candidate, path)) return;
    }
    snprintf(path, PATH_MAX, "%s", META_INSTALLED);
}

static bool write_editor_settings(void)
{
    char meta[PATH_MAX];
    lc_auto(lc_buf) text = {0};
    find_meta(meta);
    lc_buf_printf(&text,
                  "{\n  \"runtime.version\": \"LuaJIT\",\n  \"workspace.library\": [\"%s\"],\n"
                  "  \"diagnostics.globals\": [\"describe\", \"it\", \"expect\", \"before_each\"]\n}\n",
                  meta);
    return write_file(".luarc.json", text.data, text.len, true);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static bool write_settings(const char *form, const char *name)
{
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_buf) text = {0};
    lc_buf_printf(&path, "%s.properties", name);
    lc_buf_printf(&text, form, name);
    return write_file(path.data, text.data, text.len, false);
}
#pragma GCC diagnostic pop

int lc_cmd_new(int argc, char **argv)
{
    size_t at = 0, kinds = sizeof KINDS / sizeof *KINDS;
    if (argc != 2) return lc_cli_usage_error("new needs source, sink, transform or predicate, and a name", "");
    while (at < kinds && strcmp(KINDS[at].kind, argv[0]) != 0) at++;
    if (at == kinds) return lc_cli_usage_error("new makes a source, sink, transform or predicate, no ", argv[0]);
    if (!is_name(argv[1])) return lc_cli_usage_error("a name is letters, digits, _ and -, not ", argv[1]);
    bool ok = write_embedded(argv[0], "", argv[1]) && write_settings(KINDS[at].settings, argv[1]) &&
              write_embedded(argv[0], "_test", argv[1]) && write_editor_settings();
    return ok ? 0 : LC_EXIT_CONFIG;
}
