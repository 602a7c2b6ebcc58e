# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Sphinx makes the pages; ``./run docs`` gives it the value ``checkout``, the folder that the pages come from."""

from __future__ import annotations

import os.path
import typing as t
from pathlib import Path

import yaml
from docutils import nodes
from sphinx import addnodes

if t.TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "xencloud.maintenance"
copyright = "xencloud.maintenance contributors"  # noqa: A001
extensions = ["myst_parser", "sphinx_antsibull_ext"]
exclude_patterns = ["README.md"]
html_theme = "sphinx_ansible_theme"
myst_heading_anchors = 4

ANSIBLE = "https://docs.ansible.com/projects/ansible/latest/"
# What the reference says of Ansible itself. Fixed addresses, so that the pages can be made without a network.
PAGES_OF_ANSIBLE = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def link_files_outside(app: Sphinx, tree: nodes.document) -> None:
    """A file of the checkout that is no page is linked where the repository shows it."""
    checkout = Path(app.config.checkout)
    folder = Path(app.env.docname).parent
    for link in list(tree.findall(addnodes.pending_xref)):
        path = Path(os.path.normpath(folder / link["reftarget"].partition("#")[0]))
        if link["reftype"] == "myst" and link["refdomain"] != "doc" and (checkout / path).exists():
            link.replace_self(reference(f"{repository(checkout)}/tree/main/{path}", link.children))


def link_ansible(app: Sphinx, environment: object, link: nodes.Element, text: nodes.Node) -> nodes.Node | None:
    page = PAGES_OF_ANSIBLE.get(link["reftarget"])
    return reference(ANSIBLE + page, [text]) if page else None


def reference(address: str, text: list[nodes.Node]) -> nodes.reference:
    return nodes.reference("", "", *text, refuri=address, internal=False)


def repository(checkout: Path) -> str:
    return str(yaml.safe_load((checkout / "galaxy.yml").read_text())["repository"])


def setup(app: Sphinx) -> None:
    app.add_config_value("checkout", "", "env")
    app.connect("doctree-read", link_files_outside)
    app.connect("missing-reference", link_ansible)
