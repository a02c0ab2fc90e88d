"""The rule editor (guide, part B): a page of sections, each with a form, a partial template and a draft of its own.

A new section is a class in a module of its own here (`section.Section` says what it promises), named in
`sections.SECTIONS`, and a partial beside the others in `templates/admin/distribution/rule/`.
"""
