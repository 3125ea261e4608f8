"""Buttons on a task's page: the run, and the change with its evidence."""

from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator, BaseOperatorLink, XCom


def push_links(ti: Any, view: Any) -> None:
    """Makes the buttons work from now on, while people decide too."""
    ti.xcom_push(key=ClyraChangeLink.key, value=view["links"].get("page") or view["links"]["self"])
    ti.xcom_push(key=ClyraRunLink.key, value=view["links"]["temporal"] or "")


class _Link(BaseOperatorLink):
    key = ""

    @property
    def xcom_key(self) -> str:
        """Where the task leaves the address."""
        return self.key

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        """The address the task left, or nothing."""
        return XCom.get_value(key=self.key, ti_key=ti_key) or ""


class ClyraChangeLink(_Link):
    """The change: what it is, who decided, and its evidence once it is sealed."""

    name = "Clyra change"
    key = "change_url"


class ClyraRunLink(_Link):
    """The run, as operators of Clyra see it."""

    name = "Clyra run"
    key = "run_url"
