#include "secure/secret.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "secure/random.h"

struct lc_secret {
    size_t len;
    char *bytes; /* of sodium_malloc */
};

static lc_secret *make(size_t len)
{
    if (sodium_init() < 0) abort();
    lc_secret *secret = lc_alloc(sizeof *secret);
    secret->len = len;
    secret->bytes = sodium_malloc(len + 1);
    if (!secret->bytes) abort();
    secret->bytes[len] = '\0';
    return secret;
}

static lc_secret *seal(lc_secret *secret)
{
    sodium_mprotect_readonly(secret->bytes);
    return secret;
}

lc_secret *lc_secret_new(const void *bytes, size_t len)
{
    lc_secret *secret = make(len);
    if (len) memcpy(secret->bytes, bytes, len);
    return seal(secret);
}

lc_secret *lc_secret_new_random(size_t len)
{
    lc_secret *secret = make(len);
    lc_random_bytes(secret->bytes, len);
    return seal(secret);
}

void lc_secret_free(lc_secret *secret)
{
    if (!secret) return;
    sodium_free(secret->bytes);
    free(secret);
}

const void *lc_secret_bytes(const lc_secret *secret)
{
    return secret->bytes;
}

size_t lc_secret_len(const lc_secret *secret)
{
    return secret->len;
}

void lc_secret_wipe(void *bytes, size_t len)
{
    sodium_memzero(bytes, len);
}

bool lc_secret_same(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

static bool is_in(lc_text word, const char *const *words)
{
    for (; *words; words++)
        if (lc_text_eq_nocase(word, lc_text_of(*words))) return true;
    return false;
}

/* The last word of the text, of letters and digits; the text is cut before it. */
static lc_text last_word(lc_text *text)
{
    size_t end = text->len;
    while (end && !isalnum((unsigned char)text->data[end - 1])) end--;
    size_t start = end;
    while (start && isalnum((unsigned char)text->data[start - 1])) start--;
    text->len = start;
    return (lc_text){text->data + start, end - start};
}

static bool ends_with_nocase(const char *text, const char *tail)
{
    size_t len = strlen(text), tail_len = strlen(tail);
    return len >= tail_len && !strcasecmp(text + len - tail_len, tail);
}

bool lc_secret_key_name(const char *key)
{
    static const char *const secrets[] = {"password",  "passwd",    "passphrase", "pwd",         "secret",
                                          "secrets",   "token",     "credential", "credentials", "apikey",
                                          "accesskey", "secretkey", NULL};
    static const char *const key_kinds[] = {"access", "private", "api",  "secret",   "encryption", "account",
                                            "master", "signing", "auth", "keystore", "customer",   NULL};
    static const char *const tails[] = {"jaas.config", "password", "auth.user.info"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        if (ends_with_nocase(key, tails[i])) return true;
    lc_text rest = lc_text_of(key);
    lc_text last = last_word(&rest);
    if (is_in(last, secrets)) return true;
    bool is_key = lc_text_eq_nocase(last, LC_TEXT("key"));
    if (!is_key && !lc_text_eq_nocase(last, LC_TEXT("json"))) return false;
    return is_in(last_word(&rest), is_key ? key_kinds : secrets);
}

/* Nothing but one reference: it names where the secret is and doesn't hold it. */
static bool is_reference(const char *value)
{
    size_t len = strlen(value);
    return len > 3 && !strncmp(value, "${", 2) && strchr(value, '}') == value + len - 1 && strchr(value, ':');
}

lc_props *lc_secret_mask(const lc_props *props, const lc_config_def *def)
{
    lc_props *masked = lc_props_copy(props);
    for (size_t i = 0; i < lc_props_count(props); i++) {
        const char *key = lc_props_key_at(props, i), *value = lc_props_value_at(props, i);
        const lc_config_key *known = def ? lc_config_def_find(def, key) : NULL;
        bool secret = lc_secret_key_name(key) || (known && known->type == LC_CONFIG_PASSWORD);
        if (secret && value && *value && !is_reference(value)) lc_props_set(masked, key, LC_HIDDEN);
    }
    return masked;
}
