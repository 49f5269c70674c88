#include "runtime/grants.h"

#include <stdlib.h>
#include <string.h>

/* Adds each path of script.grants, "dir:/data,/tmp/in.txt": as a file and, ending in a slash, as a directory. */
static void add_directories(lc_strings *files, const char *list)
{
    char *copy = strdup(list), *rest = copy;
    for (char *item; (item = strsep(&rest, ",")) != NULL;) {
        lc_text path = lc_text_trim(lc_text_of(item));
        if (lc_text_starts(path, "dir:")) path = (lc_text){path.data + 4, path.len - 4};
        if (!path.len || path.data[0] != '/') continue;
        lc_strings_add_text(files, path.data, path.len);
        if (path.data[path.len - 1] != '/') lc_strings_printf(files, "%.*s/", (int)path.len, path.data);
    }
    free(copy);
}

void lc_grants_make(const lc_worker_core *worker, const lc_connector_config *config, const lc_props *settings,
                    lc_strings *files, lc_grants *ret_grants)
{
    const char *own = lc_props_get(settings, "file");
    bool shipped = lc_script_is_shipped(config->script);
    if (shipped && own) lc_strings_add(files, own);
    const char *granted = lc_props_get(worker->settings, "script.grants");
    if (!shipped && granted) add_directories(files, granted);
    lc_strings_take(files, NULL);
    files->count--;
    *ret_grants = (lc_grants){
        .files = (const char *const *)files->items,
        .stdio = shipped,
        .file_hub = worker->file_hub,
    };
}
