/* Data files that a script reads with lc.data: beside it, read once by each version of the script. Any thread. */
#ifndef LC_SCRIPT_SCRIPT_DATA_H
#define LC_SCRIPT_SCRIPT_DATA_H

#include "base/buf.h"
#include "base/strings.h"
#include "script/script.h"

typedef struct lc_script_data lc_script_data;

lc_script_data *lc_script_data_new(void);
void lc_script_data_free(lc_script_data *data); /* accepts NULL */
lc_script_data *lc_script_data_of(const lc_script *script);

/* The names of those that were read so far. */
void lc_script_data_names(const lc_script *script, lc_strings *names);
void lc_script_data_path(const lc_script *script, const char *name, lc_buf *path);
/* What the script has read of one, added to `content`; false: nothing. */
bool lc_script_data_get(const lc_script *script, const char *name, lc_buf *content);

#endif
