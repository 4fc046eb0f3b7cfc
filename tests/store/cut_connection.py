"""A relay between a client and PostgreSQL that ends the connection around a COMMIT, as a failing network does."""

import contextlib
import socket
import threading


class Relay:
    """cut: "before" ends the connection instead of passing the next COMMIT on, "after" instead of passing the reply back."""

    def __init__(self, port):
        self._target = port
        self.cut = None
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = socket.create_connection(("127.0.0.1", self._target))
        is_cut, is_answered = threading.Event(), threading.Event()
        threading.Thread(
            target=self._pass_back, args=(server, client, is_cut, is_answered), daemon=True
        ).start()
        with contextlib.suppress(OSError), client, server:
            while data := client.recv(65536):
                if self.cut and b"COMMIT" in data:
                    cut, self.cut = self.cut, None
                    self.cuts += 1
                    is_cut.set()
                    if cut == "after":
                        server.sendall(data)
                        is_answered.wait(30)
                    for each in (client, server):
                        each.shutdown(socket.SHUT_RDWR)
                    return
                server.sendall(data)

    @staticmethod
    def _pass_back(server, client, is_cut, is_answered):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if is_cut.is_set():
                    is_answered.set()
                    return
                client.sendall(data)
