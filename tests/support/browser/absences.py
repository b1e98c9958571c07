"""Where the pages of the demo clinic's absences lie."""

from playwright.sync_api import Page


def absences(page: Page) -> dict[str, list[str]]:
    """The demo clinic has people away and a training day ahead."""
    page.goto("/absences/")

    def first(path: str) -> str:
        found = page.locator(f'main a[href^="{path}"]').first.get_attribute("href")
        assert found
        return found

    return {
        "absences": ["/absences/"],
        "leave": [first("/absences/leave/")],
        "closure": [first("/absences/closures/")],
    }
