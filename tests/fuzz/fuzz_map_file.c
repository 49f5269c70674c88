/* The offset file: any bytes are refused or read; what was read is written and read back the same. */
#include <stdlib.h>
#include "java/map_file.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_rewrite(lc_arena *arena, const lc_map_entry *entries, size_t count)
{
    lc_auto(lc_buf) out = {0};
    lc_map_entry *again = NULL;
    size_t again_count = 0;
    lc_map_file_encode(entries, count, &out);
    lc_autoptr(lc_error) error =
        lc_map_file_decode(arena, (lc_text){out.data, out.len}, &again, &again_count);
    if (error || again_count != count) abort();
    for (size_t i = 0; i < count; i++)
        if (!lc_text_eq(entries[i].key, again[i].key) || !lc_text_eq(entries[i].value, again[i].value))
            abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    lc_auto(lc_arena) arena = {0};
    lc_map_entry *entries = NULL;
    size_t count = 0;
    lc_autoptr(lc_error) error =
        lc_map_file_decode(&arena, (lc_text){(const char *)data, size}, &entries, &count);
    if (!error) check_rewrite(&arena, entries, count);
    return 0;
}
