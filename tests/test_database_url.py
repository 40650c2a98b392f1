import pytest

from test_project.database import parse_database_url


def test_server_with_account_and_port() -> None:
    database = parse_database_url("postgresql://ann:p%40ss@db.example.com:5433/shop")
    assert database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db.example.com",
        "PORT": "5433",
    }


def test_mysql_stores_all_of_unicode() -> None:
    database = parse_database_url("mysql://root@127.0.0.1/shop")
    assert database["ENGINE"] == "django.db.backends.mysql"
    assert database["OPTIONS"] == {"charset": "utf8mb4"}


def test_sqlite_file_keeps_its_absolute_path() -> None:
    assert parse_database_url("sqlite:////srv/site/db.sqlite3")["NAME"] == "/srv/site/db.sqlite3"


def test_other_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'oracle'"):
        parse_database_url("oracle://db.example.com/shop")
