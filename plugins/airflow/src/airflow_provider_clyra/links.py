"""Buttons on a task's page: the run, and the change with its evidence."""

from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator, BaseOperatorLink, XCom


class _Link(BaseOperatorLink):
    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        """The address the task left, or nothing."""
        return XCom.get_value(key=self.xcom_key, ti_key=ti_key) or ""


class ClyraChangeLink(_Link):
    """The change: what it is, who decided, and its evidence once it is sealed."""

    name = "Clyra change"
    xcom_key = "change_url"


class ClyraRunLink(_Link):
    """The run, as operators of Clyra see it."""

    name = "Clyra run"
    xcom_key = "run_url"


LINKS = (ClyraRunLink(), ClyraChangeLink())


def push_links(ti: Any, view: Any) -> None:
    """Makes the buttons work from now on, while people decide too."""
    ti.xcom_push(key=ClyraChangeLink.xcom_key, value=view["links"]["page"])
    ti.xcom_push(key=ClyraRunLink.xcom_key, value=view["links"]["temporal"] or "")
