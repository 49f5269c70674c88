/* Which expression of a line an error is about. LuaJIT knows lines alone, but its messages name what was nil; errors that
 * a script or the SDK raises come from the one call there is. Where a line leaves a choice there is no column. Pure
 * functions of texts. */
#ifndef LC_SCRIPT_PLACE_H
#define LC_SCRIPT_PLACE_H

#include "base/text.h"

/* The column, from 1 in bytes, of the expression that `message` is about in a line of the source; 0: unknown. */
unsigned lc_place_column(lc_text source, int line, lc_text message);

#endif
