"""Where the pages of the demo clinic's absences and hours lie."""

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


def hours(page: Page) -> dict[str, list[str]]:
    """Of a site, and of who or what works there."""
    page.goto("/hours/")
    links = [link.get_attribute("href") or "" for link in page.locator('main th a[href^="/hours/"]').all()]
    of_site = next(link for link in links if "/of/" not in link)
    of_resource = next(link for link in links if "/of/" in link)
    return {
        "hours": ["/hours/"],
        "keep-free": ["/absences/keep-free/"],
        "site-hours": [of_site, f"{of_site}?on=2027-01-04&like=site"],
        "resource-hours": [of_resource],
        "site-days": [f"{of_site}days/"],
        "resource-days": [f"{of_resource}days/"],
    }
