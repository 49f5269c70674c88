#include "convert/field_path.h"

#include <string.h>

lc_error *lc_error_in_field(lc_error *error, const char *name)
{
    static const char mark[] = " (field ";
    if (!error || !lc_error_has_message(error)) return error;
    lc_autoptr(lc_error) inner = error;
    const char *message = lc_error_message(inner), *path = NULL;
    size_t len = strlen(message);
    for (const char *p = strstr(message, mark); p; p = strstr(p + 1, mark)) path = p;
    if (path && message[len - 1] != ')') path = NULL;
    int head = (int)(path ? (size_t)(path - message) : len);
    const char *rest = path ? path + sizeof mark - 1 : ")";
    lc_code code = lc_error_code(inner);
    const lc_error *cause = lc_error_cause(inner);
    const char *dot = path ? "." : "";
    if (!cause) return lc_fail(code, "%.*s%s%s%s%s", head, message, mark, name, dot, rest);
    return lc_wrap(lc_error_copy(cause), code, "%.*s%s%s%s%s", head, message, mark, name, dot, rest);
}
