/* A file to append to, or standard output: lines gather in a buffer and go out in whole writes. Owner thread.
 */
#ifndef LC_IO_FILE_APPEND_H
#define LC_IO_FILE_APPEND_H

#include "base/buf.h"
#include "base/error.h"

typedef struct lc_file_append lc_file_append;

/* Opens for appending, made with mode 0644 when missing; `path` NULL is standard output. After a line without an
 * end (a process died while writing it) what is added starts on a line of its own. LC_E_CONNECT
 * "Couldn't find or create file '…' for FileStreamSinkTask" with the reason. */
lc_error *lc_file_append_open(const char *path, lc_file_append **ret_file) LC_RESULT;
/* The buffer to add bytes to; lc_file_append_write hands it to the system. */
lc_buf *lc_file_append_buffer(lc_file_append *file);
/* Writes everything gathered. On a failure (a full disk) nothing of it stays in a regular file, so that
 * trying again doubles nothing. LC_E_IO names path and reason. */
lc_error *lc_file_append_write(lc_file_append *file) LC_RESULT;
lc_error *
lc_file_append_close(lc_file_append *file) LC_RESULT; /* writes first; frees in any case; accepts NULL */

#endif
