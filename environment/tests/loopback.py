"""A server on loopback that behaves, or closes the connection half-way."""

from __future__ import annotations

import http.server
import threading


class Server:
    """Serves one file; `cut` closes the connection after so many bytes of an answer, once."""

    def __init__(self, name: str = "jdk.tar.gz") -> None:
        self.body = b""
        self.cut: int | None = None
        self.ranges: list[str | None] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                server.ranges.append(wanted)
                begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
                rest = server.body[begin:]
                if wanted and not rest:
                    self.send_error(416)
                    return
                self.send_response(206 if wanted else 200)
                self.send_header("Content-Length", str(len(rest)))
                self.end_headers()
                if server.cut is not None:
                    rest, server.cut = rest[: server.cut], None
                self.wfile.write(rest)

            def log_message(self, *args: object) -> None:
                pass

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}/{name}"
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.httpd.shutdown()
        self.httpd.server_close()
