/* .properties: any bytes are parsed or refused with a line; texts are NUL-terminated. */
#include <stdlib.h>
#include "java/properties.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    lc_auto(lc_properties) properties = {0};
    lc_error_free(lc_properties_parse((lc_text){(const char *)data, size}, "fuzz", &properties));
    for (size_t i = 0; i < properties.count; i++) {
        const lc_property *item = &properties.items[i];
        if (item->key.data[item->key.len] || item->value.data[item->value.len] || item->line < 1) abort();
    }
    return 0;
}
