/* Whole files. Thread-safe. */
#ifndef LC_BASE_FILE_H
#define LC_BASE_FILE_H

#include "base/buf.h"
#include "base/error.h"

/* Appends the content of a file; LC_E_IO when it can't be read or is larger than `limit` bytes. */
lc_error *lc_file_read(const char *path, size_t limit, lc_buf *into) LC_RESULT;

#endif
