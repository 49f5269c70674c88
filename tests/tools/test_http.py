"""Scripts that make HTTP requests: what they may reach, what they are told, and the fake of tests. Usage: test_http.py PROGRAM TOP"""
import gzip
import http.server
import os
import ssl
import subprocess
import sys
import threading
import time

import kit as kits

kit = kits.Kit(sys.argv[1])
connections = set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.split("?")[0]
        connections.add(self.client_address)
        if path == "/slow":
            time.sleep(1.5)
        if path == "/packed":
            return self.reply(200, gzip.compress(b"x" * 5000), Content_Encoding="gzip")
        if path == "/large":
            return self.reply(200, gzip.compress(b"x" * 3000000), Content_Encoding="gzip")
        if path == "/cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
            self.close_connection = True
            return None
        if path.startswith("/to/"):
            return self.reply(302, Location={"other": other + "/echo", "same": "/echo", "loop": "/to/loop", "file": "file:///etc/passwd"}[path[4:]])
        if path == "/keep307":
            return self.reply(307, Location="/echo")
        said = "%s %s %s %s" % (self.command, self.path, body.decode(), self.headers.get("Authorization"))
        return self.reply(200, said.encode(), X_One="1", x_Two="2")

    do_POST = do_PUT = do_HEAD = do_DELETE = do_GET


def serve(tls=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # clients that hang up are part of the test
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:%d" % server.server_port


here, other = serve(), serve()
SOURCE = """local lc = require "lc"
local source = lc.source { needs = { "http" } }
local function ask(task)
  local url = "%s"
  %s
end
function source.poll(task, out)
  if task.done then return lc.done() end
  task.done = true
  out:add("t", nil, { a = 1 }, nil).value = ask(task)
end
return source
"""
TELL = """local a, p = task.cap.http:request(%s)
  return a and a.status .. " " .. a.body or p.kind"""


def run(code, granted=True, timeout=30):
    script = kit.write("asks.lua", SOURCE % (here, code))
    grants = "script.grants=host:%s\n" % here[7:] if granted else "name=x\n"
    return kit.run("try", script, "--config", kit.write("asks.properties", grants), timeout=timeout)


def tells(request, expected, granted=True):
    done = run(TELL % request, granted)
    kit.expect(expected in done.stdout + done.stderr, "%s: not %r" % (request, expected), done)
    return done


def test_answers():
    tells("{ url = url .. '/echo?a=b' }", '"200 GET /echo?a=b  None"')
    tells("{ url = url .. '/echo', body = 'hi', headers = { Authorization = 'T' } }", '"200 POST /echo hi T"')
    tells("{ url = url .. '/echo', method = 'put', body = '' }", '"200 PUT /echo  None"')
    tells("{ url = url, method = 'HEAD' }", '"200 "')
    done = run("local a = task.cap.http:request { url = url .. '/packed' } return #a.body")
    kit.expect("5000" in done.stdout, "packed", done)
    done = run("local h = task.cap.http:request { url = url }.headers return h['X-ONE'] .. h['x-two']")
    kit.expect('"12"' in done.stdout, "headers", done)


def test_problems():
    tells("{ url = url .. '/slow', timeout_ms = 300 }", '"timeout"')
    tells("{ url = url .. '/large', max_bytes = 1000000 }", '"size"')
    tells("{ url = url .. '/cut' }", '"closed"')
    tells("{ url = 'https' .. url:sub(5) }", '"tls"')


def test_memory_is_bounded():
    code = """local list = {}
  for i = 1, 40 do list[i] = { url = url .. '/large' } end
  local answers, problems = task.cap.http:request_all(list)
  local n = 0
  for i = 1, 40 do n = n + (problems[i] and problems[i].kind == 'size' and 1 or 0) end
  return n > 0 and n < 40"""
    done = run(code)
    kit.expect("true" in done.stdout, "answers beyond script.memory.bytes", done)


def test_waiting_is_not_the_scripts_time():
    done = run(TELL % "{ url = url .. '/slow' }")
    kit.expect('"200 GET /slow' in done.stdout, "slower than script.timeout.ms", done)


def make_certificate(name, host):
    """A certificate that signs itself, for one host; the files of it and its key."""
    files = [os.path.join(kit.folder, name + end) for end in (".pem", ".key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-addext",
                    "subjectAltName=" + host, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


def test_certificates():
    mine, client, wrong = make_certificate("mine", "IP:127.0.0.1"), make_certificate("client", "DNS:a"), make_certificate("wrong", "DNS:b")

    def server(files, asks=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client[0])
        return serve(context).replace("http:", "https:")

    def ask(url, more, expected):
        script = kit.write("asks.lua", SOURCE % (url, TELL % ("{ url = url .. '/echo'%s }" % more)))
        grants = "script.grants=host:%s,%s\n" % (url[8:], ",".join(mine + client + wrong))
        done = kit.run("try", script, "--config", kit.write("asks.properties", grants))
        kit.expect(expected in done.stdout, "%s: not %r" % (more, expected), done)
        return done

    plain, asking, other_name = server(mine), server(mine, True), server(wrong)
    ask(plain, "", '"tls"')
    ask(plain, ", ca_file = '%s'" % mine[0], '"200 GET /echo')
    ask(plain, ", ca_file = '%s'" % wrong[0], '"tls"')
    ask(plain, ", insecure = true", '"200 GET /echo')
    ask(other_name, ", ca_file = '%s'" % wrong[0], '"tls"')
    identity = ", ca_file = '%s', cert_file = '%s', key_file = '%s'" % (mine[0], client[0], client[1])
    ask(asking, identity, '"200 GET /echo')
    without = ask(asking, ", ca_file = '%s'" % mine[0], "")
    kit.expect('"tls"' in without.stdout or '"closed"' in without.stdout, "without the client's certificate", without)


def test_redirects():
    tells("{ url = url .. '/to/same' }", '"200 GET /echo  None"')
    tells("{ url = url .. '/to/same', redirects = 0 }", '"302 "')
    tells("{ url = url .. '/to/same', method = 'POST', body = 'x' }", '"302 "')
    tells("{ url = url .. '/keep307', body = 'x', headers = { Authorization = 'T' } }", '"200 POST /echo x T"')
    for where in ("other", "loop", "file"):
        tells("{ url = url .. '/to/%s', headers = { Authorization = 'T' } }" % where, '"redirect"')


def test_grants():
    tells("{ url = url }", "add host:%s to the worker's setting script.grants" % here[7:], granted=False)
    tells("{ url = '%s' }" % other, "isn't granted")
    for url in ("file:///etc/passwd", "gopher://a/", "http://user@127.0.0.1/", "http://127.0.0.1:1\\\\@x/"):
        tells("{ url = '%s' }" % url, "can't be used")
    tells("{ url = url, proxy = 'http://127.0.0.1:1' }", "isn't granted")
    tells("{ url = url, ca_file = '/etc/passwd' }", "isn't granted")


def test_requests_are_checked():
    tells("{ url = url, headers = { ['a b'] = '1' } }", "header's name can't be used")
    tells("{ url = url, headers = { a = '1\\r\\nb: 2' } }", "can't hold control characters")
    tells("{ url = url, method = 'GET / HTTP/1.1' }", "the method can't be used")
    tells("{ url = url, tmeout_ms = 1 }", "did you mean 'timeout_ms'")
    tells("{ method = 'GET' }", "needs a url")
    tells("{ url = url, timeout_ms = '1' }", "must be a number")


def test_several_at_once_over_kept_connections():
    connections.clear()
    code = """local list = {}
  for i = 1, 8 do list[i] = { url = url .. '/slow' } end
  local answers = task.cap.http:request_all(list)
  for i = 1, 20 do task.cap.http:request { url = url .. '/echo' } end
  return #answers"""
    done = run(code)
    kit.expect("8" in done.stdout and done.seconds < 6, "eight at once", done)
    kit.expect(len(connections) <= 8, "connections are kept: %d" % len(connections))


FAKED = """local test = require "lc.test"
test.case("says what it got", {
  http = { { url = "%s", method = "POST", body = { n = 1 }, headers = { ["X-A"] = "b" }, answer = { status = 201, body = { id = 7 } } } },
  expect_records = { { value = "201 {\\"id\\":7}" } },
})
"""


def test_fakes():
    kit.write("faked.lua", SOURCE % ("http://api/x", TELL % "{ url = url, body = '{\"n\":1}', headers = { ['X-A'] = 'b' } }"))
    done = kit.run("test", kit.write("faked_test.lua", FAKED % "http://api/x"))
    kit.expect(done.returncode == 0, "a fake answers", done)
    done = kit.run("test", kit.write("faked_test.lua", FAKED % "http://api/y"))
    kit.expect(done.returncode != 0 and "unexpected request: POST http://api/x" in done.stdout + done.stderr, "an unexpected one", done)
    done = kit.run("test", kit.write("faked_test.lua", (FAKED % "http://api/x").replace("n = 1", "n = 2")))
    kit.expect(done.returncode != 0 and "body.n: 1 instead of 2" in done.stdout + done.stderr, "another body", done)


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
kit.finish()
