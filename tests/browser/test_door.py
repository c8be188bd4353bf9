"""The scanner page with a network: reading codes, answering, finding people, taking back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from tests.browser import door
from tests.browser.barriers import AXE
from tests.browser.camera import seeing, write_film
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_keyboard import tab_to
from tests.support.server import Server
from ticketing.extensions import db
from ticketing.models import ScannerLink
from ticketing.policy import SYSTEM
from ticketing.services import checkin

pytestmark = [pytest.mark.browser, pytest.mark.one_database]


@pytest.fixture
def doors(live_server: Server, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[door.Doors]:
    """Scanner pages of the running shop."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    with door.watched(live_server) as made:
        yield made


def test_a_typed_code_is_answered_in_colour_word_and_name(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    ada, _ = door.tickets(event, "Ada Lovelace", "Emmy Noether")
    page = door.ready(doors.open(chromium, event))
    door.check(page, door.code(ada))
    door.expect_answer(page, "green", "Let in", "Ada Lovelace", "Walk and supper")
    door.check(page, door.code(ada))
    door.expect_answer(page, "yellow", "Wait", "Ada Lovelace", "used before", "Used ")
    expect(page.get_by_role("alert").filter(has_text="Wait. Ada Lovelace")).to_be_attached()
    page.get_by_label("Code by hand").press_sequentially("no such code\n")
    door.expect_answer(page, "red", "Stop", "no such ticket", close=False)
    expect(page.locator("[data-answer]"), "it goes away by itself").to_be_hidden()
    expect(page.get_by_label("Code by hand"), "ready for the next one").to_be_focused()
    expect(page.locator("[data-admitted]")).to_have_text("1")
    door.keep(page, "page", full=True)
    assert [(row.result, row.device) for row in door.scans()] == [
        ("admitted", "Phone 1"),
        ("refused", "Phone 1"),
        ("refused", "Phone 1"),
    ]


#: What is heard and felt, noted down.
_LISTEN = """() => {
    window.heard = [];
    const create = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
        const tone = create.call(this);
        const start = tone.start;
        tone.start = function (when) {
            window.heard.push(Math.round(tone.frequency.value));
            start.call(tone, when);
        };
        return tone;
    };
    navigator.vibrate = pattern => window.heard.push("felt " + pattern.join(" "));
}"""


def test_answers_sound_and_feel_differently_until_they_are_muted(
    chromium: Browser, doors: door.Doors
) -> None:
    event = door.an_evening()
    (ada,) = door.tickets(event, "Ada Lovelace")
    page = door.ready(doors.open(chromium, event))
    page.evaluate(_LISTEN)
    heard = []
    for tone, typed in (("green", door.code(ada)), ("yellow", door.code(ada)), ("red", "no such code")):
        door.check(page, typed)
        door.expect_answer(page, tone)
        heard.append(tuple(page.evaluate("() => window.heard.splice(0)")))
    assert len({*heard}) == 3
    assert all(len([one for one in each if str(one).startswith("felt")]) == 1 for each in heard)
    page.get_by_role("button", name="Mute").click()
    page.reload()
    door.ready(page).evaluate(_LISTEN)
    expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    door.check(page, "no such code")
    door.expect_answer(page, "red")
    assert page.evaluate("() => window.heard") == [heard[2][-1]]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Where the camera's film lies."""
    return tmp_path / "film.y4m"


def test_what_the_camera_sees_is_let_in_once(chromium: Browser, doors: door.Doors, film: Path) -> None:
    event = door.an_evening()
    ada, _ = door.tickets(event, "Ada Lovelace", "Emmy Noether")
    # The same code is in view for a while, gone for longer than three seconds, and comes back.
    write_film(film, [(door.code(ada), 1.4), ("", 0.4), (door.code(ada), 0.4), ("", 3.6)])
    with seeing(chromium, film) as browser:
        page = door.ready(doors.open(browser, event, permissions=["camera"]))
        door.expect_answer(page, "green", "Ada Lovelace")
        expect(page.locator("[data-admitted]")).to_have_text("1")
        door.keep(page, "viewfinder")
        door.expect_answer(page, "yellow", "used before")
        rows = door.scans()
        assert [(row.result, row.reason) for row in rows[:2]] == [
            ("admitted", ""),
            ("refused", "already_used"),
        ]
        assert (rows[1].scanned_at - rows[0].scanned_at).total_seconds() > 3
        assert any(path.endswith("/zxing_reader.wasm") for path in doors.asked)
        doors.contexts.pop().close()


def test_a_browser_that_knows_codes_itself_fetches_no_reader(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    (ada,) = door.tickets(event, "Ada Lovelace")
    page = door.ready(doors.open(chromium, event), kept=True)
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()
    page.add_init_script(_OWN_DETECTOR.replace("CODE", door.code(ada)))
    page.reload()
    door.ready(page, kept=True)
    before = len(doors.asked)
    page.get_by_role("button", name="Start the camera").click()
    door.expect_answer(page, "green", "Ada Lovelace")
    light = page.get_by_role("button", name="Light")
    light.click()
    expect(light).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Which camera").select_option(label="Back")
    expect(light).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("() => [window.lights, window.chosen]") == [[True], ["", "back"]]
    assert not [path for path in doors.asked[before:] if "barcode-detector" in path]


#: A browser with its own detector, two cameras and a light. It sees the same code until the light is on.
_OWN_DETECTOR = """
    window.lights = [];
    window.chosen = [];
    window.BarcodeDetector = class {
        static async getSupportedFormats() { return ["ean_13", "qr_code"]; }
        async detect() { return window.lights.length ? [] : [{ rawValue: "CODE" }]; }
    };
    const painted = document.createElement("canvas");
    const brush = painted.getContext("2d");
    setInterval(() => brush.fillRect(0, 0, Math.random() * 99, 99), 50);
    navigator.mediaDevices.getUserMedia = async wish => {
        window.chosen.push(wish.video.deviceId ? wish.video.deviceId.exact : "");
        const stream = painted.captureStream(10);
        const track = stream.getVideoTracks()[0];
        track.getCapabilities = () => ({ torch: true });
        track.applyConstraints = async wish => { window.lights.push(wish.advanced[0].torch); };
        return stream;
    };
    navigator.mediaDevices.enumerateDevices = async () => [
        { kind: "videoinput", deviceId: "front", label: "Front" },
        { kind: "videoinput", deviceId: "back", label: "Back" },
    ];
"""


def test_without_a_camera_the_page_says_so_and_takes_codes(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    (ada,) = door.tickets(event, "Ada Lovelace")
    page = door.ready(doors.open(chromium, event))
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_text(re.compile("No camera was found|does not let this page"))).to_be_visible()
    door.check(page, f"  {door.code(ada)} ")
    door.expect_answer(page, "green", "Ada Lovelace")


def test_an_admission_can_be_taken_back(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    (ada,) = door.tickets(event, "Ada Lovelace")
    page = door.ready(doors.open(chromium, event))
    door.check(page, door.code(ada))
    door.expect_answer(page, "green")
    page.get_by_role("button", name="Undo: Ada Lovelace").click()
    expect(page.locator("[data-recent-rows]")).to_contain_text("Taken back")
    expect(page.locator("[data-admitted]")).to_have_text("0")
    door.check(page, door.code(ada))
    door.expect_answer(page, "green", "Ada Lovelace")
    assert [row.result for row in door.scans()] == ["undone", "admitted"]


def test_the_whole_page_can_be_steered_with_the_keyboard(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    (ada,) = door.tickets(event, "Ada Lovelace")
    page = door.ready(doors.open(chromium, event, viewport=DESKTOP))
    page.reload()
    door.ready(page)
    tab_to(page, "Start the camera")
    tab_to(page, "Code by hand")
    page.keyboard.type(f"{door.code(ada)}\n")
    door.expect_answer(page, "green", "Ada Lovelace", close=False)
    page.keyboard.press("Escape")
    expect(page.locator("[data-answer]")).to_be_hidden()
    tab_to(page, "Undo: Ada Lovelace")
    page.keyboard.press("Enter")
    expect(page.locator("[data-recent-rows]")).to_contain_text("Taken back")
    expect(page.get_by_role("heading", name="Last scans")).to_be_focused()


def test_who_has_no_code_is_found_and_let_in(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    _, emmy = door.tickets(event, "Ada Lovelace", "Emmy Noether")
    page = door.ready(doors.open(chromium, event))
    page.get_by_label("Name or order number").press_sequentially("noether")
    page.get_by_role("button", name="Let in: Emmy Noether").click()
    door.expect_answer(page, "green", "Emmy Noether")
    expect(page.locator("[data-found]")).to_contain_text("Used")
    page.get_by_label("Name or order number").fill("nobody at all")
    expect(page.get_by_text("Nobody found.").first).to_be_visible()
    (row,) = door.scans()
    assert (row.ticket_id, row.result) == (emmy.id, "admitted")


def test_where_people_come_and_go_the_way_is_chosen(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening(check_in_policy="multiple_entry")
    (ada,) = door.tickets(event, "Ada Lovelace")
    page = door.ready(doors.open(chromium, event))
    for way, tone, word in (
        ("In", "green", "Let in"),
        ("In", "yellow", "inside already"),
        ("Out", "green", "Let out"),
        ("Out", "yellow", "not come in"),
        ("In", "green", "Let in"),
    ):
        page.get_by_role("radio", name=way, exact=True).check(force=True)
        door.check(page, door.code(ada))
        door.expect_answer(page, tone, word)
    assert [(row.direction, row.result) for row in door.scans()] == [
        ("entry", "admitted"),
        ("entry", "refused"),
        ("exit", "left"),
        ("exit", "refused"),
        ("entry", "admitted"),
    ]


def test_a_pass_that_was_taken_back_is_said_to_be(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    (ada,) = door.tickets(event, "Ada Lovelace")
    page = door.ready(doors.open(chromium, event))
    checkin.revoke_link(SYSTEM, db.session.scalars(db.select(ScannerLink.id)).one())
    with doors.expecting("status of 401"):
        door.check(page, door.code(ada))
        door.expect_answer(page, "red", "Stop", "may not scan here any more")
        expect(page.get_by_text("Ask for a new scanner link, or sign in.")).to_be_visible()
    assert door.scans() == []


def test_without_scripts_codes_are_typed_and_names_searched(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening(check_in_policy="multiple_entry")
    ada, _ = door.tickets(event, "Ada Lovelace", "Emmy Noether")
    page = doors.open(chromium, event, java_script_enabled=False)
    expect(page.get_by_role("button", name="Start the camera")).to_be_hidden()
    page.get_by_label("Code by hand").fill(door.code(ada))
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("status", name="Let in")).to_contain_text("Ada Lovelace")
    door.keep(page, "no-script", full=True)
    page.get_by_label("Name or order number").fill("emmy")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Let in: Emmy Noether").click()
    expect(page.get_by_role("status", name="Let in")).to_contain_text("Emmy Noether")
    page.get_by_role("status", name="Let in").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: the ticket is good again")).to_be_visible()
    page.get_by_role("radio", name="Out").check(force=True)
    page.get_by_label("Code by hand").fill(door.code(ada))
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("status", name="Let out")).to_contain_text("Ada Lovelace")
    expect(page.get_by_role("radio", name="Out"), "it stays as it was chosen").to_be_checked()
    page.get_by_label("Code by hand").fill("nothing")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert").filter(has_text="We know no such ticket")).to_be_visible()
    assert [row.result for row in door.scans()] == ["admitted", "undone", "left", "refused"]


@pytest.mark.parametrize(
    ("name", "size", "colours", "rules"),
    [
        ("phone", PHONE, "light", None),
        ("phone", PHONE, "dark", ["color-contrast"]),
        ("desktop", DESKTOP, "light", ["color-contrast"]),
        ("desktop", DESKTOP, "dark", ["color-contrast"]),
    ],
)
def test_nothing_sticks_out_and_nobody_is_shut_out(
    chromium: Browser,
    doors: door.Doors,
    name: str,
    size: dict[str, Any],
    colours: str,
    rules: list[str] | None,
) -> None:
    title = "The Very Long Night of Lanterns, Stories and Supper in the Old Town"
    event = door.an_evening(check_in_policy="multiple_entry", title=title)
    ada, _ = door.tickets(event, "Ada Lovelace-Byron of the Analytical Engine", "Emmy Noether")
    door.tickets(event, "Grace Hopper", kind="Walk")
    profile = {"viewport": size, "color_scheme": colours, "reduced_motion": "reduce"}
    page = door.ready(doors.open(chromium, event, gate="North entrance", **profile))
    door.hold(page)
    page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found: dict[str, Any] = {}

    def look(what: str) -> None:
        door.keep(page, f"{what}-{name}-{colours}", full=what == "page")
        if beyond := page.evaluate("() => document.documentElement.scrollWidth - innerWidth"):
            found[f"{what}: wider"] = beyond
        if barriers := page.evaluate("options => axe.run(document, options)", options)["violations"]:
            found[what] = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in barriers]

    for tone, typed in (("green", door.code(ada)), ("yellow", door.code(ada)), ("red", "no such code")):
        door.check(page, typed)
        door.expect_answer(page, tone, close=False)
        look(tone)
        page.keyboard.press("Escape")
    page.get_by_label("Name or order number").fill("er")
    expect(page.get_by_role("button", name="Let in: Grace Hopper")).to_be_visible()
    look("page")
    assert not found
