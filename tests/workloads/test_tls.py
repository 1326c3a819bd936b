"""Downloads over TLS: whom the clients trust, what is said of a certificate that they cannot, and what is left."""

import asyncio
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import trustme
from pytest_httpserver import HTTPServer

import patterns
from harness.custom.validate import try_own
from harness.servers.server import LocalServer, RemoteServer, ServerError, ask
from tests.support.processes import open_files_of
from tests.support.servers import running
from workloads import certificates, registry
from workloads.contract import TaskFailed, made_ready
from workloads.download import Download, equal_requests
from workloads.memory_file import memory_file
from workloads.network import PLAIN, TLS, Address
from workloads.server import body_of

LINUX = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system tells of no open files in /proc")


def test_both_addresses_answer_alike_and_count_together(fresh_server: LocalServer) -> None:
    plain, secure = fresh_server.address(PLAIN), fresh_server.address(TLS)
    assert plain == Address(fresh_server.url)
    assert secure.url.startswith("https://127.0.0.1:")
    with memory_file(secure.authority) as verify:
        for address in (plain, secure):
            assert requests.get(f"{address.url}/bytes/1000", verify=verify, timeout=10).content == body_of(1000)
    assert fresh_server.stats().requests == 2


@pytest.mark.parametrize("pattern", ["sequential", "asyncio"])
@pytest.mark.parametrize("workload", ["connections-kept-tls", "connections-new-tls"])
def test_a_client_that_is_not_told_whom_to_trust_fails(pattern: str, workload: str, local_server: LocalServer) -> None:
    untold = made_ready(registry.get(workload), 1, lambda network: Address(local_server.address(network).url))
    refusal = r"task 0: GET https://.*(CERTIFICATE_VERIFY_FAILED|ClientConnectorCertificate)"
    with pytest.raises(TaskFailed, match=refusal), patterns.get(pattern).start(untold, 1) as run:
        run(untold.tasks)


def test_a_bundle_in_the_environment_does_not_take_the_place_of_the_authority(
    local_server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(variable, str(other))
    for name in ("connections-kept-tls", "connections-new-tls"):
        work = made_ready(registry.get(name), 1, local_server.address)
        for pattern in ("sequential", "asyncio"):
            with patterns.get(pattern).start(work, 1) as run:
                work.check(run(work.tasks))


def test_ones_own_workload_may_ask_for_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from workloads.download import Download, equal_requests\n"
        "from workloads.network import TLS\n"
        "class Mine(Download):\n"
        "    def perform(self, client, task):\n"
        "        assert self.server_url.startswith('https://')\n"
        "        return super().perform(client, task)\n"
        "WORKLOADS = [Mine('mine', equal_requests(2, size=10, latency_ms=0), network=TLS)]\n"
    )
    assert try_own(file, 20.0, server_url=None).tried == 2


class TestSaysOfACertificate:
    """One sentence each, with the remedy, when the address is asked at the start."""

    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @contextmanager
    def serving(self, certificate: trustme.LeafCert) -> Iterator[str]:
        """A server with that certificate, and its address."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        with HTTPServer(host="127.0.0.1", ssl_context=context) as server:
            server.expect_request("/stats").respond_with_data("hello")
            yield server.url_for("").rstrip("/")

    def said_of(self, authority: trustme.CA, certificate: trustme.LeafCert) -> tuple[str, str]:
        """The address of a server with that certificate, and what is said of it."""
        with self.serving(certificate) as url:
            return url, self.said(lambda: ask(url, authority.cert_pem.bytes().decode()))

    def said(self, ask_it: Callable[[], object]) -> str:
        with pytest.raises(ServerError) as caught:
            ask_it()
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def test_that_it_is_signed_by_nobody_whom_this_machine_trusts(self) -> None:
        with running() as (_, url):
            secure = f"https://127.0.0.1:{ask(url).https_port}"
            said = self.said(lambda: RemoteServer(secure).address(TLS))
        assert said.startswith(
            f"the certificate of the server at {secure} is signed by nobody whom this machine trusts"
        )
        assert "give its http address" in said

    def test_that_it_has_expired(self, authority: trustme.CA) -> None:
        past = authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC))
        url, said = self.said_of(authority, past)
        assert f"the certificate of the server at {url} is not valid now (certificate has expired)" in said

    @pytest.mark.parametrize("name", ["fox.example", "192.0.2.7"])
    def test_that_it_is_another_hosts(self, authority: trustme.CA, name: str) -> None:
        url, said = self.said_of(authority, authority.issue_cert(name))
        assert f"the certificate of the server at {url} is not for 127.0.0.1: start the server with `--name" in said

    def test_nothing_where_it_is_right_and_then_looks_at_the_answer(self, authority: trustme.CA) -> None:
        _, said = self.said_of(authority, authority.issue_cert("127.0.0.1"))
        assert "is not this version of this suite's" in said

    def test_nothing_where_this_machine_trusts_its_authority(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with running() as (process, url):
            stats = ask(url)
            file = tmp_path / "authority.pem"
            file.write_text(stats.authority)
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
            server = RemoteServer(f"https://127.0.0.1:{stats.https_port}")
            assert server.address(TLS) == Address(server.url, stats.authority)
            assert server.address(PLAIN) == Address(url)
            assert server.pids() == (process.pid,)


class TestTheCertificate:
    def test_of_a_server_for_other_machines_is_for_all_its_names(self) -> None:
        names = certificates.names_of("::")
        assert {"localhost", "127.0.0.1", "::1"} < {*names}
        assert "::" not in names
        assert all("%" not in name for name in names)
        assert certificates.names_of("127.0.0.1") == ["localhost", "127.0.0.1", "::1"]
        certificates.issue(names)  # which refuses what cannot be a name

    @pytest.mark.parametrize("name", ["", "a b", "-a.example", "a..example", "x" * 64, "http://fox", "::", "é"])
    def test_is_not_issued_for_what_is_not_a_host(self, name: str) -> None:
        assert not certificates.can_be_named(name)

    def test_is_for_a_further_name_that_is_given(self) -> None:
        async def asked(stats: tuple[int, str]) -> None:
            trusting = ssl.create_default_context(cadata=stats[1])
            _, writer = await asyncio.open_connection(
                "127.0.0.1", stats[0], ssl=trusting, server_hostname="fox.example"
            )
            writer.close()

        with running("--name", "fox.example") as (_, url):
            stats = ask(url)
            asyncio.run(asked((stats.https_port, stats.authority)))


@LINUX
def test_nothing_of_it_is_on_the_disk_nor_held_open_while_it_serves(tmp_path: Path) -> None:
    before = {*tmp_path.rglob("*")}
    with running(TMPDIR=str(tmp_path)) as (process, url):
        assert ask(url).authority.startswith("-----BEGIN CERTIFICATE-----")
        assert not [name for name in open_files_of(process.pid) if "three-patterns" in name or name.endswith(".pem")]
        process.kill()
        process.wait()
    assert {*tmp_path.rglob("*")} == before


@LINUX
def test_a_file_in_memory_is_readable_as_long_as_it_is_entered() -> None:
    with memory_file("one\n") as one, memory_file("two\n") as two:
        assert [Path(path).read_text() for path in (one, two, one)] == ["one\n", "two\n", "one\n"]
    assert not Path(one).exists()


def test_a_file_is_in_a_folder_that_goes_where_there_is_none_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with memory_file("one\n") as path:
        assert Path(path).read_text() == "one\n"
        assert tmp_path in Path(path).parents
    assert [*tmp_path.iterdir()] == []


def test_the_authority_is_not_in_what_is_shown_of_a_workload(local_server: LocalServer) -> None:
    work = Download("probe", equal_requests(1, 1, 0), network=TLS)
    assert "BEGIN" not in repr(work.at(*local_server.address(TLS)))
    assert "PRIVATE" not in repr(certificates.issue(["localhost"]))
