/* luaconnect script sign|verify: signatures of scripts, NAME.lua.sig beside NAME.lua; script delete: takes one away
 * from a worker. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "api/cli.h"
#include "api/client.h"
#include "base/file.h"
#include "secure/signature.h"

enum { LARGEST_SCRIPT = 1 << 20, LARGEST_SIGNATURE = 4096 };

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

static int print_public(const char *path)
{
    lc_autoptr(lc_sign_key) key = NULL;
    char public[LC_SIGN_PUBLIC_SIZE];
    lc_error *error = lc_sign_key_read(path, &key);
    if (error) return fail_with("script sign", error);
    lc_sign_key_public(key, public);
    puts(public);
    return 0;
}

static int make_key(const char *path)
{
    struct stat about;
    lc_auto(lc_buf) line = {0};
    if (!stat(path, &about)) return fail(path, "is there already; a key is never overwritten");
    lc_sign_key_make(&line);
    if (!lc_cli_replace_file(path, line.data, line.len)) return fail(path, strerror(errno));
    return print_public(path);
}

static lc_error *write_signature(const char *path, const char *signature)
{
    FILE *file = fopen(path, "w");
    bool ok = file && fprintf(file, "%s\n", signature) > 0;
    if (file && fclose(file)) ok = false;
    return ok ? NULL : lc_fail(LC_E_IO, "%s: %s", path, strerror(errno));
}

static lc_error *sign(const lc_sign_key *key, const char *path)
{
    lc_auto(lc_buf) text = {0};
    lc_auto(lc_buf) place = {0};
    char signature[LC_SIGN_TEXT_SIZE];
    LC_TRY(lc_file_read(path, LARGEST_SCRIPT, &text));
    lc_sign_text(key, (lc_text){text.data ? text.data : "", text.len}, signature);
    lc_buf_printf(&place, "%s.sig", path);
    LC_TRY(write_signature(place.data, signature));
    printf("%s\n", place.data);
    return NULL;
}

static int sign_all(const char *key_path, int count, char **paths)
{
    lc_autoptr(lc_sign_key) key = NULL;
    lc_error *error = lc_sign_key_read(key_path, &key);
    for (int i = 0; i < count && !error; i++) error = sign(key, paths[i]);
    return error ? fail_with("script sign", error) : 0;
}

static bool verify(const lc_trusted_keys *keys, const char *path)
{
    lc_auto(lc_buf) text = {0};
    lc_auto(lc_buf) place = {0};
    lc_auto(lc_buf) signature = {0};
    lc_buf_printf(&place, "%s.sig", path);
    lc_error *error = lc_file_read(path, LARGEST_SCRIPT, &text);
    if (!error) error = lc_file_read(place.data, LARGEST_SIGNATURE, &signature);
    if (error) return (void)fail_with(path, error), false;
    if (!lc_trusted_keys_signed(keys, (lc_text){text.data, text.len},
                                (lc_text){signature.data, signature.len}))
        return (void)fail(
                   path,
                   "the signature is by none of the keys, or the script was changed after it was signed"),
               false;
    printf("%s: signed\n", path);
    return true;
}

static int verify_all(const char *list, int count, char **paths)
{
    lc_autoptr(lc_trusted_keys) keys = NULL;
    int status = 0;
    lc_error *error = lc_trusted_keys_read(list, &keys);
    if (error) return fail_with("script verify", error);
    for (int i = 0; i < count; i++)
        if (!verify(keys, paths[i])) status = LC_EXIT_CONFIG;
    return status;
}

/* "2" of a version. */
static bool is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

static int delete_script(int argc, char **argv)
{
    static const char how[] = "script delete takes connectors|transforms|predicates, NAME, and a VERSION to forget only that";
    lc_auto(lc_client) client = {0};
    lc_auto(lc_buf) path = {0};
    lc_autoptr(lc_json) left = NULL;
    int status = lc_client_open(&client, argc, argv, "");
    if (status) return status;
    const lc_strings *words = &client.words;
    bool has_version = words->count == 3;
    if ((words->count != 2 && !has_version) || (has_version && !is_number(words->items[2])))
        return lc_cli_usage_error(how, "");
    lc_buf_text(&path, "/admin/scripts");
    lc_client_add_name(&path, words->items[0]);
    lc_client_add_name(&path, words->items[1]);
    if (has_version) lc_buf_printf(&path, "/versions/%s", words->items[2]);
    status = lc_client_ask(&client, "DELETE", path.data, NULL, &left);
    if (status) return status;
    if (client.json && left) lc_client_print(&client, left);
    else if (has_version) printf("%s: version %s is forgotten\n", words->items[1], words->items[2]);
    else printf("%s: taken away; used now: %s\n", words->items[1], lc_json_string(lc_json_get(left, "left")));
    return 0;
}

int lc_cmd_script(int argc, char **argv)
{
    if (argc > 0 && !strcmp(argv[0], "delete")) return delete_script(argc - 1, argv + 1);
    bool signs = argc > 0 && !strcmp(argv[0], "sign"), verifies = argc > 0 && !strcmp(argv[0], "verify");
    if (!signs && !verifies)
        return lc_cli_usage_error("script sign, verify or delete, not ", argc ? argv[0] : "nothing");
    const char *option = argc > 2 ? argv[1] : "";
    if (signs && !strcmp(option, "--new-key") && argc == 3) return make_key(argv[2]);
    if (signs && !strcmp(option, "--public") && argc == 3) return print_public(argv[2]);
    if (signs && !strcmp(option, "--key") && argc > 3) return sign_all(argv[2], argc - 3, argv + 3);
    bool keys = !strcmp(option, "--keys") || !strcmp(option, "--key");
    if (verifies && keys && argc > 3) return verify_all(argv[2], argc - 3, argv + 3);
    return lc_cli_usage_error(signs ? "script sign takes --key FILE SCRIPT.lua ..., "
                                    : "script verify takes --keys KEYS SCRIPT.lua ..., ",
                              "see luaconnect --help");
}
