/* Files that are there whole or not at all, whatever dies while they are written. Thread-safe. */
#ifndef LC_IO_FILE_WHOLE_H
#define LC_IO_FILE_WHOLE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

/* Appends the content of a file to `into`. *ret_found is false, without an error, when there is no such file.
 * LC_E_IO when it can't be read or is larger than `limit` bytes. */
lc_error *lc_file_whole_read(const char *path, size_t limit, lc_buf *into, bool *ret_found) LC_RESULT;
/* Makes a file with this content, safe on the disk (fsync) when it returns. *ret_created is false, without an
 * error, when there is a file of that name, which stays as it is: of several that make it at once, one does. */
lc_error *lc_file_whole_create(const char *path, lc_text content, bool *ret_created) LC_RESULT;
/* As create, but takes the place of a file of that name. */
lc_error *lc_file_whole_replace(const char *path, lc_text content) LC_RESULT;

#endif
