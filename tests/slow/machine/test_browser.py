"""Both reports as a browser shows them: Debian's Chromium, without a screen."""

import json
import re
import shutil
import zipfile
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import urlopen

import pytest
from running import SMALL, succeed
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.expected_conditions import (
    frame_to_be_available_and_switch_to_it,
    presence_of_element_located,
)
from selenium.webdriver.support.wait import WebDriverWait

PAGE = "my results/report/index.html"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)

# Go through the menu as a reader does: open every folder, set every switch, view every result; then read all captions.
WALK = """
const settled = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve, 0)));
const choose = async name => {
  [...document.querySelectorAll("nav li a")].find(link => link.textContent.trim() === name).click();
  await settled();
};
const walk = async () => {
  const found = {};
  for (const [category, folders] of Object.entries(categories)) for (const folder in folders) {
    app.setView({navbarMode: "menu"});
    await settled();
    await choose(category);
    if (Object.keys(folders).length > 1) await choose(folder);
    const switches = [...document.querySelectorAll("nav input[type=radio]")].map(input => input.id);
    for (const id of switches.length ? switches : [null]) {
      if (id) { document.getElementById(id).click(); await settled(); }
      for (let row = 0; row < document.querySelectorAll("nav tbody tr").length; row++) {
        const view = document.querySelectorAll("nav tbody tr")[row].querySelector("a");
        let path = Object.keys(results).find(name => results[name].data_uri === view.getAttribute("href"));
        if (!path) {
          view.click();
          await settled();
          path = app.state.resultPath;
          const image = document.querySelector("#app img:not(nav img)");
          if (image) await image.decode();
          found[path] = {width: image?.naturalWidth, frame: document.querySelector("iframe")?.src};
        } else found[path] = {file: view.getAttribute("href"), name: view.download};
      }
    }
  }
  for (const path in results) {
    app.showResultInfo(path);
    await settled();
    found[path].caption = document.querySelector("nav .prose").textContent;
  }
  return found;
};
walk().then(arguments[0], error => arguments[0](String(error)));
"""
# What does not fit, of all that is not folded up.
CUT_OFF = """
const parts = [...document.querySelectorAll(".scroll")].filter(part => part.checkVisibility());
return parts.filter(part => part.scrollWidth > part.clientWidth).map(part => part.innerHTML.slice(0, 80));
"""
# Choose a view of the workflow, and wait until it is drawn.
DRAW = """
const drawn = () => document.querySelector("#app canvas, #app .marks") ? arguments[1]() : setTimeout(drawn, 10);
app.setView({navbarMode: "menu", content: "text"});
setTimeout(() => {
  [...document.querySelectorAll("nav a")].find(link => link.innerText.trim() === arguments[0]).click();
  drawn();
}, 10);
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    programs = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if None in programs:
        pytest.skip("no chromium with its chromedriver here")
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('browser')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(programs[1]))
    driver.set_script_timeout(120)
    yield driver
    driver.quit()


def open_page(browser, path, width):
    """Open a file in a window of some width, as if nothing had been opened before."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(path.as_uri())


def told(browser):
    """What the console says, and the addresses that the page has asked for since, which all were there."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    failed = [event["params"] for event in events if event["method"] == "Network.loadingFailed"]
    assert [failure for failure in failed if not failure.get("canceled")] == []  # canceled: something else was chosen
    addresses = {
        event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
    }
    return browser.get_log("browser"), {address for address in addresses if not address.startswith("data:")}


def images(browser):
    """The widths of all images of a page, hidden ones too, once each is decoded; 0 is one that cannot be shown."""
    return browser.execute_async_script(
        "document.querySelectorAll('details').forEach(part => part.open = true);"
        "Promise.all([...document.images].map(image => image.decode().then(() => image.naturalWidth, () => 0)))"
        ".then(arguments[0]);"
    )


@pytest.mark.parametrize("width", [1400, 420])
def test_the_page_shows_every_figure_and_asks_for_nothing(browser, small, width):
    page = small / PAGE
    open_page(browser, page, width)
    if width > 1000:
        assert browser.execute_script(CUT_OFF) == []
    widths = images(browser)
    assert len(widths) == page.read_text(encoding="utf-8").count("<img ") > 20
    assert min(widths) > 0
    assert told(browser) == ([], {page.as_uri()})
    # Wide tables and figures scroll within the page, which itself is never wider than the window.
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    sites = "tr[id^='row.'] [data-value]"  # of the units, of which targets have tables of their own
    sites = f'return [...document.querySelectorAll("{sites}")].map(cell => Number(cell.dataset.value))'
    for ascending in (True, False):
        browser.execute_script("[...document.querySelectorAll('th')].find(e => e.innerText === 'Sites')"
                               ".querySelector('button').click()")  # fmt: skip
        order = browser.execute_script(sites)
        assert order == sorted(order, reverse=not ascending)


@pytest.fixture(scope="module", params=["html", "zip"])
def report(request, small, tmp_path_factory):
    """Snakemake's report, in one file or unpacked from its zip file."""
    folder = tmp_path_factory.mktemp("snakemake_report")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "HTTPS_PROXY"):  # it is made without the web: there is no such proxy
            patch.setenv(name, "http://127.0.0.1:9")
        succeed(small, "--report", folder / f"report.{request.param}", config=SMALL)
    if request.param == "html":
        return folder / "report.html"
    with zipfile.ZipFile(folder / "report.zip") as packed:
        packed.extractall(folder)
    return folder / "report" / "report.html"


def test_snakemakes_report_is_made_without_the_web_and_has_every_figure(small, report):
    (results,) = re.findall(r"var results = (\{.*\});\n", report.read_text(encoding="utf-8"))
    results = json.loads(results)
    assert {path for path in results if path.endswith(".svg")} == {
        str(path.relative_to(small)) for path in small.rglob("*.svg") if not path.match("*.compact.svg")
    }
    assert "my results/provenance.json" in results


def test_snakemakes_report_shows_every_result(browser, small, report):
    open_page(browser, report, 1400)
    found = browser.execute_async_script(WALK)
    assert isinstance(found, dict), found
    assert set(found) == set(browser.execute_script("return Object.keys(results)"))
    for path, result in found.items():
        assert len(result["caption"].split()) > 7, path
        if path.endswith(".svg"):
            assert result["width"] > 100, path
        elif path != PAGE:
            assert result["name"] == Path(path).name
            assert urlopen(urljoin(report.as_uri(), result["file"])).read() == (small / path).read_bytes()
    for view in ("Workflow", "Statistics"):
        browser.execute_async_script(DRAW, view)
    console, asked = told(browser)
    assert [entry["message"] for entry in console if entry["level"] == "SEVERE"] == []
    assert len(asked) and all(Path(unquote(urlsplit(address).path)).is_relative_to(report.parent) for address in asked)

    # The page is too large to be written into another one; in a zip file it is a file of its own.
    zipped = report.parent.name == "report"
    assert (PAGE in found) == zipped
    if zipped:
        browser.execute_script("app.setView({content: 'html', contentPath: arguments[0]})", found[PAGE]["frame"])
        WebDriverWait(browser, 20).until(frame_to_be_available_and_switch_to_it(("tag name", "iframe")))
        WebDriverWait(browser, 20).until(presence_of_element_located(("id", "provenance")))
        assert min(images(browser)) > 0
        assert browser.execute_script("return document.querySelectorAll('a[href^=\"../\"]').length") == 0  # dead here
        assert "Provenance" in browser.find_element("tag name", "main").text
        browser.switch_to.default_content()
        assert [entry["message"] for entry in told(browser)[0] if entry["level"] == "SEVERE"] == []
