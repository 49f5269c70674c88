/* Which scripts may be used at all: with script.signature.required those that one of script.signature.keys
 * signed, modules that they require included. Scripts that come with luaconnect need no signature.
 * Thread-safe. */
#ifndef LC_RUNTIME_SCRIPT_TRUST_H
#define LC_RUNTIME_SCRIPT_TRUST_H

#include "script/script.h"
#include "secure/signature.h"

/* `signature` empty: that of PATH.sig. NULL keys trust everything. LC_E_SCRIPT naming the file and the
 * reason. */
lc_error *lc_trust_check(const lc_trusted_keys *keys, const char *path, lc_text text,
                         lc_text signature) LC_RESULT;
/* What lc_script_read_file does, for a script of plugin.path, if it may be used. */
lc_error *lc_trust_read(const lc_trusted_keys *keys, const char *path, lc_script **ret_script) LC_RESULT;
/* The modules that the script required; from now on it can require no others. */
lc_error *lc_trust_check_modules(const lc_trusted_keys *keys, lc_script *script) LC_RESULT;

#endif
