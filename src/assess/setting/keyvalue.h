/* keyvalue.h: lines of `key = value`, `key=value` or `key value`: login.defs, /etc/default,
 * auditd.conf, main.cf …
 *
 * PostgreSQL's includes are followed, and what ALTER SYSTEM wrote goes last; so are Redis'
 * includes, whose lines of a few keys add up.
 *
 * The last line of a key wins, which is what all programs known to us do. '#' begins a comment at
 * the front of a line, and behind white space outside quotes (but in postfix' main.cf, which also
 * continues lines by indenting them). Quotes around a value go; `export` in front of a key too.
 * What a program does otherwise stands in one table. */
#pragma once
#include "assess/setting/setting.h"

must_use bool keyvalue_read(struct gather *gather, struct text path, struct text key,
			    struct settings *settings, struct err *err);
