#include "base/dynlib.h"

#include <dlfcn.h>
#include <string.h>

static lc_error *fill(const lc_dynlib_spec *spec, void *library, void *functions)
{
    for (const lc_dynlib_symbol *symbol = spec->symbols; symbol->name; symbol++) {
        void *function = dlsym(library, symbol->name);
        if (!function) return lc_fail(LC_E_CONNECT, "%s has no function %s", spec->soname, symbol->name);
        memcpy((char *)functions + symbol->offset, &function, sizeof function);
    }
    return NULL;
}

lc_error *lc_dynlib_open(const lc_dynlib_spec *spec, void *functions, void **ret_library)
{
    void *library = dlopen(spec->soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return lc_fail(LC_E_CONNECT, "%s needs %s, which can't be loaded: %s. Install the package %s", spec->use,
                       spec->soname, dlerror(), spec->package);
    lc_error *error = fill(spec, library, functions);
    if (error) {
        dlclose(library);
        return error;
    }
    *ret_library = library;
    return NULL;
}

void lc_dynlib_close(void *library)
{
    if (library) dlclose(library);
}
