/* Texts of lua/ that the program hands out: what new scripts start from. */
#ifndef LC_SCRIPT_TEXTS_H
#define LC_SCRIPT_TEXTS_H

#include "base/text.h"

/* "new/transform.lua", "meta/record.lua"; data NULL: there is none of that name. */
lc_text lc_embedded_text(const char *name);

#endif
