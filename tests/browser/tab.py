"""A tab of somebody's browser, in which every state of a page is looked at closely."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Locator, Page, Request, Response, expect

PORTRAITS = os.environ.get("PORTAIL_SCREENSHOTS")  # a folder in which to keep a picture of every state
NARROWEST = 320  # CSS pixels: 1280 at a zoom of 400 %
DOOR_TARGET = 44  # CSS pixels, for a thumb in the dark
AXE = "options => axe.run(document, options).then(({violations}) => ({violations}))"
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False, "rules": {"target-size": {"enabled": True}}}
# Colours are all that the dark differs in: what axe-core says of the rest, it has said in the light.
IN_THE_DARK = AXE_OPTIONS | {"runOnly": ["color-contrast"]}
NODES_SHOWN = 4  # elements told of one rule broken on one page
STOPS_MAX = 150  # presses of Tab in which everything on a page is reached, or there is a trap
FOCUS_SHOWS = """element => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none";
}"""
PDF = "application/pdf"
WIDEST = """width => [...document.body.querySelectorAll("*")]
    .map(element => [element.getBoundingClientRect().right, element])
    .filter(([right]) => right > width + 1).sort(([one], [other]) => other - one)
    .slice(0, 1).map(([, element]) => element.outerHTML.slice(0, 200)).join()"""
OF_THE_REQUEST = "Failed to load resource"  # the console repeating a status that `answered` looks at


@dataclass
class Tab:
    """A page at the portal's address; `problems` gathers what nobody should meet, state by state."""

    page: Page
    address: str
    name: str
    scripts: bool = True
    problems: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)  # statuses of 400 and more that the journey wants to meet
    states: int = 0
    checks: int = 0

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"script : {error}"))
        self.page.context.on("request", self._asked)
        self.page.context.on("response", self._answered)

    def _heard(self, message) -> None:
        if message.type == "error" and OF_THE_REQUEST not in message.text:
            where = message.location
            self.problems.append(f"{self.page.url} : {message.text} ({where['url']}, {where['lineNumber']})")

    def _asked(self, request: Request) -> None:
        if request.url.startswith("http") and not request.url.startswith(f"{self.address}/"):
            self.problems.append(f"requête ailleurs : {request.url}")

    def _answered(self, response: Response) -> None:
        if response.url.endswith("/favicon.ico"):  # Chromium looks for it beside a PDF, which can't name one
            return
        if response.status >= 400 and response.status not in self.expected:
            self.problems.append(f"réponse {response.status} : {response.url}")

    # --- Going about ------------------------------------------------------------------------------

    def open(self, path: str, status: int = 200) -> None:
        """Go to an address of the portal, which answers `status`."""
        self.expected.add(status)
        response = self.page.goto(self.address + path)
        assert response.status == status, f"{path} : {response.status}"

    def button(self, name: str) -> Locator:
        """The button that says `name`."""
        return self.page.get_by_role("button", name=name)

    def link(self, name: str) -> Locator:
        """The link that says `name`."""
        return self.page.get_by_role("link", name=name)

    def sees(self, words: str) -> None:
        """`words` stand on the page."""
        expect(self.page.locator("body")).to_contain_text(words)

    def heading(self, words: str) -> None:
        """The page is the one whose only title is `words`."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(re.compile(re.escape(words)))

    def read_pdf(self, link: Locator, key: str = "") -> bytes:
        """The document that `link` leads to, by a click or by `key`; then back to the page, as a reader does."""
        with self.page.expect_response(
            lambda response: PDF in response.headers.get("content-type", "")
        ) as caught:
            if key:
                self.press(link, key)
            else:
                link.click()
        document = self.page.context.request.get(caught.value.url)
        self.page.go_back()
        return document.body()

    # --- By the keyboard alone ----------------------------------------------------------------------

    def tab_to(self, wanted: Locator) -> None:
        """Press Tab until `wanted` has the focus; it must be reached, be seen, and show that it has it."""
        expect(wanted).to_have_count(1)
        for _ in range(STOPS_MAX):
            if wanted.evaluate("element => element === document.activeElement"):
                break
            self.page.keyboard.press("Tab")
        expect(wanted).to_be_focused()
        expect(wanted).to_be_in_viewport()
        if not wanted.evaluate(FOCUS_SHOWS):
            self.problems.append(f"clavier : rien ne montre le focus sur {wanted}")

    def press(self, wanted: Locator, key: str = "Enter") -> None:
        """Go to `wanted` by Tab, and press `key` on it."""
        self.tab_to(wanted)
        self.page.keyboard.press(key)

    def type(self, wanted: Locator, text: str) -> None:
        """Go to the field `wanted` by Tab, and type."""
        self.tab_to(wanted)
        self.page.keyboard.type(text)

    # --- Looking ----------------------------------------------------------------------------------

    def look(self, state: str) -> None:
        """Look at the page as it stands: axe-core in light, and in the dark on a narrow screen; nothing sideways.

        Without scripts axe-core can't run: there only the width is looked at.
        """
        self.page.wait_for_load_state()
        expect(self.page.locator(".htmx-request")).to_have_count(0)
        self.states += 1
        if self.scripts:
            self.page.evaluate(AXE_SCRIPT)
        self._axe(state, AXE_OPTIONS)
        self._portray(state, "light")
        size = self.page.viewport_size
        self._measure(state, size["width"])
        self.page.set_viewport_size({"width": NARROWEST, "height": size["height"]})
        self._measure(state, NARROWEST)
        self.page.emulate_media(color_scheme="dark")
        self._axe(f"{state}, sombre et étroit", IN_THE_DARK)
        self.page.set_viewport_size(size)
        self._portray(state, "dark")
        self.page.emulate_media(color_scheme="light")

    def look_at_door(self, state: str) -> None:
        """The same, for a page held in one hand at the venue's door."""
        self.look(state)
        for target in self.page.locator("main .btn:visible").all():
            box = target.bounding_box()
            if box and min(box["width"], box["height"]) < DOOR_TARGET:
                self.problems.append(
                    f"{state} : « {target.inner_text()} » mesure {box['height']:.0f} px de haut"
                )

    def _axe(self, state: str, options: dict[str, object]) -> None:
        if not self.scripts:
            return
        self.checks += 1
        results = AxeResults(self.page.evaluate(AXE, options))
        if results.violations_count:
            for violation in results.response["violations"]:
                violation["nodes"] = violation["nodes"][:NODES_SHOWN]
            self.problems.append(f"{state}, {self.page.url} : {results.generate_report()}")

    def _measure(self, state: str, width: int) -> None:
        needed = self.page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            widest = self.page.evaluate(WIDEST, width)
            self.problems.append(f"{state} : {needed} px de large pour un écran de {width} : {widest}")

    def _portray(self, state: str, scheme: str) -> None:
        if PORTRAITS:
            name = re.sub(r"\W+", "-", f"{self.name} {self.states:02} {state} {scheme}")
            # "initial": hiding the caret would add a style sheet, which the page's policy refuses.
            self.page.screenshot(path=Path(PORTRAITS) / f"{name}.png", full_page=True, caret="initial")
