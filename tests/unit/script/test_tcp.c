/* Sockets and spawned coroutines of connectors, against small servers on this machine. Each case is the body of a
 * sink's put; the server sends lines back, but for those that name something else to do. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "script/connector_script.h"
#include "script_kit.h"

enum { BIG = 3 << 20 };

static int listener, port, tls_port;
static char host[64], any_tls[64], folder[] = "/tmp/lc_tcp_XXXXXX";
static pid_t tls_server;

static int listen_somewhere(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(!bind(fd, (struct sockaddr *)&address, sizeof address) && !listen(fd, 64));
    getsockname(fd, (struct sockaddr *)&address, &len);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void answer(int fd, const char *line)
{
    char *big = NULL;
    if (!strncmp(line, "hang", 4)) return;
    if (!strncmp(line, "close", 5)) {
        shutdown(fd, SHUT_RDWR);
        return;
    }
    if (!strncmp(line, "wait", 4)) usleep(100000);
    if (!strncmp(line, "big", 3)) {
        big = malloc(BIG + 1);
        memset(big, 'x', BIG);
        big[BIG] = '\0';
    }
    const char *text = big ? big : line;
    for (size_t at = 0, len = strlen(text); at < len;) {
        ssize_t sent = send(fd, text + at, len - at, MSG_NOSIGNAL);
        if (sent <= 0) break;
        at += (size_t)sent;
    }
    free(big);
}

static char commands[256]; /* that came as Redis's protocol has them */

static void take_command(FILE *in, int count)
{
    char line[64], word[64];
    for (int len; count-- && fgets(line, sizeof line, in) && (len = atoi(line + 1)) < (int)sizeof word;) {
        if (fread(word, 1, (size_t)len + 2, in) < (size_t)len + 2) return;
        snprintf(commands + strlen(commands), sizeof commands - strlen(commands), "%.*s%c", len, word, count ? ' ' : ';');
    }
}

static void *converse(void *arg)
{
    FILE *in = fdopen((int)(intptr_t)arg, "r");
    static const size_t room = 1 << 16;
    char *line = malloc(room);
    while (fgets(line, (int)room, in)) {
        if (*line == '*') take_command(in, atoi(line + 1));
        answer((int)(intptr_t)arg, *line == '*' ? "+OK\r\n" : line);
    }
    free(line);
    fclose(in);
    return NULL;
}

static void *serve(void *arg)
{
    (void)arg;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        pthread_t thread;
        pthread_create(&thread, NULL, converse, (void *)(intptr_t)fd);
        pthread_detach(thread);
    }
    return NULL;
}

static void start_server(void)
{
    pthread_t thread;
    listener = listen_somewhere(&port);
    snprintf(host, sizeof host, "127.0.0.1:%d", port);
    pthread_create(&thread, NULL, serve, NULL);
    pthread_detach(thread);
}

/* OpenSSL's own server, which sends lines back the other way round. */
static void start_tls_server(void)
{
    char command[1024], text[16];
    int fd = listen_somewhere(&tls_port);
    close(fd);
    snprintf(any_tls, sizeof any_tls, "*:%d", tls_port);
    CHECK(mkdtemp(folder) != NULL);
    snprintf(command, sizeof command,
             "cd %s && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj "
             "/CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null",
             folder);
    CHECK_EQ_INT(system(command), 0);
    snprintf(text, sizeof text, "%d", tls_port);
    tls_server = fork();
    if (tls_server) return;
    if (chdir(folder) || !freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(1);
    execlp("openssl", "openssl", "s_server", "-quiet", "-rev", "-accept", text, "-cert", "cert.pem", "-key",
           "key.pem", "-Verify", "1", "-CAfile", "cert.pem", (char *)NULL);
    _exit(1);
}

static void stop_tls_server(void)
{
    char command[128];
    kill(tls_server, SIGTERM);
    waitpid(tls_server, NULL, 0);
    snprintf(command, sizeof command, "rm -r %s", folder);
    CHECK_EQ_INT(system(command), 0);
}

static bool stopping;

static bool is_stopping(void *context)
{
    (void)context;
    return stopping;
}

typedef struct world {
    kit kit;
    lc_connector_script *connector;
    lc_props *settings;
    lc_grants grants;
    const char *hosts[3], *files[2];
    char dir[64];
} world;

static const char SINK[] =
    "local lc = require 'lc'\n"
    "local sink = lc.sink { needs = { %s }, config = { port = lc.config.int {}, dir = lc.config.string {} } }\n"
    "local function connect(task, more)\n"
    "  local spec = { host = '127.0.0.1', port = task.config.port, timeout_ms = 5000 }\n"
    "  for key, value in pairs(more or {}) do spec[key] = value end\n"
    "  return assert(task.cap.tcp:connect(spec))\n"
    "end\n"
    "local function ask(socket, line) assert(socket:write(line .. '\\n')) return socket:read_line() end\n"
    "local seen = {}\n"
    "function sink.start(task) %s end\n"
    "function sink.put(task, records) %s end\n"
    "return sink\n";

/* With little time, so that those who take all of it don't take long. */
static void init_kit(kit *k)
{
    *k = (kit){.types = lc_types_new()};
    lc_state_options options = {.types = k->types, .connector = "c", .timeout_ms = 500, .memory_limit = 8 << 20};
    kit_error(lc_state_new(&options, &k->state));
    lc_batch_init(&k->batch, k->types);
}

static bool reopen(world *w, lc_script *script)
{
    lc_connector_options options = {.script = script,
                                    .settings = w->settings,
                                    .grants = &w->grants,
                                    .connector = "c",
                                    .services = {.stopping = is_stopping}};
    w->connector = NULL;
    if (script) kit_error(lc_connector_script_new(w->kit.state, &options, &w->connector));
    return w->connector != NULL;
}

static bool open_world(world *w, const char *needs, const char *start, const char *put)
{
    static char text[8192];
    *w = (world){.settings = lc_props_new(), .hosts = {host, any_tls, NULL}};
    char number[16];
    init_kit(&w->kit);
    snprintf(text, sizeof text, SINK, needs, start, put);
    snprintf(number, sizeof number, "%d", strstr(needs, "tls") ? tls_port : port);
    snprintf(w->dir, sizeof w->dir, "%s/", folder);
    w->files[0] = w->dir;
    w->grants.hosts = w->hosts;
    w->grants.files = w->files;
    lc_props_set(w->settings, "port", number);
    lc_props_set(w->settings, "dir", folder);
    return reopen(w, kit_script(&w->kit, "sockets", text));
}

static void close_world(world *w)
{
    lc_connector_script_free(w->connector);
    kit_done(&w->kit);
    lc_props_free(w->settings);
}

static lc_error *put_one(world *w, int id)
{
    lc_batch_reset(&w->kit.batch);
    kit_set(&w->kit, &kit_record(&w->kit, "t")->value, "id", lc_value_int(LC_INT32, id));
    return lc_connector_script_put(w->connector, &w->kit.batch);
}

typedef struct script_case {
    const char *name, *put;
    const char *error; /* part of the message; NULL: it goes well */
    int64_t most_ms;   /* 0: eight seconds */
} script_case;

static void check_outcome(const script_case *c, lc_error *error)
{
    const char *message = error ? lc_error_message(error) : "";
    bool is_right = c->error ? error && strstr(message, c->error) : !error;
    if (is_right) return;
    fprintf(stderr, "%s: %s\n", c->name, error ? lc_error_to_text(error) : "no error");
    CHECK(is_right);
}

static void run_case(const char *needs, const script_case *c)
{
    world w;
    stopping = false;
    if (!open_world(&w, needs, "", c->put)) return;
    int64_t since = lc_monotonic_ms();
    lc_error *error = NULL;
    for (int i = 1; i <= 3 && !error; i++) error = put_one(&w, i);
    check_outcome(c, error);
    lc_error_free(error);
    kit_error(lc_connector_script_stop(w.connector));
    int64_t took = lc_monotonic_ms() - since;
    if (getenv("LC_TEST_TIMES")) fprintf(stderr, "%s: %d ms\n", c->name, (int)took);
    if (took >= (c->most_ms ? c->most_ms : 8000)) fprintf(stderr, "%s took %d ms\n", c->name, (int)took);
    CHECK(took < (c->most_ms ? c->most_ms : 8000));
    close_world(&w);
}

static const script_case SOCKETS[] = {
    {"lines", "local s = connect(task) assert(ask(s, 'one') == 'one') assert(ask(s, 'two\\r') == 'two') s:close()",
     NULL, 0},
    {"bytes",
     "local s = connect(task) s:write('abcdef\\n') assert(s:read(2) == 'ab') assert(s:read(3) == 'cde')\n"
     "assert(s:read_some() == 'f\\n') assert(s:read(0) == '') s:close()",
     NULL, 0},
    {"much",
     "local s = connect(task, { max_bytes = 3145728 }) s:write('big\\n') local text = s:read(3145728)\n"
     "assert(#text == 3145728 and text:sub(-3) == 'xxx') s:close()",
     NULL, 0},
    {"a line that is too long",
     "local s = connect(task, { max_bytes = 1000 }) s:write('big\\n') local text, why = s:read_line()\n"
     "assert(text == nil and why.kind == 'size', why) s:close()",
     NULL, 0},
    {"no answer",
     "local s = connect(task) s:write('hang\\n') local text, why = s:read_line(200)\n"
     "assert(text == nil and why.kind == 'timeout', why) s:close()",
     NULL, 0},
    {"longer than the script's own time",
     "local s = connect(task) s:write('hang\\n') assert(not s:read_line(800)) s:close()", NULL, 0},
    {"closed by the other side",
     "local s = connect(task) local text, why = ask(s, 'close') assert(text == nil and why.kind == 'closed', why)",
     NULL, 0},
    {"closed here", "local s = connect(task) s:close() local _, why = s:read_some() assert(why.kind == 'closed')",
     NULL, 0},
    {"nobody listens",
     "local s, why = task.cap.tcp:connect { host = 'localhost', port = 1 } assert(s == nil and why.kind == 'connect', why)",
     "add host:localhost:1 to the worker's setting script.grants", 0},
    {"not granted", "task.cap.tcp:connect { host = '127.0.0.2', port = task.config.port }",
     "add host:127.0.0.2:", 0},
    {"not granted, caught", "assert(not pcall(function() connect(task, { host = '127.0.0.2' }) end))", NULL, 0},
    {"no host", "connect(task, { host = '127.0.0.1:1/' })", "can't be", 0},
    {"no user", "connect(task, { host = 'a@127.0.0.1' })", "user", 0},
    {"misspelt", "connect(task, { hots = 'a' })", "did you mean 'host'", 0},
    {"a file that isn't granted", "connect(task, { tls = { ca_file = '/etc/passwd' } })", "script.grants", 0},
    {"too many sockets", "for i = 1, 300 do seen[i] = connect(task) end", "at most 256 sockets", 0},
    {"strange arguments",
     "local s = connect(task) assert(not pcall(s.read, s, -1)) assert(not pcall(s.read, s, 0/0))\n"
     "assert(not pcall(s.read, {}, 1)) assert(not pcall(s.write, s, 1)) assert(not pcall(s.read_line, s, 'x'))\n"
     "assert(not pcall(task.cap.tcp.connect, s, {})) s:close() s:close()",
     NULL, 0},
    {"closed by another coroutine",
     "local s = connect(task) local job = lc.spawn(function() local _, why = s:read_line() seen.why = why.kind end)\n"
     "lc.sleep(20) s:close() assert(job:wait(1000)) assert(seen.why == 'closed')",
     NULL, 0},
    {"two readers",
     "local s = connect(task) lc.spawn(function() s:read_line() end) lc.sleep(10) s:read_line()",
     "another coroutine reads from this socket", 0},
};

TEST(sockets)
{
    for (size_t i = 0; i < sizeof SOCKETS / sizeof *SOCKETS; i++) run_case("'tcp'", &SOCKETS[i]);
}

static const script_case JOBS[] = {
    {"many at once",
     "local jobs = {}\n"
     "for i = 1, 20 do jobs[i] = lc.spawn(function(n)\n"
     "  local s = connect(task) assert(ask(s, 'wait ' .. n) == 'wait ' .. n) s:close() seen[n] = true\n"
     "end, i) end\n"
     "for i, job in ipairs(jobs) do assert(job:wait(3000)) assert(seen[i] and job:is_done()) end seen = {}",
     NULL, 4000},
    {"others run while one waits",
     "local s, n = connect(task), 0 local tick = lc.every(10, function() n = n + 1 end)\n"
     "s:write('hang\\n') s:read_line(300) tick:cancel() s:close() assert(n >= 2 and n <= 31, n)",
     NULL, 0},
    {"a timer",
     "local at lc.timer(50, function(x) at = x end, 'late') lc.sleep(20) assert(not at) lc.sleep(80) assert(at == 'late')",
     NULL, 0},
    {"an author's own coroutines",
     "local s, order = connect(task), ''\n"
     "local other = lc.spawn(function() for i = 1, 3 do order = order .. 'o' lc.sleep(5) end end)\n"
     "local lines = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(ask(s, 'wait' .. i)) end end)\n"
     "local job = lc.spawn(function() local mine = coroutine.wrap(function() for i = 1, 2 do lc.sleep(1) coroutine.yield(i) end end)\n"
     "  assert(mine() == 1 and mine() == 2) order = order .. 'm' end)\n"
     "assert(lines() == 'wait1' and lines() == 'wait2' and lines() == 'wait3') s:close()\n"
     "assert(job:wait(1000) and other:wait(1000)) assert(#order == 4, order)",
     NULL, 0},
    {"one that yields by itself",
     "local n = 0 local job = lc.spawn(function() for i = 1, 5 do n = n + 1 coroutine.yield('x') end end)\n"
     "assert(job:wait(1000) and n == 5)",
     NULL, 0},
    {"one that somebody resumes",
     "local inside local job = lc.spawn(function() inside = coroutine.running() assert(lc.sleep(100)) seen.slept = true end)\n"
     "lc.sleep(10) for i = 1, 10 do coroutine.resume(inside) end assert(not seen.slept)\n"
     "assert(job:wait(1000) and seen.slept) seen.slept = nil",
     NULL, 0},
    {"an error", "lc.spawn(function() lc.sleep(1) local t = nil\nt.x = 1 end)\nlc.sleep(100)", "attempt to index", 0},
    {"an error that is caught elsewhere", "lc.spawn(function() error('mine') end)\npcall(lc.sleep, 100)", "mine", 0},
    {"an error at the end", "lc.spawn(function() lc.retry('again') end)", "again", 0},
    {"an error of its own socket", "lc.spawn(function() connect(task, { port = 1 }) end)", "script.grants", 0},
    {"one that loops", "lc.spawn(function() while true do end end) lc.sleep(100)", "script.timeout.ms", 0},
    {"one that loops and catches", "lc.spawn(function() while true do pcall(function() while true do end end) end end)",
     "script.timeout.ms", 0},
    {"one that fills the memory",
     "lc.spawn(function() local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end end)", "script.memory.bytes", 0},
    {"one that yields for ever", "lc.spawn(function() while true do coroutine.yield() end end) lc.sleep(3000)",
     "script.timeout.ms", 0},
    {"thousands", "for i = 1, 5000 do lc.spawn(lc.sleep, 1000000) end", "at most 1000 coroutines", 0},
    {"those that spawn", "local function f() lc.spawn(f) lc.spawn(f) lc.sleep(0) end f() lc.sleep(2000)",
     "at most 1000 coroutines", 0},
    {"many that end", "for i = 1, 3000 do lc.spawn(function() end):wait() end", NULL, 0},
    {"deep ones",
     "local function f(n) if n > 300 then return end coroutine.wrap(function() local j = lc.spawn(f, n + 1) j:wait() end)() end f(1)",
     "nest deeper", 0},
    {"waits for itself", "local job job = lc.spawn(function() job:wait() end)", "wait for itself", 0},
    {"a batch that is over",
     "local record = records[1] if record.value.id == 1 then lc.spawn(function() lc.sleep(30) seen.id = record.value.id end) end\n"
     "if record.value.id > 1 then lc.sleep(50) end",
     "batch", 0},
    {"an iterator of a batch that is over",
     "if records[1].value.id == 1 then lc.spawn(function() for _, r in ipairs(records) do lc.sleep(30) seen.id = r.value.id end end) end\n"
     "if records[1].value.id > 1 then lc.sleep(50) end",
     "batch", 0},
    {"back-off",
     "local b = lc.backoff { initial_ms = 10, max_ms = 50, jitter = 0 }\n"
     "assert(b:next() == 10 and b:next() == 20 and b:next() == 40 and b:next() == 50 and b:next() == 50)\n"
     "b:reset() assert(b:next() == 10) local j = lc.backoff { initial_ms = 1000 }\n"
     "for i = 1, 40 do local ms = j:next() assert(ms >= 500 and ms <= 60000) end assert(j:next() ~= j:next())",
     NULL, 0},
    {"back-off misspelt", "lc.backoff { intial_ms = 1 }", "did you mean 'initial_ms'", 0},
};

TEST(jobs)
{
    for (size_t i = 0; i < sizeof JOBS / sizeof *JOBS; i++) run_case("'tcp'", &JOBS[i]);
}

/* The message says where in the coroutine it was. */
TEST(errors_have_places)
{
    world w;
    stopping = false;
    if (!open_world(&w, "'tcp'", "", "local function inner() local t = nil return t.x end\n"
                                     "lc.spawn(function() inner() end)"))
        return;
    lc_error *error = put_one(&w, 1);
    CHECK(error && lc_error_where(error) && strstr(lc_error_where(error), "sockets.lua:11"));
    CHECK(error && lc_error_trace(error) && strstr(lc_error_trace(error), "sockets.lua:12"));
    lc_error_free(error);
    close_world(&w);
}

static void *stop_soon(void *arg)
{
    usleep(200000);
    stopping = true;
    return arg;
}

static const script_case ENDS[] = {
    {"a sleep", "assert(not lc.sleep(60000))", NULL, 3000},
    {"a read", "local s = connect(task) s:write('hang\\n') local _, why = s:read_line(60000) assert(why.kind == 'stopped')", NULL,
     8000},
    {"a coroutine", "local job = lc.spawn(function() seen.ends = not lc.sleep(60000) end) lc.sleep(60000) lc.sleep(0)", NULL, 3000},
    {"one that goes on", "lc.spawn(function() while true do lc.sleep(60000) end end):wait()", NULL, 3000},
};

TEST(ends_with_the_task)
{
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        world w;
        pthread_t thread;
        stopping = false;
        if (!open_world(&w, "'tcp'", "", ENDS[i].put)) return;
        pthread_create(&thread, NULL, stop_soon, NULL);
        int64_t since = lc_monotonic_ms();
        lc_error *error = put_one(&w, 1);
        check_outcome(&ENDS[i], error);
        lc_error_free(error);
        CHECK(lc_monotonic_ms() - since < ENDS[i].most_ms);
        pthread_join(thread, NULL);
        kit_error(lc_connector_script_stop(w.connector));
        close_world(&w);
    }
}

#define CONNECT_TLS "local s, why = task.cap.tls:connect { host = 'localhost', port = task.config.port, timeout_ms = 5000, "
#define PEM "cert_file = task.config.dir .. '/cert.pem', key_file = task.config.dir .. '/key.pem'"

static const script_case TLS[] = {
    {"client and server are known",
     CONNECT_TLS "tls = { ca_file = task.config.dir .. '/cert.pem', " PEM "} }\n"
                 "assert(s, why) assert(ask(s, 'abc') == 'cba') assert(ask(s, ('x'):rep(10000)) == ('x'):rep(10000)) s:close()",
     NULL, 0},
    {"the server isn't known", CONNECT_TLS "tls = { " PEM "} } assert(s == nil and why.kind == 'tls', why)", NULL, 0},
    {"it is another host",
     "local s, why = task.cap.tls:connect { host = '127.0.0.1', port = task.config.port,\n"
     "  tls = { ca_file = task.config.dir .. '/cert.pem', " PEM "} } assert(s == nil and why.kind == 'tls', why)",
     NULL, 0},
    {"nobody looks", CONNECT_TLS "tls = { insecure = true, " PEM "} } assert(s, why) assert(ask(s, 'ab') == 'ba') s:close()",
     NULL, 0},
    {"no certificate of its own",
     CONNECT_TLS "tls = { ca_file = task.config.dir .. '/cert.pem' } }\n"
                 "local line line, why = s and ask(s, 'abc') assert(line == nil) if s then s:close() end",
     NULL, 0},
    {"without TLS", CONNECT_TLS "tls = false }", "no sockets without TLS", 0},
};

/* The server takes a moment to be there. */
static void await_tls_server(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)tls_port)};
    for (int i = 0; i < 100; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        bool is_there = !connect(fd, (struct sockaddr *)&address, sizeof address);
        close(fd);
        if (is_there) return;
        usleep(50000);
    }
    CHECK(!"the TLS server is there");
}

TEST(tls)
{
    await_tls_server();
    for (size_t i = 0; i < sizeof TLS / sizeof *TLS; i++) run_case("'tls'", &TLS[i]);
}

static const char SOURCE[] =
    "local lc = require 'lc'\n"
    "local source = lc.source { needs = { 'tcp' }, config = { port = lc.config.int {} } }\n"
    "local polls = 0\n"
    "function source.start(task)\n"
    "  lc.spawn(function()\n"
    "    local s = assert(task.cap.tcp:connect { host = '127.0.0.1', port = task.config.port })\n"
    "    for i = 1, 3 do s:write('wait' .. i .. '\\n') task.line = s:read_line() lc.wake() end\n"
    "  end)\n"
    "end\n"
    "function source.poll(task, out)\n"
    "  polls = polls + 1\n"
    "  if not task.line then return lc.idle(60000) end\n"
    "  out:add('t', lc.string).value = task.line .. ' ' .. polls\n"
    "  task.line = nil\n"
    "end\n"
    "return source\n";

/* The sink of the examples, found from where this file is. */
TEST(redis)
{
    world w;
    char text[8192] = "", path[512];
    const char *tests = strstr(__FILE__, "tests/unit/");
    snprintf(path, sizeof path, "%.*sexamples/connectors/redis_sink.lua", (int)(tests - __FILE__), __FILE__);
    FILE *in = fopen(path, "r");
    CHECK(in && fread(text, 1, sizeof text - 1, in) > 0);
    if (in) fclose(in);
    stopping = false;
    if (!open_world(&w, "'tcp'", "", "")) return;
    lc_connector_script_free(w.connector);
    lc_props_set(w.settings, "host", "127.0.0.1");
    lc_props_set(w.settings, "password", "secret");
    lc_props_set(w.settings, "prefix", "p:");
    reopen(&w, kit_script(&w.kit, "redis_sink", text));
    for (int i = 0; i < 3; i++) {
        lc_record *record = kit_record(&w.kit, "t");
        kit_set(&w.kit, &record->value, "id", lc_value_int(LC_INT64, i));
        if (i) record->key = lc_value_int(LC_INT64, 100 + i);
    }
    kit_error(lc_connector_script_put(w.connector, &w.kit.batch));
    CHECK_EQ_INT(w.kit.batch.records[0].state, LC_FAILED);
    CHECK_EQ_STR(commands, "AUTH secret;SET p:101 {\"id\":1};SET p:102 {\"id\":2};");
    kit_error(lc_connector_script_stop(w.connector));
    close_world(&w);
}

/* Coroutines go on while a source has nothing, and tell when it has. */
TEST(sources_wait_for_coroutines)
{
    world w;
    stopping = false;
    if (!open_world(&w, "'tcp'", "", "")) return;
    lc_connector_script_free(w.connector);
    reopen(&w, kit_script(&w.kit, "source", SOURCE));
    kit_error(lc_connector_script_start(w.connector));
    int found = 0;
    for (int i = 0; i < 50 && found < 3; i++) {
        lc_poll_result result;
        lc_batch_reset(&w.kit.batch);
        kit_error(lc_connector_script_poll(w.connector, &w.kit.batch, 5, &result));
        found += (int)w.kit.batch.count;
        if (w.kit.batch.count && found == 2) CHECK_EQ_STR(kit_text(&w.kit.batch.records[0].value), "wait2 4");
    }
    CHECK_EQ_INT(found, 3);
    close_world(&w);
}

/* A transform that waited would hold up every record behind it. */
TEST(transforms_do_not_wait)
{
    static const char *const calls[] = {"lc.sleep(1)", "lc.spawn(print)", "lc.every(1, print)"};
    for (size_t i = 0; i < 3; i++) {
        kit k;
        char text[256];
        kit_init(&k, 0);
        snprintf(text, sizeof text,
                 "local lc = require 'lc' return lc.transform { apply = function(r) %s return r end }", calls[i]);
        kit_chain(&k, text, NULL);
        kit_record(&k, "t");
        kit_error(lc_chain_apply(k.chain, &k.batch));
        CHECK_EQ_INT(k.batch.records[0].state, LC_FAILED);
        CHECK(strstr(kit_record_error(&k.batch.records[0]), "hooks of a connector") != NULL);
        kit_done(&k);
    }
}

int main(void)
{
    start_server();
    start_tls_server();
    RUN(sockets);
    RUN(jobs);
    RUN(errors_have_places);
    RUN(ends_with_the_task);
    RUN(tls);
    RUN(sources_wait_for_coroutines);
    RUN(redis);
    RUN(transforms_do_not_wait);
    stop_tls_server();
    return check_report();
}
