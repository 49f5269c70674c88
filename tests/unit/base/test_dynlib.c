/* Libraries that are loaded when they are needed. */
#include "base/dynlib.h"

#include <stddef.h>
#include <string.h>

#include "check.h"

typedef struct {
    double (*cosine)(double);
} maths;

static const lc_dynlib_symbol SYMBOLS[] = {{"cos", offsetof(maths, cosine)}, {NULL, 0}};
static const lc_dynlib_symbol STRANGE[] = {{"no_such_function", offsetof(maths, cosine)}, {NULL, 0}};

TEST(fills_the_functions_of_a_library)
{
    const lc_dynlib_spec spec = {"libm.so.6", "libc6", "A test", SYMBOLS};
    maths functions = {0};
    void *library = NULL;
    CHECK(!lc_dynlib_open(&spec, &functions, &library));
    CHECK(functions.cosine && functions.cosine(0.0) == 1.0);
    lc_dynlib_close(library);
    lc_dynlib_close(NULL);
}

static void refused(const lc_dynlib_spec *spec, const char *part)
{
    maths functions = {0};
    void *library = NULL;
    lc_autoptr(lc_error) error = lc_dynlib_open(spec, &functions, &library);
    CHECK(error && strstr(lc_error_message(error), part));
    CHECK(!library);
}

TEST(says_what_is_missing_and_who_has_it)
{
    refused(&(lc_dynlib_spec){"libnowhere.so.7", "libnowhere7", "A test", SYMBOLS},
            "A test needs libnowhere.so.7, which can't be loaded");
    refused(&(lc_dynlib_spec){"libnowhere.so.7", "libnowhere7", "A test", SYMBOLS}, "Install the package libnowhere7");
    refused(&(lc_dynlib_spec){"libm.so.6", "libc6", "A test", STRANGE}, "libm.so.6 has no function no_such_function");
}

int main(void)
{
    RUN(fills_the_functions_of_a_library);
    RUN(says_what_is_missing_and_who_has_it);
    return check_report();
}
