/* What a script may do beyond computing: capabilities, granted by the runtime.
 *
 * A connector that declares needs = {"file"} finds task.cap.file only when the runtime granted it. The Lua
 * side of each capability is a file cap_<name>.c of this folder over a plain C implementation in engine/io.
 * A grant says what may be reached; an empty one reaches nothing. */
#ifndef LC_SCRIPT_CAPABILITY_H
#define LC_SCRIPT_CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>

/* Everything a task's script may reach. */
typedef struct lc_grants {
    const char *const *files; /* exact paths, or directories ending in '/', that may be opened; NULL-terminated */
    bool stdio;               /* standard input and output (FileStream connectors without `file`) */
    struct lc_file_hub *file_hub; /* shared watcher of growing files; owned by the worker */
} lc_grants;

#endif
