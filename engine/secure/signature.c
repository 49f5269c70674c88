#include "secure/signature.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

enum { SEED = crypto_sign_SEEDBYTES, PUBLIC = crypto_sign_PUBLICKEYBYTES, LARGEST_FILE = 64 * 1024 };
static const char secret_prefix[] = "lcss1:", public_prefix[] = "lcsp1:";

/* What precedes the key itself in PKCS #8 and SubjectPublicKeyInfo (RFC 8410). */
static const unsigned char pkcs8[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                      0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
static const unsigned char spki[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

struct lc_sign_key {
    unsigned char secret[crypto_sign_SECRETKEYBYTES], public[PUBLIC];
};

struct lc_trusted_keys {
    unsigned char (*items)[PUBLIC];
    size_t count, cap;
};

static void put_key(lc_buf *out, const char *prefix, const unsigned char key[32])
{
    char text[64];
    sodium_bin2base64(text, sizeof text, key, 32, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    lc_buf_printf(out, "%s%s", prefix, text);
    sodium_memzero(text, sizeof text);
}

static bool read_key(lc_text text, const char *prefix, unsigned char ret_key[32])
{
    size_t len = 0, skip = strlen(prefix);
    return text.len > skip && !memcmp(text.data, prefix, skip) &&
           !sodium_base642bin(ret_key, 32, text.data + skip, text.len - skip, NULL, &len, NULL,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING) &&
           len == 32;
}

/* The key in the first PEM block of that name. */
static bool read_pem(lc_text text, const char *name, const unsigned char *head, size_t head_len,
                     unsigned char ret_key[32])
{
    unsigned char der[128];
    size_t len = 0;
    lc_auto(lc_buf) mark = {0};
    lc_buf_printf(&mark, "-----BEGIN %s-----", name);
    const char *begin = text.len ? memmem(text.data, text.len, mark.data, mark.len) : NULL;
    const char *from = begin ? begin + mark.len : NULL, *to = from ? strstr(from, "-----END") : NULL;
    bool ok = to &&
              !sodium_base642bin(der, sizeof der, from, (size_t)(to - from), "\r\n ", &len, NULL,
                                 sodium_base64_VARIANT_ORIGINAL) &&
              len == head_len + 32 && !memcmp(der, head, head_len);
    if (ok) memcpy(ret_key, der + head_len, 32);
    sodium_memzero(der, sizeof der);
    return ok;
}

void lc_sign_key_make(lc_buf *line)
{
    unsigned char seed[SEED];
    randombytes_buf(seed, sizeof seed);
    put_key(line, secret_prefix, seed);
    lc_buf_put(line, '\n');
    sodium_memzero(seed, sizeof seed);
}

lc_error *lc_sign_key_read(const char *path, lc_sign_key **ret_key)
{
    lc_auto(lc_buf) text = {0};
    unsigned char seed[SEED];
    LC_TRY(lc_file_read(path, LARGEST_FILE, &text));
    lc_text all = lc_text_trim((lc_text){text.data ? text.data : "", text.len});
    bool ok = read_key(all, secret_prefix, seed) || read_pem(all, "PRIVATE KEY", pkcs8, sizeof pkcs8, seed);
    if (text.data) sodium_memzero(text.data, text.len);
    if (!ok)
        return lc_fail(LC_E_CONFIG,
                       "%s: no secret key: make one with `luaconnect script sign --new-key FILE`", path);
    lc_sign_key *key = lc_alloc(sizeof *key);
    crypto_sign_seed_keypair(key->public, key->secret, seed);
    sodium_memzero(seed, sizeof seed);
    *ret_key = key;
    return NULL;
}

void lc_sign_key_free(lc_sign_key *key)
{
    if (!key) return;
    sodium_memzero(key, sizeof *key);
    free(key);
}

void lc_sign_key_public(const lc_sign_key *key, char ret_public[LC_SIGN_PUBLIC_SIZE])
{
    lc_auto(lc_buf) text = {0};
    put_key(&text, public_prefix, key->public);
    memcpy(ret_public, text.data, text.len + 1);
}

void lc_sign_text(const lc_sign_key *key, lc_text text, char ret_signature[LC_SIGN_TEXT_SIZE])
{
    unsigned char bytes[crypto_sign_BYTES];
    crypto_sign_detached(bytes, NULL, (const unsigned char *)text.data, text.len, key->secret);
    sodium_bin2base64(ret_signature, LC_SIGN_TEXT_SIZE, bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
}

static void add(lc_trusted_keys *keys, const unsigned char key[PUBLIC])
{
    keys->items = lc_grow(keys->items, &keys->cap, keys->count + 1, sizeof *keys->items);
    memcpy(keys->items[keys->count++], key, PUBLIC);
}

static lc_error *read_file(lc_trusted_keys *keys, const char *path)
{
    lc_auto(lc_buf) text = {0};
    unsigned char key[PUBLIC];
    LC_TRY(lc_file_read(path, LARGEST_FILE, &text));
    lc_text all = {text.data ? text.data : "", text.len};
    size_t before = keys->count;
    if (read_pem(all, "PUBLIC KEY", spki, sizeof spki, key)) add(keys, key);
    for (char *rest = text.data, *line; rest && (line = strsep(&rest, "\n")) != NULL;) {
        lc_text one = lc_text_trim(lc_text_of(line));
        if (read_key(one, public_prefix, key)) add(keys, key);
        else if (keys->count == before && one.len && one.data[0] != '#')
            return lc_fail(LC_E_CONFIG, "%s: a line is no public key; they begin with %s", path,
                           public_prefix);
    }
    return keys->count > before ? NULL : lc_fail(LC_E_CONFIG, "%s: there is no public key in it", path);
}

static lc_error *read_item(lc_trusted_keys *keys, lc_text item)
{
    unsigned char key[PUBLIC];
    if (!item.len) return NULL;
    if (read_key(item, public_prefix, key)) {
        add(keys, key);
        return NULL;
    }
    char *path = lc_strndup(item.data, item.len);
    bool is_key = !strncmp(path, public_prefix, strlen(public_prefix));
    lc_error *error = is_key ? lc_fail(LC_E_CONFIG, "%s is no public key", path) : read_file(keys, path);
    free(path);
    return error;
}

lc_error *lc_trusted_keys_read(const char *list, lc_trusted_keys **ret_keys)
{
    lc_autoptr(lc_trusted_keys) keys = lc_alloc(sizeof *keys);
    char *copy = lc_strdup(list ? list : ""), *rest = copy;
    lc_error *error = NULL;
    for (char *item; !error && (item = strsep(&rest, ",")) != NULL;)
        error = read_item(keys, lc_text_trim(lc_text_of(item)));
    free(copy);
    if (!error && !keys->count) error = lc_fail(LC_E_CONFIG, "there are no public keys");
    if (error) return error;
    *ret_keys = lc_steal(keys);
    return NULL;
}

void lc_trusted_keys_free(lc_trusted_keys *keys)
{
    if (!keys) return;
    free(keys->items);
    free(keys);
}

static bool read_signature(lc_text text, unsigned char ret[crypto_sign_BYTES])
{
    size_t len = 0;
    if (text.len == crypto_sign_BYTES) {
        memcpy(ret, text.data, text.len);
        return true;
    }
    for (int url = 0; url < 2; url++)
        if (!sodium_base642bin(ret, crypto_sign_BYTES, text.data, text.len, " \t\r\n", &len, NULL,
                               url ? sodium_base64_VARIANT_URLSAFE_NO_PADDING
                                   : sodium_base64_VARIANT_ORIGINAL) &&
            len == crypto_sign_BYTES)
            return true;
    return false;
}

bool lc_trusted_keys_signed(const lc_trusted_keys *keys, lc_text text, lc_text signature)
{
    unsigned char bytes[crypto_sign_BYTES];
    const unsigned char *message = (const unsigned char *)(text.data ? text.data : "");
    if (!signature.len || !read_signature(signature, bytes)) return false;
    for (size_t i = 0; i < keys->count; i++)
        if (!crypto_sign_verify_detached(bytes, message, text.len, keys->items[i])) return true;
    return false;
}
