# ruff: noqa: INP001 - a program, not a module
"""Does the process of this container answer?  healthy.py PORT [PATH [STATUS]]

Run every few seconds in every container, so it loads nothing that it can do without.
"""

import socket
import sys

TIMEOUT_S = 4


def main(port: str, path: str = "/healthz", status: str = "200") -> int:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=TIMEOUT_S) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode("ascii"))
        answer = connection.recv(64).split()
    return 0 if answer[1:2] == [status.encode("ascii")] else 1


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except OSError as error:
        sys.exit(f"no answer: {error}")
