"""Capture -> Item: what a page says, in the words of the old site. One reader a format, no database.

reading        chooses the reader; html_page, text_capture and rows are the readers
layouts        HTML layouts as data (profiles/*.toml); any_layout for a page that none of them knows
listing        list pages: many entries instead of one release
vocabulary     the labels and kinds of the old site, in its languages
dates, language, damage, contacts, markup   what several of them need
"""
