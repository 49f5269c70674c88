/* Base64 as java.util.Base64 and Jackson do it, into memory of the caller. Pure, thread-safe. */
#ifndef LC_JAVA_BASE64_H
#define LC_JAVA_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

typedef enum lc_base64 {
    LC_BASE64_BASIC, /* java.util.Base64.getDecoder(): no foreign byte, padding right or left out */
    LC_BASE64_URL,   /* getUrlDecoder(): the same with - and _ */
    LC_BASE64_MIME   /* Jackson's MIME_NO_LINEFEEDS (binaryValue): blanks between groups, padding required */
} lc_base64;

/* Length of the padded text of `len` bytes. */
static inline size_t lc_base64_text_len(size_t len)
{
    return (len + 2) / 3 * 4;
}

/* Room that decoding `len` characters may need. */
static inline size_t lc_base64_bytes_max(size_t len)
{
    return len / 4 * 3 + 3;
}

/* Standard alphabet, padded, no line breaks. Writes lc_base64_text_len(len) characters, no NUL. */
void lc_base64_encode(const void *bytes, size_t len, char *out);
/* Decodes by the rules of `kind`. False when Java would refuse the text; *ret_len is then untouched. */
bool lc_base64_decode(lc_base64 kind, lc_text text, uint8_t *out, size_t *ret_len);

#endif
