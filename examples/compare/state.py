"""A place for terraform's state behind HTTP (backend "http"), in memory.

Prints its address and serves until it is killed.
"""

import http.server


class State(http.server.BaseHTTPRequestHandler):
    text = b""

    def do_GET(self):
        self.answer(200 if State.text else 204, State.text)

    def do_POST(self):
        State.text = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, b"")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), State)
print(f"http://127.0.0.1:{server.server_port}/state", flush=True)
server.serve_forever()
