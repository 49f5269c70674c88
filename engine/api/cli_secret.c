#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "api/cli.h"
#include "base/buf.h"

bool lc_cli_read_secret(const char *prompt, char *text, size_t size)
{
    struct termios before, quiet;
    bool is_terminal = isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &before);
    if (is_terminal) {
        fputs(prompt, stderr);
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bool ok = fgets(text, (int)size, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (ok) text[strcspn(text, "\r\n")] = '\0';
    return ok;
}

bool lc_cli_replace_file(const char *path, const char *text, size_t len)
{
    lc_auto(lc_buf) fresh = {0};
    lc_buf_printf(&fresh, "%s.new", path);
    int fd = open(fresh.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return false;
    bool ok = write(fd, text, len) == (ssize_t)len && !fsync(fd);
    ok = !close(fd) && ok && !rename(fresh.data, path);
    int problem = errno;
    if (!ok) unlink(fresh.data);
    errno = problem;
    return ok;
}
