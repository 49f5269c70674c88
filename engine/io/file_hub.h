/* One inotify instance for all growing files of a worker.
 *
 *   kernel ─▶ hub thread ─▶ eventfd of every tail of that file
 *
 * The thread starts with the first watch. Where the kernel gives no more watches, callers poll. Thread-safe.
 */
#ifndef LC_IO_FILE_HUB_H
#define LC_IO_FILE_HUB_H

#include <stdbool.h>
#include "base/error.h"

typedef struct lc_file_hub lc_file_hub;

lc_error *lc_file_hub_new(lc_file_hub **ret_hub) LC_RESULT;
void lc_file_hub_free(lc_file_hub *hub); /* all watches must be gone; accepts NULL */
/* Writes to `event_fd` whenever the file changes, moves or goes. Returns a number for unwatch, or -1 when the
 * file can't be watched (it is missing, or watches have run out). */
int lc_file_hub_watch(lc_file_hub *hub, const char *path, int event_fd);
/* The same whenever a file in the directory is written, made, moved or removed. */
int lc_file_hub_watch_directory(lc_file_hub *hub, const char *path, int event_fd);
void lc_file_hub_unwatch(lc_file_hub *hub, int watch, int event_fd);

#endif
