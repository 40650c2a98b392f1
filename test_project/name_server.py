"""A DNS server on loopback that says what it has been told, for the tests and the demonstration."""

from __future__ import annotations

import socket
import threading

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENT = "silent"


class NameServer:
    """Answers from ``records``, through an alias (CNAME) as resolvers do.

    A name without any record does not exist, unless it lies above one that has.
    ``questions`` are those that came: name and kind.
    """

    def __init__(self) -> None:
        self.questions: list[tuple[str, str]] = []
        self._records: dict[tuple[dns.name.Name, str], list[str]] = {}
        self._faults: dict[tuple[dns.name.Name, str], str] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def entry(self) -> str:
        """Its entry in PARTNER_SMTP_NAMESERVERS."""
        return "{}:{}".format(*self._socket.getsockname())

    def add(self, name: str, kind: str, *texts: str) -> None:
        self._records.setdefault((dns.name.from_text(name), kind), []).extend(texts)

    def add_service(self, service: str, domain: str, host: str, port: int, *, order: str = "0 0") -> None:
        """``order`` is priority and weight."""
        self.add(f"_{service}._tcp.{domain}", "SRV", f"{order} {port} {host}.")

    def break_down(self, name: str, kind: str, fault: str) -> None:
        """From now on there is no answer (``SILENT``), or only this code, such as ``SERVFAIL``."""
        self._faults[dns.name.from_text(name), kind] = fault

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            try:
                answer = self._answer(dns.message.from_wire(data))
            except dns.exception.DNSException:
                # Whoever sends something else gets no answer, and others still do.
                continue
            if answer is not None:
                self._socket.sendto(answer.to_wire(), peer)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        (question,) = query.question
        kind = dns.rdatatype.to_text(question.rdtype)
        self.questions.append((question.name.to_text(omit_final_dot=True), kind))
        fault = self._faults.get((question.name, kind))
        if fault == SILENT:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        name = question.name
        if alias := self._records.get((name, "CNAME")):
            answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", "CNAME", alias))
            name = dns.name.from_text(alias[0])
        texts = self._records.get((name, kind))
        if fault:
            answer.set_rcode(dns.rcode.from_text(fault))
        elif texts:
            answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", kind, texts))
        elif not any(each.is_subdomain(name) for each, _ in self._records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
