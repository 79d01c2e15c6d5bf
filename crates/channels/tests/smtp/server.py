"""A real mail server for the tests: aiosmtpd, which keeps what it takes in a folder of the kind "Maildir".

Arguments: port, folder, plain | starttls | tls, and for the latter two a certificate and a key.
It says "ready" and runs until its input is closed. Its one user is `office`, with the password `three blue kettles`.
Addresses that begin with `busy` are answered with "later", those that begin with `nobody` with "never".
"""

import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult


class Keeper(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("busy"):
            return "451 4.7.1 later"
        if address.startswith("nobody"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 good"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login == b"office" and data.password == b"three blue kettles"
    return AuthResult(success=right, handled=False)


def main():
    port, folder, kind = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    context = None
    if kind != "plain":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[4], sys.argv[5])

    class Server(Controller):
        def factory(self):
            return SMTP(
                self.handler,
                authenticator=authenticate,
                auth_require_tls=kind == "starttls",
                auth_required=kind != "plain",
                require_starttls=kind == "starttls",
                tls_context=context if kind == "starttls" else None,
            )

    server = Server(
        Keeper(folder), hostname="127.0.0.1", port=port, ssl_context=context if kind == "tls" else None
    )
    server.start()
    print("ready", flush=True)
    sys.stdin.read()
    server.stop()


main()
