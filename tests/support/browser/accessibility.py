"""What axe-core finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()


def violations(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """One line for each element that breaks a rule of axe-core; an empty list is a page that passes."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    # Swagger UI is not ours: what it says stands in docs/api-reference.md too.
    found = AXE.run(page, context={"exclude": [[".swagger-ui"]]}, options=options).response["violations"]
    return [
        f"{rule['id']}: {rule['help']} – {node['html'][:120]}" for rule in found for node in rule["nodes"]
    ]
