"""The HTTP server that a session measures against: its own local process, or one that runs elsewhere."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import subprocess
from collections.abc import Sequence
from enum import IntEnum
from typing import Protocol
from urllib.parse import urlsplit

import psutil

from harness.host.environment import is_this_machine
from harness.host.processes import SUITE, module_command, module_environment
from workloads.network import Address, Network
from workloads.server import IDENTITY, ServerStats

ANSWER_SECONDS = 5.0


class ServerError(Exception):
    """The server cannot be used. The message says which, why, and what to do."""


class X509Error(IntEnum):
    """Why OpenSSL does not accept a certificate: openssl/x509_vfy.h."""

    NOT_YET_VALID = 9
    HAS_EXPIRED = 10
    HOSTNAME_MISMATCH = 62
    IP_ADDRESS_MISMATCH = 64


class OtherRoundTrip(ServerError):
    """There is a server, and it adds another round trip than is asked for."""


class Server(Protocol):
    """Something to download from, which knows how many requests it has seen."""

    kind: str  # where it runs: "local" or "remote"

    def behind(self, round_trip_ms: int) -> Server:
        """The one of its kind that adds such a round trip. Raises OtherRoundTrip when there is none."""

    def address(self, network: Network) -> Address:
        """Where it is reached over a network. Raises ServerError when it cannot be had, or not so."""

    def stats(self) -> ServerStats:
        """What it has done so far. Raises ServerError when it does not say."""

    def explain(self) -> str | None:
        """None while the server lives, or a sentence on how it ended."""

    def pids(self) -> Sequence[int]:
        """Its processes on this machine, besides those that this one has started."""
        return ()

    def stop(self) -> None:
        """End what this session has started."""


def ask(url: str, authority: str = "") -> ServerStats:
    """What the server at `url` says of itself. Raises ServerError when it is not a URL, silent, or not this suite's.

    Over https its certificate has to be signed by `authority`, in PEM, or by one that this machine trusts.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query:
        raise ServerError(f"{url!r} is not the address of a server: write it like http://127.0.0.1:8000")
    # http.client asks directly, whatever proxy the environment names.
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        trusting = ssl.create_default_context(cadata=authority or None)
        connection = http.client.HTTPSConnection(host, port or 443, timeout=ANSWER_SECONDS, context=trusting)
    else:
        connection = http.client.HTTPConnection(host, port or 80, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/stats")
        answer = json.loads(connection.getresponse().read(64 * 1024))
        if answer["server"] != IDENTITY:
            raise ValueError
        return ServerStats(**answer)
    except ssl.SSLCertVerificationError as error:
        raise ServerError(_distrust(url, host, error)) from error
    except (OSError, http.client.HTTPException) as error:
        reason = str(error) or type(error).__name__
        raise ServerError(
            f"no answer from the server at {url} ({reason}): start one there with `python -m workloads.server --port N`"
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise ServerError(
            f"the server at {url} is not this version of this suite's: "
            "start one there with `python -m workloads.server --port N`"
        ) from error
    finally:
        connection.close()


def _distrust(url: str, host: str, error: ssl.SSLCertVerificationError) -> str:
    """Why the certificate of a server is not accepted, with the remedy."""
    whose = f"the certificate of the server at {url}"
    match error.verify_code:
        case X509Error.HOSTNAME_MISMATCH | X509Error.IP_ADDRESS_MISMATCH:
            return f"{whose} is not for {host}: start the server with `--name {host}`, or use a name that it is for"
        case X509Error.NOT_YET_VALID | X509Error.HAS_EXPIRED:
            reason = error.verify_message
            return f"{whose} is not valid now ({reason}): start the server anew, or set the clock of this machine"
    return (
        f"{whose} is signed by nobody whom this machine trusts ({error.verify_message}): give its http address, over "
        "which it says whom to trust, or name a file with its authority in SSL_CERT_FILE"
    )


def _last_words(complaint: str) -> str:
    """Why a Python ended: the last line that it wrote, unless it could not even start, which it says first."""
    lines = complaint.strip().splitlines() or ["it said nothing"]
    return next((line for line in lines if line.startswith("Fatal Python error")), lines[-1])


def _reached(url: str, network: Network) -> Address:
    """Where the server that answers at `url` is reached over a network. Raises ServerError when it is not.

    For the other of http and https that is at the port that the server names.
    """
    stats, parts = ask(url), urlsplit(url)
    scheme, port = ("https", stats.https_port) if network.tls else ("http", stats.http_port)
    if scheme != parts.scheme:
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        url = f"{scheme}://{host}:{port}"
    address = Address(url, stats.authority if network.tls else "")
    ask(*address)
    return address


class LocalServer(Server):
    """A server process of this session's own, started when first needed, and again should it have died."""

    kind = "local"

    def __init__(self, round_trip_ms: int = 0) -> None:
        self._round_trip_ms = round_trip_ms
        self._further: dict[int, LocalServer] = {}  # those that add another round trip
        self._process: subprocess.Popen[str] | None = None
        self._url = ""

    def behind(self, round_trip_ms: int) -> LocalServer:
        if round_trip_ms == self._round_trip_ms:
            return self
        return self._further.setdefault(round_trip_ms, LocalServer(round_trip_ms))

    @property
    def url(self) -> str:
        """The http address, such as "http://127.0.0.1:8000", of a server that runs."""
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._start()
        return self._url

    def address(self, network: Network) -> Address:
        return _reached(self.behind(network.round_trip_ms).url, network)

    def stats(self) -> ServerStats:
        # Of the same process while it is measured: a new one would have counted nothing.
        return ask(self._url or self.url)

    def explain(self) -> str | None:
        if self._process is None:
            return None
        try:
            ask(self._url)
        except ServerError as error:
            # A killed process closes its connections before its end can be seen.
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(timeout=ANSWER_SECONDS)
                return f"the local server (process {self._process.pid}) ended with exit code {code}"
            return str(error)
        return None

    def _start(self) -> None:
        # A session of its own keeps the terminal's Ctrl-C from it: it ends when its standard input closes, which
        # the kernel sees to however this process ends.
        far = [f"--rtt={self._round_trip_ms}"] if self._round_trip_ms else []
        self._process = subprocess.Popen(
            module_command("workloads.server", ["--end-with-parent", *far]),
            cwd=SUITE,
            env=module_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = self._process.stdout.readline()
        self._url = line.rpartition(" ")[2].strip()
        if not line:
            complaint = self._process.stderr.read()
            self.stop()
            raise ServerError(f"the local server does not start: {_last_words(complaint)}")

    def stop(self) -> None:
        for server in self._further.values():
            server.stop()
        if self._process is None:
            return
        # Leaving the process closes its pipes, and with its standard input it ends.
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=ANSWER_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._process = None
        self._url = ""


class RemoteServer(Server):
    """A server that somebody else has started, here or on another machine."""

    kind = "remote"

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def behind(self, round_trip_ms: int) -> RemoteServer:
        added = self.stats().round_trip_ms
        if added == round_trip_ms:
            return self
        remedy = f"with --rtt {round_trip_ms}" if round_trip_ms else "without --rtt"
        raise OtherRoundTrip(
            f"the server at {self.url} adds a round trip of {added} ms, and the work asks for {round_trip_ms}: "
            f"start one there {remedy}"
        )

    def address(self, network: Network) -> Address:
        return _reached(self.behind(network.round_trip_ms).url, network)

    def stats(self) -> ServerStats:
        return ask(self.url)

    def explain(self) -> str | None:
        try:
            ask(self.url)
        except ServerError as error:
            return str(error)
        return None

    def pids(self) -> Sequence[int]:
        if not is_this_machine(urlsplit(self.url).hostname or ""):
            return ()
        pid = ask(self.url).pid
        with contextlib.suppress(psutil.Error):
            # Behind a forwarded port, it would be a number of another machine's.
            if "workloads.server" in psutil.Process(pid).cmdline():
                return (pid,)
        return ()

    def stop(self) -> None:
        """Leave it as it was found."""
