/* escape.h: text put into XML, HTML and Markdown, so that nothing in it is taken for these. */
#pragma once
#include "base/buf.h"

/* Into an element or a quoted attribute of XML 1.0: white space but a blank as a reference; bytes
 * that are not UTF-8 and characters that XML does not know become U+FFFD. */
void escape_xml(struct text text, struct buf *out);

/* Into an element or a quoted attribute of HTML: what is not fit to be shown as buf_printable has
 * it; lines stay apart by a newline. */
void escape_html(struct text text, struct buf *out);

/* Into a cell of a table in Markdown: one line, no markup, and nobody is called by an "@". */
void escape_markdown(struct text text, struct buf *out);
/* The same as code, which stands as it is. */
void escape_code(struct text text, struct buf *out);

/* The path of a file as a URI: file:///etc/a%20b (RFC 8089). */
void escape_file_uri(struct text path, struct buf *out);
