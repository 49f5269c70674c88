/* Sockets for scripts: TCP with or without TLS, none of whose functions waits but lc_sockets_wait.
 *
 * libcurl looks names up, connects and speaks TLS. A step that can't be done yet says LC_SOCKET_WAIT and is tried
 * again later; deadlines are the caller's, but for the one of connecting. What was received and not taken is
 * bounded, for each socket by what is asked for and for all together. One thread. Knows no Lua. */
#ifndef LC_NET_SOCKET_H
#define LC_NET_SOCKET_H

#include "net/fetch.h"

enum { LC_SOCKETS_MOST = 256 };

typedef struct lc_sockets lc_sockets; /* all of a task */
typedef struct lc_socket lc_socket;

/* Borrowed for the call. Files are PEM; NULL: not set. */
typedef struct lc_socket_spec {
    const char *host; /* a name or an address */
    int port;
    int64_t connect_ms; /* name, connection and TLS together */
    bool tls;
    bool insecure; /* the server's certificate isn't checked */
    const char *ca_file, *cert_file, *key_file, *key_password;
} lc_socket_spec;

typedef enum lc_socket_step { LC_SOCKET_DONE, LC_SOCKET_WAIT, LC_SOCKET_FAILED } lc_socket_step;

/* What a read waits for. */
typedef enum lc_socket_unit {
    LC_SOCKET_LINE, /* up to its end, which is \n or \r\n and isn't part of it */
    LC_SOCKET_SIZE, /* as many bytes as are asked for */
    LC_SOCKET_SOME, /* what there is, at most so many bytes */
} lc_socket_unit;

/* A socket to wait for. */
typedef struct lc_socket_watch {
    const lc_socket *socket;
    bool to_write;
    bool is_ready; /* set by the wait: another step is worth trying */
} lc_socket_watch;

/* Loads nothing yet. `use` as in lc_curl_open; `hosts` are patterns of lc_host_is_granted, borrowed; `most` bytes
 * may be received and not taken, by all sockets together. */
lc_sockets *lc_sockets_new(const char *use, const char *const *hosts, size_t most);
void lc_sockets_free(lc_sockets *sockets); /* with those that are open; accepts NULL */

/* LC_E_CONNECT, naming script.grants, when the host isn't granted. */
lc_error *lc_socket_check(const char *const *hosts, const lc_socket_spec *spec) LC_RESULT;
/* Begins to connect. Errors for what no attempt can overcome: as lc_socket_check, too many sockets, no libcurl. */
lc_error *lc_socket_open(lc_sockets *sockets, const lc_socket_spec *spec, lc_socket **ret_socket) LC_RESULT;
void lc_socket_close(lc_socket *socket);

/* After LC_SOCKET_FAILED a socket is of no more use than what it received before. */
lc_socket_step lc_socket_connected(lc_socket *socket);
/* `size` is how many bytes, or the most that a line may have. The text is good until the socket's next call. */
lc_socket_step lc_socket_read(lc_socket *socket, lc_socket_unit unit, size_t size, lc_text *ret_text);
/* Writes from `*at` on, which it moves; done when all of it is written. */
lc_socket_step lc_socket_write(lc_socket *socket, lc_text text, size_t *at);
lc_fetch_problem lc_socket_problem(const lc_socket *socket, const char **ret_why);

/* Until one of them may be worth a step, or so many milliseconds. */
void lc_sockets_wait(lc_sockets *sockets, lc_socket_watch *watches, size_t count, int ms);

#endif
