#include "io/file_whole.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static int entries(const char *folder)
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

TEST(whole_files)
{
    char folder[] = "/tmp/lc_whole_XXXXXX", path[64];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/a", folder);
    lc_auto(lc_buf) text = {0};
    bool there = true;
    CHECK(!lc_file_whole_read(path, 100, &text, &there));
    CHECK(!there);
    CHECK(!lc_file_whole_create(path, LC_TEXT("one"), &there));
    CHECK(there);
    CHECK(!lc_file_whole_create(path, LC_TEXT("two"), &there));
    CHECK(!there);
    CHECK(!lc_file_whole_read(path, 100, &text, &there));
    CHECK(there);
    CHECK_EQ_STR(text.data, "one");
    CHECK(!lc_file_whole_replace(path, LC_TEXT("three")));
    lc_buf_reset(&text);
    CHECK(!lc_file_whole_read(path, 100, &text, &there));
    CHECK_EQ_STR(text.data, "three");
    lc_error *error = lc_file_whole_read(path, 4, &text, &there);
    CHECK_EQ_INT(lc_error_code(error), LC_E_IO);
    lc_error_free(error);
    CHECK_EQ_INT(entries(folder), 1);
    unlink(path);
    rmdir(folder);
    error = lc_file_whole_create(path, LC_TEXT("none"), &there);
    CHECK_EQ_INT(lc_error_code(error), LC_E_IO);
    CHECK(!there);
    lc_error_free(error);
}

int main(void)
{
    RUN(whole_files);
    return check_report();
}
