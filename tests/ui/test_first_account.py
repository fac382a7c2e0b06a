"""From the printed link to a goal that is given: the first minutes of somebody new."""

from playwright.sync_api import expect

from accounts.actions import ensure_first_workspace, first_account_link
from accounts.models import Membership
from agents.seeding import seed_agents
from modules.actions import configure_from_environment
from tasks.models import Task
from tests.ui.conftest import Look
from tests.ui.stage import PHONE


def fresh_house() -> str:
    """What a start leaves behind: a workspace, its agents, and the link."""
    workspace = ensure_first_workspace()
    configure_from_environment(workspace)
    seed_agents(workspace)
    link = first_account_link()
    assert link
    return link


def test_the_first_account_leads_to_the_welcome_and_on_to_the_overview(look: Look) -> None:
    link = fresh_house()
    screen = look()
    page = screen.open(link)
    expect(page.locator("h1")).to_have_text("Welcome to Mission Control")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill("quiet-river-stone")
    page.get_by_role("button", name="Create the account").click()

    page.wait_for_url("**/welcome/")
    expect(page.get_by_role("heading", name="Choose a model")).to_be_visible()
    # Each way asks for what it needs and no more.
    expect(page.get_by_label("Address")).to_be_hidden()
    page.get_by_text("Compatible server").click()
    expect(page.get_by_label("Address")).to_be_visible()
    page.get_by_role("link", name="Go on simulated").click()

    page.wait_for_url(f"{screen.site.address}/")
    expect(page.locator(".agent-card")).to_have_count(3)
    expect(page.locator("#part-needs")).to_contain_text("Nothing waits for you")
    assert Membership.objects.get().role == "owner"


def test_a_refused_account_says_why_and_keeps_what_was_typed(look: Look) -> None:
    screen = look()
    page = screen.open(fresh_house())
    page.get_by_label("User name").fill("ada")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill("password1")
    page.get_by_role("button", name="Create the account").click()

    expect(page.get_by_role("alert")).to_contain_text("too common")
    expect(page.get_by_label("User name")).to_have_value("ada")
    screen.forgive("422")


def test_the_sample_plan_is_looked_at_and_taken(look: Look, alice: Membership) -> None:
    page = look(alice, size=PHONE).open("/welcome/")
    page.get_by_role("button", name="Try the sample plan").click()
    expect(page.get_by_role("heading", name="A website for the harbour")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Nothing has been made yet")
    assert not Task.objects.exists()


def test_a_goal_is_given_and_the_board_has_it(look: Look, alice: Membership) -> None:
    page = look(alice).open("/", live=True)
    page.get_by_label("What should be done?").fill("Open a ferry line")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".toast")).to_contain_text("TASK-001 is a goal now")
    expect(page.get_by_label("What should be done?")).to_have_value("")
    expect(page.locator("#part-board")).to_contain_text("Open a ferry line")
    expect(page.locator("#part-feed")).to_contain_text("created TASK-001")


def test_a_model_is_asked_only_for_what_its_provider_needs(look: Look, alice: Membership) -> None:
    page = look(alice).open("/models/new/")
    key, pace = (
        page.get_by_label("Key", exact=True),
        page.get_by_label("A reply takes, milliseconds"),
    )
    expect(key).to_be_visible()
    expect(pace).to_be_hidden()

    page.get_by_label("Simulated", exact=True).check()

    expect(key).to_be_hidden()
    expect(pace).to_be_visible()
