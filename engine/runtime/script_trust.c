#include "runtime/script_trust.h"

#include <string.h>

#include "base/file.h"
#include "script/script_data.h"

enum { LARGEST_SCRIPT = 1 << 20, LARGEST_SIGNATURE = 4096 };

static lc_error *judge(const lc_trusted_keys *keys, const char *path, lc_text text, lc_text signature)
{
    if (lc_trusted_keys_signed(keys, text, signature)) return NULL;
    return lc_fail(
        LC_E_SCRIPT,
        "%s: its signature is by none of script.signature.keys, or the script was changed after it was "
        "signed. Sign it with `luaconnect script sign`.",
        path);
}

lc_error *lc_trust_check(const lc_trusted_keys *keys, const char *path, lc_text text, lc_text signature)
{
    lc_auto(lc_buf) place = {0};
    lc_auto(lc_buf) stored = {0};
    if (!keys) return NULL;
    if (signature.len) return judge(keys, path, text, signature);
    lc_buf_printf(&place, "%s.sig", path);
    lc_autoptr(lc_error) missing = lc_file_read(place.data, LARGEST_SIGNATURE, &stored);
    if (missing)
        return lc_fail(
            LC_E_SCRIPT,
            "%s: it is not signed: %s. script.signature.required asks for `luaconnect script sign`.", path,
            lc_error_message(missing));
    return judge(keys, path, text, (lc_text){stored.data ? stored.data : "", stored.len});
}

static lc_error *check_data(const lc_trusted_keys *keys, const lc_script *script)
{
    lc_auto(lc_strings) names = {0};
    lc_script_data_names(script, &names);
    for (size_t i = 0; i < names.count; i++) {
        lc_auto(lc_buf) path = {0};
        lc_auto(lc_buf) content = {0};
        lc_script_data_path(script, names.items[i], &path);
        (void)lc_script_data_get(script, names.items[i], &content);
        lc_text text = {content.data ? content.data : "", content.len};
        LC_TRY(lc_trust_check(keys, path.data, text, (lc_text){0}));
    }
    return NULL;
}

lc_error *lc_trust_check_modules(const lc_trusted_keys *keys, lc_script *script)
{
    const char *path = lc_script_path(script), *slash = strrchr(path, '/');
    if (!keys) return NULL;
    for (size_t i = 0; i < lc_script_module_count(script); i++) {
        lc_auto(lc_buf) module = {0};
        lc_buf_printf(&module, "%.*s%s.lua", slash ? (int)(slash - path) + 1 : 0, path,
                      lc_script_module_at(script, i));
        LC_TRY(lc_trust_check(keys, module.data, lc_script_module_text(script, i), (lc_text){0}));
    }
    LC_TRY(check_data(keys, script));
    lc_script_close_modules(script);
    return NULL;
}

lc_error *lc_trust_read(const lc_trusted_keys *keys, const char *path, lc_script **ret_script)
{
    lc_auto(lc_buf) text = {0};
    if (!keys) return lc_script_read_file(path, false, ret_script);
    const char *slash = strrchr(path, '/'), *stem = slash ? slash + 1 : path, *dot = strrchr(stem, '.');
    lc_auto(lc_buf) name = {0};
    lc_buf_add(&name, stem, dot ? (size_t)(dot - stem) : strlen(stem));
    LC_TRY(lc_file_read(path, LARGEST_SCRIPT, &text));
    lc_text source = {text.data ? text.data : "", text.len};
    LC_TRY(lc_trust_check(keys, path, source, (lc_text){0}));
    LC_TRY(lc_script_new(name.data, path, source, false, ret_script));
    lc_error *error = lc_trust_check_modules(keys, *ret_script);
    if (error) lc_script_unref(*ret_script);
    return error;
}
