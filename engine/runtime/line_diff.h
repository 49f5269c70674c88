/* What changed from one text to another, line by line, as `diff -u` shows it. */
#ifndef LC_RUNTIME_LINE_DIFF_H
#define LC_RUNTIME_LINE_DIFF_H

#include "base/buf.h"
#include "base/text.h"

/* Appends hunks with three lines around each change; nothing when the texts are equal. Where both texts
 * differ in very many lines, everything between the first and the last change counts as changed. */
void lc_line_diff(lc_text from, lc_text to, lc_buf *out);

#endif
