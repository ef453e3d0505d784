"""For mkdocs.yml: lists nest by two columns, as GitHub and editors take it. Python-Markdown wants four."""

from markdown.extensions import Extension


class TwoColumns(Extension):
    def extendMarkdown(self, md):
        md.tab_length = 2
        md.build_parser()  # its parts have asked already


def on_config(config):
    config["markdown_extensions"].insert(0, TwoColumns())
    return config
