#include "secure/sign.h"

#include <sodium.h>

void lc_sign(lc_text key, lc_text message, unsigned char ret_signature[LC_SIGNATURE_SIZE])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.data, key.len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)message.data, message.len);
    crypto_auth_hmacsha256_final(&state, ret_signature);
    sodium_memzero(&state, sizeof state);
}

bool lc_signature_fits(lc_text key, lc_text message, lc_text signature)
{
    unsigned char expected[LC_SIGNATURE_SIZE];
    lc_sign(key, message, expected);
    return signature.len == sizeof expected && !sodium_memcmp(expected, signature.data, sizeof expected);
}

void lc_sha256(lc_text text, char ret_digits[LC_SHA256_TEXT])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)(text.data ? text.data : ""), text.len);
    sodium_bin2hex(ret_digits, LC_SHA256_TEXT, hash, sizeof hash);
}
