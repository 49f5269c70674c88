#include "secure/digest.h"

#include <sodium.h>
#include <string.h>

/* Names, sizes and the lengths that a key may have; a key of SHA-2 may have any. */
static const struct {
    const char *name;
    size_t size, key_min, key_max;
    bool needs_key;
} KINDS[] = {
    [LC_DIGEST_SHA256] = {"sha256",      crypto_hash_sha256_BYTES, 1, SIZE_MAX, false},
    [LC_DIGEST_SHA512] = {"sha512",      crypto_hash_sha512_BYTES, 1, SIZE_MAX, false},
    [LC_DIGEST_BLAKE2B] = {"blake2b",     64,                       16, 64, false},
    [LC_DIGEST_BLAKE2B_256] = {"blake2b-256", 32,                       16, 64, false},
    [LC_DIGEST_SIPHASH] = {"siphash",     crypto_shorthash_BYTES,   16, 16, true },
};

bool lc_digest_find(lc_text name, lc_digest_kind *ret_kind)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        if (strlen(KINDS[i].name) != name.len || memcmp(KINDS[i].name, name.data, name.len) != 0) continue;
        *ret_kind = (lc_digest_kind)i;
        return true;
    }
    return false;
}

lc_error *lc_digest_check_key(lc_digest_kind kind, size_t key_len)
{
    size_t min = KINDS[kind].key_min, max = KINDS[kind].key_max;
    if (!key_len && !KINDS[kind].needs_key) return NULL;
    if (key_len >= min && key_len <= max) return NULL;
    if (min == max) return lc_fail(LC_E_CONFIG, "%s needs a key of %zu bytes", KINDS[kind].name, min);
    return lc_fail(LC_E_CONFIG, "a key of %s has %zu to %zu bytes", KINDS[kind].name, min, max);
}

static void hmac_sha256(lc_text key, lc_text message, unsigned char *out)
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.data, key.len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)message.data, message.len);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

static void hmac_sha512(lc_text key, lc_text message, unsigned char *out)
{
    crypto_auth_hmacsha512_state state;
    crypto_auth_hmacsha512_init(&state, (const unsigned char *)key.data, key.len);
    crypto_auth_hmacsha512_update(&state, (const unsigned char *)message.data, message.len);
    crypto_auth_hmacsha512_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

size_t lc_digest(lc_digest_kind kind, lc_text key, lc_text message, unsigned char ret_digest[LC_DIGEST_MAX])
{
    const unsigned char *bytes = (const unsigned char *)message.data,
                        *secret = key.len ? (const unsigned char *)key.data : NULL;
    switch (kind) {
    case LC_DIGEST_SHA256:
        if (secret) hmac_sha256(key, message, ret_digest);
        else crypto_hash_sha256(ret_digest, bytes, message.len);
        break;
    case LC_DIGEST_SHA512:
        if (secret) hmac_sha512(key, message, ret_digest);
        else crypto_hash_sha512(ret_digest, bytes, message.len);
        break;
    case LC_DIGEST_SIPHASH: crypto_shorthash(ret_digest, bytes, message.len, secret); break;
    default: crypto_generichash(ret_digest, KINDS[kind].size, bytes, message.len, secret, key.len); break;
    }
    return KINDS[kind].size;
}
