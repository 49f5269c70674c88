/* luaconnect seal: secrets for configurations that only workers with the key file can read. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "api/cli.h"
#include "base/file.h"
#include "secure/seal.h"
#include "secure/secret.h"

enum { LARGEST_FILE = 64 * 1024, LONGEST_SECRET = 64 * 1024 };
static const char public_prefix[] = "lcpk1:", opening[] = "${sealed:";

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "luaconnect: %s: %s\n", what, why);
    return LC_EXIT_CONFIG;
}

static int fail_with(const char *what, lc_error *error)
{
    int status = fail(what, lc_error_message(error));
    lc_error_free(error);
    return status;
}

/* A new key before those that the file has already. */
static int add_key(const char *path)
{
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_seal_keys) keys = NULL;
    struct stat about;
    char public[LC_PUBLIC_KEY_SIZE];
    lc_seal_key_make(&text);
    lc_error *error = stat(path, &about) ? NULL : lc_file_read(path, LARGEST_FILE, &text);
    if (error) return fail_with(path, error);
    bool ok = lc_cli_replace_file(path, text.data, text.len);
    int problem = errno;
    lc_secret_wipe(text.data, text.len);
    if (!ok) return fail(path, strerror(problem));
    error = lc_seal_keys_read(path, &keys);
    if (error) return fail_with(path, error);
    lc_seal_keys_public(keys, public);
    puts(public);
    return 0;
}

/* The public key that is given, or the newest one of a key file. */
static lc_error *public_key(const char *given, char ret_public[LC_PUBLIC_KEY_SIZE])
{
    lc_autoptr(lc_seal_keys) keys = NULL;
    if (!strncmp(given, public_prefix, strlen(public_prefix))) {
        snprintf(ret_public, LC_PUBLIC_KEY_SIZE, "%s", given);
        return NULL;
    }
    LC_TRY(lc_seal_keys_read(given, &keys));
    lc_seal_keys_public(keys, ret_public);
    return NULL;
}

static int seal_one(const char *public)
{
    static char secret[LONGEST_SECRET];
    lc_auto(lc_buf) sealed = {0};
    if (!lc_cli_read_secret("Secret: ", secret, sizeof secret)) return fail("seal", "no secret was given");
    lc_error *error = lc_seal(public, lc_text_of(secret), &sealed);
    lc_secret_wipe(secret, sizeof secret);
    if (error) return fail_with("seal", error);
    printf("%s%s}\n", opening, sealed.data);
    return 0;
}

/* One line with every ${sealed:…} sealed anew. */
static lc_error *renew_line(const lc_seal_keys *keys, const char *public, lc_text line, lc_buf *out)
{
    for (;;) {
        const char *found = line.len ? memmem(line.data, line.len, opening, strlen(opening)) : NULL;
        size_t before = found ? (size_t)(found - line.data) + strlen(opening) : line.len;
        lc_buf_add(out, line.data, before);
        line = (lc_text){line.data + before, line.len - before};
        const char *end = found ? memchr(line.data, '}', line.len) : NULL;
        if (!end) return lc_buf_add(out, line.data, found ? line.len : 0), NULL;
        lc_auto(lc_buf) secret = {0};
        lc_text sealed = {line.data, (size_t)(end - line.data)};
        LC_TRY(lc_unseal(keys, sealed, &secret));
        lc_error *error = lc_seal(public, (lc_text){secret.data, secret.len}, out);
        lc_secret_wipe(secret.data, secret.len);
        LC_TRY(error);
        line = (lc_text){end, line.len - sealed.len};
    }
}

static int renew(const char *path)
{
    lc_autoptr(lc_seal_keys) keys = NULL;
    lc_auto(lc_buf) out = {0};
    static char line[LONGEST_SECRET];
    char public[LC_PUBLIC_KEY_SIZE];
    lc_error *error = lc_seal_keys_read(path, &keys);
    if (!error) lc_seal_keys_public(keys, public);
    while (!error && fgets(line, sizeof line, stdin))
        error = renew_line(keys, public, lc_text_of(line), &out);
    if (error) return fail_with(path, error);
    if (out.len) fwrite(out.data, 1, out.len, stdout);
    return 0;
}

int lc_cmd_seal(int argc, char **argv)
{
    char public[LC_PUBLIC_KEY_SIZE];
    bool is_new = argc == 2 && !strcmp(argv[0], "--new-key"),
         has_key = argc >= 2 && !strcmp(argv[0], "--key");
    if (is_new) return add_key(argv[1]);
    if (has_key && argc == 3 && !strcmp(argv[2], "--renew")) return renew(argv[1]);
    if (!has_key || argc != 2)
        return lc_cli_usage_error("seal needs --new-key FILE, or --key with a key file or a public key", "");
    lc_error *error = public_key(argv[1], public);
    return error ? fail_with(argv[1], error) : seal_one(public);
}
