#include "report/escape.h"

#include "unit.h"

static void expect(void (*escape)(struct text text, struct buf *out), const char *text,
		   const char *wanted)
{
	scoped(buf_end) struct buf out = {0};
	escape(text_of(text), &out);
	assert_string_equal(out.at ? out.at : "", wanted);
}

test(xml_has_no_character_that_it_does_not_know)
{
	expect(escape_xml, "a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;");
	expect(escape_xml, "\t\n\r", "&#9;&#10;&#13;");
	expect(escape_xml, "\x01\x1b", "\xef\xbf\xbd\xef\xbf\xbd");
	expect(escape_xml, "\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd");
	expect(escape_xml, "\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd");
	expect(escape_xml, "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect(escape_xml, "ä€\xf0\x9f\x98\x80", "ä€\xf0\x9f\x98\x80");
	expect(escape_xml, "", "");
	scoped(buf_end) struct buf out = {0};
	escape_xml((struct text){"a\0b", 3}, &out);
	assert_string_equal(out.at, "a\xef\xbf\xbd"
				    "b");
}

test(html_shows_odd_bytes)
{
	expect(escape_html, "<i>\x1b\xff\nnext", "&lt;i&gt;\\x1b\\xff\nnext");
	expect(escape_html, "\xe2\x80\xae", "\\xe2\\x80\\xae"); /* right to left override */
}

test(markdown_has_one_line_without_markup)
{
	expect(escape_markdown, "a|b\n*c*", "a\\|b \\*c\\*");
	expect(escape_markdown, "tcp_max _x_", "tcp_max \\_x\\_");
	expect(escape_markdown, "<img>[a](b)", "\\<img\\>\\[a\\](b)");
	expect(escape_markdown, "@all #1", "@<!-- -->all \\#1");
	expect(escape_markdown, "a\\b", "a\\\\b");
}

test(code_has_a_fence_that_is_long_enough)
{
	expect(escape_code, "a", "`a`");
	expect(escape_code, "a|b", "`a\\|b`");
	expect(escape_code, "`", "`` ` ``");
	expect(escape_code, "a``b`c", "``` a``b`c ```");
	expect(escape_code, "", "");
}

test(a_path_is_a_uri)
{
	expect(escape_file_uri, "/etc/ssh/sshd_config", "file:///etc/ssh/sshd_config");
	expect(escape_file_uri, "/a b%#?\xc3\xa4", "file:///a%20b%25%23%3F%C3%A4");
}
