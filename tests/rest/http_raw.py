"""HTTP by hand: requests that no client library would send."""
import re
import socket
import ssl


def exchange(address, request, timeout=20, tls=None):
    """Sends bytes, reads until the server closes or one answer is complete; b"" when it says nothing."""
    with socket.create_connection(address, timeout=timeout) as plain:
        peer = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
        got = b""
        try:
            peer.sendall(request)
            while not complete(got, request):
                piece = peer.recv(65536)
                if not piece:
                    break
                got += piece
        except (ConnectionError, ssl.SSLError):
            pass
        return got


def complete(answer, request=b""):
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    if head.split(b" ")[1:2] == [b"100"]:
        return complete(body, request)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return request.startswith(b"HEAD ") or not length or len(body) >= int(length.group(1))


def status(answer):
    """The status of an answer; 0 for none."""
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(found.group(1)) if found else 0


def header(answer, name):
    found = re.search(rb"(?i)\r\n" + name.encode() + rb": *([^\r]*)", answer.partition(b"\r\n\r\n")[0] + b"\r\n")
    return found.group(1).decode() if found else None


def body(answer):
    return answer.partition(b"\r\n\r\n")[2]


def request(method, path, headers=(), content=None, host="127.0.0.1"):
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: %s" % host, *("%s: %s" % pair for pair in dict(headers).items())]
    if content is not None:
        lines.append("Content-Length: %d" % len(content))
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + (content or b"")
