"""The documented API under made-up requests: schemathesis builds them from the OpenAPI document, hypothesis the rest.

Few examples and always the same ones here; for a long run with new ones: FUZZ=2000 make test T=tests/app/test_fuzz.py.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from httpx2 import InvalidURL
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from dashboard import openapi
from dashboard.question import FILTERS, HEADLINE, LISTS, METRICS, RANGES, TIMES
from dashboard.tokens import Scope
from tests import shop
from tests.staff import NOW, OWN, TODAY, World

SHOP = "shop.example"
LONG = int(os.environ.get("FUZZ", "0"))
SETTINGS = settings(
    max_examples=LONG or 12,
    phases=[*Phase] if LONG else [Phase.generate],  # a failure is shrunk in the long run, where there is time
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
PATHS = openapi.document("/")["paths"]
LABELS = [f"{method.upper()} {path}" for path, methods in PATHS.items() for method in methods]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.build(tmp_path_factory.mktemp("fuzz"))
    shop.fill(made.store, made.site(SHOP), TODAY, days=2, hours_today=14)
    made.deps.accounts.tokens.rate._cost = 0  # time stands still here, so the rate would be used up
    made.deps.accounts.tokens.wrong._cost = 0
    yield made
    made.close()


@pytest.fixture(scope="module")
def token(world: World) -> str:
    return world.deps.accounts.tokens.add(world.deps.accounts.account("anna"), 1, "fuzz", Scope.STATS, now=NOW, days=9)


def operation(world: World, label: str) -> Any:
    """One of the document's operations, on our application also where a check asks again with another token."""
    schema = schemathesis.openapi.from_dict(openapi.document("/"))
    schema.app = world.app()
    found = [each.ok() for each in schema.get_all_operations()]  # type: ignore[union-attr]  # the document is valid
    return next(each for each in found if each.label == label)


@pytest.mark.parametrize("label", LABELS)
def test_the_api_is_what_its_document_says(world: World, token: str, label: str) -> None:
    """Whatever fits the document, or nearly, is answered as the document says: never a 500, never another shape."""
    asked, headers = operation(world, label), {"Authorization": f"Bearer {token}"}
    statuses = set()

    @given(case=asked.as_strategy(), real=st.sampled_from([True, True, False]))
    @SETTINGS
    def run(case: Any, real: bool) -> None:
        if real and "domain" in (case.path_parameters or {}):
            case.path_parameters["domain"] = SHOP
        if real and isinstance(case.body, dict) and "site_id" in case.body:
            case.body["site_id"] = SHOP
        answer = case.call(base_url="http://stats.example", headers=headers)
        statuses.add(answer.status_code)
        # A question of the right shape may still ask what groups cannot answer: that 400 is tested by name elsewhere.
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])

    run()
    assert 200 in statuses or label.startswith("POST"), statuses


NAMES = st.sampled_from([*METRICS, *LISTS, *TIMES, *FILTERS, *RANGES, "", "x", "is", SHOP])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
SOUND = st.fixed_dictionaries(
    {
        "site_id": st.sampled_from([SHOP, "there-is-none.example"]),
        "metrics": st.lists(st.sampled_from(HEADLINE), min_size=1, unique=True),
        "date_range": st.sampled_from(RANGES),
    }
)
VALUES = st.lists(st.text(max_size=9), max_size=2)
QUESTIONS = st.fixed_dictionaries(
    {
        "site_id": st.just(SHOP) | JSON,
        "metrics": st.lists(st.sampled_from(METRICS), max_size=3) | JSON,
        "date_range": st.sampled_from(RANGES) | st.lists(st.dates().map(str), min_size=2, max_size=2) | JSON,
    },
    optional={
        "dimensions": st.lists(st.sampled_from([*LISTS, *TIMES]), max_size=2) | JSON,
        "filters": st.lists(st.tuples(st.just("is"), st.sampled_from(list(FILTERS)), VALUES), max_size=2) | JSON,
        "order_by": JSON,
        "include": JSON,
        "pagination": JSON,
    },
)


def test_no_question_breaks_it(world: World, token: str) -> None:
    """Any JSON at all is an answer or a refusal of one sentence, of both kinds there are some."""
    client, seen = world.stranger(), set()

    @given(question=SOUND | QUESTIONS | JSON)
    @settings(SETTINGS, max_examples=LONG or 100)
    def run(question: Any) -> None:
        body = json.dumps(question).encode()
        answer = client.post("/api/v2/query", content=body, headers={"Authorization": f"Bearer {token}"})
        seen.add(answer.status_code)
        assert answer.status_code in {200, 400, 404}, (answer.status_code, question)
        assert list(answer.json()) == (["results", "meta", "query"] if answer.status_code == 200 else ["error"])

    run()
    assert seen == {200, 400, 404}


HARD = ("'; drop table groups --", "../../etc/passwd", "%00", "\x00", "1e999", "-1")
WORDS = st.text(max_size=30) | st.sampled_from(HARD)


def test_no_address_breaks_a_screen(world: World) -> None:
    """Whatever stands in path and query, a signed-in browser gets a page or an error of ours, and never a 500."""
    anna = world.anna()
    ends = ("", "/panel/pages", "/drops")
    paths = st.sampled_from(["/", "/audit", "/accounts", *(f"/site/{SHOP}{end}" for end in ends)])
    keys = st.sampled_from(["period", "from", "to", "by", "page", "metric", "only", "lang", "before"])

    @given(path=paths | WORDS.map(lambda text: "/site/" + text), query=st.dictionaries(keys, WORDS, max_size=4))
    @settings(SETTINGS, max_examples=LONG or 40)
    def run(path: str, query: dict[str, str]) -> None:
        answer = fetch(anna, path, query)
        assert answer in {200, 303, 400, 403, 404}, (answer, path, query)

    run()


def fetch(client: TestClient, path: str, query: dict[str, str]) -> int:
    try:
        address = client.build_request("GET", path, params=query, headers={"Accept": "text/html"})
    except (ValueError, UnicodeError, InvalidURL):  # not even a client could send it
        return 400
    return client.send(address).status_code


def test_no_form_breaks_a_screen(world: World) -> None:
    """Whatever a form of an administrator holds, no screen fails, and nobody loses their role by nonsense."""
    anna = world.anna()
    actions = ["/accounts", "/accounts/bo/access", "/account/tokens", "/account/tokens/end", "/account/sessions/end"]
    world.deps.accounts.add("bo", "tre fjärdedelar", NOW, administrator=False)
    keys = st.sampled_from(["name", "site", "site-1", "site-x", "scope", "days", "id", "administrator", "password"])

    @given(action=st.sampled_from(actions), form=st.dictionaries(keys, WORDS, max_size=5))
    @settings(SETTINGS, max_examples=LONG or 40)
    def run(action: str, form: dict[str, str]) -> None:
        sent = {key: value.encode("utf-8", "replace").decode() for key, value in form.items()}
        answer = anna.post(action, data=sent, headers=OWN)
        assert answer.status_code in {200, 303, 400}, (answer.status_code, action, form)

    run()
    bo = world.deps.accounts.account("bo")
    assert not bo.administrator
    assert bo.sites == {}
