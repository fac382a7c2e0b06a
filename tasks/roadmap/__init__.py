"""Roadmap documents: any Markdown plan as a tree, and the tree on the board.

    parse.parse(source: str | bytes) -> Roadmap
        Reads a plan; needs no database. Roadmap(title, description, phases, problems) with
        to_json(), counts() and nodes(); the parts are in `tree`. Raises Invalid: field "file"
        for what is no text, too large or too long, "dependencies" for a circle.
    render.render(roadmap: Roadmap) -> str
        The tree as Markdown that reads back as the same tree.
    importing.import_roadmap(*, actor: Actor, workspace: Workspace, text: str | bytes,
                             title: str = "", dry_run: bool = False) -> ImportReport
        Takes a plan into the board; again, as often as it changes. ImportReport(title,
        roadmap, dry_run, created, updated, kept, unchanged, document_id, changed) with
        to_json(). With dry_run it tells what would happen and changes nothing.

The rules are in docs/roadmap-import.md.
"""
