"""What REDIS_URL may say, and which server it means to those who count."""

import re
import ssl

import pytest
from django.core.exceptions import ImproperlyConfigured
from redis import SSLConnection

from clinic.web.shared_tally import server_at


@pytest.mark.parametrize(
    ("url", "kind", "where"),
    [
        ("redis://queue.example", "Connection", {"host": "queue.example", "port": 6379, "db": 0}),
        ("redis://u:p%40w@queue.example:1/3", "Connection", {"username": "u", "password": "p@w", "db": 3}),
        ("redis://one.example:1/0;redis://other.example", "Connection", {"host": "one.example", "port": 1}),
        ("rediss://queue.example", "SSLConnection", {"host": "queue.example", "port": 6379}),
        ("rediss://queue.example?ssl_ca_certs=/ca.pem", "SSLConnection", {"ssl_ca_certs": "/ca.pem"}),
        ("redis+socket:///run/a%20b.sock", "UnixDomainSocketConnection", {"path": "/run/a b.sock", "db": 0}),
        ("redis+socket:///run/x.sock?virtual_host=3", "UnixDomainSocketConnection", {"db": 3}),
    ],
)
def test_an_address_means_what_it_means_to_celery(url, kind, where):
    server = server_at(url)

    assert server is not None
    pool = server.connection_pool
    assert pool.connection_class.__name__ == kind
    assert where.items() <= pool.connection_kwargs.items()


@pytest.mark.parametrize(
    ("asked", "demanded"), [("", ssl.CERT_REQUIRED), ("?ssl_cert_reqs=CERT_NONE", ssl.CERT_NONE)]
)
def test_over_tls_the_server_proves_who_it_is_unless_its_address_says_otherwise(asked, demanded):
    server = server_at(f"rediss://queue.example{asked}")

    assert server is not None
    connection = server.connection_pool.make_connection()
    assert isinstance(connection, SSLConnection)
    assert connection.cert_reqs == demanded


@pytest.mark.parametrize("url", ["", "sentinel://queue.example:26379", "amqp://queue.example"])
def test_what_is_no_single_redis_counts_nothing(url):
    assert server_at(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "redis://queue.example:port/0",
        "redis://queue.example/first",
        "redis://:pass/word@queue.example",
        "rediss://queue.example?ssl_cert_reqs=perhaps",
        "rediss://queue.example?ssl_colour=red",
    ],
)
def test_an_address_that_cannot_be_meant_stops_the_start_and_is_not_repeated(url):
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL cannot be read") as refusal:
        server_at(url)

    assert refusal.value.__suppress_context__
    assert not {"pass", "queue.example", "first", "perhaps"} & set(re.findall(r"[\w.]+", str(refusal.value)))
