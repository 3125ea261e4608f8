"""One DAG a part; the tests run these very files."""
