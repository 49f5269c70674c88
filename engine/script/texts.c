#include "script/texts.h"

#include "script/internal.h"

lc_text lc_embedded_text(const char *name)
{
    const lc_embedded *file = lc_embedded_files;
    while (file->name && strcmp(file->name, name)) file++;
    return (lc_text){file->text, file->name ? *file->len : 0};
}
