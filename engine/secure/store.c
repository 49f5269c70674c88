#include "secure/store.h"

#include "java/base64.h"

lc_store_format lc_store_format_of(lc_text bytes)
{
    if (bytes.len > 4 && !memcmp(bytes.data, "\xfe\xed\xfe\xed", 4)) return LC_STORE_JKS;
    if (bytes.len > 2 && (unsigned char)bytes.data[0] == 0x30) return LC_STORE_PKCS12;
    return memmem(bytes.data, bytes.len, "-----BEGIN", 10) ? LC_STORE_PEM : LC_STORE_UNKNOWN;
}

/* A big-endian number of `size` bytes; moves on. */
static uint32_t take_number(lc_text *rest, size_t size)
{
    uint32_t number = 0;
    if (rest->len < size) {
        rest->len = 0;
        return 0;
    }
    for (size_t i = 0; i < size; i++) number = number << 8 | (unsigned char)rest->data[i];
    *rest = (lc_text){rest->data + size, rest->len - size};
    return number;
}

static lc_text take_bytes(lc_text *rest, size_t size)
{
    if (size > rest->len) size = rest->len;
    lc_text taken = {rest->data, size};
    *rest = (lc_text){rest->data + size, rest->len - size};
    return taken;
}

/* One certificate as PEM, in lines of 64. */
static void put_pem(lc_buf *pem, lc_text der)
{
    enum { LINE_BYTES = 48 };
    char line[LINE_BYTES / 3 * 4];
    lc_buf_text(pem, "-----BEGIN CERTIFICATE-----\n");
    while (der.len) {
        lc_text part = take_bytes(&der, LINE_BYTES);
        lc_base64_encode(part.data, part.len, line);
        lc_buf_add(pem, line, lc_base64_text_len(part.len));
        lc_buf_put(pem, '\n');
    }
    lc_buf_text(pem, "-----END CERTIFICATE-----\n");
}

/* Header (magic, version, count), then entries of tag, alias, date and, for tag 2, the kind of certificate and
 * its DER. */
void lc_store_jks_certificates(lc_text bytes, lc_buf *pem)
{
    enum { TRUSTED_CERTIFICATE = 2 };
    take_number(&bytes, 4);
    take_number(&bytes, 4);
    uint32_t count = take_number(&bytes, 4);
    for (uint32_t i = 0; i < count && bytes.len; i++) {
        if (take_number(&bytes, 4) != TRUSTED_CERTIFICATE) return;
        take_bytes(&bytes, take_number(&bytes, 2));
        take_bytes(&bytes, 8);
        take_bytes(&bytes, take_number(&bytes, 2));
        put_pem(pem, take_bytes(&bytes, take_number(&bytes, 4)));
    }
}
