#include "secure/seal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "secure/random.h"

enum { LARGEST_FILE = 64 * 1024, BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING, KEY_TEXT = 44 };
static const char secret_prefix[] = "lcsk1:", public_prefix[] = "lcpk1:";

typedef struct pair {
    unsigned char secret[crypto_box_SECRETKEYBYTES];
    unsigned char public[crypto_box_PUBLICKEYBYTES];
} pair;

struct lc_seal_keys {
    pair *items;
    size_t count, cap;
};

/* 32 bytes after a prefix. */
static bool decode_key(lc_text text, const char *prefix, unsigned char *ret_bytes)
{
    size_t cut = strlen(prefix), len = 0;
    if (!lc_text_starts(text, prefix)) return false;
    return !sodium_base642bin(ret_bytes, crypto_box_SECRETKEYBYTES, text.data + cut, text.len - cut, NULL,
                              &len, NULL, BASE64) &&
           len == crypto_box_SECRETKEYBYTES;
}

static lc_error *add_keys(lc_seal_keys *keys, const char *path, lc_text text)
{
    for (int number = 1; text.len; number++) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len;
        lc_text line = lc_text_trim((lc_text){text.data, len});
        text.data += len + (end != NULL);
        text.len -= len + (end != NULL);
        if (!line.len || line.data[0] == '#') continue;
        keys->items = lc_grow(keys->items, &keys->cap, keys->count + 1, sizeof *keys->items);
        pair *fresh = &keys->items[keys->count++];
        if (!decode_key(line, secret_prefix, fresh->secret))
            return lc_fail(LC_E_CONFIG, "%s:%d: that is no key; `luaconnect seal --new-key` makes them.",
                           path, number);
        crypto_scalarmult_base(fresh->public, fresh->secret);
    }
    return keys->count ? NULL : lc_fail(LC_E_CONFIG, "%s holds no key.", path);
}

lc_error *lc_seal_keys_read(const char *path, lc_seal_keys **ret_keys)
{
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_seal_keys) keys = lc_alloc(sizeof *keys);
    LC_TRY(lc_file_read(path, LARGEST_FILE, &text));
    lc_error *error = add_keys(keys, path, (lc_text){text.data, text.len});
    if (text.data) sodium_memzero(text.data, text.len);
    LC_TRY(error);
    *ret_keys = lc_steal(keys);
    return NULL;
}

void lc_seal_keys_free(lc_seal_keys *keys)
{
    if (!keys) return;
    if (keys->items) sodium_memzero(keys->items, keys->count * sizeof *keys->items);
    free(keys->items);
    free(keys);
}

static void write_key(const char *prefix, const unsigned char *bytes, char *text, size_t size)
{
    size_t cut = strlen(prefix);
    memcpy(text, prefix, cut);
    sodium_bin2base64(text + cut, size - cut, bytes, crypto_box_PUBLICKEYBYTES, BASE64);
}

void lc_seal_keys_public(const lc_seal_keys *keys, char ret_public[LC_PUBLIC_KEY_SIZE])
{
    write_key(public_prefix, keys->items[0].public, ret_public, LC_PUBLIC_KEY_SIZE);
}

void lc_seal_key_make(lc_buf *line)
{
    unsigned char secret[crypto_box_SECRETKEYBYTES];
    char text[sizeof secret_prefix + KEY_TEXT];
    lc_random_bytes(secret, sizeof secret);
    write_key(secret_prefix, secret, text, sizeof text);
    lc_buf_printf(line, "%s\n", text);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(text, sizeof text);
}

lc_error *lc_seal(const char *public_key, lc_text secret, lc_buf *out)
{
    unsigned char public[crypto_box_PUBLICKEYBYTES], start;
    if (!decode_key(lc_text_of(public_key), public_prefix, public))
        return lc_fail(LC_E_CONFIG, "%s is no public key (%s…).", public_key, public_prefix);
    lc_random_bytes(&start, sizeof start); /* libsodium is ready from here on */
    size_t size = secret.len + crypto_box_SEALBYTES, room = sodium_base64_encoded_len(size, BASE64);
    unsigned char *box = lc_alloc(size);
    crypto_box_seal(box, (const unsigned char *)(secret.data ? secret.data : ""), secret.len, public);
    lc_buf_reserve(out, room);
    sodium_bin2base64(out->data + out->len, room, box, size, BASE64);
    out->len += room - 1;
    free(box);
    return NULL;
}

lc_error *lc_unseal(const lc_seal_keys *keys, lc_text sealed, lc_buf *out)
{
    size_t size = 0;
    bool opened = false;
    unsigned char *box = lc_alloc(sealed.len + 1);
    bool is_base64 = !sodium_base642bin(box, sealed.len, sealed.data, sealed.len, NULL, &size, NULL, BASE64);
    if (is_base64 && size >= crypto_box_SEALBYTES) {
        lc_buf_reserve(out, size);
        for (size_t i = 0; !opened && i < keys->count; i++)
            opened = !crypto_box_seal_open((unsigned char *)out->data + out->len, box, size,
                                           keys->items[i].public, keys->items[i].secret);
    }
    free(box);
    if (!opened)
        return lc_fail(LC_E_CONFIG,
                       "A sealed value can't be opened: it was changed, or sealed for another key.");
    out->len += size - crypto_box_SEALBYTES;
    out->data[out->len] = '\0';
    return NULL;
}
