/* How charsets are put together. Private to charset*.c. */
#ifndef LC_JAVA_CHARSET_CODEC_H
#define LC_JAVA_CHARSET_CODEC_H

#include <iconv.h>
#include "java/charset.h"

/* A family of charsets. */
typedef struct lc_codec {
    lc_text (*decode)(lc_charset *charset, lc_arena *arena, lc_text bytes);
    lc_text (*encode)(lc_charset *charset, lc_arena *arena, lc_text text);
} lc_codec;

struct lc_charset {
    char name[48];
    const lc_codec *codec;
    bool little;           /* byte order without a mark */
    bool detects, marks;   /* a byte order mark is obeyed when reading, written when writing */
    iconv_t reads, writes; /* of charsets that are not built in */
};

extern const lc_codec lc_codec_utf8, lc_codec_ascii, lc_codec_latin1, lc_codec_utf16, lc_codec_utf32,
    lc_codec_iconv;

#endif
